"""Two slips at once, on edges, that agree with all answers where no single one does."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

from graphdiff.exercises.answers import Question
from graphdiff.exercises.grade_numbers import Given, agrees
from graphdiff.exercises.slips_candidates import COMMON, Candidate
from graphdiff.exercises.solution import Solution
from graphdiff.operations.interpreter import FLOATS

MOST_OF_PAIRS = 200
"""Slips of which pairs are tried, the commonest."""


class OneOfTwo(NamedTuple):
    """A slip of a pair, and the same slip at other edges, where it gives the same numbers with the other slip."""

    slip: Candidate
    equivalents: Sequence[Candidate]


Pair = tuple[OneOfTwo, OneOfTwo]


def find_pair(
    answers: Sequence[Given], wrong: Sequence[Given], solution: Solution, every: Sequence[Candidate]
) -> Pair | None:
    """The commonest pair of slips on edges that agrees with all answers."""
    if solution.exercise.op is not FLOATS:
        return None
    usable = [each for each in every if each.terms is not None]
    if len(answers) == 1:
        usable = [each for each in usable if each.rarity <= COMMON]
    usable = sorted(usable, key=lambda each: each.rarity)[:MOST_OF_PAIRS]
    effects = [_Effect(each, solution) for each in sorted(usable, key=lambda each: -each.node)]
    in_order = [*wrong, *(answer for answer in answers if answer not in wrong)]
    best: tuple[float, _Effect, _Effect] | None = None
    for upper, lower in combinations(effects, 2):
        rarity = upper.candidate.rarity + lower.candidate.rarity
        if upper.is_at_edge_of(lower) or (best and best[0] <= rarity):
            continue
        if all(answer.agrees(_result_of_pair(upper, lower, answer.question, solution)) for answer in in_order):
            best = rarity, upper, lower
    if best is None:
        return None
    _, upper, lower = best
    questions = [answer.question for answer in answers]
    return (
        OneOfTwo(upper.candidate, _equivalents(upper, lower, effects, questions, solution)),
        OneOfTwo(lower.candidate, _equivalents(lower, upper, effects, questions, solution)),
    )


def _equivalents(
    slip: _Effect, other: _Effect, effects: Sequence[_Effect], questions: Sequence[Question], solution: Solution
) -> list[Candidate]:
    """The same slip at other edges, where it gives the same numbers with the other one."""

    def result(one: _Effect, question: Question) -> Any:
        upper, lower = (one, other) if one.candidate.node > other.candidate.node else (other, one)
        return _result_of_pair(upper, lower, question, solution)

    return [
        each.candidate
        for each in effects
        if each.candidate.clause == slip.candidate.clause
        and not (each.is_at_edge_of(slip) or each.is_at_edge_of(other))
        and all(agrees(result(each, question), result(slip, question), None) for question in questions)
    ]


class _Effect:
    """How a slip on an edge changes what the operand receives, and how the gradients below respond to that."""

    def __init__(self, candidate: Candidate, solution: Solution) -> None:
        assert candidate.terms is not None
        assert candidate.operand is not None
        self.candidate = candidate
        self.response = solution.unit_response(candidate.operand)
        self.factor, self.term = candidate.terms
        self.upstream: float = candidate.fields["upstream"]
        self.local: float = candidate.fields["right"]

    def is_at_edge_of(self, other: _Effect) -> bool:
        """Whether both slips are on the same edge."""
        return (self.candidate.node, self.candidate.slot) == (other.candidate.node, other.candidate.slot)

    def change(self, upper: _Effect | None) -> float:
        """The change of what the operand receives, after another slip nearer to the output."""
        upstream = self.upstream
        if upper is not None:
            upstream += upper.change(None) * upper.response.get(self.candidate.node, 0.0)
        return self.factor * upstream + self.term - self.local * upstream


def _result_of_pair(upper: _Effect, lower: _Effect, question: Question, solution: Solution) -> Any:
    """What two slips together make of the number that a question asks for."""
    number = solution.number(question)
    if not question.is_gradient:
        return number
    first = upper.change(None) * upper.response.get(question.node, 0.0)
    return number + first + lower.change(upper) * lower.response.get(question.node, 0.0)
