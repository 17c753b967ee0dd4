"""Every format has all that is given, a blank for each answer, and nothing that gives an answer away; keys have all."""

from __future__ import annotations

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from shutil import which

import pytest

import graphdiff
from graphdiff.passes.collapse import collapse_trace
from graphdiff.worksheet.formats import FORMATS, WITHOUT_KEY, write_worksheet
from graphdiff.worksheet.sheet import BLANK, TASKS, make_worksheet
from support import examples, numbas
from support.pictures import trace_example
from support.qti import read_items
from support.worksheets import HOSTILE, POINT, cells, questions_of, worksheet

EACH_TASK = pytest.mark.parametrize("task", TASKS)


def text_of(data: bytes, form: str, folder: Path) -> str:
    """All text of a document that a reader sees."""
    if form == "pdf":
        pytest.importorskip("typst")
        if not which("pdftotext"):
            pytest.skip("needs poppler-utils")
        (folder / "sheet.pdf").write_bytes(data)
        run = ["pdftotext", "-layout", "sheet.pdf", "-"]
        return subprocess.run(run, cwd=folder, capture_output=True, text=True, check=True).stdout
    text = data.decode()
    if form == "html":
        return " ".join(reader_of(text).texts)
    return text.replace("-{}", "-").replace("\\_", "_")


