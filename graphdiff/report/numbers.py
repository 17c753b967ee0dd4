"""Text of numbers and arrays in reports, and of operations with numbers substituted for names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from graphdiff.graph.function import is_loop
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import ATOM
from graphdiff.operations.shapes import Shape, nested_entries, nested_shape, shape_text, size_of
from graphdiff.passes.values import Value, extent, is_precise, shape_of, to_list
from graphdiff.writing.text import operation_text

DIGITS = 6
"""Significant digits in tables, by default."""
LARGEST_SHOWN = 36
"""Entries of an array that a table writes out; a larger one is shown as its shape, range and norm."""
ENTRIES_A_LINE = 8
LARGEST_SUBSTITUTED = 8
"""Entries of an array that is substituted in an operation; a larger one is shown as its shape."""
LARGEST_DECIMAL, SMALLEST_DECIMAL = 1e6, 1e-4
"""Between these a drawing uses decimals, beyond them scientific notation."""


def format_value(value: Value | None, digits: int, largest: int = LARGEST_SHOWN) -> str:
    """A value for a report: a number to so many significant digits, an array with at most largest entries row by row.

    A larger array is shown as its shape, by default with range and norm. None, the gradient by an index, is `an index`.
    """
    if value is None:
        return "an index"
    if isinstance(value, float):
        return f"{value + 0.0:.{digits}g}"  # + 0.0: -0 is written 0
    if is_precise(value):
        from graphdiff.passes.numerals import precise_text

        return precise_text(value, digits)
    shape = shape_of(value)
    if size_of(shape) <= largest:
        return format_rows(value, digits)
    return _summary(value, shape, digits) if largest == LARGEST_SHOWN else shape_text(shape)


def format_rows(value: Value, digits: int) -> str:
    """An array row by row, whatever its size."""
    return _rows(to_list(value), lambda entry: format_value(entry, digits))


def format_label(value: Value, digits: int | None, largest: int) -> str:
    """A value for a drawing: an array with at most largest entries row by row, a larger one as its shape.

    By default numbers have two decimals, or two significant digits below 0.1; digits sets the significant digits.
    """
    shape = shape_of(value)
    if shape and size_of(shape) > largest:
        return shape_text(shape)
    return _rows(
        to_list(value), lambda entry: _format_decimals(entry) if digits is None else format_value(entry, digits)
    )


def _format_decimals(number: float) -> str:
    if not math.isfinite(number):
        return format_value(number, 1)
    if abs(number) >= LARGEST_DECIMAL:
        return f"{number:.2e}"
    if 0 < abs(number) < SMALLEST_DECIMAL:
        return f"{number:.1e}"
    if 0 < abs(number) < 0.1:
        decimals = 1 - math.floor(math.log10(abs(number)))
        return f"{number:.{decimals}f}"
    return f"{number + 0.0:.2f}"


def one_line(text: str) -> str:
    """The rows of an array on one line."""
    return re.sub(r"\[ +", "[", re.sub(r"\s+", " ", text))


def parenthesize(text: str) -> str:
    """Parenthesize a factor or a term that begins with a minus sign."""
    return f"({text})" if text.startswith("-") else text


def _rows(value: Any, format_entry: Callable[[float], str]) -> str:
    """Nested lists with a line for each row, aligned by columns."""
    if not isinstance(value, list):
        return format_entry(value)
    texts = [format_entry(entry) for entry in nested_entries(value)]
    count = nested_shape(value)[-1]
    place = [number % count % ENTRIES_A_LINE for number in range(len(texts))]
    widths = [max([len(text) for text, at in zip(texts, place, strict=True) if at == column]) for column in set(place)]
    is_table = len(texts) > min(count, ENTRIES_A_LINE)
    columns = iter([text.rjust(widths[at]) if is_table else text for text, at in zip(texts, place, strict=True)])

    def rows(part: Any, depth: int) -> str:
        if not isinstance(part[0], list):
            entries = [next(columns) for _ in part]
            lines = [", ".join(entries[at : at + ENTRIES_A_LINE]) for at in range(0, len(entries), ENTRIES_A_LINE)]
            return f"[{(',' + chr(10) + ' ' * (depth + 1)).join(lines)}]"
        return f"[{(',' + chr(10) + ' ' * (depth + 1)).join([rows(row, depth + 1) for row in part])}]"

    return rows(value, 0)


def _summary(value: Value, shape: Shape, digits: int) -> str:
    """A large array in brief: `(64, 784), -2.1 to 3.4, norm 12.3`."""
    least, most, norm, wrong = extent(value)
    if wrong:
        return f"{shape_text(shape)}, {wrong} not finite"
    low, high, length = (format_value(number, min(digits, 3)) for number in (least, most, norm))
    return f"{shape_text(shape)}, all {low}" if low == high else f"{shape_text(shape)}, {low} to {high}, norm {length}"


def substitution_text(node: Node, values: Sequence[Any], digits: int, largest: int = LARGEST_SUBSTITUTED) -> str:
    """A node's operation with numbers substituted for its operands, negative ones in parentheses: `(-2) + 5`."""
    assert node.operation is not None
    operands = []
    for index in node.operands:
        value = values[index]
        shape = shape_of(value)
        small = not shape or size_of(shape) <= largest
        text = one_line(format_rows(value, digits)) if small else shape_text(shape)
        operands.append((text, 0 if text.startswith("-") else ATOM))
    if is_loop(node.operation):
        starts = zip(node.operation.body.carried, operands, strict=False)
        return f"{node.operation.title} from {', '.join([f'{name} = {text}' for name, (text, _) in starts])}"
    return operation_text(node.operation, operands, node.parameters)
