"""JSON lines: one object per line. Lists are arrays."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy

from graphdiff.batch.lines import Lines
from graphdiff.batch.table import Cells, Chunk, Column, Reader, Results, cell_text, cell_value, check_names, column_of
from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.operations.literal import FAR_DIGITS, FAR_EXPONENT, read_number
from graphdiff.operations.shapes import MOST_AXES
from graphdiff.passes.values import strict

FAR = re.compile(f"{FAR_EXPONENT}|[0-9]{{{FAR_DIGITS}}}", re.IGNORECASE)
MISSING = object()
"""The cell of an object that does not have the name."""


class JsonChunk(Chunk):
    """Rows as lines, and as the objects on them."""

    def __init__(self, lines: list[str], rows: list[dict[str, Any]], numbers: list[int], names: Sequence[str]) -> None:
        super().__init__(numbers)
        self.lines = lines
        self.rows = rows
        self.names = names

    def read_column(self, position: int) -> Column:
        name = self.names[position]
        values = [row.get(name, MISSING) for row in self.rows]
        if {float, int}.issuperset(map(type, values)):
            try:
                numbers = numpy.array(values, dtype=numpy.float64)
                if numpy.isfinite(numbers).all():
                    return Column(numbers, {})
            except OverflowError:
                pass  # reported below, with its place
        return column_of(values, _number)

    def cells(self) -> list[Cells]:
        """Raises GraphdiffError("value") for a name that the first row does not have: other formats do not allow it."""
        names = set(self.names)
        for row, cells in enumerate(self.rows):
            for name in cells:
                if name not in names:
                    message = f"{self.place(row)} has the name '{shorten(name)}', which the first row does not have"
                    raise GraphdiffError(
                        "value", message, hint=Hint("JSON lines allow other names in each row", "jsonl")
                    )
        return [[row.get(name) for row in self.rows] for name in self.names]


class JsonReader:
    """The objects of a file. Its names are those of the first object; others may have more."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.progress = lines.progress
        self.names: Sequence[str] | None = None
        self._first_lines: list[str] = []
        while not "".join(self._first_lines).strip() and (block := lines.block()):
            self._first_lines = block
        if chunk := self._chunk(self._first_lines):
            self.names = list(chunk.rows[0])

    def chunks(self, positions: Sequence[int]) -> Iterator[JsonChunk]:
        """Read the objects, without blank lines.

        Raises GraphdiffError("value") for a line that is not an object.
        """
        lines = self._first_lines
        while lines:
            if chunk := self._chunk(lines):
                yield chunk
            lines = self._lines.block()

    def _chunk(self, lines: list[str]) -> JsonChunk | None:
        first = self._lines.number - len(lines) + 1
        texts: list[str] = []
        rows: list[dict[str, Any]] = []
        numbers: list[int] = []
        for number, line in enumerate(lines, first):
            text = line.removeprefix("\ufeff").strip()
            if text:
                rows.append(_parse_object(text, number))
                texts.append(text)
                numbers.append(number)
        return JsonChunk(texts, rows, numbers, self.names or []) if rows else None


class JsonWriter:
    """Writes objects unchanged with the results at the end; rows of other formats as objects of their columns."""

    def __init__(self, file: BinaryIO, reader: Reader, results: Sequence[str]) -> None:
        self._file = file
        self._names = reader.names or []
        check_names(self._names, "JSON lines")
        self._results = results
        names = [json.dumps(name, ensure_ascii=False).replace("%", "%%") for name in results]
        self._template = "%s" + ", ".join(f"{name}: %s" for name in names) + "}\n"

    def write(self, chunk: Chunk, results: Results) -> None:
        if isinstance(chunk, JsonChunk):
            lines = chunk.lines
            for row, cells in enumerate(chunk.rows):
                for name in self._results:
                    if name in cells:
                        message = f"{chunk.place(row)}: '{shorten(name)}' is the name of a result"
                        raise GraphdiffError("name", message, hint="rename it in the table")
        else:
            rows = zip(*chunk.cells(), strict=True)
            lines = [
                json.dumps(_strict(dict(zip(self._names, row, strict=True))), ensure_ascii=False, default=cell_text)
                for row in rows
            ]
        starts = [f"{line[:-1].rstrip()}, " if line[1:-1].strip() else "{" for line in lines]
        columns = results.texts(lambda value: json.dumps(strict(value)), "null")
        self._file.write("".join(map(self._template.__mod__, zip(starts, *columns, strict=True))).encode())

    def close(self) -> None:
        """JSON lines need no end."""


def _parse_object(text: str, number: int) -> dict[str, Any]:
    try:
        # A float would read 1e-400 as 0; cells that are used are checked.
        value = json.loads(text, parse_float=read_number) if FAR.search(text) else json.loads(text)
    except RecursionError:
        message = f"line {number} is nested deeper than {MOST_AXES} levels, the most axes of an array"
        raise GraphdiffError("limit", message) from None
    except ValueError as error:
        problem = error.msg if isinstance(error, json.JSONDecodeError) else "an integer has too many digits"
        raise GraphdiffError(
            "value", f"line {number} is not JSON: {problem}", hint='each line is one object: {"x": 1, "y": 2}'
        ) from None
    if not isinstance(value, dict):
        hint = "jq -c '.[]' converts a list to lines" if isinstance(value, list) else None
        raise GraphdiffError("value", f"line {number} is not a JSON object: {shorten(text)}", hint=hint)
    if text.count(":") > len(value):  # a name occurs twice, or there are more colons than names
        names = [name for name, _ in json.loads(text, object_pairs_hook=list)]
        if len(names) > len(value):
            double = next(name for name, count in Counter(names).items() if count > 1)
            raise GraphdiffError("value", f"line {number} has the name '{shorten(double)}' twice")
    return value


def _number(cell: Any) -> Any:
    if cell is MISSING:
        raise GraphdiffError("value", "the line does not have this name")
    return cell_value(cell, lambda: json.dumps(cell, ensure_ascii=False))


def _strict(cell: Any) -> Any:
    """A value of another format, with non-finite numbers as text."""
    if isinstance(cell, dict):
        return {str(name): _strict(value) for name, value in cell.items()}
    if isinstance(cell, (list, tuple)):
        return [_strict(value) for value in cell]
    return strict(cell) if isinstance(cell, float) else cell
