"""Python's operators on numbers and arrays, with the values that the text determines."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from graphdiff.language.tree import Call, Expression, Keyword, Name, Number
from graphdiff.operations.shapes import size_of
from graphdiff.reading.python.reader import Reader
from graphdiff.reading.python.values import Value
from graphdiff.source import Span

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}
LARGEST_WHOLE = 2**53
"""Whole numbers up to it are exact as floats."""


def number(value: float, span: Span) -> Number:
    return Number(float(value), span)


def call(function: str, span: Span, *arguments: Expression) -> Call:
    return Call(function, arguments, span, span)


def size(reader: Reader, array: Value, axis: int | None, span: Span) -> Value:
    """The number of entries of an array, or of those along an axis: a number, if the shape is known."""
    shape = reader.shape_of(array)
    if shape is not None and (axis is None or -len(shape) <= axis < len(shape)):
        number_of_entries = size_of(shape) if axis is None else shape[axis]
        return Value(number(number_of_entries, span), number_of_entries)
    keywords = () if axis is None else (Keyword(Name("axis", span), number(axis, span)),)
    return Value(
        Call("count", (array.tree,), span, span, keywords), length=None if axis is None else (array.tree, axis)
    )


class Operators:
    """Builds the values of operators."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def constant(self, value: float, span: Span) -> Value:
        """A number, true or false, that the text gives."""
        return Value(number(value, span), value, is_condition=isinstance(value, bool))

    def binary(self, symbol: str, left: Value, right: Value, span: Span) -> Value:
        """`x + y`"""
        place = self._between(left, right, span)
        if left.is_condition and right.is_condition and symbol in ("+", "-", "@"):
            raise self.reader.error(
                f"'{symbol}' between two conditions means different things in Python and NumPy",
                span,
                "combine conditions with 'and', 'or', '&', '|', or write where(condition, 1, 0)",
            )
        constant = self._computed(symbol, left, right, span)
        if (shorter := self._without_identity(symbol, left, right)) is not None:
            tree = shorter
        elif symbol == "//":
            tree = self._quotient(left, right, span, place)
        elif symbol == "%":
            tree = call("mod", span, left.tree, right.tree)
        else:
            tree = Call("^" if symbol == "**" else symbol, (left.tree, right.tree), span, place)
        return self._folded(tree, constant, left.origins | right.origins, span)

    def negative(self, operand: Value, span: Span) -> Value:
        """`-x`"""
        constant = None if operand.constant is None else -operand.constant
        if isinstance(operand.tree, Number):
            return Value(Number(-operand.tree.value, span), constant, operand.origins, is_literal=operand.is_literal)
        return Value(Call("-", (operand.tree,), span, (span[0], span[0] + 1)), constant, operand.origins)

    def compare(self, symbol: str, left: Value, right: Value, span: Span) -> Value:
        """`x < y`"""
        tree = Call(symbol, (left.tree, right.tree), span, self._between(left, right, span))
        constant = None
        if left.constant is not None and right.constant is not None:
            constant = COMPARISONS[symbol](left.constant, right.constant)
        return Value(tree, constant, left.origins | right.origins, True)

    def both(self, left: Value, right: Value, span: Span) -> Value:
        """`x and y`, whose value is that of x where x is false."""
        if left.is_condition and right.is_condition:
            tree: Expression = Call("*", (left.tree, right.tree), span, self._between(left, right, span))
        else:
            left = self.reader.share(left)
            tree = call("where", span, self.truth(left, span).tree, right.tree, left.tree)
        constant = None
        if left.constant is not None and right.constant is not None:
            constant = left.constant and right.constant
        return Value(tree, constant, left.origins | right.origins, left.is_condition and right.is_condition)

    def either(self, left: Value, right: Value, span: Span) -> Value:
        """`x or y`, whose value is that of y where x is false."""
        if left.is_condition and right.is_condition:
            tree: Expression = call("max", span, left.tree, right.tree)
        else:
            left = self.reader.share(left)
            tree = call("where", span, self.truth(left, span).tree, left.tree, right.tree)
        constant = None
        if left.constant is not None and right.constant is not None:
            constant = left.constant or right.constant
        return Value(tree, constant, left.origins | right.origins, left.is_condition and right.is_condition)

    def opposite(self, operand: Value, span: Span) -> Value:
        """`not x`"""
        constant = None if operand.constant is None else not operand.constant
        if operand.is_condition:
            tree = Call("-", (number(1, span), operand.tree), span, span)
        else:
            tree = Call("==", (operand.tree, number(0, span)), span, span)
        return Value(tree, constant, operand.origins, True)

    def truth(self, operand: Value, span: Span) -> Value:
        """`bool(x)`"""
        if operand.is_condition:
            return operand
        constant = None if operand.constant is None else bool(operand.constant)
        return Value(Call("!=", (operand.tree, number(0, span)), span, span), constant, operand.origins, True)

    def where(self, condition: Value, first: Value, second: Value, span: Span) -> Value:
        """`x if c else y` on numbers and arrays."""
        if first.tree is second.tree:
            return first
        tree = call("where", span, condition.tree, first.tree, second.tree)
        return Value(tree, None, frozenset(), first.is_condition and second.is_condition)

    def _quotient(self, left: Value, right: Value, span: Span, place: Span) -> Expression:
        """`x // y`: by the remainder, since x/y may be rounded up to a whole number, as 1/0.1 is."""
        if right.constant is not None and math.frexp(right.constant)[0] in (0.5, -0.5):  # x/2 is not rounded
            return call("floor", span, Call("/", (left.tree, right.tree), span, place))
        left, right = self.reader.share(left), self.reader.share(right)
        multiple = Call("-", (left.tree, call("mod", span, left.tree, right.tree)), span, place)
        return call("round", span, Call("/", (multiple, right.tree), span, place))

    def _without_identity(self, symbol: str, left: Value, right: Value) -> Expression | None:
        """y for 0 + y and 1*y, the first step of a loop that adds or multiplies."""
        is_start = isinstance(left.tree, Number) and not left.is_condition and not left.origins
        is_identity = is_start and (symbol, left.constant) in (("+", 0), ("*", 1))
        return right.tree if is_identity and right.constant is None and not right.is_condition else None

    def _folded(self, tree: Expression, constant: float | None, origins: frozenset[Span], span: Span) -> Value:
        """A value; a whole number that depends on nothing is a number, as for the counter of a loop."""
        if isinstance(constant, int) and not origins:
            tree = number(constant, span)
        return Value(tree, constant, origins)

    def _computed(self, symbol: str, left: Value, right: Value, span: Span) -> int | float | None:
        """The value of an operation on constants, if Python has one and it is small enough to be exact."""
        a, b = left.constant, right.constant
        if a is None or b is None or symbol not in ARITHMETIC:
            return None
        are_whole = isinstance(a, int) and isinstance(b, int)
        if symbol == "**" and are_whole and abs(a) > 1 and abs(b) * math.log2(abs(a)) > 1024:
            raise self.reader.error(
                "the power is too large for a 64-bit float", span, "the largest number is about 1.8e308", "limit"
            )
        try:
            result = ARITHMETIC[symbol](a, b)
        except (ArithmeticError, ValueError):
            return None
        if isinstance(result, complex) or (isinstance(result, int) and abs(result) > LARGEST_WHOLE):
            return None
        return result  # type: ignore[no-any-return]

    def _between(self, left: Value, right: Value, span: Span) -> Span:
        """The place of an operator: between its operands, where they are those of the text."""
        start, end = left.tree.span[1], right.tree.span[0]
        return (start, end) if span[0] <= start < end <= span[1] else span
