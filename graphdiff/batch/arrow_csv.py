"""CSV by Arrow: blocks of plain rows, which it reads and writes ten times as fast as the core does.

What is read and written is the same, byte for byte. This module is imported only for long tables.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import Any

import numpy
import pyarrow
import pyarrow.compute
import pyarrow.csv

from graphdiff.batch.arrow_decimals import texts_of
from graphdiff.batch.arrow_numbers import numbers_of, validity_of
from graphdiff.batch.csv_chunk import CsvChunk, count_rows, has_far_number
from graphdiff.batch.table import Column, Results, column_of
from graphdiff.batch.table_options import MissingValueError, TableOptions

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Arrow skips it at the start of a block."""
QUOTE = ord('"')
PLAIN = r"^-?[0-9]+(POINT[0-9]+)?([eE][+-]?[0-9]+)?$"
"""Numbers that Arrow reads as the core does, with any decimal point."""


class ArrowCsvChunk(CsvChunk):
    """Rows as an Arrow array of lines, each after its line ending, whose needed columns have been read."""

    def __init__(self, text: Any, ending: str, numbers: Sequence[int], delimiter: str, options: TableOptions) -> None:
        super().__init__([], numbers, delimiter, options)
        self.text = text
        self.ending = ending

    def split(self) -> list[list[str]]:
        if self.rows is None:
            self.take_lines()
            self.rows = list(csv.reader(self.lines, delimiter=self.delimiter, strict=True))
        return self.rows

    def take_lines(self) -> None:
        """Make the lines texts of Python."""
        self.lines = self.lines or [line.removeprefix(self.ending) for line in self.text.to_pylist()]


class BlockReader:
    """Reads blocks of CSV, whose lines have count cells; the columns at positions are numbers."""

    def __init__(
        self, delimiter: str, ending: str, count: int, positions: Sequence[int], options: TableOptions
    ) -> None:
        """ending is that of lines; options are those of numbers and of missing values."""
        self._delimiter = delimiter
        self._ending = ending
        self._count = count
        self._positions = positions
        self._options = options
        self._names = [str(position) for position in positions]
        self._parsing = pyarrow.csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False)
        self._as_numbers = pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(self._names, pyarrow.float64()),
            include_columns=self._names,
            null_values=["", *options.missing],
            decimal_point=options.decimal,
        )
        self._as_texts = pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(self._names, pyarrow.string()),
            include_columns=self._names,
            null_values=[],
            strings_can_be_null=False,
        )

    def read(self, data: bytes, first: int) -> ArrowCsvChunk | None:
        """The chunk of these bytes, whose first line has this number; None if it is not plain: if a line has not count
        cells, another ending, or a quoted cell that continues on the next line."""
        text = self._lines(data)
        if text is None:
            return None
        chunk = ArrowCsvChunk(text, self._ending, range(first, first + len(text)), self._delimiter, self._options)
        if not self._positions:
            is_even = self._count > 1 and b'"' not in data and self._ending == "\n"
            return chunk if is_even and count_rows(data, self._delimiter, self._count) is not None else None
        columns = self._columns(data)
        for position, column in zip(self._positions, columns, strict=False):
            if len(column.values) != len(text):
                return None
            if not column.values.all() and has_far_number(data):  # 1e-400 is read as 0
                return None
            chunk.columns[position] = column
        return chunk if columns else None

    def _lines(self, data: bytes) -> Any:
        """The lines of a block, each after the ending of the line before it, as an array of texts that are views; None
        if some have another ending, or continue on the next one, or are not UTF-8."""
        ending = self._ending.encode()
        if not data.endswith(ending) or data.startswith(BYTE_ORDER_MARK):
            return None
        if not data.isascii():
            try:
                data.decode()
            except UnicodeDecodeError:
                return None
        buffer = ending + data
        characters = numpy.frombuffer(buffer, numpy.uint8)
        places = numpy.flatnonzero(characters == ord("\n"))
        returns = data.count(b"\r")
        if returns != (0 if len(ending) == 1 else len(places) - 1):
            return None
        if returns and not (characters[places - 1] == ord("\r")).all():
            return None
        if ending * 2 in buffer:  # a blank line, which Arrow reads as a row of missing values
            return None
        if b'"' in data and not _has_quoted_cells(characters, places, self._delimiter):
            return None
        offsets = pyarrow.py_buffer((places + 1 - len(ending)).astype(numpy.int32))
        return pyarrow.StringArray.from_buffers(len(places) - 1, offsets, pyarrow.py_buffer(buffer))

    def _columns(self, data: bytes) -> list[Column]:
        """The columns of a block; none if a line has not count cells."""
        try:
            columns = map(_column_of_numbers, self._arrays(data, self._as_numbers))
            finite = [column for column in columns if column is not None]
            if len(finite) == len(self._positions):
                return finite
        except pyarrow.ArrowInvalid:
            pass
        try:
            return [self._column_of_texts(array) for array in self._arrays(data, self._as_texts)]
        except pyarrow.ArrowInvalid:
            return []

    def _arrays(self, data: bytes, conversion: Any) -> list[Any]:
        """The columns of a block as arrays.

        Raises pyarrow.ArrowInvalid if a cell cannot be converted, or a line has not count cells.
        """
        names = list(map(str, range(self._count)))
        reading = pyarrow.csv.ReadOptions(column_names=names, block_size=len(data) + 1, use_threads=False)
        table = pyarrow.csv.read_csv(pyarrow.BufferReader(data), reading, self._parsing, conversion)
        return [table[name].combine_chunks() for name in self._names]

    def _column_of_texts(self, array: Any) -> Column:
        """The column of an array of texts: Arrow reads plain numbers, and Python the others."""
        decimal = self._options.decimal
        is_plain = pyarrow.compute.match_substring_regex(array, PLAIN.replace("POINT", re.escape(decimal)))
        if self._options.missing:
            is_missing = pyarrow.compute.is_in(array, pyarrow.array(self._options.missing))
            is_plain = pyarrow.compute.and_not(is_plain, is_missing)
        plain = pyarrow.compute.replace_substring(pyarrow.compute.if_else(is_plain, array, None), decimal, ".")
        numbers = plain.cast(pyarrow.float64())
        values = numbers_of(numbers).copy()
        others = numpy.flatnonzero(~(validity_of(numbers) & numpy.isfinite(values)))
        rest = column_of(array.take(pyarrow.array(others)).to_pylist(), self._options.number)
        values[others] = rest.values
        return Column(values, {int(others[row]): error for row, error in rest.errors.items()})


