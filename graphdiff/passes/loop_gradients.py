"""The gradient of a loop as a graph: another loop, which runs through the steps in the opposite order."""

from __future__ import annotations

from collections.abc import Sequence

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import Loop, LoopBody
from graphdiff.graph.node import Node
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.backward import Cotangent, add_to, backward_from
from graphdiff.passes.forward import forward


def cotangent_nodes(
    loop: Loop, operands: Sequence[Node], op: NodeInterpreter, seed: Cotangent, slots: Sequence[int]
) -> list[Cotangent | None]:
    """The cotangents of the operands of a loop in these slots, given that of its value; None where nothing is passed.

    The loop that computes them carries the cotangents of the carried values and the sums of those of the captures, and
    stacks those of the entries of sequences. It runs along the carried values before each step of the original loop.
    """
    body, carried = loop.body, len(loop.body.carried)
    if not body.count:
        return [seed if slot == loop.output else None for slot in slots]
    shapes = [op.shape(operand) or () for operand in operands]
    is_sequence = [carried <= slot < carried + body.sequences for slot in range(len(operands))]
    active_inputs = loop.active_inputs(slots)[0]
    active = [slot for slot, index in enumerate(body.graph.inputs[1:]) if index in active_inputs]
    summed = [slot for slot in active if not is_sequence[slot]]
    stacked = [slot for slot in active if is_sequence[slot]]

    inner = NodeInterpreter(GraphBuilder(), type(op.simplifier), op.keeps_gates)
    counter = inner.builder.input("", is_constant=True)
    inner.shapes[counter.index] = ()
    sums = {slot: inner.symbol(f"d_{loop.inputs[slot]}", shapes[slot]) for slot in summed}
    values = [
        inner.symbol(name, shape[1:] if is_entry else shape)
        for name, shape, is_entry in zip(loop.inputs, shapes, is_sequence, strict=True)
    ]
    pending: dict[int, Cotangent] = {}
    for slot in summed:
        if slot < carried:
            add_to(pending, body.graph.outputs[slot], Cotangent(sums[slot]), inner)
    upstream: list[Node] = []
    if loop.stacks:
        upstream = [inner.symbol("upstream", (op.shape(seed.value) or ())[1:])]
        add_to(pending, body.graph.outputs[loop.output], Cotangent(upstream[0]), inner)
    node_values = forward(body.graph, [counter, *values], inner)
    gradients = backward_from(body.graph, node_values, inner, pending, body.graph.active_slots(active_inputs))

    def gradient(slot: int) -> Node:
        cotangent = gradients.get(body.graph.inputs[slot + 1])
        return _expanded(inner, 0.0 if cotangent is None else cotangent.value, values[slot])

    next_sums = [gradient(slot) if slot < carried else inner.add(sums[slot], gradient(slot)) for slot in summed]
    outputs = [*next_sums, *sums.values(), *(gradient(slot) for slot in stacked)]
    needed = Graph(inner.builder.nodes, [], [node.index for node in outputs]).needed
    sequences = [
        (value, op.call(Loop(body, carried + slot, stacks=True), operands) if slot < carried else operands[slot])
        for slot, value in enumerate(values[: carried + body.sequences])
        if needed[value.index]
    ]
    sequences += [(each, seed.value) for each in upstream]
    captures = [
        (value, operand)
        for value, operand in zip(values[carried + body.sequences :], operands[carried + body.sequences :], strict=True)
        if needed[value.index]
    ]
    inputs = [counter, *sums.values(), *(value for value, _ in [*sequences, *captures])]
    reverse = LoopBody(
        Graph(inner.builder.nodes, [node.index for node in inputs], [node.index for node in outputs]),
        body.count,
        tuple([f"d_{loop.inputs[slot]}" for slot in summed]),
        len(sequences),
        body.start,
        body.stride,
        not body.is_backward,
        body.counter,
    )
    starts = [
        _expanded(op, seed.value if slot == loop.output and not loop.stacks else 0.0, operands[slot]) for slot in summed
    ]
    reverse_operands = [*starts, *(operand for _, operand in [*sequences, *captures])]
    numbers = {slot: (number, False) for number, slot in enumerate(summed)}
    numbers |= {slot: (2 * len(summed) + number, True) for number, slot in enumerate(stacked)}
    return [Cotangent(op.apply_loop(Loop(reverse, *numbers[slot]), reverse_operands)) for slot in slots]


def _expanded(op: NodeInterpreter, value: Node | float, like: Node) -> Node:
    """A value in the shape of another; of a number there can be many."""
    node = op.lift(value)
    if op.shape(node) == op.shape(like):
        return node
    return op.simplifier.intern(PRIMITIVES["broadcast_to"], (node, like))
