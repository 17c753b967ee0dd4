"""The numbers that slips give for one box of an exercise, each with its sentence.

Worksheets, question banks and pages compare answers with these numbers; they run without Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from math import isclose, isfinite
from typing import Any, NamedTuple

from graphdiff.errors import shorten
from graphdiff.exercises.answers import Question
from graphdiff.exercises.slips import MULTIPLIED, OWN_SIGN, wrong_locals
from graphdiff.exercises.slips_candidates import COMMON, RARITY_OF_VALUES, candidates, fields_of, wrong_downstreams
from graphdiff.exercises.slips_forward import wrong_values
from graphdiff.exercises.slips_sentences import clause_text, number_text
from graphdiff.exercises.solution import Solution, exercise_of
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.cotangents import EdgeBackward, NodeBackward
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import plain

MOST_SLIPS = 10
"""Slips of a box, the commonest."""
SAME = 1e-3
"""The relative difference below which two numbers may be written with the same three digits."""
RARITY_OF_MULTIPLIED = 1.4
RARITY_OF_OWN_SIGN = 1.35
RARITY_ELSEWHERE = 0.5
"""How much rarer slips are that were not made in the last step, of which the student sees the other numbers."""


class Feedback(NamedTuple):
    """A wrong number, and what the student did to get it.

    is_common  whether it also explains an answer of one or two digits to which the number rounds
    """

    number: float
    clause: str
    is_common: bool

    @property
    def sentence(self) -> str:
        """One sentence for the student."""
        return f"{self.clause}; this slip gives {number_text(self.number)}."


class Clauses:
    """The clauses of feedback for a script, each of them once."""

    def __init__(self) -> None:
        self._indices: dict[str, int] = {}

    @property
    def texts(self) -> list[str]:
        """The clauses by their indices."""
        return list(self._indices)

    def rows(self, feedback: Iterable[Feedback]) -> list[tuple[float, int, bool]]:
        """The numbers of feedback with the indices of their clauses, and whether they are common."""
        indices = self._indices
        return [(each.number, indices.setdefault(each.clause, len(indices)), each.is_common) for each in feedback]


class WrongBox(NamedTuple):
    """How rare a slip is, the number that it gives, its clause, and how much rarer it is for being made elsewhere."""

    rarity: float
    number: Any
    clause: str
    distance: float = 0.0


Edge = tuple[NodeBackward, EdgeBackward]


class FeedbackTable:
    """The feedback on each box of an exercise, the commonest slips first. A box that is an array has none."""

    def __init__(self, trace: Trace) -> None:
        """The exercise whose solution is this trace; nothing is computed before it is asked for."""
        self.trace = trace
        self.graph = trace.graph

    @cached_property
    def solution(self) -> Solution:
        """The right numbers."""
        return Solution(exercise_of(self.trace))

    def of_value(self, index: int) -> list[Feedback]:
        """The feedback on the value of an operation."""
        return self._feedback(self.solution.values[index], self._wrong_values(index))

    def of_local(self, index: int, slot: int) -> list[Feedback]:
        """The feedback on the local derivative of an operation by the operand in a slot."""
        edge = self._edges.get((index, slot))
        right = None if edge is None else edge[1].local
        return [] if edge is None or right is None else self._feedback(right, self._wrong_locals(edge, right))

    def of_downstream(self, index: int, slot: int) -> list[Feedback]:
        """The feedback on what an operation passes back to the operand in a slot."""
        edge = self._edges.get((index, slot))
        right = None if edge is None or edge[1].downstream is None else edge[1].downstream.value
        return [] if edge is None or right is None else self._feedback(right, self._wrong_downstreams(edge, right))

    def of_gradient(self, index: int) -> list[Feedback]:
        """The feedback on the gradient by a node."""
        return self._feedback(self.solution.gradient(index), self._wrong_gradients(index))

    def _feedback(self, right: Any, boxes: Iterable[WrongBox]) -> list[Feedback]:
        """The slips that give finite numbers other than the right one and those of commoner slips."""
        if not isinstance(plain(right), float):
            return []
        with self.solution.exercise.op.quiet():
            numbers = [box._replace(number=plain(box.number)) for box in boxes]
        feedback: list[Feedback] = []
        for rarity, number, clause, _ in sorted(numbers, key=lambda box: box.rarity + box.distance):
            others = [plain(right), *(each.number for each in feedback)]
            if not isinstance(number, float) or not isfinite(number) or len(feedback) == MOST_SLIPS:
                continue
            if not any(isclose(number, other, rel_tol=SAME, abs_tol=1e-12) for other in others):
                feedback.append(Feedback(number, clause, rarity <= COMMON))
        return feedback

    def _wrong_values(self, index: int) -> Iterator[WrongBox]:
        node, right = self.graph.nodes[index], self.solution.values[index]
        operands = [self.solution.values[operand] for operand in node.operands]
        for wrong in wrong_values(node, right, operands, self.solution.exercise.op):
            fields = {"right": right, "wrong": wrong.value}
            clause = clause_text(wrong.clause, self.graph, index, None, fields)
            yield WrongBox(wrong.rarity + RARITY_OF_VALUES, wrong.value, clause)

    def _wrong_locals(self, edge: Edge, right: Any) -> Iterator[WrongBox]:
        step, (slot, _, downstream) = edge
        wrong_boxes = [
            (wrong.rarity, wrong.value, wrong.clause)
            for wrong in wrong_locals(step.node, slot, right, step.y, step.operands, self.solution.exercise.op)
        ]
        if downstream is not None:
            wrong_boxes.append((RARITY_OF_MULTIPLIED, downstream.value, MULTIPLIED))
        for rarity, value, clause in wrong_boxes:
            fields = {"right": right, "wrong": value, "upstream": step.upstream.value}
            yield WrongBox(rarity, value, clause_text(clause, self.graph, step.node.index, slot, fields))

    def _wrong_downstreams(self, edge: Edge, right: Any) -> Iterator[WrongBox]:
        step, (slot, _, _) = edge
        for wrong in wrong_downstreams(self.solution, *edge, right):
            fields = fields_of(wrong, *edge, right)
            clause = clause_text(wrong.clause, self.graph, step.node.index, slot, fields)
            yield WrongBox(wrong.rarity, wrong.value, clause)

    def _wrong_gradients(self, index: int) -> Iterator[WrongBox]:
        op, right = self.solution.exercise.op, self.solution.gradient(index)
        if op is FLOATS:
            yield from self._candidates.get(index, ())
        else:  # a backward pass for each slip would take too long: only the slips at the edges of the node
            for edge in self._edges.values():
                step, (slot, _, downstream) = edge
                if step.node.operands[slot] == index and downstream is not None:
                    for box in self._wrong_downstreams(edge, downstream.value):
                        yield box._replace(number=op.add(right, op.sub(box.number, downstream.value)))
        wrong = op.neg(right)
        name = f"The gradient by {shorten(self.graph.labels[index])}"
        clause = OWN_SIGN.format(name=name, right=number_text(right), wrong=number_text(wrong))
        yield WrongBox(RARITY_OF_OWN_SIGN, wrong, clause)

    @cached_property
    def _edges(self) -> dict[tuple[int, int], Edge]:
        return {(step.node.index, edge.slot): (step, edge) for step, edge in self.solution.edges}

    @cached_property
    def _candidates(self) -> dict[int, list[WrongBox]]:
        """What slips anywhere in the graph make of the gradient by each node."""
        questions = [Question("", index, True) for index in self.solution.gradients]
        boxes: dict[int, list[WrongBox]] = {question.node: [] for question in questions}
        for each in candidates(self.solution, questions):
            slot = None if each.operand is None else each.slot
            clause = clause_text(each.clause, self.graph, each.node, slot, each.fields)
            for question, number in each.results.items():
                distance = 0.0 if each.operand == question.node else RARITY_ELSEWHERE
                boxes[question.node].append(WrongBox(each.rarity, number, clause, distance))
        return boxes
