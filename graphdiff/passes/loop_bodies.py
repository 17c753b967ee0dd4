"""Loops for generated code: their bodies simplified, and without calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import Loop, LoopBody
from graphdiff.graph.node import Node
from graphdiff.operations.shapes import Shape
from graphdiff.passes.forward import forward


def open_loop_bodies(graph: Graph, shapes: Mapping[int, Shape]) -> Graph:
    """The graph with loops whose bodies call no functions, for the shapes of its nodes."""
    bodies: dict[object, LoopBody] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        loop = node.operation
        if isinstance(loop, Loop) and graph.needed[node.index]:
            operand_shapes = [shapes.get(operand, ()) for operand in node.operands]
            key = loop.body, *operand_shapes
            if key not in bodies:  # the results of one loop have the same
                bodies[key] = _without_calls(loop.body, operand_shapes)
            node = node._replace(operation=Loop(bodies[key], loop.output, loop.stacks))
        nodes.append(node)
    return Graph(nodes, graph.inputs, graph.outputs, graph.names, graph.source) if bodies else graph


def _without_calls(body: LoopBody, shapes: Sequence[Shape]) -> LoopBody:
    graph, op = body.graph, NodeInterpreter(GraphBuilder())
    carried, sequences, captures = body.split(shapes)
    first, *names = graph.input_names
    inputs = [op.builder.input(first, is_constant=True)]
    op.shapes[inputs[0].index] = ()
    for name, shape in zip(names, [*carried, *(shape[1:] for shape in sequences), *captures], strict=True):
        inputs.append(op.symbol(name, shape))
    values = forward(graph, inputs, op)
    outputs = [op.lift(values[index]).index for index in graph.outputs]
    opened = Graph(op.builder.nodes, [node.index for node in inputs], outputs)
    return body._replace(graph=open_loop_bodies(opened, op.shapes))
