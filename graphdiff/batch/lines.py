"""Lines of a text file by blocks, counted."""

from __future__ import annotations

from collections.abc import Callable
from io import BufferedReader

from graphdiff.errors import GraphdiffError

BLOCK = 1 << 20
"""Bytes that are read at once: some ten thousand rows."""
LONGEST_LINE = 1 << 26
"""How many bytes a row may have that is text."""


class Lines:
    """What is left of a file; number counts the lines that have been taken."""

    def __init__(self, file: BufferedReader, called: str, size: int | None) -> None:
        self.number = 0
        self.called = called
        self._file = file
        self._size = size
        self._done = 0
        self._begun = b""
        """The part of a line that has been read."""

    def block(self) -> list[str]:
        """The next lines, without their newlines; none at the end. From a pipe, those that are there.

        Raises GraphdiffError: "file" where they are not UTF-8, "limit" for a line beyond LONGEST_LINE.
        """
        data, self._begun = self._begun, b""
        while more := self._read(self._file.read1, BLOCK):
            end = more.rfind(b"\n") + 1
            data += more[:end] if end else more
            if end:
                self._begun = more[end:]
                break
            self._check_length(data)
        return self._taken(data)

    def line(self) -> list[str]:
        """The next line alone, as block() has it."""
        data = self._begun + self._read(self._file.readline, LONGEST_LINE)
        self._begun = b""
        self._check_length(data)
        return self._taken(data)

    def progress(self) -> tuple[int, int | None]:
        """Bytes read, of how many."""
        return self._done, self._size

    def _read(self, how: Callable[[int], bytes], most: int) -> bytes:
        try:
            return how(most)
        except OSError as error:
            raise GraphdiffError("file", f"cannot read {self.called}: {error.strerror or error}") from None

    def _check_length(self, data: bytes) -> None:
        if len(data) >= LONGEST_LINE:
            message = f"line {self.number + 1} of {self.called} has more than {LONGEST_LINE:,} bytes"
            raise GraphdiffError("limit", message, hint="a table of text has a row a line")

    def _taken(self, data: bytes) -> list[str]:
        try:
            lines = data.decode("utf-8").removesuffix("\n").split("\n") if data else []
        except UnicodeDecodeError as error:
            number = self.number + data.count(b"\n", 0, error.start) + 1
            raise GraphdiffError(
                "file",
                f"{self.called} is not UTF-8: byte 0x{data[error.start]:02x} in line {number}",
                hint="save it as UTF-8",
            ) from None
        self._done += len(data)
        self.number += len(lines)
        return lines
