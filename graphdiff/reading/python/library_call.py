"""One call of a library's function: its arguments as trees, as numbers and as constants."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.language.tree import Call, Expression, Keyword, Name, Number, String, Tuple
from graphdiff.reading.python.operators import call, size
from graphdiff.reading.python.reader import integer
from graphdiff.reading.python.values import Arguments, Items, Method, Shape, Value
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.python.functions import Functions

DEFAULTS: dict[str, Any] = {"None": None, "True": True, "False": False}


class LibraryCall:
    """A call, with what its function needs to know."""

    def __init__(self, functions: Functions, node: ast.Call, path: str) -> None:
        self.functions = functions
        self.expressions = functions.expressions
        self.operators = functions.expressions.operators
        self.reader = functions.reader
        self.node = node
        self.path = path
        self.span: Span = self.reader.places.span(node)

    def error(self, message: str, hint: str | None = None) -> GraphdiffError:
        return self.reader.error(message, self.node, hint, "value")

    def value(self, value: Any) -> Value:
        """An argument as a number or an array."""
        return self.expressions.value_of(value, self.node)

    def tree(self, value: Any) -> Expression:
        return self.value(value).tree

    def constant(self, value: float) -> Value:
        return self.operators.constant(value, self.span)

    def static(self, value: Any, name: str) -> Expression:
        """The tree of a constant, such as an axis: a number, a tuple of numbers, or None."""
        if value is None:
            return Name("None", self.span)
        if isinstance(value, Items):
            if not value.entries:
                raise self.error(f"'{name}' must not be empty")
            return Tuple(tuple(self.static(entry, name) for entry in value.entries), self.span)
        if isinstance(value, Method):
            value = self.value(value)  # x.size
        if isinstance(value, Value) and value.constant is not None:
            self.reader.fix(value)
            return Number(float(value.constant), value.tree.span)
        self.reader.request_count(value)
        hint = "write it as a number" if isinstance(value, (Value, Shape)) else None
        raise self.error(f"'{name}' must be a constant", hint)

    def integer(self, value: Any, name: str) -> int:
        """An argument that is a whole number of the text."""
        number = integer(value)
        if number is None:
            self.reader.request_count(value)
            raise self.error(f"'{name}' must be a whole number that the text gives")
        self.reader.fix(value)
        return number

    def flag(self, value: Any, name: str) -> bool:
        """An argument that is true or false."""
        if isinstance(value, bool):
            return value
        if isinstance(value, Value) and value.constant is not None:
            self.reader.fix(value)
            return bool(value.constant)
        raise self.error(f"'{name}' must be True or False")

    def items(self, value: Any) -> list[Any]:
        return self.expressions.items_of(value, self.node)

    def list_of(self, entries: Sequence[Any]) -> Items:
        return Items(list(entries), "list", self.reader.branch)

    def apply(self, function: str, *operands: Any, **statics: Any) -> Value:
        """A function of graphdiff's language, with constants as keywords; those that are None are left out."""
        keywords = tuple(
            Keyword(Name(name, self.span), self.static_tree(value))
            for name, value in statics.items()
            if value is not None
        )
        trees = tuple(self.tree(operand) for operand in operands)
        return Value(Call(function, trees, self.span, self.span, keywords))

    def static_tree(self, value: Any) -> Expression:
        """A constant of Python, or one of the text, as a tree."""
        if isinstance(value, str):
            return String(value, self.span)
        if isinstance(value, (bool, int, float)):
            return Number(float(value), self.span)
        if isinstance(value, (list, tuple)) and not isinstance(value, Value):
            return Tuple(tuple(self.static_tree(each) for each in value), self.span)
        return self.static(value, "the argument")

    def binary(self, symbol: str, left: Any, right: Any) -> Value:
        return self.operators.binary(symbol, self.value(left), self.value(right), self.span)

    def negative(self, value: Any) -> Value:
        return self.call("-", self.tree(value))

    def size(self, value: Any, axis: int | None) -> Value:
        return size(self.reader, self.value(value), axis, self.span)

    def condition(self, value: Any) -> Value:
        return self.operators.truth(self.value(value), self.span)

    def library(self, path: str, *positional: Any, **keywords: Any) -> Any:
        """Another function of a library."""
        return self.functions.call(path, Arguments(list(positional), keywords), self.node)

    def call(self, function: str, *operands: Expression) -> Value:
        return Value(call(function, self.span, *operands))


class Parameters:
    """The parameters of a function, as a text: a, axis=None, *rest."""

    def __init__(self, signature: str) -> None:
        self.names: list[str] = []
        self.defaults: dict[str, Any] = {}
        self.rest: str | None = None
        for part in filter(None, signature.split(", ")):
            name, equal, default = part.partition("=")
            if name.startswith("*"):
                self.rest = name[1:]
                continue
            self.names.append(name)
            if equal:
                self.defaults[name] = DEFAULTS[default] if default in DEFAULTS else _default(default)

    def bind(self, arguments: Arguments, context: LibraryCall) -> list[Any]:
        """The values of the parameters in their order; the rest as a list."""
        label = context.path.rpartition(".")[2]
        given = arguments.positional
        names = [] if self.rest and not self.names else self.names
        values = dict(zip(names, given, strict=False))
        if self.rest is None and len(given) > len(names):
            raise context.error(f"{label} takes {len(names)} arguments here, not {len(given)}")
        for name, value in arguments.keywords.items():
            if name not in self.names or name in values:
                problem = "is given twice" if name in values else "cannot be read"
                raise context.error(f"the argument '{shorten(name)}' of {label} {problem}")
            values[name] = value
        for name in self.names:
            if name not in values and name not in self.defaults:
                raise context.error(f"{label} needs a value for '{name}'")
        bound = [values.get(name, self.defaults.get(name)) for name in self.names]
        return [*bound, given[len(names) :]] if self.rest is not None else bound


def _default(text: str) -> Any:
    if text.startswith("'"):
        return text[1:-1]
    return Value(Number(float(text), (0, 0)), int(text) if text.lstrip("-").isdigit() else float(text))
