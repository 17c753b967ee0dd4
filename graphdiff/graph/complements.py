"""The nodes 1 - y, 1 + y and 1 - y^2 of an operation whose value y is rounded to 1 before they are computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.graph.node import Node
from graphdiff.operations.interpreter import Interpreter
from graphdiff.operations.primitive import Complement
from graphdiff.operations.registry import PRIMITIVES

_ADD, _SUB, _MUL, _POW = (PRIMITIVES[name] for name in ("add", "sub", "mul", "pow"))


class ComplementNode(NamedTuple):
    """The operands of an operation and its rule for the node (see Primitive.complements)."""

    operands: tuple[int, ...]
    rule: Complement

    def evaluate(self, values: Sequence[Any] | Mapping[int, Any], op: Interpreter) -> Any:
        """The value of the node, from those of the nodes before it."""
        return self.rule(op, *[values[operand] for operand in self.operands])


def complements_of(nodes: Sequence[Node]) -> Mapping[int, ComplementNode]:
    """The nodes that have a complement rule, by index."""
    bounded = {node.index: node for node in nodes if node.operation is not None and node.operation.complements}
    complements: dict[int, ComplementNode] = {}
    for node in nodes:
        if node.operation is _SUB and _is_number(nodes[node.operands[0]], 1.0):
            subtrahend = nodes[node.operands[1]]
            base = _base_of_square(nodes, subtrahend)
            candidate = (subtrahend.index, "1 - y") if base is None else (base, "1 - y^2")
        elif node.operation is _ADD and _is_number(nodes[node.operands[0]], 1.0):
            candidate = (node.operands[1], "1 + y")
        elif node.operation is _ADD and _is_number(nodes[node.operands[1]], 1.0):
            candidate = (node.operands[0], "1 + y")
        else:
            continue
        index, text = candidate
        if index in bounded:
            operation = bounded[index].operation
            assert operation is not None
            if text in operation.complements:
                complements[node.index] = ComplementNode(bounded[index].operands, operation.complements[text])
    return complements


def _base_of_square(nodes: Sequence[Node], node: Node) -> int | None:
    """The index of u in u^2 or u*u."""
    if node.operation is _POW and _is_number(nodes[node.operands[1]], 2.0):
        return node.operands[0]
    return node.operands[0] if node.operation is _MUL and node.operands[0] == node.operands[1] else None


def _is_number(node: Node, number: float) -> bool:
    return node.is_constant and bool(node.parameters["value"] == number)
