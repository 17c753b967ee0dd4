"""Python's assignments: to names, to several names at once, to entries of lists and dictionaries."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from graphdiff.reading.python.array_entries import with_entries
from graphdiff.reading.python.expressions import Expressions
from graphdiff.reading.python.reader import NotAGate
from graphdiff.reading.python.values import Dictionary, Items, Shape, Steps, Value
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.python.calls import Calls

NO_ENTRY = "an entry of an array cannot be assigned"
ENTRY_HINT = "make a list, such as [0]*3, assign its entries, and make it an array: np.array(x)"
IN_BRANCH = "a list or a dictionary that is changed only on a condition cannot be read"


class Assignments:
    """Reads assignments."""

    def __init__(self, expressions: Expressions, calls: Calls) -> None:
        self.expressions = expressions
        self.calls = calls
        self.reader = expressions.reader
        self.variables = expressions.variables
        # The last value that a script computes.
        self.last: tuple[Any, ast.stmt] | None = None

    def span(self, node: ast.AST) -> Span:
        return self.reader.places.span(node)

    def read_Assign(self, node: ast.Assign) -> Steps:  # noqa: N802
        value = yield self.expressions.read(node.value)
        for target in node.targets:
            yield self.bind(target, value)
        self.last = value, node

    def read_AnnAssign(self, node: ast.AnnAssign) -> Steps:  # noqa: N802
        if node.value is not None:
            value = yield self.expressions.read(node.value)
            yield self.bind(node.target, value)
            self.last = value, node

    def bind(self, target: ast.expr, value: Any, is_loop: bool = False) -> Steps:
        """Assign a value to a name, to several, or to an entry of a list; what a loop goes over has its own names."""
        if isinstance(target, ast.Name):
            self.variables.store(target.id, value, self.span(target), is_loop)
        elif isinstance(target, (ast.Tuple, ast.List)):
            yield self._unpack(target, value, is_loop)
        elif isinstance(target, ast.Subscript):
            base = yield self.expressions.read(target.value)
            if isinstance(base, Value) and isinstance(target.value, ast.Name):
                yield self._set_entries(base, value, target, target.value.id)
                return
            index = yield self.expressions.read(target.slice)
            self.set_entry(base, index, value, target)
        elif isinstance(target, ast.Attribute) and target.attr == "requires_grad":
            return
        else:
            raise self.reader.error("only names and entries of lists can be assigned", target)

    def _unpack(self, target: ast.Tuple | ast.List, value: Any, is_loop: bool) -> Steps:
        count = len(target.elts)
        stars = [place for place, each in enumerate(target.elts) if isinstance(each, ast.Starred)]
        if stars and isinstance(value, Items):
            first, rest = stars[0], count - stars[0] - 1
            entries = value.entries
            if len(entries) < count - 1:
                raise self.variables.unpack_error(count - 1, len(entries), target)
            middle = Items(entries[first : len(entries) - rest], "list", self.reader.branch)
            values = [*entries[:first], middle, *entries[len(entries) - rest :]]
        else:
            if not isinstance(value, (Items, Shape, Value)):
                raise self.reader.error(f"expected {count} values", target)
            values = self.variables.unpack(value, count, target)
        for each, entry in zip(target.elts, values, strict=True):
            yield self.bind(each.value if isinstance(each, ast.Starred) else each, entry, is_loop)

    def _set_entries(self, array: Value, value: Any, target: ast.Subscript, name: str) -> Steps:
        """`x[x < 0] = 0` on an array that is computed."""
        nodes = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
        items = []
        for node in nodes:
            items.append((yield self.expressions.index(node)))
        array = self.reader.share(array)
        new = self.expressions.value_of(value, target)
        changed = with_entries(self.expressions, array, items, new, self.span(target))
        if changed is None:
            raise self.reader.error(NO_ENTRY, target, ENTRY_HINT)
        self.variables.note_alias(name, array)
        self.variables.store(name, changed, self.span(target))

    def set_entry(self, base: Any, index: Any, value: Any, target: ast.Subscript) -> None:
        """`x[0] = y` on a list that the text made."""
        if not isinstance(base, (Items, Dictionary)):
            raise self.reader.error(NO_ENTRY, target, ENTRY_HINT)
        self.check_change(base, target)
        if isinstance(base, Dictionary):
            if not isinstance(index, str):
                raise self.reader.error("the key of a dictionary must be a text", target)
            base.entries[index] = value
            return
        places = index.entries if isinstance(index, Items) else [index]
        for place in places[:-1]:
            base.tree = None
            base = self.expressions.attributes.index(base, [place], target)
            if not isinstance(base, Items):
                raise self.reader.error("the index has too many numbers", target, kind="value")
        number = self.expressions.integer_of(places[-1], target.slice, "the index")
        if not -len(base.entries) <= number < len(base.entries):
            raise self.reader.error(f"the index {number} is out of range", target, kind="value")
        base.tree = None
        base.entries[number] = value

    def check_change(self, items: Items | Dictionary, node: ast.AST) -> None:
        """Raise GraphdiffError for a change that depends on a condition, which no list can have."""
        if items.branch is not self.reader.branch:
            if self.reader.gate:
                raise NotAGate
            raise self.reader.error(IN_BRANCH, node, "make the change in both branches' result: x[0] = a if c else b")
        if isinstance(items, Items) and items.kind == "tuple":
            raise self.reader.error("a tuple cannot be changed", node, "write a list")

    def read_AugAssign(self, node: ast.AugAssign) -> Steps:  # noqa: N802
        target = node.target
        load: ast.expr
        if isinstance(target, ast.Name):
            load = ast.Name(target.id, ast.Load())
        elif isinstance(target, ast.Subscript):
            load = ast.Subscript(target.value, target.slice, ast.Load())
        else:
            raise self.reader.error("only names and entries of lists can be assigned", target)
        ast.copy_location(load, target)
        if isinstance(node.op, ast.Add) and isinstance(target, ast.Name):
            base = yield self.expressions.read(load)
            self.variables.note_alias(target.id, base)
            if isinstance(base, Items) and base.kind == "list":
                added = yield self.expressions.read(node.value)
                self.check_change(base, node)
                base.tree = None
                base.entries += self.expressions.items_of(added, node.value)
                return
        value = yield self.expressions.read(ast.copy_location(ast.BinOp(load, node.op, node.value), node))
        yield self.bind(target, value)
        self.last = value, node
