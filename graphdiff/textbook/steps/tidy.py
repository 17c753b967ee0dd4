"""Products as a person writes them down: without the parentheses that only say in which order they were made; and
n - 2 for n - 1 - 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce

from graphdiff.algebra.constants import decimal, number_of
from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.function import Operation
from graphdiff.graph.node import Node
from graphdiff.operations.registry import PRIMITIVES

_ADD, _SUB, _MUL, _DIV, _NEG = (PRIMITIVES[name] for name in ("add", "sub", "mul", "div", "neg"))


class Tidier:
    """Rewrites nodes of an interpreter; those before its first node stay as they are, since a person wrote them."""

    def __init__(self, op: NodeInterpreter, first: int) -> None:
        self.op = op
        self.first = first
        self._tidied: dict[int, Node] = {}
        self._products: dict[tuple[int, int], Node] = {}

    def tidy(self, root: Node) -> Node:
        """a*(b*c) as a*b*c, a*(b/c) as a*b/c, -(a*b) as -a*b, n - 1 - 1 as n - 2; in a node and all that it consists
        of."""
        pending = [root]
        while pending:
            node = pending[-1]
            if node.index in self._tidied or node.index < self.first or node.operation is None:
                self._tidied.setdefault(node.index, node)
                pending.pop()
                continue
            operands = [self._node(index) for index in node.operands]
            waiting = [each for each in operands if each.index not in self._tidied]
            if waiting:
                pending += waiting
                continue
            self._tidied[node.index] = self._rewrite(node, [self._tidied[each.index] for each in operands])
            pending.pop()
        return self._tidied[root.index]

    def _rewrite(self, node: Node, operands: list[Node]) -> Node:
        intern = self.op.simplifier.intern
        assert node.operation is not None
        if node.operation is _NEG:
            return self._negative(operands[0])
        if node.operation is _MUL:
            return self._product([*self._chain(operands[0]), *self._chain(operands[1])])
        if node.operation in (_ADD, _SUB) and (total := self._with_one_number(node.operation, *operands)) is not None:
            return total
        return intern(node.operation, operands, node.parameters)

    def _with_one_number(self, operation: Operation, left: Node, right: Node) -> Node | None:
        """n - 1 - 1 as n - 2, and 1 - n - 1 as -n; None where a sum does not have two numbers."""
        second = number_of(right)
        if second is None or left.operation not in (_ADD, _SUB):
            return None
        second = second if operation is _ADD else -second
        first, last = [self._node(index) for index in left.operands]
        number = number_of(first) if number_of(last) is None else number_of(last)
        if number is None:
            return None
        if last.is_constant:
            total = decimal(_ADD, [number if left.operation is _ADD else -number, second])
            return None if math.isnan(total) else self.op.add(first, self.op.constant(total))
        total = decimal(_ADD, [number, second])
        apply = self.op.add if left.operation is _ADD else self.op.sub
        return None if math.isnan(total) else apply(self.op.constant(total), last)

    def _chain(self, node: Node) -> list[tuple[Operation, Node]]:
        """The factors of a product, with the operations before them."""
        chain: list[tuple[Operation, Node]] = []
        while node.operation in (_MUL, _DIV):
            assert node.operation is not None
            chain.append((node.operation, self._node(node.operands[1])))
            node = self._node(node.operands[0])
        return [(_MUL, node), *reversed(chain)]

    def _product(self, chain: Sequence[tuple[Operation, Node]]) -> Node:
        """A chain as one node, with its numbers multiplied in front of it."""
        numbers = [
            value for operation, factor in chain if operation is _MUL and (value := number_of(factor)) is not None
        ]
        number = reduce(lambda left, right: decimal(_MUL, [left, right]), numbers, 1.0)
        others = [(operation, factor) for operation, factor in chain if operation is _DIV or number_of(factor) is None]
        if abs(number) != 1 or not others or others[0][0] is _DIV:
            others.insert(0, (_MUL, self.op.constant(number)))
        elif number < 0:
            others[0] = _MUL, self.op.simplifier.negate(others[0][1])
        result = others[0][1]
        for operation, factor in others[1:]:
            result = self._in_order(operation, result, factor)
        return result

    def _in_order(self, operation: Operation, left: Node, right: Node) -> Node:
        """A product with its factors in this order: x*y is y*x as well."""
        node = self.op.simplifier.intern(operation, (left, right))
        if node.operands == (left.index, right.index):
            return node
        key = left.index, right.index
        if key not in self._products:
            self._products[key] = self.op.builder.apply(operation, (left, right))
            if (shape := self.op.shape(node)) is not None:
                self.op.shapes[self._products[key].index] = shape
        return self._products[key]

    def _negative(self, node: Node) -> Node:
        """The negative of a product has its sign at the first factor."""
        (_, first), *rest = self._chain(node)
        value = number_of(first)
        negative = self.op.constant(-value) if value is not None else self.op.simplifier.intern(_NEG, (first,))
        return self._product([(_MUL, negative), *rest])

    def _node(self, index: int) -> Node:
        return self.op.builder.nodes[index]
