"""Tree building of statements: the methods of grammar/expression.lark that make one of what stands around "="."""

from __future__ import annotations

import re
from collections.abc import Sequence

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.language.tree import (
    JUXTAPOSITION,
    Array,
    Assignment,
    Call,
    Comprehension,
    Definition,
    Expression,
    Name,
    Result,
    Statement,
    Tuple,
    Unpacking,
)
from graphdiff.source import Source, Span

Values = tuple[Span, list[Expression]]
"""Expressions separated by commas, and the place of the first comma."""
_MISNAMED = re.compile(r"\d+[^\W\d]\w*(?=\()")
"""A function's name that begins with a digit."""


class StatementBuilder:
    """Builds the statements of one source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text

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

    def values(self, first: Expression, comma: Span, others: list[Expression]) -> Values:
        return comma, [first, *others]

    def values_alone(self, values: Values) -> Statement:
        raise self.error("unexpected ','", values[0], "write a decimal as 1.5; separate statements with ';'")

    def unpacking_of_one(self, left: Values, _equal: Span, right: Expression) -> Statement:
        items: Sequence[Expression] = right.elements if isinstance(right, (Array, Tuple)) else ()
        if isinstance(right, Comprehension) and len(right.keywords) == len(left[1]):
            items = [right._replace(output=number) for number in range(len(right.keywords))]
        return self.unpacking(left, _equal, (right.span, list(items)))

    def unpacking(self, left: Values, _equal: Span, right: Values) -> Statement:
        targets, values = left[1], right[1]
        for target in targets:
            if not isinstance(target, Name) or not self._begins_with_name(target.span):
                raise self.error("each left side must be a name", target.span, "for example: a, b = x + y, x*y")
        if len(targets) != len(values):
            place = (targets[0].span[0], targets[-1].span[1])
            raise self.error(
                f"{len(targets)} names for {len(values) or 1} value{'s' * (len(values) > 1)}",
                place,
                "write one value for each name; those of an array are v[0], v[1], …",
            )
        pairs = zip(targets, values, strict=True)
        return Unpacking(tuple([Assignment(target, body) for target, body in pairs if isinstance(target, Name)]))

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

    def _text(self, span: Span) -> str:
        return self.text[span[0] : span[1]]

    def _begins_with_name(self, span: Span) -> bool:
        """Whether the text at a span begins with a name, not with a bracket or a sign."""
        return self.text[span[0]].isalpha() or self.text[span[0]] in "_`"

    def error(self, message: str, span: Span, hint: str | None = None) -> GraphdiffError:
        return GraphdiffError("syntax", message, self.source, span, hint)
