"""The backward pass: upstream × local = downstream on every edge, summed where a value fans out.

Reverse accumulation of the chain rule, by any interpreter: on floats it gives gradients, on graph nodes formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import locate_error
from graphdiff.operations.interpreter import Interpreter
from graphdiff.operations.primitive import Primitive
from graphdiff.passes.forward import forward


class Cotangent(NamedTuple):
    """What is passed back to a value, in its shape.

    is_open is True, or, where gates that select have closed the way to some entries, 0 for those: nothing is passed
    there, not even 0 · inf = NaN.
    """

    value: Any
    is_open: Any = True


class EdgeBackward(NamedTuple):
    """One edge: operand number slot of its node, the local derivative by it, and what it passes back.

    local is None where the operation is not elementwise: then a rule maps upstream to downstream.
    downstream is None where a gate that selects passes nothing.
    """

    slot: int
    local: Any
    downstream: Cotangent | None


class NodeBackward(NamedTuple):
    """One node's step: the cotangent that arrived, and the slots of its edges to nodes that an active input feeds.

    y and operands are the node's own value and those that it was worked out from.
    """

    graph: Graph
    node: Node
    y: Any
    operands: list[Any]
    upstream: Cotangent
    slots: Sequence[int]


def backward(
    graph: Graph,
    values: Sequence[Any],
    op: Interpreter,
    seed: Cotangent,
    active: Sequence[tuple[int, ...] | None],
    visit: Callable[[NodeBackward], None] | None = None,
) -> dict[int, Cotangent]:
    """The cotangent of every active input that the output, with cotangent seed, passes anything back to.

    values are those of forward(), active is graph.active() of the wanted inputs; visit is called with each
    operation's step, from the output back. A cotangent is let go of once it is passed on.
    """
    return passed_back(graph, values, op, {graph.output: seed}, active, visit)


def passed_back(
    graph: Graph,
    values: Sequence[Any],
    op: Interpreter,
    arrived: dict[int, Cotangent],
    active: Sequence[tuple[int, ...] | None],
    visit: Callable[[NodeBackward], None] | None = None,
) -> dict[int, Cotangent]:
    """The same for what has arrived at any nodes, all at once; arrived is used up."""
    gradients: dict[int, Cotangent] = {}
    for node in reversed(graph.nodes):
        upstream = arrived.pop(node.index, None)
        slots = active[node.index]
        if upstream is None or slots is None:
            continue
        if node.operation is None:
            gradients[node.index] = upstream
            continue
        step = NodeBackward(
            graph, node, values[node.index], [values[operand] for operand in node.operands], upstream, slots
        )
        # Consumers pass back from the last to the first, and of two edges to one operand (x*x) the later slot does.
        try:
            edges = edges_of(step, op)
        except GraphdiffError as error:
            raise locate_error(error, graph, node) from None
        for edge in reversed(edges):
            if edge.downstream is not None:
                operand = node.operands[edge.slot]
                add_to(arrived, operand, edge.downstream, op)
        if visit is not None:
            visit(step)
    return gradients


def edges_of(
    step: NodeBackward, op: Interpreter, visit: Callable[[NodeBackward], None] | None = None
) -> list[EdgeBackward]:
    """The edges of a step, with what each passes back; visit is called with each step inside a function."""
    operation = step.node.operation
    assert operation is not None
    if operation.is_elementwise:
        return [
            EdgeBackward(slot, local, _scaled(step, slot, local, is_open, op))
            for slot, local, is_open in local_derivatives(step.node, step.slots, step.y, step.operands, op, visit)
        ]
    if isinstance(operation, Primitive):
        return [EdgeBackward(slot, None, _passed(step, operation, slot, op)) for slot in step.slots]
    inner = operation.graph
    gradients = backward(
        inner,
        forward(inner, step.operands, op, step.y),
        op,
        step.upstream,
        inner.active([inner.inputs[slot] for slot in step.slots]),
        visit,
    )
    return [EdgeBackward(slot, None, gradients.get(inner.inputs[slot])) for slot in step.slots]


def local_derivatives(
    node: Node,
    slots: Sequence[int],
    y: Any,
    operands: Sequence[Any],
    op: Interpreter,
    visit: Callable[[NodeBackward], None] | None = None,
) -> list[tuple[int, Any, Any]]:
    """Of an elementwise operation for each slot: the derivative of its output y by that operand, entry by entry, and
    where its edge is open: True, False, or 1 and 0 entry by entry. Of a function it is its own where it has one.

    visit is called with each step of the body of a function.
    """
    operation = node.operation
    assert operation is not None
    found: list[tuple[int, Any, Any]] = []
    if isinstance(operation, Function):
        for slot in slots[: len(operation.partials)]:
            if slot < len(operation.partials):
                partial = operation.partials[slot]
                found.append((slot, forward(partial, [*operands, y], op)[partial.output], True))
        slots = slots[len(found) :]
        if not slots:
            return found
        inner = operation.graph
        # In the shape of the output, no entry's derivative is summed with another's.
        used = [inner.needed[index] for index in inner.inputs]
        expanded = [op.expanded(operand, y) if use else operand for operand, use in zip(operands, used, strict=True)]
        values = forward(inner, expanded, op, y)
        active = inner.active([inner.inputs[slot] for slot in slots])
        gradients = backward(inner, values, op, Cotangent(1.0), active, visit)
        for slot in slots:
            gradient = gradients.get(inner.inputs[slot])
            found.append((slot, 0.0, False) if gradient is None else (slot, *gradient))
        return found
    for slot in slots:
        local = operation.partials[slot](op, y, *operands, **node.parameters)
        found.append((slot, local, op.opening(operation.backward_pattern, local)))
    return found


def _scaled(step: NodeBackward, slot: int, local: Any, is_open: Any, op: Interpreter) -> Cotangent | None:
    """upstream × local, summed to the operand's shape where that was broadcast."""
    upstream, operand = step.upstream, step.operands[slot]
    if is_open is False:
        return None
    downstream = op.scaled(upstream.value, local)
    if is_open is True and upstream.is_open is True:
        return Cotangent(op.summed(downstream, operand))
    if is_open is True:
        is_open = upstream.is_open
    elif upstream.is_open is not True:
        is_open = op.mul(is_open, upstream.is_open)
    is_open = op.expanded(is_open, downstream)
    return Cotangent(op.summed(op.where(is_open, downstream, 0.0), operand), op.summed(is_open, operand))


