"""A graph rebuilt on symbols, to which passes add nodes: gradients, tangents."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function, is_loop
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import Shape, nested_shape
from graphdiff.passes.backward import backward_from
from graphdiff.passes.cotangents import Cotangent, add_to
from graphdiff.passes.forward import evaluate
from graphdiff.passes.point import check_shapes

Shapes = Mapping[str, Shape]
"""The shapes of inputs by name; an input without one is a number."""


def shapes_of_inputs(graph: Graph, shapes: Shapes | None) -> dict[str, Shape]:
    """The shapes of inputs, with those of the values that the formula gives to other inputs."""
    return {**{name: nested_shape(value) for name, value in graph.defaults.items()}, **(shapes or {})}


class DerivativeBuilder:
    """Rebuilds a graph on symbols, simplified, so that passes can add nodes to it."""

    def __init__(
        self, graph: Graph, shapes: Shapes | None = None, input_names: Collection[str] = (), keeps_gates: bool = True
    ) -> None:
        """Rebuild all nodes of a graph that its output needs.

        Inputs without a shape are numbers. pi and e are constants, except where input_names, shapes or the program has
        them. With keeps_gates calls of functions stay gates; otherwise their bodies replace them, which suits a result
        that is not differentiated again.
        Raises GraphdiffError: "name" where a name in shapes is not an input, "value" where shapes do not match.
        """
        check_shapes(graph, shapes or {})
        named_inputs = {*input_names, *(shapes or {}), *graph.defaults}
        shapes = shapes_of_inputs(graph, shapes)
        self.graph = graph
        self.op = NodeInterpreter(GraphBuilder(), keeps_gates=keeps_gates)
        input_shapes = [tuple(shapes.get(name, ())) for name in graph.input_names]
        self.shapes = infer_shapes(graph, input_shapes)
        self.nodes: list[Any] = [None] * len(graph.nodes)
        self.inputs: list[Node] = []
        for index, name, shape in zip(graph.inputs, graph.input_names, input_shapes, strict=True):
            if name in CONSTANTS and name not in named_inputs:
                self.nodes[index] = self.op.constant(CONSTANTS[name])
            else:
                self.nodes[index] = self.op.symbol(name, shape, graph.nodes[index].parameters)
                self.inputs.append(self.nodes[index])
        for node in graph.nodes:
            if not graph.needed[node.index] or node.is_input:
                continue
            copy = self._rebuild(node)
            is_unnamed = self.op.builder.nodes[copy.index].name is None
            is_new = node.operation is not None and is_unnamed and copy.operation is not None
            self.nodes[node.index] = self.op.builder.rename(copy, node.name) if node.name and is_new else copy

    def _rebuild(self, node: Node) -> Node:
        """A node rebuilt on the symbols of its operands."""
        if node.operation is None:
            constant: Node = self.op.constant(node.parameters["value"])
            return constant
        operands = [self.nodes[operand] for operand in node.operands]
        if not isinstance(node.operation, Function):
            return self.op.simplifier.apply(node.operation, operands, node.parameters)
        if not self.op.keeps_gates or is_loop(node.operation):
            body: Node = self.op.lift(evaluate(node, operands, self.op))
            return body
        gate = self.op.simplifier.intern(node.operation, operands)
        self.op.shapes[gate.index] = self.shapes[node.index] or ()
        return gate

    def gradients(self, indices: Sequence[int], seed: Any = 1.0) -> list[Node]:
        """The gradient by each of these inputs, in the input's shape; seed is the cotangent of the output."""
        return self.cotangents(indices, [(self.graph.output, self.op.lift(seed))])

    def cotangents(self, indices: Sequence[int], seeds: Sequence[tuple[int, Node]]) -> list[Node]:
        """The cotangent of each of these inputs, in its shape, given those of some nodes by their indices."""
        graph, op = self.graph, self.op
        pending: dict[int, Cotangent] = {}
        for index, seed in seeds:
            add_to(pending, index, Cotangent(seed), op)
        cotangents = backward_from(graph, self.nodes, op, pending, graph.active_slots(indices))
        gradients: list[Node] = []
        for index in indices:
            gradient = cotangents[index].value if index in cotangents else 0.0
            gradients.append(op.expand_like(gradient, self.nodes[index]))
        return gradients

    def result(self, outputs: Sequence[Node]) -> Graph:
        """The graph with these outputs and the original graph's inputs."""
        nodes = self.op.builder.nodes
        names = {node.name: node.index for node in nodes if node.name is not None}
        return Graph(nodes, [node.index for node in self.inputs], [node.index for node in outputs], names)
