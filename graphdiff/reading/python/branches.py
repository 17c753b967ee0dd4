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
        ends: list[Any] = []
        for body in (node.body, node.orelse):
            scope.variables, scope.pending = dict(before), []
            with self.reader.within_branch():
                outcome = yield self.block(body)
            ends.append((outcome, scope.variables, scope.pending))
        scope.variables, scope.pending = before, pending
        return self._merge(condition, ends[0], ends[1], node)

    def _merge(self, condition: Value, first: Any, second: Any, node: ast.If) -> Any:
        """Continue after both branches of an if statement."""
        scope = self.variables.scope
        (outcome, variables, pending), (other_outcome, other_variables, other_pending) = first, second
        span = self.span(node.test)
        uses = sum(variables.get(name) is not other_variables.get(name) for name in {**variables, **other_variables})
        if pending or other_pending or uses + isinstance(outcome, Returned) > 1:
            condition = self.reader.share(condition, "condition")
        otherwise = self.expressions.operators.opposite(condition, span)
        operators = self.expressions.operators
        scope.pending += [(operators.both(condition, each, span), value) for each, value in pending]
        scope.pending += [(operators.both(otherwise, each, span), value) for each, value in other_pending]
        for end in (outcome, other_outcome):
            if end in (Outcome.BREAK, Outcome.CONTINUE):
                raise self.reader.error(
                    f"'{end.value}' on a condition that depends on an input cannot be read",
                    node,
                    "write a choice as np.where(x > 0, a, b)",
                )
        if Outcome.RAISE in (outcome, other_outcome):
            self.reader.note(
                f"line {self.reader.places.line(node)}: the error that is raised on a condition is left out"
            )
            if outcome is Outcome.RAISE:
                outcome, variables = other_outcome, other_variables
            scope.variables = variables
            return outcome
        if isinstance(outcome, Returned) and isinstance(other_outcome, Returned):
            return Returned(self.expressions.choose(condition, outcome.value, other_outcome.value, self.span(node)))
        if isinstance(outcome, Returned):
            scope.pending.append((condition, outcome.value))
            scope.variables = other_variables
        elif isinstance(other_outcome, Returned):
            scope.pending.append((otherwise, other_outcome.value))
            scope.variables = variables
        else:
            self._merge_variables(condition, variables, other_variables, node)
        return None

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
