"""Grades as table sections, Markdown, HTML, JSON and CSV: of one student's answers, or of a class."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from graphdiff.errors import shorten
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import strict
from graphdiff.reading.parse import Origin
from graphdiff.report.html import document_html, escape_html, section_html
from graphdiff.report.json_document import to_json, versioned
from graphdiff.report.markdown import code_span, section_markdown
from graphdiff.report.numbers import format_value, one_line
from graphdiff.report.trace_tables import LONGEST_LINE, Column, Section, heading, section_of

if TYPE_CHECKING:
    from graphdiff.exercises.grade_class import ClassGrade
    from graphdiff.exercises.grade_result import Grade, GradedAnswer

ANSWERS, POINTS = "Answers", "Points"
LONGEST_CELL = 60
"""Characters of an answer, or of a student's name, in a table."""
PLAIN_NUMBER = r"[+-]?[\d.]+(?:[eE][+-]?\d+)?"
FORMULA = re.compile(r"[=+\-@\t\r]")
"""What a spreadsheet takes the beginning of a formula to be."""


class _Report:
    """A grade, or those of a class, in a form that all formats share."""

    def __init__(self, result: Grade | ClassGrade) -> None:
        self.is_class = hasattr(result, "students")
        students: Any = result.students if self.is_class else [("", result, None)]  # type: ignore[union-attr]
        self.students: Sequence[tuple[str, Grade | None, Any]] = students

    def rows(self) -> Iterator[tuple[str, GradedAnswer]]:
        """Every answer that could be read, with its student."""
        for student, grade, _ in self.students:
            for answer in grade.answers if grade is not None else ():
                yield student, answer


def grade_sections(result: Grade | ClassGrade, digits: int, limit: int) -> Iterator[Section]:
    """The tables, with at most limit rows each (0: all): the answers, and the points of each student."""
    report = _Report(result)
    student_column = [Column("student", is_folded=True)] if report.is_class else []
    columns = [
        *student_column,
        Column("answer"),
        Column("given"),  # text of a student's, which only a column of numbers would leave as it is
        Column("expected", True),
        Column("verdict"),
        Column("slip", is_folded=True),
    ]
    rows = []
    for student, answer in report.rows():
        cells = [
            *([shorten(student, LONGEST_CELL)] if report.is_class else []),
            shorten(answer.name),
            shorten(_given_text(answer.given), LONGEST_CELL),
            one_line(format_value(answer.expected, digits)),
            answer.verdict,
        ]
        rows += [
            [*(cells if not number else [""] * len(cells)), text] for number, text in enumerate(_slip_texts(answer))
        ]
    yield section_of(ANSWERS, columns, rows, len(rows), limit)
    points = [
        [shorten(student, LONGEST_CELL), *_points_texts(grade), "" if error is None else _error_text(error)]
        for student, grade, error in report.students
    ]
    if report.is_class:
        point_columns = [*student_column, Column("points", True), Column("of", True), Column("error", is_folded=True)]
        yield section_of(POINTS, point_columns, points, len(points), limit)


def _slip_texts(answer: GradedAnswer) -> list[str]:
    """The lines about an answer: its slips, the likeliest first."""
    return [f"{slip.kind}: {slip.message}" for slip in answer.slips] or [""]


def _points_texts(grade: Grade | None) -> tuple[str, str]:
    return ("", "") if grade is None else (str(grade.points), str(grade.of))


def _error_text(error: Any) -> str:
    return str(error.message) + (f" ({error.hint})" if error.hint else "")


def _given_text(given: Any) -> str:
    """An answer as text."""
    if given is None:
        return ""
    return given.strip() if isinstance(given, str) else to_json(_document_of(given))


def points_line(result: Grade | ClassGrade) -> str:
    """One line with the points, and the number of students who have all."""
    report = _Report(result)
    grades = [grade for _, grade, _ in report.students if grade is not None]
    if not report.is_class:
        return f"{grades[0].points} of {grades[0].of} {'point' if grades[0].of == 1 else 'points'}"
    unread = len(report.students) - len(grades)
    text = f"{len(grades)} of {len(report.students)} rows were graded" if unread else f"{len(grades)} rows were graded"
    return f"{text}, {sum(grade.points == grade.of for grade in grades)} with all points"


def grade_heading(result: Grade | ClassGrade, expression: str, digits: int, width: int = LONGEST_LINE) -> Any:
    """The lines of the expression, and one line with its point and value."""
    trace = trace_of(result)
    return ([expression], "") if trace is None else heading(trace, expression, digits, width)


