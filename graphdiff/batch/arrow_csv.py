"""CSV by Arrow: blocks of plain numbers and text, which it reads and writes ten times as fast as the core does.

What is read and written is the same, byte for byte. This module is imported only for tables of more than one block.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy
import pyarrow
import pyarrow.compute
import pyarrow.csv

from graphdiff.batch.arrow_numbers import array_of, mask_of, numbers_of
from graphdiff.batch.csv_chunk import CsvChunk, count_rows
from graphdiff.batch.table import Column, Results
from graphdiff.batch.table_options import TableOptions

NO_SEPARATOR = "\x01"
"""Separates nothing: a line with it is not plain."""
SHORT, LONG = 1e-4, 1e10
"""Arrow writes numbers between these that are not whole as Python does."""


class ArrowCsvChunk(CsvChunk):
    """Rows as an Arrow array of lines, without line endings, whose needed columns have been read."""

    def __init__(self, text: Any, numbers: Sequence[int], delimiter: str) -> None:
        super().__init__([], numbers, delimiter, TableOptions())
        self.text = text

    def split(self) -> list[list[str]]:
        self.take_lines()
        return super().split()

    def take_lines(self) -> None:
        """Make the lines texts of Python."""
        self.lines = self.lines or self.text.to_pylist()


def read_block(data: bytes, first: int, delimiter: str, count: int, positions: Sequence[int]) -> ArrowCsvChunk | None:
    """The chunk of these bytes, whose first line has this number; None if it is not plain: if a line has not count
    cells, or the columns at positions have anything but finite numbers. It must have no quotes, carriage returns and
    numbers beyond the range of floats."""
    rows = count_rows(data, delimiter, count)
    if rows is None:
        return None
    try:
        lines = _read(data, NO_SEPARATOR, ["line"], {"line": pyarrow.string()})["line"]
        names = [str(place) for place in range(count)]
        types = {str(position): pyarrow.float64() for position in positions}
        table = _read(data, delimiter, names, types) if positions else {}
    except pyarrow.ArrowInvalid:
        return None
    chunk = ArrowCsvChunk(lines, range(first, first + rows), delimiter)
    for position in positions:
        numbers = numbers_of(table[str(position)])
        if len(numbers) != rows or not numpy.isfinite(numbers).all():
            return None
        chunk.columns[position] = Column(numbers, {})
    return chunk if len(lines) == rows else None


def _read(data: bytes, delimiter: str, names: Sequence[str], types: dict[str, Any]) -> dict[str, Any]:
    """Columns of these types, as arrays."""
    table = pyarrow.csv.read_csv(
        BytesIO(data),
        pyarrow.csv.ReadOptions(column_names=names, block_size=len(data) + 1, use_threads=False),
        pyarrow.csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
        pyarrow.csv.ConvertOptions(
            column_types=types, include_columns=list(types), null_values=[], strings_can_be_null=False
        ),
    )
    return {name: table[name].combine_chunks() for name in types}


def written(chunk: ArrowCsvChunk, results: Results, ending: str) -> Any:
    """The rows with their results, as bytes; None if results are missing, or are not finite numbers."""
    columns = results.columns
    if results.empty or not all(isinstance(each, numpy.ndarray) and numpy.isfinite(each).all() for each in columns):
        chunk.take_lines()
        return None
    cells = [chunk.text, *map(_texts, columns)]
    rows = pyarrow.compute.binary_join_element_wise(*cells, chunk.delimiter)
    text = pyarrow.compute.binary_join_element_wise(rows, "", ending)
    _, offsets, content = text.buffers()
    places = numpy.frombuffer(offsets, numpy.int32)[text.offset : text.offset + len(text) + 1]
    return memoryview(content)[places[0] : places[-1]]


def _texts(numbers: Any) -> Any:
    """The shortest decimals of finite numbers, as Python writes them."""
    texts = array_of(numbers).cast(pyarrow.string())
    sizes = numpy.abs(numbers)
    differs = (sizes < SHORT) | (sizes >= LONG) | (numbers == numpy.floor(numbers))
    if differs.any():
        others = pyarrow.array(list(map(repr, numbers[differs].tolist())), pyarrow.string())
        texts = pyarrow.compute.replace_with_mask(texts, mask_of(differs), others)
    return texts
