"""The value of a derivative of any order at a kink: its limit from several directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import neg
from typing import Any

from graphdiff.accuracy.derivative import DerivativeValue, results_at
from graphdiff.accuracy.evaluation import Key, digits_of, entries_of, problem_of, reader_of, work_of
from graphdiff.accuracy.kinks import with_entries
from graphdiff.accuracy.limits import (
    Approach,
    Direction,
    agree,
    along_axis,
    approach,
    are_affordable,
    common_limits,
    map_entries,
    point_results,
    random_directions,
    shows_none,
)
from graphdiff.operations.shapes import size_of
from graphdiff.passes.derivative import derivative
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.kinks import nodes_at_kinks
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import shape_of, to_list


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
    is_smooth = all(way.is_continuous for way in lower[0]) and all(
        len(common_limits(ways, _places(each), digits)) == size_of(shape_of(each.value))
        for ways, each in zip(lower, traces, strict=False)
    )
    limits = common_limits(highest, places, digits) if is_smooth else {}
    if not limits and direction is None and len(set(by)) == len(by) == 2 and not _has_arrays(base, by):
        limits = _slope_limit(base, by, point, shapes, precision)
    value = with_entries(last, last.value, {place: reader_of(last.op)(limit) for (_, place), limit in limits.items()})
    if len(limits) == len(places) and is_smooth:
        return DerivativeValue(value, (), True)
    is_hidden = any(way.without_number for ways in (*lower, highest) for way in ways)
    has_none = not is_smooth or shows_none(highest, places)
    return DerivativeValue(value, (), False if has_none and not is_hidden else "unknown")


def _has_arrays(base: Trace, names: Sequence[str]) -> bool:
    """Whether one of these inputs, or the value, is an array."""
    values = [base.value, *(base.values[base.graph.input_indices[name]] for name in names)]
    return any(map(shape_of, values))


def _slope_limit(
    base: Trace, by: Sequence[str], point: Mapping[str, Any], shapes: Shapes, precision: int | None
) -> dict[Key, Any]:
    """A second derivative by two inputs as the slope, along the axis of one of them, of the derivative by the other,
    which has its limit by the rules: the function has no kink by it at the point, nor next to it on the axis."""
    graph = base.graph
    for axis, other in (by, by[::-1]):
        indices = [graph.input_indices[other]]
        directions = along_axis(axis, to_list(base.values[graph.input_indices[axis]]), ())
        nearby = [way.nearby for way in _ways(base, directions)]
        places = [(base.values, base.op), *((each.values, each.op) for each in nearby if each is not None)]
        if None in nearby or any(nodes_at_kinks(graph, values, op, indices) for values, op in places):
            continue
        ways = _ways(results_at(derivative(graph, other, shapes=shapes), point, precision), directions)
        slopes = [ways[0].slope, ways[1].slope and -ways[1].slope]
        if all(way.is_continuous for way in ways) and agree(slopes, digits_of(base.op)):
            return {("value", ()): slopes[0]}
    return {}


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
    problem = problem_of(trace)
    keys = _places(trace)
    start = point_results(problem, keys)
    return [approach(problem, direction, keys, start) for direction in directions]
