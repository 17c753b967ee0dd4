"""Tree building: one method for each name after "->" in grammar/expression.lark.

A method takes the span of each token, and of everything else what another method returned.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.language.tree import (
    JUXTAPOSITION,
    Array,
    Assignment,
    Call,
    Clause,
    Comprehension,
    Definition,
    Ellipsis,
    Expression,
    Index,
    Keyword,
    Name,
    Number,
    Result,
    Slice,
    Statement,
    Tuple,
)
from graphdiff.operations.literal import is_out_of_range, read_number, size_hint, size_problem
from graphdiff.source import Source, Span

T = TypeVar("T")

PASTED_COMPARISONS = {"≤": "<=", "≥": ">=", "≠": "!="}
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_MISNAMED = re.compile(r"\d+[^\W\d]\w*(?=\()")
"""A function's name that begins with a digit."""


class TreeBuilder:
    """Builds the tree of one source, bottom up, as the parser reduces by its rules."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text

    # Lists and statements

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

    def result(self, body: Expression) -> Statement:
        return Result(body)

    def equation(
        self,
        left: Expression,
        equal: Span,
        right: Expression,
        with_: Span | None = None,
        derivatives: Sequence[Expression] = (),
    ) -> Statement:
        left = self._without_gate(left)
        if with_ is not None and not isinstance(left, Call):
            hint = "for example: sigma(u) = 1/(1 + exp(-u)) with y*(1 - y)"
            raise self.error("'with' gives a gate its own derivative, but this statement defines no gate", with_, hint)
        if isinstance(left, Name) and self._begins_with_name(left.span):
            return Assignment(left, right)
        if isinstance(left, Call) and left.span[0] == left.function_span[0] and self._begins_with_name(left.span):
            names: set[str] = set()
            for parameter in (*left.arguments, *(keyword.name for keyword in left.keywords)):
                if not isinstance(parameter, Name) or not self._begins_with_name(parameter.span):
                    raise self.error(
                        "a parameter must be a name", parameter.span, f"for example: {left.function}(x) = …"
                    )
                if parameter.name in names:
                    raise self.error(f"duplicate parameter '{shorten(parameter.name)}'", parameter.span)
                names.add(parameter.name)
            parameters = tuple(parameter for parameter in left.arguments if isinstance(parameter, Name))
            if with_ is not None and len(derivatives) != len(parameters):
                raise self._count_error(left.function, parameters, derivatives)
            target = Name(left.function, left.function_span)
            return Definition(target, parameters, right, left.keywords, tuple(derivatives))
        hint = "to compare values, write =="
        if isinstance(left, Call) and left.function == JUXTAPOSITION and isinstance(left.arguments[0], Name):
            definition = shorten(self._text(left.arguments[-1].span))
            hint = f"did you mean {definition} = …? To define a gate, write gate f(x) = … or f(x) = …"
        if (name := _MISNAMED.match(self._text(left.span))) is not None:
            raise self.error(
                f"'{shorten(name[0])}' is not a valid function name", left.span, "a name begins with a letter"
            )
        raise self.error("the left side of '=' must be a name or a definition such as f(x, y)", left.span, hint)

    def _without_gate(self, left: Expression) -> Expression:
        """The definition after the word `gate`, which may begin it."""
        if not isinstance(left, Call) or left.function != JUXTAPOSITION or not self._begins_with_name(left.span):
            return left
        word, definition = left.arguments
        is_gate = isinstance(word, Name) and word.name == "gate" and isinstance(definition, Call)
        return definition if is_gate else left

    def _count_error(
        self, function: str, parameters: Sequence[Name], derivatives: Sequence[Expression]
    ) -> GraphdiffError:
        """The error of a gate that has not one derivative for each parameter."""
        names = shorten(", ".join([parameter.name for parameter in parameters]))
        parameter_count = f"{len(parameters)} parameter{'s' * (len(parameters) != 1)}"
        derivative_count = f"{len(derivatives)} derivative{'s' * (len(derivatives) != 1)}"
        return self.error(
            f"{shorten(function)} has {parameter_count}, but 'with' gives {derivative_count}",
            (derivatives[0].span[0], derivatives[-1].span[1]),
            f"give one derivative for each parameter, in this order: {names}" if names else None,
        )

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
        return self._number(self._text(token), token)

    def name(self, token: Span) -> Name:
        return Name(self._text(token).strip("`").strip(), token)

    def call(
        self,
        callee: Span,
        _opening: Span,
        arguments: list[Expression | Keyword],
        *closing: Span,
    ) -> Expression:
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
        function = self._text(callee)
        return Call(function, tuple(operands), (callee[0], closing[-1][1]), callee, tuple(keywords))

    def keyword(self, name: Span, _equal: Span, value: Expression) -> Keyword:
        return Keyword(self.name(name), value)

    def comprehension(
        self, callee: Span, _opening: Span, body: Expression, clauses: list[Clause], closing: Span
    ) -> Expression:
        return Comprehension(self._text(callee), body, tuple(clauses), (callee[0], closing[1]), callee)

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

    def _text(self, span: Span) -> str:
        return self.text[span[0] : span[1]]

    def _number(self, digits: str, span: Span) -> Number:
        try:
            value = read_number(str(int(digits, 16)) if digits[:2] in ("0x", "0X") else digits.replace("_", ""))
        except ValueError:
            raise self.error(f"the exponent of {shorten(digits)} is too long", span) from None
        if not self.source.is_precise and is_out_of_range(value):
            raise self.error(f"{shorten(digits)} {size_problem(value)}", span, size_hint(value))
        return Number(value, span)

    def _begins_with_name(self, span: Span) -> bool:
        """Whether the text at a span begins with a name, not with a bracket or a sign."""
        return self.text[span[0]].isalpha() or self.text[span[0]] in "_`"

    def _can_precede_a_factor(self, left: Expression) -> bool:
        """Whether the text of left ends in a number, a closing bracket, a bar or a superscript."""
        last = left
        while self.text[last.span[1] - 1] not in ")]|‖∥⁰¹²³⁴⁵⁶⁷⁸⁹":
            if not isinstance(last, Call) or last.span[1] == last.function_span[1]:  # a name, x.T
                return isinstance(last, Number)
            last = last.arguments[-1]
        return True

    def error(self, message: str, span: Span, hint: str | None = None) -> GraphdiffError:
        return GraphdiffError("syntax", message, self.source, span, hint)
