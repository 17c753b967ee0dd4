"""Tables by chunks of rows: what readers yield and writers take, and how a wrong cell is told."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy

from graphdiff.errors import GraphdiffError, shortened
from graphdiff.operations.shapes import nested_entries
from graphdiff.passes.point import value_of

Cells = Sequence[Any]
"""Of one column, a value for each row: text, a number, nested lists; None where there is none."""


class Column(NamedTuple):
    """The numbers of one column.

    values is a float64 array of shape (N,), or, where cells are arrays, a list with a number or nested lists for each
    row. wrong tells by row why a cell is no value; NaN stands in its place.
    """

    values: Any
    wrong: Mapping[int, GraphdiffError]


class Results(NamedTuple):
    """What is appended to the rows of a chunk: for each result a float64 array of shape (N,), or a list with a number,
    nested lists or None for each row; empty holds the rows that have none."""

    columns: Sequence[Any]
    empty: Collection[int]

    def values(self) -> list[Any]:
        """The columns; where rows have no results, as lists with None there."""
        if not self.empty:
            return list(self.columns)
        return [_without(_listed(column), self.empty, None) for column in self.columns]

    def texts(self, text: Callable[[Any], str], nothing: str) -> list[list[str]]:
        """The columns as texts: finite floats by their shortest decimals, other values by text; nothing where there is
        none."""
        written = []
        for column in self.columns:
            is_plain = isinstance(column, numpy.ndarray) and numpy.isfinite(column).all()
            write = repr if is_plain else lambda value: nothing if value is None else text(value)
            written.append(_without(list(map(write, _listed(column))), self.empty, nothing))
        return written


def _listed(column: Any) -> list[Any]:
    listed: list[Any] = column.tolist() if isinstance(column, numpy.ndarray) else list(column)
    return listed


def _without(cells: list[Any], rows: Collection[int], nothing: Any) -> list[Any]:
    for row in rows:
        cells[row] = nothing
    return cells


class Chunk:
    """Some rows of a table, whose columns are asked for by their position."""

    unit = "line"
    """What rows are counted in."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self.numbers = numbers
        self.wrong: dict[int, GraphdiffError] = {}
        """Why a row as a whole is wrong."""
        self.columns: dict[int, Column] = {}

    def __len__(self) -> int:
        return len(self.numbers)

    def place(self, row: int) -> str:
        """Where a row stands, for messages."""
        return f"{self.unit} {self.numbers[row]}"

    def column(self, position: int) -> Column:
        """A column's numbers."""
        if position not in self.columns:
            self.columns[position] = self.read_column(position)
        return self.columns[position]

    def read_column(self, position: int) -> Column:
        raise NotImplementedError

    def cells(self) -> list[Cells]:
        """Every column, for a writer of another format."""
        raise NotImplementedError


class Reader(Protocol):
    """A table in a file, read by chunks."""

    names: Sequence[str] | None
    """The columns' names; None where there is no row that could tell them."""

    def chunks(self, positions: Sequence[int]) -> Iterator[Chunk]:
        """The rows; positions are those of the columns whose numbers will be asked for.

        Raises GraphdiffError where the file is no such table.
        """

    def progress(self) -> tuple[int, int | None]:
        """How much has been read, of how much, where that is known."""


class Writer(Protocol):
    """Writes chunks with their results."""

    def write(self, chunk: Chunk, results: Results) -> None: ...

    def close(self) -> None:
        """Writes what has to stand at the end, and leaves the file open."""


def column_of(cells: Sequence[Any], read: Callable[[Any], Any]) -> Column:
    """The column of these cells.

    read gives a cell's float or nested lists of floats, and raises GraphdiffError where it is neither.
    """
    values: list[Any] = []
    wrong = {}
    for row, cell in enumerate(cells):
        try:
            value = read(cell)
            if not all(map(math.isfinite, nested_entries(value))):
                raise GraphdiffError(
                    "value", "an entry is not finite" if isinstance(value, list) else f"{value} is not a finite number"
                )
            values.append(value)
        except GraphdiffError as error:
            values.append(math.nan)
            wrong[row] = error
    if any(isinstance(value, list) for value in values):
        return Column(values, wrong)
    return Column(numpy.array(values, dtype=numpy.float64), wrong)


def check_names(names: Sequence[str], form: str) -> None:
    """Raises GraphdiffError("name") for a name that two columns have, which CSV alone allows."""
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise GraphdiffError("name", f"two columns are called '{shortened(twice)}'; in {form} none may be")


def not_a_number(text: str, hint: str | None = None) -> GraphdiffError:
    """The error of a cell that holds something else."""
    return GraphdiffError("value", f"'{shortened(text)}' is not a number" if text else "the cell is empty", hint=hint)


def checked_value(cell: Any, text: Callable[[], str]) -> Any:
    """A cell's float or nested lists of floats; text() is how its file writes it.

    Raises GraphdiffError("value") where it is neither.
    """
    if cell is None:
        raise not_a_number("")
    if isinstance(cell, list):
        return value_of(cell, lambda: "the list")
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        raise not_a_number(text())
    return value_of(cell, lambda: "the number")
