"""The gradient of a loop as a graph: another loop, which runs through the steps in the opposite order."""

from __future__ import annotations

from collections.abc import Sequence

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import WHOLE, Loop, LoopBody
from graphdiff.graph.node import Node
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.backward import Cotangent, add_to, backward_from
from graphdiff.passes.forward import forward


def cotangent_nodes(
    seeds: Sequence[tuple[Loop, Cotangent]], operands: Sequence[Node], op: NodeInterpreter, slots: Sequence[int]
) -> list[Cotangent | None]:
    """The cotangents of the operands of a loop in these slots, given those of its values; None where nothing is passed.

    The loop that computes them carries the cotangents of the carried values, of the entries of sequences, which it
    stacks, and the sums of those of the captures. It runs along the carried values before each step of the original.
    """
    loop = seeds[0][0]
    last = {loop.output: seed for loop, seed in seeds if not loop.stacks}
    stacks = [(loop.output, seed) for loop, seed in seeds if loop.stacks]
    if not loop.body.count:
        return [last.get(slot) for slot in slots]
    arrays, read = operands, loop.body.sequences
    loop, operands = op.with_whole_sequences(loop, operands)
    body, carried = loop.body, len(loop.body.carried)
    shapes = [op.shape(operand) or () for operand in operands]
    first_capture = carried + len(body.sequences)
    is_sequence = [carried <= slot < carried + len(body.sequences) for slot in range(len(operands))]
    active_inputs = loop.active_inputs(slots)[0]
    active = [slot for slot, index in enumerate(body.graph.inputs[1:]) if index in active_inputs]

    inner = NodeInterpreter(GraphBuilder(), type(op.simplifier), op.keeps_gates)
    counter = inner.builder.input("", is_constant=True)
    inner.shapes[counter.index] = ()
    shapes = [shape[1:] if is_entry else shape for shape, is_entry in zip(shapes, is_sequence, strict=True)]
    totals = {slot: inner.symbol(f"d_{loop.inputs[slot].partition('[')[0]}", shapes[slot]) for slot in active}
    values = [inner.symbol(name, shape) for name, shape in zip(loop.inputs, shapes, strict=True)]
    pending: dict[int, Cotangent] = {}
    for slot in active:
        if slot < carried:
            add_to(pending, body.graph.outputs[slot], Cotangent(totals[slot]), inner)
    upstream: list[tuple[Node, Node]] = []
    for output, seed in stacks:
        entry = inner.symbol("upstream", (op.shape(seed.value) or ())[1:])
        add_to(pending, body.graph.outputs[output], Cotangent(entry), inner)
        upstream.append((entry, op.lift(seed.value)))
    node_values = forward(body.graph, [counter, *values], inner)
    gradients = backward_from(body.graph, node_values, inner, pending, body.graph.active_slots(active_inputs))

    next_totals: list[Node] = []
    for slot in active:
        cotangent = gradients.get(body.graph.inputs[slot + 1])
        gradient = _expanded(inner, 0.0 if cotangent is None else cotangent.value, values[slot])
        is_sum = slot >= first_capture
        next_totals.append(inner.add(totals[slot], gradient) if is_sum else gradient)
    outputs = [*next_totals, *totals.values()]
    needed = Graph(inner.builder.nodes, [], [node.index for node in outputs]).needed
    sequences = [
        (value, op.call(Loop(body, carried + slot, stacks=True), operands) if slot < carried else operands[slot])
        for slot, value in enumerate(values[:first_capture])
        if needed[value.index]
    ]
    sequences += upstream
    captures = [
        (value, operand)
        for value, operand in zip(values[first_capture:], operands[first_capture:], strict=True)
        if needed[value.index]
    ]
    inputs = [counter, *totals.values(), *(value for value, _ in [*sequences, *captures])]
    reverse = LoopBody(
        Graph(inner.builder.nodes, [node.index for node in inputs], [node.index for node in outputs]),
        body.count,
        tuple([totals[slot].name or "" for slot in active]),
        (WHOLE,) * len(sequences),
        body.start,
        body.stride,
        not body.is_backward,
        body.counter,
    )
    starts: list[Node] = []
    for slot in active:
        like = op.index(operands[slot], items=(("index", 0),)) if is_sequence[slot] else operands[slot]
        starts.append(_expanded(op, last[slot].value if slot in last else 0.0, like))
    reverse_operands = [*starts, *(operand for _, operand in [*sequences, *captures])]
    cotangents: list[Cotangent | None] = []
    for slot in slots:
        value = op.apply_loop(Loop(reverse, active.index(slot), is_sequence[slot]), reverse_operands)
        if operands[slot].index != arrays[slot].index:
            value = op.place(value, arrays[slot], items=read[slot - carried].of_all(body.count))
        cotangents.append(Cotangent(value))
    return cotangents


def _expanded(op: NodeInterpreter, value: Node | float, like: Node) -> Node:
    """A value in the shape of another; of a number there can be many."""
    node = op.lift(value)
    if op.shape(node) == op.shape(like):
        return node
    return op.simplifier.intern(PRIMITIVES["broadcast_to"], (node, like))
