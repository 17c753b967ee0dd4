"""The entries of a sparse matrix from the terms of its rows, in the order of a pattern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.node import Node
from graphdiff.operations.indexing import OPERAND
from graphdiff.operations.shapes import size_of
from graphdiff.passes.derivative_builder import DerivativeBuilder
from graphdiff.passes.sparse.entries import as_constant
from graphdiff.passes.sparse.pattern import Pattern
from graphdiff.passes.sparse.tangents import sparse_tangents
from graphdiff.passes.sparse.terms import Term, merged


def sparse_matrix(
    builder: DerivativeBuilder, indices: Sequence[int], outputs: Sequence[int], is_symmetric: bool
) -> tuple[list[Node], Pattern]:
    """The entries of the derivatives of these outputs by these inputs, as one array or none, and where they are.

    Raises NotSparseError where an operation has no terms.
    """
    op = builder.op
    known = sparse_tangents(builder.graph, builder.nodes, op, indices)
    terms: list[Term] = []
    height = 0
    for output in outputs:
        terms += [each._replace(rows=each.rows + height) for each in known.get(output, ())]
        height += size_of(builder.shapes[output] or ())
    width = sum([size_of(builder.shapes[index] or ()) for index in indices])
    terms = merged(op, terms)
    targets = [[each.rows * width + each.columns] for each in terms]
    if is_symmetric:
        terms, targets = _mirrored(terms, targets, width)
    keys = np.unique(np.concatenate([np.empty(0, int), *[each.ravel() for own in targets for each in own]]))
    parts = [
        _placed(op, term, np.searchsorted(keys, each), len(keys))
        for term, own in zip(terms, targets, strict=True)
        for each in own
    ]
    pattern = Pattern((keys // max(width, 1)).tolist(), (keys % max(width, 1)).tolist(), (height, width))
    if not parts:
        return [], pattern
    total = parts[0]
    for part in parts[1:]:
        total = op.add(total, part)
    return [total], pattern


def _mirrored(terms: Sequence[Term], targets: Sequence[list[Any]], width: int) -> tuple[list[Term], list[list[Any]]]:
    """The terms of a symmetric matrix without those below the diagonal, and where each of the others is: where none
    reaches across it, those above stand for them."""
    sides = [np.unique(np.sign(each.columns - each.rows)).tolist() for each in terms]
    if any([len(side) > 1 for side in sides]):
        return list(terms), list(targets)
    pairs = [
        (term, own if side == [0] else [*own, term.columns * width + term.rows])
        for term, own, side in zip(terms, targets, sides, strict=True)
        if side != [-1]
    ]
    return [term for term, _ in pairs], [own for _, own in pairs]


def _placed(op: NodeInterpreter, term: Term, places: Any, count: int) -> Node:
    """An array of so many entries with those of a term added at these places."""
    values: Node = op.expand_like(term.values, op.zeros(shape=term.shape)) if term.shape else term.values
    flat: Node = op.reshape(values, shape=(places.size,)) if term.shape != (places.size,) else values
    places = places.ravel()
    if len(places) == count and (places == np.arange(count)).all():
        return flat
    like = op.zeros(shape=(count,))
    steps = np.diff(places)
    step = int(steps[0]) if len(steps) else 1
    if step > 0 and (steps == step).all():
        items = (("slice", int(places[0]), int(places[-1]) + 1, step),)
        placed: Node = op.place(flat, like, items=items)
    else:
        placed = op.place(flat, like, as_constant(op, places), items=(OPERAND,))
    return placed
