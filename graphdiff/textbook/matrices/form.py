"""Formulas of arrays as a person would write them: as sums of products of matrices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from graphdiff.algebra.readable import ONE, make_readable
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.graph.shapes import infer_shapes, input_shapes
from graphdiff.operations.shapes import Shape
from graphdiff.textbook.matrices.array_nodes import ArrayNodes
from graphdiff.textbook.matrices.contraction import NoMatrixFormError
from graphdiff.textbook.matrices.exceptions import WHERE_ZERO, is_computed_at
from graphdiff.textbook.matrices.index_algebra import IndexAlgebra
from graphdiff.textbook.matrices.index_notation import Value
from graphdiff.textbook.matrices.index_rules import value_of
from graphdiff.textbook.matrices.index_writer import IndexWriter
from graphdiff.textbook.notes import Note
from graphdiff.writing.text import expression_length, graph_text

MOST_NODES = 1000
"""The most nodes of a formula that is rewritten; nobody reads larger ones."""
LONGEST_CONDITION = 60
"""Characters of a formula in a note."""
TOO_LARGE = "too long to be rewritten: it is written as it is computed"
NO_FORM = "has no form with products of matrices: it is written as it is computed"


class MatrixForm(NamedTuple):
    """A formula of arrays, and what to know of it.

    Attributes:
        graph: The formula.
        notes: Where it differs from what is computed, and why it is in no other form: sentences without a full stop.
    """

    graph: Graph
    notes: tuple[str, ...] = ()


def matrix_form(graph: Graph, shapes: Mapping[str, Shape]) -> MatrixForm:
    """Rewrite a formula of arrays as a person would write it; shapes has those of the inputs that are arrays.

    Values are the same up to rounding, except where a note says otherwise. Where the formula is too large, or has no
    such form, like terms are collected.
    """
    if sum(graph.needed) > MOST_NODES:
        return MatrixForm(make_readable(graph), (TOO_LARGE,))
    algebra = IndexAlgebra()
    try:
        return write_values(graph, algebra, values_of(graph, algebra, shapes), graph, shapes)
    except (NoMatrixFormError, GraphdiffError):  # the latter where the shapes of arrays are not known
        return MatrixForm(make_readable(graph), (NO_FORM,))


def values_of(graph: Graph, algebra: IndexAlgebra, shapes: Mapping[str, Shape]) -> list[Value]:
    """The outputs of a graph in index notation; raises GraphdiffError where shapes do not fit."""
    values: dict[int, Value] = {}
    node_shapes = infer_shapes(graph, input_shapes(graph, shapes))
    for index, name in zip(graph.inputs, graph.input_names, strict=True):
        values[index] = algebra.atoms.input(name, node_shapes[index] or ())
    for node in graph.nodes:
        if graph.needed[node.index] and not node.is_input:
            operands = [values[operand] for operand in node.operands]
            values[node.index] = value_of(algebra, node, operands, node_shapes[node.index] or ())
    return [values[index] for index in graph.outputs]


def write_values(
    graph: Graph, algebra: IndexAlgebra, values: list[Value], computed: Graph, shapes: Mapping[str, Shape]
) -> MatrixForm:
    """A graph of the inputs of another one whose outputs are values; raises NoMatrixFormError.

    computed is what is computed, and shapes has those of its inputs: notes are of points at which it is finite.
    """
    notes: dict[str, None] = {}
    for exceptions, value in algebra.exceptions:
        condition = _graph_of(graph, algebra, [value])
        if is_computed_at(computed, exceptions, condition, shapes):
            rest, number = _without_number(value) if exceptions is WHERE_ZERO else (value, 0)
            formula = _graph_of(graph, algebra, [rest])
            template = f"does not hold {exceptions.text.format('{}', number)}"
            note = Note(template, formula) if _is_short(formula) else "does not hold where it divides by 0"
            notes[note] = None
    return MatrixForm(_graph_of(graph, algebra, values), tuple(notes))


def _without_number(value: Value) -> tuple[Value, int]:
    """A value that is 0 as a value without a number, and the number that it is then: n, and 1, for n - 1."""
    rest = tuple([term for term in value.terms if term.factors])
    numbers = [-term.coefficient.above for term in value.terms if not term.factors and term.coefficient.below == 1]
    is_simple = len(rest) == 1 and rest[0].coefficient == ONE and numbers and numbers[0].is_integer()
    return (value._replace(terms=rest), int(numbers[0])) if is_simple else (value, 0)


def _graph_of(graph: Graph, algebra: IndexAlgebra, values: list[Value]) -> Graph:
    nodes = ArrayNodes(algebra.transposes_vectors)
    inputs = {
        name: nodes.builder.input(name, parameters=graph.nodes[index].parameters)
        for name, index in graph.input_indices.items()
    }
    writer = IndexWriter(algebra, nodes, inputs)
    writer.write_atoms_of(values)
    outputs = [writer.write(value).index for value in values]
    result = nodes.builder.nodes
    return Graph(result, nodes.builder.inputs, outputs, {node.name: node.index for node in result if node.name})


def _is_short(graph: Graph) -> bool:
    """Whether a formula is short enough for a note."""
    is_short = expression_length(graph) <= LONGEST_CONDITION
    return is_short and len(graph_text(graph, shares=False)) <= LONGEST_CONDITION
