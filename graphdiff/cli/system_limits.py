"""What commands do under the system's limits on memory (ulimit -v) and on threads (ulimit -u, or a container's).

Libraries in C, C++ and Rust cannot bear to lack either: OpenBLAS, in NumPy and SciPy, ends the process with exit status
1, sends it SIGINT, or waits for threads that it could not start; Typst panics; JAX aborts. So memory and threads are
asked for before they are loaded.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from graphdiff.cli.failures import NO_THREAD, memory_limit

BYTES = {"numpy": 160 << 20, "scipy": 140 << 20, "typst": 150 << 20}
"""Bytes that a library takes when it is loaded and first used."""
SMALL = 4 << 30
"""A limit in bytes, below which OpenBLAS has no memory for a thread on every core."""
THREADS = {"numpy": 1, "scipy": 1, "typst": 2, "jaxlib": 12}
"""Threads that a library starts for every core; measured for 2 cores."""
WITHOUT_THREADS = "numpy", "scipy"
"""Libraries that do with the thread that is there already."""
OPENBLAS = "OPENBLAS_NUM_THREADS"


def handle_system_limits() -> None:
    """Load libraries only if the system has what they need; where memory or threads are short, OpenBLAS has one
    thread."""
    if sys.platform == "win32":
        return
    limit = memory_limit()
    if limit is not None and limit < SMALL:
        os.environ[OPENBLAS] = "1"
    sys.meta_path.insert(0, _Finder(has_limit=limit is not None))


class _Finder:
    """Finds these libraries as Python would, if there are memory and threads for them."""

    def __init__(self, has_limit: bool) -> None:
        self._has_limit = has_limit

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raises OSError if there is not enough memory, RuntimeError if there are not enough threads."""
        if name not in THREADS:
            return None
        if not _can_start(THREADS[name] * (os.cpu_count() or 1)):
            if name not in WITHOUT_THREADS:
                raise RuntimeError(NO_THREAD)
            os.environ[OPENBLAS] = "1"
        if not self._has_limit or name not in BYTES:
            return None
        import mmap

        mmap.mmap(-1, BYTES[name]).close()
        spec = PathFinder.find_spec(name, path, target)
        if name == "numpy" and spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_multiply(module: ModuleType) -> None:
                load(module)
                matrix = module.ones((200, 200))
                matrix @ matrix  # it gets its memory now and keeps it

            spec.loader.exec_module = load_and_multiply  # type: ignore[method-assign]
        return spec


def _can_start(count: int) -> bool:
    """Whether so many threads can be there at once."""
    from threading import Event, Thread

    end = Event()
    threads = []
    try:
        for _ in range(count):
            thread = Thread(target=end.wait)
            thread.start()
            threads.append(thread)
    except RuntimeError:
        return False
    finally:
        end.set()
        for thread in threads:
            thread.join()
    return True
