"""Forward mode on symbols: the derivative of a formula along a direction, as a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.algebra.fuse import smooth_powers
from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.errors import GraphdiffError
from graphdiff.graph.function import Function, is_loop
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import ROUTER, Primitive
from graphdiff.operations.shapes import nested_shape, shape_text
from graphdiff.passes.backward import backward, local_derivatives
from graphdiff.passes.cotangents import Cotangent
from graphdiff.passes.derivative_builder import DerivativeBuilder, Shapes
from graphdiff.passes.forward import forward
from graphdiff.passes.loop_tangents import LoopTangents, loop_tangent
from graphdiff.passes.point import check_names
from graphdiff.reading.parse import read


def tangent(source: str | Graph, /, direction: Mapping[str, Any], shapes: Shapes | None = None) -> Graph:
    """The derivative along a direction v, Σ ∂f/∂x · v_x over the inputs, in the shape of the output.

    direction maps the names of inputs to their components of v: a number, or nested tuples of the input's shape. The
    components of all other inputs are 0.
    Raises GraphdiffError: "usage" where the direction is empty, "name" where it has a name that is not an input,
    "value" where shapes do not match.
    """
    graph = smooth_powers(read(source))
    if not direction:
        raise GraphdiffError("usage", "a direction needs a value for at least one input")
    check_names(graph, list(direction))
    builder = DerivativeBuilder(graph, shapes, direction)
    op = builder.op
    tangents: dict[int, Node] = {}
    for name, value in direction.items():
        index = graph.input_indices[name]
        shape = builder.shapes[index] or ()
        if nested_shape(value) not in ((), shape):
            raise GraphdiffError(
                "value",
                f"the direction of '{name}' is {shape_text(nested_shape(value))}, the input is {shape_text(shape)}",
                hint="a direction has the shape of its input, or is one number for all entries",
            )
        tangents[index] = op.expand_like(op.constant(value), builder.nodes[index])
    return builder.result([tangent_along(builder, tangents)])


def tangent_along(builder: DerivativeBuilder, input_tangents: Mapping[int, Node]) -> Node:
    """The tangent of the output, in its shape, given the tangents of inputs by their indices."""
    (output,) = tangents_along(builder, input_tangents)
    return output


def tangents_along(builder: DerivativeBuilder, input_tangents: Mapping[int, Node]) -> list[Node]:
    """The tangent of each output, in its shape, given the tangents of inputs by their indices."""
    graph, op = builder.graph, builder.op
    tangents = forward_tangents(graph, builder.nodes, op, input_tangents)
    return [op.expand_like(tangents.get(index, 0.0), builder.nodes[index]) for index in graph.outputs]


def forward_tangents(
    graph: Graph, nodes: Sequence[Any], op: NodeInterpreter, input_tangents: Mapping[int, Node]
) -> dict[int, Any]:
    """The tangents of the nodes of a graph by their indices, without those that are 0; nodes has their symbols."""
    active = graph.active_slots(input_tangents)
    tangents: dict[int, Any] = dict(input_tangents)
    loops: LoopTangents = {}
    for node in graph.nodes:
        slots = [slot for slot in active[node.index] or () if node.operands[slot] in tangents]
        if slots and graph.needed[node.index]:
            operands = [nodes[operand] for operand in node.operands]
            own = {slot: tangents[node.operands[slot]] for slot in slots}
            node_tangent = (
                loop_tangent(node.operation, operands, own, op, forward_tangents, loops)
                if is_loop(node.operation)
                else _node_tangent(node, nodes[node.index], operands, own, op)
            )
            if node_tangent is not None:
                tangents[node.index] = node_tangent
    return tangents


def _node_tangent(
    node: Node, y: Node, operands: Sequence[Node], tangents: Mapping[int, Any], op: NodeInterpreter
) -> Any:
    """The tangent of an operation: the sum of local derivative × tangent over the slots that have one; None where gates
    that select pass nothing."""
    operation = node.operation
    terms: list[Any] = []
    assert operation is not None
    if operation.is_elementwise:
        for slot, local, is_open in local_derivatives(node, [*tangents], y, operands, op):
            if is_open is not False:
                term = op.scale(tangents[slot], local)
                term = term if is_open is True else op.where(is_open, term, 0.0)
                terms.append(op.expand_like(term, y))
    elif isinstance(operation, Primitive) and operation.moves and operation.backward_pattern is not ROUTER:
        # An operation that only moves, copies and adds entries does the same to their tangents.
        operand_tangents = [
            tangents.get(slot, op.expand_like(0.0, operand)) if operation.passes_to(slot) else operand
            for slot, operand in enumerate(operands)
        ]
        terms.append(op.apply(operation, *operand_tangents, **node.parameters))
    else:
        for slot, operand_tangent in tangents.items():
            terms.append(_transpose_vjp(node, slot, y, operands, operand_tangent, op))
    total = None
    for each in terms:
        total = each if total is None else op.add(total, each)
    return total


def _transpose_vjp(
    node: Node, slot: int, y: Node, operands: Sequence[Node], operand_tangent: Any, op: NodeInterpreter
) -> Any:
    """The tangent through an operation that is not elementwise, J v, from its vjp.

    The vjp, g ↦ Jᵀ g, is linear in the cotangent g, so its own vjp by g is v ↦ J v (J. Townsend, "A new trick for
    calculating Jacobian vector products", 2017). The result does not depend on g; the output, which has the same shape,
    replaces it.
    """
    g = op.symbol("", op.shape(y))
    if isinstance(node.operation, Function):
        inner = node.operation.graph
        gradients = backward(
            inner, forward(inner, operands, op, y), op, Cotangent(g), inner.active_slots([inner.inputs[slot]])
        )
        product = gradients[inner.inputs[slot]].value
    else:
        assert isinstance(node.operation, Primitive)
        rule = node.operation.vjp(slot)
        assert rule is not None
        product = rule(op, g, y, *operands, **node.parameters)
    nodes = list(op.builder.nodes)
    linear = Graph(nodes, [], [op.lift(product).index])
    cotangents = backward(linear, nodes, op, Cotangent(operand_tangent), linear.active_slots([g.index]))
    if g.index not in cotangents:
        return op.broadcast_like(0.0, y)
    return _replace(op, op.lift(cotangents[g.index].value), g, y)


def _replace(op: NodeInterpreter, root: Node, old: Node, new: Node) -> Node:
    """A node rebuilt with another node in place of a symbol that it depends on."""
    graph = Graph(list(op.builder.nodes), [], [root.index])
    if not graph.needed[old.index]:
        return root
    copies: dict[int, Node] = {old.index: new}
    for node in graph.nodes[old.index + 1 :]:
        if graph.needed[node.index] and any(operand in copies for operand in node.operands):
            operands = [copies.get(operand, graph.nodes[operand]) for operand in node.operands]
            assert isinstance(node.operation, Primitive)
            copies[node.index] = op.apply(node.operation, *operands, **node.parameters)
    return copies[root.index]
