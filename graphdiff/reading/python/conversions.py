"""What a value of a Python text is where a number, a list, a condition or a constant is expected."""

from __future__ import annotations

import ast
from typing import Any

from graphdiff.errors import shorten
from graphdiff.language.tree import Array, Expression, Index, Name, Number
from graphdiff.operations.shapes import MOST_AXES
from graphdiff.reading.python.library import constant_of
from graphdiff.reading.python.operators import Operators, call, size
from graphdiff.reading.python.reader import Reader, integer, with_shapes
from graphdiff.reading.python.values import (
    Dictionary,
    Items,
    Library,
    Method,
    Partial,
    Places,
    Routine,
    Rows,
    Shape,
    Terms,
    Value,
)
from graphdiff.source import Span


class Conversions:
    """Converts values, and refuses those that are something else."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.operators = Operators(reader)

    def span(self, node: ast.AST) -> Span:
        return self.reader.places.span(node)

    def value_of(self, value: Any, node: ast.expr | Span) -> Value:
        """A number or an array."""
        span = node if isinstance(node, tuple) else self.span(node)
        if isinstance(value, Value):
            return value
        if isinstance(value, Items):
            return Value(self.array_of(value, span))
        if isinstance(value, Library):
            constant = constant_of(value.path, span, self.reader.stored_names)
            if constant is not None:
                return constant
            hint = "a very large number, such as 1e300, may do the same" if value.path.endswith("inf") else None
            raise self.reader.error(f"'{shorten(value.path)}' is not a number that can be read", span, hint)
        if isinstance(value, Method) and value.name == "size":
            return size(self.reader, self.value_of(value.base, span), None, span)
        what = {
            Routine: "a function",
            Partial: "a function",
            Method: "a method",
            str: "a text",
            Dictionary: "a dictionary",
            Shape: "a shape",
            Places: "a range",
            Terms: "a list whose length the text does not know",
            Rows: "a range",
        }.get(type(value), "None")
        hint = "call it: f(x)" if what in ("a function", "a method") else None
        raise self.reader.error(f"expected a number or an array here, not {what}", span, hint)

    def array_of(self, items: Items, span: Span, depth: int = 1) -> Expression:
        """The array that a list means where an array is expected."""
        if items.tree is not None:
            return items.tree._replace(span=span)
        if depth > MOST_AXES:
            raise self.reader.error(f"an array can have at most {MOST_AXES} axes", span, kind="limit")
        self.reader.share_entries(items)
        if not items.entries:
            raise self.reader.error("the list is empty", span, "an array needs at least one entry", "value")
        entries = [
            self.array_of(entry, span, depth + 1) if isinstance(entry, Items) else self.value_of(entry, span).tree
            for entry in items.entries
        ]
        return Array(tuple(entries), span)

    def items_of(self, value: Any, node: ast.expr) -> list[Any]:
        """What a loop over a value takes one by one."""
        if isinstance(value, Items):
            self.reader.share_entries(value)
            return value.entries
        if isinstance(value, Dictionary):
            return list(value.entries)
        if isinstance(value, Value) and (shape := self.reader.shape_of(value)):
            rows, span = self.reader.share(value, "rows").tree, self.span(node)
            return [Value(Index(rows, (Number(float(place), span),), span)) for place in range(shape[0])]
        if isinstance(value, Places):
            self.reader.request_count(value.number)
            raise self.reader.error(
                "the number of steps of this loop is not known",
                node,
                self.reader.count_hint(value.number),
                "value",
            )
        raise self.reader.error(
            "a loop can only go over a list or a range whose length the text gives",
            node,
            with_shapes("write for i in range(3)"),
        )

    def rows_of(self, value: Any, span: Span) -> Rows | None:
        """What a loop over an array, or over as many numbers as it has rows, goes over; None for any other value."""
        if isinstance(value, Rows):
            return value
        if isinstance(value, Places) and value.number.length is not None:
            array, axis = value.number.length
            size = call("len", span, array)
            if axis != 0:
                size = Index(call("shape", span, array), (Number(float(axis), span),), span)  # type: ignore[assignment]
            return Rows(size, lambda place: place)
        if isinstance(value, Value) and value.constant is None and self.reader.sizes is None:
            rows = self.reader.share(value, "rows").tree
            return Rows(call("len", span, rows), lambda place: Value(Index(rows, (place.tree,), span)))
        return None

    def counter(self, target: ast.expr) -> Name:
        """A name for the places of a loop over an array."""
        name = target.id if isinstance(target, ast.Name) else "i"
        return Name(self.reader.fresh_name(name, self.reader.names), self.span(target))

    def truth_of(self, value: Any, node: ast.expr) -> Value | bool:
        """Whether a value is true: known, or a condition."""
        if isinstance(value, (Items, Dictionary)):
            if isinstance(value, Items) and value.kind == "array":
                return self.operators.truth(self.value_of(value, node), self.span(node))
            return bool(value.entries)
        if value is None or isinstance(value, str):
            return bool(value)
        if isinstance(value, (Routine, Partial, Library, Method)):
            return True
        condition = self.operators.truth(self.value_of(value, node), self.span(node))
        if condition.constant is None:
            return condition
        undecided = condition.origins - self.reader.facts.fixed
        if not undecided:
            return bool(condition.constant)
        self.reader.facts.conditions |= undecided
        return condition

    def integer_of(self, value: Any, node: ast.expr, what: str) -> int:
        """A whole number that the text determines."""
        number = integer(value)
        if number is None:
            self.reader.request_count(value)
            raise self.reader.error(f"{what} must be a whole number that the text gives", node, kind="value")
        self.reader.fix(value)
        return number
