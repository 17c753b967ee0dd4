"""Rows of CSV as lines of text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy

from graphdiff.batch.table import Cells, Chunk, Column, column_of
from graphdiff.batch.table_options import TableOptions
from graphdiff.operations.literal import FAR_DIGITS, FAR_EXPONENT

FAR_EXPONENTS = [re.compile(FAR_EXPONENT.replace("e", letter).encode()) for letter in "eE"]
"""One letter is found ten times as fast as one of two."""


class CsvChunk(Chunk):
    """Rows as lines, without line endings."""

    def __init__(self, lines: list[str], numbers: Sequence[int], delimiter: str, options: TableOptions) -> None:
        super().__init__(numbers)
        self.lines = lines
        self.delimiter = delimiter
        self.options = options
        self.rows: list[list[str]] | None = None

    def split(self) -> list[list[str]]:
        """The text of each cell, row by row."""
        if self.rows is None:
            self.rows = [line.split(self.delimiter) for line in self.lines]
        return self.rows

    def read_column(self, position: int) -> Column:
        return column_of([cells[position] for cells in self.split()], self.options.number)

    def cells(self) -> list[Cells]:
        columns: list[Cells] = list(zip(*self.split(), strict=True))
        for position, column in self.columns.items():
            texts = columns[position]
            columns[position] = [
                texts[row] if row in column.errors else value for row, value in enumerate(column.values.tolist())
            ]
        return columns


def count_rows(data: bytes, delimiter: str, count: int) -> int | None:
    """The number of lines in a block that ends with a newline and has no quotes; None if not all have count cells."""
    characters = numpy.frombuffer(data, numpy.uint8)
    ends = characters == ord("\n")
    separators = ends[ends | (characters == ord(delimiter))]
    rows = int(numpy.count_nonzero(ends))
    is_even = len(separators) == rows * count and separators[count - 1 :: count].all()
    return rows if is_even else None


def has_far_number(data: bytes) -> bool:
    """Whether a number in a block may be beyond the range of floats."""
    if any(exponent.search(data) for exponent in FAR_EXPONENTS):
        return True
    characters = numpy.frombuffer(data, numpy.uint8)
    others = numpy.flatnonzero((characters < ord("0")) | (characters > ord("9")))
    return bool((numpy.diff(others, prepend=-1, append=len(data)) > FAR_DIGITS).any())
