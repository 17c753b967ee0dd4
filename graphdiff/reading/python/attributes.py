"""Attributes and entries of values: x.T, x.shape, x[0, 1:]"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graphdiff.errors import shorten
from graphdiff.language.tree import Call, Ellipsis, Index, Name, Number, Slice
from graphdiff.reading.python.library import constant_of
from graphdiff.reading.python.operators import call, size
from graphdiff.reading.python.reader import integer, with_shapes
from graphdiff.reading.python.values import Dictionary, Items, Library, Method, Places, Refused, Shape, Value
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.python.expressions import Expressions

ATTRIBUTES = {
    "data": "leave out .data: graphdiff works with the number itself",
    "grad": "graphdiff computes the gradients itself",
    "ndim": with_shapes("write the number of axes as a number"),
    "mT": "write transposes of matrices as x.T",
    "imag": "graphdiff computes with real numbers",
    "at": "make a list of the entries and change that",
}
"""What to write for attributes that cannot be read."""


class Attributes:
    """Reads attributes and indices."""

    def __init__(self, expressions: Expressions) -> None:
        self.expressions = expressions
        self.reader = expressions.reader

    def read(self, base: Any, node: ast.Attribute) -> Any:
        """`x.T`, `np.pi`, or a method that is called next."""
        name = node.attr
        span = self.reader.places.span(node)
        if name.startswith("__"):
            raise self.reader.error(
                f"the attribute '{shorten(name)}' cannot be read", node, "use numbers, arrays and functions of them"
            )
        if isinstance(base, Value) and isinstance(base.tree, Name) and base.tree.name == "self":
            raise self.reader.error(
                "the attributes of an object cannot be read", node, "write a function with its weights as parameters"
            )
        if isinstance(base, Library):
            path = f"{base.path}.{name}"
            return constant_of(path, span, self.reader.stored_names) or Library(path)
        if isinstance(base, Items) and base.names and name in base.names:
            entry = base.entries[base.names.index(name)]
            if isinstance(entry, Refused):
                raise self.reader.error(entry.message, node, entry.hint)
            return entry
        if isinstance(base, Dictionary):
            return Method(base, name)
        if isinstance(base, (Value, Items)):
            return self._of_array(base, name, node, span)
        raise self.reader.error(f"the attribute '{shorten(name)}' cannot be read", node)

    def _of_array(self, base: Value | Items, name: str, node: ast.Attribute, span: Span) -> Any:
        if name == "T":
            return Value(Call("transpose", (self.expressions.value_of(base, node).tree,), span, span))
        if name == "real":
            return base
        if name == "shape":
            return Shape(self.expressions.value_of(base, node))
        if name == "ndim" and (shape := self.reader.shape_of(self.expressions.value_of(base, node))) is not None:
            return self.expressions.operators.constant(len(shape), span)
        if name in ATTRIBUTES:
            raise self.reader.error(f"the attribute '{name}' cannot be read", node, ATTRIBUTES[name])
        return Method(base, name)

    # Indices

    def index(self, base: Any, items: Sequence[Any], node: ast.Subscript) -> Any:
        """`x[0, 1:]`"""
        span = self.reader.places.span(node)
        if isinstance(base, Dictionary) or (len(items) == 1 and isinstance(items[0], str)):
            return self._named_entry(base, items, node)
        if isinstance(base, Shape):
            axis = self.expressions.integer_of(items[0], node.slice, "the axis")
            return size(self.reader, base.array, axis, span)
        remaining = list(items)
        while remaining and isinstance(base, Items) and not (isinstance(remaining[0], Slice) and len(remaining) > 1):
            entry = self._entry(base, remaining[0], node)
            if entry is None:
                break
            base = entry
            remaining.pop(0)
        if remaining:
            return self._array_index(base, remaining, node, span)
        return base._replace(tree=base.tree._replace(span=span)) if isinstance(base, Value) else base

    def _entry(self, base: Items, item: Any, node: ast.Subscript) -> Any:
        """An entry of a list, or a part of it; None if only the array of its entries has one."""
        if isinstance(item, Slice):
            bounds = [
                None if bound is None else int(bound.value)
                for bound in item
                if bound is None or isinstance(bound, Number)
            ]
            if bounds[2] == 0:
                raise self.reader.error("the step of a slice must not be 0", node, kind="value")
            self.reader.share_entries(base)
            return Items(base.entries[slice(*bounds)], base.kind, self.reader.branch)
        place = integer(item)
        if place is None:
            if base.kind != "array" and not isinstance(item, Value):
                raise self.reader.error("the index of a list must be a whole number", node.slice, kind="value")
            return None
        self.reader.fix(item)
        if not -len(base.entries) <= place < len(base.entries):
            count = len(base.entries)
            raise self.reader.error(f"the index {place} is out of range for {count} entries", node, kind="value")
        self.reader.share_entries(base)
        entry = base.entries[place]
        if isinstance(entry, Refused):
            raise self.reader.error(entry.message, node, entry.hint)
        return entry

    def _named_entry(self, base: Any, items: Sequence[Any], node: ast.Subscript) -> Any:
        """`parameters["W1"]`: an entry of a dictionary, or of one that is passed to the function."""
        key = items[0] if len(items) == 1 else None
        if not isinstance(key, str):
            raise self.reader.error("the key of a dictionary must be a text", node.slice)
        if isinstance(base, Dictionary):
            if key not in base.entries:
                raise self.reader.error(f"the dictionary has no entry '{shorten(key)}'", node.slice, kind="name")
            self.reader.share_entries(base)
            return base.entries[key]
        is_input = isinstance(base, Value) and isinstance(base.tree, Name) and base.tree.name in self.reader.inputs
        if not is_input or not key.isidentifier():
            raise self.reader.error("only a dictionary has entries with a text as index", node)
        self.reader.note(f"{self.reader.text_of(node)} is read as the input '{key}'")
        self.reader.claim_key(base.tree.name, key, node)
        return self.expressions.variables.free(key, self.reader.places.span(node))

    def _array_index(self, base: Any, items: Sequence[Any], node: ast.Subscript, span: Span) -> Value:
        value = self.expressions.value_of(base, node.value)
        if len(items) == 2 and isinstance(items[1], (Value, Items)) and counts_rows(items[0]):
            return Value(call("pick", span, value.tree, self.expressions.value_of(items[1], node).tree))
        trees: list[Any] = []
        for item in items:
            if item is None:
                trees.append(Name("None", span))
            elif isinstance(item, (Slice, Ellipsis)):
                trees.append(item)
            else:
                trees.append(self._index_tree(item, node))
        return Value(Index(value.tree, tuple(trees), span))

    def _index_tree(self, item: Any, node: ast.Subscript) -> Any:
        index = self.expressions.value_of(item, node.slice)
        if index.is_condition:
            raise self.reader.error(
                "a condition cannot be an index",
                node.slice,
                "to sum where a condition holds, write np.sum(np.where(x > 0, x, 0))",
                "value",
            )
        if isinstance(index.constant, float):
            raise self.reader.error("an index must be a whole number", node.slice, kind="value")
        if index.constant is not None:
            self.reader.fix(index)
            return Number(float(index.constant), index.tree.span)
        return index.tree


def counts_rows(item: Any) -> bool:
    """Whether an index is 0, 1, 2, … for the rows of a matrix: p[np.arange(n), y] picks an entry of each row."""
    if isinstance(item, Items):
        return [integer(entry) for entry in item.entries] == list(range(len(item.entries)))
    return isinstance(item, Places)
