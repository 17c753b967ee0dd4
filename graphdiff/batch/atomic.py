"""A file or a folder that appears whole or not at all, whatever ends the process.

Until it is whole it stands beside its place under a hidden name, .NAME.xxxxxxxx.part, locked by the process that writes
it. A process that is killed cannot remove it, but its lock goes with it: by that the next run knows what is dead.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from glob import escape, glob
from secrets import token_hex
from typing import BinaryIO

NAMED = 50
"""Characters of a hidden name that tell what it becomes: no file system refuses so many."""
_UNFINISHED: set[str] = set()
"""The paths of what is being written."""


@contextmanager
def atomic_file(path: str) -> Iterator[BinaryIO]:
    """A new file beside path, which takes its place when all has been written, and is removed where that fails.

    A link is followed, and the mode of the file that was there is kept; other hard links to that keep what they had.
    What is no regular file, as a pipe or a device, is written to as it is. Raises OSError where it cannot be written.
    """
    if os.path.exists(path):
        if not os.path.isfile(path):
            with open(path, "wb") as file:
                yield file
            return
        if not os.access(path, os.W_OK):  # a folder's right to replace it is not the right to write it
            raise PermissionError(None, "it is write-protected", path)
    path = os.path.realpath(path)
    with _begun(path, lambda begun: open(begun, "xb").close()) as begun:
        with open(begun, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # a killed process needs it not; after a power cut the new name might be empty
        if os.path.exists(path):
            os.chmod(begun, os.stat(path).st_mode)
        os.replace(begun, path)


@contextmanager
def atomic_folder(path: str) -> Iterator[str]:
    """A new folder beside path, which becomes path when all has been written, and is removed where that fails.

    Raises FileExistsError where path is there and no empty folder, or is the working folder, which a shell would go on
    in though another has taken its place; OSError where it cannot be written.
    """
    path = os.path.realpath(path)
    if path == os.path.realpath(os.getcwd()):
        raise FileExistsError(None, "it is the working folder; name a new one", path)
    if os.path.ismount(path):
        raise OSError(None, "nothing can take the place of a mounted folder; name one in it", path)
    if os.path.lexists(path) and not (os.path.isdir(path) and not os.listdir(path)):
        raise FileExistsError(None, "it is there, and is no empty folder", path)
    with _begun(path, os.mkdir) as begun:
        yield begun
        with suppress(FileNotFoundError):
            os.rmdir(path)
        os.rename(begun, path)


def remove_leftovers(path: str) -> None:
    """Removes what killed processes left of path; what a process writes that lives is left alone."""
    for dead in glob(escape(_hidden(path)) + "[0-9a-f]" * 8 + ".part*"):
        lock = _lock(dead, waits=False)
        if lock is not None:
            _remove(dead)
            os.close(lock)


def remove_unfinished() -> None:
    """Removes all that is being written: the process is about to end."""
    for begun in list(_UNFINISHED):
        _remove(begun)


@contextmanager
def _begun(path: str, make: Callable[[str], None]) -> Iterator[str]:
    """A new path for what is not yet whole, made and locked."""
    begun = f"{_hidden(path)}{token_hex(4)}.part"
    lock = None
    _UNFINISHED.add(begun)
    try:
        make(begun)
        while (lock := _lock(begun, waits=True)) is not None and not os.path.lexists(begun):
            os.close(lock)  # before it was locked, another run took it for dead
            make(begun)
        yield begun
    except BaseException:  # Ctrl-C too
        _remove(begun)
        raise
    finally:
        _UNFINISHED.discard(begun)
        if lock is not None:
            os.close(lock)


def _hidden(path: str) -> str:
    """How the path begins of what is to become this one."""
    folder, name = os.path.split(os.path.realpath(path))
    return os.path.join(folder, f".{name[:NAMED]}.")


def _lock(path: str, waits: bool) -> int | None:
    """A descriptor that holds a lock as long as it is open; None where another has it, or there are no locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        # A network's file system locks only what is open for writing, which folders never are.
        descriptor = os.open(path, os.O_RDONLY if os.path.isdir(path) else os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
    except OSError:
        return None
    return descriptor


def _remove(begun: str) -> None:
    given_up = f"{begun}.removed"
    with suppress(OSError):
        os.rename(begun, given_up)  # a process that still writes into a folder finds it no more
    for each in (given_up, begun):
        shutil.rmtree(each, ignore_errors=True)
        with suppress(OSError):
            os.remove(each)
