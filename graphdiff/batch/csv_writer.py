"""Rows written as CSV."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, BinaryIO

from graphdiff.batch.background import BackgroundWriter
from graphdiff.batch.csv_chunk import CsvChunk
from graphdiff.batch.csv_rows import DELIMITERS, CsvReader
from graphdiff.batch.table import Chunk, Reader, Results, cell_text
from graphdiff.passes.values import strict


class CsvWriter:
    """Writes rows of CSV unchanged, unless the delimiter differs; rows of other formats as one cell for each column."""

    def __init__(self, file: BinaryIO, reader: Reader, results: Sequence[str], delimiter: str | None = None) -> None:
        self._output = BackgroundWriter(file)
        self._delimiter = delimiter or (reader.delimiter if isinstance(reader, CsvReader) else DELIMITERS[0])
        # Where commas separate cells, results have decimal points.
        self._decimal = reader.options.decimal if isinstance(reader, CsvReader) and self._delimiter != "," else "."
        self._ending = reader.ending if isinstance(reader, CsvReader) else "\n"
        if isinstance(reader, CsvReader) and reader.delimiter == self._delimiter:
            header = reader.header
        else:
            header = self._line(reader.names or [])
        self._write([self._delimiter.join([*([header] if header else []), *results])])

    def write(self, chunk: Chunk, results: Results) -> None:
        if self._write_by_arrow(chunk, results):
            return
        if not isinstance(chunk, CsvChunk):
            lines = [self._line([_text(cell) for cell in row]) for row in zip(*chunk.cells(), strict=True)]
        elif chunk.delimiter == self._delimiter:
            lines = chunk.lines
        else:
            lines = list(map(self._line, chunk.split()))
        texts = results.texts(self._result, "")
        if self._decimal != ".":
            texts = [[text.replace(".", self._decimal) for text in column] for column in texts]
        columns = [lines, *texts] if lines and lines[0] else texts
        self._write(list(map(self._delimiter.join, zip(*columns, strict=True))))

    def _write_by_arrow(self, chunk: Chunk, results: Results) -> bool:
        """Write a chunk that Arrow has read, if it can: the same bytes."""
        arrow = sys.modules.get("graphdiff.batch.arrow_csv")
        if arrow is None or not isinstance(chunk, arrow.ArrowCsvChunk):
            return False
        if chunk.delimiter != self._delimiter or not results.are_floats():
            chunk.take_lines()
            return False
        self._output.write_later(partial(arrow.written, chunk, results, self._decimal))
        return True

    def close(self) -> None:
        """Raises OSError if the last rows cannot be written."""
        self._output.close()

    def _line(self, cells: Sequence[str]) -> str:
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=self._delimiter, lineterminator="").writerow(cells)
        return buffer.getvalue()

    def _result(self, value: Any) -> str:
        """A number, or an array as JSON."""
        return repr(value) if isinstance(value, float) else self._line([json.dumps(strict(value))])

    def _write(self, lines: list[str]) -> None:
        if lines:
            self._output.write((self._ending.join(lines) + self._ending).encode())


def _text(cell: Any) -> str:
    """A value of another format as the text of a cell."""
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, (bool, int, float, list, dict)):
        return json.dumps(cell, ensure_ascii=False, default=cell_text)
    return cell_text(cell)
