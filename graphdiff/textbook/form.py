"""Formulas for reading: graphs as a person would write them, for printing only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphdiff.algebra.readable import make_readable
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.textbook.expressions import TooLargeError
from graphdiff.textbook.reader import Reader
from graphdiff.textbook.writer import Writer


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
    no_notes = ((),) * sum([len(graph.outputs) for graph in graphs])
    if not all(graph.is_elementwise for graph in graphs):
        return TextbookForm(make_readable(*graphs), no_notes)
    try:
        reader = Reader()
        sums = [total for graph in graphs for total in reader.read(graph)[0]]
        writer = Writer(reader.shortest, reader.uses_decimals)
        for graph in graphs:
            for name in graph.input_names:
                base = next(iter(reader.algebra.input(name).terms)).powers
                ((base, _),) = base
                if base not in writer._nodes:
                    writer.input(name, base)
        outputs = [writer.write(total).index for total in sums]
        result = writer.builder.nodes
        return TextbookForm(Graph(result, writer.builder.inputs, outputs, {n.name: n.index for n in result if n.name}), no_notes)
    except TooLargeError:
        return TextbookForm(make_readable(*graphs), no_notes)
