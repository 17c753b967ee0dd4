"""Python's expressions → values. Each method yields the expressions that it needs first, so that nothing recurses."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from graphdiff.errors import shorten
from graphdiff.language.tree import Ellipsis, Expression, Number, Slice
from graphdiff.operations.literal import is_out_of_range, read_number, size_hint, size_problem
from graphdiff.operations.shapes import MOST_AXES
from graphdiff.reading.python.attributes import Attributes
from graphdiff.reading.python.conversions import Conversions
from graphdiff.reading.python.reader import Reader, integer
from graphdiff.reading.python.values import Dictionary, Items, Scope, Steps, Value
from graphdiff.reading.python.variables import Variables
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.python.calls import Calls

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
}
COMPARED: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
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


class Expressions(Conversions):
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

    def read_value(self, node: ast.expr) -> Steps:
        """The value of an expression that must be a number or an array."""
        return self.value_of((yield self.read(node)), node)

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
        if float(number) in (float("inf"), 0) and (is_out_of_range(number) or value != float(number)):
            if not self.reader.source.is_precise:
                raise self.reader.error(f"{shorten(digits)} {size_problem(number)}", span, size_hint(number))
        constant = value if isinstance(value, float) or abs(value) < 2**53 else float(value)
        return Value(Number(number, span), constant)

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

    # Operators

    def read_BinOp(self, node: ast.BinOp) -> Steps:  # noqa: N802
        left = yield self.read(node.left)
        right = yield self.read(node.right)
        span = self.span(node)
        if isinstance(node.op, (ast.BitAnd, ast.BitOr)):
            return self._logical(node, self.value_of(left, node.left), self.value_of(right, node.right))
        symbol = BINARY.get(type(node.op))
        if symbol is None:
            is_power = isinstance(node.op, ast.BitXor)
            hint = "write a power as x**y" if is_power else "write x*2**n for a shift of bits"
            raise self.reader.error(f"'{'^' if is_power else 'the shift'}' is an operator on bits", node, hint)
        if (joined := self._joined(symbol, left, right, node)) is not None:
            return joined
        return self.operators.binary(symbol, self.value_of(left, node.left), self.value_of(right, node.right), span)

    def _logical(self, node: ast.BinOp, left: Value, right: Value) -> Value:
        if not (left.is_condition and right.is_condition):
            raise self.reader.error("'&' and '|' can only combine conditions", node, "for example: (x > 0) & (x < 1)")
        combine = self.operators.both if isinstance(node.op, ast.BitAnd) else self.operators.either
        return combine(left, right, self.span(node))

    def _joined(self, symbol: str, left: Any, right: Any, node: ast.BinOp) -> Items | str | None:
        """`[1] + [2]` and `[0]*3`, which are lists; None for operators on numbers and arrays."""
        if isinstance(left, str) and isinstance(right, str) and symbol == "+":
            return left + right
        lists = [side for side in (left, right) if isinstance(side, Items) and side.kind != "array"]
        arrays = [side for side in (left, right) if isinstance(side, Items) and side.kind == "array"]
        if not lists or arrays:
            return None
        if len(lists) == 2 and symbol == "+":
            entries = [*lists[0].entries, *lists[1].entries]
            return Items(entries, lists[0].kind, self.reader.branch)
        other = right if lists[0] is left else left
        count = integer(other)
        if symbol == "*" and count is not None and len(lists) == 1:
            self.reader.fix(other)
            self.reader.steps += max(count, 0) * len(lists[0].entries)
            self.reader.count_step(node)
            return Items(lists[0].entries * count, lists[0].kind, self.reader.branch)
        raise self.reader.error(
            f"'{symbol}' with a list is not arithmetic in Python", node, "make it an array: np.array([1, 2])"
        )

    def read_UnaryOp(self, node: ast.UnaryOp) -> Steps:  # noqa: N802
        operand = yield self.read(node.operand)
        span = self.span(node)
        if isinstance(node.op, ast.Not):
            truth = self.truth_of(operand, node.operand)
            if isinstance(truth, bool):
                return self.operators.constant(not truth, span)
            return self.operators.opposite(truth, span)
        value = self.value_of(operand, node.operand)
        if isinstance(node.op, ast.USub):
            return self.operators.negative(value, span)
        if isinstance(node.op, ast.UAdd):
            return value
        if not value.is_condition:
            raise self.reader.error("'~' is an operator on bits", node, "write 'not' as ~(x > 0)")
        return self.operators.opposite(value, span)

    def read_BoolOp(self, node: ast.BoolOp) -> Steps:  # noqa: N802
        is_and = isinstance(node.op, ast.And)
        result = yield self.read(node.values[0])
        for previous, operand in zip(node.values, node.values[1:], strict=False):
            truth = self.truth_of(result, previous)
            if isinstance(truth, bool):
                if truth != is_and:
                    return result
                result = yield self.read(operand)
                continue
            right = yield self.read_value(operand)
            combine = self.operators.both if is_and else self.operators.either
            result = combine(self.value_of(result, previous), right, self.span(node))
        return result

    def read_Compare(self, node: ast.Compare) -> Steps:  # noqa: N802
        left = yield self.read(node.left)
        result: Value | None = None
        for number, (operator, right_node) in enumerate(zip(node.ops, node.comparators, strict=True)):
            right = yield self.read(right_node)
            if number + 1 < len(node.ops) and isinstance(right, Value):
                right = self.reader.share(right, "middle")
            compared = self._compared(operator, left, right, node)
            result = compared if result is None else self.operators.both(result, compared, self.span(node))
            left = right
        return result

    def _compared(self, operator: ast.cmpop, left: Any, right: Any, node: ast.Compare) -> Value:
        span = self.span(node)
        if isinstance(operator, (ast.Is, ast.IsNot)) and (left is None or right is None):
            return self.operators.constant((left is right) == isinstance(operator, ast.Is), span)
        if isinstance(operator, (ast.Is, ast.IsNot)) and isinstance(right, Value) and isinstance(right.constant, bool):
            operator = ast.Eq() if isinstance(operator, ast.Is) else ast.NotEq()
        if isinstance(operator, (ast.In, ast.NotIn)) and isinstance(right, (Items, Dictionary)):
            entries = [self._key(entry, node) for entry in self.items_of(right, node)]
            return self.operators.constant((self._key(left, node) in entries) == isinstance(operator, ast.In), span)
        symbol = COMPARED.get(type(operator))
        if symbol is None:
            raise self.reader.error("only None can be compared with 'is', and constants with 'in'", node, "write ==")
        if symbol in ("==", "!=") and (
            isinstance(left, str) or isinstance(right, str) or left is None or right is None
        ):
            is_same = type(left) is type(right) and left == right
            return self.operators.constant(is_same == (symbol == "=="), span)
        left, right = self.value_of(left, node.left), self.value_of(right, node)
        if symbol in ("==", "!=") and all(isinstance(side.constant, int) for side in (left, right)):
            self.reader.fix(left)
            self.reader.fix(right)
        return self.operators.compare(symbol, left, right, span)

    def _key(self, value: Any, node: ast.expr) -> Any:
        """A constant, to look it up in a list."""
        if isinstance(value, Value) and value.constant is not None:
            self.reader.fix(value)
            return value.constant
        if value is None or isinstance(value, str):
            return value
        raise self.reader.error("'in' can only look for a constant", node)

    def read_IfExp(self, node: ast.IfExp) -> Steps:  # noqa: N802
        condition = self.truth_of((yield self.read(node.test)), node.test)
        if isinstance(condition, bool):
            return (yield self.read(node.body if condition else node.orelse))
        with self.reader.within_branch():
            first = yield self.read(node.body)
            second = yield self.read(node.orelse)
        return self.choose(condition, first, second, self.span(node))

    def choose(self, condition: Value, first: Any, second: Any, span: Span, depth: int = 0) -> Any:
        """What has one of two values, depending on a condition."""
        if first is second:
            return first
        pair = [first, second]
        if all(isinstance(each, Items) and each.kind != "array" for each in pair) and depth < MOST_AXES:
            if len(first.entries) == len(second.entries):
                condition = self.reader.share(condition, "condition")
                entries = [
                    self.choose(condition, one, two, span, depth + 1)
                    for one, two in zip(first.entries, second.entries, strict=True)
                ]
                return Items(entries, first.kind, self.reader.branch)
        return self.operators.where(condition, self.value_of(first, span), self.value_of(second, span), span)

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
            yield self._clauses(node, 0, entries)
        finally:
            self.variables.scope = outer
        return Items(entries, "list", self.reader.branch)

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
            return (yield self.read(node))
        bounds: list[Expression | None] = []
        for bound in (node.lower, node.upper, node.step):
            value = None if bound is None else (yield self.read(bound))
            if value is not None:
                number = self.integer_of(value, cast(ast.expr, bound), "the bound of a slice")
                value = Number(float(number), self.span(cast(ast.expr, bound)))
            bounds.append(value)
        return Slice(*bounds)
