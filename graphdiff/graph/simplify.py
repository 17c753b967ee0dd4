"""The algebra that a written formula has had done to it already. Each rewrite is stated where it is made.

A rewrite looks at one operation and its operands, which are simplified themselves; it makes a few nodes at most, so
that simplifying takes linear time. It never changes the value beyond rounding where the original is finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphdiff.graph.graph import GraphBuilder, Node
from graphdiff.operations.interpreter import FLOATS
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import PRIMITIVES

ADD, SUB, MUL, DIV, NEG, POW, WHERE, LOG = (
    PRIMITIVES[name] for name in ("add", "sub", "mul", "div", "neg", "pow", "where", "log")
)


class Simplifier:
    """Applies operations in a builder, each in its simplest form; signs are moved out of products."""

    def __init__(self, builder: GraphBuilder) -> None:
        self.builder = builder

    def apply(
        self, primitive: Primitive, operands: Sequence[Node], parameters: Mapping[str, Any] | None = None
    ) -> Node:
        """The operation, or what it simplifies to."""
        rewrite = _REWRITES.get(primitive)
        simple = rewrite(self, *operands) if rewrite else None
        if simple is None:
            simple = self._folded(primitive, operands)
        if simple is None:
            simple = self.builder.apply(primitive, operands, parameters=parameters)
        return simple

    def constant(self, value: float) -> Node:
        return self.builder.constant(value)

    def negated(self, x: Node) -> Node:
        """-x, which of -y is y and of a number a number."""
        value = _value(x)
        if value is not None:
            return self.constant(-value)
        if x.operation is NEG:
            return self._operand(x, 0)
        return self.builder.apply(NEG, (x,))

    def _folded(self, primitive: Primitive, operands: Sequence[Node]) -> Node | None:
        """Sums, products and comparisons of constants; not log(2) or 1/3, which read better as they are."""
        if primitive.operator is None or primitive in (DIV, POW):
            return None
        values = [value for operand in operands if (value := _value(operand)) is not None]
        if len(values) < len(operands) or not primitive.is_elementwise:
            return None
        result = _decimal(primitive, values)
        return self.constant(result) if math.isfinite(result) else None

    def _add(self, x: Node, y: Node) -> Node | None:
        if _value(x) == 0:  # 0 + y = y
            return y
        if _value(y) == 0:  # x + 0 = x
            return x
        if _is_negative(y) and not x.is_constant:  # x + -y = x - y
            return self.apply(SUB, (x, self.negated(y)))
        return None

    def _sub(self, x: Node, y: Node) -> Node | None:
        if _value(y) == 0:  # x - 0 = x
            return x
        if _value(x) == 0:  # 0 - y = -y
            return self.negated(y)
        if _is_negative(y) and not x.is_constant:  # x - -y = x + y
            return self.apply(ADD, (x, self.negated(y)))
        return None

    def _mul(self, x: Node, y: Node) -> Node | None:
        for factor, other in ((x, y), (y, x)):
            if _value(factor) == 0:  # 0*x = 0
                return self.constant(0.0)
            if _value(factor) == 1:  # 1*x = x
                return other
            if _value(factor) == -1:  # -1*x = -x
                return self.negated(other)
        if x.operation is NEG or y.operation is NEG:  # -x*y = -(x*y), -x*-y = x*y
            product = self.apply(MUL, (self._positive(x), self._positive(y)))
            return product if x.operation is y.operation else self.negated(product)
        for factor, other in ((x, y), (y, x)):
            if (
                factor.operation is DIV and _value(self._operand(factor, 0)) == 1
            ):  # (1/b)*y = y/b; (a/b)*y could overflow
                return self.apply(DIV, (other, self._operand(factor, 1)))
        return None

    def _div(self, x: Node, y: Node) -> Node | None:
        if _value(y) == 1:  # x/1 = x
            return x
        if x.operation is NEG or y.operation is NEG:  # -x/y = -(x/y), -x/-y = x/y
            quotient = self.apply(DIV, (self._positive(x), self._positive(y)))
            return quotient if x.operation is y.operation else self.negated(quotient)
        value = _value(x)
        if value is not None and value < 0:  # -2/y = -(2/y)
            return self.negated(self.apply(DIV, (self.constant(-value), y)))
        return None

    def _neg(self, x: Node) -> Node | None:
        return self.negated(x)

    def _pow(self, x: Node, y: Node) -> Node | None:
        if _value(y) == 1:  # x^1 = x
            return x
        if _value(y) == 0:  # x^0 = 1
            return self.constant(1.0)
        return None

    def _log(self, x: Node) -> Node | None:
        return self.constant(1.0) if _value(x) == math.e else None  # log(e) = 1

    def _where(self, condition: Node, x: Node, y: Node) -> Node | None:
        known = _value(condition)
        if known is None:
            return None
        return x if known else y

    def _operand(self, node: Node, slot: int) -> Node:
        return self.builder.nodes[node.operands[slot]]

    def _positive(self, node: Node) -> Node:
        return self._operand(node, 0) if node.operation is NEG else node


def _value(node: Node) -> float | None:
    """The number of a constant that is one."""
    value = node.parameters["value"] if node.is_constant else None
    return value if isinstance(value, float) else None


def _is_negative(node: Node) -> bool:
    value = _value(node)
    return node.operation is NEG or (value is not None and value < 0)


def _decimal(primitive: Primitive, values: Sequence[float]) -> float:
    """The result as the decimals mean it: 1.1 - 1 is 0.1, not 0.10000000000000009."""
    if primitive not in (ADD, SUB, MUL) or all(value.is_integer() for value in values):
        result: float = FLOATS.apply(primitive, *values)
        return result
    from decimal import Decimal

    return float(FLOATS.apply(primitive, *(Decimal(repr(value)) for value in values)))


_REWRITES: dict[Primitive, Callable[..., Node | None]] = {
    ADD: Simplifier._add,
    SUB: Simplifier._sub,
    MUL: Simplifier._mul,
    DIV: Simplifier._div,
    NEG: Simplifier._neg,
    POW: Simplifier._pow,
    WHERE: Simplifier._where,
    LOG: Simplifier._log,
}
