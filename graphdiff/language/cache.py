"""The user's cache folder, of which only files that nobody else could have written are read."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress


def cache_folder() -> str:
    """The folder for cached files, by the convention of the operating system."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~\\AppData\\Local")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "graphdiff")


def read_cached(name: str) -> bytes | None:
    """The content of a cached file; None if it is missing, is not a regular file of this user, or is writable by
    others."""
    path = os.path.join(cache_folder(), name)
    try:
        # Opened first and checked then, so that it cannot be replaced in between; a FIFO must not block.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as file:
            return file.read() if _is_trusted(os.fstat(descriptor)) else None
    except OSError:
        return None


def _is_trusted(status: os.stat_result) -> bool:
    if not stat.S_ISREG(status.st_mode):
        return False
    if sys.platform == "win32":  # the user's own folder is closed to others
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def write_cached(name: str, text: str) -> None:
    """Write a file, whole or not at all; a folder that is not writable only costs time at the next start."""
    path = os.path.join(cache_folder(), name)
    partial = f"{path}.part"  # always the same name, so that the next write removes what a killed process left
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            os.remove(partial)
        with open(partial, "x", encoding="utf-8", opener=_private) as file:
            file.write(text)
        os.replace(partial, path)
    except OSError:
        pass


def _private(path: str, flags: int) -> int:
    """Open a file that only its user may read and write, whatever the umask."""
    return os.open(path, flags, 0o600)
