"""Worksheet → Markdown, with circuits as text."""

from __future__ import annotations

from collections.abc import Iterator

from graphdiff.drawing.terminal import txt
from graphdiff.report.markdown import code_block, code_span, section_markdown
from graphdiff.report.trace_tables import Section
from graphdiff.worksheet.sheet import BLANK, ROUNDING, Worksheet


def md(worksheet: Worksheet, is_key: bool) -> str:
    """A worksheet, or its key, as Markdown."""
    return "\n".join(_lines(worksheet, is_key)) + "\n"


def _lines(worksheet: Worksheet, is_key: bool) -> Iterator[str]:
    for sheet in worksheet.sheets:
        if sheet.number > 1:
            yield ""
        yield f"# Variant {sheet.number}{': key' if is_key else ''}"
        yield ""
        for line in (*worksheet.lines, sheet.point):
            yield code_span(line) + "\\"
        yield worksheet.task.text if is_key else f"{worksheet.task.text} {ROUNDING}"
        yield ""
        picture = sheet.picture(worksheet.title, is_key)
        yield from code_block([line.rstrip() for line in txt(picture).splitlines()])
        for table in sheet.tables:
            yield ""
            texts = table.texts(None if is_key else BLANK)
            yield from section_markdown(Section(table.title, table.columns, texts, 0))
