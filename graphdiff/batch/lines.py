"""Lines of a text file by blocks, counted."""

from __future__ import annotations

from io import BufferedReader

from graphdiff.errors import GraphdiffError

BLOCK = 1 << 20
"""Bytes that are read at once: some ten thousand rows."""
LONGEST_LINE = 1 << 26


class Lines:
    """What is left of a file; number counts the lines that have been taken."""

    def __init__(self, file: BufferedReader, called: str, size: int | None) -> None:
        self.number = 0
        self.called = called
        self._file = file
        self._size = size
        self._done = 0

    def block(self) -> list[str]:
        """The next lines, without their newlines; none at the end. From a pipe, as many as are there.

        Raises GraphdiffError("file") where they are not UTF-8, or a line is too long for a text.
        """
        return self._taken(self._file.read1(BLOCK))

    def line(self) -> list[str]:
        """The next line alone, as block() has it."""
        return self._taken(self._file.readline(1))

    def progress(self) -> tuple[int, int | None]:
        """Bytes read, of how many."""
        return self._done, self._size

    def _taken(self, data: bytes) -> list[str]:
        if data and not data.endswith(b"\n"):
            data += self._file.readline(LONGEST_LINE)
            if len(data) > LONGEST_LINE and not data.endswith(b"\n"):
                number = self.number + data.count(b"\n") + 1
                raise GraphdiffError("file", f"{self.called} is no text: line {number} does not end")
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
