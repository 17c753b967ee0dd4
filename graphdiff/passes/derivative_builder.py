"""A graph's nodes as symbols, on which passes build further ones: gradients, tangents."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.registry import CONSTANTS, PRIMITIVES
from graphdiff.operations.shapes import Shape
from graphdiff.passes.backward import Cotangent, backward
from graphdiff.passes.forward import evaluate
from graphdiff.passes.point import check_shapes

Shapes = Mapping[str, Shape]
"""The shape of each input by its name; a number where there is none."""


class DerivativeBuilder:
    """A graph whose nodes are built anew as symbols, simplified, so that passes can add to it."""

    def __init__(
        self, graph: Graph, shapes: Shapes | None = None, kept: Collection[str] = (), keeps_gates: bool = True
    ) -> None:
        """Inputs without a shape are numbers; those that have a default, pi and e, are constants unless kept, or given
        a shape. Calls of functions stay gates, or become their bodies where nothing is differentiated again.

        Raises GraphdiffError where shapes do not fit, or one is of no input.
        """
        check_shapes(graph, shapes or {})
        self.graph = graph
        self.op = NodeInterpreter(GraphBuilder(), keeps_gates=keeps_gates)
        given = [tuple((shapes or {}).get(name, ())) for name in graph.input_names]
        self.shapes = infer_shapes(graph, given)
        self.nodes: list[Any] = [None] * len(graph.nodes)
        self.inputs: list[Node] = []
        for index, name, shape in zip(graph.inputs, graph.input_names, given, strict=True):
            if name in CONSTANTS and name not in kept and name not in (shapes or {}):
                self.nodes[index] = self.op.constant(CONSTANTS[name])
            else:
                self.nodes[index] = self.op.symbol(name, shape)
                self.inputs.append(self.nodes[index])
        for node in graph.nodes:
            if not graph.needed[node.index] or node.is_input:
                continue
            moved = self._moved(node)
            is_unnamed = self.op.builder.nodes[moved.index].name is None
            is_new = node.operation is not None and is_unnamed and moved.operation is not None
            self.nodes[node.index] = self.op.builder.rename(moved, node.name) if node.name and is_new else moved

    def _moved(self, node: Node) -> Node:
        """A node on the symbols of its operands."""
        if node.operation is None:
            constant: Node = self.op.constant(node.parameters["value"])
            return constant
        operands = [self.nodes[operand] for operand in node.operands]
        if not isinstance(node.operation, Function):
            return self.op.simplifier.apply(node.operation, operands, node.parameters)
        if not self.op.keeps_gates:
            body: Node = self.op.lifted(evaluate(node, operands, self.op))
            return body
        gate = self.op.simplifier.intern(node.operation, operands)
        self.op.shapes[gate.index] = self.shapes[node.index] or ()
        return gate

    def gradients(self, wanted: Sequence[int], seed: Any = 1.0) -> list[Node]:
        """∂output/∂input for each of the wanted inputs, in its shape; of an array, what it passes of the seed."""
        graph, op = self.graph, self.op
        arrived = backward(graph, self.nodes, op, Cotangent(op.lifted(seed)), graph.active(wanted))
        found: list[Node] = []
        for index in wanted:
            gradient = op.lifted(arrived[index].value if index in arrived else 0.0)
            found.append(self.shaped(gradient, self.nodes[index]))
        return found

    def shaped(self, value: Node, like: Node) -> Node:
        """A value in the shape of another, also where it is one number for all entries."""
        op = self.op
        if op.shape(value) == op.shape(like):
            return value
        return op.simplifier.intern(PRIMITIVES["broadcast_to"], (value, like))

    def result(self, outputs: Sequence[Node]) -> Graph:
        """The graph of these nodes, with the inputs of the one that it was made from."""
        nodes = self.op.builder.nodes
        names = {node.name: node.index for node in nodes if node.name is not None}
        return Graph(nodes, [node.index for node in self.inputs], [node.index for node in outputs], names)
