"""The gradient of a loop as a graph: another loop, which runs through the steps in the opposite order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import WHOLE, Loop, LoopBody
from graphdiff.graph.node import Node
from graphdiff.passes.cotangents import Cotangent, add_to
from graphdiff.passes.forward import forward
from graphdiff.passes.loops import BackwardPass


class _Step(NamedTuple):
    """A step of the loop that computes a gradient, in its own graph.

    values are the values of the original step: those carried into it, the entries of its sequences and its captures.
    totals are what the loop carries, by the slot of the operand, and next_totals the next of each. upstream are the
    gradients that the stacks of the original loop get in this step, by output.
    """

    op: NodeInterpreter
    counter: Node
    values: Sequence[Node]
    totals: Mapping[int, Node]
    next_totals: Sequence[Node]
    upstream: Mapping[int, Node]


def cotangent_nodes(
    seeds: Sequence[tuple[Loop, Cotangent]],
    operands: Sequence[Node],
    op: NodeInterpreter,
    slots: Sequence[int],
    backward_from: BackwardPass,
) -> list[Cotangent | None]:
    """The cotangents of the operands of a loop in these slots, given those of its values; None where nothing is passed.

    The loop that computes them carries the cotangents of the carried values, of the entries of sequences, which it
    stacks, and the sums of those of the captures. It runs along the carried values before each step of the original.
    """
    loop, arrays = seeds[0][0], operands
    last = {each.output: seed for each, seed in seeds if not each.stacks}
    stacks = {each.output: op.lift(seed.value) for each, seed in seeds if each.stacks}
    if not loop.body.count:
        return [last.get(slot) for slot in slots]
    sequences = loop.body.sequences
    loop, operands = op.with_whole_sequences(loop, operands)
    body = loop.body
    step = _step(loop, operands, op, stacks, slots, backward_from)
    reverse, further_operands = _reverse_body(loop, operands, op, stacks, step)
    starts: list[Node] = []
    for slot in step.totals:
        like = op.index(operands[slot], items=WHOLE.at(0)) if slot in body.sequence_slots else operands[slot]
        starts.append(op.expand_like(last[slot].value if slot in last else 0.0, like))
    places = {slot: place for place, slot in enumerate(step.totals)}
    cotangents: list[Cotangent | None] = []
    for slot in slots:
        value = op.apply_loop(Loop(reverse, places[slot], slot in body.sequence_slots), [*starts, *further_operands])
        if operands[slot].index != arrays[slot].index:
            value = op.place(value, arrays[slot], items=sequences[slot - body.sequence_slots.start].of_all(body.count))
        cotangents.append(Cotangent(value))
    return cotangents


def _step(
    loop: Loop,
    operands: Sequence[Node],
    op: NodeInterpreter,
    stacks: Mapping[int, Node],
    slots: Sequence[int],
    backward_from: BackwardPass,
) -> _Step:
    """Build one step: the original step forward, then the backward pass through it."""
    body, graph = loop.body, loop.body.graph
    inner = NodeInterpreter(GraphBuilder(), type(op.simplifier), op.keeps_gates)
    counter = inner.builder.input("", is_constant=True)
    inner.shapes[counter.index] = ()
    shapes = [op.shape(operand) or () for operand in operands]
    shapes = [shape[1:] if slot in body.sequence_slots else shape for slot, shape in enumerate(shapes)]
    active_inputs = loop.active_inputs(slots)[0]
    totals = {
        slot: inner.symbol(f"d_{loop.inputs[slot].partition('[')[0]}", shapes[slot])
        for slot, index in enumerate(graph.inputs[1:])
        if index in active_inputs
    }
    values = [inner.symbol(name, shape) for name, shape in zip(loop.inputs, shapes, strict=True)]
    upstream = {output: inner.symbol("upstream", (op.shape(stack) or ())[1:]) for output, stack in stacks.items()}
    pending: dict[int, Cotangent] = {}
    for slot, total in totals.items():
        if slot < body.sequence_slots.start:
            add_to(pending, graph.outputs[slot], Cotangent(total), inner)
    for output, entry in upstream.items():
        add_to(pending, graph.outputs[output], Cotangent(entry), inner)
    node_values = forward(graph, [counter, *values], inner)
    gradients = backward_from(graph, node_values, inner, pending, graph.active_slots(active_inputs))
    next_totals: list[Node] = []
    for slot, total in totals.items():
        cotangent = gradients.get(graph.inputs[slot + 1])
        gradient = inner.expand_like(0.0 if cotangent is None else cotangent.value, values[slot])
        next_totals.append(inner.add(total, gradient) if slot >= body.sequence_slots.stop else gradient)
    return _Step(inner, counter, values, totals, next_totals, upstream)


def _reverse_body(
    loop: Loop, operands: Sequence[Node], op: NodeInterpreter, stacks: Mapping[int, Node], step: _Step
) -> tuple[LoopBody, list[Node]]:
    """The body of the loop of the gradient, and its operands after what it carries: only what a step needs."""
    body, carried = loop.body, len(loop.body.carried)
    first_capture = body.sequence_slots.stop
    outputs = [node.index for node in (*step.next_totals, *step.totals.values())]
    needed = Graph(step.op.builder.nodes, [], outputs).needed
    along: list[tuple[Node, Node]] = []
    for slot, value in enumerate(step.values[:first_capture]):
        if needed[value.index]:
            before = Loop(body, carried + slot, stacks=True)
            along.append((value, op.apply_loop(before, operands) if slot < carried else operands[slot]))
    along += [(entry, stacks[output]) for output, entry in step.upstream.items()]
    captures = zip(step.values[first_capture:], operands[first_capture:], strict=True)
    pairs = [*along, *(pair for pair in captures if needed[pair[0].index])]
    inputs = [step.counter, *step.totals.values(), *(value for value, _ in pairs)]
    reverse = LoopBody(
        Graph(step.op.builder.nodes, [node.index for node in inputs], outputs),
        body.count,
        tuple([total.name or "" for total in step.totals.values()]),
        (WHOLE,) * len(along),
        body.start,
        body.stride,
        not body.is_backward,
        body.counter,
    )
    return reverse, [operand for _, operand in pairs]
