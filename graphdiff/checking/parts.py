"""What a gradient is checked by: each entry; where there are too many of them a sample, and directions that move all
others at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

from graphdiff.errors import shortened
from graphdiff.graph.function import Function
from graphdiff.operations.shapes import nested_entries, size_of
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, shape_of, to_list

BUDGET = 20_000_000
"""How many operations on numbers checking entries one by one may run, roughly."""
EVALUATIONS = 250
"""How often the formula may be evaluated for an entry; where the first steps will do, it is 20 times."""
MOST_ENTRIES, FEWEST_ENTRIES = 1000, 4
ENTRIES_AS_FAST = 100
"""How many entries an array operation does in the time of one on numbers."""
PRECISE_COST = 10
"""How much longer an operation takes on numbers of many digits."""
MOVES = 5
"""How many operations move an input."""
DIRECTIONS = 2
"""How many directions move the entries that are not in the sample."""


class Part(NamedTuple):
    """An entry of an input, with its place, or a direction in entry_count of them: for each input that moves, by name,
    its entries' speeds by their number, row by row. at is the entry, or 1 where each moves by its own size."""

    name: str
    place: tuple[int, ...]
    entry_count: int
    speeds: Mapping[str, Mapping[int, float]]
    at: float

    @property
    def size(self) -> float:
        return abs(self.at)

    def along(self, gradients: Mapping[str, Sequence[float]]) -> float:
        """The derivative in this direction, of gradients as entries row by row."""
        return math.fsum(
            gradients[name][number] * speed for name, of in self.speeds.items() for number, speed in of.items()
        )

    def bound_along(self, bounds: Mapping[str, Sequence[float]]) -> float:
        """How far it is off where each entry is off by so much."""
        return sum(
            bounds[name][number] * abs(speed) for name, of in self.speeds.items() for number, speed in of.items()
        )


def entries(value: Value) -> list[float]:
    """The entries row by row; of a number itself."""
    return [value] if isinstance(value, float) else list(nested_entries(to_list(value)))


def parts_of(trace: Trace, is_precise: bool) -> tuple[list[Part], int]:
    """What the gradients of a trace are checked by, and how many entries they have together."""
    graph = trace.graph
    values = {
        name: trace.values[graph.input_indices[name]] for name, found in trace.gradients.items() if found is not None
    }
    known = {name: 0.0 if value is None else value for name, value in values.items()}
    flat = {name: entries(value) for name, value in known.items()}
    everything = [(name, number) for name, of in flat.items() for number in range(len(of))]
    most = max(FEWEST_ENTRIES, min(MOST_ENTRIES, BUDGET // (EVALUATIONS * _cost(trace, is_precise))))
    if len(everything) <= most:
        return [_entry(name, number, known[name], flat[name]) for name, number in everything], len(everything)
    draws = Random(0)
    chosen = {everything[place] for place in draws.sample(range(len(everything)), most)}
    parts = [_entry(name, number, known[name], flat[name]) for name, number in everything if (name, number) in chosen]
    left = {name: [number for number in range(len(of)) if (name, number) not in chosen] for name, of in flat.items()}
    arrays = [[name] for name in left if shape_of(known[name]) and left[name]]
    numbers = [name for name in left if not shape_of(known[name]) and left[name]]
    groups = [*arrays, *([numbers] if numbers else [])]
    if len(groups) > most:
        groups = [[name for group in groups for name in group]]
    parts += [_direction(group, left, flat, draws) for group in groups for _ in range(DIRECTIONS)]
    return parts, len(everything)


def _cost(trace: Trace, is_precise: bool) -> int:
    """What one evaluation takes, in operations on floats; precise numbers have no arrays of their own."""
    as_fast = 1 if is_precise else ENTRIES_AS_FAST
    cost = 1
    for node in trace.graph.nodes:
        if node.operation is None and trace.values[node.index] is not None:
            cost += MOVES * size_of(shape_of(trace.values[node.index])) // as_fast
        if trace.graph.needed[node.index] and node.operation is not None:
            cost += node.operation.work if isinstance(node.operation, Function) else 1
            cost += size_of(shape_of(trace.values[node.index])) // as_fast
    return cost * (PRECISE_COST if is_precise else 1)


def _entry(name: str, number: int, value: Value, flat: Sequence[float]) -> Part:
    place: list[int] = []
    rest = number
    for size in reversed(shape_of(value)):
        rest, index = divmod(rest, size)
        place.insert(0, index)
    return Part(name, tuple(place), 1, {name: {number: 1.0}}, flat[number])


def _direction(
    group: Sequence[str], left: Mapping[str, Sequence[int]], flat: Mapping[str, Sequence[float]], draws: Random
) -> Part:
    """Every entry moves up or down, as fast as it is large."""
    speeds: dict[str, dict[int, float]] = {}
    for name in group:
        usual = math.sqrt(sum(entry * entry for entry in flat[name]) / len(flat[name])) or 1.0
        speeds[name] = {number: draws.choice((-1, 1)) * (abs(flat[name][number]) or usual) for number in left[name]}
    shown = ", ".join(map(shortened, group[:3])) + (f" and {len(group) - 3} more" if len(group) > 3 else "")
    return Part(shown, (), sum(map(len, speeds.values())), speeds, 1.0)
