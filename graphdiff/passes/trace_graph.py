"""A trace as a graph: every number of both passes as a formula of the inputs, by the same passes run on symbols.

What is written from it computes a whole trace at other points: a page's numbers, where an input is edited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.algebra.simplify import Simplifier
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Operation
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.interpreter import FLOATS, Numeric
from graphdiff.operations.primitive import BackwardPattern
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.passes.backward import Cotangent, NodeBackward, backward, edges_of
from graphdiff.passes.forward import forward
from graphdiff.passes.kinks import kinks
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import shape_of, to_tuples


class TraceNumber(NamedTuple):
    """Which number of a trace an output of its graph is.

    kind    "value" of a node; "upstream" of its step; "local", or where the operation is not elementwise "jacobian",
            and "downstream" of the step's edge in a slot; "gradient" by an input; "kink": in how many entries the step
            stands at one
    node    its index in the trace's graph
    slot    of an edge
    shape   () of a number
    output  the place among the outputs, where numbers that are always the same share one
    text    of a kink: what is chosen there; of several of one step the first that is not 0 counts
    """

    kind: str
    node: int
    slot: int | None
    shape: Shape
    output: int
    text: str = ""


class TraceGraph(NamedTuple):
    """The graph of a trace's numbers, the shapes of its nodes, and what each of its outputs is.

    numbers come in the order of the trace: the values forward, then of each step, from the output back, its upstream,
    its kinks and its edges; last the gradients.
    """

    graph: Graph
    shapes: Mapping[int, Shape]
    numbers: Sequence[TraceNumber]


class Unsimplified(Simplifier):
    """Rewrites nothing, so that infinities and NaN are the trace's: what is computed twice is one node, no more."""

    def apply(self, operation: Operation, operands: Sequence[Node], parameters: Mapping[str, Any] = {}) -> Node:
        return self.intern(operation, operands, parameters)


class _Numbers:
    """The outputs of a trace's graph, as they are found."""

    def __init__(self, op: NodeInterpreter) -> None:
        self.op = op
        self.numbers: list[TraceNumber] = []
        self.outputs: dict[int, int] = {}

    def add(self, kind: str, node: int, value: Any, like: Any, slot: int | None = None, text: str = "") -> None:
        """A number of the shape of another value, also where it is one for all entries."""
        op = self.op
        value = op.lifted(value)
        shape = op.shape(like) or ()
        if op.shape(value) != shape:
            value = op.broadcast_to(value, like)
        output = self.outputs.setdefault(value.index, len(self.outputs))
        self.numbers.append(TraceNumber(kind, node, slot, shape, output, text))


def trace_graph(trace: Trace, largest_jacobian: int = 0) -> TraceGraph:
    """Every number of a trace as a formula of its inputs, in the shapes that they have there; of Jacobians those of no
    more entries than that.

    Inputs that the trace was not given are the constants that they stand for, if anything needs them, and indices stay
    as they are there; its upstream is a constant too. Where gates that select have closed the way to a node the trace
    has no step; here there is one, and what is passed on is 0.
    """
    graph = trace.graph
    op = NodeInterpreter(GraphBuilder(), Unsimplified)
    inputs: list[Node | None] = []
    symbols: list[int] = []
    for index, name in zip(graph.inputs, graph.input_names, strict=True):
        value = trace.values[index]
        if value is None:
            inputs.append(None)
        elif name not in trace.point or graph.is_index[index]:
            inputs.append(op.constant(to_tuples(value)))
        else:
            symbol = op.symbol(name, shape_of(value))
            inputs.append(symbol)
            symbols.append(symbol.index)
    values = forward(graph, inputs, op)
    found = _Numbers(op)
    for node in graph.nodes:
        if graph.needed[node.index] and not node.is_constant:
            found.add("value", node.index, values[node.index], values[node.index])
    wanted = [graph.input_indices[name] for name, gradient in trace.gradients.items() if gradient is not None]
    visited: list[NodeBackward] = []
    upstream = trace.visited[0].upstream.value if trace.visited else trace.gradients.get(graph.labels[graph.output])
    seed = op.constant(1.0 if upstream is None else to_tuples(upstream))
    gradients = backward(graph, values, op, Cotangent(seed), graph.active(wanted), visited.append)
    for step in visited:
        _add_step(found, step, trace.op is FLOATS, largest_jacobian)
    for index in wanted:
        if values[index] is not None:
            found.add("gradient", index, gradients[index].value if index in gradients else 0.0, values[index])
    return TraceGraph(Graph(op.builder.nodes, symbols, list(found.outputs)), op.shapes, found.numbers)


def with_all_steps(trace: Trace) -> Trace:
    """The same trace with those steps too to which gates that select have closed the way at this point: 0 arrives
    there."""
    if trace.op is not FLOATS or not trace.visited:
        return trace
    graph, op = trace.graph, _Unclosed(FLOATS.namespace)
    wanted = [graph.input_indices[name] for name in trace.gradients]
    visited: list[NodeBackward] = []
    backward(graph, trace.values, op, trace.visited[0].upstream, graph.active(wanted), visited.append)
    reached = {number.node for number in trace_graph(trace).numbers if number.kind == "upstream"}
    return replace(trace, visited=[step for step in visited if step.node.index in reached], op=op)


class _Unclosed(Numeric):
    """Passes 0 on where others pass nothing."""

    def opening(self, pattern: BackwardPattern, local: Any) -> Any:
        return super().opening(pattern, local) or 0.0


def _add_step(found: _Numbers, step: NodeBackward, leaves_out_closed: bool, largest_jacobian: int) -> None:
    op, index = found.op, step.node.index
    found.add("upstream", index, step.upstream.value, step.y)
    for inner, at_kink, choice in kinks(step, op):
        count = op.sum(at_kink) if op.shape(at_kink) else at_kink
        if leaves_out_closed and inner.upstream.is_open is not True:
            count = op.where(inner.upstream.is_open, count, 0.0)
        found.add("kink", index, count, op.constant(0.0), text=choice)
    for slot, local, downstream in edges_of(step, op):
        if local is not None:
            found.add("local", index, local, step.y, slot)
        elif size_of((*(op.shape(step.y) or ()), *(op.shape(step.operands[slot]) or ()))) <= largest_jacobian:
            jacobian = _jacobian(step, slot, op)
            found.add("jacobian", index, jacobian, jacobian, slot)
        found.add("downstream", index, 0.0 if downstream is None else downstream.value, step.operands[slot], slot)


def _jacobian(step: NodeBackward, slot: int, op: NodeInterpreter) -> Node:
    """Every entry of the Jacobian of an operation that is not elementwise, row by row by its rule."""
    shape, operand = op.shape(step.y) or (), step.operands[slot]
    rows, size = [], size_of(shape)
    for number in range(size):
        row = op.constant(tuple(float(place == number) for place in range(size)))
        one = op.reshape(row, shape=shape)
        ((_, _, passed),) = edges_of(step._replace(upstream=Cotangent(one), slots=[slot]), op)
        rows.append(op.expanded(0.0 if passed is None else passed.value, operand))
    jacobian: Node = op.reshape(op.stack(*rows), shape=(*shape, *(op.shape(operand) or ())))
    return jacobian
