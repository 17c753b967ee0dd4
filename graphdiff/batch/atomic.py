"""Files and folders that are written completely or not at all, whatever ends the process.

Until it is complete, the result is in the same folder under a hidden name, .NAME.xxxxxxxx.part, locked by the process
that writes it. A process that is killed cannot remove it, but its lock is released: so the next run knows that it is
left over.
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

PREFIX_LENGTH = 50
"""Characters of the final name in a hidden name: few enough for every file system."""
_UNFINISHED: set[str] = set()
"""The temporary paths that are being written."""


@contextmanager
def atomic_file(path: str) -> Iterator[BinaryIO]:
    """Open a temporary file beside path, which replaces path when it is complete, and is removed on an error.

    Symbolic links are followed, and the mode of an existing file is kept; its other hard links keep the old content.
    A path that is not a regular file, such as a pipe or a device, is written directly. Raises OSError if it cannot be
    written.
    """
    if os.path.exists(path):
        if not os.path.isfile(path):
            with open(path, "wb") as file:
                yield file
            return
        if not os.access(path, os.W_OK):  # write permission for the folder would be enough to replace it
            raise PermissionError(None, "it is write-protected", path)
    path = os.path.realpath(path)
    with _temporary_path(path, lambda temporary: open(temporary, "xb").close()) as temporary:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # otherwise the file could be empty after a power failure
        if os.path.exists(path):
            os.chmod(temporary, os.stat(path).st_mode)
        os.replace(temporary, path)


@contextmanager
def atomic_folder(path: str) -> Iterator[str]:
    """Create a temporary folder beside path, which becomes path when it is complete, and is removed on an error.

    Raises FileExistsError if path exists and is not an empty folder, or is the current folder (a shell would stay in
    the old one); OSError if it cannot be written.
    """
    path = os.path.realpath(path)
    if path == os.path.realpath(os.getcwd()):
        raise FileExistsError(None, "it is the current folder; name a new one", path)
    if os.path.ismount(path):
        raise OSError(None, "a mounted folder cannot be replaced; name a folder in it", path)
    if os.path.lexists(path) and not (os.path.isdir(path) and not os.listdir(path)):
        raise FileExistsError(None, "it exists and is not an empty folder", path)
    with _temporary_path(path, os.mkdir) as temporary:
        yield temporary
        with suppress(FileNotFoundError):
            os.rmdir(path)
        os.rename(temporary, path)


def remove_leftovers(path: str) -> None:
    """Remove the temporary files of path that killed processes left, but not those of running processes."""
    for leftover in glob(escape(_hidden_prefix(path)) + "[0-9a-f]" * 8 + ".part*"):
        lock = _lock(leftover, waits=False)
        if lock is not None:
            _remove(leftover)
            os.close(lock)


def remove_unfinished() -> None:
    """Remove all temporary files and folders of this process, which is about to end."""
    for temporary in list(_UNFINISHED):
        _remove(temporary)


@contextmanager
def _temporary_path(path: str, make: Callable[[str], None]) -> Iterator[str]:
    """A new temporary path beside this one, made and locked."""
    temporary = f"{_hidden_prefix(path)}{token_hex(4)}.part"
    lock = None
    _UNFINISHED.add(temporary)
    try:
        make(temporary)
        while (lock := _lock(temporary, waits=True)) is not None and not os.path.lexists(temporary):
            os.close(lock)  # another run removed it as a leftover before it was locked
            make(temporary)
        yield temporary
    except BaseException:  # including Ctrl-C
        _remove(temporary)
        raise
    finally:
        _UNFINISHED.discard(temporary)
        if lock is not None:
            os.close(lock)


def _hidden_prefix(path: str) -> str:
    """How the temporary paths for this path start."""
    folder, name = os.path.split(os.path.realpath(path))
    return os.path.join(folder, f".{name[:PREFIX_LENGTH]}.")


def _lock(path: str, waits: bool) -> int | None:
    """A descriptor that holds a lock until it is closed; None if another process has the lock, or locks are not
    supported."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        # A network file system locks only files that are open for writing, and never folders.
        descriptor = os.open(path, os.O_RDONLY if os.path.isdir(path) else os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
    except OSError:
        return None
    return descriptor


def _remove(temporary: str) -> None:
    trash = f"{temporary}.removed"
    with suppress(OSError):
        os.rename(temporary, trash)  # so that no process can still write into the folder
    for each in (trash, temporary):
        shutil.rmtree(each, ignore_errors=True)
        with suppress(OSError):
            os.remove(each)
