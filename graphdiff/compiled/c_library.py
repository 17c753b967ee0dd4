"""Libraries of C code: made by the machine's compiler, cached in the user's folder, and loaded into this process."""

from __future__ import annotations

import ctypes
import os
import platform
import stat
import sys
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.language.cache import cache_folder, read_cached
from graphdiff.ownership import open_own
from graphdiff.targets.c.extension import MAKER
from graphdiff.targets.commands import output_of
from graphdiff.targets.registry import TARGETS, Program

FOLDER = "libraries"
"""The folder of libraries in the cache folder."""
FOR_THIS_CPU = "-march=native"
"""The flag for all instructions that this machine has; not all compilers take it."""
DIGEST = sha256().digest_size
"""The size of the digest at the end of a cached library."""
LACKS_PYTHON = ("-undefined", "dynamic_lookup")
"""What the linker of macOS needs for a library that calls functions of the process."""


def find_compiler() -> list[str]:
    """The command of the C compiler, without a source.

    Raises GraphdiffError("usage") if there is none.
    """
    if sys.platform == "win32":
        raise GraphdiffError("usage", "backend 'c' does not support Windows", hint='use backend="numpy"')
    return _program().find_tool(TARGETS["c"].title)


def load_function(text: str) -> Any:
    """The Python function of a library with this source: from the cache, or newly compiled.

    Raises GraphdiffError: "usage" if there is no compiler, or a library cannot be written or loaded; "value" if the
    compiler fails, "limit" if it takes too long.
    """
    compiler = find_compiler()
    name = os.path.join(FOLDER, f"{_key(text, compiler)}.so")
    cached = _trusted_path(name)
    if cached is not None:
        with suppress(OSError):
            return _function_in(cached)
    try:
        folder = TemporaryDirectory(prefix="graphdiff-")
    except OSError as error:
        raise GraphdiffError(
            "usage",
            f"no folder for temporary files: {error.strerror or error}",
            hint="set TMPDIR to a folder that is writable",
        ) from None
    with folder:
        built = _compile(text, compiler, Path(folder.name))
        _store(name, built)
        # A system may forbid code in one of the two folders.
        for path in (built, _trusted_path(name)):
            if path is not None:
                with suppress(OSError):
                    return _function_in(path)
    raise GraphdiffError(
        "usage",
        "the compiled library cannot be loaded",
        hint="set XDG_CACHE_HOME or TMPDIR to a folder that allows programs, and CC to a compiler for this Python",
    )


def _function_in(path: Path) -> Any:
    """The Python function of a library, which stays loaded; raises OSError if it cannot be loaded."""
    make = ctypes.PyDLL(str(path))[MAKER]
    make.restype = ctypes.py_object
    return make()


def _program() -> Program:
    program = TARGETS["c"].runs
    assert isinstance(program, Program)
    return program


def _compile(text: str, compiler: list[str], folder: Path) -> Path:
    """Compile a source in a folder, and return the path of the library."""
    source, library = folder / "formula.c", folder / "formula.so"
    try:
        source.write_text(text, "utf-8")
    except OSError as error:
        raise GraphdiffError(
            "usage",
            f"cannot write {shorten(str(source))}: {error.strerror or error}",
            hint="set TMPDIR to a folder with free space",
        ) from None
    arguments = [each.format(source=source, program=library) for each in _flags()]
    try:
        try:
            output_of([*compiler, FOR_THIS_CPU, *arguments])
        except GraphdiffError as error:
            if error.kind != "value":
                raise
            output_of([*compiler, *arguments])  # it may not take the flag
    except GraphdiffError as error:
        hint = 'use backend="numpy"' + ("" if error.kind == "limit" else ", or set CC to a C compiler that works")
        raise GraphdiffError(error.kind, error.message, hint=hint) from None
    if not library.is_file():
        raise GraphdiffError("value", f"{Path(compiler[0]).name} made no library", hint="set CC to a C compiler")
    return library


def _flags() -> list[str]:
    return [*_program().library, *(LACKS_PYTHON if sys.platform == "darwin" else ())]


def _key(text: str, compiler: list[str]) -> str:
    """The name of a library: its source, and all that decides what the compiler makes of it."""
    path = os.path.realpath(compiler[0])
    parts = [text, path, *compiler[1:], _version(*compiler), FOR_THIS_CPU, *_flags(), _cpu(), platform.machine()]
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


@cache
def _version(*compiler: str) -> str:
    """The version of a compiler, as it prints it."""
    try:
        return output_of([*compiler, "--version"])
    except GraphdiffError:  # it will fail again where it compiles, or does without
        return ""


@cache
def _cpu() -> str:
    """The model of the processor and the instructions that it has, where the system lists them."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").partition("\n\n")[0].splitlines()
    except OSError:
        return platform.processor()
    keys = ("vendor", "model", "cpu family", "stepping", "flags", "features", "cpu part", "cpu implementer", "isa")
    return "\n".join([line for line in lines if line.lower().startswith(keys)])


def _trusted_path(name: str) -> Path | None:
    """The path of a cached library that only this user can have written, whole; None otherwise."""
    path = Path(cache_folder(), name)
    content = read_cached(name) if _is_private(path.parent) else None
    if content is None or sha256(content[:-DIGEST]).digest() != content[-DIGEST:]:
        return None
    return path


def _is_private(folder: Path) -> bool:
    """Whether a folder is this user's, and only this user can write to it."""
    descriptor = open_own(str(folder))
    if descriptor is None:
        return False
    status = os.fstat(descriptor)
    os.close(descriptor)
    return stat.S_ISDIR(status.st_mode) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _store(name: str, library: Path) -> None:
    """Cache a library, whole or not at all, with its digest; without a writable folder nothing is cached."""
    path = Path(cache_folder(), name)
    content = library.read_bytes()
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Other processes may be storing the same one.
        with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            try:
                file.write(content + sha256(content).digest())
                file.close()
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
