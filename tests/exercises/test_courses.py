"""Exercises as courses publish them: the printed solution is right, and a wrong one is explained by the slip made;
their worksheets ask for the printed numbers, and the keys have them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from shutil import which

import numpy as np
import pytest

import graphdiff
from graphdiff import Grade
from graphdiff.worksheet.formats import write_worksheet
from graphdiff.worksheet.sheet import BLANK, TASKS, Worksheet, make_worksheet
from graphdiff.worksheet.tables import Answer
from support.courses import EXERCISES, Exercise

EVERY = pytest.mark.parametrize("exercise", EXERCISES, ids=[exercise.name for exercise in EXERCISES])


def graded(exercise: Exercise, answers: dict[str, str]) -> Grade:
    options = {"upstream": exercise.upstream, "tolerance": exercise.tolerance}
    return graphdiff.grade(exercise.formula, exercise.point, answers, **options)


@EVERY
def test_the_printed_solution_is_right(exercise: Exercise) -> None:
    grade = graded(exercise, dict(exercise.printed))
    assert [answer for answer in grade.answers if answer.verdict != "right"] == []
    assert grade.points == grade.of


@EVERY
def test_the_slip_of_a_wrong_solution(exercise: Exercise) -> None:
    grade = graded(exercise, {**exercise.printed, **exercise.wrong})
    verdicts = {answer.name: answer.verdict for answer in grade.answers}
    first, *_ = wrong = [answer for answer in grade.answers if answer.verdict == "wrong"]
    assert {name for name, verdict in verdicts.items() if verdict != "right"} == set(exercise.wrong)
    assert (first.slips[0].kind, exercise.edge or first.slips[0].edge) == (exercise.slip, first.slips[0].edge), wrong
    assert 0 < grade.of - grade.points < grade.of or grade.of == 1


def answers_of(worksheet: Worksheet) -> list[Answer]:
    cells = [cell for table in worksheet.sheets[0].tables for row in table.rows for cell in row]
    return [cell for cell in cells if isinstance(cell, Answer)]


@pytest.mark.sampled(4)
@EVERY
def test_worksheets_ask_for_the_printed_numbers(exercise: Exercise) -> None:
    """Each blank has its number in the key; the numbers are the printed ones, to a half of the last digit."""
    trace = graphdiff.trace(exercise.formula, exercise.point, upstream=exercise.upstream)
    sheets = make_worksheet([trace], exercise.formula, TASKS["all"], 12, 0)
    answers = answers_of(sheets)
    for form, blank in (("md", f"| {BLANK} "), ("html", "<input data-answer"), ("tex", r"& \blank")):
        sheet, key = (write_worksheet(sheets, form, is_key).decode() for is_key in (False, True))
        assert sheet.count(blank) == len(answers), form
        assert blank not in key
        assert all(answer.text in key.replace("-{}", "-") for answer in answers)
    numbers = {answer.name: answer.value for answer in answers}
    for name, text in exercise.printed.items():
        label = trace.graph.labels[trace.graph.output] if name == "value" else name.removeprefix("d_")
        kinds = ("gradient", "upstream") if name.startswith("d_") else ("value",)
        number = next(numbers[f"{kind} of {label}"] for kind in kinds if f"{kind} of {label}" in numbers)
        half = max(0.5 * 10.0 ** -len(part.partition(".")[2]) for part in re.findall(r"[\d.]+", text))
        assert np.allclose(number, json.loads(text), rtol=0, atol=1.001 * half), name


@pytest.mark.slow
@EVERY
def test_worksheets_as_pdf(exercise: Exercise, tmp_path: Path) -> None:
    """The key has all numbers, with a circuit that leads right or down, and the circuit is on the first page."""
    pytest.importorskip("typst", reason="the extra draw")
    if not which("pdftotext"):
        pytest.skip("needs poppler-utils")
    trace = graphdiff.trace(exercise.formula, exercise.point, upstream=exercise.upstream)
    for leads_down in (False, True):
        sheets = make_worksheet([trace], exercise.formula, TASKS["gradients"], 4, 0, leads_down)
        (tmp_path / "key.pdf").write_bytes(write_worksheet(sheets, "pdf", is_key=True))
        words = ["pdftotext", "-layout", "key.pdf", "-"]
        text = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        numbers = {number for answer in answers_of(sheets) for number in re.findall(r"[-\d.]+", answer.text)}
        assert numbers <= set(re.findall(r"-?[\d.]+", text))
        symbols = {gate.symbol for gate in sheets.sheets[0].key.gates.values() if gate.symbol.isalnum()}
        assert symbols <= set(re.findall(r"\w+", text.partition("\f")[0].partition("Forward pass")[0]))
