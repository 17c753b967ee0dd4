"""The value of a derivative of any order at a kink: its limit from several directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress
from math import inf
from operator import neg
from typing import Any

from graphdiff.accuracy.derivative import DerivativeValue, results_at
from graphdiff.accuracy.directions import Direction, along_axis, map_entries, random_directions
from graphdiff.accuracy.evaluation import Key, digits_of, entries_of, powers_of_extremes, problem_of, reader_of, work_of
from graphdiff.accuracy.kinks import with_entries
from graphdiff.accuracy.limits import Approach, approach, are_affordable, common_limits, point_results, shows_none
from graphdiff.operations.shapes import size_of
from graphdiff.passes.derivative import derivative
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.kinks import nodes_at_kinks
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import shape_of, to_list

MOST_ORDER = 3
"""The highest order of which the steps are large enough to show that a value stays the same, and its derivatives are 0
whatever rules say."""


def value_by_limits(
    base: Trace,
    last: Trace,
    by: Sequence[str],
    point: Mapping[str, Any],
    shapes: Shapes,
    direction: Mapping[str, Any] | None,
    precision: int | None,
) -> DerivativeValue:
    """The value of a derivative, given the trace of the function and that of the derivative's formula.

    A derivative exists if the function is continuous, and all derivatives up to this one tend to one limit each.
    """
    directions = _directions(base, list(direction or dict.fromkeys(by)), direction)
    function = base.graph
    orders = [function, *(derivative(function, by[0], order=order, shapes=shapes) for order in range(1, len(by)))]
    traces = [*(results_at(graph, point, precision) for graph in orders), last]
    digits = digits_of(base.op)
    if not are_affordable(max(map(work_of, traces)), len(directions), digits):
        return DerivativeValue(last.value, (), "unknown")
    *lower, highest = [_ways(each, directions) for each in traces]
    places = _places(last)
    if len(directions) == 2 and len(by) <= MOST_ORDER and all(way.is_constant for way in lower[0]):
        return DerivativeValue(with_entries(last, last.value, {place: 0.0 for _, place in places}), (), True)
    are_followed = _have_fewest_kinks(base, lower[0])
    *lower[1:], highest = [list(compress(ways, are_followed)) for ways in (*lower[1:], highest)]
    is_smooth = all(way.is_continuous for way in lower[0]) and all(
        len(common_limits(ways, _places(each), digits)) == size_of(shape_of(each.value))
        for ways, each in zip(lower, traces, strict=False)
    )
    limits = common_limits(highest, places, digits) if is_smooth else {}
    value = with_entries(last, last.value, {place: reader_of(last.op)(limit) for (_, place), limit in limits.items()})
    if len(limits) == len(places):
        return DerivativeValue(value, (), True)
    is_hidden = any(way.without_number for ways in (*lower, highest) for way in ways)
    has_none = not is_smooth or shows_none(highest, places)
    return DerivativeValue(value, (), False if has_none and not is_hidden else "unknown")


def _have_fewest_kinks(base: Trace, ways: Sequence[Approach]) -> list[bool]:
    """For each way, whether it and its opposite are at the fewest kinks of the function: at those that they stay at,
    rules follow a convention."""
    indices = [base.graph.input_indices[name] for name in base.gradients]
    counts = [
        inf if way.nearby is None else len(nodes_at_kinks(base.graph, way.nearby.values, way.nearby.op, indices))
        for way in ways
    ]
    sums = [counts[place] + counts[place ^ 1] for place in range(len(ways))]
    return [count == min(sums) for count in sums]


def _directions(base: Trace, names: Sequence[str], direction: Direction | None) -> list[Direction]:
    """The ways to the point: along a direction, or along each axis and in random directions."""
    if direction is not None:
        values = {name: to_list(base.op.constant(value)) for name, value in direction.items()}
        return [values, {name: map_entries(neg, value) for name, value in values.items()}]
    inputs = {name: to_list(base.values[base.graph.input_indices[name]]) for name in names}
    axes = [
        each
        for name, value in inputs.items()
        for place, _ in entries_of(value)
        for each in along_axis(name, value, place)
    ]
    return axes if len(axes) == 2 else [*axes, *random_directions(inputs)]


def _places(trace: Trace) -> list[Key]:
    """The entries of the value of a trace."""
    return [("value", place) for place, _ in entries_of(to_list(trace.value))]


def _ways(trace: Trace, directions: Sequence[Direction]) -> list[Approach]:
    """What is seen of the value of a trace on the ways along these directions."""
    problem = problem_of(trace)._replace(extremes=powers_of_extremes(trace))
    keys = _places(trace)
    start = point_results(problem, keys)
    return [approach(problem, direction, keys, start) for direction in directions]
