"""What passes and reports ask of a value, be it a number or an array of any library.

Arrays are asked through passes/arrays, which is imported only where there is one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import FLOATS, Numeric
from graphdiff.operations.shapes import Shape

Value: TypeAlias = Any
"""A float, or an array of one or more axes."""


def interpreter_of(graph: Graph, values: Sequence[Any]) -> Numeric:
    """What evaluates a graph at these values: numbers on Python's floats, all else on arrays."""
    if graph.is_elementwise and all([value is None or isinstance(value, float) for value in values]):
        return FLOATS
    from graphdiff.passes.arrays import arrays_of

    return arrays_of(values)


def plain(value: Any) -> Value:
    """An array of no axes as the number that it is."""
    return value if type(value) is float or value.ndim else float(value)


def shape_of(value: Any) -> Shape:
    """The sizes of a value's axes; () of a number."""
    return () if isinstance(value, float) else tuple(value.shape)


def is_finite(value: Value | None) -> bool:
    """Whether every entry is; where there is no value, nothing is not finite."""
    if value is None or isinstance(value, float):
        return value is None or math.isfinite(value)
    from graphdiff.passes.arrays import is_finite

    return is_finite(value)


def extent(value: Value) -> tuple[float, float, float, int]:
    """Of an array the least and the largest entry, the norm, and how many entries are not finite."""
    from graphdiff.passes.arrays import extent

    return extent(value)


def to_list(value: Value) -> Any:
    """A number, or an array's entries as nested lists of numbers."""
    if isinstance(value, float):
        return value
    from graphdiff.passes.arrays import to_list

    return to_list(value)


def strict(value: Any) -> Any:
    """A value as strict JSON has it: arrays are nested lists, and a number that is not finite is a string."""
    if value is None:
        return None
    if isinstance(value, float):
        return (
            value if math.isfinite(value) else "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        )
    if isinstance(value, list):
        return [strict(entry) for entry in value]
    entries = to_list(value)
    return entries if is_finite(value) else strict(entries)


def to_tuples(value: Value) -> Any:
    """The same as nested tuples, as a constant of a formula has them."""

    def frozen(part: Any) -> Any:
        return tuple(map(frozen, part)) if isinstance(part, list) else part

    return frozen(value if isinstance(value, list) else to_list(value))
