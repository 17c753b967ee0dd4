"""The tables of a trace for a terminal, by Rich. Every text is data: nothing in it is read as markup."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from graphdiff.passes.trace import Trace
from graphdiff.report.sections import Section, heading, omission, sections

STYLES = {"value": "green", "gradient": "red", "upstream": "red", "downstream": "red", "kink": "yellow"}
"""Values green, gradients red, as on the board."""


def trace_table(trace: Trace, expression: str, digits: int, limit: int) -> Iterator[RenderableType]:
    """What `eval` prints."""
    formula, result = heading(trace, expression, digits)
    yield Text(formula, style="bold")
    yield Text(result)
    for section in sections(trace, digits, limit):
        yield Text()
        yield from section_table(section)


def section_table(section: Section) -> Iterator[RenderableType]:
    """One table under its title."""
    yield Text(section.title, style="bold cyan")
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.show_header = any(column.name for column in section.columns)
    for column in section.columns:
        table.add_column(
            Text(column.name),
            justify="right" if column.is_number else "left",
            style=STYLES.get(column.name, ""),
            overflow="fold",
        )
    for row in section.rows:
        table.add_row(*(Text(cell) for cell in row))
    yield table
    if section.omitted:
        yield Text(omission(section), style="dim")
