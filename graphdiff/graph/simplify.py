"""The algebra that a written formula has had done to it already. Each rewrite is stated where it is made.

A rewrite looks at one operation and its operands, which are simplified themselves, and never changes the value
beyond rounding where the original is finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphdiff.graph.graph import GraphBuilder, Node
from graphdiff.operations import ieee
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import PRIMITIVES

ADD, SUB, MUL, DIV, NEG, POW, WHERE, LOG = (
    PRIMITIVES[name] for name in ("add", "sub", "mul", "div", "neg", "pow", "where", "log")
)
_numeric = Numeric(ieee)


class Simplifier:
    """Applies operations in a builder, each in its simplest form."""

    def __init__(self, builder: GraphBuilder) -> None:
        self.builder = builder

    def apply(
        self, primitive: Primitive, operands: Sequence[Node], parameters: Mapping[str, Any] | None = None
    ) -> Node:
        """The operation, or what it simplifies to."""
        simplify = _REWRITES.get(primitive)
        simple = simplify(self, *operands) if simplify else None
        if simple is None:
            simple = self._folded(primitive, operands)
        if simple is None:
            simple = self.builder.apply(primitive, operands, parameters=parameters)
        return simple

    def constant(self, value: float) -> Node:
        return self.builder.constant(value)

    def negated(self, x: Node) -> Node:
        """-x, its sign moved to the first factor of a product: -(a*b) is (-a)*b, -(-x) is x."""
        products = []
        while x.operation in (MUL, DIV):
            products.append(x)
            x = self._operand(x, 0)
        if x.is_constant:
            x = self.constant(-x.parameters["value"])
        elif x.operation is NEG:
            x = self._operand(x, 0)
        else:
            x = self.builder.apply(NEG, (x,))
        for product in reversed(products):
            assert product.operation is not None
            x = self.builder.apply(product.operation, (x, self._operand(product, 1)))
        return x

    def _folded(self, primitive: Primitive, operands: Sequence[Node]) -> Node | None:
        """Sums, differences and comparisons of constants; not log(2) or 1/3, which read better as they are."""
        if primitive.operator is None or primitive in (DIV, POW):
            return None
        values = [_value(operand) for operand in operands]
        if any(value is None for value in values):
            return None
        result = _numeric.apply(primitive, *values)
        # 1.1 - 1 is meant to be 0.1: fifteen digits hold what the decimals held.
        return self.constant(float(f"{result:.15g}")) if math.isfinite(result) else None

    def _add(self, x: Node, y: Node) -> Node | None:
        if _value(x) == 0:  # 0 + y = y
            return y
        if _value(y) == 0:  # x + 0 = x
            return x
        if self._is_negative(y):  # x + -y = x - y
            return self.apply(SUB, (x, self.negated(y)))
        return None

    def _sub(self, x: Node, y: Node) -> Node | None:
        if _value(y) == 0:  # x - 0 = x
            return x
        if _value(x) == 0:  # 0 - y = -y
            return self.negated(y)
        if self._is_negative(y):  # x - -y = x + y
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
        if self._is_negative(y):  # x*-y = -x*y
            return self.apply(MUL, (self.negated(x), self.negated(y)))
        for factor, other in ((x, y), (y, x)):
            if self._is_reciprocal(factor):  # (1/b)*y = y/b; a*y/b for (a/b)*y could overflow
                above, below = self._operand(factor, 0), self._operand(factor, 1)
                return self.apply(DIV, (self.apply(MUL, (above, other)), below))
        return None

    def _div(self, x: Node, y: Node) -> Node | None:
        if _value(y) == 1:  # x/1 = x
            return x
        if self._is_negative(y):  # x/-y = -x/y
            return self.apply(DIV, (self.negated(x), self.negated(y)))
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

    def _is_reciprocal(self, node: Node) -> bool:
        """Whether a node is 1/b, -1/b, 1/b/c and so on."""
        if node.operation is not DIV:
            return False
        while node.operation is DIV:
            node = self._operand(node, 0)
        return _value(node) in (1, -1)

    def _is_negative(self, node: Node) -> bool:
        """Whether the text of a node would begin with a sign that negated() takes away."""
        while node.operation in (MUL, DIV):
            node = self._operand(node, 0)
        value = _value(node)
        return node.operation is NEG or (value is not None and value < 0)


def _value(node: Node) -> float | None:
    return node.parameters["value"] if node.is_constant else None


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
