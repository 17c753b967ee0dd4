"""Evaluate a formula at the rows of a chunk: all at once if inputs are numbers, else row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy

from graphdiff.batch.inputs import Inputs
from graphdiff.batch.table import Column
from graphdiff.compiled.compile import compile
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.passes.arrays import arrays_of
from graphdiff.passes.kinks import at_kinks, kink_operations
from graphdiff.passes.point import bind
from graphdiff.passes.values import is_finite, to_list


class Evaluation(NamedTuple):
    """The results of a chunk: columns as in Results; for each row without results its error, None if a result is not
    finite; the rows at a kink, where the gradient follows a convention; and those where first order is not enough for
    the uncertainty."""

    columns: list[Any]
    errors: Mapping[int, GraphdiffError | None]
    at_kink: Collection[int] = ()
    nonlinear: Collection[int] = ()


class Evaluator:
    """Evaluates one formula for any number of chunks."""

    def __init__(self, inputs: Inputs, allow_nonfinite: bool) -> None:
        self._graph = graph = inputs.graph
        self._inputs = inputs
        self._allow_nonfinite = allow_nonfinite
        works_on_numbers = graph.is_elementwise and all(isinstance(value, float) for value in inputs.constants.values())
        # An index has no derivative; its column is empty.
        self._wrt = [name for name in inputs.wrt if not graph.is_index[graph.input_indices[name]]]
        # Constants with a default, such as pi, are ordinary inputs if the table or a value for all rows binds them.
        names = [name for name in graph.input_names if name in inputs.constants or name in inputs.columns]
        self._row = compile(graph, self._wrt, backend="numpy", inputs=names)
        self._kinks = kink_operations(graph, self._wrt)
        self._batch: Any = None
        if works_on_numbers:
            self._batch = compile(graph, self._wrt, backend="numpy", batch=True, inputs=names)

    def __call__(self, columns: Mapping[str, Column], count: int, skip: Collection[int]) -> Evaluation:
        """Evaluate value and gradients at this many rows; columns are the inputs that vary. The results of rows in skip
        are arbitrary."""
        is_numbers = all(isinstance(column.values, numpy.ndarray) for column in columns.values())
        if self._batch is not None and is_numbers and columns:
            return self._at_once(columns, count, skip)
        return self._row_by_row(columns, count, skip)

    def nonfinite(self, columns: Mapping[str, Column], evaluation: Evaluation, row: int) -> tuple[str, GraphdiffError]:
        """The first result of a row that is not finite, and the error that names its cause."""
        from graphdiff.accuracy.nonfinite import nonfinite_error  # lazy: most tables have only finite results
        from graphdiff.passes.trace import trace

        results = zip(self._inputs.results, evaluation.columns, strict=True)
        name, value = next((name, column[row]) for name, column in results if not _is_finite(column[row]))
        point = {**self._inputs.constants, **{each: column.values[row] for each, column in columns.items()}}
        row_trace = trace(self._graph, point, wrt=self._inputs.wrt)
        if row_trace.is_finite:  # only the compiled code overflows, which computes in another order
            return name, GraphdiffError("nonfinite", f"the result is {value}")
        return name, nonfinite_error(row_trace)

    def _point(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """The value of each input of the compiled function; 0 for an unused one without a value."""
        values = {**self._inputs.constants, **columns}
        return {name: values.get(name, 0.0) for name in self._row.inputs}

    def _at_once(self, columns: Mapping[str, Column], count: int, skip: Collection[int]) -> Evaluation:
        out = numpy.empty((1 + len(self._inputs.wrt), count))
        self._batch(**self._point({name: column.values for name, column in columns.items()}), out=out)
        errors: dict[int, GraphdiffError | None] = {}
        if not self._allow_nonfinite and not numpy.isfinite(out).all():
            rows = numpy.flatnonzero(~numpy.isfinite(out).all(axis=0)).tolist()
            errors = dict.fromkeys(row for row in rows if row not in skip)
        return Evaluation(list(out), errors, self._rows_at_kink(columns, count) if self._kinks is not None else ())

    def _row_by_row(self, columns: Mapping[str, Column], count: int, skip: Collection[int]) -> Evaluation:
        rows: list[list[Any]] = []
        at_kink: list[int] = []
        errors: dict[int, GraphdiffError | None] = {}
        nothing = [None] * (1 + len(self._inputs.wrt))
        values = {name: column.values for name, column in columns.items()}
        for row in range(count):
            results: list[Any] = nothing
            if row not in skip:
                try:
                    value, gradients = self._row(**self._point({name: each[row] for name, each in values.items()}))
                    by_name = dict(zip(self._wrt, map(to_list, gradients), strict=True))
                    results = [to_list(value), *(by_name.get(name) for name in self._inputs.wrt)]
                    if not self._allow_nonfinite and not all(map(_is_finite, results)):
                        errors[row] = None
                    if self._kinks is not None and any(
                        map(numpy.any, self._at_kinks(self._kinks, {name: each[row] for name, each in values.items()}))
                    ):
                        at_kink.append(row)
                except GraphdiffError as error:
                    errors[row] = error
            rows.append(results)
        return Evaluation([_column(cells) for cells in zip(*rows, strict=True)], errors, at_kink)

    def _rows_at_kink(self, columns: Mapping[str, Column], count: int) -> list[int]:
        """The rows of columns at which an operation is at a kink."""
        assert self._kinks is not None
        rows = numpy.zeros(count, bool)
        for at_kink in self._at_kinks(self._kinks, {name: column.values for name, column in columns.items()}):
            rows |= at_kink != 0
        return numpy.flatnonzero(rows).tolist()

    def _at_kinks(self, kinks: Graph, values: Mapping[str, Any]) -> Iterator[Any]:
        """For each operation with kinks, where it is at one, given the inputs that vary."""
        inputs = bind(self._graph, {**self._inputs.constants, **values})
        op = arrays_of([])
        return at_kinks(kinks, [None if value is None else op.constant(value) for value in inputs], op)


def _is_finite(value: Any) -> bool:
    return is_finite(numpy.asarray(value)) if isinstance(value, list) else is_finite(value)


def _column(cells: Sequence[Any]) -> Any:
    """Numbers as an array, anything else as a list."""
    return numpy.array(cells) if all(type(cell) is float for cell in cells) else list(cells)
