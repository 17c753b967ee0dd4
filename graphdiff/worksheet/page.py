"""Worksheet → an HTML page that checks the answers; it loads nothing, and its Content-Security-Policy forbids it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from string import Template
from typing import Any

from graphdiff.drawing.svg import svg
from graphdiff.exercises.feedback import Clauses
from graphdiff.operations.shapes import nested_entries
from graphdiff.page.embedding import answers_script, document
from graphdiff.passes.values import to_list
from graphdiff.report.html import escape_html
from graphdiff.report.numbers import format_rows, one_line
from graphdiff.report.trace_tables import Column
from graphdiff.worksheet.sheet import ROUNDING, Sheet, Worksheet
from graphdiff.worksheet.tables import Answer, Cell, Table


def html(worksheet: Worksheet, is_key: bool) -> str:
    """A worksheet as a page with a field for each blank, or its key as a page with the answers."""
    return _Page(worksheet, is_key).html()


class _Page:
    def __init__(self, worksheet: Worksheet, is_key: bool) -> None:
        self.worksheet = worksheet
        self.is_key = is_key
        self.answers: list[dict[str, Any]] = []
        """What the script knows of each field."""
        self.clauses = Clauses()

    def html(self) -> str:
        numbers = [sheet.number for sheet in self.worksheet.sheets]
        body = Template(_file("worksheet.html")).substitute(
            formula="\n".join(map(escape_html, self.worksheet.lines)),
            task=escape_html(self.worksheet.task.text if self.is_key else f"{self.worksheet.task.text} {ROUNDING}"),
            choices="".join(f'<option value="{number}">{number}</option>' for number in numbers),
            sheets="\n".join(line for sheet in self.worksheet.sheets for line in self.sheet(sheet)),
        )
        data = {"answers": self.answers, "clauses": self.clauses.texts}
        script = answers_script() + _file("worksheet.js")
        return document(self.worksheet.title, body, _file("worksheet.css"), script, data)

    def sheet(self, sheet: Sheet) -> Iterator[str]:
        yield f'<section data-variant="{sheet.number}" aria-labelledby="variant-{sheet.number}">'
        yield f'<h2 id="variant-{sheet.number}">Variant {sheet.number}{": key" if self.is_key else ""}</h2>'
        yield f'<p class="point">{escape_html(sheet.point)}</p>'
        picture = svg(sheet.picture(self.worksheet.title, self.is_key))
        yield f'<div class="circuit scrolled" role="region" aria-label="circuit" tabindex="0">\n{picture}</div>'
        yield '<div class="tables">'
        for table in sheet.tables:
            yield from self.table(table)
        yield "</div>"
        if not self.is_key:
            yield '<p class="check" hidden><button type="button">Check</button> <output></output></p>'
        yield "</section>"

    def table(self, table: Table) -> Iterator[str]:
        title = escape_html(table.title)
        yield f'<div class="scrolled" role="region" aria-label="{title}" tabindex="0"><table>'
        yield f"<caption>{title}</caption>"
        names = "".join(
            f'<th scope="col"{_class_of(column)}>{escape_html(column.name)}</th>' for column in table.columns
        )
        yield f"<thead><tr>{names}</tr></thead>"
        yield "<tbody>"
        for row in table.rows:
            cells = (
                f"<td{_class_of(column)}>{self.cell(cell)}</td>"
                for column, cell in zip(table.columns, row, strict=True)
            )
            yield f"<tr>{''.join(cells)}</tr>"
        yield "</tbody></table></div>"

    def cell(self, cell: Cell) -> str:
        if isinstance(cell, str):
            return escape_html(cell)
        return f"<strong>{escape_html(cell.text)}</strong>" if self.is_key else self.field(cell)

    def field(self, answer: Answer) -> str:
        """A field, and the place of what is said about its content."""
        place = len(self.answers)
        numbers = nested_entries(to_list(answer.value))
        text = one_line(format_rows(answer.value, 1))
        slips = self.clauses.rows(answer.feedback)
        self.answers.append({"numbers": numbers, "text": text, "slips": slips})
        kind = ' class="array"' if len(numbers) > 1 else ' inputmode="text"'
        return (
            f'<input data-answer="{place}"{kind} aria-label="{escape_html(answer.name)}"'
            f' aria-describedby="note-{place}" autocomplete="off" spellcheck="false">'
            f'<span class="note" id="note-{place}" role="status"></span>'
        )


def _class_of(column: Column) -> str:
    return ' class="number"' if column.is_number else ""


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
