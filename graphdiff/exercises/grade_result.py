"""The result of grading: answers with their verdicts, the slips that explain them, and points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from graphdiff.exercises.slips import Slip
from graphdiff.passes.trace import Trace

Verdict = Literal["right", "wrong", "carried"]


@dataclass(frozen=True, slots=True)
class GradedAnswer:
    """An answer with its verdict.

    Attributes:
        name: What it is about: `d_x` is the gradient by x, `value` the output's value, `q` that of the node q.
        given: What was given: text, a number or nested lists; None for no answer.
        expected: The right number, or array.
        verdict: "right", "wrong", or "carried": right by an earlier wrong answer.
        slips: What explains a wrong answer, likeliest first.
    """

    name: str
    given: Any
    expected: Any
    verdict: Verdict
    slips: tuple[Slip, ...]


@dataclass(frozen=True, slots=True)
class Grade:
    """Graded answers.

    Attributes:
        answers: The answers in the order in which they were given.
        points: One for each edge on the way to a gradient that is right, and for each right value.
        of: The most points.
        notes: What the names of answers mean, where that is not clear.
        trace: The solution.
    """

    answers: tuple[GradedAnswer, ...]
    points: int
    of: int
    notes: tuple[str, ...]
    trace: Trace

    @property
    def is_right(self) -> bool:
        """Whether no answer is wrong."""
        return all(answer.verdict != "wrong" for answer in self.answers)
