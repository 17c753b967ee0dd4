"""A worksheet for the tests of its formats."""

from __future__ import annotations

from typing import Any

import graphdiff
from graphdiff.worksheet.formats import write_worksheet
from graphdiff.worksheet.sheet import TASKS, Worksheet, make_worksheet
from graphdiff.worksheet.tables import Answer
from support.moodle import Question, read_questions

FORMULA = "q = x*y + sin(z)\nr = exp(q)\nr/(q + x)"
POINT = {"x": 1.3, "y": -0.7, "z": 2.1}
HOSTILE = "`a~}{1:SA:=x}#\\%$&_<b>`^2 * x + `c]]>\"'`"


def worksheet(task: str, formula: str = FORMULA, points: Any = (POINT,), digits: int = 6) -> Worksheet:
    """The worksheet of a formula at some points."""
    return make_worksheet([graphdiff.trace(formula, point) for point in points], formula, TASKS[task], digits, 0)


def cells(sheets: Worksheet) -> tuple[list[Answer], set[str]]:
    """The answers, and the texts that are given."""
    row_cells = [cell for sheet in sheets.sheets for table in sheet.tables for row in table.rows for cell in row]
    return [each for each in row_cells if isinstance(each, Answer)], {
        each for each in row_cells if isinstance(each, str)
    }


def questions_of(sheets: Worksheet) -> list[Question]:
    """Its questions in Moodle, with different names."""
    category, questions = read_questions(write_worksheet(sheets, "xml"))
    assert category.startswith("$course$/top/graphdiff/")
    assert len({question.name for question in questions}) == len(questions)
    return questions
