"""The slips that explain wrong answers, likeliest first.

A slip that agrees with more of the answers, right ones included, comes before one that agrees with fewer; then the
commoner kinds come first. Slips that agree with an answer of few digits only at these come after all others. The same
slip at another edge is not listed again where it gives the same numbers, as a wrong sign does all along a chain. Two
slips at once are looked for where no single one agrees with all answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.exercises.answers import Question
from graphdiff.exercises.grade_numbers import Given, agrees
from graphdiff.exercises.slips import Slip
from graphdiff.exercises.slips_candidates import COMMON, Candidate
from graphdiff.exercises.slips_pairs import Pair, find_pair
from graphdiff.exercises.slips_sentences import slip_of
from graphdiff.exercises.solution import Solution

MOST_SLIPS = 5
"""Slips that are listed for an answer."""


class _Rank(NamedTuple):
    """A slip and the questions whose answers it explains, in the order of preference.

    is_rough is whether it does so only to the few digits of the answers, misses the number of answers that it disagrees
    with.
    """

    is_rough: bool
    misses: int
    rarity: float
    candidate: Candidate
    questions: Sequence[Question]


def find_slips(
    answers: Sequence[Given], wrong: Sequence[Given], solution: Solution, every: Sequence[Candidate]
) -> dict[Question, list[Slip]]:
    """The slips, among every candidate, that explain each wrong answer; wrong answers are among the answers."""
    ranks = sorted(_ranks(answers, wrong, solution, every), key=lambda rank: rank[:3])
    has_agreement = any(not rank.misses for rank in ranks)
    numbers = {answer.question: answer.number for answer in wrong}
    singles: dict[Question, list[Slip]] = {question: [] for question in numbers}
    for rank, equivalents in _group(ranks):
        for question in rank.questions if not (has_agreement and rank.misses) else ():
            result, rounded = rank.candidate.results[question], numbers[question] if rank.is_rough else None
            singles[question].append(slip_of(rank.candidate, question, result, solution, equivalents, rounded=rounded))
    if wrong and not has_agreement and (pair := find_pair(answers, wrong, solution, every)):
        return _with_pair(pair, wrong, singles, solution)
    return {question: _distinct(each) for question, each in singles.items()}


def _ranks(
    answers: Sequence[Given], wrong: Sequence[Given], solution: Solution, every: Sequence[Candidate]
) -> Iterator[_Rank]:
    """The candidates that explain wrong answers, exactly or, if they are common, to the few digits of the answers. To
    these, a right number needs no slip."""
    given = {answer.question: answer for answer in wrong}
    short = [
        question
        for question, answer in given.items()
        if answer.is_short and not answer.agrees_at_own_digits(solution.number(question))
    ]

    def is_explained(answer: Given, candidate: Candidate) -> bool:
        result = candidate.result(answer.question, solution)
        return answer.agrees_at_own_digits(result) if answer.question in given else answer.agrees(result)

    for candidate in every:
        results = candidate.results
        exact = [each for each in given if each in results and given[each].agrees(results[each])]
        common = short if candidate.rarity <= COMMON else ()
        rough = [each for each in common if each in results and given[each].agrees_at_own_digits(results[each])]
        misses = sum(not is_explained(answer, candidate) for answer in answers) if exact or rough else 0
        if exact:
            yield _Rank(False, misses, candidate.rarity, candidate, exact)
        if questions := [each for each in rough if each not in exact]:
            yield _Rank(True, misses, candidate.rarity, candidate, questions)


def _group(ranks: Sequence[_Rank]) -> list[tuple[_Rank, list[Candidate]]]:
    """Each slip once, with the same slip at other edges where it gives the same numbers."""
    groups: list[tuple[_Rank, list[Candidate]]] = []
    by_clause: dict[tuple[bool, str], list[tuple[_Rank, list[Candidate]]]] = {}
    for rank in ranks:
        similar = by_clause.setdefault((rank.is_rough, rank.candidate.clause), [])
        for first, equivalents in similar:
            if _are_equivalent(first.candidate, rank.candidate):
                equivalents.append(rank.candidate)
                break
        else:
            groups.append((rank, []))
            similar.append(groups[-1])
    return groups


def _are_equivalent(first: Candidate, second: Candidate) -> bool:
    """Whether two slips at edges give the same numbers for all questions."""
    if first.operand is None or second.operand is None or first.results.keys() != second.results.keys():
        return False
    return all(agrees(second.results[question], result, None) for question, result in first.results.items())


def _with_pair(
    pair: Pair, wrong: Sequence[Given], singles: Mapping[Question, list[Slip]], solution: Solution
) -> dict[Question, list[Slip]]:
    """The slips with those of a pair that agrees with all answers first."""
    explained = {}
    for answer in wrong:
        question = answer.question
        alone = [each for each in pair if question in each.slip.results and answer.agrees(each.slip.results[question])]
        first = [
            slip_of(each.slip, question, answer.number, solution, each.equivalents, is_one_of_two=not alone)
            for each in alone or pair
        ]
        explained[question] = _distinct([*first, *singles[question]])
    return explained


def _distinct(slips: Sequence[Slip]) -> list[Slip]:
    """The first slips, each kind once at an edge, and at an operation only if it is not at one of its edges."""
    first: dict[Any, Slip] = {}
    for slip in slips:
        if slip.edge is not None or not any(slip.kind == kind and slip.node == node for kind, node, _ in first):
            first.setdefault((slip.kind, slip.node, slip.edge), slip)
    return list(first.values())[:MOST_SLIPS]
