"""Columns of numbers to fit to: those of a file, or of a mapping such as a data frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy

from graphdiff.batch.table import Chunk, Reader
from graphdiff.batch.table_options import MissingValueError
from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.source import normalize_text


class Data(NamedTuple):
    """Columns by name, float64 arrays of shape (N,) with NaN for missing values, and what messages call each row."""

    columns: Mapping[str, Any]
    places: Sequence[str]


class Table(Protocol):
    """Where columns come from."""

    @property
    def names(self) -> Sequence[str]:
        """The names of all columns."""

    def read(self, names: Sequence[str]) -> Data:
        """Read columns.

        Raises GraphdiffError("value") if a cell is neither a number nor missing.
        """


class FileTable:
    """A table in a file, of one of the readers of batch."""

    def __init__(self, reader: Reader) -> None:
        """Raises GraphdiffError("file") if the table has no columns."""
        if reader.names is None:
            raise GraphdiffError("file", "the table is empty", hint="it needs a column for each variable")
        self._reader = reader
        self.names = [normalize_text(name) for name in reader.names]

    def positions(self, names: Sequence[str]) -> list[int]:
        """The positions of columns.

        Raises GraphdiffError("name") if there are two of a name.
        """
        for name in names:
            if self.names.count(name) > 1:
                raise GraphdiffError("name", f"duplicate column '{shorten(name)}'", hint="rename one of them")
        return [self.names.index(name) for name in names]

    def read(self, names: Sequence[str]) -> Data:
        positions = self.positions(names)
        parts: list[list[Any]] = [[] for _ in names]
        places: list[str] = []
        for chunk in self._reader.chunks(positions):
            for error in chunk.errors.values():
                raise error
            for part, position, name in zip(parts, positions, names, strict=True):
                part.append(_numbers(chunk, position, name))
            places += map(chunk.place, range(len(chunk)))
        columns = {
            name: numpy.concatenate(part) if part else numpy.empty(0) for name, part in zip(names, parts, strict=True)
        }
        return Data(columns, places)


class MappingTable:
    """Columns by name: a dict of lists or arrays, or a data frame."""

    def __init__(self, data: Any) -> None:
        """Raises GraphdiffError("value") if data has no columns by name."""
        names = getattr(data, "column_names", None) or getattr(data, "columns", None)
        if names is None and isinstance(data, Mapping):
            names = list(data)
        if names is None:
            message = f"data is a {type(data).__name__}, not columns by name"
            raise GraphdiffError("value", message, hint='pass a dict of arrays: {"x": x, "y": y}')
        self._data = data
        self._names = {normalize_text(str(name)): name for name in names}
        self.names = list(self._names)

    def read(self, names: Sequence[str]) -> Data:
        columns = {name: _array(self._data[self._names[name]], name) for name in names}
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{shorten(name)} {length}" for name, length in lengths.items())
            raise GraphdiffError("value", f"the columns have different lengths: {told}")
        return Data(columns, [f"row {row}" for row in range(max(lengths.values(), default=0))])


def _array(column: Any, name: str) -> Any:
    """A column as float64; None is missing."""
    try:
        array = numpy.asarray(column, dtype=numpy.float64)
    except (TypeError, ValueError) as error:
        raise GraphdiffError("value", f"the column '{shorten(name)}' is not of numbers: {error}") from None
    if array.ndim != 1:
        raise GraphdiffError("value", f"the column '{shorten(name)}' has {array.ndim} axes instead of one")
    return array


def _numbers(chunk: Chunk, position: int, name: str) -> Any:
    """The numbers of a column of a chunk, NaN where a cell is empty."""
    column = chunk.column(position)
    if not isinstance(column.values, numpy.ndarray):
        raise GraphdiffError("value", f"the column '{shorten(name)}' has arrays; only numbers can be fitted")
    for row, error in column.errors.items():
        if not isinstance(error, MissingValueError):
            place = f"{chunk.place(row)}, column '{shorten(name)}'"
            hint = error.hint or Hint("a missing value is an empty cell", "missing_cell")
            raise GraphdiffError("value", f"{place}: {error.message}", hint=hint)
    return column.values
