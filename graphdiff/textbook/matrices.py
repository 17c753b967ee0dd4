"""Formulas of arrays as a person would write them: as sums of products of matrices."""

from __future__ import annotations

from collections.abc import Mapping

from graphdiff.algebra.readable import make_readable
from graphdiff.graph.graph import Graph
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.shapes import Shape
from graphdiff.textbook.array_nodes import ArrayNodes
from graphdiff.textbook.contraction import NoMatrixFormError
from graphdiff.textbook.index_algebra import IndexAlgebra
from graphdiff.textbook.index_notation import Value
from graphdiff.textbook.index_rules import value_of
from graphdiff.textbook.index_writer import IndexWriter

MOST_NODES = 1000
"""The most nodes of a formula that is rewritten; nobody reads larger ones."""


def matrix_form(graph: Graph, shapes: Mapping[str, Shape]) -> Graph:
    """Rewrite formulas of arrays as a person would write them; shapes has those of the inputs that are arrays.

    Values are the same up to rounding, except where where(x == 0, 0, y/x) and the like have a case of their own; the
    formula with like terms collected where it is too large, or has no such form.
    """
    if graph.is_elementwise or sum(graph.needed) > MOST_NODES:
        return make_readable(graph)
    algebra = IndexAlgebra()
    try:
        return write_values(graph, algebra, values_of(graph, algebra, shapes))
    except NoMatrixFormError:
        return make_readable(graph)


def values_of(graph: Graph, algebra: IndexAlgebra, shapes: Mapping[str, Shape]) -> list[Value]:
    """The outputs of a graph in index notation."""
    values: dict[int, Value] = {}
    node_shapes = infer_shapes(graph, [tuple(shapes.get(name, ())) for name in graph.input_names])
    for index, name in zip(graph.inputs, graph.input_names, strict=True):
        values[index] = algebra.atoms.input(name, node_shapes[index] or ())
    for node in graph.nodes:
        if graph.needed[node.index] and not node.is_input:
            operands = [values[operand] for operand in node.operands]
            values[node.index] = value_of(algebra, node, operands, node_shapes[node.index] or ())
    return [values[index] for index in graph.outputs]


def write_values(graph: Graph, algebra: IndexAlgebra, values: list[Value]) -> Graph:
    """A graph of the inputs of another one whose outputs are values; raises NoMatrixFormError."""
    nodes = ArrayNodes()
    inputs = {name: nodes.builder.input(name) for name in graph.input_names}
    writer = IndexWriter(algebra, nodes, inputs)
    outputs = [writer.write(value).index for value in values]
    result = nodes.builder.nodes
    return Graph(result, nodes.builder.inputs, outputs, {node.name: node.index for node in result if node.name})
