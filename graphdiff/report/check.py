"""A check of a gradient as a table section, Markdown, JSON and CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from graphdiff.checking.check import Check
from graphdiff.checking.judge import FLOAT_DIGITS
from graphdiff.checking.row import CheckRow
from graphdiff.checking.verdict import AGREES, CONVENTION, DIFFERS, LOST, NOT_CHECKABLE, VERDICTS
from graphdiff.errors import shorten
from graphdiff.passes.values import strict
from graphdiff.reading.parse import Origin
from graphdiff.report.json_document import to_json, versioned
from graphdiff.report.markdown import code_span, section_markdown
from graphdiff.report.numbers import format_value
from graphdiff.report.trace_tables import LONGEST_LINE, Column, Section, heading

VALUE = "value"
"""The name of the row that compares the value."""
TITLE = "Gradient against differences"
URGENT = (DIFFERS, LOST, NOT_CHECKABLE, CONVENTION, AGREES)
"""The verdicts in the order in which a truncated table keeps their rows."""


def check_markdown(check: Check, expression: str, digits: int, limit: int) -> Iterator[str]:
    """The lines of a Markdown document with one table of at most limit rows (0: all)."""
    lines, result = check_heading(check, expression, digits)
    for line in lines:
        yield code_span(line) + "\\"
    yield code_span(result)
    yield ""
    yield from section_markdown(check_section(check, digits, limit))
    for line in summary_lines(check):
        yield ""
        yield line


def check_json(check: Check, origin: Origin) -> str:
    """A strict JSON document; error and bound are null where nothing could be compared."""
    single, total = check.entries
    return to_json(
        versioned(
            {
                **origin.document(),
                "at": {name: strict(value) for name, value in check.trace.point.items()},
                "value": strict(check.trace.value),
                "target": check.target,
                "float32": check.float32,
                "agrees": check.agrees,
                "counts": {verdict: check.count(verdict) for verdict in VERDICTS},
                "entries": total,
                "checked_one_by_one": single,
                "rows": [_document(row) for row in check.rows],
            }
        )
    )


def check_csv(check: Check) -> Iterator[str]:
    """A CSV header, then one row per comparison."""
    columns = [
        "gate", "input", "index", "entries", "analytic", "code", "numeric", "digits", "error", "bound",
        "verdict", "reason", "slopes", "of",
    ]  # fmt: skip
    buffer = StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n", restval="", extrasaction="ignore")
    writer.writeheader()
    for row in check.rows:
        cells = _document(row)
        writer.writerow({name: to_json(cell) if isinstance(cell, list) else cell for name, cell in cells.items()})
    yield buffer.getvalue().removesuffix("\n")


def check_heading(check: Check, expression: str, digits: int, width: int = LONGEST_LINE) -> tuple[list[str], str]:
    """The lines of the expression, and one line with its point and value."""
    return heading(check.trace, expression, digits, width)


def summary_lines(check: Check) -> Iterator[str]:
    """The lines below the table: how entries were sampled, if they were, and the counts of the verdicts."""
    single, total = check.entries
    if single < total:
        yield (
            f"{single:,} of {total:,} entries were checked one by one, the others together along random directions, "
            "which detect a wrong entry but not which one it is."
        )
    counts = [(check.count(verdict), verdict) for verdict in VERDICTS]
    texts = [f"{count} {_plural(verdict, count)}" for count, verdict in counts if count]
    yield ", ".join(texts) if texts else "there is nothing to check: the formula has no inputs"


def _plural(verdict: str, count: int) -> str:
    return verdict.removesuffix("s") if count > 1 else verdict


def check_section(check: Check, digits: int, limit: int) -> Section:
    """The table, truncated to limit rows (0: all)."""
    rows = list(check.rows)
    omitted_rows = max(0, len(rows) - limit) if limit else 0
    if omitted_rows:
        rows = sorted(rows, key=lambda row: URGENT.index(row.verdict))[:limit]
    has_code = check.target is not None
    columns = [
        Column("input"),
        Column("analytic", True),
        *([Column(f"{check.target}{', 32 bits' * check.float32}", True)] if has_code else []),
        Column("numeric", True),
        Column("digits", True),
        Column("error", True),
        Column("bound", True),
        Column("verdict"),
        Column("reason", is_folded=True),
    ]
    return Section(TITLE, columns, [_cells(row, digits, has_code) for row in rows], omitted_rows)


def _cells(row: CheckRow, digits: int, has_code: bool) -> list[str]:
    numbers = [row.analytic, *([row.code] if has_code else [])]
    return [
        _name(row),
        *("" if number is None else _text(number, digits) for number in numbers),
        row.numeric_text or ("" if row.numeric is None else _text(row.numeric, digits)),
        "" if row.digits is None else f"{row.digits:.1f}",
        *("" if number is None else format_value(number, 2) for number in (row.error, row.bound)),
        row.verdict,
        _reason(row, digits),
    ]


def _text(number: Any, digits: int) -> str:
    """A number with so many digits, a float with those that it has."""
    return format_value(number, min(digits, FLOAT_DIGITS) if isinstance(number, float) else digits)


def _name(row: CheckRow) -> str:
    """`x`, `W[0, 1]`, `W, along 60,000 entries`, for a gate with its own derivative `u of sigma(v1)`, and in a Jacobian
    `value[1] by x[0]`."""
    of = f"{row.of} by " if row.of else ""
    if row.entry_count > 1:
        return f"{of}{row.input}, along {row.entry_count:,} entries"
    places = f"[{', '.join(map(str, row.place))}]" if row.place else ""
    gate = f" of {shorten(row.gate)}" if row.gate else ""
    return f"{of}{shorten(row.input) or VALUE}{gate}{places}"


def _reason(row: CheckRow, digits: int) -> str:
    if row.slopes is None:
        return row.reason
    below, above = (_text(slope, digits) for slope in row.slopes)
    return f"{row.reason}; slope {below} below, {above} above"


def _document(row: CheckRow) -> dict[str, Any]:
    """A row as JSON; slopes are the one-sided derivatives from below and above at a kink."""
    return {
        **({"gate": row.gate} if row.gate else {}),
        **({"of": row.of} if row.of else {}),
        "input": row.input or VALUE,
        "index": list(row.place),
        "entries": row.entry_count,
        "analytic": strict(row.analytic),
        **({} if row.code is None else {"code": strict(row.code)}),
        "numeric": strict(row.numeric),
        **({"numeric_text": row.numeric_text} if row.numeric_text else {}),
        "digits": strict(row.digits),
        "error": strict(row.error),
        "bound": strict(row.bound),
        "verdict": row.verdict,
        "reason": row.reason,
        **({} if row.slopes is None else {"slopes": list(map(strict, row.slopes))}),
    }
