"""The tables of a trace as Markdown; formulas are code spans, in which nothing is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from graphdiff.passes.trace import Trace
from graphdiff.report.accuracy import notes
from graphdiff.report.numbers import one_line
from graphdiff.report.trace_tables import Section, heading, omission, sections

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy


def trace_markdown(
    trace: Trace, expression: str, accuracy: Sequence[Inaccuracy], digits: int, limit: int, jacobian: bool
) -> Iterator[str]:
    """The lines of a Markdown document of tables with at most limit rows each (0: all)."""
    lines, result = heading(trace, expression, digits)
    for line in lines:
        yield code_span(line) + "\\"
    yield code_span(result)
    for section in sections(trace, digits, limit, jacobian):
        yield ""
        yield from section_markdown(section)
    if lines := notes(trace, accuracy):
        yield ""
        yield from (f"- {code_span(line)}" for line in lines)


def section_markdown(section: Section) -> Iterator[str]:
    """One table under a heading."""
    yield f"## {section.title}"
    yield ""
    yield _row([column.name for column in section.columns])
    yield _row(["---:" if column.is_number else "---" for column in section.columns])
    for row in section.rows:
        cells = (
            one_line(cell) if column.is_number or not cell else code_span(one_line(cell)).replace("|", "\\|")
            for column, cell in zip(section.columns, row, strict=True)
        )
        yield _row(list(cells))
    if section.omitted_rows:
        yield ""
        yield omission(section)


def code_block(lines: Sequence[str]) -> Iterator[str]:
    """Lines between fences of more backticks than they contain in a row."""
    fence = "`" * max(3, _longest_run("\n".join(lines)) + 1)
    yield f"{fence}text"
    yield from lines
    yield fence


def code_span(text: str) -> str:
    """Text between more backticks than it contains in a row."""
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _longest_run(text: str) -> int:
    """The most backticks in a row."""
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
