"""Where identities of matrix calculus do not hold, and whether what is computed has a value there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.shapes import Shape
from graphdiff.passes.forward import forward
from graphdiff.passes.values import to_list

MOST_INPUTS, MOST_ENTRIES = 4, 400
"""Of formulas with more inputs, or more entries in these, no values are compared."""


class Exceptions(NamedTuple):
    """The points at which an identity does not hold, by a value.

    Attributes:
        text: Where that is, with a place for the text of the value, and one for the number that it is, mostly 0.
        at_equal: Whether these are the points at which entries of the value are equal; else one is 0 there.
    """

    text: str
    at_equal: bool = False

    def contain(self, value: Any) -> bool:
        """Whether the point is one of them at which the value is this one."""
        entries = _entries(value)
        return len(set(entries)) < len(entries) if self.at_equal else 0 in entries


WHERE_ZERO = Exceptions("where {} = {}")
WHERE_AN_ENTRY_IS_ZERO = Exceptions("where an entry of {} is 0")


def where_repeated(extremum: str, axis: Any) -> Exceptions:
    """The points at which the largest or smallest entry occurs more than once: in the array, or along some axes."""
    place = "" if axis is None else f" along axis {axis}"
    return Exceptions(f"where {{}} has its {extremum} entry more than once{place}", at_equal=True)


def is_computed_at(computed: Graph, exceptions: Exceptions, value: Graph, shapes: Mapping[str, Shape]) -> bool:
    """Whether a formula is finite at some of these points, by a value: False only if such points were found, and it is
    finite at none. log(det(X)) has no derivative where det(X) is 0, so that nothing is to be said of it there.

    shapes has those of the inputs, which both graphs have.
    """
    names = [name for name, index in computed.input_indices.items() if computed.needed[index]]
    if len(names) > MOST_INPUTS or sum([math.prod(shapes.get(name, ())) for name in names]) > MOST_ENTRIES:
        return True
    from graphdiff.passes.arrays import arrays_of  # lazy: only where there is an exception

    op = arrays_of([])
    results = [
        _is_finite(computed, point, op)
        for point in _special_points(names, shapes)
        if (at := _value(value, point, op)) is not None and exceptions.contain(at)
    ]
    return any(results) or not results


def _special_points(names: Sequence[str], shapes: Mapping[str, Shape]) -> Iterator[dict[str, Any]]:
    """Points at which some inputs are special, and the others are like any numbers."""
    usual = {name: _array(shapes.get(name, ()), 0.375 + 0.25 * place) for place, name in enumerate(names)}
    for count in range(1, len(names) + 1):
        for several in combinations(names, count):
            for specialize in (_zeros, _with_equal_rows, _with_zero, _with_equal_first, _with_equal_last):
                yield {**usual, **{name: specialize(usual[name]) for name in several}}


def _array(shape: Shape, first: float, place: int = 0) -> Any:
    """Nested lists of numbers that grow from entry to entry, of a matrix that has an inverse."""
    if not shape:
        return first + math.sqrt(place)
    size = math.prod(shape[1:])
    return [_array(shape[1:], first, place + number * size) for number in range(shape[0])]


def _zeros(value: Any) -> Any:
    return [_zeros(each) for each in value] if isinstance(value, list) else 0.0


def _with_equal_rows(value: Any) -> Any:
    return [value[0]] * len(value) if isinstance(value, list) else value


def _with_zero(value: Any) -> Any:
    return [_with_zero(value[0]), *value[1:]] if isinstance(value, list) else 0.0


def _with_equal_first(value: Any) -> Any:
    """An array whose two smallest entries are equal."""
    if not isinstance(value, list):
        return value
    return [_with_equal_first(value[0]), *value[1:]] if isinstance(value[0], list) else [*value[:1], *value[:-1]]


def _with_equal_last(value: Any) -> Any:
    """An array whose two largest entries are equal."""
    if not isinstance(value, list):
        return value
    return [*value[:-1], _with_equal_last(value[-1])] if isinstance(value[-1], list) else [*value[1:], *value[-1:]]


def _value(graph: Graph, point: Mapping[str, Any], op: Numeric) -> Any:
    """The value of a graph's output at a point, None where there is none."""
    inputs = [op.constant(point.get(name, math.nan)) for name in graph.input_names]
    try:
        return forward(graph, inputs, op)[graph.output]
    except (GraphdiffError, ArithmeticError, ValueError):
        return None


def _is_finite(graph: Graph, point: Mapping[str, Any], op: Numeric) -> bool:
    value = _value(graph, point, op)
    return value is not None and all(map(math.isfinite, _entries(value)))


def _entries(value: Any) -> list[float]:
    """The entries of an array, or a number."""
    pending, entries = [to_list(value)], list[float]()
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            pending += part
        else:
            entries.append(part)
    return entries
