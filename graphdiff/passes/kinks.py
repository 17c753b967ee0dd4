"""Kinks: where a derivative does not exist and a rule had to choose one."""

from __future__ import annotations

from graphdiff.graph.graph import Function
from graphdiff.operations.interpreter import Interpreter
from graphdiff.passes.backward import NodeBackward


def kink_of(step: NodeBackward, op: Interpreter) -> str | None:
    """What the rules of a step chose, inside a function the first choice; None where they had none."""
    node, operation = step.node, step.node.operation
    if isinstance(operation, Function):
        return next((kink for inner in step.inside if (kink := kink_of(inner, op))), None)
    if operation is None or operation.kink is None or not operation.kink(op, step.y, *step.operands, **node.parameters):
        return None
    if "tie" in node.parameters:
        return f"tie: all to {step.graph.labels[node.operands[node.parameters['tie']]]}"
    return operation.ties
