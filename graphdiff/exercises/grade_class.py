"""The answers of a class: a row for each student, from CSV or JSON. A row that cannot be read fails alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.exercises.answers import GRADIENT, ambiguity_of
from graphdiff.exercises.grade_result import Grade
from graphdiff.exercises.grader import Grader

DELIMITERS = ",;\t"
MOST_ROWS = 100_000
"""The most rows of a class."""
DECIMAL_POINT = "write decimals with a point"


class Row(NamedTuple):
    """The answers of one student, as a file has them, by column; or why they cannot be read."""

    number: int
    cells: Mapping[str, Any]
    error: GraphdiffError | None = None


class StudentGrade(NamedTuple):
    """The grade of one student.

    Attributes:
        student: What the first column says that is not about an answer: a name; `row 2` without such a column.
        grade: The grade; None where the row could not be read.
        error: Why it could not be read.
    """

    student: str
    grade: Grade | None
    error: GraphdiffError | None = None


class ClassGrade(NamedTuple):
    """The grades of a class.

    Attributes:
        students: The grades in the order of the rows.
        notes: Which columns are not about an answer, and what the names of answers mean, where that is not clear.
    """

    students: Sequence[StudentGrade]
    notes: Sequence[str]

    @property
    def is_right(self) -> bool:
        """Whether every row could be read and no answer is wrong."""
        return all(student.grade is not None and student.grade.is_right for student in self.students)


def rows_of_csv(text: str, label: str) -> list[Row]:
    """The rows of a table with a header, whose cells are separated by commas, semicolons or tabs.

    Raises GraphdiffError("file") if it is not CSV or has no rows; label names it.
    """
    header = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=header.count)
    try:
        names, *records = [record for record in csv.reader(io.StringIO(text), delimiter=delimiter) if any(record)]
    except (csv.Error, ValueError) as error:
        reason = str(error) if isinstance(error, csv.Error) else "it is empty"
        raise GraphdiffError("file", f"cannot read {label}: {reason}") from None
    names = [name.strip() for name in names]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise GraphdiffError("file", f"{label} has two columns named '{shorten(double)}'")
    rows = []
    for number, cells in enumerate(records, 1):
        failure: GraphdiffError | None = None
        if len(cells) > len(names):
            hint = DECIMAL_POINT if delimiter == "," else None
            failure = GraphdiffError("value", f"expected {len(names)} cells, got {len(cells)}", hint=hint)
        rows.append(Row(number, dict(zip(names, cells, strict=False)), failure))
    return _check_count(rows, label)


def rows_of_json(data: Any, label: str) -> list[Row]:
    """The rows of a list of objects, each with a student's answers by name.

    Raises GraphdiffError("file") if it is not such a list.
    """
    if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
        hint = 'as in [{"student": "Ada", "d_x": -4}], or {"d_x": -4} of one student'
        raise GraphdiffError("file", f"{label} is not a list of objects with answers", hint=hint)
    return _check_count([Row(number, each) for number, each in enumerate(data, 1)], label)


def _check_count(rows: list[Row], label: str) -> list[Row]:
    """The rows; raises GraphdiffError if there are none or too many."""
    if not rows:
        raise GraphdiffError("file", f"{label} has no answers")
    if len(rows) > MOST_ROWS:
        raise GraphdiffError("limit", f"{label} has more than {MOST_ROWS:,} rows")
    return rows


def grade_class(grader: Grader, rows: Sequence[Row]) -> ClassGrade:
    """The grades of all rows.

    Raises GraphdiffError("name") if no column is about an answer, or one that begins with d_ is about no node.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row.cells))
    asked, others = [], []
    for name in columns:
        try:
            grader.question(name)
            asked.append(name)
        except GraphdiffError as error:
            if name.startswith(GRADIENT) or error.kind != "name":
                raise
            others.append(name)
    if not asked:
        hint = "a column named d_x has the gradients by x, one named value the values"
        raise GraphdiffError("name", "no column is about an answer", hint=hint)
    notes = [note for name in asked if (note := ambiguity_of(grader.question(name), grader.nodes))]
    if others[1:]:
        notes.append(f"columns that are not graded: {shorten(', '.join(others[1:]), 200)}")
    return ClassGrade([_grade_row(grader, row, asked, others) for row in rows], notes)


def _grade_row(grader: Grader, row: Row, asked: Sequence[str], others: Sequence[str]) -> StudentGrade:
    student = str(row.cells.get(others[0], "")).strip() if others else ""
    student = student or f"row {row.number}"
    try:
        if row.error is not None:
            raise row.error
        return StudentGrade(student, grader.grade({name: row.cells.get(name) for name in asked}))
    except GraphdiffError as error:
        return StudentGrade(student, None, error)
