"""A sparse matrix from its products with a few directions, each for columns, or rows, that share no entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.indexing import OPERAND
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.passes.request import Request
from graphdiff.passes.sparse.pattern import Pattern
from graphdiff.passes.wanted import Wanted, wanted_graph
from graphdiff.targets.instructions import Code
from graphdiff.targets.sparse.coloring import color_columns, star_coloring, transpose
from graphdiff.targets.sparse.sparsity import sparsity

Sources = list[list[tuple[int, int]]]
"""For each row, the direction and the entry of the product with it that each entry of the row is."""


def compressed(graph: Graph, request: Request, shapes: Mapping[str, Shape], code: Code) -> Wanted:
    """The graph of the value and the entries of a sparse Jacobian or Hessian.

    code computes, entry by entry, what it is the Jacobian of: the value, or the value and the gradient.
    """
    is_hessian = request.want == "hessian"
    rows = sparsity(code, request.wrt, shapes)[1 if is_hessian else 0 :]
    width = sum([size_of(shapes.get(name, ())) for name in request.wrt])
    want, colors, sources = _products(rows, width, is_hessian)
    count = max(colors, default=0) + 1
    wanted = wanted_graph(graph, request._replace(want=want, directions=count, sparse=False), shapes)
    pattern = Pattern(
        [row for row, own in enumerate(rows) for _ in own],
        [column for own in rows for column in own],
        (len(rows), width),
    )
    return _chosen(wanted, colors, [each for own in sources for each in own], pattern)


def _products(rows: Sequence[Sequence[int]], width: int, is_hessian: bool) -> tuple[str, list[int], Sources]:
    """The products to compute, the direction that each column or row is in, and what the entries are."""
    if is_hessian:
        colors = star_coloring(rows)
        return (
            "hvp",
            colors,
            [[_source(rows, colors, min(row, each), max(row, each)) for each in own] for row, own in enumerate(rows)],
        )
    colors = color_columns(rows, width)
    row_colors = color_columns(transpose(rows, width), len(rows))
    if max(row_colors, default=0) < max(colors, default=0):
        return "vjp", row_colors, [[(row_colors[row], each) for each in own] for row, own in enumerate(rows)]
    return "jvp", colors, [[(colors[each], row) for each in own] for row, own in enumerate(rows)]


def _source(rows: Sequence[Sequence[int]], colors: Sequence[int], row: int, column: int) -> tuple[int, int]:
    """The direction and the place of the product in which an entry of a symmetric matrix stands alone."""
    is_alone = sum(colors[other] == colors[column] for other in rows[row]) == 1
    return (colors[column], row) if is_alone else (colors[row], column)


def _chosen(wanted: Wanted, colors: Sequence[int], sources: Sequence[tuple[int, int]], pattern: Pattern) -> Wanted:
    """The graph with constant directions, and the entries of the products that are those of the matrix."""
    graph, count = wanted.graph, len(wanted.values)
    nodes, shapes = list(graph.nodes), dict(wanted.shapes)
    seeds = np.equal.outer(np.arange(max(colors, default=0) + 1), np.asarray(colors)).astype(float)
    starts = accumulate([size_of(shape[1:]) for shape in wanted.direction.values()], initial=0)
    parts = {graph.input_indices[name]: shape for name, shape in wanted.direction.items()}
    for (index, shape), start in zip(parts.items(), starts, strict=False):
        own = seeds[:, start : start + size_of(shape[1:])].reshape(shape)
        nodes[index] = nodes[index]._replace(name=None, parameters={"value": _nested(own.tolist())})

    def add(name: str, operands: Sequence[int], result: Shape, **parameters: Any) -> int:
        nodes.append(Node(len(nodes), PRIMITIVES[name] if name else None, tuple(operands), parameters))
        shapes[len(nodes) - 1] = result
        return len(nodes) - 1

    outputs = list(graph.outputs[:count])
    if sources:
        products = graph.outputs[count:]
        sizes = [size_of(shapes[each]) // len(seeds) for each in products]
        flat = [
            add("reshape", [each], (len(seeds), size), shape=(len(seeds), size))
            for each, size in zip(products, sizes, strict=True)
        ]
        joined = add("concat", flat, (len(seeds), sum(sizes)), axis=1) if flat[1:] else flat[0]
        size = len(seeds) * sum(sizes)
        whole = add("reshape", [joined], (size,), shape=(size,))
        places = tuple([float(direction * sum(sizes) + entry) for direction, entry in sources])
        chosen = add("", [], (len(places),), value=places)
        outputs.append(add("index", [whole, chosen], (len(places),), items=(OPERAND,)))
    inputs = [index for index in graph.inputs if index not in parts]
    return wanted._replace(
        graph=Graph(nodes, inputs, outputs, graph.names), shapes=shapes, direction={}, pattern=pattern
    )


def _nested(values: Any) -> Any:
    return tuple(map(_nested, values)) if isinstance(values, list) else values
