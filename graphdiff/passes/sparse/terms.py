"""The derivative of an array by the inputs as a sum of terms: nodes, and where their entries are in the matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.node import Node
from graphdiff.operations.shapes import Shape
from graphdiff.passes.sparse.entries import entries_at, numbers_of

MOST_ENTRIES = 5_000_000
"""The most entries that the terms of one array may have."""


class NotSparseError(Exception):
    """The derivative has no terms: an operation combines entries in a way that has none, or there are too many."""


class Term(NamedTuple):
    """Entries of a matrix, which has a row for each entry of an array and a column for each entry of the inputs.

    rows and columns have the same shape, and the entries that values broadcasts to are added to the matrix there.
    """

    values: Node
    rows: Any
    columns: Any

    @property
    def shape(self) -> Shape:
        return tuple(self.rows.shape)

    def scaled(self, op: NodeInterpreter, local: Any, like: Shape, is_open: Any = True) -> Term:
        """The term times the entry of a local derivative for each row; an array broadcasts to the shape of the rows'
        array, and counts only where is_open is not 0."""
        values = op.scale(self.values, self._for_rows(op, local, like))
        if is_open is not True:
            values = op.where(self._for_rows(op, is_open, like), values, 0.0)
        return self._replace(values=op.lift(values))

    def _for_rows(self, op: NodeInterpreter, local: Any, like: Shape) -> Any:
        """The entry of an array for each row; a number is the same for all."""
        if not isinstance(local, Node) or not op.shape(local):
            return local
        own = np.broadcast_to(numbers_of(op.shape(local) or ()), like).ravel()
        return entries_at(op, local, own[self.rows])

    def moved(self, op: NodeInterpreter, sources: Any, count: int) -> Term | None:
        """The term of an array whose entries are those of the rows' array at sources, or 0 where a source is -1. The
        rows' array has so many entries. None if no entry is left."""
        sources = sources.ravel()
        used = np.flatnonzero(sources >= 0)
        order = used[np.argsort(sources[used], kind="stable")]
        copies = np.bincount(sources[used], minlength=count)
        most = int(copies.max(initial=0))
        if most <= 1:
            targets = np.full(count, -1)
            targets[sources[used]] = used
            return self._replace(rows=targets[self.rows])._existing(op)
        if copies[self.rows.ravel()].min() < most:
            raise NotSparseError
        starts = np.cumsum(copies) - copies
        rows = order[starts[self.rows][..., None] + np.arange(most)]
        _check_size(rows)
        values = op.expand_dims(self.values, axis=-1) if op.shape(self.values) else self.values
        return Term(values, rows, np.broadcast_to(self.columns[..., None], rows.shape))

    def _existing(self, op: NodeInterpreter) -> Term | None:
        """The entries whose rows are not -1."""
        exist = self.rows >= 0
        if exist.all():
            return self
        return self.chosen(op, exist) if exist.any() else None

    def chosen(self, op: NodeInterpreter, choice: Any) -> Term:
        """The entries where a choice is true: as an array of as many axes if they are a part of each axis."""
        axes = [
            np.flatnonzero(choice.any(axis=tuple(np.delete(np.arange(choice.ndim), each))))
            for each in range(choice.ndim)
        ]
        places = np.ix_(*axes)
        own = numbers_of(self.shape)[places] if choice[places].all() else np.flatnonzero(choice)
        rows, columns = self.rows.ravel()[own], self.columns.ravel()[own]
        value_shape = op.shape(self.values)
        if not value_shape:
            return Term(self.values, rows, columns)
        of_values = np.broadcast_to(numbers_of(value_shape), self.shape).ravel()[own]
        return Term(entries_at(op, self.values, of_values), rows, columns)

    def summed(self, op: NodeInterpreter, rows: Any) -> Term:
        """The term with other rows, into which entries of the array are added up."""
        term = self._replace(rows=rows)
        for axis in range(rows.ndim - 1, -1, -1):
            is_same = all([(each == each.take([0], axis=axis)).all() for each in (term.rows, term.columns)])
            if is_same and rows.shape[axis] > 1:
                values = np.broadcast_to(numbers_of(op.shape(term.values) or ()), term.shape)
                is_repeated = bool((values == values.take([0], axis=axis)).all())
                own = term.values if is_repeated else _full(op, term)
                rank = len(op.shape(own) or ())
                if is_repeated:
                    own = op.mul(float(rows.shape[axis]), own)
                    own = _without_axis(op, own, axis - term.rows.ndim + rank)
                else:
                    own = op.sum(own, axis=axis)
                term = Term(own, term.rows.take(0, axis=axis), term.columns.take(0, axis=axis))
        return term


def _without_axis(op: NodeInterpreter, node: Node, axis: int) -> Node:
    """A node without an axis of size 1, if it has it."""
    shape = op.shape(node) or ()
    return op.reshape(node, shape=(*shape[:axis], *shape[axis + 1 :])) if axis >= 0 else node


def _full(op: NodeInterpreter, term: Term) -> Node:
    """The values in the shape of the term."""
    return op.expand_like(term.values, op.zeros(shape=term.shape))


def merged(op: NodeInterpreter, terms: Sequence[Term]) -> list[Term]:
    """The terms with one in place of several whose entries are in the same places, and without zeros."""
    by_place: dict[Any, Term] = {}
    for term in terms:
        if term.values.is_constant and term.values.parameters["value"] == 0:
            continue
        key = term.shape, term.rows.tobytes(), term.columns.tobytes()
        known = by_place.get(key)
        by_place[key] = term if known is None else term._replace(values=op.add(known.values, term.values))
    if sum([term.rows.size for term in by_place.values()]) > MOST_ENTRIES:
        raise NotSparseError
    return list(by_place.values())


def _check_size(rows: Any) -> None:
    if rows.size > MOST_ENTRIES:
        raise NotSparseError
