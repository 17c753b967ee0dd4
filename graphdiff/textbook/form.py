"""Formulas for reading: graphs as a person would write them, for printing only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphdiff.algebra.readable import make_readable
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.textbook.expressions import Sum, TooLargeError
from graphdiff.textbook.notes import TOO_LONG, notes_on, own_part
from graphdiff.textbook.reader import Reader
from graphdiff.textbook.writer import Writer
from graphdiff.writing.text import expression_length, graph_text

LONGEST_WHOLE = 120
"""Characters; longer formulas get a line for each subexpression that is used more than once."""
LARGEST_REWRITTEN = 2000
"""The most operations of formulas that are rewritten: nobody reads larger ones."""


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
    if sum(sum(graph.needed) for graph in graphs) <= LARGEST_REWRITTEN:
        try:
            form = _rewrite(graphs, keeps_names=False)
            has_names = any(node.name and node.operation is not None for graph in graphs for node in graph.nodes)
            return form if not has_names or are_short(form.graph) else _rewrite(graphs, keeps_names=True)
        except TooLargeError:
            pass
    return TextbookForm(make_readable(*graphs), tuple([(TOO_LONG,) for _ in no_notes]))


def _rewrite(graphs: Sequence[Graph], keeps_names: bool) -> TextbookForm:
    """Formulas in the shortest of their forms. Raises TooLargeError where that takes too much effort."""
    reader = Reader(keeps_names)
    totals: list[Sum] = []
    guarded: list[tuple[Graph, list[Sum]]] = []
    for graph in graphs:
        outputs, guards = reader.read(graph)
        totals += outputs
        guarded += [(own_part(graph, output), [guard.difference for guard in guards]) for output in graph.outputs]
    names = [name for graph in graphs for name in graph.input_names]
    result = Writer(reader.shortest, reader.uses_decimals).graph(names, totals)
    notes: list[tuple[str, ...]] = []
    for output, (computed, differences) in zip(result.outputs, guarded, strict=True):
        roots = [Writer(reader.shortest, reader.uses_decimals).graph(computed.input_names, [each]) for each in differences]
        notes.append(notes_on(computed, own_part(result, output), roots) if roots else ())
    return TextbookForm(result, tuple(notes))


def are_short(graph: Graph) -> bool:
    """Whether every formula fits one line when written without shared parts."""
    if expression_length(graph) > LONGEST_WHOLE:
        return False
    lines = graph_text(graph, [""] * len(graph.outputs), shares=False).split("\n")
    return max(map(len, lines)) <= LONGEST_WHOLE
