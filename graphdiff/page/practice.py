"""The boxes of a page that readers type gradients into: the right numbers, those that common slips give, and how far a
wrong number in a box carries on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from math import isfinite
from typing import Any, NamedTuple

from graphdiff.drawing.circuit import Circuit
from graphdiff.exercises.feedback import Clauses, Feedback, FeedbackTable
from graphdiff.exercises.solution import Solution
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, plain

MOST_WITH_FEEDBACK = 150
"""Boxes of a page that has feedback on slips; with more, it only says right or wrong, which keeps it small."""


class Box(NamedTuple):
    """A gradient that is asked for.

    Attributes:
        name: Its name on the page: `upstream`, `gradient` or `downstream`, a node, and the slot of an edge.
        number: The right number.
        find_feedback: Returns the feedback on it.
        node: The node whose gradient it is, or to which the edge passes it.
    """

    name: str
    number: Value | None
    find_feedback: Callable[[], Sequence[Feedback]]
    node: int


def practice_data(trace: Trace, whole: Trace, circuit: Circuit, zeros: Collection[str]) -> dict[str, Any]:
    """The boxes by their names, from the output back. whole is the trace with the steps behind closed gates, zeros are
    the names of numbers that the circuit shows as 0.

    Of each: the right number; the numbers of slips, with the indices of their clauses; and how other boxes, by their
    places, change if this one does. Gradients that are arrays or not finite have no box.
    """
    table = FeedbackTable(trace)
    every = _boxes(whole, circuit, table)
    boxes = [box for box in every if isinstance(box.number, float) and isfinite(box.number)]
    places = {box.name: place for place, box in enumerate(boxes)}
    has_feedback = len(boxes) <= MOST_WITH_FEEDBACK
    clauses, data = Clauses(), {}
    for box in boxes:
        slips = clauses.rows(box.find_feedback()) if has_feedback else []
        responses = _responses(table.solution, box, places) if has_feedback else []
        data[box.name] = 0.0 if box.name in zeros else box.number, slips, responses
    return {"boxes": data, "clauses": clauses.texts}


def _boxes(trace: Trace, circuit: Circuit, table: FeedbackTable) -> Iterator[Box]:
    """A box for each gradient in the circuit, except that of the output, which is given."""
    branches = {(wire.target, wire.slot) for wire in circuit.wires if wire.downstream is not None}
    for step in trace.backward:
        index = step.node.index
        if index != trace.graph.output:
            yield Box(f"upstream {index}", step.upstream, partial(table.of_gradient, index), index)
        for edge in step.edges:
            if (index, edge.slot) in branches:
                name, feedback = f"downstream {index} {edge.slot}", partial(table.of_downstream, index, edge.slot)
                yield Box(name, edge.downstream, feedback, step.node.operands[edge.slot])
    for name, gradient in trace.gradients.items():
        index = trace.graph.input_indices[name]
        if index != trace.graph.output:
            yield Box(f"gradient {index}", gradient, partial(table.of_gradient, index), index)


def _responses(solution: Solution, box: Box, places: Mapping[str, int]) -> list[tuple[int, float]]:
    """The places of the boxes after this one, and how each changes if this one changes by 1."""
    gradients, downstreams = solution.response_with_edges(box.node)
    responses = {f"downstream {node} {slot}": response for (node, slot), response in downstreams.items()}
    for node, response in gradients.items():
        responses |= {f"upstream {node}": response, f"gradient {node}": response}
    numbers = {places[name]: plain(each) for name, each in responses.items() if name in places and name != box.name}
    return [
        (place, number)
        for place, number in numbers.items()
        if isinstance(number, float) and number and isfinite(number)
    ]
