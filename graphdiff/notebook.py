"""How a graph and a trace show themselves in a notebook: the circuit, the formula, the tables.

They import this module, so what it needs to show them is imported when they are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphdiff.graph.graph import Graph
    from graphdiff.passes.trace import Trace
    from graphdiff.passes.values import Value
    from graphdiff.report.latex_steps import Steps

LARGEST = 10_000
"""Nodes of a graph of which more is shown than its text."""
LIMIT = 100
"""Gates of a circuit, and rows of a table."""
ALIGNED = "\\begin{aligned}\n", "\n\\end{aligned}"


class Shown:
    """Something that has a picture, a formula and a page for IPython to choose from; None where it is too large."""

    __slots__ = ()

    def _repr_svg_(self) -> str | None:
        return _svg(*_parts(self))

    def _repr_latex_(self) -> str | None:
        return _latex(*_parts(self))

    def _repr_html_(self) -> str | None:
        return _html(*_parts(self))

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        """What there is of the MIME types that are included, all of them unless given, and not excluded."""
        forms: dict[str, Callable[[], str | None]] = {
            "text/plain": lambda: repr(self),
            "image/svg+xml": self._repr_svg_,
            "text/latex": self._repr_latex_,
            "text/html": self._repr_html_,
        }
        wanted = set(forms if include is None else include) - set(exclude or ())
        found = {form: show() for form, show in forms.items() if form in wanted}
        return {form: text for form, text in found.items() if text is not None}


def _parts(source: Shown) -> tuple[Graph, Trace | None]:
    """A graph without a trace, or a trace's graph and the trace."""
    from graphdiff.graph.graph import Graph
    from graphdiff.passes.trace import Trace

    if isinstance(source, Trace):
        return source.graph, source
    assert isinstance(source, Graph)
    return source, None


def _svg(graph: Graph, trace: Trace | None) -> str | None:
    """The circuit; one with too many gates with a gate for each named node alone."""
    from graphdiff.drawing.circuit import circuit
    from graphdiff.drawing.picture import Picture
    from graphdiff.drawing.svg import svg
    from graphdiff.errors import GraphdiffError, shortened

    if len(graph.nodes) > LARGEST or len(graph.outputs) != 1:
        return None
    for collapses in (False, True):
        try:
            found = circuit(trace or graph, limit=LIMIT, collapses=collapses)
        except GraphdiffError:  # it is too large
            continue
        return svg(Picture(found, shortened(str(graph), 200)))
    return None


def _latex(graph: Graph, trace: Trace | None) -> str | None:
    """In math mode: the formula, of a trace with the value and the gradients too."""
    from graphdiff.graph.build import with_named_output
    from graphdiff.graph.latex import derivative_latex, graph_latex
    from graphdiff.report.latex import formula_latex

    if len(graph.nodes) > LARGEST:
        return None
    if trace is None:
        formula = formula_latex(graph, lambda: graph_latex(graph))
        return None if formula is None else rf"$\displaystyle {formula}$"
    named = with_named_output(graph)
    shapes = trace.shapes
    formula = formula_latex(named, lambda: derivative_latex(named, [()], named.labels[named.output], shapes=shapes))
    if formula is None:
        return None
    lines = " \\\\\n".join(_results(trace._replace(graph=named), formula))
    return f"$\\displaystyle {ALIGNED[0]}{lines}{ALIGNED[1]}$"


def _results(trace: Trace, formula: str) -> Iterator[str]:
    """The lines `f &= (x + y) z`, `f &= -12`, `∂f/∂x &= -4`, …"""
    from graphdiff.report.latex_steps import Steps
    from graphdiff.report.numbers import DIGITS

    steps = Steps(trace, DIGITS)
    output = trace.graph.labels[trace.graph.output]
    if trace.forward and formula.startswith(ALIGNED[0]):
        yield formula.removeprefix(ALIGNED[0]).removesuffix(ALIGNED[1])
    elif trace.forward:
        yield formula.replace(" = ", " &= ", 1)
    yield f"{steps.names(output)} &= {_number(steps, trace.value)}"
    for name, gradient in trace.gradients.items():
        yield f"{steps.partial(output, name)} &= {_number(steps, gradient)}"


def _number(steps: Steps, value: Value | None) -> str:
    """Without the command by which a page makes small what is wide."""
    return steps.number(value).replace(r"\fit{", "{")


def _html(graph: Graph, trace: Trace | None) -> str | None:
    """The circuit above the program, of a trace above the tables too. The program is text: not every notebook typesets
    formulas in HTML."""
    from graphdiff.report.html import ROOT, escaped, section_html, style
    from graphdiff.report.numbers import DIGITS
    from graphdiff.report.sections import program_lines, result_line, sections

    if len(graph.nodes) > LARGEST:
        return None
    parts = [f'<div class="{ROOT}" style="{_colors()}">', f"<style>\n{style()}</style>"]
    picture = _svg(graph, trace)
    if picture is not None:
        parts.append(f'<div class="scrolled">{picture}</div>')
    program = "\n".join(program_lines(str(graph)))
    parts.append(f"<pre>{escaped(program)}</pre>")
    if trace is not None:
        parts.append(f"<p>{escaped(result_line(trace, DIGITS))}</p>")
        for section in sections(trace, DIGITS, LIMIT):
            parts += section_html(section._replace(omitted=0))
            if section.omitted:
                parts.append(f'<p class="omitted">… {section.omitted:,} more rows are in the trace</p>')
    parts.append("</div>")
    return "\n".join(parts)


def _colors() -> str:
    """The notebook's own, which need not be the system's light or dark, and the picture's, which suit both."""
    from graphdiff.drawing.svg import COLORS, INK

    value, gradient = COLORS["value"], COLORS["gradient"]
    return (
        f"--text: inherit; --paper: transparent; --quiet: {INK}; --line: {INK};"
        f" --value: {value}; --gradient: {gradient}; --kink: {INK}"
    )
