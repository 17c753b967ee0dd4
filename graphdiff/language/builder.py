"""Tree building: one method for each name after "->" in grammar/expression.lark.

A method takes the span of each token, and of everything else what another method returned.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from graphdiff.errors import shorten
from graphdiff.language.statement_builder import StatementBuilder
from graphdiff.language.tree import (
    JUXTAPOSITION,
    Array,
    Call,
    Clause,
    Comprehension,
    Ellipsis,
    Expression,
    Index,
    Keyword,
    Name,
    Number,
    Slice,
    String,
    Tuple,
)
from graphdiff.operations.literal import is_out_of_range, read_number, size_hint, size_problem
from graphdiff.source import Span

T = TypeVar("T")

_AFTER_A_NUMBER = re.compile(r"_\w*|[xXbBoO]\w+")
"""What makes no product of a number, or of 0: 1__0, 0x1g, 0b101."""
PASTED_COMPARISONS = {"≤": "<=", "≥": ">=", "≠": "!="}
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


class TreeBuilder(StatementBuilder):
    """Builds the tree of one source, bottom up, as the parser reduces by its rules."""

    # Lists

    def first(self, program: T, _separator: Span) -> T:
        return program

    def second(self, _separator: Span, program: T, _trailing: Span | None = None) -> T:
        return program

    def list_of_one(self, item: T) -> list[T]:
        return [item]

    def list_and_one(self, items: list[T], _separator: Span, item: T) -> list[T]:
        items.append(item)
        return items

    def list_and_next(self, items: list[T], item: T) -> list[T]:
        items.append(item)
        return items

    def nothing(self) -> None:
        return None

    # Operators

    def addition(self, left: Expression, sign: Span, right: Expression) -> Expression:
        return self.operation("+", sign, left, right)

    def subtraction(self, left: Expression, sign: Span, right: Expression) -> Expression:
        return self.operation("-", sign, left, right)

    def multiplication(self, left: Expression, sign: Span, right: Expression) -> Expression:
        return self.operation("*", sign, left, right)

    def division(self, left: Expression, sign: Span, right: Expression) -> Expression:
        return self.operation("/", sign, left, right)

    def matrix_multiplication(self, left: Expression, sign: Span, right: Expression) -> Expression:
        return self.operation("@", sign, left, right)

    def raising(self, left: Expression, sign: Span, right: Expression) -> Expression:
        return self.operation("^", sign, left, right)

    def modulo(self, left: Expression, sign: Span, right: Expression) -> Expression:
        return self.operation("mod", sign, left, right)

    def conjunction(self, left: Expression, sign: Span, right: Expression) -> Expression:
        return self.operation("*", sign, self._truth(left, sign), self._truth(right, sign))

    def disjunction(self, left: Expression, sign: Span, right: Expression) -> Expression:
        total = self.operation("+", sign, self._truth(left, sign), self._truth(right, sign))
        return Call("!=", (total, Number(0.0, sign)), total.span, sign)

    def inversion(self, sign: Span, operand: Expression) -> Expression:
        return Call("==", (operand, Number(0.0, sign)), (sign[0], operand.span[1]), sign)

    def conditional(
        self, value: Expression, _if: Span, condition: Expression, _else: Span, other: Expression
    ) -> Expression:
        return Call("where", (condition, value, other), (value.span[0], other.span[1]), _if)

    def _truth(self, operand: Expression, sign: Span) -> Expression:
        """An operand of `and` or `or` as 1 or 0."""
        is_condition = isinstance(operand, Call) and (
            operand.function[0] in "<>!=" or self._text(operand.function_span) in ("and", "∧")
        )
        return operand if is_condition else Call("!=", (operand, Number(0.0, sign)), operand.span, sign)

    def comparison(self, left: Expression, sign: Span, right: Expression) -> Expression:
        symbol = self._text(sign)
        comparison_call = self.operation(PASTED_COMPARISONS.get(symbol, symbol), sign, left, right)
        # A comparison in parentheses has a wider span than its operands: (a < b) < c is valid, a < b < c is not.
        if isinstance(left, Call) and left.function[0] in "<>=!" and left.span[0] == left.arguments[0].span[0]:
            raise self.error("comparisons cannot be chained", comparison_call.span, "write a < b and b < c")
        return comparison_call

    def juxtaposition(self, left: Expression, right: Expression) -> Expression:
        can_be_factor = self.text[right.span[0]] not in "0123456789.["
        symbol = "*" if can_be_factor and self._can_precede_a_factor(left) else JUXTAPOSITION
        return self.operation(symbol, (left.span[1], right.span[0]), left, right)

    def negation(self, sign: Span, operand: Expression) -> Expression:
        if isinstance(operand, Number):
            return Number(-operand.value, (sign[0], operand.span[1]))
        return Call("-", (operand,), (sign[0], operand.span[1]), sign)

    def affirmation(self, sign: Span, operand: Expression) -> Expression:
        return operand._replace(span=(sign[0], operand.span[1]))

    def superscript(self, base: Expression, token: Span) -> Expression:
        digits = self._text(token).translate(SUPERSCRIPTS)
        exponent = self._number(digits, token)
        return self.operation("^", token, base, exponent)

    def transposition(self, operand: Expression, token: Span) -> Expression:
        return Call("transpose", (operand,), (operand.span[0], token[1]), token)

    def factorial(self, operand: Expression, sign: Span) -> Expression:
        return Call("factorial", (operand,), (operand.span[0], sign[1]), sign)

    def shape(self, operand: Expression, token: Span) -> Expression:
        return Call("shape", (operand,), (operand.span[0], token[1]), token)

    def absolute_value(self, opening: Span, operand: Expression, closing: Span) -> Expression:
        return Call("abs", (operand,), (opening[0], closing[1]), opening)

    def norm(self, opening: Span, operand: Expression, closing: Span) -> Expression:
        return Call("norm", (operand,), (opening[0], closing[1]), opening)

    def indexing(
        self,
        base: Expression,
        _opening: Span,
        items: list[Expression | Slice | Ellipsis],
        *closing: Span,
    ) -> Expression:
        return Index(base, tuple(items), (base.span[0], closing[-1][1]))

    def ellipsis(self, token: Span) -> Ellipsis:
        return Ellipsis(token)

    def slice(
        self,
        start: Expression | None,
        _colon: Span,
        stop: Expression | None,
        _second: Span | None = None,
        step: Expression | None = None,
    ) -> Slice:
        return Slice(start, stop, step)

    def root(self, sign: Span, operand: Expression) -> Expression:
        return Call("sqrt", (operand,), (sign[0], operand.span[1]), sign)

    def operation(self, symbol: str, sign: Span, left: Expression, right: Expression) -> Call:
        return Call(symbol, (left, right), (left.span[0], right.span[1]), sign)

    # Atoms

    def number(self, token: Span) -> Expression:
        digits = self._text(token)
        after = _AFTER_A_NUMBER.match(self.text, token[1])
        if after is not None and (after.group()[0] == "_" or digits == "0"):
            hint = "numbers are written as 1000, 1_000 or 0x3E8; a product as 2*x"
            span = (token[0], after.end())
            raise self.error(f"'{shorten(self._text(span))}' is not a number", span, hint)
        return self._number(digits, token)

    def string(self, token: Span) -> String:
        return String(self.text[token[0] + 1 : token[1] - 1], token)

    def name(self, token: Span) -> Name:
        name = self._text(token)
        if name[0] == "`":
            name = name[1:-1].strip()
            if not name:
                raise self.error("the name in backticks is empty", token)
        return Name(name, token)

    def call(
        self,
        callee: Span,
        _opening: Span,
        arguments: list[Expression | Keyword],
        *closing: Span,
    ) -> Expression:
        operands, keywords = self._operands_and_keywords(arguments)
        function = self._text(callee)
        return Call(function, tuple(operands), (callee[0], closing[-1][1]), callee, tuple(keywords))

    def _operands_and_keywords(
        self, arguments: Sequence[Expression | Keyword]
    ) -> tuple[list[Expression], list[Keyword]]:
        operands: list[Expression] = []
        keywords: list[Keyword] = []
        for argument in arguments:
            if isinstance(argument, Keyword):
                if any(argument.name.name == other.name.name for other in keywords):
                    raise self.error(f"duplicate keyword argument '{shorten(argument.name.name)}'", argument.name.span)
                keywords.append(argument)
            elif keywords:
                raise self.error(
                    "positional argument after a keyword argument", argument.span, "positional arguments come first"
                )
            else:
                operands.append(argument)
        return operands, keywords

    def keyword(self, name: Span, _equal: Span, value: Expression) -> Keyword:
        return Keyword(self.name(name), value)

    def comprehension(
        self,
        callee: Span,
        _opening: Span,
        body: Expression,
        clauses: list[Clause],
        closing: Span,
        arguments: Sequence[Expression | Keyword] = (),
        last: Span | None = None,
    ) -> Expression:
        operands, keywords = self._operands_and_keywords(arguments)
        if operands:
            hint = "for example: fold(h/2 + x/(2*h) for t in range(5), h=1)"
            raise self.error("a value that a loop starts with needs a name", operands[0].span, hint)
        span = callee[0], (last or closing)[1]
        return Comprehension(self._text(callee), body, tuple(clauses), span, callee, tuple(keywords))

    def clause(
        self,
        _for: Span,
        variable: Span,
        _in: Span,
        values: Expression,
        _if: Span | None = None,
        condition: Expression | None = None,
    ) -> Clause:
        return Clause(self.name(variable), values, condition)

    def array(self, opening: Span, elements: list[Expression], *closing: Span) -> Expression:
        return Array(tuple(elements), (opening[0], closing[-1][1]))

    def empty_array(self, opening: Span, closing: Span) -> Expression:
        raise self.error("the array is empty", (opening[0], closing[1]), "an array needs at least one entry")

    def tuple(
        self, opening: Span, first: Expression, _comma: Span, others: list[Expression], *closing: Span
    ) -> Expression:
        return Tuple((first, *others), (opening[0], closing[-1][1]))

    def tuple_of_one(self, opening: Span, first: Expression, _comma: Span, closing: Span) -> Expression:
        return Tuple((first,), (opening[0], closing[1]))

    def call_of_nothing(self, callee: Span, _opening: Span, closing: Span) -> Expression:
        return Call(self._text(callee), (), (callee[0], closing[1]), callee)

    def parenthesized(self, opening: Span, inner: Expression, closing: Span) -> Expression:
        return inner._replace(span=(opening[0], closing[1]))

    # Helpers

    def _number(self, digits: str, span: Span) -> Number:
        try:
            value = read_number(str(int(digits, 16)) if digits[:2] in ("0x", "0X") else digits.replace("_", ""))
        except ValueError:
            raise self.error(f"the exponent of {shorten(digits)} is too long", span) from None
        if not self.source.is_precise and is_out_of_range(value):
            raise self.error(f"{shorten(digits)} {size_problem(value)}", span, size_hint(value))
        return Number(value, span)

    def _can_precede_a_factor(self, left: Expression) -> bool:
        """Whether the text of left ends in a number, a closing bracket, a bar or a superscript."""
        last = left
        while self.text[last.span[1] - 1] not in ")]|‖∥⁰¹²³⁴⁵⁶⁷⁸⁹":
            if not isinstance(last, Call) or last.span[1] == last.function_span[1]:  # a name, x.T
                return isinstance(last, Number)
            last = last.arguments[-1]
        return True
