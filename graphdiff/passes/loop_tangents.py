"""The tangent of a loop as a graph: a loop that carries the tangents beside the values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import WHOLE, Loop, LoopBody
from graphdiff.graph.node import Node
from graphdiff.operations.shapes import Shape
from graphdiff.passes.forward import forward

LoopTangents: TypeAlias = dict[object, LoopBody]
"""The bodies of the loops of tangents: the values of one loop share one."""

ForwardTangents: TypeAlias = Callable[[Graph, Sequence[Any], NodeInterpreter, Mapping[int, Node]], dict[int, Any]]


def loop_tangent(
    loop: Loop,
    operands: Sequence[Node],
    tangents: Mapping[int, Any],
    op: NodeInterpreter,
    forward_tangents: ForwardTangents,
    bodies: LoopTangents,
) -> Node | None:
    """The tangent of the value of a loop, given those of its operands by slot; None where it is 0.

    forward_tangents is the forward mode, for a step; bodies has those that are known, and receives a new one.
    """
    body, carried = loop.body, len(loop.body.carried)
    if not body.count:
        return tangents.get(loop.output)
    active, outputs = loop.active_inputs([*tangents])
    if loop.output not in outputs:
        return None
    slots = [slot for slot, index in enumerate(body.graph.inputs[1:]) if index in active]
    given = [
        op.expand_like(tangents.get(slot, 0.0), operand) if slot in slots else operand
        for slot, operand in enumerate(operands)
    ]
    whole, nodes = op.with_whole_sequences(loop, operands)
    _, tangent_nodes = op.with_whole_sequences(loop, given)
    parts = body.split(range(len(operands)))
    ordered = [[*((slot, False) for slot in part), *((slot, True) for slot in part if slot in slots)] for part in parts]
    shapes = [op.shape(node) or () for node in nodes]
    shapes = [shape[1:] if slot in body.sequence_slots else shape for slot, shape in enumerate(shapes)]
    key = loop.body, tuple(slots), tuple(shapes)
    if key not in bodies:
        bodies[key] = _tangent_body(whole.body, shapes, slots, ordered, op, forward_tangents)
    own_carried = [slot for slot in slots if slot < carried]
    if loop.output < carried:
        output = carried + own_carried.index(loop.output)
    else:
        output = 2 * carried + len(own_carried) + own_carried.index(loop.output - carried)
    values = [tangent_nodes[slot] if is_tangent else nodes[slot] for part in ordered for slot, is_tangent in part]
    return op.apply_loop(Loop(bodies[key], output, loop.stacks), values)


def _tangent_body(
    body: LoopBody,
    shapes: Sequence[Shape],
    slots: Sequence[int],
    ordered: Sequence[Sequence[tuple[int, bool]]],
    op: NodeInterpreter,
    forward_tangents: ForwardTangents,
) -> LoopBody:
    """The body of a loop that computes the tangents of another, whose operands in these slots have tangents.

    shapes are those of its operands in a step; ordered lists the operands of the new loop: the slot, and whether it is
    the tangent, for the carried values, the sequences and the captures.
    """
    graph, carried = body.graph, len(body.carried)
    inner = NodeInterpreter(GraphBuilder(), type(op.simplifier), op.keeps_gates)
    counter = inner.builder.input("", is_constant=True)
    inner.shapes[counter.index] = ()
    names = graph.input_names[1:]
    values = [inner.symbol(name, shape) for name, shape in zip(names, shapes, strict=True)]
    symbols = {slot: inner.symbol(f"t_{names[slot].partition('[')[0]}", shapes[slot]) for slot in slots}
    nodes = forward(graph, [counter, *values], inner)
    by_index = {graph.inputs[slot + 1]: symbol for slot, symbol in symbols.items()}
    tangents = forward_tangents(graph, nodes, inner, by_index)
    own_carried = [slot for slot in slots if slot < carried]
    nexts = [inner.lift(nodes[index]) for index in graph.outputs[:carried]]
    next_tangents = [inner.expand_like(tangents.get(graph.outputs[slot], 0.0), values[slot]) for slot in own_carried]
    outputs = [*nexts, *next_tangents, *values[:carried], *(symbols[slot] for slot in own_carried)]
    inputs = [
        counter,
        *(symbols[slot] if is_tangent else values[slot] for part in ordered for slot, is_tangent in part),
    ]
    return body._replace(
        graph=Graph(inner.builder.nodes, [node.index for node in inputs], [node.index for node in outputs]),
        carried=tuple([(inputs[1 + place].name or "") for place in range(carried + len(own_carried))]),
        sequences=(WHOLE,) * len(ordered[1]),
    )
