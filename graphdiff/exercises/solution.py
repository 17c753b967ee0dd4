"""Both passes of an exercise, with the right numbers, or with a student's for some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from graphdiff.exercises.answers import Question
from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import FLOATS, Numeric
from graphdiff.passes.backward import backward_from, edges_of
from graphdiff.passes.cotangents import Cotangent, EdgeBackward, NodeBackward, Pieces
from graphdiff.passes.forward import update
from graphdiff.passes.trace import Trace, pieces_of, seed_of

Numbers = Mapping[int, Any]
"""Numbers or arrays by the indices of nodes."""
NO_NUMBERS: Numbers = {}


class Exercise(NamedTuple):
    """A formula at a point.

    Attributes:
        trace: The right numbers.
        active: For each node, the slots of the edges that gradients pass along.
    """

    trace: Trace
    active: Sequence[tuple[int, ...] | None]

    @property
    def graph(self) -> Graph:
        """The computational graph."""
        return self.trace.graph

    @property
    def op(self) -> Numeric:
        """What its numbers are computed with."""
        return self.trace.op


def exercise_of(trace: Trace) -> Exercise:
    """The exercise with this solution: gradients by the inputs of the trace and by all operations with a name."""
    graph = trace.graph
    inputs = [graph.input_indices[name] for name, gradient in trace.gradients.items() if gradient is not None]
    named = [index for index in graph.names.values() if graph.nodes[index].operation is not None]
    return Exercise(trace, graph.active_slots([*inputs, *named]))


class Solution:
    """The numbers of both passes.

    Attributes:
        values: The value of each node.
        gradients: The gradient by each node; one that is left out is 0.
        steps: The steps of the backward pass.
    """

    def __init__(self, exercise: Exercise, values: Numbers = NO_NUMBERS, gradients: Numbers = NO_NUMBERS) -> None:
        """Solve an exercise; these values and gradients of some nodes replace the right ones."""
        self.exercise = exercise
        trace, graph, op = exercise.trace, exercise.graph, exercise.op
        self.values: list[Any] = list(trace.values)
        if values:
            changed = graph.reached_from(values)
            for index, value in values.items():
                self.values[index] = value
            update(graph, [node for node in changed if node.index not in values], self.values, op)
        self.pieces: Pieces = {} if values else pieces_of(trace)
        self.steps: list[NodeBackward] = []
        self.gradients = self._run({graph.output: seed_of(trace)}, self.steps)
        if not values:
            indices = graph.input_indices
            self.gradients.update({indices[name]: each for name, each in trace.gradients.items() if each is not None})
        for index in sorted(gradients, reverse=True):
            change = op.sub(gradients[index], self.gradient(index))
            for other, value in self.response(index, change).items():
                self.gradients[other] = op.add(self.gradient(other), value)

    def number(self, question: Question) -> Any:
        """What a question asks for."""
        return self.gradient(question.node) if question.is_gradient else self.values[question.node]

    def gradient(self, index: int) -> Any:
        """The gradient by a node."""
        gradient = self.gradients.get(index)
        return self.exercise.op.broadcast_like(0.0, self.values[index]) if gradient is None else gradient

    def response(self, index: int, change: Any) -> dict[int, Any]:
        """How the gradients by a node and by those below it change if the one by this node changes by so much."""
        if self.exercise.op is not FLOATS:
            return self._run({index: Cotangent(change)}, [])
        return {other: change * factor for other, factor in self.unit_response(index).items()}

    def unit_response(self, index: int) -> Mapping[int, float]:
        """The response to a change by 1, of numbers."""
        if index not in self._unit_responses:
            self._unit_responses[index] = self._run({index: Cotangent(1.0)}, [])
        return self._unit_responses[index]

    def response_with_edges(self, index: int) -> tuple[dict[int, Any], dict[tuple[int, int], Any]]:
        """How the gradients by a node and by those below it respond to a change by 1 of the one by this node, which is
        a number; and what operations pass back, by their indices and slots."""
        op = self.exercise.op
        steps: list[NodeBackward] = []
        gradients = self._run({index: Cotangent(op.broadcast_like(1.0, self.values[index]))}, steps)
        with op.quiet():
            edges = [(step, edge) for step in steps for edge in edges_of(step, op)]
        return gradients, {
            (step.node.index, edge.slot): edge.downstream.value for step, edge in edges if edge.downstream is not None
        }

    @cached_property
    def edges(self) -> list[tuple[NodeBackward, EdgeBackward]]:
        """The edges of the backward pass, each with its step."""
        op = self.exercise.op
        with op.quiet():
            return [(step, edge) for step in self.steps for edge in edges_of(step, op)]

    @cached_property
    def _unit_responses(self) -> dict[int, Mapping[int, float]]:
        return {}

    def _run(self, pending: dict[int, Cotangent], steps: list[NodeBackward]) -> dict[int, Any]:
        """The gradients by all nodes, given those that a backward pass starts from."""
        exercise = self.exercise
        with exercise.op.quiet():
            inputs = backward_from(
                exercise.graph, self.values, exercise.op, pending, exercise.active, steps.append, self.pieces
            )
        gradients = {index: cotangent.value for index, cotangent in inputs.items()}
        gradients.update({step.node.index: step.upstream.value for step in steps})
        return gradients
