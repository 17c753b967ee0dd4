"""graphdiff grade: grade answers, and name the slips that explain wrong ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from graphdiff.cli import options
from graphdiff.cli.constant import read_constant
from graphdiff.cli.exit_status import EXIT_CHECK_FAILED
from graphdiff.cli.expression import file_label, read_text
from graphdiff.cli.files import read_json
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import print_note, write_report
from graphdiff.cli.pieces import equal_sign, pieces
from graphdiff.cli.words import ExpressionCommand
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.exercises.grade_class import ClassGrade, grade_class, rows_of_csv, rows_of_json
from graphdiff.exercises.grader import Grader
from graphdiff.source import normalize_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphdiff.exercises.grade_result import Grade

SYNTAX = "answers are written as d_x=-4.5,q=3 (with a decimal point)"
HELP = """\
Grade answers about EXPR at a point, and name the slips that explain wrong ones.

d_x is the gradient by x, an input or a named node; value is the value of EXPR, and any other name the value of a node.
An answer is a number, compared to its own digits, or a formula in the inputs, which must hold near the point too. Each
answer is right, wrong, or carried: right by an earlier wrong answer. If any is wrong, the exit status is 1.

\b
graphdiff grade "q = x + y; q*z" --at x=-2,y=5,z=-4 --answer d_x=-4,d_y=4,q=3
graphdiff grade "sin(3*x)" --at x=0.7 --answer "d_x=cos(3*x)"
graphdiff grade "q = x + y; q*z" --at x=-2,y=5,z=-4 --answers class.csv --format csv
"""
"""What --help prints before the options: Python without docstrings has it too."""


@click.command(cls=ExpressionCommand, name="grade", help=HELP)
@formula_and_point
@click.option(
    "--answer", "answers", multiple=True, metavar="ANSWERS", help="The answers: d_x=-4,q=3,value=x*y. May be repeated."
)
@click.option(
    "--answers",
    "answers_file",
    shell_complete=click.Path().shell_complete,
    metavar="FILE",
    help="Read the answers from CSV with a row for each student, or from JSON.",
)
@click.option(
    "--tolerance",
    type=float,
    metavar="T",
    show_default="to the digits of the answer, at least 3",
    help="The relative difference from the right number that is allowed.",
)
@options.upstream
@options.report_format("grade")
@options.digits
@options.limit
@options.color
def command(
    request: FormulaRequest,
    answers: tuple[str, ...],
    answers_file: str | None,
    tolerance: float | None,
    upstream: str | None,
    form: str,
    digits: int,
    limit: int,
    color: str,
) -> int:
    """Run graphdiff grade."""
    if answers and answers_file is not None:
        raise options.conflict("--answer", "--answers")
    if not answers and answers_file is None:
        raise GraphdiffError("usage", "no answers given", hint="--answer d_x=-4, or --answers FILE")
    formula, graph, origin = request.read()
    cotangent = None if upstream is None else read_constant(upstream, "--upstream")
    grader = Grader(graph, formula.point, cotangent, tolerance)
    result = grader.grade(_read_answers(answers)) if answers_file is None else _grade_file(grader, answers_file)
    for note in result.notes:
        print_note(note)
    write_report("grade", form, result, color, origin=origin, digits=digits, limit=limit)
    return 0 if result.is_right else EXIT_CHECK_FAILED


def _read_answers(texts: Sequence[str]) -> dict[str, str]:
    """The text of each answer by its name.

    Raises GraphdiffError: "syntax" if a name or an answer is missing, "name" if two have the same name.
    """
    answers: dict[str, str] = {}
    for text in texts:
        for start, end in pieces(text):
            piece = text[start:end]
            place = equal_sign(piece)
            if place is None or not piece[:place].strip():
                raise GraphdiffError("syntax", f"expected NAME=ANSWER, not '{shorten(piece.strip())}'", hint=SYNTAX)
            name = normalize_text(piece[:place].strip())
            if name in answers:
                raise GraphdiffError("name", f"duplicate answer for '{shorten(name)}'")
            answers[name] = piece[place + 1 :]
    return answers


def _grade_file(grader: Grader, path: str) -> Grade | ClassGrade:
    """The grade of a JSON object of answers; those of a class of a list of them, or of CSV."""
    label = file_label(path)
    if not path.endswith(".json"):
        return grade_class(grader, rows_of_csv(read_text(path), label))
    data = read_json(path)
    return grader.grade(data) if isinstance(data, dict) else grade_class(grader, rows_of_json(data, label))
