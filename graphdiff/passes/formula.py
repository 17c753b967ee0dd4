"""A printed local derivative: the rule of a node run on symbols, at the point where it was taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphdiff.graph.graph import Function, Graph, GraphBuilder, Node, Operation
from graphdiff.graph.symbolic import Symbolic
from graphdiff.graph.text import expression_length, expression_text
from graphdiff.operations.interpreter import FLOATS
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import CONSTANTS, PRIMITIVES
from graphdiff.passes.backward import local_derivatives
from graphdiff.passes.forward import forward

LARGEST_FUNCTION = 100
LONGEST_FORMULA = 1000
"""The derivative of a function of more operations or operands, or with a longer text, is named, not spelled out."""

_WHERE, _NEG, _DIV = (PRIMITIVES[name] for name in ("where", "neg", "div"))


class _Written(Symbolic):
    """Builds formulas as they are written by hand.

    Of the gate's own operation f with operand x and output y, f(-x) is written in terms of y. At a point, where
    the symbols have values, of where(c, a, b) the branch is written that c takes there.
    """

    def __init__(self, builder: GraphBuilder, gate: Operation, x: Node, y: Node) -> None:
        super().__init__(builder)
        self.values: dict[int, float] = {}
        self._gate, self._x, self._y = gate, x, y

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Node:
        nodes = [self.lifted(operand) for operand in operands]
        if primitive is _WHERE:
            taken = self.value(nodes[0])
            if taken is not None:
                return nodes[1] if taken else nodes[2]
        if (
            primitive is self._gate
            and primitive.reflection is not None
            and nodes[0].operation is _NEG
            and nodes[0].operands == (self._x.index,)
        ):
            reflected: Node = primitive.reflection(self, self._y)
            return reflected
        if primitive is _DIV and nodes[0].operation is _DIV and nodes[0].operands[1] == nodes[1].index:
            # x/y/y, by which the numbers keep clear of overflow, is written x/y^2.
            return super().apply(_DIV, self.builder.nodes[nodes[0].operands[0]], self.pow(nodes[1], 2.0))
        return super().apply(primitive, *nodes, **parameters)

    def value(self, node: Node) -> float | None:
        """The node's number at the point, or None where a formula has no point."""
        graph = Graph(self.builder.nodes, self.builder.inputs, [node.index])
        inputs = [self.values.get(index) for index in graph.inputs]
        if any(value is None and graph.needed[index] for index, value in zip(graph.inputs, inputs, strict=True)):
            return None
        number: float = forward(graph, inputs, FLOATS)[node.index]
        return number


def local_formula(graph: Graph, node: Node, slot: int, values: Sequence[float | None]) -> str:
    """∂node/∂(its operand slot) as a formula in the labels of its operands and of its output.

    values are the trace's, of all nodes of the graph.
    """
    assert node.operation is not None
    if len(node.operands) > LARGEST_FUNCTION:
        return _named(node.operation, slot)
    builder = GraphBuilder()
    symbols: dict[int, Node] = {}
    for index in (*node.operands, node.index):
        if index not in symbols:
            constant = _constant(graph, index, values[index])
            symbols[index] = builder.input(graph.labels[index]) if constant is None else builder.constant(constant)
    operands = [symbols[index] for index in node.operands]
    op = _Written(builder, node.operation, operands[0], symbols[node.index])
    for index, symbol in symbols.items():
        value = values[index]
        if value is not None:
            op.values[symbol.index] = value
    return _formula(op, node, slot, symbols[node.index], operands, graph.names_in_use)


def _constant(graph: Graph, index: int, value: float | None) -> float | None:
    """The number to write for a node: that of a nameless constant, and of pi and e where they mean that."""
    node = graph.nodes[index]
    if node.is_constant and node.name is None:
        return value
    return value if node.is_input and value is not None and CONSTANTS.get(graph.labels[index]) == value else None


def general_formula(operation: Operation, slot: int) -> str:
    """The derivative of an operation by one operand, everywhere, as a formula in the names of its inputs."""
    builder = GraphBuilder()
    operands = [builder.input(name) for name in operation.inputs]
    node = builder.apply(operation, operands)
    op = _Written(builder, operation, operands[0], node)
    return _formula(op, node, slot, node, operands, frozenset(operation.inputs))


def _formula(op: _Written, node: Node, slot: int, y: Node, operands: Sequence[Node], names: frozenset[str]) -> str:
    operation = node.operation
    assert operation is not None
    if isinstance(operation, Function) and operation.size > LARGEST_FUNCTION:
        return _named(operation, slot)
    ((_, local, _),) = local_derivatives(node, [slot], y, operands, op)
    formula = Graph(op.builder.nodes, op.builder.inputs, [op.lifted(local).index])
    if expression_length(formula) > LONGEST_FORMULA:
        return _named(operation, slot)
    return expression_text(formula, formula.output, lambda symbol: symbol.name, names, is_formula=True)


def _named(operation: Operation, slot: int) -> str:
    return f"∂{operation.name}/∂{operation.inputs[slot]}"
