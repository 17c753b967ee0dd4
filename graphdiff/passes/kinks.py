"""Kinks: points where a derivative does not exist and a rule chooses one by convention.

Where an operation has kinks and what its rule chooses there are the fields `kink` and `ties` of its record in
operations/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.algebra.expand import expand_gates
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import Interpreter, Numeric
from graphdiff.operations.primitive import BLOCKER, ROUTER, SWITCH, Primitive, zero
from graphdiff.passes.backward import edges_of
from graphdiff.passes.cotangents import NodeBackward
from graphdiff.passes.forward import forward
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


def kink_operations(graph: Graph, wrt: Sequence[str]) -> Graph | None:
    """The operations with kinks that a gradient by these inputs passes through, as the outputs of a graph of the same
    inputs; None if there are none."""
    graph = expand_gates(graph, keeps_own_derivatives=True)
    active = graph.active_slots([graph.input_indices[name] for name in wrt])
    reached = {graph.output}
    operations: list[int] = []
    for node in reversed(graph.nodes):
        operation, slots = node.operation, active[node.index]
        if operation is None or slots is None or node.index not in reached:
            continue
        rules = operation.partials if isinstance(operation, Primitive) else ()
        reached.update(node.operands[slot] for slot in slots if not rules or rules[slot] is not zero)
        if isinstance(operation, Primitive) and operation.kink is not None:
            operations.append(node.index)
    return Graph(graph.nodes, graph.inputs, operations[::-1], graph.names, graph.source) if operations else None


def at_kinks(operations: Graph, inputs: Sequence[Any], op: Numeric) -> Iterator[Any]:
    """For each output of kink_operations(), where it is at a kink: not 0 in the entries that are."""
    values = forward(operations, inputs, op)
    for index in operations.outputs:
        node = operations.nodes[index]
        assert isinstance(node.operation, Primitive)
        assert node.operation.kink is not None
        with op.quiet():
            operands = [values[operand] for operand in node.operands]
            yield node.operation.kink(op, values[index], *operands, **node.parameters)


def decisions(graph: Graph, values: Sequence[Any], op: Numeric) -> Iterator[tuple[int, Any]]:
    """What each operation with kinks has decided, as numbers or nested lists, with the index of its node: whether it is
    at a kink, and on which side of it."""
    for node in graph.nodes_with_kinks:
        operation, y = node.operation, values[node.index]
        operands = [values[operand] for operand in node.operands]
        if isinstance(operation, Function):
            inner = decisions(operation.graph, forward(operation.graph, operands, op, y), op)
            yield from ((node.index, decision) for _, decision in inner)
            continue
        assert operation is not None
        for decision in _decisions_of(operation, node.parameters, y, operands, op):
            yield node.index, to_list(decision)


def _decisions_of(
    operation: Primitive, parameters: Mapping[str, Any], y: Any, operands: Sequence[Any], op: Numeric
) -> Iterator[Any]:
    if operation.kink is not None:
        yield operation.kink(op, y, *operands, **parameters)
    if operation.backward_pattern is SWITCH:
        yield op.ne(operands[0], 0.0)
    elif operation.backward_pattern is BLOCKER:
        yield y
    elif operation.backward_pattern.selects and operation.is_elementwise:
        yield from (partial(op, y, *operands, **parameters) for partial in operation.partials)
    elif len(operands) == 1 and operation.is_elementwise:
        yield op.sign(operands[0])
    elif operation.backward_pattern is ROUTER and (rule := operation.vjp(0)) is not None:
        # Where a cotangent with different entries goes shows which entries are selected, and in which order.
        ones = op.broadcast_like(op.constant(1.0), y)
        steps = [op.cumsum(ones, axis=axis) for axis in (0, -1)] if shape_of(y) else [ones, ones]
        yield rule(op, op.add(*steps), y, *operands, **parameters)


def kink_of(step: NodeBackward, op: Numeric) -> str | None:
    """The choice made at the first kink that a step is at; None where it is not at one."""
    for _, at_kink, choice in kinks(step, op):
        shape = shape_of(at_kink)
        count = float(to_list(op.sum(at_kink)) if shape else at_kink)  # which may be a number with many digits
        if count:
            return f"{choice} (in {count:g} entries)" if shape else choice
    return None


def nodes_at_kinks(graph: Graph, values: Sequence[Any], op: Numeric, indices: Sequence[int]) -> list[int]:
    """The indices of the operations at a kink, those that pass no gradient back too, among those that depend on one of
    these inputs. A function that defines its own derivatives has no kinks."""
    active = graph.active_slots(indices)
    at_kinks: list[int] = []
    for node in graph.nodes_with_kinks:
        operation, slots = node.operation, active[node.index]
        if slots is None:
            continue
        assert operation is not None
        y, operands = values[node.index], [values[operand] for operand in node.operands]
        if isinstance(operation, Function):
            inner = operation.graph
            inputs = [inner.inputs[slot] for slot in slots if slot >= len(operation.partials)]
            is_at_kink = bool(inputs and nodes_at_kinks(inner, forward(inner, operands, op, y), op, inputs))
        elif operation.kink is not None:
            is_at_kink = _is_any(operation.kink(op, y, *operands, **node.parameters), op)
        else:  # a switch by a number that is 0
            is_at_kink = not _is_discrete(graph, node.operands[0], active) and _is_any(op.eq(operands[0], 0.0), op)
        if is_at_kink:
            at_kinks.append(node.index)
    return at_kinks


def _is_any(at_kink: Any, op: Numeric) -> bool:
    count = op.sum(at_kink) if shape_of(at_kink) else at_kink
    return bool(getattr(count, "entries", count) != 0)  # an array of numbers with many digits does not compare


def _is_discrete(graph: Graph, index: int, active: Sequence[tuple[int, ...] | None]) -> bool:
    """Whether a condition is made of comparisons and of values that depend on no active input."""
    pending = [graph.nodes[index]]
    while pending:
        node = pending.pop()
        if active[node.index] is None or (node.operation is not None and node.operation.backward_pattern is BLOCKER):
            continue
        if node.operation is None:
            return False
        pending += [graph.nodes[operand] for operand in node.operands]
    return True
