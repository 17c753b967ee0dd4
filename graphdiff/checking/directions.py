"""The directions along which a gradient is checked: each entry; if there are too many, a sample of them, and random
directions that move all others at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from graphdiff.errors import shorten
from graphdiff.graph.function import Function
from graphdiff.operations.shapes import nested_entries, size_of
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, shape_of, to_list

BUDGET = 20_000_000
"""How many operations on floats checking entries one by one may run, roughly."""
PRECISE_BUDGET = 1_000_000
"""How many operations on numbers of many digits it may run."""
EVALUATIONS, PRECISE_EVALUATIONS = 250, 8
"""The most evaluations of the formula for one entry."""
MOST_ENTRIES, FEWEST_ENTRIES = 1000, 4
ENTRIES_AS_FAST = 100
"""How many entries an array operation does in the time of one on numbers; numbers of many digits gain nothing."""
MOVES = 5
"""How many operations it takes to move an input."""
RANDOM_DIRECTIONS = 2
"""How many random directions check the entries that are not in the sample."""


class Direction(NamedTuple):
    """A direction in the space of the inputs: along one entry of an input, with its indices as place, or along
    entry_count entries at once.

    speeds maps each input that moves to the speeds of its entries, by their row-major numbers. at is the value of the
    entry, or 1 if each entry moves in proportion to its own size.
    """

    name: str
    place: tuple[int, ...]
    entry_count: int
    speeds: Mapping[str, Mapping[int, float]]
    at: float

    @property
    def size(self) -> float:
        return abs(self.at)

    def terms(self, gradients: Mapping[str, Sequence[Any]]) -> Iterator[Any]:
        """The terms of the derivative along this direction, from gradients with their entries in row-major order."""
        return (gradients[name][number] * speed for name, of in self.speeds.items() for number, speed in of.items())

    def along(self, gradients: Mapping[str, Sequence[Any]]) -> Any:
        """The derivative along this direction."""
        terms = list(self.terms(gradients))
        return math.fsum(terms) if isinstance(terms[0], float) else sum(terms)

    def bound_along(self, bounds: Mapping[str, Sequence[float]]) -> float:
        """The error bound of that derivative, from error bounds of the entries."""
        return math.fsum(map(abs, self.terms(bounds)))


def entries(value: Value) -> list[float]:
    """The entries of an array in row-major order; a number is its own only entry."""
    return nested_entries(to_list(value)) if shape_of(value) else [value]


def is_affordable(trace: Trace) -> bool:
    """Whether all entries can be checked one by one with many digits."""
    gradients = [gradient for gradient in trace.gradients.values() if gradient is not None]
    return sum(size_of(shape_of(gradient)) for gradient in gradients) <= _affordable_entries(trace, True)


def directions_of(trace: Trace, is_precise: bool) -> tuple[list[Direction], int]:
    """The directions along which to check the gradients of a trace, and the number of entries of all gradients."""
    graph = trace.graph
    values: dict[str, Value] = {}
    for name, gradient in trace.gradients.items():
        if gradient is not None:
            value = trace.values[graph.input_indices[name]]
            values[name] = 0.0 if value is None else value
    flat = {name: entries(value) for name, value in values.items()}
    everything = [(name, number) for name, of in flat.items() for number in range(len(of))]
    most = max(FEWEST_ENTRIES, _affordable_entries(trace, is_precise))
    if len(everything) <= most:
        return [along_entry(name, number, values[name], flat[name]) for name, number in everything], len(everything)
    random = Random(0)
    sample = {everything[place] for place in random.sample(range(len(everything)), most)}
    directions = [
        along_entry(name, number, values[name], flat[name]) for name, number in everything if (name, number) in sample
    ]
    rest = {name: [number for number in range(len(of)) if (name, number) not in sample] for name, of in flat.items()}
    arrays = [[name] for name in rest if shape_of(values[name]) and rest[name]]
    numbers = [name for name in rest if not shape_of(values[name]) and rest[name]]
    groups = [*arrays, *([numbers] if numbers else [])]
    if len(groups) > most:
        groups = [[name for group in groups for name in group]]
    directions += [_along_all(group, rest, flat, random) for group in groups for _ in range(RANDOM_DIRECTIONS)]
    return directions, len(everything)


def _affordable_entries(trace: Trace, is_precise: bool) -> int:
    """How many entries can be checked one by one."""
    budget, evaluations = (PRECISE_BUDGET, PRECISE_EVALUATIONS) if is_precise else (BUDGET, EVALUATIONS)
    return min(MOST_ENTRIES, budget // (evaluations * _cost(trace, is_precise)))


def _cost(trace: Trace, is_precise: bool) -> int:
    """The number of operations on numbers in one evaluation."""
    as_fast = 1 if is_precise else ENTRIES_AS_FAST
    cost = 1
    for node in trace.graph.nodes:
        if node.operation is None and trace.values[node.index] is not None:
            cost += MOVES * size_of(shape_of(trace.values[node.index])) // as_fast
        if trace.graph.needed[node.index] and node.operation is not None:
            cost += node.operation.work if isinstance(node.operation, Function) else 1
            cost += size_of(shape_of(trace.values[node.index])) // as_fast
    return cost


def along_entry(name: str, number: int, value: Value, flat: Sequence[float]) -> Direction:
    """The direction along one entry of an input, given its row-major number and all entries."""
    place: list[int] = []
    rest = number
    for size in reversed(shape_of(value)):
        rest, index = divmod(rest, size)
        place.insert(0, index)
    return Direction(name, tuple(place), 1, {name: {number: 1.0}}, flat[number])


def _along_all(
    group: Sequence[str], numbers: Mapping[str, Sequence[int]], flat: Mapping[str, Sequence[float]], random: Random
) -> Direction:
    """A random direction along all of these entries, in which each moves up or down in proportion to its size."""
    speeds: dict[str, dict[int, float]] = {}
    for name in group:
        typical = math.sqrt(sum(entry * entry for entry in flat[name]) / len(flat[name])) or 1.0
        speeds[name] = {
            number: random.choice((-1, 1)) * (abs(flat[name][number]) or typical) for number in numbers[name]
        }
    names = ", ".join(map(shorten, group[:3])) + (f" and {len(group) - 3} more" if len(group) > 3 else "")
    return Direction(names, (), sum(map(len, speeds.values())), speeds, 1.0)
