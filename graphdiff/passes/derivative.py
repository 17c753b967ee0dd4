"""The derivative as a graph: the backward pass run on symbols, by the same rules as on numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from graphdiff.errors import GraphdiffError
from graphdiff.expression.source import normalized
from graphdiff.graph.build import parse
from graphdiff.graph.graph import Function, Graph, GraphBuilder, Node
from graphdiff.graph.shapes import shapes as shapes_of
from graphdiff.graph.symbolic import Symbolic
from graphdiff.operations.registry import CONSTANTS, PRIMITIVES
from graphdiff.operations.shapes import Shape, shape_text
from graphdiff.passes.backward import Cotangent, backward
from graphdiff.passes.point import differentiated

Shapes = Mapping[str, Shape]
"""The shape of each input by its name; a number where there is none."""


class Symbols:
    """A graph whose nodes are built anew as symbols, simplified, so that passes can add to it."""

    def __init__(self, graph: Graph, shapes: Shapes | None = None, kept: Collection[str] = ()) -> None:
        """Inputs without a shape are numbers; those that have a default, pi and e, are constants unless kept.

        Raises GraphdiffError where shapes do not fit.
        """
        self.graph = graph
        self.op = Symbolic(GraphBuilder())
        given = [tuple((shapes or {}).get(name, ())) for name in graph.input_names]
        self.shapes = shapes_of(graph, given)
        self.nodes: list[Any] = [None] * len(graph.nodes)
        self.inputs: list[Node] = []
        for index, name, shape in zip(graph.inputs, graph.input_names, given, strict=True):
            if name in CONSTANTS and name not in kept:
                self.nodes[index] = self.op.constant(CONSTANTS[name])
            else:
                self.nodes[index] = self.op.symbol(name, shape)
                self.inputs.append(self.nodes[index])
        for node in graph.nodes:
            if not graph.needed[node.index] or node.is_input:
                continue
            moved = self._moved(node)
            is_new = node.operation is not None and moved.name is None and moved.operation is not None
            self.nodes[node.index] = self.op.builder.rename(moved, node.name) if node.name and is_new else moved

    def _moved(self, node: Node) -> Node:
        """A node on the symbols of its operands; a function stays one gate."""
        if node.operation is None:
            constant: Node = self.op.constant(node.parameters["value"])
            return constant
        operands = [self.nodes[operand] for operand in node.operands]
        if not isinstance(node.operation, Function):
            return self.op.apply(node.operation, *operands, **node.parameters)
        gate = self.op.simplifier.applied(node.operation, operands)
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
        return op.simplifier.applied(PRIMITIVES["broadcast_to"], (value, like))

    def result(self, outputs: Sequence[Node]) -> Graph:
        """The graph of these nodes, with the inputs of the one that it was made from."""
        nodes = self.op.builder.nodes
        names = {node.name: node.index for node in nodes if node.name is not None}
        return Graph(nodes, [node.index for node in self.inputs], [node.index for node in outputs], names)


def derivative(
    source: str | Graph, /, wrt: str | None = None, *, order: int = 1, shapes: Shapes | None = None
) -> Graph:
    """The derivative of a formula by one of its inputs, of any order, as a graph: it can be printed, traced, compiled
    and differentiated again.

    wrt may be left out where there is one input. Formulas of arrays need the shapes of their inputs; the gradient has
    the shape of wrt, and the derivative of an array by a number that of the array.
    Raises GraphdiffError: "name" where wrt is no input, "value" where shapes do not fit, or where both the formula and
    wrt are arrays: then there is a Jacobian.
    """
    graph = parse(source)
    index = _input(graph, wrt)
    name = graph.labels[index]
    for _ in range(order):
        symbols = Symbols(graph, shapes, [name])
        output_shape = symbols.shapes[graph.output] or ()
        if output_shape and symbols.shapes[index]:
            raise GraphdiffError(
                "value",
                f"the formula is an array of shape {shape_text(output_shape)}, and so is {graph.labels[index]}: "
                "their derivative is a Jacobian",
                hint="a Jacobian, or a direction",
            )
        if output_shape:
            from graphdiff.passes.tangent import tangent

            graph = tangent(graph, {graph.labels[index]: 1.0}, shapes)
        else:
            graph = symbols.result(symbols.gradients([index]))
        index = graph.input_indices[name]
    return graph


def gradient_graph(graph: Graph, wrt: Sequence[str], shapes: Shapes | None = None) -> tuple[Graph, Mapping[int, Shape]]:
    """A graph of several outputs that share their nodes: the value, then the gradient by each input of wrt; and the
    shapes of its nodes.

    Raises GraphdiffError("value") where shapes do not fit, or the value is an array and a gradient is wanted.
    """
    symbols = Symbols(graph, shapes, wrt)
    shape = symbols.shapes[graph.output]
    if shape and wrt:
        raise GraphdiffError(
            "value",
            f"the output is an array of shape {shape_text(shape)}: only a number has a gradient",
            graph.source,
            graph.nodes[graph.output].span,
            "make it a number: sum(…)",
        )
    return symbols.result(
        [symbols.nodes[graph.output], *symbols.gradients([graph.input_indices[name] for name in wrt])]
    ), symbols.op.shapes


def _input(graph: Graph, wrt: str | None) -> int:
    if wrt is not None:
        return differentiated(graph, {}, wrt)[0]
    inputs = differentiated(graph, {})
    if len(inputs) != 1:
        names = ", ".join(graph.labels[index] for index in inputs)
        raise GraphdiffError(
            "usage", "by which input?", hint=f"name one of {names}" if inputs else "the formula has no inputs"
        )
    return inputs[0]