def _passed(step: NodeBackward, primitive: Primitive, slot: int, op: Interpreter) -> Cotangent:
    """What the rule of an operation that is not elementwise makes of upstream.

    A rule that only moves entries moves the marks of those that are closed as well.
    """
    rule = primitive.vjp(slot)
    assert rule is not None
    value, is_open = step.upstream
    parameters = step.node.parameters
    downstream = rule(op, value, step.y, *step.operands, **parameters)
    if primitive.moves and (is_open is not True or op.opening(primitive.backward_pattern, downstream) is not True):
        marks = op.expanded(1.0, value) if is_open is True else is_open
        return Cotangent(downstream, rule(op, marks, step.y, *step.operands, **parameters))
    return Cotangent(downstream)


def add_to(arrived: dict[int, Cotangent], index: int, cotangent: Cotangent, op: Interpreter) -> None:
    """Adds a cotangent to what has arrived at a node."""
    earlier = arrived.get(index)
    arrived[index] = cotangent if earlier is None else _sum(cotangent, earlier, op)


def _sum(first: Cotangent, second: Cotangent, op: Interpreter) -> Cotangent:
    """Where a value fans out, what it receives is the sum; it is open where one of both is."""
    is_open: Any = True
    if first.is_open is not True and second.is_open is not True:
        is_open = op.add(first.is_open, second.is_open)
    return Cotangent(op.add(first.value, second.value), is_open)
