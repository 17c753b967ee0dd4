"""The slips that explain wrong answers, likeliest first.

A slip that agrees with more of the answers, right ones included, comes before one that agrees with fewer; then the
commoner kinds come first. Two slips at once are looked for where no single one agrees with all answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from graphdiff.errors import shorten
from graphdiff.exercises.answers import Question
from graphdiff.exercises.grade_numbers import agrees
from graphdiff.exercises.slips import Slip
from graphdiff.exercises.slips_candidates import Candidate
from graphdiff.exercises.solution import Solution
from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import FLOATS
from graphdiff.report.numbers import format_value, one_line
from graphdiff.writing.text import operation_of

MOST_SLIPS = 5
"""Slips that are listed for an answer."""
MOST_OF_PAIRS = 200
"""Slips of which pairs are tried, the commonest."""
COMMON = 2.2
"""The rarity up to which slips are taken two at once to explain a single number, which some rare pair always does."""
DIGITS = 6
"""Significant digits of numbers in messages."""


class Given(NamedTuple):
    """The number that an answer gives, with the digits to compare it by; tolerance is a relative difference in their
    place."""

    question: Question
    number: Any
    digits: int | None
    tolerance: float | None = None

    def agrees(self, value: Any) -> bool:
        """Whether it is this value."""
        return agrees(self.number, value, self.digits, tolerance=self.tolerance)


def find_slips(
    answers: Sequence[Given], wrong: Sequence[Given], solution: Solution, every: Sequence[Candidate]
) -> dict[Question, list[Slip]]:
    """The slips, among every candidate, that explain each wrong answer; wrong answers are among the answers."""
    ranks: list[tuple[int, float, Candidate, set[Question]]] = []
    for candidate in every:
        explained = {
            answer.question
            for answer in wrong
            if answer.question in candidate.results and answer.agrees(candidate.results[answer.question])
        }
        if explained:
            misses = sum(not answer.agrees(candidate.result(answer.question, solution)) for answer in answers)
            ranks.append((misses, candidate.rarity, candidate, explained))
    ranks.sort(key=lambda rank: rank[:2])
    if ranks and not ranks[0][0]:
        ranks = [rank for rank in ranks if not rank[0]]
    singles: dict[Question, list[Slip]] = {answer.question: [] for answer in wrong}
    for _, _, candidate, explained in ranks:
        for question in explained:
            singles[question].append(slip_of(candidate, question, candidate.results[question], solution))
    if wrong and (not ranks or ranks[0][0]) and (pair := _find_pair(answers, wrong, solution, every)):
        return _with_pair(pair, wrong, singles, solution)
    return {question: _distinct(each) for question, each in singles.items()}


def _with_pair(
    pair: tuple[Candidate, Candidate],
    wrong: Sequence[Given],
    singles: Mapping[Question, list[Slip]],
    solution: Solution,
) -> dict[Question, list[Slip]]:
    """The slips with those of a pair that agrees with all answers first."""
    explained = {}
    for answer in wrong:
        question = answer.question
        alone = [each for each in pair if question in each.results and answer.agrees(each.results[question])]
        first = [slip_of(each, question, answer.number, solution, is_one_of_two=not alone) for each in alone or pair]
        explained[question] = _distinct([*first, *singles[question]])
    return explained


def _distinct(slips: Sequence[Slip]) -> list[Slip]:
    """The first slips, each kind once at an edge, and at an operation only if it is not at one of its edges."""
    first: dict[Any, Slip] = {}
    for slip in slips:
        if slip.edge is not None or not any(slip.kind == kind and slip.node == node for kind, node, _ in first):
            first.setdefault((slip.kind, slip.node, slip.edge), slip)
    return list(first.values())[:MOST_SLIPS]


def _find_pair(
    answers: Sequence[Given], wrong: Sequence[Given], solution: Solution, every: Sequence[Candidate]
) -> tuple[Candidate, Candidate] | None:
    """The commonest pair of slips on edges that agrees with all answers."""
    if solution.exercise.op is not FLOATS:
        return None
    usable = [each for each in every if each.terms is not None]
    if len(answers) == 1:
        usable = [each for each in usable if each.rarity <= COMMON]
    usable = sorted(usable, key=lambda each: each.rarity)[:MOST_OF_PAIRS]
    effects = [_Effect(each, solution) for each in sorted(usable, key=lambda each: -each.node)]
    in_order = [*wrong, *(answer for answer in answers if answer not in wrong)]
    best: tuple[float, tuple[Candidate, Candidate]] | None = None
    for upper, lower in combinations(effects, 2):
        rarity = upper.candidate.rarity + lower.candidate.rarity
        is_one_edge = (upper.candidate.node, upper.candidate.slot) == (lower.candidate.node, lower.candidate.slot)
        if is_one_edge or (best and best[0] <= rarity):
            continue
        if all(answer.agrees(_result_of_pair(upper, lower, answer.question, solution)) for answer in in_order):
            best = rarity, (upper.candidate, lower.candidate)
    return best and best[1]


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


def slip_of(
    candidate: Candidate, question: Question, result: Any, solution: Solution, is_one_of_two: bool = False
) -> Slip:
    """A slip with the sentence about the number that it gives."""
    graph = solution.exercise.graph
    slot = None if candidate.operand is None else candidate.slot
    clause = clause_text(candidate.clause, graph, candidate.node, slot, candidate.fields)
    gives = "with another slip, this gives" if is_one_of_two else "this slip gives"
    label = graph.labels[candidate.node]
    edge = None if candidate.operand is None else (graph.labels[candidate.operand], label)
    message = f"{clause}; {gives} {shorten(question.name)} = {number_text(result)}."
    return Slip(candidate.kind, label, edge, message, is_one_of_two)


def clause_text(clause: str, graph: Graph, index: int, slot: int | None, fields: Mapping[str, Any]) -> str:
    """What the student did at an operation, or at one of its operands, with these numbers."""
    node = graph.nodes[index]
    labels = [shorten(graph.labels[operand]) for operand in node.operands]
    return clause.format(
        node=f"{shorten(graph.labels[index])} = {shorten(operation_of(graph, node), 60)}",
        operand="" if slot is None else labels[slot],
        other=labels[1 - slot] if slot is not None and len(labels) == 2 else labels[-1],
        **{name: number_text(value) for name, value in fields.items()},
    )


def number_text(value: Any) -> str:
    """A number or an array in a message."""
    return one_line(format_value(value, DIGITS))
