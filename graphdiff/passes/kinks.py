"""Kinks: where a derivative does not exist and a rule had to choose one."""

from __future__ import annotations

from graphdiff.graph.graph import Function
from graphdiff.operations.interpreter import Numeric
from graphdiff.passes.backward import NodeBackward, edges_of
from graphdiff.passes.values import shape_of, to_list


def kink_of(step: NodeBackward, op: Numeric) -> str | None:
    """What the rules of a step chose, inside a function the first choice; None where they had none."""
    node, operation = step.node, step.node.operation
    if isinstance(operation, Function):
        inside: list[NodeBackward] = []
        edges_of(step, op, inside.append)
        return next((kink for inner in inside if (kink := kink_of(inner, op))), None)
    if operation is None or operation.kink is None:
        return None
    at_kink = operation.kink(op, step.y, *step.operands, **node.parameters)
    count = to_list(op.sum(at_kink)) if shape_of(at_kink) else float(at_kink)
    if not count:
        return None
    where = f" (in {count:g} entries)" if shape_of(at_kink) else ""
    if "tie" in node.parameters:
        return f"tie: all to {step.graph.labels[node.operands[node.parameters['tie']]]}{where}"
    return operation.ties + where