def _has_quoted_cells(characters: Any, ends: Any, delimiter: str) -> bool:
    """Whether all quotes are those of quoted cells, none of which continues on the next line.

    Args:
        characters: Those of lines, of which the first is a line ending.
        ends: The places of newlines.
    """
    quotes = numpy.flatnonzero(characters == QUOTE)
    if len(quotes) % 2 or (numpy.searchsorted(quotes, ends) % 2).any():
        return False
    around = numpy.frombuffer(f'"\r\n{delimiter}'.encode(), numpy.uint8)
    before, after = characters[quotes[::2] - 1], characters[quotes[1::2] + 1]
    return bool(numpy.isin(before, around).all() and numpy.isin(after, around).all())


def _column_of_numbers(array: Any) -> Column | None:
    """The column of an array of floats; None if some are not finite."""
    numbers = numbers_of(array)
    if not array.null_count:
        return Column(numbers, {}) if numpy.isfinite(numbers).all() else None
    is_valid = validity_of(array)
    if not numpy.isfinite(numbers[is_valid]).all():
        return None
    missing = numpy.flatnonzero(~is_valid).tolist()
    return Column(numpy.where(is_valid, numbers, numpy.nan), {row: MissingValueError() for row in missing})


def written(chunk: ArrowCsvChunk, results: Results, decimal: str) -> list[Any]:
    """The rows with their results, which are floats, as pieces of bytes."""
    cells = texts_of(results.columns, {*results.empty}, chunk.delimiter, decimal)
    text = pyarrow.compute.binary_join_element_wise(chunk.text, cells, "")
    _, offsets, content = text.buffers()
    start, end = numpy.frombuffer(offsets, numpy.int32)[[text.offset, text.offset + len(text)]]
    ending = chunk.ending.encode()
    return [memoryview(content)[start + len(ending) : end], ending]
