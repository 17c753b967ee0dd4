"""Python's expressions → values. Each method yields the expressions that it needs first, so that nothing recurses."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from graphdiff.errors import shorten
from graphdiff.language.tree import Call, Clause, Ellipsis, Expression, Number, Slice
from graphdiff.operations.literal import is_out_of_range, read_number, size_hint, size_problem
from graphdiff.reading.python.attributes import Attributes
from graphdiff.reading.python.formulas import Formulas
from graphdiff.reading.python.reader import NotAGate, Reader, integer
from graphdiff.reading.python.values import Dictionary, Items, Library, Rows, Scope, Steps, Terms, Value
from graphdiff.reading.python.variables import Variables
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.python.calls import Calls

HINTS = {
    "NamedExpr": "assign the value in a line of its own",
    "Await": "write a function that is not async",
    "Yield": "write a function that returns its value",
    "YieldFrom": "write a function that returns its value",
    "Set": "write a list: [1, 2]",
    "SetComp": "write a list comprehension",
    "DictComp": "write out the entries of the dictionary",
}
NAMES = {
    "NamedExpr": "an assignment within an expression",
    "Set": "a set",
    "SetComp": "a set",
    "DictComp": "a dictionary comprehension",
    "Await": "'await'",
    "Yield": "'yield'",
    "YieldFrom": "'yield'",
}


class Expressions(Formulas):
    """Reads expressions."""

    calls: Calls

    def __init__(self, reader: Reader, variables: Variables) -> None:
        super().__init__(reader)
        self.variables = variables
        self.attributes = Attributes(self)

    def read(self, node: ast.expr) -> Any:
        """The value of an expression, or the steps to it."""
        self.reader.count_step(node)
        method: Callable[[ast.expr], Any] | None = getattr(self, f"read_{type(node).__name__}", None)
        if method is None:
            kind = type(node).__name__
            raise self.reader.error(f"{NAMES.get(kind, 'this')} cannot be read as a formula", node, HINTS.get(kind))
        return method(node)

    # Constants and names

    def read_Constant(self, node: ast.Constant) -> Any:  # noqa: N802
        value = node.value
        span = self.span(node)
        if value is None or isinstance(value, str):
            return value
        if value is ...:
            return Ellipsis(span)
        if isinstance(value, bool):
            return self.operators.constant(value, span)
        if isinstance(value, (int, float)):
            return self._number(value, span)
        kind = "a complex number" if isinstance(value, complex) else "a text of bytes"
        raise self.reader.error(f"{kind} cannot be read", node, "graphdiff computes with real numbers")

    def _number(self, value: int | float, span: Span) -> Value:
        text = self.reader.source.text[span[0] : span[1]].replace("_", "").lower()
        digits = text if not text.startswith(("0x", "0b", "0o")) else str(value)
        try:
            number = read_number(digits)
        except ValueError:
            raise self.reader.error("the number is too long", span) from None
        is_lost = is_out_of_range(number) or (float(number) in (float("inf"), 0) and value != float(number))
        if is_lost and not self.reader.source.is_precise:
            raise self.reader.error(f"{shorten(digits)} {size_problem(number)}", span, size_hint(number))
        constant = value if isinstance(value, float) or abs(value) < 2**53 else float(value)
        return Value(Number(number, span), constant, is_literal=True)

    def read_Name(self, node: ast.Name) -> Any:  # noqa: N802
        return self.variables.load(node.id, node)

    def read_Attribute(self, node: ast.Attribute) -> Steps:  # noqa: N802
        base = yield self.read(node.value)
        return self.attributes.read(base, node)

    def read_JoinedStr(self, node: ast.JoinedStr) -> Steps:  # noqa: N802
        """A text such as f"W{k}", the key of a dictionary."""
        parts: list[str] = []
        for part in node.values:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            value = yield self.read(inner)
            if isinstance(part, ast.FormattedValue) and (part.format_spec is not None or part.conversion != -1):
                value = None
            parts.append(self.key_of(value, node))
        return "".join(parts)

    def key_of(self, value: Any, node: ast.expr) -> str:
        """A whole number or a text of the text, as text."""
        number = integer(value)
        if isinstance(value, str) or number is not None:
            if number is not None:
                self.reader.fix(value)
            return value if isinstance(value, str) else str(number)
        raise self.reader.error("a text can only be made of whole numbers", node, "leave it out")

    # Lists, comprehensions and functions

    def read_List(self, node: ast.List) -> Steps:  # noqa: N802
        return Items((yield self.read_all(node.elts)), "list", self.reader.branch)

    def read_Tuple(self, node: ast.Tuple) -> Steps:  # noqa: N802
        return Items((yield self.read_all(node.elts)), "tuple", self.reader.branch)

    def read_all(self, nodes: Sequence[ast.expr]) -> Steps:
        """The values of several expressions; `*x` is those of a list."""
        values: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                values += self.items_of((yield self.read(node.value)), node)
            else:
                values.append((yield self.read(node)))
        return values

    def read_Dict(self, node: ast.Dict) -> Steps:  # noqa: N802
        entries: dict[str, Any] = {}
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            key = None if key_node is None else (yield self.read(key_node))
            if not isinstance(key, str):
                raise self.reader.error("the keys of a dictionary must be texts", key_node or value_node)
            entries[key] = yield self.read(value_node)
        return Dictionary(entries, self.reader.branch)

    def read_Call(self, node: ast.Call) -> Steps:  # noqa: N802
        return self.calls.read(node)

    def read_Lambda(self, node: ast.Lambda) -> Steps:  # noqa: N802
        return self.calls.routine("", node)

    def read_ListComp(self, node: ast.ListComp) -> Steps:  # noqa: N802
        return self.comprehension(node)

    def read_GeneratorExp(self, node: ast.GeneratorExp) -> Steps:  # noqa: N802
        return self.comprehension(node)

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> Steps:
        """The list of a comprehension, written out."""
        outer = self.variables.scope
        self.variables.scope = Scope(outer, {}, self.reader.gate)
        entries: list[Any] = []
        try:
            rows = self.rows_of((yield self.read(node.generators[0].iter)), self.span(node.generators[0].iter))
            if rows is not None:
                return (yield self._terms(node, rows))
            yield self._clauses(node, 0, entries)
        finally:
            self.variables.scope = outer
        return Items(entries, "list", self.reader.branch)

    def _terms(self, node: ast.ListComp | ast.GeneratorExp, rows: Rows) -> Steps:
        """A comprehension over an array."""
        clauses: list[Clause] = []
        if self.reader.gate and not self.reader.is_term:
            raise NotAGate
        try:
            with self.reader.within_gate(is_term=True):
                for number, clause in enumerate(node.generators):
                    if number:
                        rows = self.rows_of((yield self.read(clause.iter)), self.span(clause.iter))  # type: ignore[assignment]
                    if rows is None or clause.ifs:
                        raise NotAGate
                    counter = self.counter(clause.target)
                    yield self.calls.statements.bind(clause.target, rows.entry(Value(counter)), True)
                    span = self.span(clause.iter)
                    clauses.append(Clause(counter, Call("range", (rows.length,), span, span), None))
                body = yield self.read_value(node.elt)
        except NotAGate:
            raise self.reader.error(
                "this comprehension over an array cannot be read", node, "write it on whole arrays, such as np.sum(x)"
            ) from None
        return Terms(body, tuple(clauses))

    def _clauses(self, node: ast.ListComp | ast.GeneratorExp, depth: int, entries: list[Any]) -> Steps:
        if depth == len(node.generators):
            entries.append((yield self.read(node.elt)))
            return
        clause = node.generators[depth]
        if clause.is_async:
            raise self.reader.error("'async' cannot be read", clause.target)
        values = self.items_of((yield self.read(clause.iter)), clause.iter)
        for value in list(values):
            self.reader.count_step(node)
            yield self.calls.statements.bind(clause.target, value, True)
            is_kept = True
            for test in clause.ifs:
                condition = yield self.read(test)
                is_kept = is_kept and self.calls.statements.known(condition, test)
            if is_kept:
                yield self._clauses(node, depth + 1, entries)

    # Indexing

    def read_Subscript(self, node: ast.Subscript) -> Steps:  # noqa: N802
        base = yield self.read(node.value)
        nodes = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        items = []
        for each in nodes:
            items.append((yield self.index(each)))
        return self.attributes.index(base, items, node)

    def index(self, node: ast.expr) -> Steps:
        """One of the items between the brackets of an index."""
        if not isinstance(node, ast.Slice):
            item = yield self.read(node)
            return None if isinstance(item, Library) and item.path.endswith(".newaxis") else item
        bounds: list[Expression | None] = []
        for bound in (node.lower, node.upper, node.step):
            value = None if bound is None else (yield self.read(bound))
            if value is not None:
                number = self.integer_of(value, cast(ast.expr, bound), "the bound of a slice")
                value = Number(float(number), self.span(cast(ast.expr, bound)))
            bounds.append(value)
        return Slice(*bounds)
