"""The numbers in a graph, and arithmetic with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphdiff.graph.node import Node
from graphdiff.operations.interpreter import FLOATS
from graphdiff.operations.literal import ComputedNumber, read_number
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import PRIMITIVES

if TYPE_CHECKING:
    from decimal import Decimal

NEG = PRIMITIVES["neg"]
NAMED = (math.pi, math.e)
EXACT = tuple(PRIMITIVES[name] for name in ("add", "sub", "mul"))
"""The operations that are exact on decimals."""
LARGEST_FACTOR = 2.0**26
"""The sum and the product of whole numbers below it are exact."""
MOST_DIGITS = 1000
"""Significant digits of a constant that is computed exactly."""


def number_of(node: Node) -> float | None:
    """The number of a constant node; None for arrays, and for pi and e, which keep their names."""
    if node.operation is not None:
        return None
    value = node.parameters.get("value")
    is_number = isinstance(value, float) and not isinstance(value, ComputedNumber)
    return value if is_number and value not in NAMED else None


def is_negative(node: Node) -> bool:
    """Whether the text of a node begins with a minus."""
    value = number_of(node)
    return node.operation is NEG or (value is not None and value < 0)


def decimal(primitive: Primitive, values: Sequence[float]) -> float:
    """Compute as with decimals: 1.1 - 1 is 0.1, not 0.10000000000000009.

    NaN if an operand is not finite, or the result has more than MOST_DIGITS digits, or leaves the range of floats.
    """
    if primitive not in EXACT or all(value.is_integer() and abs(value) < LARGEST_FACTOR for value in values):
        result: float = FLOATS.apply(primitive, *map(float, values))
        return result
    if not all(map(math.isfinite, values)):
        return math.nan
    from decimal import Context, Decimal, DecimalException, Inexact, localcontext

    try:
        with localcontext(Context(prec=MOST_DIGITS, traps=[Inexact, *Context().traps])):
            operands = [Decimal(repr(value)) for value in values]
            exact: Decimal = FLOATS.apply(primitive, *operands)
            if not _is_float(exact) and all(map(_is_float, operands)):
                return math.nan  # its text could not be read back
            return read_number(str(exact.normalize()).lower())
    except (DecimalException, ValueError):
        return math.nan


def _is_float(number: Decimal) -> bool:
    """Whether a decimal is in the range of floats."""
    return math.isfinite(float(number)) and bool(float(number)) == bool(number)
