"""Files whose index is at their end."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from typing import Any, BinaryIO


def seekable(file: BinaryIO) -> BinaryIO:
    """The file, or a temporary copy of a pipe, which exists as long as the pipe."""
    if file.seekable():
        return file
    copy: Any = tempfile.TemporaryFile()  # noqa: SIM115
    shutil.copyfileobj(file, copy)
    copy.seek(0)
    weakref.finalize(file, copy.close)
    return copy  # type: ignore[no-any-return]
