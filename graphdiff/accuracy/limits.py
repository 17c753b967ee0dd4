"""The gradient at a point where rules choose a derivative by convention: its limit from several directions.

A function that is continuous at the point, and whose gradient tends to one limit there, is differentiable, and the
limit is its gradient (a consequence of the mean value theorem). The same holds for one partial derivative along its
axis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from graphdiff.accuracy.directions import MOST_AXES, Direction, along_axis, random_directions
from graphdiff.accuracy.evaluation import (
    DIGITS,
    Evaluation,
    Key,
    Move,
    Problem,
    entries_of,
    isfinite,
    power_of_ten,
    reader_of,
)
from graphdiff.accuracy.right_results import Right, right_results
from graphdiff.operations.interpreter import Numeric

Differentiable: TypeAlias = bool | Literal["unknown"]

NEAR = 38
"""Of the two distances from the point, the larger is 10^-near of a unit that fits the numbers of the formula, where
near is this more than the digits of right results; the smaller is its square."""
SPARE_DIGITS = 50
"""The digits that are tried first are so many more than twice those of the smaller distance, besides those between the
largest and the smallest number: they resolve that distance, and slopes as small as it."""
MOST_DIGITS = 10
"""How many times as many digits are tried at most."""
MARGIN = 20
"""Digits at the end of numbers that rounding may have changed."""
CONTINUOUS = 10
"""A value tends to that at the point if it is nearer, relatively, than 10 to this power times the larger distance, or
comes nearer as fast as the point."""
MOST_WORK = 120_000
"""Operations on numbers, those of one evaluation for each direction, that are worth it beside 64-bit arithmetic. A
direction takes four evaluations; all of them take some seconds."""


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


class Approach(NamedTuple):
    """What is seen on a way to the point.

    Attributes:
        is_continuous: Whether the value tends to that at the point; None where rounding hides one of them.
        limits: The limit of each result that has one.
        has_none: Whether a result goes beyond all bounds, or is not real.
        without_number: The results that are NaN all along, as those of a rule that multiplies 0 by infinity.
        slope: The derivative along the way, from values alone, of the output weighted by upstream; None if there is
            none, or the value was not followed.
        is_constant: Whether the value is that at the point all along.
        nearby: The numbers at the nearer distance, or None.
    """

    is_continuous: bool | None
    limits: Mapping[Key, Any]
    has_none: bool
    without_number: frozenset[Key]
    slope: Any
    is_constant: bool
    nearby: Evaluation | None


def are_affordable(work: int, directions: int, digits: int) -> bool:
    """Whether it is worth it to follow so many directions, where an evaluation takes so many operations on numbers and
    right results have so many digits."""
    growth = _first_digits(digits) / _first_digits(DIGITS)
    return work * directions * growth**2 <= MOST_WORK


def limits_of(problem: Problem, keys: Sequence[Key]) -> Limits:
    """The limits of the partial derivatives under these keys: each along its axis, and all in random directions."""
    values = [("value", place) for place, _ in entries_of(problem.upstream)]
    start = point_results(problem, values)
    if None in start.results.values():
        return Limits("unknown", {})
    inputs = _inputs(problem)
    pairs, partials = _along_axes(problem, keys, start)
    if any(_shows_kink(key, pair, partials, problem.digits) for key, pair in pairs.items()):
        return Limits(False, partials)
    axes = [way for pair in pairs.values() for way in pair]
    directions = random_directions(inputs, partials) if len(keys) > 1 or not axes else []
    ways = [approach(problem, each, [*keys, *values], start) for each in directions] or axes
    seen = [*axes, *ways]
    is_continuous = all(way.is_continuous for way in seen)
    common = common_limits(ways, keys, problem.digits)
    if not axes and is_continuous:
        partials = common
    has_all = is_continuous and len(partials) == len(keys)
    is_smooth = all(key in common and _agree([common[key], each], problem.digits) for key, each in partials.items())
    if has_all and (
        is_smooth or all(_is_linear(problem, way, each, partials) for way, each in zip(ways, directions, strict=False))
    ):
        return Limits(True, partials, ways[0].nearby, start.evaluation)
    has_none = any(way.is_continuous is False for way in seen) or (is_continuous and shows_none(ways, keys))
    return Limits(False if has_none else "unknown", partials)


def partial_limits(problem: Problem, keys: Sequence[Key]) -> Mapping[Key, Any]:
    """The partial derivatives under these keys that have a limit along their axis; of many, those that have a common
    limit in random directions."""
    if len(keys) > MOST_AXES:
        return limits_of(problem, keys).partials
    values = [("value", place) for place, _ in entries_of(problem.upstream)]
    start = point_results(problem, values)
    return {} if None in start.results.values() else _along_axes(problem, keys, start)[1]


def _along_axes(
    problem: Problem, keys: Sequence[Key], start: Right
) -> tuple[dict[Key, Sequence[Approach]], dict[Key, Any]]:
    """Both ways along the axis of each key, and the partial derivatives that they show; none if there are too many."""
    inputs = _inputs(problem)
    partials: dict[Key, Any] = {}
    pairs: dict[Key, Sequence[Approach]] = {}
    for key in keys if len(keys) <= MOST_AXES else ():
        name = key[0].removeprefix("d_")
        ways = along_axis(name, inputs[name], key[1])
        pair = pairs[key] = [approach(problem, each, [key, *start.results], start) for each in ways]
        if all(map(_has_slope, pair)):  # also a small step makes slopes grow
            slopes = _slopes(pair)
            partials |= common_limits(pair, [key], problem.digits)
            # A rule may give no number all along the axis where the value is constant.
            is_hidden = not any(_shows_other(way, key, slopes[0], problem.digits) for way in pair)
            if key not in partials and is_hidden and _agree(slopes, problem.digits):
                partials[key] = slopes[0]
    return pairs, partials


def _shows_other(way: Approach, key: Key, slope: Any, digits: int) -> bool:
    """Whether the derivatives on a way tend to another number than a slope."""
    return key in way.limits and not _agree([way.limits[key], slope], digits)


def _shows_kink(key: Key, ways: Sequence[Approach], partials: Mapping[Key, Any], digits: int) -> bool:
    """Whether the ways along the axis of a key show that the function jumps there, or has two slopes."""
    if any(way.is_continuous is False for way in ways):
        return True
    has_limits = key not in partials and all(_has_slope(way) and key in way.limits for way in ways)
    return has_limits and not _agree(_slopes(ways), digits)


def _has_slope(way: Approach) -> bool:
    return way.is_continuous is True and way.slope is not None


def _slopes(ways: Sequence[Approach]) -> list[Any]:
    """The slopes on both ways along an axis, in its direction."""
    return [ways[0].slope, -ways[1].slope]


def _inputs(problem: Problem) -> dict[str, Any]:
    return {problem.graph.labels[index]: problem.value_of(index) for index in problem.indices}


def _is_linear(problem: Problem, way: Approach, direction: Direction, partials: Mapping[Key, Any]) -> bool:
    """Whether the slope along a direction is that of the partial derivatives."""
    read = reader_of(problem.op)
    terms = [
        partials[f"d_{name}", place] * read(speed)
        for name, speeds in direction.items()
        for place, speed in entries_of(speeds)
    ]
    return way.slope is not None and _is_within(way.slope - sum(terms), sum(map(abs, terms)), problem.digits)


def point_results(problem: Problem, keys: Sequence[Key]) -> Right:
    """The results at the point, in as many digits as those near it."""
    digits = _digits(problem)
    return right_results(problem, keys, None, digits, MOST_DIGITS * digits, digits - MARGIN)


def _distances(digits: int) -> tuple[int, int]:
    """The powers of ten of the two distances from the point, for right results of so many digits."""
    near = NEAR + digits
    return near, 2 * near


def _first_digits(digits: int) -> int:
    """The digits that resolve the smaller distance from 1."""
    return 2 * _distances(digits)[1] + SPARE_DIGITS


def shows_none(ways: Sequence[Approach], keys: Sequence[Key]) -> bool:
    """Whether these ways show that one of the results has no limit, rather than nothing."""
    return any(way.has_none for way in ways) or all(key in way.limits for way in ways for key in keys)


def common_limits(ways: Sequence[Approach], keys: Sequence[Key], digits: int) -> dict[Key, Any]:
    """The limits that are the same on all ways, to so many digits. Each way is followed by its opposite; a result that
    is without a number on both is left out there."""
    common: dict[Key, Any] = {}
    for key in keys:
        pairs = zip(ways[::2], ways[1::2], strict=True)
        seen = [way.limits.get(key) for pair in pairs if _has_number(key, pair) for way in pair]
        if seen and _agree(seen, digits):
            common[key] = seen[0]
    return common


def _has_number(key: Key, ways: Sequence[Approach]) -> bool:
    return not all(key in way.without_number for way in ways)


def approach(problem: Problem, direction: Direction, keys: Sequence[Key], start: Right) -> Approach:
    """Follow a direction to the point, where the results are those of start."""
    digits = _digits(problem)
    distances = _distances(problem.digits)
    # Beside a value of 0 at the point, few digits show how far the value has moved.
    value_digits = digits - MARGIN if any(start.results.values()) else None
    near, nearer = [
        right_results(problem, keys, _move(problem, direction, distance), digits, MOST_DIGITS * digits, value_digits)
        for distance in distances
    ]
    limits: dict[Key, Any] = {}
    without_number: set[Key] = set()
    is_continuous, has_none, is_hidden = True, False, False
    weights = {("value", place): weight for place, weight in entries_of(problem.upstream)}
    rises: list[Any] = [0, 0]
    for key in keys:
        first, second, at_point = near.results[key], nearer.results[key], start.results.get(key)
        is_hidden |= key in weights and None in (first, second, at_point)
        if first is None or second is None:
            continue
        if at_point is not None:
            is_continuous &= _tends_to(first, second, at_point, distances[0])
            for place, each in enumerate((first, second)):
                is_resolved = abs(each - at_point) * 10 ** (digits - MARGIN) > abs(at_point)
                rises[place] += (each - at_point) * weights[key] if is_resolved else 0
        limit = _limit(first, second, problem.digits)
        if limit is not None:
            limits[key] = limit
        elif first != first and second != second:
            without_number.add(key)
            has_none = True
        elif not abs(second) <= abs(first) * 1.001:  # also where it is NaN
            has_none = True
    unit = _unit(problem)
    slopes = [rise * 10 ** (each - unit) for rise, each in zip(rises, distances, strict=True)]
    slope = _limit(slopes[0], slopes[1], problem.digits)
    return Approach(
        None if is_continuous and is_hidden else is_continuous,
        limits,
        has_none,
        frozenset(without_number),
        None if is_hidden else slope,
        not (is_hidden or any(rises)),
        nearer.evaluation,
    )


def _digits(problem: Problem) -> int:
    """The digits that resolve the steps beside the largest number."""
    return _first_digits(problem.digits) + _extremes(problem)[1] - _unit(problem)


def _extremes(problem: Problem) -> tuple[int, int]:
    """The powers of ten of the smallest number or distance from a kink, at most 0, and of the largest number, at least
    0: of the inputs, the constants, and what is known to be met at the point."""
    constants = [node.parameters["value"] for node in problem.graph.nodes if node.is_constant]
    numbers = [entry for value in (*problem.inputs, *constants) if value is not None for _, entry in entries_of(value)]
    powers = [power_of_ten(number) for number in map(reader_of(problem.op), numbers) if number and isfinite(number)]
    return min([problem.extremes[0], *powers]), max([problem.extremes[1], *powers])


def _unit(problem: Problem) -> int:
    """The power of ten that distances are relative to: the smallest number of the formula, divided by the largest, as
    exp(-x^2) at a large x changes over distances of 1/x."""
    least, largest = _extremes(problem)
    return least - largest


def _move(problem: Problem, direction: Direction, distance: int) -> Move:
    """The move by 10^-distance of the unit along a direction."""
    exponent = _unit(problem) - distance

    def move(op: Numeric, inputs: Sequence[Any]) -> Sequence[Any]:
        step = op.constant(op.functions.mp.mpf(10) ** exponent)  # type: ignore[attr-defined]
        return [
            op.add(value, op.mul(step, op.constant(direction[name]))) if name in direction else value
            for name, value in zip(problem.graph.input_names, inputs, strict=True)
        ]

    return move


def _is_within(difference: Any, size: Any, digits: int) -> bool:
    """Whether a difference is at most 10^-digits of a size."""
    return bool(abs(difference) * 10**digits <= size)


def _limit(near: Any, nearer: Any, digits: int) -> Any:
    """The limit of a number that has these values near the point, to so many digits; None if they show none."""
    if _is_within(near - nearer, abs(nearer), digits):
        return nearer
    return nearer * 0 if abs(nearer) <= abs(near) * 1e-10 else None


def _tends_to(near: Any, nearer: Any, at_point: Any, power: int) -> bool:
    """Whether a value is continuous, of which the first is at the distance 10^-power."""
    distance = abs(nearer - at_point)
    return isfinite(distance) and (
        _is_within(distance, abs(at_point), power - CONTINUOUS) or bool(distance <= abs(near - at_point) * 1e-10)
    )


def _agree(limits: Sequence[Any], digits: int) -> bool:
    """Whether all limits are there, and equal to so many digits."""
    if any(limit is None for limit in limits):
        return False
    return all(_is_within(limit - limits[0], abs(limits[0]), digits) for limit in limits)
