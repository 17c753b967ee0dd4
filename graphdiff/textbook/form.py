"""Formulas for reading: graphs as a person would write them, for printing only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.textbook.notes import TOO_LONG, Condition, notes_on, own_part
from graphdiff.textbook.scalars.denominators import denominators
from graphdiff.textbook.scalars.expressions import Sum, TooLargeError
from graphdiff.textbook.scalars.reader import Reader, as_condition
from graphdiff.textbook.scalars.shortest import OPERATION
from graphdiff.textbook.scalars.writer import Writer
from graphdiff.writing.text import expression_length, graph_text

LONGEST_WHOLE = 120
"""Characters; longer formulas get a line for each subexpression that is used more than once."""
LARGEST_REWRITTEN, MOST_REWRITTEN = 2_000, 20_000
"""The most nodes of a formula that is rewritten, and of several together: nobody reads larger ones."""
SHORT_STEP = 12
"""The most operations of a derivative whose shortest form the next derivative is made from."""


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
    form = _form(graphs, shapes)
    if not any(shapes.values()):
        return form
    from graphdiff.textbook.join import keep_shapes  # lazy: most formulas are of numbers

    return form._replace(graph=keep_shapes(form.graph, graphs, shapes))


def _form(graphs: Sequence[Graph], shapes: Mapping[str, Shape]) -> TextbookForm:
    """The form of formulas, in which an array of equal entries may be one number."""
    if not all(graph.is_elementwise for graph in graphs):
        from graphdiff.textbook.join import join_graphs

        forms = [_form([graph], shapes) if graph.is_elementwise else _matrix(graph, shapes) for graph in graphs]
        return TextbookForm(
            join_graphs([form.graph for form in forms]), tuple([note for form in forms for note in form.notes])
        )
    sizes = [sum(graph.needed) for graph in graphs]
    if max(sizes) <= LARGEST_REWRITTEN and sum(sizes) <= MOST_REWRITTEN:
        try:
            if not any(_has_names(graph) for graph in graphs):
                return _rewrite(graphs, keeps_names=False)
            if max(map(expression_length, graphs)) <= LONGEST_WHOLE * 10:
                form = _rewrite(graphs, keeps_names=False)
                if are_short(form.graph):
                    return form
            return _rewrite(graphs, keeps_names=True)
        except TooLargeError:
            pass
    return _collected(graphs, (TOO_LONG,))


def step_form(graph: Graph, name: str) -> TextbookForm:
    """The form of a derivative that the next one, by an input, is made from: the shortest one while it is short, else
    one that grows slowly from derivative to derivative. Raises TooLargeError where that takes too much effort."""
    reader = Reader([graph], shortens=False)
    (total,), guards = reader.read(graph)
    if reader.shortest.expansion.is_worth_expanding(total, name):
        total = reader.shortest.expansion.over_one_denominator(total)
    if reader.shortest.cost(total) <= SHORT_STEP * OPERATION:
        return _rewrite([graph], keeps_names=False)
    return _write(reader, [graph], [total], [guards])


def _matrix(graph: Graph, shapes: Mapping[str, Shape]) -> TextbookForm:
    """The form of a formula of arrays."""
    from graphdiff.textbook.matrices.form import matrix_form  # lazy: most formulas are of numbers

    form = matrix_form(graph, shapes)
    return TextbookForm(form.graph, (form.notes,) * len(graph.outputs))


def _has_names(graph: Graph) -> bool:
    """Whether operations have names, which are left out of formulas that fit one line."""
    return any(node.name and node.operation is not None for node in graph.nodes)


def _collected(graphs: Sequence[Graph], notes: tuple[str, ...]) -> TextbookForm:
    """Formulas in which only like terms and factors are collected, and the same notes for each output."""
    from graphdiff.algebra.readable import make_readable  # lazy: most formulas are rewritten

    return TextbookForm(make_readable(*graphs), (notes,) * sum([len(graph.outputs) for graph in graphs]))


def _rewrite(graphs: Sequence[Graph], keeps_names: bool) -> TextbookForm:
    """Formulas in the shortest of their forms. Raises TooLargeError where that takes too much effort."""
    reader = Reader(graphs, keeps_names)
    results = [reader.read(graph) for graph in graphs]
    totals = [reader.shortest.whole_form(total) for outputs, _ in results for total in outputs]
    return _write(reader, graphs, totals, [guards for _, guards in results])


def _write(
    reader: Reader, graphs: Sequence[Graph], totals: Sequence[Sum], guards: Sequence[Sequence[Sum]]
) -> TextbookForm:
    """The forms of all outputs of graphs, each of which is without some guards, as one graph with notes.

    A guard is what is 0 at the points where it holds.
    """

    def graph_of(names: Sequence[str], sums: Sequence[Sum]) -> Graph:
        return Writer(reader.shortest).graph(names, sums)

    result = graph_of([name for graph in graphs for name in graph.input_names], totals)
    outputs = iter(result.outputs)
    notes: list[tuple[str, ...]] = []
    own_totals = iter(totals)
    for graph, own_guards in zip(graphs, guards, strict=True):
        divisors = [each for _ in graph.outputs for each in denominators(reader.algebra, next(own_totals))]
        parts = dict.fromkeys([as_condition(reader.algebra, each) for each in [*own_guards, *divisors]])
        conditions = [Condition(graph_of(graph.input_names, [left]), right) for left, right in parts]
        for computed in graph.outputs:
            form = own_part(result, next(outputs))
            notes.append(notes_on(own_part(graph, computed), form, conditions) if conditions else ())
    return TextbookForm(result, tuple(notes))


def are_short(graph: Graph) -> bool:
    """Whether every formula fits one line when written without shared parts."""
    if expression_length(graph) > LONGEST_WHOLE:
        return False
    lines = graph_text(graph, [""] * len(graph.outputs), shares=False).split("\n")
    return max(map(len, lines)) <= LONGEST_WHOLE
