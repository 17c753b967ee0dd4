"""Compressed files: recognized by their first bytes when they are read, by their names when they are written."""

from __future__ import annotations

import lzma
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BufferedReader, RawIOBase
from typing import Any, BinaryIO, NamedTuple

from graphdiff.errors import GraphdiffError

GZIP_LEVEL = 6
"""That of the command gzip: Python's 9 takes several times as long for a few bytes less."""


class Compression(NamedTuple):
    """A kind of compression.

    Attributes:
        suffix: The end of the names of its files.
        start: Their first bytes.
        open: A function of a binary file and the mode, "rb" or "wb", that opens the content.
    """

    suffix: str
    start: bytes
    open: Callable[[Any, str], Any]


def _gzip(file: Any, mode: str) -> Any:
    from gzip import GzipFile

    return GzipFile(filename="", mode=mode, compresslevel=GZIP_LEVEL, fileobj=file, mtime=0)


def _bzip2(file: Any, mode: str) -> Any:
    return import_module("bz2").BZ2File(file, mode)


def _xz(file: Any, mode: str) -> Any:
    return lzma.LZMAFile(file, mode)


def _zstandard(file: Any, mode: str) -> Any:
    """By Python's own module from 3.14 on, else by the package zstandard.

    Raises GraphdiffError("file") if neither is there.
    """
    try:
        return import_module("compression.zstd").ZstdFile(file, mode)
    except ImportError:
        pass
    try:
        return import_module("zstandard").open(file, mode, closefd=False)
    except ImportError:
        message = "zstd requires Python 3.14 or the package zstandard"
        raise GraphdiffError("file", message, hint="pip install 'graphdiff-cli[zstd]'") from None


COMPRESSIONS = [
    Compression(".gz", b"\x1f\x8b", _gzip),
    Compression(".bz2", b"BZh", _bzip2),
    Compression(".xz", b"\xfd7zXZ\x00", _xz),
    Compression(".zst", b"\x28\xb5\x2f\xfd", _zstandard),
]


def without_compression(name: str) -> str:
    """A file's name without the suffix of a compression."""
    compression = _by_name(name)
    return name if compression is None else name[: -len(compression.suffix)]


def decompressed(file: BufferedReader, label: str) -> BufferedReader:
    """The content of a file: what it is compressed from, or itself. label is its name in messages."""
    first = file.peek(1)
    for compression in COMPRESSIONS:
        if first.startswith(compression.start):
            raw: Any = _Decompressed(compression, file, label)
            return BufferedReader(raw)
    return file


@contextmanager
def compressing(file: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """What is to be written into a file, compressed as its name says."""
    compression = _by_name(name)
    if compression is None:
        yield file
        return
    with compression.open(file, "wb") as content:
        yield content


def _by_name(name: str) -> Compression | None:
    return next((each for each in COMPRESSIONS if name.lower().endswith(each.suffix)), None)


class _Decompressed(RawIOBase):
    """The content of a compressed file; reading damaged data raises GraphdiffError."""

    def __init__(self, compression: Compression, file: BufferedReader, label: str) -> None:
        self._file = file
        self._content = compression.open(file, "rb")
        self._label = label

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._content.read(len(buffer))
        except Exception as error:  # each of the libraries has its own
            message = f"cannot decompress {self._label}: {error}"
            raise GraphdiffError("file", message, hint="the file is damaged or cut short") from None
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._content.close()
            self._file.close()
        super().close()
