"""The value of a derivative formula at a point, of any order: the right one, or with what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from operator import neg
from typing import Any, NamedTuple

from graphdiff.accuracy.evaluation import entries_of, problem_of, work_of
from graphdiff.accuracy.inaccuracy import Inaccuracy
from graphdiff.accuracy.kinks import MOST_WORK, with_entries
from graphdiff.accuracy.limits import (
    Approach,
    Differentiable,
    Direction,
    along_axis,
    approach,
    common_limits,
    map_entries,
    point_results,
    random_directions,
    shows_none,
)
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import size_of
from graphdiff.passes.derivative import derivative
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.trace import Trace, trace
from graphdiff.passes.values import Value, is_finite, shape_of, to_list


class DerivativeValue(NamedTuple):
    """The value of a derivative at a point.

    Attributes:
        value: A number or an array. At a kink it is the true derivative, where that exists.
        accuracy: The entries that are off by more than 1e-6, relative to the right ones.
        differentiable: None where no kink was met and the formula, or its right value, is finite; else whether the
            function is as often differentiable there by all inputs together: True, False or "unknown".
    """

    value: Value
    accuracy: tuple[Inaccuracy, ...]
    differentiable: Differentiable | None


def derivative_value(
    function: Graph,
    formula: Graph,
    by: Sequence[str],
    point: Mapping[str, Any],
    shapes: Shapes,
    direction: Mapping[str, Any] | None = None,
) -> DerivativeValue:
    """The value at a point of the formula of a function's derivative by these inputs, one after the other, or along a
    direction.

    Raises GraphdiffError as trace does.
    """
    names = list(direction or dict.fromkeys(by))
    base = trace(function, point, wrt=names, upstream=1.0)
    last = trace(formula, point, wrt=(), upstream=1.0)
    meets_kink = base.differentiable is not None
    if not meets_kink:
        name = "_".join(["d", *by])
        inaccuracies = tuple(replace(each, of=name) for each in last.accuracy)
        listed = [each.index for each in inaccuracies]
        if all(isfinite(entry) or place in listed for place, entry in entries_of(to_list(last.value))):
            return DerivativeValue(last.value, inaccuracies, None)
    unknown = DerivativeValue(last.value, (), "unknown" if meets_kink else None)
    if not is_finite(base.value):
        return unknown
    directions = _directions(base, names, direction)
    orders = [function, *(derivative(function, by[0], order=order, shapes=shapes) for order in range(1, len(by)))]
    traces = [*(trace(graph, point, wrt=(), upstream=1.0) for graph in orders), last]
    if len(directions) * max(map(work_of, traces)) > MOST_WORK:
        return unknown
    *lower, highest = [_ways(each, directions) for each in traces]
    places = [("value", place) for place, _ in entries_of(to_list(last.value))]
    is_smooth = all(way.is_continuous for way in lower[0]) and all(
        len(common_limits(ways, list(ways[0].limits))) == size_of(shape_of(each.value))
        for ways, each in zip(lower, traces, strict=False)
    )
    limits = common_limits(highest, places) if is_smooth else {}
    value = with_entries(last, last.value, {place: float(limit) for (_, place), limit in limits.items()})
    if len(limits) == len(places):
        return DerivativeValue(value, (), True)
    return DerivativeValue(value, (), False if not is_smooth or shows_none(highest, places) else "unknown")


def _directions(base: Trace, names: Sequence[str], direction: Direction | None) -> list[Direction]:
    """The ways to the point: along a direction, or along each axis and in random directions."""
    if direction is not None:
        values = {name: to_list(value) for name, value in direction.items()}
        return [values, {name: map_entries(neg, value) for name, value in values.items()}]
    inputs = {name: to_list(base.values[base.graph.input_indices[name]]) for name in names}
    axes = [
        each
        for name, value in inputs.items()
        for place, _ in entries_of(value)
        for each in along_axis(name, value, place)
    ]
    return axes if len(axes) == 2 else [*axes, *random_directions(inputs)]


def _ways(trace: Trace, directions: Sequence[Direction]) -> list[Approach]:
    """What is seen of the value of a trace on the ways along these directions."""
    problem = problem_of(trace)
    keys = [("value", place) for place, _ in entries_of(to_list(trace.value))]
    start = point_results(problem, keys)
    return [approach(problem, direction, keys, start) for direction in directions]
