"""graphdiff grade: answers of one student and of a class, formats, errors and exit statuses."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.schemas import Schema

Command = Callable[..., Any]
EXERCISE = ("grade", "q = x + y; q*z", "--at", "x=-2,y=5,z=-4")
HOSTILE = "=cmd|' /C calc'!A0"
CLASS = f"""student,group,d_x,d_y,q
Ada,1,-4,-4,3
"{HOSTILE}",1,4,-4,3
<b>Bob</b>,2,-4,,"=1+2"
Cy,2,2**,1,1
Dan,2,-4,-4,3,5
"""


@pytest.fixture
def class_file(tmp_path: Path) -> str:
    path = tmp_path / "class.csv"
    path.write_text(CLASS, "utf-8")
    return str(path)


def test_a_table(command: Command) -> None:
    result = command(*EXERCISE, "--answer", "d_x=-4,d_y=4", "--answer", "q=3")
    assert (result.status, result.err) == (1, "")
    lines = result.out.splitlines()
    assert lines[:2] == ["q = x + y; q*z", "at x = -2, y = 5, z = -4: value -12"]
    assert lines[5].split() == ["d_x", "-4", "-4", "right"]
    assert lines[6].split()[:5] == ["d_y", "4", "-4", "wrong", "sign:"]
    assert lines[-1] == "3 of 4 points"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--answer", "d_x=-4,d_y=-4,value=-12"), 0),
        (("--answer", "d_x=z, d_q=z, value=x*z + y*z"), 0),
        (("--answer", "q=7,d_z=7"), 1),
        (("--answer", "d_x=-4.04", "--tolerance", "0.02"), 0),
        (("--answer", "d_x=-4.04"), 1),
        (("--answer", "d_x=-8", "--upstream", "2"), 0),
    ],
)
def test_exit_statuses(command: Command, words: tuple[str, ...], status: int) -> None:
    assert command(*EXERCISE, *words).status == status


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "no answers given"),
        (("--answer", "d_x=1", "--answers", "class.csv"), "--answer cannot be used with --answers"),
        (("--answer", "d_x"), "expected NAME=ANSWER, not 'd_x'"),
        (("--answer", "=3"), "expected NAME=ANSWER"),
        (("--answer", "d_x=1,d_x=2"), "duplicate answer for 'd_x'"),
        (("--answer", "d_w=1"), "there is no 'd_w' in the expression"),
        (("--answer", "d_x=2*"), "expected an operand"),
        (("--answer", "d_x=1", "--tolerance", "-1"), "the tolerance is not a number from 0 to 1"),
        (("--answer", "d_x=1", "--tolerance", "nan"), "the tolerance is not a number from 0 to 1"),
        (("--answers", "none.csv"), "cannot read 'none.csv'"),
    ],
)
def test_errors(command: Command, words: tuple[str, ...], message: str) -> None:
    result = command(*EXERCISE, *words)
    assert (result.status, result.out) == (2, "")
    assert message in result.err


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "", "it is empty"),
        ("a.csv", "d_x,d_y\n", "has no answers"),
        ("a.csv", "student,note\nAda,1\n", "no column is about an answer"),
        ("a.csv", "student,d_w\nAda,1\n", "there is no 'd_w'"),
        ("a.csv", "d_x,d_x\n1,2\n", "two columns named 'd_x'"),
        ("a.json", "3", "is not a list of objects"),
        ("a.json", "[]", "has no answers"),
        ("a.json", "[3]", "is not a list of objects"),
        ("a.json", "{", "is not JSON"),
    ],
)
def test_files_that_cannot_be_read(command: Command, tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    result = command(*EXERCISE, "--answers", str(path))
    assert (result.status, result.out) == (2, "")
    assert message in result.err


def test_a_class(command: Command, class_file: str) -> None:
    """A row that cannot be read fails alone."""
    result = command(*EXERCISE, "--answers", class_file, "--json")
    assert (result.status, result.err) == (1, "note: columns that are not graded: group\n")
    document = json.loads(result.out)
    Schema("grade").check(document, "a class")
    students = {each["student"]: each for each in document["students"]}
    assert list(students) == ["Ada", HOSTILE, "<b>Bob</b>", "Cy", "Dan"]
    assert [(each["points"], each["of"]) for each in students.values()] == [(4, 4), (3, 4), (0, 0), (0, 0), (0, 0)]
    assert [bool(each["error"]) for each in students.values()] == [False, False, True, True, True]
    (wrong,) = [answer for answer in students[HOSTILE]["answers"] if answer["verdict"] == "wrong"]
    assert (wrong["name"], wrong["slips"][0]["kind"], wrong["slips"][0]["edge"]) == ("d_x", "sign", ["x", "q"])


def test_a_spreadsheet_runs_nothing(command: Command, class_file: str) -> None:
    rows = list(csv.DictReader(io.StringIO(command(*EXERCISE, "--answers", class_file, "--format", "csv").out)))
    assert len(rows) == 2 * 3 + 3
    cells = [cell for row in rows for cell in row.values()]
    assert f"'{HOSTILE}" in cells
    assert "'=1+2" not in cells  # the row of this answer cannot be read
    for cell in cells:
        assert cell[:1] not in ("=", "+", "@", "\t")
        assert cell[:1] != "-" or float(cell) < 0


@pytest.mark.parametrize("form", ["table", "markdown", "html"])
def test_text_of_students_is_no_markup(command: Command, tmp_path: Path, form: str) -> None:
    path = tmp_path / "class.json"
    name = "<img src=x> [bold]| `*_"
    path.write_text(
        json.dumps([{"student": name, "d_x": "(x + y)/(x + y)*z"}, {"student": name, "d_x": "<b>"}]), "utf-8"
    )
    result = command(*EXERCISE, "--answers", str(path), "--format", form)
    assert result.status == 1
    if form == "html":
        assert "<img" not in result.out
        assert html.escape(name, quote=True) in result.out
    elif form == "table":
        assert name in result.out
    else:
        assert "``<img src=x> [bold]\\| `*_``" in result.out


def test_one_student_in_a_file(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    path.write_text('{"d_x": -4, "d_y": "z", "q": 3.0}', "utf-8")
    document = json.loads(command(*EXERCISE, "--answers", str(path), "--json").out)
    Schema("grade").check(document, "one student")
    assert [answer["given"] for answer in document["answers"]] == [-4, "z", 3.0]
    assert (document["points"], document["of"]) == (4, 4)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_arrays(command: Command, tmp_path: Path, separator: str) -> None:
    path = tmp_path / "class.csv"
    rows = [["name", "d_x", "value"], ["Ada", '"[2, 4]"', "5"]]
    path.write_text("\ufeff" + "\r\n".join(separator.join(row) for row in rows), "utf-8")
    assert command("grade", "sum(x^2)", "--at", "x=[1,2]", "--answers", str(path)).status == 0
