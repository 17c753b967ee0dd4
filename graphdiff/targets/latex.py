"""Graph → LaTeX: formulas for a value and its derivatives."""

from __future__ import annotations

from graphdiff.graph.graph import Graph, needed_part
from graphdiff.passes.derivative import gradient_graph
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.request import Request
from graphdiff.textbook.form import textbook_form
from graphdiff.writing.latex import derivative_latex


def formulas(graph: Graph, request: Request, shapes: Shapes | None) -> str:
    """The formula of the value, and that of the derivative by each input of wrt."""
    wrt = request.wrt
    computed, _ = gradient_graph(graph, wrt, shapes)
    parts = [needed_part(computed, output, computed.inputs) for output in computed.outputs]
    gradient, notes = textbook_form(parts, shapes or {})
    by = [(), *((each,) for each in wrt)]
    return derivative_latex(gradient, by, graph.nodes[graph.output].name, shapes=shapes or {}, notes=notes)
