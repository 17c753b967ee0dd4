"""Python's operators, comparisons and conditional expressions → values."""

from __future__ import annotations

import ast
from typing import Any

from graphdiff.operations.shapes import MOST_AXES
from graphdiff.reading.python.conversions import Conversions
from graphdiff.reading.python.reader import integer
from graphdiff.reading.python.values import Dictionary, Items, Steps, Value
from graphdiff.source import Span

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


class Formulas(Conversions):
    """Reads expressions with operators."""

    def read(self, node: ast.expr) -> Any:
        """The value of an expression, or the steps to it."""
        raise NotImplementedError

    def read_value(self, node: ast.expr) -> Steps:
        """The value of an expression that must be a number or an array."""
        return self.value_of((yield self.read(node)), node)

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
        are_lists = all(isinstance(each, Items) and each.kind != "array" for each in (first, second))
        if are_lists and len(first.entries) == len(second.entries) and depth < MOST_AXES:
            condition = self.reader.share(condition, "condition")
            entries = [
                self.choose(condition, one, two, span, depth + 1)
                for one, two in zip(first.entries, second.entries, strict=True)
            ]
            return Items(entries, first.kind, self.reader.branch)
        return self.operators.where(condition, self.value_of(first, span), self.value_of(second, span), span)
