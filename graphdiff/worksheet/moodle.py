"""Worksheet → Moodle XML: for each variant a cloze question of its tables and a numerical question for each gradient.

The format is described at https://docs.moodle.org/en/Moodle_XML_format, the text of cloze questions at
https://docs.moodle.org/en/Embedded_Answers_(Cloze)_question_type. Wrong answers that common slips give have feedback.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

from graphdiff.drawing.svg import svg, xml_text
from graphdiff.exercises.feedback import Feedback
from graphdiff.passes.values import to_list
from graphdiff.report.html import escape_html
from graphdiff.report.trace_tables import GRADIENTS
from graphdiff.worksheet.sheet import ROUNDING, Sheet, Worksheet
from graphdiff.worksheet.tables import Answer, Cell, Table
from graphdiff.worksheet.tolerances import distinct_feedback, number_text, tolerance_text

PICTURE = "circuit.svg"
STYLE = "font-family: monospace; font-size: 1.1em"
RIGHT = "Right."
_SPECIAL = {ord(sign): f"&#{ord(sign)};" for sign in "{}~#\\"}
"""The signs that have a meaning in a cloze question, as entities of HTML."""


def xml(worksheet: Worksheet, is_key: bool) -> str:
    """A worksheet as a file for Moodle's question bank, which includes the answers."""
    return "\n".join(_document(worksheet)) + "\n"


def _document(worksheet: Worksheet) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield "<quiz>"
    yield '<question type="category">'
    yield f"<category><text>$course$/top/graphdiff/{xml_text(worksheet.title.replace('/', '//'))}</text></category>"
    yield "</question>"
    for sheet in worksheet.sheets:
        yield from _cloze(worksheet, sheet)
        for table in sheet.tables:
            if table.title == GRADIENTS:
                yield from _numerical(worksheet, sheet, table)
    yield "</quiz>"


def _cloze(worksheet: Worksheet, sheet: Sheet) -> Iterator[str]:
    text = _html(f"{worksheet.task.text} {ROUNDING}", worksheet, sheet)
    tables = "".join(_table(table) for table in sheet.tables)
    yield from _question("cloze", f"variant {sheet.number}", f"{text}{tables}", worksheet, sheet)
    yield "</question>"


def _numerical(worksheet: Worksheet, sheet: Sheet, table: Table) -> Iterator[str]:
    """A question for the gradient by each input that is a number."""
    for row in table.rows:
        answer = row[-1]
        if isinstance(answer, Answer) and isinstance(answer.value, float):
            text = _html(f"Find the {answer.name}. {ROUNDING}", worksheet, sheet)
            yield from _question("numerical", f"variant {sheet.number}, {answer.name}", text, worksheet, sheet)
            yield from _answer(100, answer.value, RIGHT)
            for each in distinct_feedback(answer.feedback, answer.value):
                yield from _answer(0, each.number, each.sentence)
            yield "</question>"


def _question(kind: str, name: str, text: str, worksheet: Worksheet, sheet: Sheet) -> Iterator[str]:
    """The parts that all questions have; the caller closes the element."""
    picture = b64encode(svg(sheet.picture(worksheet.title, False)).encode()).decode()
    yield f'<question type="{kind}">'
    yield f"<name><text>{xml_text(f'{worksheet.title}, {name}')}</text></name>"
    yield '<questiontext format="html">'
    yield f"<text>{xml_text(text)}</text>"
    yield f'<file name="{PICTURE}" path="/" encoding="base64">{picture}</file>'
    yield "</questiontext>"
    yield '<generalfeedback format="html"><text></text></generalfeedback>'
    if kind == "numerical":
        yield "<defaultgrade>1</defaultgrade>"
    yield "<penalty>0.3333333</penalty>"
    yield "<hidden>0</hidden>"


def _html(task: str, worksheet: Worksheet, sheet: Sheet) -> str:
    """The task, the formula, the point and the circuit as HTML."""
    code = "<br>".join(_text(line) for line in (*worksheet.lines, sheet.point))
    picture = f'<p><img src="@@PLUGINFILE@@/{PICTURE}" alt="circuit" style="max-width: 100%"></p>'
    return f'<p>{_text(task)}</p><p style="{STYLE}">{code}</p>{picture}'


def _table(table: Table) -> str:
    head = "".join(f"<th>{_text(column.name)}</th>" for column in table.columns)
    rows = "".join(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    caption = f"<caption>{_text(table.title)}</caption>"
    return f'<table style="{STYLE}">{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _cell(cell: Cell) -> str:
    return _text(cell) if isinstance(cell, str) else _subquestions(to_list(cell.value), cell.feedback)


def _subquestions(value: Any, feedback: Sequence[Feedback]) -> str:
    """A subquestion for a number, or one for each entry of an array."""
    if isinstance(value, list):
        return f"[{', '.join(_subquestions(entry, ()) for entry in value)}]"
    alternatives = [f"={number_text(value)}:{tolerance_text(value)}#{RIGHT}"]
    alternatives += [
        f"%0%{number_text(each.number)}:{tolerance_text(each.number)}#{_text(each.sentence)}"
        for each in distinct_feedback(feedback, value)
    ]
    return f"{{1:NUMERICAL:{'~'.join(alternatives)}}}"


def _answer(fraction: int, number: float, feedback: str) -> Iterator[str]:
    yield f'<answer fraction="{fraction}" format="moodle_auto_format">'
    yield f"<text>{number_text(number)}</text>"
    yield f'<feedback format="html"><text>{xml_text(escape_html(feedback))}</text></feedback>'
    yield f"<tolerance>{tolerance_text(number)}</tolerance>"
    yield "</answer>"


def _text(text: str) -> str:
    """Text of the user as HTML without signs of cloze questions."""
    return escape_html(text).replace("&#x27;", "'").translate(_SPECIAL)
