"""Products as a person writes them down: without the parentheses that only say in which order they were made."""

from __future__ import annotations

from graphdiff.algebra.constants import number_of
from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.node import Node
from graphdiff.operations.registry import PRIMITIVES

_MUL, _DIV, _NEG = (PRIMITIVES[name] for name in ("mul", "div", "neg"))


class Tidier:
    """Rewrites nodes of an interpreter; those before its first node stay as they are, since a person wrote them."""

    def __init__(self, op: NodeInterpreter, first: int) -> None:
        self.op = op
        self.first = first
        self._tidied: dict[int, Node] = {}

    def tidy(self, root: Node) -> Node:
        """a*(b*c) as a*b*c, a*(b/c) as a*b/c, -(a*b) as -a*b; in a node and all that it consists of."""
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
            result, chain = operands[0], []
            right = operands[1]
            while right.operation in (_MUL, _DIV):
                chain.append((right.operation, self._node(right.operands[1])))
                right = self._node(right.operands[0])
            for operation, factor in [(_MUL, right), *reversed(chain)]:
                assert operation is not None
                result = intern(operation, (result, factor))
            return result
        return intern(node.operation, operands, node.parameters)

    def _negative(self, node: Node) -> Node:
        """The negative of a product has its sign at the first factor."""
        chain = []
        while node.operation in (_MUL, _DIV):
            chain.append((node.operation, self._node(node.operands[1])))
            node = self._node(node.operands[0])
        value = number_of(node)
        result = self.op.constant(-value) if value is not None else self.op.simplifier.intern(_NEG, (node,))
        for operation, factor in reversed(chain):
            result = self.op.simplifier.intern(operation, (result, factor))
        return result

    def _node(self, index: int) -> Node:
        return self.op.builder.nodes[index]
