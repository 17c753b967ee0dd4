"""Graph → LaTeX: formulas for a value and its derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

from graphdiff.graph.graph import Graph, needed_part
from graphdiff.operations.functions import unsupported_error
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.jacobian import hessians, jacobian
from graphdiff.passes.request import Request
from graphdiff.passes.wanted import wanted_graph
from graphdiff.targets.registry import TARGETS
from graphdiff.textbook.form import textbook_form
from graphdiff.writing.latex import derivative_latex


def formulas(graph: Graph, request: Request, shapes: Shapes | None) -> str:
    """The formula of the value, and those of its derivatives by each input of wrt, or by each pair of them.

    Raises GraphdiffError("value") if products with a Jacobian or the derivatives of several outputs are requested.
    """
    if request.want in ("jvp", "vjp", "hvp") or request.outputs:
        what = request.want if not request.outputs else "several outputs"
        raise unsupported_error(f"the {TARGETS['latex'].title} target", what, "it has the formulas of a Jacobian")
    parts, by = _derivatives(graph, request, shapes)
    form, notes = textbook_form(parts, shapes or {})
    return derivative_latex(form, [(), *by], graph.nodes[graph.output].name, shapes=shapes or {}, notes=notes)


def _derivatives(
    graph: Graph, request: Request, shapes: Shapes | None
) -> tuple[list[Graph], Sequence[tuple[str, ...]]]:
    """The graphs of the value and of its derivatives, and the inputs that each of these is by."""
    wrt = request.wrt
    own = request if request.want == "gradient" else Request("value", [])
    computed = wanted_graph(graph, own, shapes, keeps_gates=True).graph
    parts = [needed_part(computed, output, computed.inputs) for output in computed.outputs]
    if request.want == "jacobian":
        parts += [jacobian(graph, name, shapes=shapes) for name in wrt]
    elif request.want == "hessian":
        pairs = list(combinations_with_replacement(wrt, 2))
        return [*parts, *hessians(graph, pairs, shapes)], pairs
    return parts, [(name,) for name in wrt] if request.want != "value" else []
