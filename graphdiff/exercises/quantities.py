"""Values and gradients as functions of the inputs, and whether two of them are equal near a point.

Formulas are equal if their numbers are, at the point and at random points near it, within the bounds of their rounding
errors. Where these bounds are too wide to tell, or 64 bits overflow, the numbers are computed with many digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from random import Random
from typing import Any, NamedTuple

from graphdiff.accuracy.running_errors import running_errors
from graphdiff.errors import GraphdiffError
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.interpreter import FLOATS
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.trace import Trace, pieces_of
from graphdiff.passes.values import is_finite, is_precise, shape_of, to_list
from graphdiff.precise.trace import trace

ENOUGH_POINTS = 5
"""Points at which two formulas that are equal there are taken to be equal."""
FEWEST_POINTS = 2
"""Points at which both formulas must have a value to be taken to be equal."""
MOST_POINTS = 24
"""Points that are tried."""
DISTANCES = (0.1, 0.3, 0.03, 0.6)
"""How far random points are from the point, relative to each input."""
MOST_FAILURES = 3
"""After so many skipped points, numbers are not computed with many digits any more, which would take too long."""
GROWING = {"exp": 0, "expm1": 0, "sinh": 0, "cosh": 0, "gamma": 0, "pow": 1}
"""The operand that makes an operation grow beyond any number of digits that can be computed: exp(exp(exp(1000)))."""
PRECISION = 25
"""Digits with which numbers are computed where 64 bits do not tell whether they are equal."""
SAFETY = 8.0
"""Error bounds are of first order."""
CLEAR = 1e-6
"""Numbers with a relative error bound above are computed with many digits."""
EQUAL_DIGITS = 1e-18
"""The most relative difference of equal numbers of PRECISION digits."""
EQUAL_ARRAYS = 1e-7
"""The same of the entries of arrays in 64 bits, relative to the largest."""
SMALLEST = 1e-290
"""An error bound below is that of underflow."""

Point = Mapping[str, Any]


class Number(NamedTuple):
    """A number or an array in 64 bits, with a bound of its rounding error, and whether more digits can be computed."""

    value: Any
    error: float
    is_computable: bool = True


class Quantity:
    """The value of a graph's output, or the gradient of it by one of the inputs."""

    def __init__(self, graph: Graph, wrt: str | None = None, upstream: Any = None) -> None:
        """The value, or the gradient by the input wrt, given that of the output, which is 1 by default."""
        self.graph = graph
        self.wrt = wrt
        self.upstream = 1.0 if wrt is None else upstream  # no value depends on it, but that of an array needs one

    def at(self, point: Point) -> Number:
        """The number at a point."""
        result = trace(self.graph, point, wrt=self._inputs, upstream=self.upstream)
        value = result.value if self.wrt is None else result.gradients[self.wrt]
        if result.op is not FLOATS:
            return Number(value, 0.0)
        if pieces_of(result) or not is_finite(value):
            return Number(value, float("inf"), _is_computable(result))
        errors = running_errors(result)
        return Number(value, errors.get("value" if self.wrt is None else f"d_{self.wrt}", 0.0))

    def precisely_at(self, point: Point) -> Any:
        """The number at a point with PRECISION digits. Raises GraphdiffError where that is too much work."""
        result = trace(self.graph, point, wrt=self._inputs, upstream=self.upstream, precision=PRECISION)
        return result.value if self.wrt is None else result.gradients[self.wrt]

    @property
    def _inputs(self) -> list[str]:
        return [] if self.wrt is None else [self.wrt]


def _is_computable(trace: Trace) -> bool:
    """Whether no operation that grows fast has an operand that overflows in 64 bits."""
    return all(
        isfinite(trace.values[node.operands[GROWING[node.operation.name]]])
        for node in trace.graph.nodes
        if node.operation is not None and node.operation.name in GROWING and trace.graph.needed[node.index]
    )


def value_of_node(graph: Graph, index: int) -> Quantity:
    """The value of a node."""
    return Quantity(Graph(graph.nodes, graph.inputs, [index], graph.names, graph.source, graph.labels))


def gradient_by_node(graph: Graph, index: int, zero: Any, upstream: Any) -> tuple[Quantity, Point]:
    """The gradient by a node, and what points need besides the inputs. For an operation it is that by an input which is
    added to the operation and is 0, an array of zeros if the operation is an array."""
    node = graph.nodes[index]
    if node.is_input:
        return Quantity(graph, graph.labels[index], upstream), {}
    name = _unused_name(graph)
    builder = GraphBuilder(graph.source)
    copies: list[Node] = []
    for each in graph.nodes:
        copy = builder.copy(each, [copies[operand] for operand in each.operands], each.span, each.parameters)
        if each.index == index:
            copy = builder.apply(PRIMITIVES["add"], [copy, builder.input(name)])
        copies.append(copy)
    changed = Graph(builder.nodes, builder.inputs, [copies[graph.output].index], source=graph.source)
    return Quantity(changed, name, upstream), {name: zero}