def trace_of(result: Grade | ClassGrade) -> Trace | None:
    """The solution; None where no row could be read."""
    return next((grade.trace for _, grade, _ in _Report(result).students if grade is not None), None)


def grade_markdown(result: Grade | ClassGrade, expression: str, digits: int, limit: int) -> Iterator[str]:
    """The lines of a Markdown document with tables of at most limit rows (0: all)."""
    lines, value = grade_heading(result, expression, digits)
    for line in lines:
        yield code_span(line) + "\\"
    yield code_span(value)
    for section in grade_sections(result, digits, limit):
        yield ""
        yield from section_markdown(section)
    yield ""
    yield points_line(result)


def grade_html(result: Grade | ClassGrade, expression: str, digits: int, limit: int) -> Iterator[str]:
    """The lines of an HTML document of tables with at most limit rows each (0: all)."""
    lines, value = grade_heading(result, expression, digits)
    body = [
        "<main>",
        f"<h1>{'<br>'.join(map(escape_html, lines))}</h1>",
        f"<p>{escape_html(value)}</p>",
        *(part for section in grade_sections(result, digits, limit) for part in section_html(section)),
        f"<p>{escape_html(points_line(result))}</p>",
        "</main>",
    ]
    return document_html(shorten(" ".join(lines), 80), body)


def grade_json(result: Grade | ClassGrade, origin: Origin) -> str:
    """A strict JSON document: the answers and points of one student, or a list of students with theirs."""
    report, trace = _Report(result), trace_of(result)
    common = {
        **origin.document(),
        "notes": [*origin.notes, *result.notes],
        "at": {} if trace is None else {name: strict(value) for name, value in trace.point.items()},
    }
    if not report.is_class:
        ((_, grade, _),) = report.students
        assert grade is not None
        return to_json(versioned({**common, **_grade_document(grade)}))
    students = [
        {"student": student, **_grade_document(grade), "error": None if error is None else _error_text(error)}
        for student, grade, error in report.students
    ]
    return to_json(versioned({**common, "students": students}))


def _grade_document(grade: Grade | None) -> dict[str, Any]:
    """The fields of one student's grade; those of a row that could not be read are empty."""
    if grade is None:
        return {"answers": [], "points": 0, "of": 0}
    return {"answers": list(map(_answer_document, grade.answers)), "points": grade.points, "of": grade.of}


def _answer_document(answer: GradedAnswer) -> dict[str, Any]:
    return {
        "name": answer.name,
        "given": _document_of(answer.given),
        "expected": strict(answer.expected),
        "verdict": answer.verdict,
        "slips": [
            {
                "kind": slip.kind,
                "node": slip.node,
                "edge": None if slip.edge is None else list(slip.edge),
                "message": slip.message,
                "is_one_of_two": slip.is_one_of_two,
                "equivalent_edges": [list(edge) for edge in slip.equivalent_edges],
            }
            for slip in answer.slips
        ],
    }


def _document_of(given: Any) -> Any:
    """An answer in the types of JSON: text as it is, arrays as nested lists of numbers."""
    if isinstance(given, list | tuple):
        return [_document_of(each) for each in given]
    if given is None or isinstance(given, str | bool | int | float):
        return strict(float(given)) if isinstance(given, float) else given
    return strict(given)


def grade_csv(result: Grade | ClassGrade) -> Iterator[str]:
    """A CSV header, then one row for each answer, with the likeliest slip. Rows that could not be read have an error.

    Text that a spreadsheet would run as a formula has an apostrophe before it.
    """
    columns = [
        "student",
        "answer",
        "given",
        "expected",
        "verdict",
        "kind",
        "node",
        "operand",
        "message",
        "points",
        "of",
    ]
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*columns, "error"])
    for student, grade, error in _Report(result).students:
        if grade is None:
            writer.writerow(map(escape_cell, [student, *[""] * (len(columns) - 1), _error_text(error)]))
            continue
        for answer in grade.answers:
            slip = answer.slips[0] if answer.slips else None
            edge = slip.edge if slip and slip.edge else ("", "")
            cells = [
                student,
                answer.name,
                _given_text(answer.given),
                to_json(strict(answer.expected)),
                answer.verdict,
                *([slip.kind, slip.node or "", edge[0], slip.message] if slip else [""] * 4),
                str(grade.points),
                str(grade.of),
                "",
            ]
            writer.writerow(map(escape_cell, cells))
    yield buffer.getvalue().removesuffix("\n")


def escape_cell(text: str) -> str:
    """The text of a cell, with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if FORMULA.match(text) and not re.fullmatch(PLAIN_NUMBER, text) else text