class Reader(HTMLParser):
    """The visible texts and the fields of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.fields: list[dict[str, str | None]] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("style", "script")
        if tag == "input":
            self.fields.append(dict(attributes))

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.texts.append(data)


def reader_of(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    assert reader.hidden == 0
    return reader


def tokens(text: str) -> set[str]:
    return set(re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?", text))


@pytest.mark.sampled(3)
@EACH_TASK
@pytest.mark.parametrize("form", ["md", "html", "tex", "pdf"])
def test_sheet_and_key(form: str, task: str, tmp_path: Path) -> None:
    sheets = worksheet(task)
    answers, given = cells(sheets)
    sheet, key = (text_of(write_worksheet(sheets, form, is_key), form, tmp_path) for is_key in (False, True))
    secrets = {answer.text for answer in answers} - given - {"1", "1.3", "-0.7", "2.1"}
    assert len(secrets) >= 3
    assert not secrets & tokens(sheet)
    assert secrets <= tokens(key)
    for text in (sheet, key):
        assert "x = 1.3, y = -0.7, z = 2.1" in text
        assert {each for each in tokens(" ".join(given)) if "." in each} <= tokens(text)
        assert "Variant 1" in text


@EACH_TASK
def test_the_numbers_of_a_task(task: str) -> None:
    """What is asked for: gradients, local derivatives, values; and numbers that would give them away are left out."""
    answers, _ = cells(worksheet(task))
    names = {answer.name.partition(" of ")[0].partition(" from ")[0] for answer in answers}
    assert (
        names
        == {
            "gradients": {"upstream", "downstream", "gradient"},
            "locals": {"local derivative"},
            "forward": {"value"},
            "all": {"upstream", "downstream", "gradient", "local derivative", "value"},
        }[task]
    )
    columns = [column.name for table in worksheet(task).sheets[0].tables for column in table.columns]
    assert ("numbers" in columns) == (task in ("gradients", "locals"))
    assert ("formula" in columns) == (task == "gradients")
    assert ("downstream" in columns) == (task in ("gradients", "all"))
    assert ("local" in columns) == (task != "forward")


def test_answers_are_the_derivatives() -> None:
    """By hand: f = (x + y)·z has the gradients z, z and x + y."""
    answers, _ = cells(worksheet("all", "(x + y)*z", [{"x": -2, "y": 5, "z": -4}]))
    numbers = {answer.name: answer.value for answer in answers}
    assert numbers == {
        **{"value of v1": 3, "value of v2": -12, "upstream of v1": -4},
        **{"local derivative of v2 by v1": -4, "local derivative of v2 by z": 3},
        **{"local derivative of v1 by x": 1, "local derivative of v1 by y": 1},
        **{"downstream from v2 to v1": -4, "downstream from v2 to z": 3},
        **{"downstream from v1 to x": -4, "downstream from v1 to y": -4},
        **{"gradient of x": -4, "gradient of y": -4, "gradient of z": 3},
    }


def test_rounding_errors_are_0() -> None:
    """sin(pi) is 1.2e-16 and cos(pi/2) 6.1e-17 in 64 bits; a student writes 0, in the circuit as in the tables."""
    sheets = worksheet("all", "s = sin(pi*x)*y + cos(pi*x/2); s*s", [{"x": 1, "y": 2}])
    answers, given = cells(sheets)
    assert {answer.name: answer.value for answer in answers}["value of s"] == 0
    assert not [answer for answer in answers if 0 < abs(answer.value) < 1e-9]
    assert "e-1" not in " ".join([*given, *(answer.text for answer in answers)])
    for question in questions_of(sheets):
        assert all(choices[0].number == 0 or abs(choices[0].number) > 0.1 for choices in question.fields)


def test_slips_are_named_by_what_they_give() -> None:
    answers, _ = cells(worksheet("gradients", "x*y + x^2", [{"x": 3, "y": 5}]))
    slips = {answer.name: {each.number: each.sentence for each in answer.feedback} for answer in answers}
    sentences = {
        -11.0: "The gradient by x is 11, and -11 has the wrong sign; this slip gives -11.",
        6.0: "What x receives through v1 = x*y, which is 5, was left out; this slip gives 6.",
        5.0: "What x receives through v2 = x^2, which is 6, was left out; this slip gives 5.",
    }
    assert sentences.items() <= slips["gradient of x"].items()
    (answer,) = (
        answer for answer in cells(worksheet("all", "sin(x)^2", [{"x": 2}]))[0] if answer.name == "gradient of x"
    )
    assert "x received the local derivative -0.416147 alone" in str([each.sentence for each in answer.feedback])


@EACH_TASK
def test_blanks_in_the_circuit(task: str) -> None:
    """Each asked number has a box, and sheet and key have the same places for all labels."""
    from graphdiff.drawing import svg
    from graphdiff.drawing.layout import layout

    (sheet,) = worksheet(task).sheets
    arrangements = [layout(circuit, svg.METRICS) for circuit in (sheet.blank, sheet.key)]
    labels = [
        [(label.kind, label.box, label.is_blank) for gate in each.gates for label in gate.labels]
        + [(label.kind, label.box, label.is_blank) for wire in each.wires for label in wire.labels]
        for each in arrangements
    ]
    assert [label[:2] for label in labels[0]] == [label[:2] for label in labels[1]]
    kinds = {kind for kind, _, is_blank in labels[0] if is_blank}
    kinds_of_tasks = {"gradients": {"gradient"}, "locals": {"local"}, "forward": {"value"}}
    assert kinds == kinds_of_tasks.get(task, {"gradient", "local", "value"})
    assert not any(is_blank for _, _, is_blank in labels[1])
    if task in ("locals", "forward"):
        assert "gradient" not in {kind for kind, _, _ in labels[0]}


def test_a_blank_for_each_answer() -> None:
    sheets = worksheet("all")
    answers, _ = cells(sheets)
    table = [line for line in write_worksheet(sheets, "md").decode().splitlines() if line.startswith("|")]
    assert "\n".join(table).count(BLANK) == len(answers)
    page = reader_of(write_worksheet(sheets, "html").decode())
    assert [field["aria-label"] for field in page.fields] == [answer.name for answer in answers]
    assert write_worksheet(sheets, "tex").decode().count(r"\blank") == len(answers) + 1  # its definition
    assert not reader_of(write_worksheet(sheets, "html", True).decode()).fields


def test_user_text_is_no_markup(tmp_path: Path) -> None:
    names = graphdiff.parse(HOSTILE).input_names
    sheets = worksheet("all", HOSTILE, [dict.fromkeys(names, 2.0)])
    for question in questions_of(sheets):
        assert len(question.fields) == (len(cells(sheets)[0]) if question.kind == "cloze" else 1)
    (item,) = read_items(write_worksheet(sheets, "zip"))
    assert all(name.strip("`") in item.text for name in names)
    assert numbas.read_questions(write_worksheet(sheets, "exam"))
    page = write_worksheet(sheets, "html").decode()
    assert "<b>" not in page
    assert page.count("<script") == 2
    for form in sorted(set(FORMATS) - {*WITHOUT_KEY, "pdf"}):
        assert write_worksheet(sheets, form, True)


def test_arrays() -> None:
    """A blank for an array is one field, in question banks one for each entry."""
    point = {"W": [[1, 2], [3, 4]], "x": [1, -1]}
    sheets = worksheet("all", "sum((W @ x)^2)", [point])
    answers, _ = cells(sheets)
    assert {answer.name: answer.text for answer in answers}["gradient of W"] == "[[-2, 2], [-2, 2]]"
    cloze, *others = questions_of(sheets)
    assert others == []
    assert len(cloze.fields) == sum(answer.text.count(",") + 1 for answer in answers)
    (item,) = read_items(write_worksheet(sheets, "zip"))
    (question,) = numbas.read_questions(write_worksheet(sheets, "exam"))
    assert len(item.right) == len(question.gaps) == len(cloze.fields)
    assert len(reader_of(write_worksheet(sheets, "html").decode()).fields) == len(answers)


@pytest.mark.slow
@pytest.mark.parametrize("path", examples.PROGRAMS, ids=lambda path: path.stem)
def test_every_example(path: Path) -> None:
    trace = collapse_trace(trace_example(path))
    sheets = make_worksheet([trace], path.read_text("utf-8"), TASKS["all"], 4, 0)
    for form in set(FORMATS) - {"pdf"}:
        assert write_worksheet(sheets, form, True)
    questions_of(sheets)
    read_items(write_worksheet(sheets, "zip"))
    numbas.read_questions(write_worksheet(sheets, "exam"))


@pytest.mark.slow
@pytest.mark.parametrize("is_key", [False, True])
def test_latex_compiles(is_key: bool, tmp_path: Path) -> None:
    if not which("pdflatex"):
        pytest.skip("needs pdflatex")
    many = (
        "; ".join(f"v{number} = x*y" for number in range(30)) + "; " + " + ".join(f"v{number}" for number in range(30))
    )
    names = graphdiff.parse(HOSTILE).input_names
    for number, sheets in enumerate(
        [
            worksheet("all", points=[POINT, POINT]),
            worksheet("gradients", many, [{"x": 1, "y": 2}]),
            worksheet("all", HOSTILE, [dict.fromkeys(names, 2.0)]),
        ]
    ):
        file = tmp_path / f"sheet{number}.tex"
        file.write_bytes(write_worksheet(sheets, "tex", is_key))
        run = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", file.name]
        done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:]
        assert "Overfull" not in done.stdout
