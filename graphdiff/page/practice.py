"""The boxes of a page that readers type gradients into: the right numbers, and those that common slips give."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from math import isfinite
from typing import Any

from graphdiff.drawing.circuit import Circuit
from graphdiff.exercises.feedback import Clauses, Feedback, FeedbackTable
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value

MOST_WITH_FEEDBACK = 150
"""Boxes of a page that has feedback on slips; with more, it only says right or wrong, which keeps it small."""

Box = tuple[str, Value | None, Callable[[], Sequence[Feedback]]]
"""The name of a number, the number, and what returns the feedback on it."""


def practice_data(trace: Trace, whole: Trace, circuit: Circuit, zeros: Collection[str]) -> dict[str, Any]:
    """The boxes by the names of their numbers: each the right number, and those of slips with the indices of their
    clauses. Gradients that are arrays or not finite have none. whole is the trace with the steps behind closed gates,
    zeros are the names of numbers that the circuit shows as 0.
    """
    every = _boxes(whole, circuit, FeedbackTable(trace))
    boxes = [box for box in every if isinstance(box[1], float) and isfinite(box[1])]
    clauses, data = Clauses(), {}
    for name, right, find_feedback in boxes:
        feedback = find_feedback() if len(boxes) <= MOST_WITH_FEEDBACK else ()
        data[name] = 0.0 if name in zeros else right, clauses.rows(feedback)
    return {"boxes": data, "clauses": clauses.texts}


def _boxes(trace: Trace, circuit: Circuit, table: FeedbackTable) -> Iterator[Box]:
    """A box for each gradient in the circuit, except that of the output, which is given."""
    branches = {(wire.target, wire.slot) for wire in circuit.wires if wire.downstream is not None}
    for step in trace.backward:
        index = step.node.index
        if index != trace.graph.output:
            yield f"upstream {index}", step.upstream, partial(table.of_gradient, index)
        for edge in step.edges:
            if (index, edge.slot) in branches:
                name = f"downstream {index} {edge.slot}"
                yield name, edge.downstream, partial(table.of_downstream, index, edge.slot)
    for name, gradient in trace.gradients.items():
        index = trace.graph.input_indices[name]
        if index != trace.graph.output:
            yield f"gradient {index}", gradient, partial(table.of_gradient, index)
