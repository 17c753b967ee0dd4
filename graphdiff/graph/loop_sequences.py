"""The entries x[t] of a loop's step t, as a sequence that the loop runs along: its gradient is then stacked, and not an
array of zeros with one entry for each step."""

from __future__ import annotations

from collections.abc import Sequence

from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import LoopBody
from graphdiff.graph.node import Node
from graphdiff.operations.indexing import OPERAND
from graphdiff.operations.registry import PRIMITIVES

_INDEX, _ADD, _SUB, _MUL, _NEG = (PRIMITIVES[name] for name in ("index", "add", "sub", "mul", "neg"))


def with_sequences(body: LoopBody, operands: Sequence[Node], builder: GraphBuilder) -> tuple[LoopBody, list[Node]]:
    """The body with a sequence for each x[a*t + b], and the loop's operands after the first carried values, among which
    the slices of x that are these sequences are added to the builder."""
    graph = body.graph
    first_capture = 1 + len(body.carried) + body.sequences
    captures = dict(zip(graph.inputs[first_capture:], operands[body.sequences :], strict=True))
    slices: dict[int, Node] = {}  # by the index of x[t] in the body
    for node in graph.nodes:
        if node.operation is not _INDEX or node.operands[0] not in captures or not graph.needed[node.index]:
            continue
        items = node.parameters["items"]
        if items[0] != OPERAND or items.count(OPERAND) > 1:
            continue
        selected = _slice(body, node)
        if selected is not None:
            array = captures[node.operands[0]]
            slices[node.index] = builder.apply(_INDEX, [array], node.span, {"items": (selected, *items[1:])})
    if not slices:
        return body, list(operands)
    inner = GraphBuilder(graph.source)
    nodes: dict[int, Node] = {}
    for node in graph.nodes:
        if node.index in slices:
            nodes[node.index] = inner.input(f"{graph.labels[node.operands[0]]}[{body.counter}]", node.span)
        elif node.is_input:
            nodes[node.index] = inner.input(node.name or "", node.span, node.index == graph.inputs[0])
        else:
            nodes[node.index] = inner.copy(node, [nodes[operand] for operand in node.operands], node.span)
    old = [nodes[index].index for index in graph.inputs]
    inputs = [*old[:first_capture], *(nodes[index].index for index in slices), *old[first_capture:]]
    outputs = [nodes[index].index for index in graph.outputs]
    new_body = body._replace(
        graph=Graph(inner.nodes, inputs, outputs, source=graph.source), sequences=body.sequences + len(slices)
    )
    return new_body, [*operands[: body.sequences], *slices.values(), *operands[body.sequences :]]


def _slice(body: LoopBody, node: Node) -> tuple[object, ...] | None:
    """The slice that has the entries a*t + b of all steps, in their order; None where there is none: the first may be
    from the end of the array, and the last from its beginning."""
    line = _line(body.graph, node.operands[1])
    if line is None or not body.count:
        return None
    slope, offset = line
    places = [slope * body.counter_at(place) + offset for place in (0, body.count - 1)]
    step = slope * body.stride
    if not (slope and step.is_integer() and places[0].is_integer() and (places[0] < 0) == (places[1] < 0)):
        return None
    first, last = int(places[0]), int(places[1])
    stop: int | None = last + (1 if step > 0 else -1)
    if (stop == 0 and first < 0) or (stop == -1 and first >= 0):
        stop = None
    return "slice", first, stop, int(step)


def _line(graph: Graph, index: int) -> tuple[float, float] | None:
    """The numbers a and b of a node that is a*t + b, for the counter t; None of any other node."""
    node = graph.nodes[index]
    if index == graph.inputs[0]:
        return 1.0, 0.0
    if node.is_constant and isinstance(node.parameters["value"], float):
        return 0.0, float(node.parameters["value"])
    lines = [_line(graph, operand) for operand in node.operands] if node.operation in (_ADD, _SUB, _MUL, _NEG) else []
    known = [line for line in lines if line is not None]
    if not lines or len(known) < len(lines):
        return None
    if node.operation is _NEG:
        return -known[0][0], -known[0][1]
    (a, b), (c, d) = known
    if node.operation is _MUL:
        return (a * d + c * b, b * d) if 0 in (a, c) else None
    sign = 1 if node.operation is _ADD else -1
    return a + sign * c, b + sign * d
