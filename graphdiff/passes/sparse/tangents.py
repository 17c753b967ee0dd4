"""Forward mode for all entries of the inputs at once: the derivative of each node as a sum of terms.

An elementwise operation scales the rows of the matrix, one that moves entries moves rows, a sum adds rows up. Where a
formula computes with whole arrays, so do the terms: there is one for each diagonal of a banded matrix, and no more
operations than for the derivatives of each entry on its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.errors import GraphdiffError
from graphdiff.graph.function import is_loop
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import ROUTER, Primitive
from graphdiff.operations.shapes import Shape, axes_of, size_of
from graphdiff.passes.arrays import Arrays
from graphdiff.passes.backward import local_derivatives
from graphdiff.passes.sparse.entries import numbers_of
from graphdiff.passes.sparse.products import PRODUCTS, terms_of_product
from graphdiff.passes.sparse.terms import NotSparseError, Term, merged

SUMS = ("sum", "sum_to", "mean")
"""The operations that add entries of one array up."""


def sparse_tangents(
    graph: Graph, nodes: Sequence[Any], op: NodeInterpreter, indices: Sequence[int]
) -> dict[int, list[Term]]:
    """The terms of the nodes of a graph that depend on these inputs; nodes has their symbols.

    The columns are the entries of the inputs, one after the other. Raises NotSparseError where an operation has none.
    """
    active = graph.active_slots(indices)
    terms: dict[int, list[Term]] = {}
    first = 0
    for index in indices:
        own = numbers_of(op.shape(nodes[index]) or ())
        terms[index] = [Term(op.lift(1.0), own, own + first)]
        first += own.size
    for node in graph.nodes:
        slots = [slot for slot in active[node.index] or () if node.operands[slot] in terms]
        if slots and graph.needed[node.index]:
            operands = [nodes[operand] for operand in node.operands]
            own_terms = {slot: terms[node.operands[slot]] for slot in slots}
            terms[node.index] = merged(op, _terms_of(node, nodes[node.index], operands, own_terms, op))
    return terms


def _terms_of(
    node: Node, y: Node, operands: Sequence[Node], terms: Mapping[int, Sequence[Term]], op: NodeInterpreter
) -> list[Term]:
    """The terms of an operation, given those of its operands by slot."""
    operation, shape = node.operation, op.shape(y) or ()
    assert operation is not None
    if is_loop(operation):
        raise NotSparseError
    if operation.is_elementwise:
        return [
            each.scaled(op, local, shape, is_open)
            for slot, local, is_open in local_derivatives(node, [*terms], y, operands, op)
            if is_open is not False
            for each in _broadcast(op, terms[slot], op.shape(operands[slot]) or (), shape)
        ]
    if operation.name in PRODUCTS:
        return terms_of_product(node, operands, terms, op)
    if not isinstance(operation, Primitive) or not operation.moves or operation.backward_pattern is ROUTER:
        raise NotSparseError
    if operation.name in SUMS:
        return _sums(node, operands[0], shape, terms[0], op)
    results: list[Term | None] = []
    for slot, own in terms.items():
        if operation.passes_to(slot):
            sources = _sources(op, node, operation, slot, operands)
            results += [each.moved(op, sources, size_of(op.shape(operands[slot]) or ())) for each in own]
    return [each for each in results if each is not None]


def _broadcast(op: NodeInterpreter, terms: Sequence[Term], own: Shape, shape: Shape) -> Sequence[Term]:
    """The terms of an array of a shape that is broadcast to another."""
    if own == shape:
        return terms
    sources = np.broadcast_to(numbers_of(own), shape)
    return [each for term in terms if (each := term.moved(op, sources, size_of(own))) is not None]


def _sums(node: Node, x: Node, shape: Shape, terms: Sequence[Term], op: NodeInterpreter) -> list[Term]:
    """The terms of a sum of entries."""
    assert node.operation is not None
    own = op.shape(x) or ()
    kept = (1,) * (len(own) - len(shape)) + shape
    if node.operation.name != "sum_to":
        axes = axes_of(node.parameters.get("axis"), own)
        kept = tuple([1 if axis in axes else size for axis, size in enumerate(own)])
    rows = np.broadcast_to(numbers_of(shape).reshape(kept), own).ravel()
    results = [each.summed(op, rows[each.rows]) for each in terms]
    if node.operation.name == "mean":
        count = float(size_of(own) // size_of(shape))
        results = [each._replace(values=op.div(each.values, count)) for each in results]
    return results


def _sources(op: NodeInterpreter, node: Node, operation: Primitive, slot: int, operands: Sequence[Node]) -> Any:
    """For each entry of an operation that moves entries, the number of the entry of the operand in a slot that it is;
    -1 where it is none of them."""
    shape = op.shape(operands[slot]) or ()
    numbers = numbers_of(shape) + 1.0
    chance = np.random.default_rng(0).uniform(1.0, 2.0, shape)
    sources = _applied(op, node, operation, slot, operands, numbers)
    entries = _applied(op, node, operation, slot, operands, chance)
    places = sources.astype(int)
    known = np.append(chance.ravel(), 0.0)
    # Entries that are added up, or scaled, give other numbers.
    if (places != sources).any() or places.max(initial=0) > numbers.size or (known[places - 1] != entries).any():
        raise NotSparseError
    return places - 1


def _applied(
    op: NodeInterpreter, node: Node, operation: Primitive, slot: int, operands: Sequence[Node], values: Any
) -> Any:
    """An operation on these values in a slot, on constants as they are, and on zeros."""
    arrays: list[Any] = []
    for place, operand in enumerate(operands):
        if place == slot:
            arrays.append(values)
        elif operation.is_index(place) or not operation.passes_to(place):
            arrays.append(_constant_value(op, operand, operation.is_index(place)))
        else:
            arrays.append(np.zeros(op.shape(operand) or ()))
    try:
        return np.asarray(Arrays().apply(operation, *arrays, **node.parameters), float)
    except (GraphdiffError, IndexError):  # an index out of range has a place in the formula for another pass to report
        raise NotSparseError from None


def _constant_value(op: NodeInterpreter, operand: Node, is_needed: bool) -> Any:
    """The value of a constant; of another operand zeros, if only its shape counts."""
    if operand.is_constant:
        return np.asarray(operand.parameters["value"], float)
    if is_needed:
        raise NotSparseError
    return np.zeros(op.shape(operand) or ())
