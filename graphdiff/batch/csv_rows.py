"""CSV: a header, then cells separated by commas, semicolons or tabs, quoted as in RFC 4180.

NumPy reads a whole block at once if it has no quotes and no errors; other blocks are read record by record.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO

import numpy

from graphdiff.batch.lines import Lines
from graphdiff.batch.table import Cells, Chunk, Column, Reader, Results, cell_text, column_of, not_a_number
from graphdiff.errors import GraphdiffError
from graphdiff.operations.literal import FAR_EXPONENT, check_range, read_number
from graphdiff.passes.values import strict

DELIMITERS = ",;\t"
ENDINGS = "tr '\\r' '\\n' converts them to newlines"


class CsvChunk(Chunk):
    """Rows as lines, without line endings."""

    def __init__(self, lines: list[str], numbers: Sequence[int], delimiter: str) -> None:
        super().__init__(numbers)
        self.lines = lines
        self.delimiter = delimiter
        self.rows: list[list[str]] | None = None

    def split(self) -> list[list[str]]:
        """The text of each cell, row by row."""
        if self.rows is None:
            self.rows = [line.split(self.delimiter) for line in self.lines]
        return self.rows

    def read_column(self, position: int) -> Column:
        return column_of([cells[position] for cells in self.split()], _number)

    def cells(self) -> list[Cells]:
        columns: list[Cells] = list(zip(*self.split(), strict=True))
        for position, column in self.columns.items():
            texts = columns[position]
            columns[position] = [
                texts[row] if row in column.errors else value for row, value in enumerate(column.values.tolist())
            ]
        return columns


class CsvReader:
    """The rows below a header with the names of the columns."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.progress = lines.progress
        header = ""
        while not header.strip() or header.count('"') % 2:  # blank, or a quoted name continues on the next line
            line = lines.line()
            if not line:
                hint = "the first line should name the columns, as in x,y,z"
                raise GraphdiffError("file", f"{lines.label} has no header", hint=hint)
            header = f"{header}\n{line[0]}" if header.strip() else line[0]
        self.ending = "\r\n" if header.endswith("\r") else "\n"
        self.header = header.removesuffix("\r")
        if "\r" in self.header and '"' not in self.header:
            raise GraphdiffError("file", f"{lines.label} ends lines with carriage returns only", hint=ENDINGS)
        text = self.header.removeprefix("\ufeff")
        try:
            candidates = [_cells(text, each) for each in DELIMITERS]
        except csv.Error as error:
            raise GraphdiffError("value", f"line {lines.number}: {_message(error)}") from None
        cells = max(candidates, key=len)
        self.delimiter = DELIMITERS[candidates.index(cells)]
        self.names: Sequence[str] | None = [cell.strip() for cell in cells]
        self._count = len(cells)

    def chunks(self, positions: Sequence[int]) -> Iterator[CsvChunk]:
        """Read the rows, without blank lines.

        Raises GraphdiffError("value") if a row has more cells than the header, or a quote is not closed: in both cases
        cells cannot be assigned to columns.
        """
        while lines := self._lines.block():
            yield self._read_numbers(lines, positions) or self._read_records(lines)

    def _read_numbers(self, lines: list[str], positions: Sequence[int]) -> CsvChunk | None:
        """The chunk of these lines if each has as many cells as the header, no cell is quoted, and the columns at
        positions have only finite numbers; else None."""
        text = "\n".join(lines)
        if '"' in text or re.search(FAR_EXPONENT, text):  # loadtxt would read 1e-400 as 0
            return None
        if "\r" in text:
            text = text.replace("\r\n", "\n").removesuffix("\r")
            if "\r" in text:
                return None
            lines = text.split("\n")
        if self._count == 1 and "" in lines:
            return None
        characters = numpy.frombuffer(f"{text}\n".encode(), numpy.uint8)
        ends = characters == ord("\n")
        separators = ends[ends | (characters == ord(self.delimiter))]
        if len(separators) != len(lines) * self._count or not separators[self._count - 1 :: self._count].all():
            return None
        first = self._lines.number - len(lines) + 1
        chunk = CsvChunk(lines, range(first, first + len(lines)), self.delimiter)
        if positions:
            try:
                numbers = numpy.loadtxt(
                    lines, delimiter=self.delimiter, comments=None, usecols=positions, ndmin=2, unpack=True
                )
            except ValueError:
                return None
            if numbers.shape[1] != len(lines) or not numpy.isfinite(numbers).all():
                return None
            for position, values in zip(positions, numbers, strict=True):
                chunk.columns[position] = Column(numpy.ascontiguousarray(values), {})
        return chunk

    def _read_records(self, lines: list[str]) -> CsvChunk:
        """The chunk of any lines, and of those on which the last record continues."""
        raws: list[str] = []
        rows: list[list[str]] = []
        numbers: list[int] = []
        short: dict[int, GraphdiffError] = {}
        for number, raw, cells in self._records(lines):
            if not cells:
                continue
            missing = self._count - len(cells)
            if missing:
                message = f"expected {self._count} cell{'s' * (self._count != 1)}, got {len(cells)}"
                if missing < 0:
                    raise GraphdiffError("value", f"line {number}: {message}")
                short[len(rows)] = GraphdiffError("value", message)
            raws.append(raw + self.delimiter * missing)
            rows.append(cells + [""] * missing)
            numbers.append(number)
        chunk = CsvChunk(raws, numbers, self.delimiter)
        chunk.rows = rows
        chunk.errors = short
        return chunk

    def _records(self, lines: list[str]) -> Iterator[tuple[int, str, list[str]]]:
        """The number of its first line, the text and the cells of each record that starts on these lines."""
        number = self._lines.number - len(lines) + 1
        end = number + len(lines)
        record: list[str] = []

        def feed() -> Iterator[str]:
            for line in chain(lines, chain.from_iterable(iter(self._lines.line, []))):
                record.append(line)
                yield f"{line}\n"

        reader = csv.reader(feed(), delimiter=self.delimiter, strict=True)
        while number < end:
            try:
                cells = next(reader)
            except csv.Error as error:
                raise GraphdiffError("value", f"line {number}: {_message(error)}") from None
            yield number, "\n".join(record).removesuffix("\r"), cells
            number += len(record)
            record.clear()


