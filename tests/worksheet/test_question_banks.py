"""Moodle, QTI and Numbas: right answers have points and slips a sentence, by readers that follow the descriptions."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from graphdiff.worksheet.formats import write_worksheet
from graphdiff.worksheet.sheet import TASKS
from support import numbas
from support.moodle import Choice, Question
from support.qti import read_items
from support.worksheets import POINT, cells, questions_of, worksheet

EACH_TASK = pytest.mark.parametrize("task", TASKS)


@EACH_TASK
def test_moodle(task: str) -> None:
    """Right answers get all points, also rounded to three digits; slips none, and a sentence."""
    points = [POINT, {"x": -2, "y": 1, "z": 0.5}]
    sheets = worksheet(task, points=points)
    answers, _ = cells(sheets)
    questions = questions_of(sheets)
    cloze = [question for question in questions if question.kind == "cloze"]
    assert len(cloze) == len(points)
    fields: list[tuple[Question, int]] = [(each, place) for each in cloze for place in range(len(each.fields))]
    assert len(fields) == len(answers)
    numerical = [question for question in questions if question.kind == "numerical"]
    assert len(numerical) == (6 if task in ("gradients", "all") else 0)
    gradients = [answer for answer in answers if answer.name in ("gradient of x", "gradient of y", "gradient of z")]
    inputs = [next(answer for answer in gradients if each.name.endswith(answer.name)) for each in numerical[:3]]
    fields += [(question, 0) for question in numerical[:3]]
    for (question, place), answer in zip(fields, [*answers, *inputs], strict=True):
        assert question.grade(place, answer.value)[0] == 100
        assert question.grade(place, float(f"{answer.value:.3g}"))[0] == 100
        for each in answer.feedback:
            fraction, feedback = question.grade(place, each.number)
            assert (fraction, feedback) == (0, each.sentence) or question.grade(place, answer.value)[0] == 100
            assert fraction == 0 or abs(each.number / answer.value - 1) < 0.01
    for question in questions:
        picture = ElementTree.fromstring(question.files["circuit.svg"])
        assert any("blank" in (each.get("class") or "") for each in picture.iter())
        assert "x = " in question.text


def test_moodle_accepts_no_slip() -> None:
    """The intervals of different answers do not overlap."""
    for question in questions_of(worksheet("all")):
        for right, *slips in question.fields:
            assert right.fraction == 100
            for slip in slips:
                assert isinstance(slip, Choice)
                assert abs(right.number - slip.number) > right.tolerance + slip.tolerance


@pytest.mark.sampled(2)
@EACH_TASK
def test_qti(task: str) -> None:
    """A point for each right answer, also rounded to three digits; none for slips, and a sentence."""
    points = [POINT, {"x": -2, "y": 1, "z": 0.5}]
    sheets = worksheet(task, points=points)
    items = read_items(write_worksheet(sheets, "zip"))
    assert len(items) == len(points)
    answers, _ = cells(sheets)
    numbers = [number for item in items for number in item.right.values()]
    assert numbers == pytest.approx([answer.value for answer in answers], rel=1e-11)
    remaining = iter(answers)
    for item in items:
        assert item.process({}) == (0, [])
        assert item.process(item.right) == (len(item.right), [])
        rounded = {field: float(f"{number:.3g}") for field, number in item.right.items()}
        assert item.process(rounded) == (len(item.right), [])
        for field, answer in zip(item.right, remaining, strict=False):
            for each in answer.feedback:
                result = item.process({field: each.number})
                is_near = abs(each.number / answer.value - 1) < 0.01  # and accepted as the right number
                assert result == (0, [f"{answer.name}: {each.sentence}"]) or (is_near and result == (1, []))
        assert all(text in item.text for text in ("x = ", "q = x*y + sin(z)"))
        picture = ElementTree.fromstring(next(item.files[name] for name in item.files if name.endswith(".svg")))
        assert any("blank" in (each.get("class") or "") for each in picture.iter())
    assert write_worksheet(sheets, "zip") == write_worksheet(sheets, "zip")


@pytest.mark.sampled(2)
@EACH_TASK
def test_numbas(task: str) -> None:
    """A mark for each right answer, also rounded to three digits; none for slips, and a sentence."""
    points = [POINT, {"x": -2, "y": 1, "z": 0.5}]
    sheets = worksheet(task, points=points)
    questions = numbas.read_questions(write_worksheet(sheets, "exam"))
    assert len(questions) == len({question.name for question in questions}) == len(points)
    answers, _ = cells(sheets)
    places = [(question, gap) for question in questions for gap in range(len(question.gaps))]
    for (question, gap), answer in zip(places, answers, strict=True):
        assert question.gaps[gap]["customName"] == answer.name
        assert float(question.gaps[gap]["displayAnswer"]) == pytest.approx(answer.value, rel=1e-11)
        assert question.mark(gap, answer.value) == question.mark(gap, float(f"{answer.value:.3g}")) == (1, "")
        for each in answer.feedback:
            result = question.mark(gap, each.number)
            is_near = abs(each.number / answer.value - 1) < 0.01  # and accepted as the right number
            assert result == (0, each.sentence) or (is_near and result == (1, ""))
    assert all("x = " in question.statement and "svg+xml" in question.statement for question in questions)
