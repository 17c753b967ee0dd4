"""What is fitted: the columns, parameters and formulas of an equation."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy

from graphdiff.compiled.compile import compile
from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.fitting.equation import Equation, split_equation
from graphdiff.graph.assigned import with_inputs
from graphdiff.graph.graph import Graph
from graphdiff.language.hints import nearest
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import nested_shape
from graphdiff.precise.trace import trace
from graphdiff.reading.parse import Origin, origin_of, read
from graphdiff.source import Source

DIGITS = 40
"""Significant digits of residuals that 64 bits lose."""


class Side(NamedTuple):
    """One side of the equation.

    Attributes:
        graph: Its graph, with the columns as inputs.
        columns: The columns that it depends on.
    """

    graph: Graph
    columns: Sequence[str]


class Model:
    """An equation whose names are known.

    Attributes:
        response: The side that the data have.
        side: The side with the parameters.
        parameters: The names of the parameters.
        constants: The values of other names.
        origin: How the equation was read.
    """

    def __init__(
        self, source: Source, names: Sequence[str], start: Mapping[str, float], constants: Mapping[str, Any]
    ) -> None:
        """names are those of all columns, start the start values of the parameters.

        Raises GraphdiffError: as `parse` does; "name" if a name is neither a column, a parameter nor a constant, if it
        is two of them, or if the model does not have it.
        """
        self.parameters = list(start)
        equation = split_equation(source)
        called = equation.called
        if called is not None and called in names:
            equation = equation._replace(response=equation.response._replace(text=called))
        try:
            self.response = _read_side(equation.response, names, {})
            _check_response(self.response, names)
            self.side = _read_side(equation.model, names, {**constants, **start})
            self.constants = {**self.side.graph.defaults, **constants}
            _check_names(self, names)
        except GraphdiffError as error:
            if error.source is not None and error.source.text in {each.text for each in equation}:
                error.source = equation.whole
            raise
        self.origin = _origin(equation, self.response.graph, self.graph)
        self._function: Any = None

    @property
    def graph(self) -> Graph:
        return self.side.graph

    @property
    def columns(self) -> list[str]:
        """The columns of both sides."""
        return list(dict.fromkeys([*self.response.columns, *self.side.columns]))

    def responses(self, columns: Mapping[str, Any], count: int) -> Any:
        """The response in each row, of shape (N,)."""
        return _values(compile(self.response.graph, [], backend="numpy", batch=True), columns, count)[0]

    def evaluate(self, values: Any, columns: Mapping[str, Any], count: int) -> tuple[Any, Any]:
        """The model with these parameters in each of count rows, of shape (N,), and its derivatives, (N, P)."""
        if self._function is None:
            shapes = {name: nested_shape(value) for name, value in self.constants.items() if isinstance(value, list)}
            known = {*self.parameters, *self.constants, *self.side.columns}
            self._function = compile(
                self.graph,
                self.parameters,
                backend="numpy",
                batch=True,
                shapes=shapes or None,
                inputs=[name for name in self.graph.input_names if name in known],
            )
        point = {**self.constants, **columns, **dict(zip(self.parameters, map(float, values), strict=True))}
        with numpy.errstate(all="ignore"):
            value, *derivatives = _values(self._function, point, count)
        return value, numpy.column_stack(derivatives) if derivatives else numpy.empty((count, 0))

    def exact_residuals(self, values: Any, columns: Mapping[str, Any], count: int) -> Any:
        """The model minus the response, from decimals as typed and in many digits, of shape (N,)."""
        fixed = {**self.constants, **dict(zip(self.parameters, map(float, values), strict=True))}
        residuals = []
        for row in range(count):
            cells = {name: float(column[row]) for name, column in columns.items()}
            fitted, response = [Decimal(str(_number(side, {**fixed, **cells}))) for side in (self.side, self.response)]
            residuals.append(float(fitted - response))
        return numpy.array(residuals)

    def work(self, count: int) -> int:
        """Operations in so many rows."""
        return count * sum(self.graph.needed)


def _origin(equation: Equation, response: Graph, model: Graph) -> Origin:
    """The origin of the equation, from those of its sides."""
    origin = origin_of(model)
    read_as = None if origin.read_as is None else f"{response} = {model}"
    notes = dict.fromkeys([*response.notes, *model.notes])
    return origin._replace(source=equation.whole.text, read_as=read_as, notes=list(notes))


def _number(side: Side, point: Mapping[str, Any]) -> Any:
    own = {name: value for name, value in point.items() if name in side.graph.input_indices}
    return trace(side.graph, own, wrt=[], precision=DIGITS).value


def _values(function: Any, point: Mapping[str, Any], count: int) -> Any:
    """What a compiled function gives in each of count rows, of shape (1 + P, N)."""
    out = numpy.empty((1 + len(function.wrt), count))
    values = {name: point.get(name, 0.0) for name in function.inputs}
    with numpy.errstate(all="ignore"):
        if any(isinstance(value, numpy.ndarray) for value in values.values()):
            function(**values, out=out)
        else:  # the same in each row
            value, derivatives = function(**values)
            out[:] = numpy.array([value, *derivatives])[:, None]
    return out


def _read_side(source: Source, names: Sequence[str], values: Mapping[str, Any]) -> Side:
    """Read a side in which names are columns, and others have values."""
    # A name that only the other side has would be an error.
    used = {short: name for short, name in source.names.items() if _has_word(source.text, short)}
    graph = read(source._replace(names=used), values, shapes=lambda: dict.fromkeys(names, ()))
    graph = with_inputs(graph, names)
    return Side(graph, [name for name in graph.input_names if name in names and name not in values])


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _check_response(response: Side, names: Sequence[str]) -> None:
    """Raises GraphdiffError("name") unless the left side is made of columns."""
    graph = response.graph
    unknown = [name for name in graph.input_names if name not in {*names, *CONSTANTS, *graph.defaults}]
    if unknown:
        raise _unknown(graph, unknown, names, f"the table has no column {_listed(unknown)}", None)
    if not response.columns:
        message = "the left side of the equation has no column"
        raise GraphdiffError("name", message, graph.source, hint=_columns(names))


def _check_names(model: Model, names: Sequence[str]) -> None:
    """Raises GraphdiffError("name") unless each name of the model is one of its kinds."""
    graph, parameters = model.graph, model.parameters
    known = {*names, *model.constants, *CONSTANTS}
    for name in parameters:
        if name in names:
            message = f"'{shorten(name)}' is a column, and has a start value as if it were a parameter"
            raise GraphdiffError("name", message, hint="rename one of them")
        if name in model.constants and name not in graph.defaults:
            hint = "a parameter has a start value, a constant one that stays"
            raise GraphdiffError("name", f"'{shorten(name)}' is a parameter and a constant", hint=hint)
        if name not in graph.input_indices:
            free = [each for each in graph.input_names if each not in {*known, *parameters}]
            message = f"the model has no parameter '{shorten(name)}'"
            other = f"the model has {_listed(free)}" if free else None
            raise GraphdiffError("name", message, hint=nearest(name, free) or other)
    unknown = [name for name in graph.input_names if name not in {*known, *parameters}]
    if unknown:
        values = ",".join(f"{shorten(name)}=…" for name in unknown[:5])
        start = Hint("give the parameters start values", "start", values=values)
        raise _unknown(graph, unknown, names, f"no start value for {_listed(unknown)}", start)
    if not parameters:
        raise GraphdiffError("name", "the model has no parameters", hint="name them with their start values")


def _unknown(
    graph: Graph, unknown: Sequence[str], names: Collection[str], message: str, hint: Hint | None
) -> GraphdiffError:
    free = [name for name in names if name not in graph.input_indices]
    near = next((f"{each[:-1]} instead of {shorten(name)}?" for name in unknown if (each := nearest(name, free))), None)
    span = graph.nodes[graph.input_indices[unknown[0]]].span
    return GraphdiffError("name", message, graph.source, span, near or hint or _columns(names))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{shorten(name)}'" for name in names[:20])


def _columns(names: Collection[str]) -> str:
    return f"the columns are {', '.join(shorten(name) for name in list(names)[:20])}" if names else "it has no columns"
