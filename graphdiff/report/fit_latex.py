"""A fit in LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphdiff.fitting.result import Fit
from graphdiff.report.fit import CORRELATIONS, fit_heading, fit_sections, summary_lines
from graphdiff.report.latex_document import END, PREAMBLE, formula_latex, omission_text, paragraph
from graphdiff.report.trace_tables import Section
from graphdiff.writing.latex import graph_latex
from graphdiff.writing.latex_names import decimal_latex, name_latex, text_latex


def fit_latex(fit: Fit, digits: int, limit: int) -> Iterator[str]:
    """The lines of a LaTeX document: the equation, and tables with at most limit rows each (0: all)."""
    names = {each.name: name_latex(each.name) for each in fit.parameters}
    lines, rows = fit_heading(fit)
    yield PREAMBLE
    response = formula_latex(fit.model.response.graph, lambda: graph_latex(fit.model.response.graph, shares=False))
    equation = response and formula_latex(fit.model.graph, lambda: graph_latex(fit.model.graph, [response]))
    yield from map(paragraph, lines) if equation is None else [rf"\[ {equation} \]"]
    yield paragraph(rows)
    for section in fit_sections(fit, digits, limit):
        yield rf"\section*{{{section.title}}}"
        yield from _table(section, list(names.values()))
        count = len(section.rows)
        yield from omission_text(count + section.omitted_rows, count, "parameters")
    yield r"\bigskip"
    yield from map(paragraph, summary_lines(fit, digits))
    yield END


def _table(section: Section, names: Sequence[str]) -> Iterator[str]:
    """One table; the names of parameters are in its first column, and above that of correlations."""
    heads = [text_latex(column.name) for column in section.columns]
    if section.title == CORRELATIONS:
        heads[1:] = [f"${name}$" for name in names]
    yield rf"\begin{{tabular}}{{l{'r' * (len(heads) - 1)}}}"
    yield rf"{' & '.join(heads)} \\ \hline"
    for name, (_, *cells) in zip(names, section.rows, strict=False):
        yield rf"{' & '.join([f'${name}$', *map(_cell, cells)])} \\"
    yield r"\end{tabular}"


def _cell(text: str) -> str:
    """A number, an interval, or nothing."""
    return " to ".join(f"${decimal_latex(number)}$" for number in text.split(" to ")) if text else ""
