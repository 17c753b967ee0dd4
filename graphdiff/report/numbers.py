"""How reports write numbers and arrays, and operations with them in the place of names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from graphdiff.graph.node import Node
from graphdiff.operations.primitive import ATOM
from graphdiff.operations.shapes import Shape, nested_entries, nested_shape, shape_text, size_of
from graphdiff.passes.values import Value, extent, shape_of, to_list
from graphdiff.writing.text import operation_text

DIGITS = 6
"""Significant digits in tables unless others are asked for."""
LARGEST_SHOWN = 36
"""Entries of an array that a table writes out; of a larger one it tells shape, range and norm."""
ENTRIES_A_LINE = 8
LARGEST_SUBSTITUTED = 8
"""Entries of an array that stands in an operation; of a larger one its shape does."""
LARGEST_DECIMAL, SMALLEST_DECIMAL = 1e6, 1e-4
"""Between these a drawing writes decimals, beyond them powers of ten."""


def shown(value: Value | None, digits: int, largest: int = LARGEST_SHOWN) -> str:
    """A number to so many significant digits; an array of no more entries than largest row by row, of a larger one
    its shape, with range and norm where there is room for all that; of what is not differentiated, since it is an
    index, that."""
    if value is None:
        return "an index"
    if isinstance(value, float):
        return f"{value + 0.0:.{digits}g}"  # + 0.0: -0 is written 0
    shape = shape_of(value)
    if size_of(shape) <= largest:
        return rows_shown(value, digits)
    return _brief(value, shape, digits) if largest == LARGEST_SHOWN else shape_text(shape)


def rows_shown(value: Value, digits: int) -> str:
    """An array row by row, however large it is."""
    return _rows(to_list(value), lambda entry: shown(entry, digits))


def drawn(value: Value, digits: int | None, largest: int) -> str:
    """A value for a drawing: with two decimals, below 0.1 with two significant digits, or with so many digits as are
    asked for; an array row by row, one of more entries than largest by its shape."""
    shape = shape_of(value)
    if shape and size_of(shape) > largest:
        return shape_text(shape)
    return _rows(to_list(value), lambda entry: _rounded(entry) if digits is None else shown(entry, digits))


def _rounded(number: float) -> str:
    if not math.isfinite(number):
        return shown(number, 1)
    if abs(number) >= LARGEST_DECIMAL:
        return f"{number:.2e}"
    if 0 < abs(number) < SMALLEST_DECIMAL:
        return f"{number:.1e}"
    if 0 < abs(number) < 0.1:
        decimals = 1 - math.floor(math.log10(abs(number)))
        return f"{number:.{decimals}f}"
    return f"{number + 0.0:.2f}"


def one_line(text: str) -> str:
    """The rows of an array side by side."""
    return re.sub(r"\[ +", "[", re.sub(r"\s+", " ", text))


def bracketed(text: str) -> str:
    """A factor or a term, in parentheses where it begins with a minus."""
    return f"({text})" if text.startswith("-") else text


def _rows(value: Any, written: Callable[[float], str]) -> str:
    """Nested lists with a line for each row, the entries of a column below one another."""
    if not isinstance(value, list):
        return written(value)
    texts = [written(entry) for entry in nested_entries(value)]
    count = nested_shape(value)[-1]
    place = [number % count % ENTRIES_A_LINE for number in range(len(texts))]
    widths = [max([len(text) for text, at in zip(texts, place, strict=True) if at == column]) for column in set(place)]
    is_table = len(texts) > min(count, ENTRIES_A_LINE)
    aligned = iter([text.rjust(widths[at]) if is_table else text for text, at in zip(texts, place, strict=True)])

    def rows(part: Any, depth: int) -> str:
        if not isinstance(part[0], list):
            entries = [next(aligned) for _ in part]
            lines = [", ".join(entries[at : at + ENTRIES_A_LINE]) for at in range(0, len(entries), ENTRIES_A_LINE)]
            return f"[{(',' + chr(10) + ' ' * (depth + 1)).join(lines)}]"
        return f"[{(',' + chr(10) + ' ' * (depth + 1)).join([rows(row, depth + 1) for row in part])}]"

    return rows(value, 0)


def _brief(value: Value, shape: Shape, digits: int) -> str:
    """`(64, 784), -2.1 to 3.4, norm 12.3`"""
    least, most, norm, wrong = extent(value)
    if wrong:
        return f"{shape_text(shape)}, {wrong} not finite"
    low, high, length = (shown(number, min(digits, 3)) for number in (least, most, norm))
    return f"{shape_text(shape)}, all {low}" if low == high else f"{shape_text(shape)}, {low} to {high}, norm {length}"


def substituted(node: Node, values: Sequence[Any], digits: int, largest: int = LARGEST_SUBSTITUTED) -> str:
    """A node's operation on its operands' numbers, negative ones in parentheses: `(-2) + 5`."""
    assert node.operation is not None
    operands = []
    for index in node.operands:
        value = values[index]
        shape = shape_of(value)
        small = not shape or size_of(shape) <= largest
        text = one_line(rows_shown(value, digits)) if small else shape_text(shape)
        operands.append((text, 0 if text.startswith("-") else ATOM))
    return operation_text(node.operation, operands, node.parameters)
