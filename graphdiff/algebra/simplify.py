"""The simplifications that a person makes when writing a formula down; a comment states each rewrite.

A rewrite looks at one operation and its simplified operands and adds a few nodes at most, so that simplifying takes
linear time. It never changes the value by more than rounding where the original is finite. An operation that occurs
twice is one node.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.algebra import simplify_arrays, simplify_choices, simplify_functions
from graphdiff.algebra.constants import decimal, is_negative, number_of
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Operation
from graphdiff.graph.node import NO_PARAMETERS, Node
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import Shape, broadcast, nested_shape

ADD, SUB, MUL, DIV, NEG, POW, LOG = (PRIMITIVES[name] for name in ("add", "sub", "mul", "div", "neg", "pow", "log"))
LARGEST_MOVED = 1000
"""The largest factor that is moved out of a product, the rest of which is smaller by it and may underflow sooner."""
FACTORS_WITH_REWRITES = frozenset([NEG, MUL, DIV, POW, *simplify_arrays.REPEATING])
"""The operations of factors for which a product has rewrites."""
LARGEST_POWER = 4
"""The largest power that products are joined to: generated code multiplies these out, and calls pow for others."""


class Product(NamedTuple):
    """A number times the rest, which is None if there is only the number."""

    coefficient: float
    rest: Node | None


class Simplifier:
    """Adds operations to a builder in simplified form; signs and numbers are moved out of products.

    shapes holds the shapes of the builder's nodes, as far as they are known.
    """

    def __init__(self, builder: GraphBuilder) -> None:
        self.builder = builder
        self.shapes: dict[int, Shape] = {}
        self._nodes: dict[object, Node] = {}
        self._binary: set[int] = set()

    def apply(
        self, operation: Operation, operands: Sequence[Node], parameters: Mapping[str, Any] = NO_PARAMETERS
    ) -> Node:
        """Add an operation, or what it simplifies to in the same shape: 0*x is 0, but not if x is an array."""
        rewrite = _REWRITES.get(operation)
        if not isinstance(operation, Primitive) or (rewrite is None and operation.operator is None):
            return self.intern(operation, operands, parameters)
        if operation is MUL and self._are_plain(*operands):
            return self.intern(MUL, operands)
        simple = rewrite(self, *operands, **parameters) if rewrite else None
        if simple is None and operation.operator is not None:
            simple = self._fold(operation, operands)
        if simple is not None:
            shape = self.shape_of(operation, operands, parameters)
            if shape is None or self.shapes.get(simple.index, shape) == shape:
                return simple
        return self.intern(operation, operands, parameters)

    def _are_plain(self, x: Node, y: Node) -> bool:
        """Whether two factors have no number, sign, quotient or power that a rewrite looks for, as most have none."""
        return (
            x.operation not in FACTORS_WITH_REWRITES
            and y.operation not in FACTORS_WITH_REWRITES
            and x.index != y.index
            and not x.is_constant
            and not y.is_constant
        )

    def intern(
        self, operation: Operation, operands: Sequence[Node], parameters: Mapping[str, Any] = NO_PARAMETERS
    ) -> Node:
        """The one node of an operation on these operands, added unsimplified if it does not exist."""
        indices = [operand.index for operand in operands]
        if operation is MUL or operation is ADD:
            indices.sort()
        key = operation, *indices, *parameters.items()
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = self.builder.apply(operation, operands, parameters=parameters or None)
            if isinstance(operation, Primitive):
                shape = self.shape_of(operation, operands, parameters)
                if shape is not None:
                    self.shapes[node.index] = shape
            if simplify_choices.gives_binary(self, operation, operands):
                self._binary.add(node.index)
        return node

    def shape_of(self, primitive: Primitive, operands: Sequence[Node], parameters: Mapping[str, Any]) -> Shape | None:
        """The shape of an operation on nodes, if theirs are known."""
        operand_shapes: list[Shape] = []
        for operand in operands:
            shape = self.shapes.get(operand.index)
            if shape is None:
                return None
            operand_shapes.append(shape)
        return broadcast(*operand_shapes) if primitive.shape is None else primitive.shape(*operand_shapes, **parameters)

    def constant(self, value: Any) -> Node:
        """The one node of a number, or of an array as nested tuples."""
        key = "constant", type(value), repr(value)  # 0 and -0 are equal, but not the same number
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = self.builder.constant(value)
            self.shapes[node.index] = nested_shape(value)
        return node

    def negate(self, x: Node) -> Node:
        """-x: y for -y, a number for a number."""
        value = number_of(x)
        if value is not None:
            return self.constant(-value)
        if x.operation is NEG:
            return self.operand(x, 0)
        return self.intern(NEG, (x,))

    def is_binary(self, node: Node) -> bool:
        """Whether every entry of a node is known to be 0 or 1: a comparison, where(c, 0, 1), or a product of these."""
        return node.index in self._binary

    def _fold(self, primitive: Primitive, operands: Sequence[Node]) -> Node | None:
        """Fold sums, products and comparisons of constants; not log(2) or 1/3, which are more readable unfolded."""
        if primitive in (DIV, POW):
            return None
        value_of = self._known_number if primitive in simplify_choices.CONDITIONS else number_of
        values = [value for operand in operands if (value := value_of(operand)) is not None]
        if len(values) < len(operands) or not primitive.is_elementwise:
            return None
        result = decimal(primitive, values)
        return self.constant(result) if math.isfinite(result) else None

    def _known_number(self, node: Node) -> float | None:
        """The number of a constant, or of a quotient of two: 1/2 == 0 is 0."""
        coefficient, rest = self._product(node)
        if rest is None:
            return coefficient
        if rest.is_constant and isinstance(value := rest.parameters["value"], float):
            return coefficient * value
        if rest.operation is not DIV:
            return None
        above, below = (number_of(self.operand(rest, slot)) for slot in (0, 1))
        return coefficient * above / below if above is not None and below else None

    def _add(self, x: Node, y: Node) -> Node | None:
        if number_of(x) == 0:  # 0 + y = y
            return y
        if number_of(y) == 0:  # x + 0 = x
            return x
        if is_negative(y) and not x.is_constant:  # x + -y = x - y
            return self.apply(SUB, (x, self.negate(y)))
        if x.operation is NEG and not is_negative(y):  # -x + y = y - x
            return self.apply(SUB, (y, self.operand(x, 0)))
        return simplify_choices.join_choices(self, x, y) or self._like_terms(x, y, 1.0)

    def _sub(self, x: Node, y: Node) -> Node | None:
        if number_of(y) == 0:  # x - 0 = x
            return x
        if number_of(x) == 0:  # 0 - y = -y
            return self.negate(y)
        if is_negative(y) and not x.is_constant:  # x - -y = x + y
            return self.apply(ADD, (x, self.negate(y)))
        return self._like_terms(x, y, -1.0)

    def _like_terms(self, x: Node, y: Node, sign: float) -> Node | None:
        """a*x + b*x = (a + b)*x"""
        if x.index != y.index and not (self._may_have_number(x) or self._may_have_number(y)):
            return None
        left, right = self._product(x), self._product(y)
        if left.rest is None or right.rest is None or left.rest.index != right.rest.index:
            return None
        coefficient = decimal(ADD if sign > 0 else SUB, [left.coefficient, right.coefficient])
        return self._times(coefficient, left.rest) if coefficient == 0 or _is_moderate(coefficient) else None

    def _may_have_number(self, node: Node) -> bool:
        if node.operation is MUL:
            return self.operand(node, 0).is_constant
        return node.operation is NEG or node.operation is DIV or node.is_constant

    def _mul(self, x: Node, y: Node) -> Node | None:
        x, y = simplify_arrays.drop_repetition(self, x, y), simplify_arrays.drop_repetition(self, y, x)
        left, right = self._product(x), self._product(y)
        if left.coefficient == 1 and right.coefficient == 1 and left.rest is not None and right.rest is not None:
            return self._of_rests(left.rest, right.rest)
        if left.coefficient == 0 or right.coefficient == 0:  # 0*x = 0
            return self.constant(0.0)
        coefficient = decimal(MUL, [left.coefficient, right.coefficient])
        if not _is_moderate(coefficient):
            return None
        if left.rest is None or right.rest is None:  # a*(b*x) = (a*b)*x, 1*x = x
            rest = left.rest or right.rest
            return self.constant(coefficient) if rest is None else self._times(coefficient, rest)
        if 1 <= abs(coefficient) <= LARGEST_MOVED:  # (a*x)*(b*y) = (a*b)*(x*y); x*y could overflow where a*b is below 1
            return self._times(coefficient, self._of_rests(left.rest, right.rest))
        product = self._of_rests(self._absolute(x), self._absolute(y))  # -x*y = -(x*y)
        return self._signed(is_negative(x) != is_negative(y), product)

    def _of_rests(self, x: Node, y: Node) -> Node:
        """The product of two factors without a coefficient."""
        if x.index == y.index and self.is_binary(x):  # 1*1 = 1, 0*0 = 0
            return x
        for factor, other in ((x, y), (y, x)):
            if factor.operation is DIV and number_of(self.operand(factor, 0)) == 1:
                # (1/b)*y = y/b; (a/b)*y could overflow
                return self.apply(DIV, (other, self.operand(factor, 1)))
        (base, exponent), (same, other_exponent) = self._power(x), self._power(y)
        if (
            base.index == same.index
            and min(exponent, other_exponent) > 0
            and exponent + other_exponent <= LARGEST_POWER
        ):
            # x^a*x^b = x^(a + b) for small whole a, b
            return self.intern(POW, (base, self.constant(exponent + other_exponent)))
        return self.intern(MUL, (x, y))

    def _div(self, x: Node, y: Node) -> Node | None:
        if number_of(y) == 1:  # x/1 = x
            return x
        if number_of(x) == 0:  # 0/y = 0
            return self.constant(0.0)
        if x.index == y.index:  # x/x = 1
            return self.constant(1.0)
        signs = is_negative(x), is_negative(y)
        if any(signs):  # -x/y = -(x/y), -1/3 = -(1/3)
            return self._signed(signs[0] != signs[1], self.apply(DIV, (self._absolute(x), self._absolute(y))))
        (above, left), (below, right) = self._product(x), self._product(y)
        if below == 0 or (left is None and right is None) or not _is_moderate(above / below):
            return None
        ratio = above / below
        rest = left or self.constant(1.0)
        is_safe = abs(ratio) <= LARGEST_MOVED or left is None or right is None  # else x/y could underflow
        is_whole = ratio.is_integer() and decimal(MUL, [ratio, below]) == above
        if is_whole and is_safe and (below != 1 or (left is not None and ratio != 1)):
            # 6*x/(2*y) = 3*(x/y)
            quotient = rest if right is None else self.apply(DIV, (rest, right))
            return self._times(ratio, quotient)
        is_inverse_whole = (1 / ratio).is_integer() and decimal(MUL, [1 / ratio, above]) == below
        if is_inverse_whole and abs(above) > 1:  # 2*x/(6*y) = x/(3*y); of 0.5*x/y the divisor could overflow
            divisor = self.constant(1 / ratio) if right is None else self._times(1 / ratio, right)
            return self.apply(DIV, (rest, divisor))
        return None

    def _neg(self, x: Node) -> Node | None:
        return self.negate(x)

    def _pow(self, x: Node, y: Node) -> Node | None:
        if number_of(y) == 1:  # x^1 = x
            return x
        if number_of(y) == 0:  # x^0 = 1
            return self.constant(1.0)
        return None

    def _log(self, x: Node) -> Node | None:
        return self.constant(1.0) if x.is_constant and x.parameters["value"] == math.e else None  # log(e) = 1

    def _product(self, node: Node) -> Product:
        """A node as a number times the rest: 2*x, -x, 3/x."""
        operation = node.operation
        if operation is None:
            value = number_of(node)
            return Product(1.0, node) if value is None else Product(value, None)
        if operation is MUL or operation is DIV:
            value = number_of(self.operand(node, 0))
            if value is not None and operation is MUL:
                return Product(value, self.operand(node, 1))
            if value is not None and (value > 1 or value <= -1):  # 1/x could overflow where 0.5/x does not
                return Product(value, self.intern(DIV, (self.constant(1.0), self.operand(node, 1))))
        elif operation is NEG:
            coefficient, rest = self._product(self.operand(node, 0))
            return Product(-coefficient, rest)
        return Product(1.0, node)

    def _times(self, coefficient: float, rest: Node) -> Node:
        """A number times a node without a coefficient."""
        if coefficient == 0:
            return self.constant(0.0)
        size = abs(coefficient)
        if size == 1:
            product = rest
        elif rest.operation is DIV and _is_moderate(
            number := decimal(MUL, [size, number_of(self.operand(rest, 0)) or 0.0])
        ):
            product = self.intern(DIV, (self.constant(number), self.operand(rest, 1)))  # 2*(3/x) = 6/x
        else:
            product = self.intern(MUL, (self.constant(size), rest))
        return self._signed(coefficient < 0, product)

    def _signed(self, has_minus: bool, node: Node) -> Node:
        return self.negate(node) if has_minus else node

    def _power(self, node: Node) -> tuple[Node, float]:
        """A node as a power with a whole exponent."""
        if node.operation is POW:
            exponent = number_of(self.operand(node, 1))
            if exponent is not None and exponent.is_integer():
                return self.operand(node, 0), exponent
        return node, 1.0

    def operand(self, node: Node, slot: int) -> Node:
        """The node that another has in a slot."""
        return self.builder.nodes[node.operands[slot]]

    def _absolute(self, node: Node) -> Node:
        """A node without its sign."""
        return self.negate(node) if is_negative(node) else node


def _is_moderate(number: float) -> bool:
    """Whether a product of numbers is far from overflow and underflow."""
    return 1e-150 < abs(number) < 1e150


_REWRITES: dict[Operation, Callable[..., Node | None]] = {
    ADD: Simplifier._add,
    SUB: Simplifier._sub,
    MUL: Simplifier._mul,
    DIV: Simplifier._div,
    NEG: Simplifier._neg,
    POW: Simplifier._pow,
    LOG: Simplifier._log,
    **simplify_arrays.REWRITES,
    **simplify_choices.REWRITES,
    **simplify_functions.REWRITES,
}