def _unused_name(graph: Graph) -> str:
    name = "change"
    while name in graph.names_in_use:
        name += "_"
    return name


def value_of_formula(formula: Graph, graph: Graph, indices: Mapping[str, int]) -> Quantity:
    """The value of a formula in the inputs of a graph and in its other nodes, by the indices of their names."""
    builder = GraphBuilder(graph.source)
    copies: list[Node] = []
    for each in graph.nodes:
        copies.append(builder.copy(each, [copies[operand] for operand in each.operands], each.span, each.parameters))
    inner: list[Node] = []
    for each in formula.nodes:
        if each.name is not None and each.is_input and each.name in indices:
            inner.append(copies[indices[each.name]])
        else:
            inner.append(builder.copy(each, [inner[operand] for operand in each.operands], None, each.parameters))
    return Quantity(Graph(builder.nodes, builder.inputs, [inner[formula.output].index]))


def are_equal(
    left: Quantity, right: Quantity, points: Iterator[tuple[Point, Point]], tolerance: float | None = None
) -> bool:
    """Whether two quantities are equal at points, each a pair of points of both: within rounding errors, or within a
    relative tolerance. Points at which one of them has no value are skipped."""
    count = tried = 0
    for left_point, right_point in points:
        is_precise = tried - count < MOST_FAILURES
        tried += 1
        verdict = _are_equal_at(left, left_point, right, right_point, tolerance, is_precise)
        if verdict is False:
            return False
        count += verdict is True
        if count == ENOUGH_POINTS:
            return True
    return count >= min(tried, FEWEST_POINTS)


def _are_equal_at(
    left: Quantity, left_point: Point, right: Quantity, right_point: Point, tolerance: float | None, is_precise: bool
) -> bool | None:
    """Whether two numbers are equal, with many digits where they are needed and is_precise; None where one of them does
    not exist."""
    try:
        first, second = left.at(left_point), right.at(right_point)
    except GraphdiffError:  # an index out of range, a singular matrix
        return None
    if shape_of(first.value) != shape_of(second.value):
        return False
    if shape_of(first.value):
        return _are_equal_arrays(first.value, second.value, tolerance)
    if tolerance is not None and _are_equal_roughly(first, second, tolerance):
        return True
    if isfinite(first.value) and isfinite(second.value):
        error = SAFETY * (first.error + second.error)
        if abs(first.value - second.value) <= error and error <= max(
            CLEAR * max(abs(first.value), abs(second.value)), SMALLEST
        ):
            return True
    if not (is_precise and first.is_computable and second.is_computable):
        return _are_equal_roughly(first, second)
    try:
        return _are_equal_precisely(left.precisely_at(left_point), right.precisely_at(right_point))
    except GraphdiffError:  # too much work for many digits
        return _are_equal_roughly(first, second)


def _are_equal_precisely(first: Any, second: Any) -> bool | None:
    if not (is_finite(first) and is_finite(second)):
        return None
    return bool(abs(first - second) <= EQUAL_DIGITS * max(abs(first), abs(second)))


def _are_equal_roughly(first: Number, second: Number, tolerance: float = CLEAR) -> bool | None:
    if not (isfinite(first.value) and isfinite(second.value)):
        return None
    allowed = tolerance * max(abs(first.value), abs(second.value))
    for error in (first.error, second.error):
        allowed += SAFETY * error if isfinite(error) else 0.0
    return bool(abs(first.value - second.value) <= allowed)


def _are_equal_arrays(first: Any, second: Any, tolerance: float | None) -> bool | None:
    if not (is_finite(first) and is_finite(second)):
        return None
    scale = max(float(abs(first).max()), float(abs(second).max()))
    return float(abs(first - second).max()) <= (tolerance or EQUAL_ARRAYS) * scale


def points_near(point: Point, fixed: set[str]) -> Iterator[Point]:
    """A point, and random points near it, the same ones each time. The inputs named in fixed are the same at all."""
    yield point
    random = Random(0)
    moving = [name for name in point if name not in fixed]
    for number in range(MOST_POINTS if moving else 0):
        distance = DISTANCES[number % len(DISTANCES)]
        # Some formulas have values only where an input is a whole number: other inputs move alone, or in groups.
        chosen = moving
        if number % 3 == 1:
            chosen = [moving[number // 3 % len(moving)]]
        elif number % 3 == 2:
            chosen = random.sample(moving, random.randint(1, len(moving)))
        yield {**point, **{name: _random_near(_plain(point[name]), distance, random) for name in chosen}}


def _plain(value: Any) -> Any:
    return to_list(value) if shape_of(value) or is_precise(value) else value


def _random_near(value: Any, distance: float, random: Random) -> Any:
    if isinstance(value, list | tuple):
        return [_random_near(each, distance, random) for each in value]
    return float(value) * (1 + distance * random.uniform(-1, 1)) + distance * random.uniform(-0.1, 0.1)
