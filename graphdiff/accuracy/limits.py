"""The gradient at a point where rules choose a derivative by convention: its limit from several directions.

A function that is continuous at the point, and whose gradient tends to one limit there, is differentiable, and the
limit is its gradient (a consequence of the mean value theorem). The same holds for one partial derivative along its
axis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import neg
from random import Random
from typing import Any, Literal, NamedTuple, TypeAlias

from graphdiff.accuracy.evaluation import Evaluation, Key, Move, Problem, entries_of
from graphdiff.accuracy.exact import Right, right_results
from graphdiff.operations.interpreter import Numeric

Differentiable: TypeAlias = bool | Literal["unknown"]

PAIRS = 3
"""The number of random directions, each followed both ways."""
NEAR, NEARER = 50, 100
"""The distances from the point are 10^-NEAR and 10^-NEARER of the smallest number in the formula."""
DIGITS = NEARER + 50
"""The digits that are tried first: they resolve the smaller distance."""
EQUAL = 1e-12
"""Limits are equal if they differ by no more than this, relatively."""
MOST_AXES = 40
"""The most partial derivatives that are examined one by one."""


class Limits(NamedTuple):
    """What is known of the gradient at a point.

    Attributes:
        differentiable: Whether the function is differentiable by all inputs together.
        partials: The right value of each partial derivative that exists, as far as known.
        nearby: Where the function is differentiable, the numbers at a point nearby, on one side of each kink.
        at_point: Those at the point.
    """

    differentiable: Differentiable
    partials: Mapping[Key, Any]
    nearby: Evaluation | None = None
    at_point: Evaluation | None = None


class _Approach(NamedTuple):
    """What is seen on a way to the point: whether the value is continuous, the limit of each result that has one,
    which results go beyond all bounds or are not real, and the numbers at the nearer distance."""

    is_continuous: bool
    limits: Mapping[Key, Any]
    has_none: bool
    right: Right


def limits_of(problem: Problem, keys: Sequence[Key]) -> Limits:
    """The limits of the partial derivatives under these keys: each along its axis, and all in random directions."""
    values = [("value", place) for place, _ in entries_of(problem.upstream)]
    start = right_results(problem, values, digits=DIGITS)

    def approach(direction: Mapping[int, Any], wanted: Sequence[Key]) -> _Approach:
        return _approach(problem, direction, [*wanted, *values], start)

    axes: list[_Approach] = []
    partials: dict[Key, Any] = {}
    for key in keys if len(keys) <= MOST_AXES else ():
        pair = [approach(direction, [key]) for direction in _along_axis(problem, key)]
        axes += pair
        if all(way.is_continuous for way in pair) and _agree([way.limits.get(key) for way in pair]):
            partials[key] = pair[0].limits[key]
    ways = axes if len(keys) == 1 else [approach(direction, keys) for direction in _directions(problem)]
    seen = [*axes, *ways]
    limits = {key: ways[0].limits[key] for key in keys if _agree([way.limits.get(key) for way in ways])}
    is_continuous = all(way.is_continuous for way in seen)
    if not axes and is_continuous:
        partials = limits
    if is_continuous and all(_agree([limits.get(key), partials.get(key)]) for key in keys):
        return Limits(True, partials, ways[0].right.evaluation, start.evaluation)
    has_all = all(key in way.limits for way in ways for key in keys)
    is_known = not is_continuous or has_all or any(way.has_none for way in seen)
    return Limits(False if is_known else "unknown", partials)


def _directions(problem: Problem) -> list[dict[int, Any]]:
    """Random directions in the space of the inputs to differentiate by, each with its opposite, by the places of the
    inputs in graph.inputs."""
    random = Random(0)

    def draw(entry: float) -> float:
        return random.choice((-1, 1)) * random.uniform(1, 2)

    directions = []
    for _ in range(PAIRS):
        places = map(problem.graph.inputs.index, problem.indices)
        direction = {place: _each(problem.inputs[place], draw) for place in places}
        directions += [direction, {place: _each(each, neg) for place, each in direction.items()}]
    return directions


def _along_axis(problem: Problem, key: Key) -> list[dict[int, Any]]:
    """Both directions along one entry of an input."""
    index = next(index for index, name in problem.names.items() if name == key[0])
    place = problem.graph.inputs.index(index)
    unit: Any = 1.0
    if key[1]:
        unit = row = _each(problem.inputs[place], lambda entry: 0.0)
        for each in key[1][:-1]:
            row = row[each]
        row[key[1][-1]] = 1.0
    return [{place: unit}, {place: _each(unit, neg)}]


def _each(value: Any, function: Callable[[float], float]) -> Any:
    """A function of the entries of nested lists, or of a number."""
    return [_each(row, function) for row in value] if isinstance(value, list) else function(value)


def _approach(problem: Problem, direction: Mapping[int, Any], keys: Sequence[Key], start: Right) -> _Approach:
    """Follow a direction to the point."""
    near, nearer = [
        right_results(problem, keys, _move(problem, direction, distance), DIGITS) for distance in (NEAR, NEARER)
    ]
    limits: dict[Key, Any] = {}
    is_continuous, has_none = True, False
    for key in keys:
        first, second = near.results[key], nearer.results[key]
        if first is None or second is None:
            continue
        if key[0] == "value":
            at_point = start.results[key]
            is_continuous &= at_point is not None and _tends_to(first, second, at_point)
        limit = _limit(first, second)
        if limit is not None:
            limits[key] = limit
        elif not abs(second) <= abs(first) * 1.001:  # also where it is NaN
            has_none = True
    return _Approach(is_continuous, limits, has_none, nearer)


def _move(problem: Problem, direction: Mapping[int, Any], distance: int) -> Move:
    """The move by 10^-distance, relative to the smallest number of the formula, along a direction."""
    constants = [node.parameters["value"] for node in problem.graph.nodes if node.is_constant]
    numbers = [entry for value in (*problem.inputs, *constants) if value is not None for _, entry in entries_of(value)]
    least = min([1.0, *(abs(number) for number in numbers if number)])

    def move(op: Numeric, inputs: Sequence[Any]) -> Sequence[Any]:
        mp = op.namespace.mp if hasattr(op.namespace, "mp") else op.functions.mp  # type: ignore[attr-defined]
        step = op.constant(mp.mpf(10) ** -distance * least)
        return [
            op.add(value, op.mul(step, op.constant(direction[place]))) if place in direction else value
            for place, value in enumerate(inputs)
        ]

    return move


def _limit(near: Any, nearer: Any) -> Any:
    """The limit of a number that has these values near the point; None if they show none."""
    if abs(near - nearer) <= EQUAL * abs(nearer):
        return nearer
    return nearer * 0 if abs(nearer) <= abs(near) * 1e-10 else None


def _tends_to(near: Any, nearer: Any, at_point: Any) -> bool:
    """Whether a value is continuous."""
    distance = abs(nearer - at_point)
    return distance - distance == 0 and bool(
        distance <= EQUAL * abs(at_point) or distance <= abs(near - at_point) * 1e-10
    )


def _agree(limits: Sequence[Any]) -> bool:
    """Whether all limits are there and equal."""
    if any(limit is None for limit in limits):
        return False
    return all(abs(limit - limits[0]) <= EQUAL * abs(limits[0]) for limit in limits)
