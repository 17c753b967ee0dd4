"""Kinks: where a derivative does not exist and a rule had to choose one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from graphdiff.graph.function import Function
from graphdiff.operations.interpreter import Interpreter, Numeric
from graphdiff.passes.backward import NodeBackward, edges_of
from graphdiff.passes.values import shape_of, to_list


class Kink(NamedTuple):
    """What the rules of a step choose where at_kink, a value in which an entry may be at a kink, is not 0.

    The step is the one that chooses, inside a function where that is one's.
    """

    step: NodeBackward
    at_kink: Any
    choice: str


def kinks(step: NodeBackward, op: Interpreter) -> Iterator[Kink]:
    """The kinks that a step may stand at, on numbers or on symbols."""
    node, operation = step.node, step.node.operation
    if isinstance(operation, Function):
        inside: list[NodeBackward] = []
        edges_of(step, op, inside.append)
        for inner in inside:
            yield from kinks(inner, op)
    elif operation is not None and operation.kink is not None:
        choice = operation.ties
        if "tie" in node.parameters:
            choice = f"tie: all to {step.graph.labels[node.operands[node.parameters['tie']]]}"
        yield Kink(step, operation.kink(op, step.y, *step.operands, **node.parameters), choice)


def kink_of(step: NodeBackward, op: Numeric) -> str | None:
    """What the rules of a step chose, inside a function the first choice; None where they had none."""
    for _, at_kink, choice in kinks(step, op):
        shape = shape_of(at_kink)
        count = to_list(op.sum(at_kink)) if shape else float(at_kink)
        if count:
            return f"{choice} (in {count:g} entries)" if shape else choice
    return None
