"""A trace as a graph: every number of both passes as a formula in the inputs, by the same passes run on symbols.

Code generated from it computes a whole trace at other points, such as the numbers of a page whose inputs are edited.
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
from graphdiff.operations.primitive import BLOCKER, BackwardPattern, Primitive
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.passes.backward import backward, edges_of
from graphdiff.passes.cotangents import Cotangent, NodeBackward
from graphdiff.passes.forward import forward
from graphdiff.passes.kinks import kinks
from graphdiff.passes.trace import Trace, pieces_of
from graphdiff.passes.values import shape_of, to_tuples


class TraceNumber(NamedTuple):
    """The number of a trace that an output of its graph computes.

    kind    "value" of a node; "upstream" of its step; "local" (elementwise) or "jacobian" (other operations), and
            "downstream", of the step's edge in a slot; "gradient" by an input; "kink": in how many entries the node is
            at a kink
    node    index in the trace's graph
    slot    the edge's slot, None where there is no edge
    shape   () for a number
    output  index among the graph's outputs, which numbers that are always equal share
    text    for a kink: the choice made there, "" at a comparison, which has no step; of several kinks of a step, the
            first whose count is not 0 applies
    """

    kind: str
    node: int
    slot: int | None
    shape: Shape
    output: int
    text: str = ""


class TraceGraph(NamedTuple):
    """The graph of a trace's numbers, the shapes of its nodes, and what its outputs are.

    numbers are in the order of the trace: the values of the forward pass; the upstream, the kinks and the edges of each
    step from the output back; the gradients.
    """

    graph: Graph
    shapes: Mapping[int, Shape]
    numbers: Sequence[TraceNumber]


class Unsimplified(Simplifier):
    """Shares equal nodes and simplifies nothing, so that infinities and NaN come out as in the trace."""

    def apply(self, operation: Operation, operands: Sequence[Node], parameters: Mapping[str, Any] = {}) -> Node:
        return self.intern(operation, operands, parameters)


class _NumberCollector:
    """Collects the numbers of a trace and the outputs of its graph."""

    def __init__(self, op: NodeInterpreter) -> None:
        self.op = op
        self.numbers: list[TraceNumber] = []
        self.outputs: dict[int, int] = {}

    def add(self, kind: str, node: int, value: Any, like: Any, slot: int | None = None, text: str = "") -> None:
        """Add a number, broadcast to the shape of another value."""
        op = self.op
        value = op.lift(value)
        shape = op.shape(like) or ()
        if op.shape(value) != shape:
            value = op.broadcast_to(value, like)
        output = self.outputs.setdefault(value.index, len(self.outputs))
        self.numbers.append(TraceNumber(kind, node, slot, shape, output, text))


def trace_graph(trace: Trace, largest_jacobian: int = 0) -> TraceGraph:
    """Every number of a trace as a formula in its inputs, for the shapes that they have in the trace.

    Jacobians with more entries than largest_jacobian are left out. Inputs that the trace's point lacks, inputs that are
    indices, and the upstream of the output are constants with their values in the trace. A node that the backward pass
    does not reach in the trace, because a gate that selects is closed, has a step here that passes 0 on.
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
    collector = _NumberCollector(op)
    for node in graph.nodes:
        if graph.needed[node.index] and not node.is_constant:
            collector.add("value", node.index, values[node.index], values[node.index])
    indices = [graph.input_indices[name] for name, gradient in trace.gradients.items() if gradient is not None]
    steps: list[NodeBackward] = []
    upstream = trace.steps[0].upstream.value if trace.steps else trace.gradients.get(graph.labels[graph.output])
    seed = op.constant(1.0 if upstream is None else to_tuples(upstream))
    active = graph.active_slots(indices)
    gradients = backward(graph, values, op, Cotangent(seed), active, steps.append)
    for step in steps:
        _add_step(collector, step, trace.op is FLOATS, largest_jacobian)
    for node in graph.nodes_with_kinks:
        comparison = node.operation
        if isinstance(comparison, Primitive) and comparison.backward_pattern is BLOCKER and active[node.index]:
            assert comparison.kink is not None
            at_kink = comparison.kink(op, values[node.index], *[values[each] for each in node.operands])
            collector.add("kink", node.index, op.sum(at_kink) if op.shape(at_kink) else at_kink, op.constant(0.0))
    for index in indices:
        if values[index] is not None:
            collector.add("gradient", index, gradients[index].value if index in gradients else 0.0, values[index])
    return TraceGraph(Graph(op.builder.nodes, symbols, list(collector.outputs)), op.shapes, collector.numbers)


def with_all_steps(trace: Trace) -> Trace:
    """The trace with steps, whose upstream is 0, for the nodes that gates closed at this point keep the backward pass
    from."""
    if trace.op is not FLOATS or not trace.steps:
        return trace
    graph, op = trace.graph, _Unclosed(FLOATS.namespace)
    active = graph.active_slots([graph.input_indices[name] for name in trace.gradients])
    if len(trace.steps) == sum(active[node.index] is not None and node.operation is not None for node in graph.nodes):
        return trace
    steps: list[NodeBackward] = []
    seed = trace.steps[0].upstream
    backward(graph, trace.values, op, seed, active, steps.append, pieces_of(trace))
    reachable = {number.node for number in trace_graph(trace).numbers if number.kind == "upstream"}
    return replace(trace, steps=[step for step in steps if step.node.index in reachable], op=op)


class _Unclosed(Numeric):
    """Passes 0 on where a gate that selects is closed."""

    def open_entries(self, pattern: BackwardPattern, local: Any) -> Any:
        return super().open_entries(pattern, local) or 0.0


def _add_step(collector: _NumberCollector, step: NodeBackward, leaves_out_closed: bool, largest_jacobian: int) -> None:
    op, index = collector.op, step.node.index
    collector.add("upstream", index, step.upstream.value, step.y)
    for inner, at_kink, choice in kinks(step, op):
        count = op.sum(at_kink) if op.shape(at_kink) else at_kink
        if leaves_out_closed and inner.upstream.is_open is not True:
            count = op.where(inner.upstream.is_open, count, 0.0)
        collector.add("kink", index, count, op.constant(0.0), text=choice)
    for slot, local, downstream in edges_of(step, op):
        if local is not None:
            collector.add("local", index, local, step.y, slot)
        elif size_of((*(op.shape(step.y) or ()), *(op.shape(step.operands[slot]) or ()))) <= largest_jacobian:
            jacobian = _jacobian(step, slot, op)
            collector.add("jacobian", index, jacobian, jacobian, slot)
        collector.add("downstream", index, 0.0 if downstream is None else downstream.value, step.operands[slot], slot)


def _jacobian(step: NodeBackward, slot: int, op: NodeInterpreter) -> Node:
    """The Jacobian of an operation that is not elementwise, row by row from its vjp."""
    shape, operand = op.shape(step.y) or (), step.operands[slot]
    rows, size = [], size_of(shape)
    for number in range(size):
        row = op.constant(tuple(float(place == number) for place in range(size)))
        one = op.reshape(row, shape=shape)
        ((_, _, downstream),) = edges_of(step._replace(upstream=Cotangent(one), slots=[slot]), op)
        rows.append(op.broadcast_like(0.0 if downstream is None else downstream.value, operand))
    jacobian: Node = op.reshape(op.stack(*rows), shape=(*shape, *(op.shape(operand) or ())))
    return jacobian
