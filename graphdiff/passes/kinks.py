"""Kinks: points where a derivative does not exist and a rule chooses one by convention.

Where an operation has kinks and what its rule chooses there are the fields `kink` and `ties` of its record in
operations/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from graphdiff.graph.function import Function
from graphdiff.operations.interpreter import Interpreter, Numeric
from graphdiff.passes.backward import NodeBackward, edges_of
from graphdiff.passes.values import shape_of, to_list


class Kink(NamedTuple):
    """A kink that a step may be at: at_kink is not 0 in the entries that are, and choice says which derivative is used.

    For a function, step is the step inside its body.
    """

    step: NodeBackward
    at_kink: Any
    choice: str


def kinks(step: NodeBackward, op: Interpreter) -> Iterator[Kink]:
    """The kinks that a step may be at, on numbers or on symbols."""
    node, operation = step.node, step.node.operation
    if isinstance(operation, Function):
        inner_steps: list[NodeBackward] = []
        edges_of(step, op, inner_steps.append)
        for inner in inner_steps:
            yield from kinks(inner, op)
    elif operation is not None and operation.kink is not None:
        choice = operation.ties
        if "tie" in node.parameters:
            choice = f"tie: all to {step.graph.labels[node.operands[node.parameters['tie']]]}"
        yield Kink(step, operation.kink(op, step.y, *step.operands, **node.parameters), choice)


def kink_of(step: NodeBackward, op: Numeric) -> str | None:
    """The choice made at the first kink that a step is at; None where it is not at one."""
    for _, at_kink, choice in kinks(step, op):
        shape = shape_of(at_kink)
        count = to_list(op.sum(at_kink)) if shape else float(at_kink)
        if count:
            return f"{choice} (in {count:g} entries)" if shape else choice
    return None
