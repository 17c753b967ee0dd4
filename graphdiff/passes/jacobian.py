"""Jacobians and Hessians as graphs, column by column in forward mode."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from graphdiff.algebra.fuse import smooth_powers
from graphdiff.errors import GraphdiffError, Hint
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape, shape_text, size_of
from graphdiff.passes.derivative import derivative, derivatives, input_index, shapes_in
from graphdiff.passes.derivative_builder import DerivativeBuilder, Shapes
from graphdiff.passes.tangent import tangent_along
from graphdiff.reading.parse import read

MOST_COLUMNS = 100
"""Entries that an input may have for its Jacobian to be written out."""


def jacobian(source: str | Graph, /, wrt: str | None = None, *, shapes: Shapes | None = None) -> Graph:
    """The Jacobian of a formula by one of its inputs, in the shape of the output followed by that of the input.

    Raises GraphdiffError: "name" where wrt is not an input, "value" where shapes do not match, "limit" where the input
    has more than MOST_COLUMNS entries.
    """
    graph = smooth_powers(read(source, wrt=wrt, shapes=lambda: shapes))
    index = input_index(graph, wrt)
    name = graph.labels[index]
    builder = DerivativeBuilder(graph, shapes, [name])
    output, shape = builder.shapes[graph.output] or (), builder.shapes[index] or ()
    if not output:
        return derivative(graph, name, shapes=shapes)
    if size_of(shape) > MOST_COLUMNS:
        raise GraphdiffError(
            "limit",
            f"'{name}' is {shape_text(shape)}: a Jacobian is written out for {MOST_COLUMNS} entries at most",
            hint=Hint("differentiate along a direction", "direction", name=name),
        )
    columns = [tangent_along(builder, {index: builder.op.constant(_unit(shape, place))}) for place in _places(shape)]
    if not shape:
        return builder.result(columns)
    stack = builder.op.stack(*columns, axis=-1)
    return builder.result([stack if len(shape) == 1 else builder.op.reshape(stack, shape=output + shape)])


def jacobian_along(graph: Graph, name: str, direction: str, shapes: Shapes | None = None) -> Graph:
    """The derivative of a formula by an input along any direction, which is an input of the given name and of the same
    shape."""
    graph = smooth_powers(graph)
    index = graph.input_indices[name]
    builder = DerivativeBuilder(graph, shapes, [name])
    shape = builder.shapes[index] or ()
    symbol = builder.op.symbol(direction, shape, {"shape": shape})
    builder.inputs.append(symbol)
    return builder.result([tangent_along(builder, {index: symbol})])


def hessian(source: str | Graph, /, first: str, second: str, *, shapes: Shapes | None = None) -> Graph:
    """The second derivative by two inputs, in the shape of the first followed by that of the second.

    Raises GraphdiffError as derivative and jacobian do.
    """
    graph = read(source, wrt=[first, second], shapes=lambda: shapes)
    return jacobian(derivative(graph, first, shapes=shapes), second, shapes=shapes)


def hessians(graph: Graph, pairs: Sequence[tuple[str, ...]], shapes: Shapes | None = None) -> list[Graph]:
    """The same by each of these pairs, in which pairs of the same first input stand together: one backward pass gives
    the first derivatives, and one more for each of these the second. Each has the nodes that it needs, and both inputs.
    """
    seconds: dict[str, list[str]] = {}
    for first, second in pairs:
        seconds.setdefault(first, []).append(second)
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    gradients = derivatives(graph, list(seconds), 1, shapes, names)
    results: list[Graph] = []
    for (name, others), gradient in zip(seconds.items(), gradients, strict=True):
        own_shapes = shapes_in(gradient, shapes)
        if own_shapes.get(name):
            results += [jacobian(gradient, other, shapes=own_shapes) for other in others]
        else:
            results += derivatives(gradient, others, 1, own_shapes, [name])
    return results


def _places(shape: Shape) -> list[tuple[int, ...]]:
    return list(product(*map(range, shape)))


def _unit(shape: Shape, place: tuple[int, ...]) -> Any:
    """Nested tuples of a shape with a 1 at one place and 0 elsewhere; the number 1 for shape ()."""
    if not shape:
        return 1.0
    return tuple(_unit(shape[1:], place[1:]) if number == place[0] else _zeros(shape[1:]) for number in range(shape[0]))


def _zeros(shape: Shape) -> Any:
    return tuple(_zeros(shape[1:]) for _ in range(shape[0])) if shape else 0.0
