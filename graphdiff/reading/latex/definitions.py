"""Functions that a text defines: `f(x) = …`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphdiff.errors import shorten
from graphdiff.language.tree import Call, Expression, Name
from graphdiff.language.tree import Definition as DefinitionTree
from graphdiff.reading.latex.steps import Step
from graphdiff.reading.latex.tree import Group, Tree
from graphdiff.reading.latex.values import Value, align
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.latex.expressions import Reader

VALUE = "y"
"""The name of a gate's value in its own derivative."""


@dataclass
class Definition:
    """A function of the text; its body is read at its first call, which tells the ranks of its parameters."""

    target: Name
    parameters: list[Name]
    body: Tree
    value: Value | None = None
    ranks: tuple[int, ...] = ()
    is_open: bool = False


class Definitions:
    """The functions of one text."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.by_name: dict[str, Definition] = {}
        self.rule_of = ""

    def has(self, name: str) -> bool:
        return name in self.by_name

    def add(self, target: Name, parameters: list[Name], body: Tree) -> None:
        """Add a function before the formulas are read.

        Raises GraphdiffError("name") if it is defined twice.
        """
        if target.name in self.by_name:
            raise self.reader.error(f"'{shorten(target.name)}' is defined twice", target.span, kind="name")
        self.by_name[target.name] = Definition(target, parameters, body)

    def call(self, name: str, bracket: Group, span: Span, name_span: Span) -> Step[Value]:
        """A call of a function of the text."""
        reader, definition = self.reader, self.by_name[name]
        arguments: list[Value] = []
        for item in bracket.items:
            arguments.append((yield reader.read(item)))
        if name == self.rule_of:
            return Value(Name(VALUE, span))
        if len(arguments) != len(definition.parameters):
            count = len(definition.parameters)
            message = f"'{shorten(name)}' has {count} parameter{'s' * (count != 1)}, not {len(arguments)}"
            raise reader.error(message, span, kind="value")
        ranks = tuple([argument.rank for argument in arguments])
        has_axes = any(argument.axes for argument in arguments)
        if definition.value is not None and ranks != definition.ranks:
            first, first_ranks = definition.value, definition.ranks
            definition.value = None
            again = yield self.body(definition, ranks)
            if not are_same(first.tree, again.tree):
                message = f"'{shorten(name)}' means different things for numbers and arrays"
                raise reader.error(message, span, "define it once for each")
            definition.value, definition.ranks = first, first_ranks
            result = again
        else:
            result = yield self.body(definition, ranks)
        if has_axes and any(ranks):
            raise reader.error(f"'{shorten(name)}' of an array inside a sum over an index", span, "write it out")
        arguments_axes = sorted({axis for argument in arguments for axis in argument.axes}, key=lambda axis: axis.order)
        trees = [align(argument, tuple(arguments_axes), argument.rank) for argument in arguments]
        tree = Call(name, tuple(trees), span, name_span)
        return Value(tree, result.rank, result.is_row, tuple(arguments_axes))

    def body(self, definition: Definition, ranks: tuple[int, ...] | None = None) -> Step[Value]:
        """Read the body for parameters of these ranks; without them, of those that their names have."""
        reader = self.reader
        if definition.value is not None:
            return definition.value
        if definition.is_open:
            name = shorten(definition.target.name)
            hint = "recursion is not supported: write out the steps"
            raise reader.error(f"function '{name}' calls itself", definition.target.span, hint, "name")
        definition.is_open = True
        names = [parameter.name for parameter in definition.parameters]
        ranks = ranks if ranks is not None else tuple([reader.ranks.get(name, 0) for name in names])
        saved = reader.ranks, reader.bindings, reader.in_function, reader.parameters
        reader.ranks = {**reader.ranks, **dict(zip(names, ranks, strict=True))}
        reader.bindings, reader.in_function, reader.parameters = {}, True, frozenset(names)
        definition.value = yield reader.read(definition.body)
        reader.ranks, reader.bindings, reader.in_function, reader.parameters = saved
        definition.ranks, definition.is_open = ranks, False
        return definition.value

    def statement(self, name: str) -> Step[DefinitionTree]:
        """The definition of a function as a statement."""
        definition = self.by_name[name]
        value: Value = yield self.body(definition)
        return DefinitionTree(definition.target, tuple(definition.parameters), value.tree)


def are_same(one: Expression, other: Expression) -> bool:
    """Whether two expressions are the same, of any depth; spans do not matter, as both are of one text."""
    stack: list[tuple[object, object]] = [(one, other)]
    while stack:
        left, right = stack.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, tuple) and isinstance(right, tuple):
            if len(left) != len(right):
                return False
            stack.extend(zip(left, right, strict=True))
        elif left != right:
            return False
    return True
