"""A file or a folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from secrets import token_hex
from typing import BinaryIO

_UNFINISHED: set[str] = set()
"""The paths of what is being written."""


@contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """A new file beside path, which takes its place when all has been written, and is removed where that fails.

    What is no regular file, as a pipe or a device, is written to as it is. Raises OSError where it cannot be written.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as file:
            yield file
        return
    path = os.path.realpath(path)  # a link stays one
    folder, name = os.path.split(path)
    begun = _hidden(folder, name)
    _UNFINISHED.add(begun)
    try:
        with open(begun, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(path):
            os.chmod(begun, os.stat(path).st_mode)
        os.replace(begun, path)
    except BaseException:  # Ctrl-C too
        with suppress(OSError):
            os.remove(begun)
        raise
    finally:
        _UNFINISHED.discard(begun)


@contextmanager
def whole_folder(path: str) -> Iterator[str]:
    """A new folder beside path, which becomes path when all has been written, and is removed where that fails.

    Raises FileExistsError where path is there and no empty folder, or is the working folder, which a shell would go on
    in though another has taken its place; OSError where it cannot be written.
    """
    path = os.path.abspath(path)
    if path == os.getcwd():
        raise FileExistsError(None, "it is the working folder; name a new one", path)
    if os.path.lexists(path) and not (os.path.isdir(path) and not os.listdir(path)):
        raise FileExistsError(None, "it is there, and is no empty folder", path)
    begun = _hidden(*os.path.split(path))
    os.mkdir(begun)
    _UNFINISHED.add(begun)
    try:
        yield begun
        with suppress(FileNotFoundError):
            os.rmdir(path)
        os.rename(begun, path)
    except BaseException:  # Ctrl-C too
        given_up = f"{begun}.removed"
        with suppress(OSError):
            os.rename(begun, given_up)  # a process that still writes finds it no more
        for each in (given_up, begun):
            shutil.rmtree(each, ignore_errors=True)
        raise
    finally:
        _UNFINISHED.discard(begun)


def remove_unfinished() -> None:
    """Removes all that is being written: the process is about to end."""
    for begun in list(_UNFINISHED):
        shutil.rmtree(begun, ignore_errors=True)
        with suppress(OSError):
            os.remove(begun)


def _hidden(folder: str, name: str) -> str:
    """A new path for what is not yet whole."""
    return os.path.join(folder, f".{name[:100]}.{token_hex(4)}.part")
