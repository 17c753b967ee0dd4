"""Text in other encodings, as UTF-8."""

from __future__ import annotations

import codecs
from io import BufferedReader, RawIOBase
from typing import Any

from graphdiff.errors import GraphdiffError, shorten

BLOCK = 1 << 16
MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""The encodings of files that begin with these bytes."""


def check_encoding(name: str) -> str:
    """The name of an encoding of text.

    Raises GraphdiffError("usage") if there is none.
    """
    try:
        known = codecs.lookup(name)
        "".encode(known.name)
    except (LookupError, UnicodeError):
        hint = "as cp1252 (Windows), latin-1 or utf-16"
        raise GraphdiffError("usage", f"unknown encoding '{shorten(name)}'", hint=hint) from None
    return known.name


def in_utf8(file: BufferedReader, encoding: str | None, label: str) -> BufferedReader:
    """A text file in UTF-8: itself if it is in it."""
    encoding = encoding or MARKS.get(file.peek(2)[:2])
    if encoding in (None, "utf-8"):
        return file
    raw: Any = _Recoded(file, encoding, label)
    return BufferedReader(raw)


class _Recoded(RawIOBase):
    """Text of another encoding in UTF-8."""

    def __init__(self, file: BufferedReader, encoding: str, label: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._encoding = encoding
        self._label = label
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        is_end = False
        while not self._rest and not is_end:
            data = self._file.read1(BLOCK)
            is_end = not data
            try:
                self._rest = self._decoder.decode(data, final=is_end).encode()
            except UnicodeError as error:
                hint = "name another encoding"
                raise GraphdiffError("file", f"{self._label} is not {self._encoding}: {error}", hint=hint) from None
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)
