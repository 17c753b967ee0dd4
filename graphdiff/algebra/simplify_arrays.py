"""Rewrites of operations on whole arrays, where shapes are known; a comment states each rewrite."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphdiff.graph.function import Operation
from graphdiff.graph.node import Node
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import broadcast

if TYPE_CHECKING:
    from graphdiff.algebra.simplify import Simplifier

BROADCAST_TO, SUM_TO, SUM, STACK, TRANSPOSE = (
    PRIMITIVES[name] for name in ("broadcast_to", "sum_to", "sum", "stack", "transpose")
)

EXPAND_DIMS, RESHAPE_LIKE = PRIMITIVES["expand_dims"], PRIMITIVES["reshape_like"]
REPEATING = frozenset([BROADCAST_TO, EXPAND_DIMS, RESHAPE_LIKE])
"""The operations that repeat a number, if their operand is one, for every entry."""


def drop_repetition(simplifier: Simplifier, factor: Node, other: Node) -> Node:
    """What a factor repeats for the entries of another: broadcast_to(a, x)*x = a*x."""
    if factor.operation not in REPEATING:
        return factor
    shapes, inner = simplifier.shapes, factor
    while inner.operation in REPEATING and shapes.get(inner.index) != ():
        inner = simplifier.operand(inner, 0)
    shape, other_shape = shapes.get(factor.index), shapes.get(other.index)
    if shape is None or other_shape is None or broadcast(shape, other_shape) != other_shape:
        return factor
    if shapes.get(inner.index) == ():
        return inner
    return simplifier.operand(factor, 0) if factor.operation is BROADCAST_TO and shape == other_shape else factor


def _broadcast_to(simplifier: Simplifier, x: Node, like: Node) -> Node | None:
    shapes = simplifier.shapes
    if x.index in shapes and shapes[x.index] == shapes.get(like.index):  # broadcast_to(x, x) = x
        return x
    if x.operation is BROADCAST_TO:  # broadcast_to(broadcast_to(x, y), z) = broadcast_to(x, z)
        return simplifier.apply(BROADCAST_TO, (simplifier.builder.nodes[x.operands[0]], like))
    return None


def _sum_to(simplifier: Simplifier, x: Node, like: Node) -> Node | None:
    shapes = simplifier.shapes
    if x.index not in shapes or like.index not in shapes:
        return None
    if shapes[x.index] == shapes[like.index]:  # sum_to(x, x) = x
        return x
    return simplifier.apply(SUM, (x,)) if shapes[like.index] == () else None  # sum_to(x, 1) = sum(x)


def _index(simplifier: Simplifier, x: Node, *indices: Node, items: tuple[Any, ...]) -> Node | None:
    if not all([item[0] == "index" for item in items]):
        return None
    if x.is_constant:  # [1, 2][1] = 2
        value = x.parameters["value"]
        for _, place in items:
            value = value[place]
        return simplifier.constant(value)
    if x.operation is STACK and not x.parameters:  # [x, y][1] = y
        entry = simplifier.builder.nodes[x.operands[items[0][1]]]
        rest = items[1:]
        return simplifier.apply(PRIMITIVES["index"], (entry,), {"items": rest}) if rest else entry
    return None


def _transpose(simplifier: Simplifier, x: Node, axes: tuple[int, ...] | None = None) -> Node | None:
    if axes is None and x.operation is TRANSPOSE and not x.parameters:  # x.T.T = x
        return simplifier.builder.nodes[x.operands[0]]
    return None


def _moveaxis(simplifier: Simplifier, x: Node, source: int, destination: int) -> Node | None:
    return x if source == destination else None  # moveaxis(x, 1, 1) = x


REWRITES: dict[Operation, Callable[..., Node | None]] = {
    BROADCAST_TO: _broadcast_to,
    SUM_TO: _sum_to,
    TRANSPOSE: _transpose,
    PRIMITIVES["index"]: _index,
    PRIMITIVES["moveaxis"]: _moveaxis,
}
