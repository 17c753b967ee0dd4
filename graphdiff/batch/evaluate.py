"""The formula at the rows of a chunk: all at once where rows are numbers, else row by row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy

from graphdiff.batch.inputs import Inputs
from graphdiff.batch.table import Column
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.operations.registry import CONSTANTS
from graphdiff.passes.arrays import Arrays, arrays_of
from graphdiff.passes.backward import Cotangent, backward
from graphdiff.passes.forward import forward
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
        self._constants = {**CONSTANTS, **inputs.constants}
        self._works_on_numbers = graph.is_elementwise and all(
            isinstance(value, float) for value in inputs.constants.values()
        )
        self._batch = batch_function(graph, inputs.wanted) if self._works_on_numbers else None
        self._row = row_function(graph, inputs.wanted)

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

    def _values(self, columns: Mapping[str, Any]) -> list[Any]:
        """The value of each input, in the order of the graph's; 0 for one that nothing needs and none is given for."""
        known = {**self._constants, **columns}
        return [known.get(name, 0.0) for name in self._graph.input_names]

    def _at_once(self, columns: Mapping[str, Column], count: int, skipped: Collection[int]) -> Evaluated:
        assert self._batch is not None
        out = numpy.empty((1 + len(self._inputs.wanted), count))
        self._batch(*self._values({name: column.values for name, column in columns.items()}), out=out)
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
                    value, gradients = self._row(*self._values({name: each[row] for name, each in listed.items()}))
                    results = [None if each is None else to_list(each) for each in (value, *gradients)]
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


def batch_function(graph: Graph, wrt: Sequence[str]) -> Callable[..., None]:
    """f(*values, out): values in the order of the graph's inputs, floats or (N,) arrays; value and gradients go into
    out, of shape (1 + len(wrt), N)."""
    wanted = [graph.input_indices[name] for name in wrt]

    def evaluate(*values: Any, out: Any) -> None:
        inputs = [numpy.broadcast_to(numpy.asarray(value, numpy.float64), out.shape[1:]) for value in values]
        op: Arrays = arrays_of(inputs)
        with op.quiet():
            computed = forward(graph, inputs, op)
            for each in (op, op.following_closed()):
                seed = Cotangent(numpy.ones(out.shape[1:]))
                cotangents = backward(graph, computed, each, seed, graph.active(wanted))
                out[0] = computed[graph.output]
                for result, index in zip(out[1:], wanted, strict=True):
                    result[:] = cotangents[index].value if index in cotangents else 0.0
                if numpy.isfinite(out).all():
                    break

    return evaluate


def row_function(graph: Graph, wrt: Sequence[str]) -> Callable[..., tuple[Any, tuple[Any, ...]]]:
    """f(*values): the value and the gradients by wrt at one point of any shapes."""

    def evaluate(*values: Any) -> tuple[Any, tuple[Any, ...]]:
        traced = trace(graph, dict(zip(graph.input_names, values, strict=True)), wrt=wrt)
        return traced.value, tuple(traced.gradients.values())

    return evaluate
