"""Python's conditions: both branches are read, and what differs between them is chosen by the condition."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from enum import Enum
from typing import Any, NamedTuple

from graphdiff.errors import shorten
from graphdiff.reading.python.assignments import Assignments
from graphdiff.reading.python.values import Refused, Steps, Value
from graphdiff.source import Span


class Outcome(Enum):
    """How a block of statements ends, other than at its last statement."""

    BREAK = "break"
    CONTINUE = "continue"
    RAISE = "raise"


class Returned(NamedTuple):
    """A block that ends by returning a value."""

    value: Any


class Branch(NamedTuple):
    """How one branch of an if statement ends, with the variables then, and what it returned on conditions."""

    outcome: Any
    variables: dict[str, Any]
    pending: list[tuple[Value, Any]]

    @property
    def ends(self) -> bool:
        """Whether nothing after the if statement is reached from here."""
        return self.outcome is not None


class Branches(Assignments):
    """Reads conditions, and returns that depend on them."""

    def block(self, statements: Sequence[ast.stmt]) -> Steps:
        """Read statements; the result says how they end."""
        raise NotImplementedError

    def known(self, value: Any, node: ast.expr) -> bool:
        """Whether a value is true, where the text must determine it."""
        truth = self.expressions.truth_of(value, node)
        if isinstance(truth, Value):
            if truth.constant is None:
                raise self.reader.error(
                    "this condition depends on an input",
                    node,
                    "a loop and its 'break' can only depend on constants; write a choice as np.where(x > 0, a, b)",
                    "value",
                )
            self.reader.fix(truth)
            return bool(truth.constant)
        return truth

    def read_If(self, node: ast.If) -> Steps:  # noqa: N802
        if is_main_guard(node):
            self.reader.note("the block of \"if __name__ == '__main__'\" is not read")
            return None
        condition = self.expressions.truth_of((yield self.expressions.read(node.test)), node.test)
        if isinstance(condition, bool):
            return (yield self.block(node.body if condition else node.orelse))
        scope = self.variables.scope
        before, pending = scope.variables, scope.pending
        ends: list[Branch] = []
        for body in (node.body, node.orelse):
            scope.variables, scope.pending = dict(before), []
            with self.reader.within_branch():
                outcome = yield self.block(body)
            ends.append(Branch(outcome, scope.variables, scope.pending))
        scope.variables, scope.pending = before, pending
        return self._merge(condition, ends[0], ends[1], node)

    def _merge(self, condition: Value, first: Branch, second: Branch, node: ast.If) -> Any:
        """Continue after both branches of an if statement."""
        for branch in (first, second):
            if branch.outcome in (Outcome.BREAK, Outcome.CONTINUE):
                raise self.reader.error(
                    f"'{branch.outcome.value}' on a condition that depends on an input cannot be read",
                    node,
                    "write a choice as np.where(x > 0, a, b)",
                )
            if branch.outcome is Outcome.RAISE:
                line = self.reader.places.line(node)
                self.reader.note(f"line {line}: the error that is raised on a condition is left out")
        span = self.span(node.test)
        if self._uses_of_condition(first, second) > 1:
            condition = self.reader.share(condition, "condition")
        if first.ends and second.ends and not second.pending and Outcome.RAISE not in (first.outcome, second.outcome):
            self._postpone(condition, first.pending, span)
            chosen = self.expressions.choose(condition, first.outcome.value, second.outcome.value, self.span(node))
            return Returned(chosen)
        if not first.ends and second.ends:
            condition = self.expressions.operators.opposite(condition, span)
            first, second = second, first
        self._postpone(condition, first.pending, span)
        scope = self.variables.scope
        if first.ends:
            # What the second branch returns comes after what the first has returned.
            if isinstance(first.outcome, Returned):
                scope.pending.append((condition, first.outcome.value))
            scope.pending += second.pending
            scope.variables = second.variables
            return second.outcome
        self._postpone(self.expressions.operators.opposite(condition, span), second.pending, span)
        self._merge_variables(condition, first.variables, second.variables, node)
        return None

    def _uses_of_condition(self, first: Branch, second: Branch) -> int:
        changed = sum(
            first.variables.get(name) is not second.variables.get(name)
            for name in {**first.variables, **second.variables}
        )
        return changed + len(first.pending) + len(second.pending) + (first.ends or second.ends)

    def _postpone(self, condition: Value, pending: Sequence[tuple[Value, Any]], span: Span) -> None:
        """Record values that a branch returns on further conditions."""
        self.reader.steps += len(pending)
        both = self.expressions.operators.both
        self.variables.scope.pending += [(both(condition, each, span), value) for each, value in pending]

    def _merge_variables(
        self, condition: Value, variables: dict[str, Any], other_variables: dict[str, Any], node: ast.If
    ) -> None:
        """Give each variable the value of the branch that is taken."""
        scope = self.variables.scope
        for name in {**variables, **other_variables}:
            first, second = variables.get(name, self), other_variables.get(name, self)
            if first is second:
                continue
            if first is self or second is self:
                line = self.reader.places.line(node)
                value: Any = Refused(
                    f"'{shorten(name)}' has no value in one branch of line {line}", "assign it before the 'if'"
                )
            elif isinstance(first, Refused) or isinstance(second, Refused):
                value = first if isinstance(first, Refused) else second
            else:
                value = self.expressions.choose(condition, first, second, self.span(node))
            if isinstance(value, Value):
                value = self.reader.assign(name, value, self.span(node))
            scope.variables[name] = value
            scope.used.discard(name)

    def finish(self, outcome: Any, node: ast.AST, span: Span) -> Any:
        """The value that a function returns, with what it returned earlier on conditions."""
        scope = self.variables.scope
        if isinstance(outcome, Returned):
            value = outcome.value
        elif outcome is Outcome.RAISE and scope.pending:
            self.reader.note("an error that is raised at the end of a function is left out")
            value = scope.pending.pop()[1]
        elif outcome is Outcome.RAISE:
            raise self.reader.error("this always raises an error", span, kind="value")
        elif scope.pending:
            raise self.reader.error(
                "the function returns a value only on a condition", span, "add a 'return' at its end"
            )
        else:
            value = None
        for condition, early in reversed(scope.pending):
            value = self.expressions.choose(condition, early, value, span)
        return value


def is_main_guard(node: ast.If) -> bool:
    """Whether a block is only for running the file: if __name__ == "__main__"."""
    test = node.test
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"
