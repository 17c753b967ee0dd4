"""The tables of a trace as HTML: fragments, and one document of them that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files

from graphdiff.errors import shortened
from graphdiff.passes.trace import Trace
from graphdiff.report.sections import Column, Section, heading, omission, sections

ROOT = "graphdiff"
"""The class of the element around all that page.css styles."""


def trace_html(trace: Trace, expression: str, digits: int, limit: int, jacobian: bool) -> Iterator[str]:
    """The lines of a document of tables."""
    lines, result = heading(trace, expression, digits)
    body = [
        "<main>",
        f"<h1>{'<br>'.join(map(escaped, lines))}</h1>",
        f"<p>{escaped(result)}</p>",
        *(part for section in sections(trace, digits, limit, jacobian) for part in section_html(section)),
        "</main>",
    ]
    return document_html(shortened(" ".join(lines), 80), body)


def document_html(title: str, body: Iterable[str]) -> Iterator[str]:
    """A whole document around the lines of a body: no script, and nothing of the network."""
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{escaped(title)}</title>"
    yield f"<style>\n{style()}</style>"
    yield "</head>"
    yield f'<body class="{ROOT}">'
    yield from body
    yield "</body>"
    yield "</html>"


def section_html(section: Section) -> Iterator[str]:
    """The lines of one table, in a box of its own that scrolls where the window is narrow."""
    title = escaped(section.title)
    header = next((place for place, column in enumerate(section.columns) if column.name in ("node", "input")), None)
    yield f'<div class="scrolled" role="region" aria-label="{title}" tabindex="0">'
    yield "<table>"
    yield f"<caption>{title}</caption>"
    names = (f'<th scope="col"{_classes(column)}>{escaped(column.name)}</th>' for column in section.columns)
    yield f"<thead><tr>{''.join(names)}</tr></thead>"
    yield "<tbody>"
    for row in section.rows:
        cells = (
            _cell(column, text, place == header)
            for place, (column, text) in enumerate(zip(section.columns, row, strict=True))
        )
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody>"
    yield "</table>"
    yield "</div>"
    if section.omitted:
        yield f'<p class="omitted">{escaped(omission(section))}</p>'


def style() -> str:
    """The style sheet of all that stands in an element of the class ROOT."""
    return files(__package__).joinpath("page.css").read_text("utf-8")


def escaped(text: str) -> str:
    """Text of which nothing is read as markup."""
    return escape(text, quote=True)


def _cell(column: Column, text: str, is_header: bool) -> str:
    classes = _classes(column, "array" if "\n" in text else "")
    if is_header and text:
        return f'<th scope="row"{classes}>{escaped(text)}</th>'
    return f"<td{classes}>{escaped(text)}</td>"


def _classes(column: Column, further: str = "") -> str:
    """A column's name is the class of its cells: values are green, gradients red."""
    kinds = ["number"] * column.is_number + ["folded"] * column.is_folded
    return f' class="{" ".join(filter(None, [column.name, *kinds, further]))}"'
