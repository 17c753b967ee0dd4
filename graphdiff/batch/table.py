"""Tables in chunks of rows: what readers yield and writers take, and the errors of cells."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy

from graphdiff.batch.table_options import MissingValueError
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.operations.shapes import nested_entries
from graphdiff.passes.point import value_of

Cells = Sequence[Any]
"""One column, with a value for each row: text, a number or nested lists; None for a missing one."""


class Column(NamedTuple):
    """The numbers of one column.

    values is a float64 array of shape (N,) or, if cells are arrays, a list with a number or nested lists for each row.
    errors maps each row whose cell is not a value to its error; values has NaN there.
    """

    values: Any
    errors: Mapping[int, GraphdiffError]


class Results(NamedTuple):
    """What is appended to the rows of a chunk: for each result a float64 array of shape (N,), or a list with a number,
    nested lists or None for each row; empty lists the rows without results."""

    columns: Sequence[Any]
    empty: Collection[int]

    def are_floats(self) -> bool:
        """Whether no result of any row is an array."""
        return all(isinstance(column, numpy.ndarray) for column in self.columns)

    def values(self) -> list[Any]:
        """The columns; if some rows have no results, as lists with None there."""
        if not self.empty:
            return list(self.columns)
        return [_clear(_to_list(column), self.empty, None) for column in self.columns]

    def texts(self, text: Callable[[Any], str], nothing: str) -> list[list[str]]:
        """The columns as texts: finite floats by their shortest decimals, other values by the function text, missing
        ones as nothing."""
        columns = []
        for column in self.columns:
            is_plain = isinstance(column, numpy.ndarray) and numpy.isfinite(column).all()
            write = repr if is_plain else lambda value: nothing if value is None else text(value)
            columns.append(_clear(list(map(write, _to_list(column))), self.empty, nothing))
        return columns


def _to_list(column: Any) -> list[Any]:
    cells: list[Any] = column.tolist() if isinstance(column, numpy.ndarray) else list(column)
    return cells


def _clear(cells: list[Any], rows: Collection[int], nothing: Any) -> list[Any]:
    for row in rows:
        cells[row] = nothing
    return cells


class Chunk:
    """Some rows of a table, whose columns are read by position."""

    unit = "line"
    """What messages call a row."""
    has_integer_type = True
    """Whether whole numbers have another type than other numbers."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self.numbers = numbers
        self.errors: dict[int, GraphdiffError] = {}
        """The errors of whole rows."""
        self.columns: dict[int, Column] = {}

    def __len__(self) -> int:
        return len(self.numbers)

    def place(self, row: int) -> str:
        """The place of a row, for messages."""
        return f"{self.unit} {self.numbers[row]}"

    def column(self, position: int) -> Column:
        """The numbers of a column."""
        if position not in self.columns:
            self.columns[position] = self.read_column(position)
        return self.columns[position]

    def read_column(self, position: int) -> Column:
        raise NotImplementedError

    def cells(self) -> list[Cells]:
        """All columns, for a writer of another format."""
        raise NotImplementedError


class Reader(Protocol):
    """A table in a file, read in chunks."""

    names: Sequence[str] | None
    """The names of the columns; None if the table has no rows and so no names."""

    def chunks(self, positions: Sequence[int]) -> Iterator[Chunk]:
        """Read the rows; positions are those of the columns whose numbers will be needed.

        Raises GraphdiffError if the file is not a table in this format.
        """

    def progress(self) -> tuple[int, int | None]:
        """How much has been read, and of how much, if known."""


class Writer(Protocol):
    """Writes chunks with their results."""

    def write(self, chunk: Chunk, results: Results) -> None: ...

    def close(self) -> None:
        """Write the end of the table, and leave the file open."""


def column_of(cells: Sequence[Any], read: Callable[[Any], Any]) -> Column:
    """The column of these cells.

    read returns a cell's float or nested lists of floats, and raises GraphdiffError if it is neither.
    """
    values: list[Any] = []
    errors = {}
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
            errors[row] = error
    if any(isinstance(value, list) for value in values):
        return Column(values, errors)
    return Column(numpy.array(values, dtype=numpy.float64), errors)


def check_names(names: Sequence[str], form: str) -> None:
    """Raises GraphdiffError("name") for a name of two columns, which only CSV allows."""
    duplicate = next((name for name, count in Counter(names).items() if count > 1), None)
    if duplicate is not None:
        message = f"duplicate column '{shorten(duplicate)}', which {form} does not allow"
        raise GraphdiffError("name", message, hint="rename one of them")


def cell_text(cell: Any) -> str:
    """The text of a value that JSON has no type for: a decimal, a date, a time, or bytes."""
    return cell.decode("utf-8", "backslashreplace") if isinstance(cell, bytes) else str(cell)


def cell_value(cell: Any, text: Callable[[], str]) -> Any:
    """The float or the nested lists of floats of a cell; text() is the cell as it is in the file.

    Raises GraphdiffError("value") if it is neither.
    """
    if cell is None:
        raise MissingValueError
    if isinstance(cell, list):
        return value_of(cell, lambda: "the list")
    if not isinstance(cell, (int, float)):
        raise GraphdiffError("value", f"'{shorten(text())}' is not a number")
    return value_of(cell, lambda: "the number")
