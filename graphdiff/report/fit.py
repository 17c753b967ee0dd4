"""A fit as table sections, Markdown, HTML, JSON and CSV."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from io import StringIO
from typing import Any

from graphdiff.errors import count_text, shorten
from graphdiff.fitting.losses import LINEAR
from graphdiff.fitting.result import Fit
from graphdiff.passes.values import strict
from graphdiff.report.html import document_html, escape_html, section_html
from graphdiff.report.json_document import to_json, versioned
from graphdiff.report.markdown import code_span, section_markdown
from graphdiff.report.numbers import format_value
from graphdiff.report.trace_tables import LONGEST_LINE, Column, Section, program_lines, section_of

PARAMETERS, CORRELATIONS = "Parameters", "Correlations"
CSV_COLUMNS = ["name", "estimate", "standard_error", "interval_low", "interval_high"]


def fit_heading(fit: Fit, width: int = LONGEST_LINE) -> tuple[list[str], str]:
    """The lines of the equation, and one line on the rows."""
    rows = count_text(len(fit.rows), "row")
    dropped = f", without {count_text(fit.dropped, 'row')} in which a value is missing" if fit.dropped else ""
    return program_lines(fit.origin.expression, max(width, LONGEST_LINE)), f"fitted to {rows}{dropped}"


def fit_sections(fit: Fit, digits: int, limit: int) -> Iterator[Section]:
    """The tables of the parameters and of their correlations, with at most limit rows each (0: all)."""
    columns = [Column("parameter"), *(Column(name, True) for name in ("estimate", "standard error", "95 % interval"))]
    rows = [
        [
            shorten(each.name),
            format_value(each.estimate, digits),
            "" if each.standard_error is None else format_value(each.standard_error, digits),
            "" if each.interval is None else " to ".join(format_value(end, digits) for end in each.interval),
        ]
        for each in fit.parameters
    ]
    yield section_of(PARAMETERS, columns, rows, len(rows), limit)
    names = [shorten(each.name) for each in fit.parameters]
    if len(names) > 1 and not all(map(math.isnan, fit.correlation.ravel().tolist())):
        cells = [
            [name, *("" if math.isnan(value) else f"{value:.3f}" for value in row[: place + 1])]
            for place, (name, row) in enumerate(zip(names, fit.correlation.tolist(), strict=True))
        ]
        rows = [row + [""] * (len(names) + 1 - len(row)) for row in cells]
        yield section_of(CORRELATIONS, [Column(""), *(Column(name, True) for name in names)], rows, len(rows), limit)


def summary_lines(fit: Fit, digits: int) -> Iterator[str]:
    """The lines below the tables."""
    freedom = count_text(fit.degrees_of_freedom, "degree") + " of freedom"
    deviation = fit.residual_standard_deviation
    if deviation is not None:
        yield f"residual standard deviation {format_value(deviation, digits)}, {freedom}"
    squares = f"residual sum of squares {format_value(fit.residual_sum_of_squares, digits)}"
    yield squares if fit.r_squared is None else f"{squares}, R² {format_value(fit.r_squared, digits)}"
    if fit.loss != LINEAR:
        scale = "" if fit.loss_scale is None else f": residuals above {format_value(fit.loss_scale, digits)} count less"
        yield f"loss {fit.loss}{scale}"
    word = "converged" if fit.converged else "not converged"
    yield f"{word} after {count_text(fit.iterations, 'evaluation')}: {fit.reason}"
    yield from (f"note: {note}" for note in fit.notes)


def fit_markdown(fit: Fit, digits: int, limit: int) -> Iterator[str]:
    """The lines of a Markdown document."""
    lines, result = fit_heading(fit)
    for line in lines:
        yield code_span(line) + "\\"
    yield code_span(result)
    for section in fit_sections(fit, digits, limit):
        yield ""
        yield from section_markdown(section)
    for line in summary_lines(fit, digits):
        yield ""
        yield code_span(line)


def fit_html(fit: Fit, digits: int, limit: int) -> Iterator[str]:
    """The lines of an HTML document of tables with at most limit rows each (0: all)."""
    lines, _ = fit_heading(fit)
    body = ["<main>", *fit_html_body(fit, digits, limit), "</main>"]
    return document_html(shorten(" ".join(lines), 80), body)


def fit_html_body(fit: Fit, digits: int, limit: int) -> Iterator[str]:
    """The lines of the tables, and of what stands above and below them."""
    lines, rows = fit_heading(fit)
    yield f"<h1>{'<br>'.join(map(escape_html, lines))}</h1>"
    yield f"<p>{escape_html(rows)}</p>"
    for section in fit_sections(fit, digits, limit):
        yield from section_html(section)
    for line in summary_lines(fit, digits):
        yield f"<p>{escape_html(line)}</p>"


def fit_json(fit: Fit) -> str:
    """A strict JSON document; null for what is not defined."""
    return to_json(
        versioned(
            {
                **fit.origin.document(),
                "at": {name: strict(value) for name, value in fit.model.constants.items()},
                "parameters": [
                    {
                        "name": each.name,
                        "estimate": strict(each.estimate),
                        "standard_error": each.standard_error,
                        "interval": None if each.interval is None else list(each.interval),
                    }
                    for each in fit.parameters
                ],
                "residual_sum_of_squares": strict(fit.residual_sum_of_squares),
                "residual_standard_deviation": fit.residual_standard_deviation,
                "degrees_of_freedom": fit.degrees_of_freedom,
                "r_squared": fit.r_squared,
                "covariance": _matrix(fit.covariance),
                "correlation": _matrix(fit.correlation),
                "converged": fit.converged,
                "reason": fit.reason,
                "iterations": fit.iterations,
                "loss": fit.loss,
                "loss_scale": fit.loss_scale,
                "rows": len(fit.rows),
                "dropped": fit.dropped,
                "remarks": list(fit.notes),
            }
        )
    )


def fit_csv(fit: Fit) -> Iterator[str]:
    """A CSV header, then one row for each parameter."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for each in fit.parameters:
        writer.writerow([each.name, each.estimate, each.standard_error, *(each.interval or (None, None))])
    yield buffer.getvalue().removesuffix("\n")


def _matrix(matrix: Any) -> list[list[float | None]]:
    return [[None if math.isnan(entry) else entry for entry in row] for row in matrix.tolist()]
