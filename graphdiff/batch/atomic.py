"""Files and folders that are written completely or not at all, whatever ends the process.

Until it is complete, the result is in the same folder under a hidden name, .NAME.xxxxxxxx.part, locked by the process
that writes it. A process that is killed cannot remove it, but its lock is released: so the next run knows that it is
left over.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from glob import escape, glob
from secrets import token_hex
from typing import BinaryIO

from graphdiff.ownership import create_private, open_own

PREFIX_LENGTH = 50
"""Characters of the final name in a hidden name: few enough for every file system."""
_UNFINISHED: set[str] = set()
"""The temporary paths that are being written."""


@contextmanager
def atomic_file(path: str) -> Iterator[BinaryIO]:
    """Open a temporary file beside path, which replaces path when it is complete, and is removed on an error.

    Symbolic links are followed, and the mode and the group of an existing file are kept; its other hard links keep the
    old content. In place of an existing file, nobody else can read the temporary file.
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
    opener = create_private if os.path.exists(path) else None
    with _temporary_path(path, lambda temporary: open(temporary, "xb", opener=opener).close()) as temporary:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # otherwise the file could be empty after a power failure
        if os.path.exists(path):
            _copy_permissions(os.stat(path), temporary)
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
    _check_is_new(path)
    mode = os.stat(path).st_mode & 0o777 if os.path.exists(path) else 0o777
    with _temporary_path(path, lambda temporary: os.mkdir(temporary, mode)) as temporary:
        yield temporary
        try:
            with suppress(FileNotFoundError):
                os.rmdir(path)
            os.rename(temporary, path)
        except OSError:
            _check_is_new(path)  # another run may have created it meanwhile
            raise


def _check_is_new(path: str) -> None:
    """Raises FileExistsError if path exists and is not an empty folder."""
    if os.path.lexists(path) and not (os.path.isdir(path) and not os.listdir(path)):
        raise FileExistsError(None, "it exists and is not an empty folder", path)


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
        while (lock := _lock(temporary, waits=True)) is None and not os.path.lexists(temporary):
            make(temporary)  # another run removed it as a leftover before it was locked
        yield temporary
    except BaseException:  # including Ctrl-C
        _remove(temporary)
        raise
    finally:
        _UNFINISHED.discard(temporary)
        if lock is not None:
            os.close(lock)


def _copy_permissions(status: os.stat_result, path: str) -> None:
    """Give a file the group and the mode of the one that it replaces. Where the group cannot be given, its own may not
    do more than everybody."""
    mode = stat.S_IMODE(status.st_mode)
    if hasattr(os, "chown") and os.stat(path).st_gid != status.st_gid:
        try:
            os.chown(path, -1, status.st_gid)
        except OSError:
            mode = mode & ~0o070 | (mode & 0o007) << 3
    os.chmod(path, mode)


def _hidden_prefix(path: str) -> str:
    """How the temporary paths for this path start."""
    folder, name = os.path.split(os.path.realpath(path))
    return os.path.join(folder, f".{name[:PREFIX_LENGTH]}.")


def _lock(path: str, waits: bool) -> int | None:
    """A descriptor that holds a lock until it is closed; None if another process has the lock or had it and removed the
    file, if locks are not supported, or if the file is another user's."""
    if sys.platform == "win32":
        return None
    import fcntl

    # A network file system locks only files that are open for writing, and never folders.
    descriptor = open_own(path, os.O_RDONLY if os.path.isdir(path) else os.O_RDWR)
    if descriptor is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), os.lstat(path)):  # not another file of that name since
                return descriptor
        except OSError:
            pass
        os.close(descriptor)
    return None


def _remove(temporary: str) -> None:
    trash = f"{temporary}.removed"
    try:
        os.rename(temporary, trash)  # so that no process can still write into the folder
    except OSError:
        trash = temporary
    shutil.rmtree(trash, ignore_errors=True)
    with suppress(OSError):
        os.remove(trash)
