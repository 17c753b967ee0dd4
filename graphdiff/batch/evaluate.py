"""The formula at the rows of a chunk: all at once where rows are numbers, else row by row."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy

from graphdiff.batch.inputs import Inputs
from graphdiff.batch.table import Column
from graphdiff.compiled.compile import compile
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.passes.nonfinite import nonfinite_error
from graphdiff.passes.trace import trace
from graphdiff.passes.values import is_finite, to_list


class Evaluated(NamedTuple):
    """columns are those of Results. wrong has each row without results, and what was raised there; None where a result
    is not finite."""

    columns: list[Any]
    wrong: Mapping[int, GraphdiffError | None]


class Evaluator:
    """One formula, for any number of chunks."""

    def __init__(self, graph: Graph, inputs: Inputs, allow_nonfinite: bool) -> None:
        self._graph = graph
        self._inputs = inputs
        self._allow_nonfinite = allow_nonfinite
        works_on_numbers = graph.is_elementwise and all(isinstance(value, float) for value in inputs.constants.values())
        # By an index nothing is differentiated; its column is empty.
        self._differentiated = [name for name in inputs.wanted if not graph.is_index[graph.input_indices[name]]]
        # Constants by default that a table or a value for all rows binds are inputs like others.
        bound = [name for name in graph.input_names if name in inputs.constants or name in inputs.columns]
        self._row = compile(graph, self._differentiated, backend="numpy", inputs=bound)
        self._batch: Any = None
        if works_on_numbers:
            self._batch = compile(graph, self._differentiated, backend="numpy", batch=True, inputs=bound)

    def __call__(self, columns: Mapping[str, Column], count: int, skipped: Collection[int]) -> Evaluated:
        """Value and gradients at so many rows; columns are the inputs that are. Skipped rows get anything."""
        is_numbers = all(isinstance(column.values, numpy.ndarray) for column in columns.values())
        if self._batch is not None and is_numbers:
            return self._at_once(columns, count, skipped)
        return self._row_by_row(columns, count, skipped)

    def nonfinite(self, columns: Mapping[str, Column], evaluated: Evaluated, row: int) -> tuple[str, GraphdiffError]:
        """The first result of a row that is not finite, and the error that tells where it came from."""
        results = zip(self._inputs.results, evaluated.columns, strict=True)
        name, value = next((name, column[row]) for name, column in results if not _is_finite(column[row]))
        point = {**self._inputs.constants, **{each: column.values[row] for each, column in columns.items()}}
        traced = trace(self._graph, point, wrt=self._inputs.wanted)
        if traced.is_finite:  # it overflows in the order of the compiled code alone
            return name, GraphdiffError("nonfinite", f"this is {value}")
        return name, nonfinite_error(traced, self._inputs.wanted)

    def _point(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """The value of each input of the compiled function; 0 for one that nothing needs and none is given for."""
        known = {**self._inputs.constants, **columns}
        return {name: known.get(name, 0.0) for name in self._row.inputs}

    def _at_once(self, columns: Mapping[str, Column], count: int, skipped: Collection[int]) -> Evaluated:
        out = numpy.empty((1 + len(self._inputs.wanted), count))
        self._batch(**self._point({name: column.values for name, column in columns.items()}), out=out)
        wrong: dict[int, GraphdiffError | None] = {}
        if not self._allow_nonfinite and not numpy.isfinite(out).all():
            rows = numpy.flatnonzero(~numpy.isfinite(out).all(axis=0)).tolist()
            wrong = dict.fromkeys(row for row in rows if row not in skipped)
        return Evaluated(list(out), wrong)

    def _row_by_row(self, columns: Mapping[str, Column], count: int, skipped: Collection[int]) -> Evaluated:
        found: list[list[Any]] = []
        wrong: dict[int, GraphdiffError | None] = {}
        nothing = [None] * (1 + len(self._inputs.wanted))
        listed = {name: column.values for name, column in columns.items()}
        for row in range(count):
            results: list[Any] = nothing
            if row not in skipped:
                try:
                    value, gradients = self._row(**self._point({name: each[row] for name, each in listed.items()}))
                    by_name = dict(zip(self._differentiated, map(to_list, gradients), strict=True))
                    results = [to_list(value), *(by_name.get(name) for name in self._inputs.wanted)]
                    if not self._allow_nonfinite and not all(map(_is_finite, results)):
                        wrong[row] = None
                except GraphdiffError as error:
                    wrong[row] = error
            found.append(results)
        return Evaluated([_column(cells) for cells in zip(*found, strict=True)], wrong)


def _is_finite(value: Any) -> bool:
    return is_finite(numpy.asarray(value)) if isinstance(value, list) else is_finite(value)


def _column(cells: Sequence[Any]) -> Any:
    """Numbers as an array, all else as a list."""
    return numpy.array(cells) if all(type(cell) is float for cell in cells) else list(cells)
