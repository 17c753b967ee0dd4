"""Python's statements: assignments, conditions, loops, returns. Each method yields what it needs first."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from graphdiff.errors import shorten
from graphdiff.reading.python.effects import has_effect, is_silent
from graphdiff.reading.python.expressions import Expressions
from graphdiff.reading.python.reader import NotAGate
from graphdiff.reading.python.values import Dictionary, Items, Library, Refused, Shape, Steps, Value
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.python.calls import Calls

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
IN_BRANCH = "a list or a dictionary that is changed only on a condition cannot be read"


class Outcome(Enum):
    """How a block of statements ends, other than at its last statement."""

    BREAK = "break"
    CONTINUE = "continue"
    RAISE = "raise"


class Returned(NamedTuple):
    """A block that ends by returning a value."""

    value: Any


class Statements:
    """Reads statements."""

    def __init__(self, expressions: Expressions, calls: Calls) -> None:
        self.expressions = expressions
        self.calls = calls
        self.reader = expressions.reader
        self.variables = expressions.variables
        # The last value that a script computes.
        self.last: tuple[Any, ast.stmt] | None = None

    def span(self, node: ast.AST) -> Span:
        return self.reader.places.span(node)

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

    # Assignments

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

    def set_entry(self, base: Any, index: Any, value: Any, target: ast.Subscript) -> None:
        """`x[0] = y` on a list that the text made."""
        if not isinstance(base, (Items, Dictionary)):
            raise self.reader.error(
                "an entry of an array cannot be assigned",
                target,
                "make a list, such as [0]*3, assign its entries, and make it an array: np.array(x)",
            )
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

    # Conditions

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

    # Loops

    def read_For(self, node: ast.For) -> Steps:  # noqa: N802
        values = self.expressions.items_of((yield self.expressions.read(node.iter)), node.iter)
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
                assert isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
                self.last = (yield self.expressions.read(value.func.value)), node
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


def is_main_guard(node: ast.If) -> bool:
    """Whether a block is only for running the file: if __name__ == "__main__"."""
    test = node.test
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"
