"""Where a textbook form differs from the formula that is computed: at the points of the guards that it is without."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, cycle
from typing import NamedTuple

from graphdiff.graph.graph import Graph, needed_part
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.forward import forward
from graphdiff.textbook.scalars.expressions import Number
from graphdiff.writing.text import graph_text

TOO_LONG = "written as it is computed: too long, or with numbers too large, to be rewritten"
"""The note of a formula that stays as it is computed."""
MOST_CONDITIONS = 6
"""Of more conditions only so many are examined."""
MOST_POINTS = 4
"""Of more points at which a condition holds only so many are tried."""
VALUES = (
    (0.625, 1.375, 2.125, 0.875, 1.625),
    (1.875, 0.375, 0.875, 2.625, 0.75),
    (0.375, 2.375, 1.625, 0.125, 1.125),
    (-1.375, 2.625, -0.75, 1.875, -2.125),
    (23.375, 21.625, 22.125, 24.875, 21.125),
)
"""Of inputs, one after the other, at the points to compare at: multiples of 1/GRID, as roots are, to be exact;
the last ones are above the highest order, so that powers of 0 are finite."""
GRID = 1024
MOST_STEPS = 24
"""Of the search for a root."""
TOLERANCE = 1e-9
LARGEST = 1e9
"""Of values that are compared: larger ones are those near a pole, by rounding."""


class Note(str):
    """A sentence on a formula, without a full stop; template has places, {}, for the formulas in it."""

    template: str
    formulas: tuple[Graph, ...]

    def __new__(cls, template: str, *formulas: Graph) -> Note:
        note = super().__new__(cls, template.format(*[graph_text(each, shares=False) for each in formulas]))
        note.template, note.formulas = template, formulas
        return note


class Condition(NamedTuple):
    """That a formula has a value: that of a guard."""

    formula: Graph
    number: Number

    def excess(self, point: Mapping[str, float]) -> float:
        """By how much the value is larger at a point."""
        return _value(self.formula, point) - float(self.number)

    @property
    def names(self) -> list[str]:
        """The inputs that it depends on."""
        indices = self.formula.input_indices
        return [name for name, index in indices.items() if self.formula.needed[index]]


def notes_on(computed: Graph, form: Graph, conditions: Sequence[Condition]) -> tuple[str, ...]:
    """What to know of a form of a formula, which may have other values where conditions hold: sentences.

    Both graphs have one output; the inputs of the form and of the conditions are among those of the formula.
    """
    notes: list[str] = []
    special: list[set[Condition]] = []
    conditions = conditions[:MOST_CONDITIONS]
    shortest_first = sorted(conditions, key=lambda each: sum(each.formula.needed))  # x = 0 before sin(x) = 0
    for several in [*combinations(shortest_first, 1), *combinations(conditions, 2)]:
        if any([each <= set(several) for each in special]):
            continue
        points = [point for values in VALUES for point in _points_where(computed, several, values)]
        others = [point for point in points if not any([_hold(each, point) for each in special])]
        if any([_differs(computed, form, point) for point in others]):
            special.append(set(several))
            places = " and ".join([f"{{}} = {each.number}" for each in several])
            notes.append(Note(f"does not hold where {places}", *[each.formula for each in several]))
    return tuple(notes)


def _hold(conditions: Iterable[Condition], point: Mapping[str, float]) -> bool:
    return all([condition.excess(point) == 0 for condition in conditions])


def _value(graph: Graph, point: Mapping[str, float]) -> float:
    """The value of a graph of numbers, NaN where there is none."""
    try:
        return float(forward(graph, [point.get(name, math.nan) for name in graph.input_names], FLOATS)[graph.output])
    except (ArithmeticError, ValueError):
        return math.nan


def _differs(computed: Graph, form: Graph, point: Mapping[str, float]) -> bool:
    """Whether a value that is computed at a point is finite, and that of the form is another."""
    expected, value = _value(computed, point), _value(form, point)
    return abs(expected) < LARGEST and not abs(value - expected) <= TOLERANCE * max(abs(expected), 1.0)


def _points_where(computed: Graph, conditions: Sequence[Condition], values: Sequence[float]) -> list[dict[str, float]]:
    """Points at which conditions hold, each by an input that those before it do not depend on."""
    points = [dict(zip(computed.input_names, cycle(values), strict=False))]
    fixed: set[str] = set()
    for condition in conditions:
        free = [name for name in condition.names if name not in fixed]
        roots = [root for point in points for name in free if (root := _root(condition, point, name)) is not None]
        points = roots[:MOST_POINTS] or [{**point, **dict.fromkeys(free, 0.0)} for point in points]
        fixed |= set(condition.names)
    return [point for point in points if _hold(conditions, point)]


def _root(condition: Condition, point: Mapping[str, float], name: str) -> dict[str, float] | None:
    """A point at which a condition holds that differs in one input, by the secant method."""

    def excess(x: float) -> float:
        return condition.excess({**point, name: x})

    before, root = point[name], point[name] + 1.0
    excess_before, excess_here = excess(before), excess(root)
    for _ in range(MOST_STEPS):
        if excess_here in (excess_before, 0.0) or not math.isfinite(excess_here):
            break
        before, root = root, root - excess_here * (root - before) / (excess_here - excess_before)
        excess_before, excess_here = excess_here, excess(root)
    if not math.isfinite(root):
        return None
    roots = (round(root * GRID) / GRID, root, math.nextafter(root, math.inf), math.nextafter(root, -math.inf))
    return next(({**point, name: each} for each in roots if excess(each) == 0), None)


def own_part(graph: Graph, output: int) -> Graph:
    """The graph of one of several outputs, with all inputs."""
    return needed_part(graph, output, graph.inputs)
