"""Rows of the table of libraries: arguments put in the places of parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from graphdiff.errors import shorten
from graphdiff.language.tree import (
    Array,
    Call,
    Definition,
    Ellipsis,
    Expression,
    Index,
    Keyword,
    Name,
    Number,
    Slice,
    Tuple,
)
from graphdiff.reading.python.library import STATIC
from graphdiff.reading.python.values import Arguments
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.python.library_call import LibraryCall


class Template:
    """A row of the table."""

    def __init__(self, row: Definition) -> None:
        self.row = row
        self.parameters = [name.name for name in row.parameters]
        self.defaults = {option.name.name: option.value for option in row.options}

    def bind(self, arguments: Arguments, context: LibraryCall) -> dict[str, Expression]:
        """The expressions of all parameters in a call."""
        names = [*self.parameters, *self.defaults]
        function = self.row.target.name
        if len(arguments.positional) > len(names):
            raise context.error(f"{function} takes {len(names)} arguments here, not {len(arguments.positional)}")
        values = dict(zip(names, arguments.positional, strict=False))
        for name, value in arguments.keywords.items():
            if name not in names or name in values:
                problem = "is given twice" if name in values else "cannot be read"
                raise context.error(f"the argument '{shorten(name)}' of {function} {problem}")
            values[name] = value
        bound: dict[str, Expression] = {}
        for name in names:
            if name in values:
                bound[name] = context.static(values[name], name) if name in STATIC else context.tree(values[name])
            elif name in self.defaults:
                bound[name] = self.defaults[name]
            else:
                raise context.error(f"{function} needs a value for '{name}'")
        return bound

    def operands(self, bound: Mapping[str, Expression]) -> dict[str, Expression]:
        """The arguments that the graph computes."""
        names = [name for name in (*self.parameters, *self.defaults) if name not in STATIC]
        return {name: bound[name] for name in names if not isinstance(bound[name], Number)}

    def repeats(self, operands: Mapping[str, Expression]) -> bool:
        """Whether the body uses one of these parameters several times."""
        uses = [name for name in _names(self.row.body) if name in operands]
        return len(uses) > len(set(uses))

    def body(self, bound: Mapping[str, Expression], span: Span) -> Expression:
        """The body with these expressions of its parameters; it stands at the place of the call."""
        return _substitute(self.row.body, bound, span)


def _names(tree: Expression | Slice | Ellipsis) -> Iterator[str]:
    """The names in a template, which is not deep."""
    if isinstance(tree, Name):
        yield tree.name
    elif isinstance(tree, Call):
        for argument in (*tree.arguments, *(keyword.value for keyword in tree.keywords)):
            yield from _names(argument)
    elif isinstance(tree, (Array, Tuple)):
        for element in tree.elements:
            yield from _names(element)
    elif isinstance(tree, Index):
        yield from _names(tree.base)


def _substitute(tree: Expression, bound: Mapping[str, Expression], span: Span) -> Expression:
    if isinstance(tree, Name):
        return bound[tree.name] if tree.name in bound else Name(tree.name, span)
    if isinstance(tree, Number):
        return Number(tree.value, span)
    if isinstance(tree, (Array, Tuple)):
        return type(tree)(tuple(_substitute(element, bound, span) for element in tree.elements), span)
    if isinstance(tree, Index):
        return Index(_substitute(tree.base, bound, span), tree.items, span)
    assert isinstance(tree, Call)
    arguments = tuple(_substitute(argument, bound, span) for argument in tree.arguments)
    keywords = tuple(Keyword(Name(name.name, span), _substitute(value, bound, span)) for name, value in tree.keywords)
    return _simplified(Call(tree.function, arguments, span, span, keywords))


def _simplified(tree: Call) -> Expression:
    """x for x - 0, 1*x and x/1, which defaults make."""
    values = [argument.value if isinstance(argument, Number) else None for argument in tree.arguments]
    if tree.function in ("-", "/") and len(values) == 2 and values[1] == (tree.function == "/"):
        return tree.arguments[0]
    if tree.function == "*" and values[0] == 1:
        return tree.arguments[1]
    return tree
