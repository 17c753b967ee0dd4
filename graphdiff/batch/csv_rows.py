"""CSV: a header, then cells separated by commas, semicolons, tabs or bars, quoted as in RFC 4180, or by blanks.

Arrow, if it is installed, or NumPy reads a whole block at once if it has no quotes and no errors; other blocks are read
record by record.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import chain
from typing import Any

import numpy

from graphdiff.batch.csv_chunk import CsvChunk, count_rows, has_far_number
from graphdiff.batch.lines import BLOCK, Lines
from graphdiff.batch.table import Column
from graphdiff.batch.table_options import BLANKS, TableOptions
from graphdiff.errors import GraphdiffError

DELIMITERS = ",;\t|"
RULE = re.compile(r"[-+:|\s]*-[-+:|\s]*")
"""A line between the header and the rows of a table that is drawn with bars."""
LONG_BLOCK = BLOCK // 2
"""Bytes of the first block from which on Arrow is worth its import."""
ENDINGS = "tr '\\r' '\\n' converts them to newlines"


class CsvReader:
    """The rows below a header with the names of the columns.

    Tables whose columns are separated by blanks, or drawn with bars, are read as if their cells were separated by
    commas.
    """

    def __init__(self, lines: Lines, options: TableOptions = TableOptions()) -> None:  # noqa: B008 (it is frozen)
        self._lines = lines
        self.options = options
        self.progress = lines.progress
        for _ in range(options.skip):
            lines.line()
        separator = options.separator
        header = self._first_line()
        if match := re.fullmatch("\ufeff?sep=(.)\r?", header):  # what Excel writes and reads
            separator = separator or match[1]
            header = self._first_line()
        while header.count('"') % 2 and (line := lines.line()):  # a quoted name continues on the next line
            header = f"{header}\n{line[0]}"
        self.ending = "\r\n" if header.endswith("\r") else "\n"
        self.header = header.removesuffix("\r")
        if "\r" in self.header and '"' not in self.header:
            raise GraphdiffError("file", f"{lines.label} ends lines with carriage returns only", hint=ENDINGS)
        text = self.header.removeprefix("\ufeff")
        separator = separator or self._separator(text)
        self._splits = _splitter(separator, text)
        if self._splits is not None:
            self.header = _csv_line(self._splits(text))
            text, separator = self.header, DELIMITERS[0]
        self.delimiter = separator
        try:
            cells = _cells(text, separator)
        except csv.Error as error:
            raise GraphdiffError("value", f"line {lines.number}: {_message(error)}") from None
        self.names: Sequence[str] | None = [cell.strip() for cell in cells]
        self._count = len(cells)

    def _first_line(self) -> str:
        """The next line that is neither blank nor a comment."""
        while True:
            line = self._lines.line()
            if not line:
                hint = "the first line should name the columns, as in x,y,z"
                raise GraphdiffError("file", f"{self._lines.label} has no header", hint=hint)
            text = line[0]
            if text.strip("\ufeff \t\r") and not self._is_comment(text.removeprefix("\ufeff")):
                return text

    def _is_comment(self, line: str) -> bool:
        return self.options.comment is not None and line.lstrip().startswith(self.options.comment)

    def _separator(self, header: str) -> str:
        """The separator that a header shows: blanks only if the line below has as many cells by them."""
        try:
            counts = {each: len(_cells(header, each)) for each in DELIMITERS}
        except csv.Error as error:
            raise GraphdiffError("value", f"line {self._lines.number}: {_message(error)}") from None
        separator = max(DELIMITERS, key=lambda each: counts[each])
        names = header.split()
        below = self._lines.peek()
        is_seen = counts[separator] > 1 and (separator != "\t" or len(below.split("\t")) == counts[separator])
        if is_seen or len(names) == 1 or '"' in header:
            return separator
        return BLANKS if len(below.split()) == len(names) else separator

    def chunks(self, positions: Sequence[int]) -> Iterator[CsvChunk]:
        """Read the rows, without blank lines.

        Raises GraphdiffError("value") if a row has more cells than the header, or a quote is not closed: in both cases
        cells cannot be assigned to columns.
        """
        arrow: Any = None
        is_long = False
        while data := self._lines.read_block():
            is_long |= len(data) >= LONG_BLOCK
            if is_long and arrow is None:
                arrow = self._arrow_reader(positions)
            chunk: CsvChunk | None = arrow.read(data, self._lines.number + 1) if arrow else None
            if chunk is not None:
                self._lines.count_block(data, len(chunk))
            else:
                lines = self._lines.split(data)
                chunk = self._read_numbers(data, lines, positions) or self._read_records(lines)
            yield chunk
            is_long = True

    def _arrow_reader(self, positions: Sequence[int]) -> Any:
        """What reads blocks by Arrow; False if it is not installed, or cannot read such a table."""
        if self._splits is not None or self.options.comment is not None:
            return False
        try:
            arrow = import_module("graphdiff.batch.arrow_csv")  # lazy: only long tables are worth it
        except ImportError:
            return False
        return arrow.BlockReader(self.delimiter, self.ending, self._count, positions, self.options)

    def _is_plain(self, data: bytes) -> bool:
        """Whether a block may be read as numbers at once."""
        options = self.options
        is_plain = self._splits is None and options.has_plain_numbers and options.comment is None
        return is_plain and b'"' not in data

    def _read_numbers(self, data: bytes, lines: list[str], positions: Sequence[int]) -> CsvChunk | None:
        """The chunk of the lines of a block if it is plain, each has as many cells as the header, and the columns at
        positions have only finite numbers; else None."""
        if not self._is_plain(data):
            return None
        text = "\n".join(lines)
        if "\r" in text:
            text = text.replace("\r\n", "\n").removesuffix("\r")
            if "\r" in text:
                return None
            lines = text.split("\n")
        if self._count == 1 and "" in lines:
            return None
        if count_rows(f"{text}\n".encode(), self.delimiter, self._count) is None:
            return None
        first = self._lines.number - len(lines) + 1
        chunk = CsvChunk(lines, range(first, first + len(lines)), self.delimiter, self.options)
        if positions:
            try:
                numbers = numpy.loadtxt(
                    lines, delimiter=self.delimiter, comments=None, usecols=positions, ndmin=2, unpack=True
                )
            except ValueError:
                return None
            if numbers.shape[1] != len(lines) or not numpy.isfinite(numbers).all():
                return None
            if not numbers.all() and has_far_number(text.encode()):  # 1e-400 is read as 0
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
        chunk = CsvChunk(raws, numbers, self.delimiter, self.options)
        chunk.rows = rows
        chunk.errors = short
        return chunk

    def _as_csv(self, line: str) -> str:
        """A line with its cells separated as in CSV; empty for a comment or a rule."""
        if self._is_comment(line) or (self._splits is not None and RULE.fullmatch(line)):
            return ""
        return line if self._splits is None else _csv_line(self._splits(line.removesuffix("\r")))

    def _records(self, lines: list[str]) -> Iterator[tuple[int, str, list[str]]]:
        """The number of its first line, the text and the cells of each record that starts on these lines."""
        number = self._lines.number - len(lines) + 1
        if self._splits is not None or self.options.comment is not None:
            lines = [self._as_csv(line) for line in lines]
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


def _cells(header: str, delimiter: str) -> list[str]:
    """The cells of a header; a single one if a cell is longer than the csv module reads."""
    longest = csv.field_size_limit()
    if len(header) > longest and '"' not in header and max(map(len, header.split(delimiter))) > longest:
        return [header]
    return next(csv.reader(io.StringIO(header, newline=""), delimiter=delimiter))


def _splitter(separator: str, header: str) -> Callable[[str], list[str]] | None:
    """The function that splits a line that is not CSV: one of columns separated by blanks, or of a table drawn with
    bars. None for CSV."""
    if separator == BLANKS:
        return str.split
    if separator == "|" and header.strip().startswith("|"):
        return lambda line: [cell.strip() for cell in line.strip().strip("|").split("|")]
    return None


def _csv_line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


def _message(error: csv.Error) -> str:
    """The error of a record in our words."""
    text = str(error)
    if "field limit" in text:
        return f"a cell has more than {csv.field_size_limit():,} characters, or a quote is not closed"
    if "unexpected end" in text:
        return "a quote is not closed"
    if "new-line" in text:
        return "a cell without quotes contains a carriage return"
    return f"the line is not valid CSV: {text}"
