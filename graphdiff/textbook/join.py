"""Several graphs as one, in which equal nodes are there once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import infer_shapes, input_shapes
from graphdiff.operations.shapes import Shape
from graphdiff.textbook.matrices.array_nodes import ArrayNodes


def join_graphs(graphs: Sequence[Graph], shapes: Sequence[Shape | None] = ()) -> Graph:
    """The graph of the outputs of several graphs; inputs of the same name are one.

    shapes has for each output the shape that it is repeated in, None if it stays as it is.
    """
    array_nodes = ArrayNodes()
    builder, simplifier = array_nodes.builder, array_nodes.simplifier
    inputs: dict[str, Node] = {}
    outputs: list[int] = []
    for graph in graphs:
        nodes: dict[int, Node] = {}
        for index, name in zip(graph.inputs, graph.input_names, strict=True):
            nodes[index] = inputs[name] = inputs.get(name) or builder.input(
                name, parameters=graph.nodes[index].parameters
            )
        for node in graph.nodes:
            if not graph.needed[node.index] or node.is_input:
                continue
            if node.operation is None:
                nodes[node.index] = simplifier.constant(node.parameters["value"])
                continue
            new = simplifier.intern(node.operation, [nodes[operand] for operand in node.operands], node.parameters)
            is_named = node.name is not None and builder.nodes[new.index].name is None
            nodes[node.index] = builder.rename(new, node.name or "") if is_named else new
        for index in graph.outputs:
            shape = shapes[len(outputs)] if shapes else None
            outputs.append((nodes[index] if shape is None else array_nodes.filled(nodes[index], shape)).index)
    names = {node.name: node.index for node in builder.nodes if node.name}
    return Graph(builder.nodes, builder.inputs, outputs, names)


def keep_shapes(form: Graph, graphs: Sequence[Graph], shapes: Mapping[str, Shape]) -> Graph:
    """A form of the outputs of graphs, with the shape that each has: zeros(3) where x - x is 0, which has none; shapes
    has those of the inputs that are arrays."""
    try:
        expected = [shape for graph in graphs for shape in _output_shapes(graph, shapes)]
        actual = _output_shapes(form, shapes)
    except GraphdiffError:  # the shapes of arrays are not known
        return form
    if actual == expected:
        return form
    pairs = zip(expected, actual, strict=True)
    return join_graphs([form], [None if shape == own else shape for shape, own in pairs])


def _output_shapes(graph: Graph, shapes: Mapping[str, Shape]) -> list[Shape | None]:
    node_shapes = infer_shapes(graph, input_shapes(graph, shapes))
    return [node_shapes[index] for index in graph.outputs]
