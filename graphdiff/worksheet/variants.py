"""Points for the variants of an exercise: those at which every number of both passes is short."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil, floor, isfinite, prod
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape, nested_entries, size_of
from graphdiff.passes.point import check_names
from graphdiff.passes.steps import BackwardEdge
from graphdiff.passes.trace import Trace, trace
from graphdiff.passes.values import Value, to_list

MOST_POINTS = 2_000
"""Points that are tried for one worksheet; fewer where the graph is large."""
MOST_NODES = 100_000
"""Nodes of all these points together."""
MOST_FAILURES = 20
"""Points without a value, as where shapes do not fit, after which no more are tried."""
SHORT = 3
"""The length of a number that counts as short: up to 3 digits, 9.5, or 0.5."""
STEPS = 1, 2, 10, 100
"""The numbers in a range that are tried, as multiples of 1/STEP: first whole numbers, then halves, and so on."""


class Range(NamedTuple):
    """The range that the entries of an input are drawn from, both ends included, and the shape of the input."""

    low: float
    high: float
    shape: Shape = ()

    def numbers(self, step: int) -> Sequence[float]:
        """The multiples of 1/step in the range; else those of a finer step, and as a last resort both ends."""
        for each in STEPS[STEPS.index(step) :]:
            if numbers := range(ceil(self.low * each), floor(self.high * each) + 1):
                return [number / each for number in numbers]
        return [self.low, self.high]


def make_variants(
    graph: Graph,
    point: Mapping[str, Any],
    ranges: Mapping[str, Range],
    number: int,
    seed: int,
    wrt: Sequence[str] | None = None,
    upstream: Any = None,
) -> list[Trace]:
    """The traces at so many different points, the same for the same seed. Inputs with a range are drawn from it.

    Points are tried in a random order, and those with the shortest numbers are taken. Points with zeros, with ties of
    inputs, or with gradients of 0 are taken last, since an exercise on them asks for less.
    Raises GraphdiffError: as trace does; "name" where an input has both a value and a range; "value" where the ranges
    have fewer points with finite gradients.
    """
    check_names(graph, list(ranges))
    for name in ranges:
        if name in point:
            raise GraphdiffError("name", f"'{shorten(name)}' has both a value and a range")
    chance = random.Random(seed)
    most = max(number, min(MOST_POINTS, MOST_NODES // len(graph.nodes)))
    candidates: list[tuple[tuple[int, int], int, Trace]] = []
    best = 0
    failure: GraphdiffError | None = None
    for place, values in zip(range(most), _points(ranges, chance), strict=False):
        try:
            candidate = trace(graph, {**point, **values}, wrt=wrt, upstream=upstream)
        except GraphdiffError as error:  # a singular matrix, or shapes that never fit
            failure = error
            if place >= MOST_FAILURES and not candidates:
                break
            continue
        if not candidate.is_finite or candidate.differentiable is not None:
            continue
        rank = _rank(candidate, ranges)
        candidates.append((rank, place, candidate))
        best += rank == (SHORT, 0)
        if best == number:
            break
    if failure is not None and not candidates:
        raise failure
    if len(candidates) < number:
        message = f"only {len(candidates)} of {number} points with finite gradients were found in the ranges"
        raise GraphdiffError("value", message, hint="widen the ranges, or make fewer variants")
    return [candidate for _, _, candidate in sorted(candidates, key=lambda each: each[:2])[:number]]


def _points(ranges: Mapping[str, Range], chance: random.Random) -> Iterator[dict[str, Any]]:
    """Different points in a random order, first those of whole numbers; of each step all, or MOST_POINTS of many."""
    keys: set[tuple[float, ...]] = set()
    for step in STEPS:
        choices = [each.numbers(step) for each in ranges.values() for _ in range(size_of(each.shape))]
        total = prod(map(len, choices))
        places = chance.sample(range(total), total) if total <= MOST_POINTS else None
        for place in places or (chance.randrange(total) for _ in range(MOST_POINTS)):
            entries = []
            for numbers in choices:
                place, digit = divmod(place, len(numbers))
                entries.append(numbers[digit])
            if (key := tuple(entries)) not in keys:
                keys.add(key)
                rest = iter(entries)
                yield {name: _fill(each.shape, rest) for name, each in ranges.items()}


def _fill(shape: Shape, entries: Iterator[float]) -> Any:
    """A number, or nested lists of this shape, of the next entries."""
    return [_fill(shape[1:], entries) for _ in range(shape[0])] if shape else next(entries)


def _rank(candidate: Trace, ranges: Mapping[str, Range]) -> tuple[int, int]:
    """The length of the longest number, and how many inputs and gradients make the exercise easier."""
    longest = max(map(length, _numbers(candidate)), default=0)
    numbers = [candidate.point[name] for name, each in ranges.items() if not each.shape]
    gradients = [entry for gradient in candidate.gradients.values() for entry in _entries(gradient)]
    trivial = numbers.count(0.0) + len(numbers) - len(set(numbers)) + gradients.count(0.0)
    return max(SHORT, longest), trivial


def _numbers(candidate: Trace) -> Iterator[float]:
    """All numbers of both passes."""
    values: Iterable[Value | None] = (step.value for step in candidate.forward)
    for value in values:
        yield from _entries(value)
    for step in candidate.backward:
        yield from _entries(step.upstream)
        for edge in step.edges:
            yield from _edge_numbers(edge)


def _edge_numbers(edge: BackwardEdge) -> Iterator[float]:
    yield from _entries(edge.downstream)
    yield from _entries(edge.local.values)


def _entries(value: Value | None) -> Sequence[float]:
    return [] if value is None else nested_entries(to_list(value))


def length(number: float) -> int:
    """The significant digits of a number together with its decimals: 1 for 4, 2 for 0.5, 3 for 2.5, many for 1/3."""
    if not isfinite(number):
        return 100
    mantissa, exponent = f"{abs(number):.11e}".split("e")
    digits = mantissa.replace(".", "").rstrip("0")
    return len(digits) + max(0, len(digits) - 1 - int(exponent))
