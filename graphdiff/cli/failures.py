"""Exceptions of the machine rather than of the input: a stream, memory, files or threads that cannot be had."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator

from graphdiff.errors import GraphdiffError

NO_MEMORY = "cannot allocate memory", "failed to map segment"
"""What the dynamic linker says of a library that does not fit into memory."""
NO_THREAD = "can't start new thread"


def failure_of(error: BaseException) -> GraphdiffError | None:
    """The error for people where an exception is not of the input; None if it is a bug of graphdiff's."""
    for each in _causes(error):
        if _is_memory(each):
            return GraphdiffError("limit", "not enough memory for this expression")
        if isinstance(each, OSError) and each.errno in (errno.EMFILE, errno.ENFILE):
            return GraphdiffError("limit", "too many open files", hint="ulimit -n sets how many a process may have")
        if isinstance(each, RuntimeError) and NO_THREAD in str(each):
            hint = "ulimit -u sets how many a user may have, and a container has a limit of its own"
            return GraphdiffError("limit", "the system allows no more threads", hint=hint)
    if isinstance(error, ModuleNotFoundError) and sys.platform == "emscripten":
        return _missing_in_page(error)
    if isinstance(error, ImportError):
        message = str(error).strip().partition("\n")[0]
        return GraphdiffError("file", f"cannot load a library: {message}", hint="reinstall graphdiff")
    if isinstance(error, OSError):
        closed = error.errno == errno.EBADF
        reason = "standard output is closed" if closed else error.strerror or str(error)
        return GraphdiffError("file", f"cannot write the result: {reason}")
    return None


def _missing_in_page(error: ModuleNotFoundError) -> GraphdiffError:
    """The error where the page in the browser has no library that the command line has."""
    library = (error.name or "").partition(".")[0]
    is_numpy = library in ("numpy", "array_api_compat")
    needed = "arrays and uncertainties need NumPy" if is_numpy else f"this needs the library '{library}'"
    return GraphdiffError("limit", f"{needed}, which this page lacks", hint="the command line has it")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, and those that led to it: libraries raise their own where an import fails."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_memory(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    if isinstance(error, ImportError):
        return any(reason in str(error).lower() for reason in NO_MEMORY)
    if isinstance(error, SyntaxError):  # of a sound module, where Python's compiler has too little memory
        return memory_limit() is not None and os.path.isfile(error.filename or "")
    if type(error).__name__ == "PanicException":  # of a library in Rust, such as Typst
        return memory_limit() is not None
    return isinstance(error, (MemoryError, SystemError))  # the interpreter fails with the latter where memory is short


def memory_limit() -> int | None:
    """The bytes that the address space of this process may have; None if the system sets no limit."""
    if sys.platform == "win32":
        return None
    import resource

    limits = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    return min((limit for limit in limits if limit != resource.RLIM_INFINITY), default=None)
