"""What commands do under a limit on the address space (ulimit -v).

OpenBLAS, the library in NumPy and SciPy, cannot bear to lack memory: it ends the process with exit status 1, sends it
SIGINT, or waits for threads that it could not start. So memory is asked for before it is loaded.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

NEEDED = {"numpy": 160 << 20, "scipy": 140 << 20}
"""Bytes that a library takes when it is loaded and first used."""
SMALL = 4 << 30
"""A limit in bytes, below which OpenBLAS has no memory for a thread on every core."""


def handle_memory_limit() -> None:
    """Where the address space is limited, load NumPy and SciPy only if they fit."""
    if sys.platform == "win32":
        return
    import resource

    limits = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    finite = [limit for limit in limits if limit != resource.RLIM_INFINITY]
    if finite:
        sys.meta_path.insert(0, _Finder)
        if min(finite) < SMALL:
            os.environ["OPENBLAS_NUM_THREADS"] = "1"


class _Finder:
    """Finds these libraries as Python would, if there is memory for them."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Raises OSError if there is not enough memory."""
        if name not in NEEDED:
            return None
        import mmap

        mmap.mmap(-1, NEEDED[name]).close()
        spec = PathFinder.find_spec(name, path, target)
        if name == "numpy" and spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_multiply(module: ModuleType) -> None:
                load(module)
                matrix = module.ones((200, 200))
                matrix @ matrix  # it gets its memory now and keeps it

            spec.loader.exec_module = load_and_multiply  # type: ignore[method-assign]
        return spec
