"""Worksheet → an exam of Numbas: for each variant a question with a gap for each blank, of which a student gets one.

The format is described at https://docs.numbas.org.uk/en/latest/exam/reference.html and by the JSON Schema in Numbas's
repository. Wrong answers that common slips give have feedback.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from graphdiff.drawing.svg import svg
from graphdiff.exercises.feedback import Feedback
from graphdiff.passes.values import to_list
from graphdiff.report.html import escape_html
from graphdiff.worksheet.sheet import ROUNDING, Sheet, Worksheet
from graphdiff.worksheet.tables import Answer, Cell, Table
from graphdiff.worksheet.tolerances import decimal_texts, distinct_feedback

HEAD = "// Numbas version: exam_results_page_options"
"""The first line of every exam."""
NOTATIONS = ("plain", "en", "si-en")
"""How numbers may be written: with a decimal point."""
SMALLEST = 1e-50
"""The magnitude below which numbers are 0: an exam with much smaller ones does not start."""


def exam(worksheet: Worksheet, is_key: bool) -> str:
    """A worksheet as an exam for Numbas's editor, which includes the answers."""
    questions = [_question(worksheet, sheet) for sheet in worksheet.sheets]
    group = {"name": "variants", "pickingStrategy": "random-subset", "pickQuestions": 1, "questions": questions}
    document = {"name": _name(worksheet.title), "question_groups": [group], "extensions": [], "resources": []}
    return f"{HEAD}\n{json.dumps(document, ensure_ascii=False)}\n"


def _question(worksheet: Worksheet, sheet: Sheet) -> dict[str, Any]:
    picture = b64encode(svg(sheet.picture(worksheet.title, False)).encode()).decode()
    lines = "<br>".join(map(_code, (*worksheet.lines, sheet.point)))
    part = _Part()
    tables = "".join(map(part.table, sheet.tables))
    return {
        "name": _name(f"{worksheet.title}, variant {sheet.number}"),
        "statement": f'<p>{lines}</p><p><img src="data:image/svg+xml;base64,{picture}" alt="circuit"></p>',
        "parts": [
            {
                "type": "gapfill",
                "prompt": f"<p>{escape_html(f'{worksheet.task.text} {ROUNDING}')}</p>{tables}",
                "gaps": part.gaps,
            }
        ],
    }


class _Part:
    """The gaps of a question, which are numbered while its tables are written."""

    def __init__(self) -> None:
        self.gaps: list[dict[str, Any]] = []

    def table(self, table: Table) -> str:
        head = "".join(f"<th>{escape_html(column.name)}</th>" for column in table.columns)
        rows = "".join(f"<tr>{''.join(f'<td>{self.cell(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
        caption = f"<caption>{escape_html(table.title)}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def cell(self, cell: Cell) -> str:
        return _code(cell) if isinstance(cell, str) else self.gap(cell, to_list(cell.value), cell.feedback)

    def gap(self, answer: Answer, value: Any, feedback: Sequence[Feedback]) -> str:
        """The place of a gap for a number, or of one for each entry of an array."""
        if isinstance(value, list):
            return f"[{', '.join(self.gap(answer, entry, ()) for entry in value)}]"
        slips = [
            {**_number_entry(each.number, 0), "alternativeFeedbackMessage": _text(each.sentence)}
            for each in distinct_feedback(feedback, value)
        ]
        names = {"useCustomName": True, "customName": _name(answer.name)}
        self.gaps.append({**_number_entry(value, 1), **names, "alternatives": slips})
        return f"[[{len(self.gaps) - 1}]]"


def _number_entry(number: float, marks: int) -> dict[str, Any]:
    """A field that takes this number to three digits, also as a fraction."""
    right, least, most = decimal_texts(number if abs(number) > SMALLEST else 0.0)
    return {
        "type": "numberentry",
        "marks": marks,
        "minValue": least,
        "maxValue": most,
        "displayAnswer": right,
        "allowFractions": True,
        "showFractionHint": False,
        "notationStyles": NOTATIONS,
    }


def _name(text: str) -> str:
    """A name without the braces in which Numbas would replace a {variable}."""
    return text.translate({ord("{"): "(", ord("}"): ")"})


def _text(text: str) -> str:
    """Text of the user as HTML in which Numbas replaces no {variable}."""
    return f"<span nosubvars>{escape_html(text)}</span>"


def _code(text: str) -> str:
    """The same as code, in which nothing is typeset as TeX either; and [[0]] in it is not a gap."""
    return f"<code nosubvars>{escape_html(text).replace('[[', '[<wbr>[')}</code>" if text else ""
