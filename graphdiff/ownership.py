"""Files in places where other users may have put something else: a FIFO, a link, a file of their own."""

from __future__ import annotations

import os
import stat
import sys


def open_own(path: str, flags: int = os.O_RDONLY, owner: int | None = None) -> int | None:
    """Open a regular file or a folder that belongs to this user, or to that owner, and return its descriptor; None for
    anything else. It follows no link, and does not wait at a FIFO.

    It is opened first and checked then, so that it cannot be replaced in between.
    """
    try:
        descriptor = os.open(
            path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
    except OSError:
        return None
    if _is_own(os.fstat(descriptor), owner):
        return descriptor
    os.close(descriptor)
    return None


def _is_own(status: os.stat_result, owner: int | None) -> bool:
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        return False
    # On Windows the user's own folders are closed to others.
    return sys.platform in ("win32", "emscripten") or status.st_uid in (os.geteuid(), owner)


def create_private(path: str, flags: int) -> int:
    """Open a file that only its user may read and write, whatever the umask: an opener for open()."""
    return os.open(path, flags, 0o600)
