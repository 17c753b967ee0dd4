"""Index notation → matrix products: a term as A.T @ B, x @ A @ y, diag(x) @ A, outer(x, y), sum(A*B), trace(A @ B).

Factors that share all their indices are multiplied entry by entry. Then one summed index after the other is
eliminated, which joins the factors that mention it: a vector and a matrix, or two matrices. What has more axes is
multiplied entry by entry, and summed along an axis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple

from graphdiff.algebra.readable import Ratio, ratio
from graphdiff.graph.node import Node
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.textbook.matrices.array_nodes import ArrayNodes, trace_function

ADD, SUB = PRIMITIVES["add"], PRIMITIVES["sub"]
MOST_AXES = 3
"""The most axes of a product that is summed along one of them."""


class NoMatrixFormError(Exception):
    """A value cannot be written with products of matrices."""


class Link(NamedTuple):
    """A matrix of a product, or the vector at its end."""

    node: Node
    is_transposed: bool = False
    is_symmetric: bool = False

    def transposed(self) -> Link:
        """Its transpose."""
        return self if self.is_symmetric else self._replace(is_transposed=not self.is_transposed)


class Piece(NamedTuple):
    """Matrix products with the same indices, multiplied and divided entry by entry."""

    indices: tuple[int, ...]
    above: tuple[tuple[Link, ...], ...]
    below: tuple[tuple[Link, ...], ...] = ()

    @property
    def is_chain(self) -> bool:
        """Whether it is one matrix product, which can be continued."""
        return len(self.above) == 1 and not self.below

    def transposed(self) -> Piece:
        """The same with its two indices exchanged."""
        above, below = ([_transposed(chain) for chain in chains] for chains in (self.above, self.below))
        return Piece(self.indices[::-1], tuple(above), tuple(below))


def _transposed(chain: tuple[Link, ...]) -> tuple[Link, ...]:
    return tuple([link.transposed() for link in reversed(chain)])


class Contraction:
    """The pieces of a term, which contract() joins until none has a summed index."""

    def __init__(
        self, nodes: ArrayNodes, pieces: Sequence[Piece], rank: int, coefficient: Ratio, sizes: Mapping[int, int]
    ) -> None:
        """sizes has those of the indices; a sum that the coefficient divides by the number of its terms is a mean."""
        self.nodes = nodes
        self.rank = rank
        self.coefficient = coefficient
        self.sizes = sizes
        self.scalars_above: list[Node] = []
        self.scalars_below: list[Node] = []
        self.pieces: list[Piece] = []
        for piece in pieces:
            self._put(piece)

    def contract(self) -> None:
        """Eliminate all summed indices; raises NoMatrixFormError."""
        while summed := sorted({index for piece in self.pieces for index in piece.indices if index >= self.rank}):
            index = min(summed, key=self._cost)
            around = [piece for piece in self.pieces if index in piece.indices]
            self.pieces = [piece for piece in self.pieces if index not in piece.indices]
            if self._has_matrix_form(around):
                self._join(index, around)
            else:
                self._put(self._total_along(index, around))

    def chain_node(self, chain: Sequence[Link]) -> Node:
        """The matrix product of a chain."""
        return self.nodes.chain(self.links(chain))

    def links(self, chain: Sequence[Link]) -> list[Node]:
        """The factors of a matrix product."""
        return [self.nodes.transposed(link.node) if link.is_transposed else link.node for link in chain]

    def node(self, piece: Piece) -> Node:
        """The node of a piece."""
        above = [self.chain_node(chain) for chain in piece.above]
        node = self.nodes.product(above)
        below = [self.chain_node(chain) for chain in piece.below]
        return self.nodes.apply("div", node, self.nodes.product(below)) if below else node

    def _put(self, piece: Piece) -> None:
        """Add a piece, multiplied by another one with the same indices."""
        if not piece.indices:
            self.scalars_above += [self.chain_node(chain) for chain in piece.above]
            self.scalars_below += [self.chain_node(chain) for chain in piece.below]
            return
        for place, other in enumerate(self.pieces):
            if set(other.indices) == set(piece.indices):
                piece = self.in_order(piece, other.indices)
                self.pieces[place] = Piece(piece.indices, other.above + piece.above, other.below + piece.below)
                return
        self.pieces.append(piece)

    def _cost(self, index: int) -> tuple[int, int, int]:
        """How late an index is eliminated: first where a vector meets a matrix that is not transposed for it."""
        around = [piece for piece in self.pieces if index in piece.indices]
        vectors = [piece for piece in around if len(piece.indices) == 1]
        matrices = [piece for piece in around if len(piece.indices) == 2]
        if not self._has_matrix_form(around):
            return 3, len(around), 0
        transposes = sum(_transposes(_ending_at(piece, index)) for piece in matrices)
        if len(matrices) <= 1:
            others = {other for piece in matrices for other in piece.indices} - {index}
            is_closed = bool(matrices) and not vectors and all(other >= self.rank for other in others)
            return int(is_closed), transposes, 0
        return 2, transposes, 0

    def _join(self, index: int, around: Sequence[Piece]) -> None:
        """Sum a product of pieces over an index that only they mention."""
        vectors = [piece for piece in around if len(piece.indices) == 1]
        matrices = [_ending_at(piece, index) for piece in around if len(piece.indices) == 2]
        others = {other for piece in self.pieces for other in piece.indices}
        if not matrices:
            self.scalars_above.append(self._total(vectors[0]))
        elif len(around) == 1 and matrices[0].indices[0] >= self.rank and matrices[0].indices[0] not in others:
            self.scalars_above.append(self._total_of_matrix(matrices[0]))
        elif len(matrices) == 1:
            self._put(self._applied(matrices[0], vectors))
        else:
            left, right = matrices
            middle = tuple([Link(self.nodes.apply("diag", self.node(each)), is_symmetric=True) for each in vectors])
            chain = (*self._chain(left), *middle, *self._chain(right.transposed()))
            self._put(Piece((left.indices[0], right.indices[0]), (chain,)))

    def _has_matrix_form(self, around: Sequence[Piece]) -> bool:
        """Whether the pieces at an index are vectors and two matrices at most."""
        return (
            all(len(piece.indices) <= 2 for piece in around) and sum(len(piece.indices) == 2 for piece in around) <= 2
        )

    def _total_along(self, index: int, around: Sequence[Piece]) -> Piece:
        """The sum along an axis of a product that broadcasts: sum(x[:, None, :]*A, axis=2)."""
        axes = tuple(sorted({other for piece in around for other in piece.indices}))
        largest = max(around, key=lambda piece: len(piece.indices)).indices
        axes = largest if set(largest) == set(axes) else axes
        if len(axes) > MOST_AXES:
            raise NoMatrixFormError
        node = self.broadcast_product(around, axes)
        rest = tuple([other for other in axes if other != index])
        return Piece(rest, ((Link(self._sum_node(node, [index], axis=axes.index(index))),),))

    def broadcast_product(self, pieces: Sequence[Piece], axes: Sequence[int]) -> Node:
        """The product of pieces, entry by entry, with these axes."""
        factors: list[Node] = []
        divisors: list[Node] = []
        for piece in pieces:
            ordered = self.in_order(piece, sorted(piece.indices, key=axes.index))
            places = tuple([axes.index(index) for index in ordered.indices])
            for chains, nodes in ((ordered.above, factors), (ordered.below, divisors)):
                nodes += [self.nodes.spread(self.chain_node(chain), places, len(axes)) for chain in chains]
        node = self.nodes.product(factors)
        return self.nodes.apply("div", node, self.nodes.product(divisors)) if divisors else node

    def in_order(self, piece: Piece, indices: Sequence[int]) -> Piece:
        """A piece with its indices in another order."""
        if piece.indices == tuple(indices):
            return piece
        if len(indices) == 2:
            return piece.transposed()
        order = tuple([piece.indices.index(index) for index in indices])
        options = {} if order == tuple(range(len(order)))[::-1] else {"axes": order}
        return Piece(tuple(indices), ((Link(self.nodes.apply("transpose", self.node(piece), **options)),),))

    def _sum_node(self, node: Node, indices: Sequence[int], **options: int) -> Node:
        """The sum of the entries of a node over indices, or their mean."""
        count = prod([self.sizes[index] for index in indices])
        if count > 1 and self.coefficient.below % count == 0:
            self.coefficient = ratio(self.coefficient.above, self.coefficient.below / count)
            return self.nodes.apply("mean", node, **options)
        return self.nodes.apply("sum", node, **options)

    def _applied(self, matrix: Piece, vectors: Sequence[Piece]) -> Piece:
        """A matrix times a vector; without a vector, the sums of its rows."""
        row, index = matrix.indices
        if vectors:
            return Piece((row,), ((*self._chain(matrix), *self._chain(vectors[0])),))
        if not matrix.is_chain or len(matrix.above[0]) > 1:
            flipped = matrix.transposed()
            axis = int(_transposes(flipped) >= _transposes(matrix))
            node = self.node(matrix if axis else flipped)
            return Piece((row,), ((Link(self._sum_node(node, [index], axis=axis)),),))
        (link,) = matrix.above[0]
        axis = 0 if link.is_transposed else 1
        return Piece((row,), ((Link(self._sum_node(link.node, [index], axis=axis)),),))

    def _chain(self, piece: Piece) -> tuple[Link, ...]:
        """A piece as a matrix product, which it may be a factor of."""
        if piece.is_chain:
            return piece.above[0]
        flipped = piece.transposed()
        if len(piece.indices) == 2 and _transposes(flipped) < _transposes(piece):
            return (Link(self.node(flipped), is_transposed=True),)
        return (Link(self.node(piece)),)

    def _total(self, vector: Piece) -> Node:
        """The sum of the entries of a vector: x @ y of a product of two, x @ A @ y."""
        first, *others = sorted(vector.above, key=len) or [()]
        if len(others) == 1 and not vector.below and (len(others[0]) > 1 or all(map(_is_vector, (first, others[0])))):
            (second,) = others
            *matrices, start = first
            product = [*_transposed(tuple(matrices)), *second]
            return self.nodes.chain([self.nodes.row(start.node), *self.links(product)])
        return self._sum_node(self.node(vector), vector.indices)

    def _total_of_matrix(self, piece: Piece) -> Node:
        """The sum of the entries of a matrix: sum(A*B) of a product of two, trace(A @ B) where that has fewer
        transposes."""
        if len(piece.above) == 2 and not piece.below:
            first, second = piece.above
            products = [(*_transposed(first), *second), (*first, *_transposed(second))]
            shorter = min(products, key=lambda product: sum(link.is_transposed for link in product))
            if len(shorter) > 2 or any(link.is_transposed for link in (*first, *second)):
                return self.nodes.apply(trace_function(), self.nodes.chain(self.links(shorter)))
        return self._sum_node(self.node(piece), piece.indices)


def _is_vector(chain: tuple[Link, ...]) -> bool:
    """Whether a vector is a name, a sum, or a result of matrices, rather than a function of each entry."""
    operation = chain[0].node.operation
    return operation in (None, ADD, SUB) or not operation.is_elementwise


def _transposes(piece: Piece) -> int:
    return sum(link.is_transposed for chain in (*piece.above, *piece.below) for link in chain)


def _ending_at(piece: Piece, index: int) -> Piece:
    """A matrix with an index as its second one."""
    return piece if piece.indices[1] == index else piece.transposed()
