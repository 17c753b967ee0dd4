"""Lines of a text file, read in blocks and counted."""

from __future__ import annotations

from collections.abc import Callable
from io import BufferedReader

from graphdiff.errors import GraphdiffError, Hint

BLOCK = 1 << 20
"""Bytes to read at once: some ten thousand rows."""
LONGEST_LINE = 1 << 26
"""The most bytes of a row of text."""


class Lines:
    """The lines of a file that are still to be read; number counts those that have been read.

    label is the name of the file in messages, size its length in bytes, if known.
    """

    def __init__(self, file: BufferedReader, label: str, size: int | None) -> None:
        self.number = 0
        self.label = label
        self._file = file
        self._size = size
        self._done = 0
        self._rest = b""
        """The start of a line whose end has not been read."""

    def block(self) -> list[str]:
        """Read the next lines, without newlines; none at the end. A pipe gives the lines that are available.

        Raises GraphdiffError: "file" if they are not UTF-8, "limit" for a line longer than LONGEST_LINE.
        """
        return self.split(self.read_block())

    def read_block(self) -> bytes:
        """Read the same, as bytes; count_block or split has to follow."""
        data, self._rest = self._rest, b""
        while more := self._read(self._file.read1, BLOCK):
            end = more.rfind(b"\n") + 1
            data = b"".join([data, memoryview(more)[: end or None]])
            if end:
                self._rest = more[end:]
                break
            self._check_length(data)
        self._check_length(data)
        return data

    def count_block(self, data: bytes, lines: int) -> None:
        """Count a block of so many lines that was read as bytes."""
        self._done += len(data)
        self.number += lines

    def line(self) -> list[str]:
        """Read the next line alone, as block() does."""
        data = self._rest + self._read(self._file.readline, LONGEST_LINE + 2)
        self._rest = b""
        self._check_length(data)
        return self.split(data)

    def peek(self) -> str:
        """The beginning of the next line that is not blank, as far as it is in memory; it is not read."""
        text = (self._rest + self._file.peek(BLOCK)).decode("utf-8", "replace")
        return next((line for line in text.split("\n") if line.strip()), "")

    def progress(self) -> tuple[int, int | None]:
        """The bytes that have been read, and the size of the file."""
        return self._done, self._size

    def _read(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            return read(size)
        except OSError as error:
            raise GraphdiffError("file", f"cannot read {self.label}: {error.strerror or error}") from None

    def _check_length(self, data: bytes) -> None:
        """Check the first line; the others are shorter than a block."""
        end = data.find(b"\n")
        if (len(data) if end < 0 else end) > LONGEST_LINE:
            message = f"line {self.number + 1} of {self.label} has more than {LONGEST_LINE:,} bytes"
            raise GraphdiffError("limit", message, hint="a text table has one row per line")

    def split(self, data: bytes) -> list[str]:
        """The lines of a block, which are then counted.

        Raises GraphdiffError("file") if they are not UTF-8.
        """
        try:
            lines = data.decode("utf-8").removesuffix("\n").split("\n") if data else []
        except UnicodeDecodeError as error:
            number = self.number + data.count(b"\n", 0, error.start) + 1
            raise GraphdiffError(
                "file",
                f"{self.label} is not UTF-8: byte 0x{data[error.start]:02x} in line {number}",
                hint=Hint("save it as UTF-8", "encoding"),
            ) from None
        self.count_block(data, len(lines))
        return lines
