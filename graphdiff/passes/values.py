"""Functions of values, which are floats or arrays of any library.

Those of arrays are in passes/arrays, which is imported only where there is an array.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import FLOATS, Numeric
from graphdiff.operations.shapes import Shape

Value: TypeAlias = float | Any
"""A float, or an array with at least one axis.

Arrays are Any, since they may be of any library that follows the array API standard, which has no type for them; a
caller who knows that a value is a number, or an array of one library, need not narrow the union.
"""


class Unknown(NamedTuple):
    """A value of which only the shape is known, for formulas that hold at every point."""

    shape: Shape


def interpreter_of(graph: Graph, values: Sequence[Any]) -> Numeric:
    """The interpreter for a graph at these values: Python's floats where all are numbers, else arrays."""
    if graph.is_elementwise and all([value is None or isinstance(value, float) for value in values]):
        return FLOATS
    from graphdiff.passes.arrays import arrays_of

    return arrays_of(values)


def plain(value: Any) -> Value:
    """An array without axes as a float, any other value as it is."""
    return value if type(value) is float or getattr(value, "ndim", None) != 0 else float(value)


def shape_of(value: Any) -> Shape:
    """The sizes of a value's axes; () for a number."""
    return () if isinstance(value, float) else tuple(getattr(value, "shape", ()))


def is_finite(value: Value | None) -> bool:
    """Whether all entries are finite; True for None."""
    if value is None or isinstance(value, float):
        return value is None or math.isfinite(value)
    if is_precise(value):
        return bool(value.context.isfinite(value))
    from graphdiff.passes.arrays import is_finite

    return is_finite(value)


def is_precise(value: Any) -> bool:
    """Whether a value is a number of mpmath, which --precision computes with."""
    return hasattr(value, "context")


def extent(value: Value) -> tuple[float, float, float, int]:
    """The smallest and the largest entry of an array, its norm, and how many entries are not finite."""
    from graphdiff.passes.arrays import extent

    return extent(value)


def to_list(value: Value) -> Any:
    """A number as it is, an array as nested lists of numbers."""
    if isinstance(value, float) or is_precise(value):
        return value
    from graphdiff.passes.arrays import to_list

    return to_list(value)


def strict(value: Any) -> Any:
    """A value for strict JSON: arrays are nested lists, and numbers that are not finite are strings."""
    if value is None:
        return None
    if isinstance(value, float):
        return (
            value if math.isfinite(value) else "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        )
    if is_precise(value):
        if is_finite(value):
            from graphdiff.passes.numerals import Numeral, precise_text

            return Numeral(precise_text(value, value.context.reported))
        return strict(float(value))
    if isinstance(value, list):
        return [strict(entry) for entry in value]
    entries = to_list(value)
    return entries if value.dtype != object and is_finite(value) else strict(entries)


def to_tuples(value: Value) -> Any:
    """A float as it is, an array or nested lists as nested tuples, the form of a graph's constants."""

    def freeze(part: Any) -> Any:
        return tuple(map(freeze, part)) if isinstance(part, list) else part

    return freeze(value if isinstance(value, list) else to_list(value))
