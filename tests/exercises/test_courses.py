"""Exercises as courses publish them: the printed solution is right, and a wrong one is explained by the slip made."""

from __future__ import annotations

import pytest

import graphdiff
from graphdiff import Grade
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
