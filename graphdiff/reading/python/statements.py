"""Python's statements: assignments, conditions, loops, returns. Each method yields what it needs first."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from graphdiff.errors import shorten
from graphdiff.reading.python.branches import Outcome, Returned
from graphdiff.reading.python.effects import has_effect, is_silent
from graphdiff.reading.python.loops import Loops
from graphdiff.reading.python.values import Library, Refused, Steps

REFUSED = {
    "Global": ("'global' cannot be read", "pass the value as a parameter and return it"),
    "Nonlocal": ("'nonlocal' cannot be read", "pass the value as a parameter and return it"),
    "With": ("'with' cannot be read", "leave out the block's first line"),
    "Try": ("'try' cannot be read", "write the formula alone"),
    "TryStar": ("'try' cannot be read", "write the formula alone"),
    "Match": ("'match' cannot be read", "write if and elif"),
    "Delete": ("'del' cannot be read", "leave it out"),
    "AsyncFunctionDef": ("'async' cannot be read", "write a plain function"),
    "AsyncFor": ("'async' cannot be read", "write a plain loop"),
    "AsyncWith": ("'async' cannot be read", "write the formula alone"),
}


class Statements(Loops):
    """Reads statements."""

    def block(self, statements: Sequence[ast.stmt]) -> Steps:
        """Read statements; the result says how they end."""
        for statement in statements:
            self.reader.count_step(statement)
            kind = type(statement).__name__
            method: Callable[[ast.stmt], Any] | None = getattr(self, f"read_{kind}", None)
            if method is None:
                message, hint = REFUSED.get(kind, ("this statement cannot be read", None))
                raise self.reader.error(message, statement, hint)
            outcome = yield method(statement)
            if outcome is not None:
                return outcome
        return None

    # Others

    def read_Return(self, node: ast.Return) -> Steps:  # noqa: N802
        return Returned(None if node.value is None else (yield self.expressions.read(node.value)))

    def read_Raise(self, node: ast.Raise) -> Outcome:  # noqa: N802
        return Outcome.RAISE

    def read_Pass(self, node: ast.Pass) -> None:  # noqa: N802
        return None

    def read_Assert(self, node: ast.Assert) -> None:  # noqa: N802
        self._leave_out(node, "assert")

    def _leave_out(self, node: ast.stmt, what: str) -> None:
        if has_effect(node):
            raise self.reader.error(f"'{what}' can only be left out if it changes nothing", node, "leave it out")
        self.reader.note(f"line {self.reader.places.line(node)}: '{what}' is left out")

    def read_Expr(self, node: ast.Expr) -> Steps:  # noqa: N802
        value = node.value
        if isinstance(value, ast.Constant) and (isinstance(value.value, str) or value.value is ...):
            return
        name = is_silent(value)
        if name is not None:
            self._leave_out(node, name)
            if name == "backward":
                self.last = (yield self.expressions.read(value.func.value)), node  # type: ignore[attr-defined]
            return
        self.last = (yield self.expressions.read(value)), node

    def read_FunctionDef(self, node: ast.FunctionDef) -> Steps:  # noqa: N802
        self.variables.scope.variables[node.name] = yield self.calls.routine(node.name, node)

    def read_ClassDef(self, node: ast.ClassDef) -> None:  # noqa: N802
        methods = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
        if node.name == "Value" and {"backward", "__add__"} <= methods:
            self.reader.note("an object of the class 'Value' is read as a number, as in micrograd")
            self.variables.scope.variables[node.name] = Library("micrograd.engine.Value")
            return
        self.variables.scope.variables[node.name] = Refused(
            f"the class '{shorten(node.name)}' cannot be read",
            "write what it computes as a function of its inputs and weights",
        )

    def read_Import(self, node: ast.Import) -> None:  # noqa: N802
        self.calls.imports(node, self.variables)

    def read_ImportFrom(self, node: ast.ImportFrom) -> None:  # noqa: N802
        self.calls.imports(node, self.variables)
