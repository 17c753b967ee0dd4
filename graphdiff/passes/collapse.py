"""A trace collapsed to the named nodes of its graph, with the numbers of the trace of every operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graphdiff.algebra.collapse import collapse
from graphdiff.passes.cotangents import Inside, NodeBackward
from graphdiff.passes.trace import Trace, pieces_of


def collapse_trace(trace: Trace) -> Trace:
    """The trace of the collapsed graph (see algebra/collapse.py).

    Values, upstreams, gradients and what is known of them are those of the whole trace, and so are the numbers inside
    each gate: where 64 bits keep the digits of 1 - sigmoid(x), the gate does.
    """
    graph, places, bodies = collapse(trace.graph)
    values = [trace.values[place] for place in places]
    whole_steps = {step.node.index: step for step in trace.steps}
    whole_pieces = pieces_of(trace)
    active = graph.active_slots([graph.input_indices[name] for name in trace.gradients])

    def inside(body: Sequence[int]) -> Inside:
        pieces = {place: whole_pieces[index] for place, index in enumerate(body) if index in whole_pieces}
        return Inside([trace.values[index] for index in body], pieces)

    steps: list[NodeBackward] = []
    for node in reversed(graph.nodes):
        step, slots = whole_steps.get(places[node.index]), active[node.index]
        if step is None or slots is None:
            continue
        if node.index in bodies:
            operands = [values[operand] for operand in node.operands]
            known = inside(bodies[node.index])
            steps.append(NodeBackward(graph, node, values[node.index], operands, step.upstream, slots, known))
        else:
            steps.append(step._replace(graph=graph, node=node))
    return replace(trace, graph=graph, values=values, steps=steps, whole=trace, origin=(collapse_trace, (trace,)))
