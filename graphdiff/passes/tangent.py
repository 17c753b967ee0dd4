"""The forward mode as a graph: the derivative of a formula along a direction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphdiff.errors import GraphdiffError
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.language.build import parse
from graphdiff.operations.primitive import ROUTER, Primitive
from graphdiff.operations.shapes import nested_shape, shape_text
from graphdiff.passes.backward import Cotangent, backward, local_derivatives
from graphdiff.passes.derivative_builder import DerivativeBuilder, Shapes
from graphdiff.passes.forward import forward
from graphdiff.passes.point import check_names


def tangent(source: str | Graph, /, direction: Mapping[str, Any], shapes: Shapes | None = None) -> Graph:
    """The derivative along a direction, in the shape of the output: Σ ∂f/∂x · direction of x.

    direction has a number, or nested tuples of them in the input's shape, for each input that moves.
    Raises GraphdiffError where it is empty or names no input, or shapes do not fit.
    """
    graph = parse(source)
    if not direction:
        raise GraphdiffError("usage", "a direction has a value for one input at least")
    check_names(graph, list(direction))
    symbols = DerivativeBuilder(graph, shapes, direction)
    op = symbols.op
    moving: dict[int, Node] = {}
    for name, value in direction.items():
        index = graph.input_indices[name]
        shape = symbols.shapes[index] or ()
        if nested_shape(value) not in ((), shape):
            raise GraphdiffError(
                "value",
                f"the direction of '{name}' is {shape_text(nested_shape(value))}, the input {shape_text(shape)}",
                hint="they must be alike",
            )
        moving[index] = symbols.shaped(op.constant(value), symbols.nodes[index])
    return symbols.result([along(symbols, moving)])


def along(symbols: DerivativeBuilder, moving: Mapping[int, Node]) -> Node:
    """The tangent of the output, in its shape, where the inputs of these indices move so."""
    graph = symbols.graph
    active = graph.active(moving)
    tangents: dict[int, Any] = dict(moving)
    for node in graph.nodes:
        slots = [slot for slot in active[node.index] or () if node.operands[slot] in tangents]
        if slots and graph.needed[node.index]:
            passed = _passed(symbols, node, slots, tangents)
            if passed is not None:
                tangents[node.index] = passed
    return symbols.shaped(symbols.op.lifted(tangents.get(graph.output, 0.0)), symbols.nodes[graph.output])


def _passed(symbols: DerivativeBuilder, node: Node, slots: list[int], tangents: Mapping[int, Any]) -> Any:
    """The sum over the operands that move of local derivative × tangent; None where gates are closed."""
    op, operation = symbols.op, node.operation
    y, operands = symbols.nodes[node.index], [symbols.nodes[operand] for operand in node.operands]
    found: list[Any] = []
    assert operation is not None
    if operation.is_elementwise:
        for slot, local, is_open in local_derivatives(node, slots, y, operands, op):
            if is_open is not False:
                moved = op.scaled(tangents[node.operands[slot]], local)
                found.append(symbols.shaped(op.lifted(moved if is_open is True else op.where(is_open, moved, 0.0)), y))
    elif isinstance(operation, Primitive) and operation.moves and operation.backward_pattern is not ROUTER:
        # What moves, copies and adds entries does so with their tangents.
        moved_operands = [
            tangents.get(index, symbols.shaped(op.lifted(0.0), operand)) if operation.passes_to(slot) else operand
            for slot, (index, operand) in enumerate(zip(node.operands, operands, strict=True))
        ]
        found.append(op.apply(operation, *moved_operands, **node.parameters))
    else:
        for slot in slots:
            found.append(_transposed(symbols, node, slot, tangents[node.operands[slot]]))
    total = None
    for each in found:
        total = each if total is None else op.add(total, each)
    return total


def _transposed(symbols: DerivativeBuilder, node: Node, slot: int, moved: Any) -> Any:
    """The tangent through an operation that is not elementwise: its vjp is linear in the cotangent g, J^T g, so that
    the vjp of that by g is J.

    The result does not depend on g: the output, which has its shape, stands in its place.
    """
    op = symbols.op
    y, operands = symbols.nodes[node.index], [symbols.nodes[operand] for operand in node.operands]
    g = op.symbol("", op.shape(y))
    if isinstance(node.operation, Function):
        inner = node.operation.graph
        gradients = backward(
            inner, forward(inner, operands, op, y), op, Cotangent(g), inner.active([inner.inputs[slot]])
        )
        pulled = gradients[inner.inputs[slot]].value
    else:
        assert isinstance(node.operation, Primitive)
        rule = node.operation.vjp(slot)
        assert rule is not None
        pulled = rule(op, g, y, *operands, **node.parameters)
    builder = op.builder
    linear = Graph(list(builder.nodes), builder.inputs, [op.lifted(pulled).index])
    arrived = backward(linear, list(builder.nodes), op, Cotangent(moved), linear.active([g.index]))
    if g.index not in arrived:
        return op.expanded(0.0, y)
    return _replaced(symbols, op.lifted(arrived[g.index].value), g, y)


def _replaced(symbols: DerivativeBuilder, root: Node, old: Node, new: Node) -> Node:
    """A node with another in the place of a symbol that it was built on."""
    builder = symbols.op.builder
    graph = Graph(list(builder.nodes), builder.inputs, [root.index])
    if not graph.needed[old.index]:
        return root
    moved: dict[int, Node] = {old.index: new}
    for node in graph.nodes[old.index + 1 :]:
        if graph.needed[node.index] and any(operand in moved for operand in node.operands):
            operands = [moved.get(operand, graph.nodes[operand]) for operand in node.operands]
            assert isinstance(node.operation, Primitive)
            moved[node.index] = symbols.op.apply(node.operation, *operands, **node.parameters)
    return moved[root.index]
