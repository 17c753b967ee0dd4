"""The entries x[t] that a loop reads, as a sequence that it runs along: then the gradient of each is one entry of a
stack, and not an array of zeros with one other entry."""

from __future__ import annotations

from collections.abc import Sequence

from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import Entries, LoopBody
from graphdiff.graph.node import Node
from graphdiff.operations.indexing import OPERAND
from graphdiff.operations.registry import PRIMITIVES

_INDEX, _ADD, _SUB, _MUL, _DIV, _NEG = (PRIMITIVES[name] for name in ("index", "add", "sub", "mul", "div", "neg"))


def with_sequences(body: LoopBody, operands: Sequence[Node]) -> tuple[LoopBody, list[Node]]:
    """The body with a sequence for each x[a*t + b] of a capture x, and the loop's operands after the first carried
    values."""
    graph = body.graph
    first_capture = 1 + body.sequence_slots.stop
    captures = dict(zip(graph.inputs[first_capture:], operands[len(body.sequences) :], strict=True))
    arrays: dict[int, Node] = {}  # by the index of x[t] in the body
    sequences: list[Entries] = []
    for node in graph.nodes:
        if node.operation is _INDEX and node.operands[0] in captures and graph.needed[node.index]:
            entries = _entries(body, node)
            if entries is not None:
                arrays[node.index] = captures[node.operands[0]]
                sequences.append(entries)
    if not arrays:
        return body, list(operands)
    builder = GraphBuilder(graph.source)
    nodes: dict[int, Node] = {}
    for node in graph.nodes:
        if node.index in arrays:
            nodes[node.index] = builder.input(f"{graph.labels[node.operands[0]]}[{body.counter}]", node.span)
        elif node.is_input:
            nodes[node.index] = builder.input(node.name or "", node.span, node.index == graph.inputs[0])
        else:
            nodes[node.index] = builder.copy(node, [nodes[operand] for operand in node.operands], node.span)
    old = [nodes[index].index for index in graph.inputs]
    outputs = [nodes[index].index for index in graph.outputs]
    needed = Graph(builder.nodes, [], outputs, source=graph.source).needed
    needed_captures = [
        (index, operand)
        for index, operand in zip(old[first_capture:], operands[len(body.sequences) :], strict=True)
        if needed[index]
    ]
    inputs = [*old[:first_capture], *(nodes[index].index for index in arrays), *(index for index, _ in needed_captures)]
    new_graph = Graph(builder.nodes, inputs, outputs, source=graph.source)
    new_body = body._replace(graph=new_graph, sequences=(*body.sequences, *sequences))
    return new_body, [*operands[: len(body.sequences)], *arrays.values(), *(operand for _, operand in needed_captures)]


def _entries(body: LoopBody, node: Node) -> Entries | None:
    """What an index reads in all steps, if it is a*t + b on the first axis; None where it is not, or where the entries
    of some steps are counted from the end of the array and others from its beginning."""
    items = node.parameters["items"]
    if not body.count or items[0] != OPERAND or items.count(OPERAND) > 1:
        return None
    line = _line(body.graph, node.operands[1])
    if line is None:
        return None
    slope, offset = line
    first, last = (slope * body.counter_at(place) + offset for place in (0, body.count - 1))
    step = slope * body.stride
    if not (slope and step.is_integer() and first.is_integer() and (first < 0) == (last < 0)):
        return None
    return Entries(int(first), int(step), tuple(items[1:]))


def _line(graph: Graph, index: int) -> tuple[float, float] | None:
    """The numbers a and b of a node that is a*t + b, for the counter t; None for any other node."""
    node = graph.nodes[index]
    if index == graph.inputs[0]:
        return 1.0, 0.0
    if node.is_constant and isinstance(node.parameters["value"], float):
        return 0.0, float(node.parameters["value"])
    if node.operation not in (_ADD, _SUB, _MUL, _DIV, _NEG):
        return None
    lines = [_line(graph, operand) for operand in node.operands]
    known = [line for line in lines if line is not None]
    if len(known) < len(lines):
        return None
    if node.operation is _NEG:
        return -known[0][0], -known[0][1]
    (a, b), (c, d) = known
    if node.operation is _DIV:
        return (a / d, b / d) if c == 0 and d else None
    if node.operation is _MUL:
        return (a * d + c * b, b * d) if 0 in (a, c) else None
    sign = 1 if node.operation is _ADD else -1
    return a + sign * c, b + sign * d
