"""Points: one for each right edge on the way to the gradients that are asked for, and for each right value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphdiff.exercises.answers import Question
from graphdiff.exercises.grade_result import Verdict
from graphdiff.exercises.slips import Slip
from graphdiff.exercises.solution import Solution

Item = tuple[int, int] | Question
"""What is worth a point: an edge, as the indices of its operand and its operation; or an answer that needs no edge."""


def points_of(
    solution: Solution, verdicts: Mapping[Question, Verdict], slips: Mapping[Question, Sequence[Slip]]
) -> tuple[int, int]:
    """The points, and the most there are.

    A wrong answer costs the edges of the slips that explain it; without an explanation it costs the edges that no
    other answer has proven right. In any case it costs a point.
    """
    items = {question: _items(question, solution) for question in verdicts}
    proven = {item for question, verdict in verdicts.items() if verdict != "wrong" for item in items[question]}
    lost: set[Item] = set()
    for question, verdict in verdicts.items():
        if verdict == "wrong":
            explained = _items_of_slips(slips[question], items[question], solution)
            lost |= explained or (set() if slips[question] else items[question] - proven) or {_nearest(items[question])}
    total = len(set().union(*items.values()))
    return total - len(lost), total


def _items(question: Question, solution: Solution) -> set[Item]:
    """What an answer needs to be right."""
    if not question.is_gradient:
        return {question}
    below = {question.node, *(node.index for node in solution.exercise.graph.reached_from([question.node]))}
    edges: set[Item] = {
        (step.node.operands[edge.slot], step.node.index)
        for step, edge in solution.edges
        if step.node.operands[edge.slot] in below
    }
    return edges or {question}


def _items_of_slips(slips: Sequence[Slip], items: set[Item], solution: Solution) -> set[Item]:
    """The edges of the slip that explains an answer best, or of the two that do together."""
    labels = solution.exercise.graph.labels
    named = [slip for slip in slips if slip.is_one_of_two] or slips[:1]
    return {
        item
        for item in items
        for slip in named
        if not isinstance(item, Question)
        and (slip.edge == (labels[item[0]], labels[item[1]]) or (slip.edge is None and slip.node == labels[item[1]]))
    }


def _nearest(items: set[Item]) -> Item:
    """The answer itself, or the edge nearest to the input."""
    return min(items, key=lambda item: (item.node, 0) if isinstance(item, Question) else item)