class CsvWriter:
    """Writes rows of CSV unchanged, unless the delimiter differs; rows of other formats as one cell for each column."""

    def __init__(self, file: BinaryIO, reader: Reader, results: Sequence[str], delimiter: str | None = None) -> None:
        self._file = file
        self._delimiter = delimiter or (reader.delimiter if isinstance(reader, CsvReader) else DELIMITERS[0])
        self._ending = reader.ending if isinstance(reader, CsvReader) else "\n"
        if isinstance(reader, CsvReader) and reader.delimiter == self._delimiter:
            header = reader.header
        else:
            header = self._line(reader.names or [])
        self._write([self._delimiter.join([*([header] if header else []), *results])])

    def write(self, chunk: Chunk, results: Results) -> None:
        if not isinstance(chunk, CsvChunk):
            lines = [self._line([_text(cell) for cell in row]) for row in zip(*chunk.cells(), strict=True)]
        elif chunk.delimiter == self._delimiter:
            lines = chunk.lines
        else:
            lines = list(map(self._line, chunk.split()))
        texts = results.texts(self._result, "")
        columns = [lines, *texts] if lines and lines[0] else texts
        self._write(list(map(self._delimiter.join, zip(*columns, strict=True))))

    def close(self) -> None:
        """CSV needs no end."""

    def _line(self, cells: Sequence[str]) -> str:
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=self._delimiter, lineterminator="").writerow(cells)
        return buffer.getvalue()

    def _result(self, value: Any) -> str:
        """A number, or an array as JSON."""
        return repr(value) if isinstance(value, float) else self._line([json.dumps(strict(value))])

    def _write(self, lines: list[str]) -> None:
        if lines:
            self._file.write((self._ending.join(lines) + self._ending).encode())


def _cells(header: str, delimiter: str) -> list[str]:
    """The cells of a header; a single one if a cell is longer than the csv module reads."""
    longest = csv.field_size_limit()
    if len(header) > longest and '"' not in header and max(map(len, header.split(delimiter))) > longest:
        return [header]
    return next(csv.reader(io.StringIO(header, newline=""), delimiter=delimiter))


def _number(cell: str) -> float:
    """The number in a cell. Raises GraphdiffError if the cell is not a decimal number."""
    text = cell.strip()
    try:
        number = read_number(text) if text.isascii() and "_" not in text else None  # float accepts more
    except ValueError:
        number = None
    if number is not None:
        check_range(number, text)
        return float(number)
    has_decimal_comma = re.fullmatch(r"[+-]?\d+,\d+", text)
    raise not_a_number(text, "write decimals with a point" if has_decimal_comma else None)


def _message(error: csv.Error) -> str:
    """The error of a record in our words."""
    text = str(error)
    if "unexpected end" in text or "field limit" in text:
        return "a quote is not closed"
    if "new-line" in text:
        return "a cell without quotes contains a carriage return"
    return f"the line is not valid CSV: {text}"


def _text(cell: Any) -> str:
    """A value of another format as the text of a cell."""
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, (bool, int, float, list, dict)):
        return json.dumps(cell, ensure_ascii=False, default=cell_text)
    return cell_text(cell)
