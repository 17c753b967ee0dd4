"""A file that appears whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from secrets import token_hex
from typing import BinaryIO


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
    begun = os.path.join(folder, f".{name[:100]}.{token_hex(4)}.part")
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
