"""Formulas for reading: graphs as a person would write them, for printing only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphdiff.algebra.readable import make_readable
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.textbook.joined import join_graphs
from graphdiff.textbook.matrices import matrix_form


class TextbookForm(NamedTuple):
    """Formulas in one graph, an output each, and what to know of them.

    Attributes:
        graph: The graph of all formulas.
        notes: For each output, where it differs from what is computed: sentences without a full stop.
    """

    graph: Graph
    notes: tuple[tuple[str, ...], ...]


def textbook_form(graphs: Sequence[Graph], shapes: Mapping[str, Shape]) -> TextbookForm:
    """Rewrite formulas as a person would write them; shapes has those of the inputs that are arrays."""
    if all(graph.is_elementwise for graph in graphs):
        return TextbookForm(make_readable(*graphs), ((),) * sum([len(graph.outputs) for graph in graphs]))
    forms = [matrix_form(graph, shapes) for graph in graphs]
    return TextbookForm(
        join_graphs([form.graph for form in forms]),
        tuple([form.notes for form in forms for _ in form.graph.outputs]),
    )
