"""Rich display of graphs, traces and fits in notebooks: the circuit, the formula, the tables.

Graph, Trace and Fit import this module by name when IPython calls their display methods, so that other programs do not
import what only notebooks need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache

from graphdiff.algebra.collapse import collapse
from graphdiff.drawing.circuit import circuit
from graphdiff.drawing.picture import Picture
from graphdiff.drawing.svg import svg
from graphdiff.drawing.theme import AUTO
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.fitting.result import Fit
from graphdiff.graph.graph import Graph
from graphdiff.graph.output import name_output
from graphdiff.passes.collapse import collapse_trace
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value
from graphdiff.report.accuracy import notes
from graphdiff.report.fit import fit_html_body
from graphdiff.report.html import ROOT, escape_html, notes_html, section_html, style
from graphdiff.report.latex_document import formula_latex
from graphdiff.report.latex_steps import Steps
from graphdiff.report.numbers import DIGITS
from graphdiff.report.trace_tables import program_lines, result_line, sections
from graphdiff.writing.latex import derivative_latex, graph_latex
from graphdiff.writing.latex_names import text_latex

LARGEST = 10_000
"""Nodes of a graph that is shown as more than its text."""
LIMIT = 100
"""The most gates of a circuit, and rows of a table."""
ALIGNED = "\\begin{aligned}\n", "\n\\end{aligned}"


def graph_bundle(
    graph: Graph, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
) -> dict[str, str]:
    """The representations of a graph by MIME type: those in include, by default all, without those in exclude."""
    return _bundle(repr(graph), graph, None, include, exclude)


def trace_bundle(
    trace: Trace, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
) -> dict[str, str]:
    """The representations of a trace by MIME type: those in include, by default all, without those in exclude."""
    return _bundle(repr(trace), trace.graph, trace, include, exclude)


def fit_html(fit: Fit) -> str:
    """The tables of a fit."""
    body = fit_html_body(fit, DIGITS, LIMIT)
    return "\n".join([f'<div class="{ROOT}" style="{_colors()}">', f"<style>\n{style()}</style>", *body, "</div>"])


def _bundle(
    text: str, graph: Graph, trace: Trace | None, include: Iterable[str] | None, exclude: Iterable[str] | None
) -> dict[str, str]:
    """The representations by MIME type; those that would be too large are left out."""

    @cache
    def facts() -> list[str]:
        return notes(trace, trace.accuracy) if trace else []

    forms: dict[str, Callable[[], str | None]] = {
        "text/plain": lambda: text,
        "image/svg+xml": lambda: _svg(graph, trace),
        "text/latex": lambda: _latex(graph, trace, facts),
        "text/html": lambda: _html(graph, trace, facts),
    }
    forms_wanted = set(forms if include is None else include) - set(exclude or ())
    contents = {form: make() for form, make in forms.items() if form in forms_wanted}
    return {form: content for form, content in contents.items() if content is not None}


def _svg(graph: Graph, trace: Trace | None) -> str | None:
    """The circuit; one with too many gates is collapsed to the named nodes."""
    if len(graph.nodes) > LARGEST or len(graph.outputs) != 1:
        return None
    for subject in _subjects(graph, trace):
        try:
            gates = circuit(subject, limit=LIMIT)
        except GraphdiffError:  # it is too large
            continue
        return svg(Picture(gates, shorten(str(graph), 200)))
    return None


def _subjects(graph: Graph, trace: Trace | None) -> Iterator[Graph | Trace]:
    """What is drawn: each operation, or where these are too many, the named nodes."""
    yield trace or graph
    yield collapse_trace(trace) if trace else collapse(graph).graph


def _latex(graph: Graph, trace: Trace | None, facts: Callable[[], list[str]]) -> str | None:
    """The formula in math mode; for a trace, with the value, the gradients and the facts about them."""
    if len(graph.nodes) > LARGEST:
        return None
    if trace is None:
        formula = formula_latex(graph, lambda: graph_latex(graph))
        return None if formula is None else rf"$\displaystyle {formula}$"
    named_graph = name_output(graph)
    name, shapes = named_graph.labels[named_graph.output], trace.shapes
    formula = formula_latex(named_graph, lambda: derivative_latex(named_graph, [()], name, shapes=shapes))
    if formula is None:
        return None
    results = _results(replace(trace, graph=named_graph), formula)
    lines = " \\\\\n".join([*results, *(rf"&\text{{{text_latex(line)}}}" for line in facts())])
    return f"$\\displaystyle {ALIGNED[0]}{lines}{ALIGNED[1]}$"


def _results(trace: Trace, formula: str) -> Iterator[str]:
    """The lines `f &= (x + y) z`, `f &= -12`, `∂f/∂x &= -4`, …"""
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
    """A number without the \\fit command, which only the LaTeX report defines."""
    return steps.number(value).replace(r"\fit{", "{")


def _html(graph: Graph, trace: Trace | None, facts: Callable[[], list[str]]) -> str | None:
    """The circuit and the program; for a trace, with the tables and facts. The program is plain text, since not
    every notebook typesets formulas in HTML."""
    if len(graph.nodes) > LARGEST:
        return None
    parts = [f'<div class="{ROOT}" style="{_colors()}">', f"<style>\n{style()}</style>"]
    picture = _svg(graph, trace)
    if picture is not None:
        parts.append(f'<div class="scrolled">{picture}</div>')
    program = "\n".join(program_lines(str(graph)))
    parts.append(f"<pre>{escape_html(program)}</pre>")
    if trace is not None:
        parts.append(f"<p>{escape_html(result_line(trace, DIGITS))}</p>")
        for section in sections(trace, DIGITS, LIMIT):
            parts += section_html(section._replace(omitted_rows=0))
            if section.omitted_rows:
                parts.append(f'<p class="omitted">… {section.omitted_rows:,} more rows in the trace</p>')
        parts += notes_html(facts())
    parts.append("</div>")
    return "\n".join(parts)


def _colors() -> str:
    """The notebook's text colours, since its theme may differ from the system's, and the picture's, which suit both."""
    value, gradient = AUTO.colors["value"], AUTO.colors["gradient"]
    return (
        f"--text: inherit; --paper: transparent; --quiet: {AUTO.ink}; --line: {AUTO.ink};"
        f" --value: {value}; --gradient: {gradient}; --kink: {AUTO.ink}"
    )
