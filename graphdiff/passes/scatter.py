"""The cotangents of entries that many operations take from one array, added in place into one array."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from graphdiff.operations.indexing import OPERAND
from graphdiff.operations.interpreter import Interpreter


class Contribution(NamedTuple):
    """A cotangent of the entry, or of the subarray, at the end of a path of places along the first axes."""

    places: Sequence[int]
    value: Any


def scatter(contributions: Sequence[Contribution], like: Any, op: Interpreter) -> Any:
    """An array of the shape of `like` to which each contribution is added in its place, in their order.

    It has one operand for each contribution: an array of zeros for each would cost the square of their number.
    """
    rows: list[tuple[int, Any]] = []
    deeper: dict[int, list[Contribution]] = defaultdict(list)
    for (place, *rest), value in contributions:
        if rest:
            deeper[place].append(Contribution(rest, value))
        else:
            rows.append((place, value))
    for place, inner in deeper.items():
        rows.append((place, scatter(inner, op.index(like, items=(("index", place),)), op)))
    places = op.constant(tuple(float(place) for place, _ in rows))
    return op.place(op.stack(*[value for _, value in rows]), like, places, items=(OPERAND,))
