"""JSON lines: an object a line. Lists are arrays."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy

from graphdiff.batch.lines import Lines
from graphdiff.batch.table import Cells, Chunk, Column, Reader, Results, check_names, checked_value, column_of
from graphdiff.errors import GraphdiffError, Hint, shortened
from graphdiff.operations.shapes import MOST_AXES
from graphdiff.passes.values import strict

MISSING = object()
"""The cell of an object that lacks a name."""


class JsonChunk(Chunk):
    """Rows as their lines, and as what those mean."""

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
                pass  # told below, with its place
        return column_of(values, _number)

    def cells(self) -> list[Cells]:
        """Raises GraphdiffError("value") for a row that has more names than the first: no other format takes them."""
        known = set(self.names)
        for row, cells in enumerate(self.rows):
            for name in cells:
                if name not in known:
                    told = f"{self.place(row)} has a '{shortened(name)}', which the first row has not"
                    raise GraphdiffError("value", told, hint=Hint("JSON lines take any names", "jsonl"))
        return [[row.get(name) for row in self.rows] for name in self.names]


class JsonReader:
    """Its names are those of the first object; others may have more."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.progress = lines.progress
        self.names: Sequence[str] | None = None
        self._begun: list[str] = []
        while not "".join(self._begun).strip() and (found := lines.block()):
            self._begun = found
        if chunk := self._chunk(self._begun):
            self.names = list(chunk.rows[0])

    def chunks(self, positions: Sequence[int]) -> Iterator[JsonChunk]:
        """The objects, without blank lines.

        Raises GraphdiffError("value") for a line that is no object.
        """
        lines = self._begun
        while lines:
            if chunk := self._chunk(lines):
                yield chunk
            lines = self._lines.block()

    def _chunk(self, lines: list[str]) -> JsonChunk | None:
        first = self._lines.number - len(lines) + 1
        kept: list[str] = []
        rows: list[dict[str, Any]] = []
        numbers: list[int] = []
        for number, line in enumerate(lines, first):
            text = line.removeprefix("\ufeff").strip()
            if text:
                rows.append(_object(text, number))
                kept.append(text)
                numbers.append(number)
        return JsonChunk(kept, rows, numbers, self.names or []) if rows else None


class JsonWriter:
    """Objects go on as they were, with the results at their end; rows of another format are written by name."""

    def __init__(self, file: BinaryIO, reader: Reader, results: Sequence[str]) -> None:
        self._file = file
        self._names = reader.names or []
        check_names(self._names, "JSON lines")
        self._results = results
        names = [json.dumps(name, ensure_ascii=False).replace("%", "%%") for name in results]
        self._form = "%s" + ", ".join(f"{name}: %s" for name in names) + "}\n"

    def write(self, chunk: Chunk, results: Results) -> None:
        if isinstance(chunk, JsonChunk):
            lines = chunk.lines
            for row, cells in enumerate(chunk.rows):
                for name in self._results:
                    if name in cells:
                        raise GraphdiffError(
                            "name", f"{chunk.place(row)} has a '{shortened(name)}' already, as a result is called"
                        )
        else:
            rows = zip(*chunk.cells(), strict=True)
            lines = [
                json.dumps(_strict(dict(zip(self._names, row, strict=True))), ensure_ascii=False, default=str)
                for row in rows
            ]
        begun = [f"{line[:-1].rstrip()}, " if line[1:-1].strip() else "{" for line in lines]
        columns = results.texts(lambda value: json.dumps(strict(value)), "null")
        self._file.write("".join(map(self._form.__mod__, zip(begun, *columns, strict=True))).encode())

    def close(self) -> None:
        """JSON lines have no end."""


def _object(text: str, number: int) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except RecursionError:
        raise GraphdiffError("limit", f"line {number} nests deeper than the {MOST_AXES} axes of an array") from None
    except ValueError as error:
        told = error.msg if isinstance(error, json.JSONDecodeError) else "a whole number has too many digits"
        raise GraphdiffError(
            "value", f"line {number} is not JSON: {told}", hint='each line is one object: {"x": 1, "y": 2}'
        ) from None
    if not isinstance(found, dict):
        hint = "jq -c '.[]' makes lines of a list" if isinstance(found, list) else None
        raise GraphdiffError("value", f"line {number} is no JSON object: {shortened(text)}", hint=hint)
    return found


def _number(cell: Any) -> Any:
    if cell is MISSING:
        raise GraphdiffError("value", "the line has no such name")
    return checked_value(cell, lambda: json.dumps(cell, ensure_ascii=False))


def _strict(cell: Any) -> Any:
    """A value of another format, with what is not finite as text."""
    if isinstance(cell, dict):
        return {str(name): _strict(value) for name, value in cell.items()}
    if isinstance(cell, (list, tuple)):
        return [_strict(value) for value in cell]
    return strict(cell) if isinstance(cell, float) else cell
