"""The tables of a trace as HTML: fragments, and a self-contained document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from graphdiff.errors import shorten
from graphdiff.passes.trace import Trace
from graphdiff.report.accuracy import notes
from graphdiff.report.trace_tables import Section, heading, omission, sections

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy

ROOT = "graphdiff"
"""The class of the root element of all that page.css styles."""


def trace_html(
    trace: Trace, expression: str, accuracy: Sequence[Inaccuracy], digits: int, limit: int, jacobian: bool
) -> Iterator[str]:
    """The lines of an HTML document of tables with at most limit rows each (0: all)."""
    lines, result = heading(trace, expression, digits)
    body = [
        "<main>",
        f"<h1>{'<br>'.join(map(escape_html, lines))}</h1>",
        f"<p>{escape_html(result)}</p>",
        *(part for section in sections(trace, digits, limit, jacobian) for part in section_html(section)),
        *notes_html(notes(trace, accuracy)),
        "</main>",
    ]
    return document_html(shorten(" ".join(lines), 80), body)


def document_html(title: str, body: Iterable[str]) -> Iterator[str]:
    """A whole document around the lines of a body, without scripts or external resources."""
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{escape_html(title)}</title>"
    yield f"<style>\n{style()}</style>"
    yield "</head>"
    yield f'<body class="{ROOT}">'
    yield from body
    yield "</body>"
    yield "</html>"


def section_html(section: Section) -> Iterator[str]:
    """The lines of one table, in a region that scrolls where the window is narrow."""
    title = escape_html(section.title)
    header = next((place for place, column in enumerate(section.columns) if column.name in ("node", "input")), None)
    yield f'<div class="scrolled" role="region" aria-label="{title}" tabindex="0">'
    yield "<table>"
    yield f"<caption>{title}</caption>"
    classes = [_class_of(section, place) for place in range(len(section.columns))]
    names = (
        f'<th scope="col" class="{each}">{escape_html(column.name)}</th>'
        for column, each in zip(section.columns, classes, strict=True)
    )
    yield f"<thead><tr>{''.join(names)}</tr></thead>"
    yield "<tbody>"
    for row in section.rows:
        cells = (
            f'<th scope="row" class="{each}">{escape_html(text)}</th>'
            if text and place == header
            else f'<td class="{each}">{escape_html(text)}</td>'
            for place, (text, each) in enumerate(zip(row, classes, strict=True))
        )
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody>"
    yield "</table>"
    yield "</div>"
    if section.omitted_rows:
        yield f'<p class="omitted">{escape_html(omission(section))}</p>'


def notes_html(lines: Iterable[str]) -> Iterator[str]:
    """A paragraph for each line under the tables."""
    for line in lines:
        yield f'<p class="accuracy">{escape_html(line)}</p>'


def style() -> str:
    """The style sheet for elements inside one of class ROOT."""
    return files(__package__).joinpath("page.css").read_text("utf-8")


def escape_html(text: str) -> str:
    """Escape text for HTML, attribute values included."""
    return escape(text, quote=True)


def _class_of(section: Section, place: int) -> str:
    """The classes of a column's cells: its name, by which values are green and gradients red, and its alignment."""
    column = section.columns[place]
    has_arrays = any("\n" in row[place] for row in section.rows)  # arrays are aligned left, row by row
    kinds = ["number"] * (column.is_number and not has_arrays) + ["folded"] * column.is_folded
    return escape_html(" ".join([column.name, *kinds]))
