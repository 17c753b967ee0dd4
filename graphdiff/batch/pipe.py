"""A table that can be read only once, such as standard input, whose first row is needed before the others."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from io import BufferedReader, BytesIO, RawIOBase
from typing import Any

from graphdiff.batch.files import first_shapes
from graphdiff.batch.formats import BINARY, format_of, reader_of
from graphdiff.batch.lines import BLOCK, LONGEST_LINE
from graphdiff.batch.table_options import TableOptions
from graphdiff.operations.shapes import Shape


def widen(file: BufferedReader) -> None:
    """Let a pipe hold a block of rows where the system can (Linux): by default it holds a sixteenth of that, and the
    rows would be read in as many pieces."""
    with suppress(ImportError, AttributeError, OSError, ValueError):  # not a pipe; or no such call
        from fcntl import F_SETPIPE_SZ, fcntl

        fcntl(file.fileno(), F_SETPIPE_SZ, BLOCK)


class Pipe:
    """A table of which columns can be asked for before it is read.

    Attributes:
        table: The table from its start.
    """

    def __init__(self, table: BufferedReader, options: TableOptions, label: str) -> None:
        """options say how it is read; label is its name in messages."""
        widen(table)
        self.table = table
        self._options = options
        self._label = label

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shape of the first entry of each column, by the column's name; none of binary formats, whose
        index may be last.

        Raises GraphdiffError if it is not such a table.
        """
        form = self._options.origin or format_of(self.table, "")
        if form in BINARY:
            return {}
        start, lines = b"", 2 + self._options.skip + 20 * (self._options.comment is not None) if form == "csv" else 1
        while start.lstrip().count(b"\n") < lines and len(start) <= LONGEST_LINE and (more := self.table.read1(BLOCK)):
            start += more
        self.table = BufferedReader(_Joined(start, self.table))
        copy: Any = BytesIO(start[: start.rfind(b"\n") + 1] or start)
        return first_shapes(reader_of(form, BufferedReader(copy), self._label, self._options))


class _Joined(RawIOBase):
    """What has been read of a file, and then the rest of it."""

    def __init__(self, start: bytes, rest: BufferedReader) -> None:
        self._start = start
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._start[: len(buffer)] or self._rest.read1(len(buffer))
        self._start = self._start[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)
