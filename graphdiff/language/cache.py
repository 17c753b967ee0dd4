"""The user's cache folder, of which only files that nobody else could have written are read."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress

from graphdiff.ownership import create_private, open_own


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
    return read_own(os.path.join(cache_folder(), name), is_private=True)


def read_own(path: str, owner: int | None = None, is_private: bool = False) -> bytes | None:
    """The content of a regular file of this user, or of that owner; None of anything else, and, with is_private, of a
    file that others may write to."""
    descriptor = open_own(path, owner=owner)
    if descriptor is None:
        return None
    try:
        with open(descriptor, "rb") as file:
            is_open = sys.platform != "win32" and os.fstat(descriptor).st_mode & (stat.S_IWGRP | stat.S_IWOTH)
            return None if is_private and is_open else file.read()
    except OSError:
        return None


def write_cached(name: str, text: str) -> None:
    """Write a file, whole or not at all; a folder that is not writable only costs time at the next start."""
    path = os.path.join(cache_folder(), name)
    partial = f"{path}.part"  # always the same name, so that the next write removes what a killed process left
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            os.remove(partial)
        with open(partial, "x", encoding="utf-8", opener=create_private) as file:
            file.write(text)
        os.replace(partial, path)
    except OSError:
        pass
