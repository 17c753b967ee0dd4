"""How reports write numbers, and operations with numbers in the place of names."""

from __future__ import annotations

import math
from collections.abc import Sequence

from graphdiff.graph.graph import Node
from graphdiff.graph.text import operation_text
from graphdiff.operations.primitive import ATOM


def shown(value: float, digits: int) -> str:
    """A number to so many significant digits."""
    return f"{value + 0.0:.{digits}g}"  # + 0.0: -0 is written 0


def strict(value: float) -> float | str:
    """A number as strict JSON has it: one that is not finite is a string."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def substituted(node: Node, values: Sequence[float | None], digits: int) -> str:
    """A node's operation on its operands' numbers, negative ones in parentheses: `(-2) + 5`."""
    assert node.operation is not None
    operands = []
    for index in node.operands:
        value = values[index]
        assert value is not None
        text = shown(value, digits)
        operands.append((text, 0 if text.startswith("-") else ATOM))
    return operation_text(node.operation, operands)
