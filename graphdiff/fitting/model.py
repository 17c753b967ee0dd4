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
from graphdiff.passes.point import check_names
from graphdiff.precise.trace import trace
from graphdiff.reading.languages import OWN, language_of_mark
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
        self,
        source: Source,
        names: Sequence[str],
        start: Mapping[str, float],
        constants: Mapping[str, Any],
        weights: str | None = None,
    ) -> None:
        """names are those of all columns, start the start values of the parameters; weights is a column or a formula of
        columns.

        Raises GraphdiffError: as `parse` does; "name" if a name is neither a column, a parameter nor a constant, if it
        is two of them, or if the model does not have it.
        """
        self.parameters = list(start)
        equation = split_equation(source)
        called = equation.called
        if called is not None and called in names:
            equation = equation._replace(response=equation.response._replace(text=called))
        try:
            self.response, self.side = _read_sides(equation, names, {**constants, **start})
            _check_columns(self.response, names, "left side of the equation")
            self.given = constants
            self.constants = {**self.side.graph.defaults, **constants}
            _check_names(self, names)
        except GraphdiffError as error:
            if error.source is not None and error.source.text in {each.text for each in equation}:
                error.source = equation.whole
            raise
        self.weight = None if weights is None else _read_weights(source, weights, names)
        self.origin = _origin(equation, self.response.graph, self.graph)
        self._function: Any = None

    @property
    def graph(self) -> Graph:
        return self.side.graph

    @property
    def columns(self) -> list[str]:
        """The columns of both sides, and those of the weights."""
        sides = [self.response, self.side, *([] if self.weight is None else [self.weight])]
        return list(dict.fromkeys(name for side in sides for name in side.columns))

    def responses(self, columns: Mapping[str, Any], count: int) -> Any:
        """The response in each row, of shape (N,)."""
        return _values_of(self.response, columns, count)

    def weights(self, columns: Mapping[str, Any], count: int) -> Any:
        """The weight of each row, of shape (N,): 1 without weights."""
        return numpy.ones(count) if self.weight is None else _values_of(self.weight, columns, count)

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
            out = _values(self._function, point, count)
        return out[0], out[1:].T

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
    sides = [origin_of(model), origin_of(response)]
    read_as = None
    if any(side.read_as is not None for side in sides):
        *statements, last = str(model).splitlines()
        read_as = "\n".join([*statements, f"{response} = {last}"])
    language = next((side.language for side in sides if side.language != OWN), OWN)
    notes = dict.fromkeys([*response.notes, *model.notes])
    return Origin(equation.whole.text, language, read_as, list(notes))


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


def _values_of(side: Side, columns: Mapping[str, Any], count: int) -> Any:
    """The values of a side that has only columns, of shape (N,)."""
    return _values(compile(side.graph, [], backend="numpy", batch=True), columns, count)[0]


def _read_sides(equation: Equation, names: Sequence[str], values: Mapping[str, Any]) -> tuple[Side, Side]:
    """Read the response and the model, both in one language: in `\\ln y = a - b x`, only the left side shows which."""
    response, model = equation.response, equation.model
    language = response.language
    if language is None and (mark := language_of_mark(equation.whole.text)) is not None:
        try:
            return _read_side(response, names, {}), _read_side(model, names, values)
        except GraphdiffError as error:
            if error.kind != "syntax":
                raise
            response, model = response._replace(language=mark), model._replace(language=mark)
    return _read_side(response, names, {}), _read_side(model, names, values)


def _read_weights(source: Source, text: str, names: Sequence[str]) -> Side:
    """Read the weights: a column, whatever its name, or a formula of columns.

    Raises GraphdiffError as `parse` does; "name" if it has another name in it, or no column.
    """
    name = source.names.get(text, text)
    if name in names:
        text = f"`{name}`"
    side = _read_side(Source(text, "the weights", language=OWN, names=source.names), names, {})
    _check_columns(side, names, "formula of the weights")
    return side


def _read_side(source: Source, names: Sequence[str], values: Mapping[str, Any]) -> Side:
    """Read a side in which names are columns, and others have values."""
    # A name that only the other side has would be an error.
    used = {short: name for short, name in source.names.items() if has_word(source.text, short)}
    graph = read(source._replace(names=used), values, shapes=lambda: dict.fromkeys(names, ()))
    graph = with_inputs(graph, names)
    return Side(graph, [name for name in graph.input_names if name in names and name not in values])


def has_word(text: str, word: str) -> bool:
    """Whether a name stands in a text."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _check_columns(side: Side, names: Sequence[str], what: str) -> None:
    """Raises GraphdiffError("name") unless a side is made of columns."""
    graph = side.graph
    unknown = [name for name in graph.input_names if name not in {*names, *CONSTANTS, *graph.defaults}]
    if unknown:
        raise _unknown(graph, unknown, names, f"the table has no column {_listed(unknown)}")
    if not side.columns:
        message = f"the {what} has no column"
        raise GraphdiffError("name", message, graph.source, hint=_columns(names))


def _check_names(model: Model, names: Sequence[str]) -> None:
    """Raises GraphdiffError("name") unless each name of the model is one of its kinds."""
    graph, parameters = model.graph, model.parameters
    known = {*names, *model.constants, *CONSTANTS}
    for name in model.given:
        if name in names:
            message = f"'{shorten(name)}' is a column and also has a constant value"
            raise GraphdiffError("name", message, hint="remove one of them")
    check_names(graph, {name: value for name, value in model.given.items() if name not in parameters})
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
        raise _unknown(graph, unknown, names, f"no start value for {_listed(unknown)}", is_start=True)
    if not parameters:
        raise GraphdiffError("name", "the model has no parameters", hint="name them with their start values")


def _unknown(
    graph: Graph, unknown: Sequence[str], names: Collection[str], message: str, is_start: bool = False
) -> GraphdiffError:
    free = [name for name in names if name not in graph.input_indices]
    near = {name: each for name in unknown if (each := nearest(name, free))}
    span = graph.nodes[graph.input_indices[unknown[0]]].span
    hint: str = next((f"{each[:-1]} instead of {shorten(name)}?" for name, each in near.items()), "")
    others = [name for name in unknown if name not in near]
    if is_start and others:
        values, column = ",".join(f"{shorten(name)}=…" for name in others[:5]), hint and f"{hint} "
        hint = Hint(
            f"{column}give the parameters start values; {_columns(names)}",
            "start",
            values=values,
            column=column,
            columns=_columns(names),
        )
    return GraphdiffError("name", message, graph.source, span, hint or _columns(names))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{shorten(name)}'" for name in names[:20])


def _columns(names: Collection[str]) -> str:
    return f"the columns are {', '.join(shorten(name) for name in list(names)[:20])}" if names else "it has no columns"
