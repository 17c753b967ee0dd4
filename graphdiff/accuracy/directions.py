"""Directions in the space of a formula's inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import neg
from random import Random
from typing import Any, TypeAlias

from graphdiff.accuracy.evaluation import Key, Place, power_of_ten

Direction: TypeAlias = Mapping[str, Any]
"""How fast each input moves, in its shape; those that do not move are left out."""

PAIRS = 3
"""The number of random directions, each followed both ways."""
MOST_AXES = 40
"""The most partial derivatives that are examined one by one."""
MOST_POWER = 10_000
"""Powers of ten beyond which partial derivatives are taken to be equally large."""
HIDING = 6
"""A term may be so many powers of ten below the others that the slope is the sum of."""
NO_PARTIALS: Mapping[Key, Any] = {}


def directions_for(entries: int) -> int:
    """How many directions show the limits of the partial derivatives by so many entries."""
    return 2 * PAIRS + (2 * entries if entries <= MOST_AXES else 0)


def random_directions(inputs: Mapping[str, Any], partials: Mapping[Key, Any] = NO_PARTIALS) -> list[Direction]:
    """Random directions in the space of these inputs, each with its opposite. Entries with far larger partial
    derivatives than others move less, so that they don't hide what others do to the value."""
    random = Random(0)
    powers = {key: max(-MOST_POWER, min(power_of_ten(each), MOST_POWER)) for key, each in partials.items() if each}
    least, largest = min([0, *powers.values()]), max([0, *powers.values()])

    def draw(key: Key) -> Any:
        speed = random.choice((-1, 1)) * random.uniform(1, 2)
        if largest - least <= HIDING:
            return speed
        return next(iter(partials.values())).context.mpf(10) ** (least - powers.get(key, 0)) * speed

    directions: list[Direction] = []
    for _ in range(PAIRS):
        direction = {name: _draw_entries(draw, f"d_{name}", value) for name, value in inputs.items()}
        directions += [direction, {name: map_entries(neg, each) for name, each in direction.items()}]
    return directions


def _draw_entries(draw: Callable[[Key], Any], name: str, value: Any, place: Place = ()) -> Any:
    """Nested lists of what is drawn for each entry."""
    if isinstance(value, list):
        return [_draw_entries(draw, name, row, (*place, index)) for index, row in enumerate(value)]
    return draw((name, place))


def along_axis(name: str, value: Any, place: Place) -> list[Direction]:
    """Both directions along one entry of an input."""
    unit: Any = 1.0
    if place:
        unit = row = map_entries(lambda entry: 0.0, value)
        for index in place[:-1]:
            row = row[index]
        row[place[-1]] = 1.0
    return [{name: unit}, {name: map_entries(neg, unit)}]


def map_entries(function: Callable[[float], float], value: Any) -> Any:
    """A function of the entries of nested lists, or of a number."""
    return [map_entries(function, row) for row in value] if isinstance(value, list) else function(value)
