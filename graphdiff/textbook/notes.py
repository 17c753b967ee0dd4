"""Where a textbook form differs from the formula that is computed: at the points of the guards that it is without."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from graphdiff.graph.graph import Graph, needed_part
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.forward import forward
from graphdiff.writing.text import graph_text

TOO_LONG = "too long to be rewritten: it is written as it is computed"
"""The note of a formula that stays as it is computed."""
MOST_GUARDS = 6
"""Of more guards only so many are examined."""
STARTS = (0.625, 1.375)
"""The first values of inputs at points to compare at; those of further inputs are larger by STEP."""
STEP = 0.0625
TOLERANCE = 1e-9


class Place(NamedTuple):
    """Where some guards hold: a point of numbers by name."""

    guards: tuple[Graph, ...]
    point: Mapping[str, float]


def notes_on(computed: Graph, form: Graph, guards: Sequence[Graph]) -> tuple[str, ...]:
    """What to know of a form of a formula, which has other values where some of its guards are 0: sentences.

    All graphs have one output; the inputs of the form and the guards are among those of the formula. Takes time in
    proportion to the formula.
    """
    notes: list[str] = []
    special: list[tuple[Graph, ...]] = []
    guards = guards[:MOST_GUARDS]
    for several in [*combinations(guards, 1), *combinations(guards, 2)]:
        if any([set(each) <= set(several) for each in special]):
            continue
        places = [place for start in STARTS if (place := _place_of(computed, several, start)) is not None]
        values = [value for place in places if (value := _other_value(computed, form, place.point)) is not None]
        if values:
            special.append(several)
            conditions = " and ".join([f"{graph_text(guard, shares=False)} = 0" for guard in several])
            is_known = len(values) == len(places) > 1 and len(set(values)) == 1 and values[0].is_integer()
            notes.append(f"where {conditions}, it is {values[0]:.0f}" if is_known else f"does not hold where {conditions}")
    return tuple(notes)


def _value(graph: Graph, point: Mapping[str, float]) -> float:
    """The value of a graph of numbers, NaN where there is none."""
    try:
        value = forward(graph, [point.get(name, math.nan) for name in graph.input_names], FLOATS)[graph.output]
        return float(value)
    except (ArithmeticError, ValueError):
        return math.nan


def _other_value(computed: Graph, form: Graph, point: Mapping[str, float]) -> float | None:
    """The value that is computed at a point, if it is finite and that of the form is another."""
    expected, value = _value(computed, point), _value(form, point)
    if not math.isfinite(expected) or abs(value - expected) <= TOLERANCE * max(abs(expected), 1.0):
        return None
    return expected + 0.0  # not -0


def _place_of(computed: Graph, guards: Sequence[Graph], start: float) -> Place | None:
    """A place at which guards are 0, found one after the other, each by an input that the others do not need."""
    point = {name: start + number * STEP for number, name in enumerate(computed.input_names)}
    fixed: set[str] = set()
    for guard in guards:
        names = [name for name in guard.input_names if guard.needed[guard.input_indices[name]] and name not in fixed]
        root = next((root for name in names if (root := _root(guard, point, name)) is not None), None)
        if root is None:
            origin = {**point, **dict.fromkeys(names, 0.0)}
            if _value(guard, origin) != 0:
                return None
            root = origin
        fixed |= {name for name in names if root[name] != point[name]}
        point = root
    return Place(tuple(guards), point) if all([_value(guard, point) == 0 for guard in guards]) else None


def _root(guard: Graph, point: Mapping[str, float], name: str) -> dict[str, float] | None:
    """A point at which a guard is 0 that differs in one input, on which the guard depends linearly."""
    below, above = ({**point, name: point[name] + step} for step in (0.0, 1.0))
    values = _value(guard, below), _value(guard, above)
    slope = values[1] - values[0]
    if not slope:
        return None
    root = {**point, name: point[name] - values[0] / slope}
    return root if _value(guard, root) == 0 else None


def own_part(graph: Graph, output: int) -> Graph:
    """The graph of one of several outputs."""
    return needed_part(graph, output, graph.inputs)
