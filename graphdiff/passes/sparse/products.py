"""The terms of products of arrays, such as of matrices: sums of products of entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.node import Node
from graphdiff.operations.products import LETTERS, terms_of
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.passes.sparse.entries import numbers_of
from graphdiff.passes.sparse.terms import MOST_ENTRIES, NotSparseError, Term

PRODUCTS = ("matmul", "outer", "einsum")
"""The products that are described by a letter for each axis."""


def terms_of_product(
    node: Node, operands: Sequence[Node], terms: Mapping[int, Sequence[Term]], op: NodeInterpreter
) -> list[Term]:
    """The terms of a product, given those of its operands by slot.

    Raises NotSparseError where entries are used along a diagonal or along several rows, or there are too many.
    """
    shapes = [op.shape(each) or () for each in operands]
    letters, output = _letters(node, shapes)
    sizes: dict[str, int] = {}
    for own, shape in zip(letters, shapes, strict=True):
        if len(set(own)) < len(own) or any(
            [sizes.setdefault(*pair) != pair[1] for pair in zip(own, shape, strict=True)]
        ):
            raise NotSparseError
    order = [*output, *(letter for letter in sizes if letter not in output)]
    full = tuple([sizes[letter] for letter in order])
    if len(set(output)) < len(output) or prod(full) > MOST_ENTRIES:
        raise NotSparseError
    kept = tuple([size if letter in output else 1 for letter, size in zip(order, full, strict=True)])
    rows = np.broadcast_to(numbers_of(kept), full).ravel()
    results: list[Term] = []
    for slot, own_terms in terms.items():
        sources = np.broadcast_to(_aligned(numbers_of(shapes[slot]), letters[slot], order), full)
        factor: Any = 1.0
        for place, (operand, own) in enumerate(zip(operands, letters, strict=True)):
            if place != slot:
                factor = op.scale(factor, _aligned_node(op, operand, own, order))
        for each in own_terms:
            moved = each.moved(op, sources, size_of(shapes[slot]))
            if moved is not None:
                scaled = moved.scaled(op, factor, full)
                results.append(scaled.summed(op, rows[scaled.rows]))
    return results


def _letters(node: Node, shapes: Sequence[Shape]) -> tuple[Sequence[str], str]:
    """The letters of the axes of each operand, and of the result."""
    assert node.operation is not None
    if node.operation.name == "einsum":
        return terms_of(node.parameters["subscripts"])
    if node.operation.name == "outer":
        return ["a", "b"], "ab"
    left, right = (max(len(shape) - 2, 0) for shape in shapes)
    lead = LETTERS[3 : 3 + max(left, right)]
    first, second = ("ac" if len(shapes[0]) > 1 else "c"), ("cb" if len(shapes[1]) > 1 else "c")
    result = "a" * (len(shapes[0]) > 1) + "b" * (len(shapes[1]) > 1)
    return [lead[len(lead) - left :] + first, lead[len(lead) - right :] + second], lead + result


def _axes(own: str, order: Sequence[str]) -> tuple[int, ...]:
    """The axes of an array with these letters in an order."""
    return tuple([own.index(letter) for letter in order if letter in own])


def _aligned(numbers: Any, own: str, order: Sequence[str]) -> Any:
    """An array with an axis for each letter of an order, of size 1 for those that it does not have."""
    axes = _axes(own, order)
    sizes = iter([numbers.shape[axis] for axis in axes])
    return numbers.transpose(axes).reshape([next(sizes) if letter in own else 1 for letter in order])


def _aligned_node(op: NodeInterpreter, node: Node, own: str, order: Sequence[str]) -> Node:
    axes = _axes(own, order)
    turned: Node = op.transpose(node, axes=axes) if axes != tuple(range(len(axes))) else node
    missing = tuple([place for place, letter in enumerate(order) if letter not in own])
    aligned: Node = op.expand_dims(turned, axis=missing) if missing else turned
    return aligned
