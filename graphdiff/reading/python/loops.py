"""Python's loops: over lists, step by step; over arrays, as sums and products of a term for each entry."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from graphdiff.errors import GraphdiffError
from graphdiff.language.tree import Call, Clause, Comprehension, Name
from graphdiff.reading.python.branches import Branches, Outcome
from graphdiff.reading.python.reader import NotAGate
from graphdiff.reading.python.survey import stores_of
from graphdiff.reading.python.values import Refused, Rows, Steps, Value
from graphdiff.source import Span

FOLDS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
NOT_A_SUM = "a loop over an array can only add or multiply a term at each step"
HINT = "write the operation on whole arrays, such as np.sum(x), or the number of steps as a number"


class Loops(Branches):
    """Reads loops."""

    def read_For(self, node: ast.For) -> Steps:  # noqa: N802
        iterable = yield self.expressions.read(node.iter)
        rows = self.expressions.rows_of(iterable, self.span(node.iter))
        if rows is not None:
            yield self._accumulate(node, rows)
            return None
        values = self.expressions.items_of(iterable, node.iter)
        body = without_continue(node.body)
        for value in list(values):
            self.reader.count_step(node)
            yield self.bind(node.target, value, True)
            outcome = yield self.block(body)
            if outcome is Outcome.BREAK:
                return None
            if outcome is not None and outcome is not Outcome.CONTINUE:
                return outcome
        return (yield self.block(node.orelse))

    def read_While(self, node: ast.While) -> Steps:  # noqa: N802
        body = without_continue(node.body)
        while self.known((yield self.expressions.read(node.test)), node.test):
            self.reader.count_step(node)
            outcome = yield self.block(body)
            if outcome is Outcome.BREAK:
                return None
            if outcome is not None and outcome is not Outcome.CONTINUE:
                return outcome
        return (yield self.block(node.orelse))

    def read_Break(self, node: ast.Break) -> Outcome:  # noqa: N802
        return Outcome.BREAK

    def read_Continue(self, node: ast.Continue) -> Outcome:  # noqa: N802
        return Outcome.CONTINUE

    # Loops over arrays

    def _accumulate(self, node: ast.For, rows: Rows) -> Steps:
        """Read `for i in range(len(x)): s += x[i]**2` as s + sum(x[i]^2 for i in range(len(x)))."""
        if self.reader.gate and not self.reader.is_term:
            raise NotAGate
        try:
            totals = yield self._totals(node, rows)
        except NotAGate:
            raise self._refusal(node) from None
        for name, (symbol, total) in totals.items():
            before = self.expressions.value_of(self.variables.scope.variables[name], node.iter)
            value = self.expressions.operators.binary(symbol, before, total, self.span(node))
            self.variables.store(name, value, self.span(node))

    def _totals(self, node: ast.For, rows: Rows) -> Steps:
        """The sum or the product of the terms of each variable that a loop adds to or multiplies."""
        scope = self.variables.scope
        before = scope.variables
        counter = self.expressions.counter(node.target)
        changed = stores_of(node)
        scope.variables = {**before, **{name: Refused(NOT_A_SUM, HINT) for name in changed if name in before}}
        terms: dict[str, tuple[str, list[Value]]] = {}
        try:
            with self.reader.within_gate(is_term=True):
                yield self.bind(node.target, rows.entry(Value(counter)), True)
                yield self._read_terms(node.body, before, terms)
        finally:
            scope.variables = before
        last = Refused("this is the value of the last step of a loop over an array", "compute it after the loop")
        scope.variables = {**before, **{name: last for name in changed if name not in terms}}
        span = self.span(node)
        return {
            name: (symbol, self._total(symbol, parts, counter, rows, span)) for name, (symbol, parts) in terms.items()
        }

    def _total(self, symbol: str, parts: list[Value], counter: Name, rows: Rows, span: Span) -> Value:
        body = parts[0]
        for part in parts[1:]:
            body = self.expressions.operators.binary(symbol, body, part, span)
        clause = Clause(counter, Call("range", (rows.length,), span, span), None)
        return Value(Comprehension("sum" if symbol == "+" else "prod", body.tree, (clause,), span, span))

    def _read_terms(
        self, statements: Sequence[ast.stmt], before: dict[str, Any], terms: dict[str, tuple[str, list[Value]]]
    ) -> Steps:
        """Read the body of a loop over an array: what it adds to variables, and values that it needs for that."""
        for statement in statements:
            self.reader.count_step(statement)
            step = _accumulation(statement)
            if step is not None and isinstance(self.variables.scope.variables.get(step[0]), Refused):
                name, operator, term = step
                self._add_term(terms, name, operator, (yield self.expressions.read_value(term)), statement)
                continue
            if isinstance(statement, ast.For):
                rows = self.expressions.rows_of(
                    (yield self.expressions.read(statement.iter)), self.span(statement.iter)
                )
                if rows is not None:
                    yield self._read_inner(statement, rows, terms)
                    continue
            if (yield self.block([statement])) is not None:
                raise self._refusal(statement)

    def _read_inner(self, node: ast.For, rows: Rows, terms: dict[str, tuple[str, list[Value]]]) -> Steps:
        """A loop over an array within one: it adds to variables of its own, or to those of the outer loop."""
        own = dict(self.variables.scope.variables)
        totals = yield self._totals(node, rows)
        for name, (symbol, total) in totals.items():
            if isinstance(own.get(name), Value):
                value = self.expressions.operators.binary(symbol, own[name], total, self.span(node))
                self.variables.store(name, value, self.span(node))
            else:
                self._add_term(terms, name, symbol, total, node)

    def _add_term(
        self, terms: dict[str, tuple[str, list[Value]]], name: str, symbol: str, term: Value, node: ast.stmt
    ) -> None:
        if symbol == "-":
            symbol, term = "+", self.expressions.operators.negative(term, term.tree.span)
        known, parts = terms.setdefault(name, (symbol, []))
        if known != symbol:
            raise self._refusal(node)
        parts.append(term)

    def _refusal(self, node: ast.stmt) -> GraphdiffError:
        return self.reader.error(NOT_A_SUM, node, HINT, "value")


def _accumulation(statement: ast.stmt) -> tuple[str, str, ast.expr] | None:
    """The variable, the operator and the term of `s += x` and `s = s + x`; None for any other statement."""
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        symbol = FOLDS.get(type(statement.op))
        return (statement.target.id, symbol, statement.value) if symbol else None
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target, value = statement.targets[0], statement.value
    if not isinstance(target, ast.Name) or not isinstance(value, ast.BinOp):
        return None
    symbol = FOLDS.get(type(value.op))
    if symbol and isinstance(value.left, ast.Name) and value.left.id == target.id:
        return target.id, symbol, value.right
    if symbol in ("+", "*") and isinstance(value.right, ast.Name) and value.right.id == target.id:
        return target.id, symbol, value.left
    return None


def without_continue(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The body of a loop in which `if c: continue` has the statements after it as its else."""
    rest: list[ast.stmt] = []
    for statement in reversed(body):
        if isinstance(statement, ast.If) and isinstance(statement.body[-1], ast.Continue) and not statement.orelse:
            before = statement.body[:-1] or [ast.copy_location(ast.Pass(), statement)]
            rest = [ast.copy_location(ast.If(statement.test, before, rest), statement)]
        else:
            rest.insert(0, statement)
    return rest
