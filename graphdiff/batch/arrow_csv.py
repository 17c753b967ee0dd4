"""CSV by Arrow: blocks of plain numbers and text, which it reads and writes ten times as fast as the core does.

What is read and written is the same, byte for byte. This module is imported only for long tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
import pyarrow
import pyarrow.compute
import pyarrow.csv

from graphdiff.batch.arrow_decimals import texts_of
from graphdiff.batch.arrow_numbers import numbers_of
from graphdiff.batch.csv_chunk import CsvChunk, count_rows, has_far_number
from graphdiff.batch.table import Column, Results
from graphdiff.batch.table_options import TableOptions

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Arrow skips it at the start of a block."""


class ArrowCsvChunk(CsvChunk):
    """Rows as an Arrow array of lines, each after its line ending, whose needed columns have been read."""

    def __init__(self, text: Any, ending: str, numbers: Sequence[int], delimiter: str) -> None:
        super().__init__([], numbers, delimiter, TableOptions())
        self.text = text
        self.ending = ending

    def split(self) -> list[list[str]]:
        self.take_lines()
        return super().split()

    def take_lines(self) -> None:
        """Make the lines texts of Python."""
        self.lines = self.lines or [line.removeprefix(self.ending) for line in self.text.to_pylist()]


def read_block(
    data: bytes, ending: str, first: int, delimiter: str, count: int, positions: Sequence[int]
) -> ArrowCsvChunk | None:
    """The chunk of these bytes, whose first line has this number; None if it is not plain: if a line has not count
    cells, or another ending, or the columns at positions have anything but finite numbers. It must have no quotes."""
    text = _lines(data, ending)
    if text is None:
        return None
    if not positions and (count == 1 or ending != "\n" or count_rows(data, delimiter, count) is None):
        return None
    chunk = ArrowCsvChunk(text, ending, range(first, first + len(text)), delimiter)
    try:
        columns = _read(data, delimiter, count, positions) if positions else []
    except pyarrow.ArrowInvalid:
        return None
    for position, numbers in zip(positions, columns, strict=True):
        if len(numbers) != len(text) or not numpy.isfinite(numbers).all():
            return None
        if not numbers.all() and has_far_number(data):  # 1e-400 is read as 0
            return None
        chunk.columns[position] = Column(numbers, {})
    return chunk


def _lines(data: bytes, ending: str) -> Any:
    """The lines of a block, each after the ending of the line before it, as an array of texts that are views; None if
    some have another ending, or are not UTF-8."""
    if not data.endswith(ending.encode()) or data.startswith(BYTE_ORDER_MARK):
        return None
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            return None
    buffer = ending.encode() + data
    characters = numpy.frombuffer(buffer, numpy.uint8)
    places = numpy.flatnonzero(characters == ord("\n"))
    if ending == "\r\n":
        places -= 1
        if not (characters[places] == ord("\r")).all():
            return None
    if b"\r" in data and (ending == "\n" or buffer.count(b"\r") != len(places)):
        return None
    offsets = pyarrow.py_buffer(places.astype(numpy.int32))
    return pyarrow.StringArray.from_buffers(len(places) - 1, offsets, pyarrow.py_buffer(buffer))


def _read(data: bytes, delimiter: str, count: int, positions: Sequence[int]) -> list[Any]:
    """The numbers of these columns.

    Raises pyarrow.ArrowInvalid if cells are not numbers, or a line has not count cells.
    """
    names = [str(position) for position in positions]
    table = pyarrow.csv.read_csv(
        pyarrow.BufferReader(data),
        pyarrow.csv.ReadOptions(column_names=list(map(str, range(count))), block_size=len(data) + 1, use_threads=False),
        pyarrow.csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pyarrow.float64()),
            include_columns=names,
            null_values=[],
            strings_can_be_null=False,
        ),
    )
    return [numbers_of(table[name].combine_chunks()) for name in names]


def written(chunk: ArrowCsvChunk, results: Results) -> list[Any]:
    """The rows with their results, which are floats, as pieces of bytes."""
    cells = texts_of(results.columns, {*results.empty}, chunk.delimiter)
    text = pyarrow.compute.binary_join_element_wise(chunk.text, cells, "")
    _, offsets, content = text.buffers()
    start, end = numpy.frombuffer(offsets, numpy.int32)[[text.offset, text.offset + len(text)]]
    ending = chunk.ending.encode()
    return [memoryview(content)[start + len(ending) : end], ending]
