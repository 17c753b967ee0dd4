"""Columns of numbers to fit to: those of a file, or of a mapping such as a data frame."""

from __future__ import annotations

from bisect import bisect_right
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


class Places(Sequence[str]):
    """What messages call each row: line 2, line 3, … of a file. It keeps numbers, not texts."""

    def __init__(self) -> None:
        self._parts: list[tuple[str, Sequence[int]]] = []
        self._ends: list[int] = []

    def append(self, unit: str, numbers: Sequence[int]) -> None:
        """Add rows, of which messages call each by unit and number."""
        self._parts.append((unit, numbers))
        self._ends.append(len(self) + len(numbers))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, row: Any) -> Any:
        part = bisect_right(self._ends, row)
        unit, numbers = self._parts[part]
        return f"{unit} {numbers[row - self._ends[part]]}"


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
        places = Places()
        for chunk in self._reader.chunks(positions):
            for error in chunk.errors.values():
                raise error
            for part, position, name in zip(parts, positions, names, strict=True):
                part.append(_numbers(chunk, position, name))
            places.append(chunk.unit, chunk.numbers)
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
        columns = {name: float_array(self._data[self._names[name]], f"the column '{shorten(name)}'") for name in names}
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            listed = ", ".join(f"{shorten(name)} {length}" for name, length in lengths.items())
            raise GraphdiffError("value", f"the columns have different lengths: {listed}")
        places = Places()
        places.append("row", range(max(lengths.values(), default=0)))
        return Data(columns, places)


def float_array(values: Any, what: str) -> Any:
    """Numbers as a float64 array of shape (N,); None and what stands for missing values in data frames is NaN.

    Raises GraphdiffError("value") if they are something else; what is the subject of its message.
    """
    to_numpy = getattr(values, "to_numpy", None)
    array = numpy.asarray(values if to_numpy is None else to_numpy())
    if array.dtype.kind == "O":
        array = numpy.array(
            [None if entry is None or entry != entry else entry for entry in array.ravel()], object
        ).reshape(array.shape)
    if array.dtype.kind not in "biufO":
        kind = "texts" if array.dtype.kind in "UST" else array.dtype
        hint = "convert it to numbers first" if kind == "texts" else None
        raise GraphdiffError("value", f"{what} is not of numbers but of {kind}", hint=hint)
    try:
        array = array.astype(numpy.float64)
    except (TypeError, ValueError) as error:
        raise GraphdiffError("value", f"{what} is not of numbers: {error}") from None
    if array.ndim != 1:
        raise GraphdiffError("value", f"{what} has {array.ndim} axes instead of one")
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
