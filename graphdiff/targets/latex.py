"""Graph → LaTeX: formulas for a value and its derivatives."""

from __future__ import annotations

from collections.abc import Sequence

from graphdiff.graph.graph import Graph
from graphdiff.passes.derivative import gradient_graph
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.textbook.form import textbook_form
from graphdiff.writing.latex import derivative_latex


def formulas(graph: Graph, wrt: Sequence[str], shapes: Shapes | None) -> str:
    """The formula of the value, and that of the derivative by each input of wrt."""
    gradient, notes = textbook_form([gradient_graph(graph, wrt, shapes)[0]], shapes or {})
    by = [(), *((each,) for each in wrt)]
    return derivative_latex(gradient, by, graph.nodes[graph.output].name, shapes=shapes or {}, notes=notes)
