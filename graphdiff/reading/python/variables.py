"""The variables of a Python text: what a name stands for, and what an assignment makes of a value."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from typing import Any

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.language.tree import Index, Name, Number
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import MOST_AXES
from graphdiff.reading.python.library import MODULES, constant_of
from graphdiff.reading.python.operators import size
from graphdiff.reading.python.reader import NotAGate, Reader, is_small
from graphdiff.reading.python.values import Items, Library, Refused, Routine, Scope, Shape, Steps, Value
from graphdiff.source import Span

_ANYWHERE = (Routine, Library, Refused, str, type(None))
"""What a gate may use from outside its body."""


class Variables:
    """Looks names up and assigns them, in the scope that is being read.

    read_global reads the value of a variable of the module, for a function.
    """

    read_global: Callable[[str, ast.expr], Steps]

    def __init__(self, reader: Reader, module: Scope) -> None:
        self.reader = reader
        self.module = module
        self.scope = module
        # The scope whose numbers a point may replace: the module's, or that of the function that is read.
        self.main = module
        # Modules of which everything is imported: from math import *
        self.star_imports: list[str] = []

    def scopes(self) -> Iterator[Scope]:
        """The scopes in which a name is looked up, from the inside."""
        scope: Scope | None = self.scope
        while scope is not None:
            yield scope
            scope = scope.parent

    def is_assigned(self, name: str) -> bool:
        """Whether the text gives a name a meaning."""
        return any(name in scope.variables or name in scope.stores for scope in self.scopes())

    def load(self, name: str, node: ast.expr) -> Any:
        """What a name stands for; what the text leaves open is an input."""
        span = self.reader.places.span(node)
        for scope in self.scopes():
            if name in scope.variables:
                return self._from_scope(name, scope, span)
            if name in scope.stores and scope is not self.module:
                raise self.reader.error(
                    f"'{shorten(name)}' is used before it is assigned",
                    node,
                    "assign it on every way to this line",
                    "name",
                )
        if name in self.module.stores:
            if self.main is not self.module:
                return self.read_global(name, node)
            line = self.reader.places.line(node)
            self.reader.note(f"'{shorten(name)}' has no value before line {line}: it is an input")
            return self.free(name, span)
        for module in self.star_imports:
            if (constant := constant_of(f"{module}.{name}", span, self.reader.stored_names)) is not None:
                return constant
        if name in MODULES:
            return Library(MODULES[name])
        if hasattr(builtins, name):
            return Library(f"builtins.{name}")
        if name.startswith("__"):
            raise self.reader.error(f"'{shorten(name)}' cannot be read", node, kind="name")
        return self.free(name, span)

    def free(self, name: str, span: Span) -> Value:
        """An input, or the number that it has at the point."""
        if name in self.reader.facts.counts:
            return self.reader.count(name, span)
        if name in CONSTANTS and name not in self.reader.inputs:
            self.reader.note(f"the input '{name}' is {CONSTANTS[name]:.6g} unless it is given another value")
        return Value(self.reader.input(name, span))

    def _from_scope(self, name: str, scope: Scope, span: Span) -> Any:
        value = scope.variables[name]
        if isinstance(value, Refused):
            raise self.reader.error(value.message, span, value.hint)
        reader = self.reader
        is_outside = reader.gate and not reader.is_term and scope.gate is not reader.gate
        is_plain = isinstance(value, Value) and isinstance(value.tree, Number) and not value.origins
        if is_outside and not is_plain and not isinstance(value, _ANYWHERE):
            raise NotAGate
        if isinstance(value, Value):
            if reader.gate and not isinstance(value.tree, (Name, Number)):
                # In a gate, a variable is an expression: it may be used only once.
                if name in scope.used and not (reader.is_term and is_small(value.tree)):
                    raise NotAGate
                scope.used.add(name)
            return value._replace(tree=value.tree._replace(span=span), is_literal=False)
        return value

    def note_alias(self, name: str, value: Any) -> None:
        """Note that `y += 1` changes only y, where x is the same value: Python would change an array x as well."""
        if not isinstance(value, Value) or value.constant is not None:
            return
        for other, same in self.scope.variables.items():
            trees = [each.tree if isinstance(each, Value) else None for each in (value, same)]
            names = [tree.name if isinstance(tree, Name) else None for tree in trees]
            if other != name and names[0] is not None and names[0] == names[1]:
                self.reader.note(f"the assignment to '{name}' does not change '{other}', which may be the same array")

    def store(self, name: str, value: Any, span: Span, is_loop: bool = False) -> None:
        """Assign a name; what a loop goes over is a part of a list, and needs no name of its own."""
        if is_loop and isinstance(value, Value) and isinstance(value.tree, (Name, Number, Index)):
            self.scope.variables[name] = value
            self.scope.used.discard(name)
            return
        if isinstance(value, Routine) and not value.name:
            value.name = name
        elif isinstance(value, Value):
            value = self._named(name, value, span)
        elif isinstance(value, Items) and value.kind != "tuple":
            value = self._named_items(name, value, span)
        self.scope.variables[name] = value
        self.scope.used.discard(name)

    def _named(self, name: str, value: Value, span: Span) -> Value:
        if value.constant is not None and not value.origins and isinstance(value.tree, Number):
            if value.is_literal and self._is_replaceable(name):
                value = self.given(name, value, span)
                if value.origins:
                    return value
            if not isinstance(value.constant, float) or self.scope.stores.get(name, 0) > 1:
                return value
        return self.reader.assign(name, value, span)

    def given(self, name: str, value: Value, span: Span) -> Value:
        """A number that the text gives to a name, and that a point may replace."""
        if value.constant is None:
            return value
        if span in self.reader.facts.fixed:
            return self.reader.count(name, span) if name in self.reader.facts.point else value
        target = Name(self.reader.fresh_name(name, self.reader.names), span)
        self.reader.inputs[target.name] = span
        self.reader.values[target.name] = float(value.constant)
        return Value(target, value.constant, frozenset([span]))

    def _is_replaceable(self, name: str) -> bool:
        reader = self.reader
        is_main = self.scope is self.main or (self.scope is self.module and not reader.gate)
        return is_main and not reader.branch and self.scope.stores.get(name) == 1

    def _named_items(self, name: str, items: Items, span: Span) -> Items:
        return self.given_items(name, items, span) if self._is_replaceable(name) else items

    def given_items(self, name: str, items: Items, span: Span) -> Items:
        """A list of numbers that the text gives to a name, and that a point may replace."""
        numbers = self._numbers(items)
        if not numbers or span in self.reader.facts.fixed:
            return items
        target = Name(self.reader.fresh_name(name, self.reader.names), span)
        self.reader.inputs[target.name] = span
        self.reader.values[target.name] = numbers
        return self._entries_of(items, target, (), span)

    def _numbers(self, items: Items, depth: int = 0) -> list[Any]:
        """The numbers of a list as nested lists; [] if it has anything else in it."""
        if depth == MOST_AXES:
            return []
        rows: list[Any] = []
        for entry in items.entries:
            row: Any = self._numbers(entry, depth + 1) if isinstance(entry, Items) else None
            if isinstance(entry, Value) and isinstance(entry.tree, Number) and entry.is_literal:
                row = entry.tree.value
            if row is None or row == [] or (rows and _size(row) != _size(rows[0])):
                return []
            rows.append(row)
        return rows

    def _entries_of(self, items: Items, target: Name, places: tuple[int, ...], span: Span) -> Items:
        entries: list[Any] = []
        for place, entry in enumerate(items.entries):
            if isinstance(entry, Items):
                entries.append(self._entries_of(entry, target, (*places, place), span))
            else:
                index = tuple(Number(float(each), span) for each in (*places, place))
                entries.append(Value(Index(target, index, span), entry.constant, frozenset([span])))
        tree = Index(target, tuple(Number(float(each), span) for each in places), span) if places else target
        return Items(entries, items.kind, items.branch, tree)

    def unpack(self, value: Any, count: int, node: ast.expr) -> list[Any]:
        """The values that `a, b = …` assigns."""
        if isinstance(value, Shape):
            return [size(self.reader, value.array, place, self.reader.places.span(node)) for place in range(count)]
        if isinstance(value, Value) and value.constant is None:
            value = self.reader.share(value, "entries")
            span = self.reader.places.span(node)
            return [Value(Index(value.tree, (Number(float(place), span),), span)) for place in range(count)]
        if isinstance(value, Items):
            if len(value.entries) != count:
                raise self.unpack_error(count, len(value.entries), node)
            return list(value.entries)
        raise self.reader.error(f"expected {count} values", node)

    def unpack_error(self, count: int, actual: int, node: ast.expr) -> GraphdiffError:
        return self.reader.error(f"expected {count} values, not {actual}", node, kind="value")


def _size(row: Any) -> Any:
    """The shape of nested lists."""
    return (len(row), _size(row[0])) if isinstance(row, list) else None
