"""Index notation → graph: values as a person would write them, in the operations of matrices and of entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import gcd, prod
from typing import NamedTuple

from graphdiff.algebra.readable import ONE, Ratio, ratio
from graphdiff.graph.node import Node
from graphdiff.operations.indexing import ALL
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import Shape
from graphdiff.textbook.matrices.array_nodes import ArrayNodes
from graphdiff.textbook.matrices.common_factors import with_common_factors
from graphdiff.textbook.matrices.contraction import Contraction, Link, NoMatrixFormError, Piece
from graphdiff.textbook.matrices.index_algebra import IndexAlgebra
from graphdiff.textbook.matrices.index_notation import ONLY, Factor, Term, Value, number, rename, sizes_of
from graphdiff.textbook.matrices.unit_vectors import entries_of

ADD, SUB, POW = (PRIMITIVES[name] for name in ("add", "sub", "pow"))


class Part(NamedTuple):
    """A node and the axes of a value that it has; along those that are not in full it has one entry."""

    node: Node
    axes: tuple[int, ...]
    full: frozenset[int]


class IndexWriter:
    """Writes values in index notation as nodes; inputs has the nodes of inputs by name."""

    def __init__(self, algebra: IndexAlgebra, nodes: ArrayNodes, inputs: Mapping[str, Node]) -> None:
        self.algebra = algebra
        self.atoms = algebra.atoms
        self.nodes = nodes
        self.inputs = inputs
        self._written: dict[Value, Node] = {}
        self._atom_nodes: dict[int, Node] = {}

    def write(self, value: Value) -> Node:
        """The node of a value, in its shape; raises NoMatrixFormError."""
        node = self._written.get(value)
        if node is None:
            node = self._written[value] = self._filled(self._sum(value), value.shape)
        return node

    def write_atoms_of(self, values: Iterable[Value]) -> None:
        """Write the atoms that values are made of, each after those that it contains, so that nothing recurses."""
        needed: set[int] = set()
        pending = [factor.atom for value in values for term in value.terms for factor in term.factors]
        while pending:
            number = pending.pop()
            if number not in needed:
                needed.add(number)
                operands = self.atoms.table[number].operands
                pending += [factor.atom for operand in operands for term in operand.terms for factor in term.factors]
        for number in sorted(needed):
            self._atom(number)

    def _filled(self, part: Part, shape: Shape) -> Node:
        """A part in the shape of its value."""
        rank = len(shape)
        missing = [axis for axis, size in enumerate(shape) if size != 1 and axis not in part.full]
        if rank and part.node.is_constant and not part.axes:
            return self.nodes.filled(part.node, shape)
        if not missing:
            return self.nodes.spread(part.node, part.axes, rank, is_whole=True)
        if rank == 2 and len(part.axes) == 1:  # the same for all rows, or for all columns
            (axis,) = part.axes
            ones = self.nodes.ones((shape[1 - axis],))
            return self.nodes.apply("outer", *((part.node, ones) if axis == 0 else (ones, part.node)))
        return self.nodes.filled(self.nodes.spread(part.node, part.axes, rank), shape)

    def _sum(self, value: Value) -> Part:
        """A value as a node that broadcasts to its shape; a matrix as a transpose where that is shorter."""
        part = self._sum_of_terms(value)
        if part.axes == (0, 1) and part.full == {0, 1} and self.nodes.transposes(part.node) > 1:
            coefficient = value.terms[0].coefficient if len(value.terms) == 1 else ONE
            terms = (
                tuple([term._replace(coefficient=ONE) for term in value.terms]) if coefficient != ONE else value.terms
            )
            other = self._sum_of_terms(self.atoms.take_axes(value._replace(terms=terms), (1, 0)))
            node = self.nodes.scaled(coefficient, self.nodes.transposed(other.node))
            if other.full == {0, 1} and self.nodes.size(node) + 1 < self.nodes.size(part.node):
                return part._replace(node=node)
        return part

    def _sum_of_terms(self, value: Value) -> Part:
        if not value.terms:
            return Part(self.nodes.number(0.0), (), frozenset())
        if not all(term.coefficient.is_usable for term in value.terms):
            raise NoMatrixFormError
        entries = entries_of(self.atoms, value)
        if entries is not None:
            axes = tuple(range(value.rank))
            return Part(self._written_out(entries, value.shape), axes, frozenset(axes))
        value = with_common_factors(self.algebra, value)
        content = self._content_before_means(value) or _content(value.terms)
        if len(value.terms) > 1 and content != ONE:
            inner = self.atoms.base_of(self.atoms.scale(value, ratio(content.below, content.above)))
            value = value._replace(terms=(inner._replace(coefficient=inner.coefficient.times(content)),))
        first, *others = sorted(value.terms, key=_place_in_sum)
        if not others:
            return self._term(first, value.shape)
        parts = [self._term(first, value.shape)]
        node = self._spread(parts[0], value.rank)
        for term in others:
            size = Ratio(abs(term.coefficient.above), term.coefficient.below)
            parts.append(self._term(term._replace(coefficient=size), value.shape))
            sign = SUB if term.coefficient.above < 0 else ADD
            node = self.nodes.apply(sign, node, self._spread(parts[-1], value.rank))
        start = min([axis for part in parts for axis in part.axes], default=value.rank)
        return Part(node, tuple(range(start, value.rank)), frozenset().union(*[part.full for part in parts]))

    def _content_before_means(self, value: Value) -> Ratio | None:
        """What is taken out of 2*x - sum(x)/2 for a mean of 4 entries to remain, 2*(x - mean(x)); None if there is no
        such sum."""
        content = max(
            [term.coefficient for term in value.terms],
            key=lambda coefficient: abs(coefficient.above / coefficient.below),
        )
        content = Ratio(abs(content.above), content.below)
        has_mean = False
        for term in value.terms:
            part = term.coefficient.times(ratio(content.below, content.above))
            sizes = sizes_of(term.factors, self.atoms.shapes)
            count = prod([size for index, size in sizes.items() if index >= value.rank])
            summed = [index for factor in term.factors for index in factor.indices if index >= value.rank]
            is_product = len(set(summed)) < len(summed)  # X.T @ x/5 is not a mean
            if (abs(part.above), part.below) not in ((1, 1), (1, 1 if is_product else count)):
                return None
            has_mean = has_mean or part.below > 1
        return content if has_mean else None

    def _written_out(self, entries: Mapping[tuple[int, ...], Value], shape: Shape) -> Node:
        """An array entry by entry."""
        nodes = [self.write(entry) for entry in entries.values()]
        if len(shape) == 1:
            return self.nodes.apply("stack", *nodes)
        rows = [nodes[start : start + shape[1]] for start in range(0, len(nodes), shape[1])]
        return self.nodes.apply("stack", *[self.nodes.apply("stack", *row) for row in rows])

    def _spread(self, part: Part, rank: int) -> Node:
        return self.nodes.spread(part.node, part.axes, rank)

    def _term(self, term: Term, shape: Shape) -> Part:
        """A term as a node."""
        rank = len(shape)
        identities = [factor for factor in term.factors if self.atoms.shapes[factor.atom].is_identity]
        others = [factor for factor in term.factors if not self.atoms.shapes[factor.atom].is_identity]
        sizes = sizes_of(term.factors, self.atoms.shapes)
        pieces = self._pieces(self._with_powers(others), shape)
        contraction = Contraction(self.nodes, pieces, rank, term.coefficient, sizes)
        contraction.contract()
        whole = contraction.coefficient
        above, below, pieces = contraction.scalars_above, contraction.scalars_below, contraction.pieces
        above.sort(key=self._place)
        if identities:
            return self._on_diagonal(whole, contraction, identities)
        if not pieces:
            return Part(self.nodes.quotient(whole, above, below), (), frozenset())
        axes = tuple(sorted({index for piece in pieces for index in piece.indices}))
        if len(pieces) > 1:
            pieces = [self._joined(contraction, axes)]
        (piece,) = pieces
        piece = contraction.in_order(piece, axes)
        if piece.is_chain and not above:
            first, *rest = contraction.links(piece.above[0])
            is_short = bool(below) or not rest
            coefficient = ONE if is_short else whole
            node = self.nodes.chain([self.nodes.scaled(coefficient, first), *rest])
            node = self.nodes.quotient(whole, [node], below) if is_short else node
        else:
            factors = sorted([contraction.chain_node(chain) for chain in piece.above], key=self._place)
            divisors = [contraction.chain_node(chain) for chain in piece.below]
            node = self.nodes.quotient(whole, [*above, *factors], [*below, *divisors])
        return Part(node, axes, frozenset(axes))

    def _on_diagonal(self, coefficient: Ratio, contraction: Contraction, identities: Sequence[Factor]) -> Part:
        """A number times an identity matrix, or a diagonal matrix."""
        if len(identities) != 1 or len(contraction.pieces) > 1:
            raise NoMatrixFormError
        axes = identities[0].indices
        if not contraction.pieces:
            size = self.atoms.shapes[identities[0].atom].shape[0]
            matrix = self.nodes.apply("eye", size=size)
        else:
            (piece,) = contraction.pieces
            if piece.indices != axes[:1]:
                raise NoMatrixFormError
            matrix = self.nodes.apply("diag", contraction.node(piece))
        above, below = contraction.scalars_above, contraction.scalars_below
        return Part(self.nodes.quotient(coefficient, [*above, matrix], below), axes, frozenset(axes))

    def _joined(self, contraction: Contraction, axes: tuple[int, ...]) -> Piece:
        """Pieces with different axes as one: outer(x, y), diag(x) @ A, or a product that broadcasts."""
        pieces = contraction.pieces
        vectors = {piece.indices[0]: piece for piece in pieces if len(piece.indices) == 1}
        matrices = [piece for piece in pieces if len(piece.indices) == 2]
        if len(axes) == 2 and not matrices:
            row, column = (contraction.node(vectors[axis]) for axis in axes)
            return Piece(axes, ((Link(self.nodes.apply("outer", row, column)),),))
        if len(axes) == 2 and matrices[0].is_chain and all(piece.is_chain for piece in vectors.values()):
            (matrix,) = matrices
            matrix = matrix if matrix.indices == axes else matrix.transposed()
            before, after = (
                [Link(self.nodes.apply("diag", contraction.node(vectors[axis])), is_symmetric=True)]
                if axis in vectors
                else []
                for axis in axes
            )
            return Piece(axes, ((*before, *matrix.above[0], *after),))
        return Piece(axes, ((Link(contraction.broadcast_product(pieces, axes)),),))

    def _pieces(self, factors: Sequence[Factor], shape: Shape) -> list[Piece]:
        """The factors of a term; a vector that is only multiplied by itself is there twice, as in x.T @ x."""
        pieces: list[Piece] = []
        rank = len(shape)
        single = iter([axis for axis, size in enumerate(shape) if size == 1])
        for factor in factors:
            node = self._atom(factor.atom)
            indices = tuple([next(single, ONLY) if index == ONLY else index for index in factor.indices])
            if ONLY in indices:
                items = tuple([("index", 0) if index == ONLY else ALL for index in indices])
                node = self.nodes.apply("index", node, items=items)
                indices = tuple([index for index in indices if index != ONLY])
            if len(set(indices)) < len(indices):
                if len(indices) != 2:
                    raise NoMatrixFormError
                node, indices = self.nodes.apply("diag", node), indices[:1]
            is_symmetric = self.atoms.shapes[factor.atom].is_symmetric
            is_alone = sum(index in other.indices for other in factors for index in indices) == 1
            is_square = factor.exponent == 2 and len(indices) == 1 and indices[0] >= rank and is_alone
            if is_square and self.atoms.table[factor.atom].size == 1:
                pieces.append(Piece(indices, ((Link(node),), (Link(node),))))
                continue
            link = Link(self.nodes.power(node, abs(factor.exponent)), is_symmetric=is_symmetric)
            chains = ((link,),)
            pieces.append(Piece(indices, chains) if factor.exponent > 0 else Piece(indices, (), chains))
        return pieces

    def _with_powers(self, factors: Sequence[Factor]) -> list[Factor]:
        """Factors with x^n*x^-1 as x^(n - 1)."""
        remaining = list(factors)
        for factor in factors:
            atom = self.atoms.table[factor.atom]
            if atom.operation is not POW or factor.exponent != 1:
                continue
            base, exponent = atom.operands
            inner = self.atoms.factor_of(base)
            names = dict(enumerate(factor.indices))
            if inner.coefficient != ONE or len(inner.factors) != 1 or exponent.shape != base.shape:
                continue
            if any(index >= base.rank for index in inner.indices):
                continue  # of a sum
            (renamed_base,) = rename(inner.factors, names)
            for other in list(remaining):
                count = other.exponent / renamed_base.exponent
                if other._replace(exponent=renamed_base.exponent) == renamed_base and count.is_integer():
                    total = self.algebra.add([exponent, number(Ratio(count))], exponent.shape)
                    (power,) = self.atoms.apply(POW, [base, total], {}, base.shape).terms[0].factors
                    (renamed,) = rename([power], names)
                    remaining = [each for each in remaining if each is not factor and each is not other] + [renamed]
        return remaining

    def _atom(self, number: int) -> Node:
        """The node of an atom, in its shape."""
        node = self._atom_nodes.get(number)
        if node is None:
            node = self._atom_nodes[number] = self._new_atom(number)
        return node

    def _new_atom(self, number: int) -> Node:
        atom = self.atoms.table[number]
        if atom.name is not None:
            return self.inputs[atom.name]
        if atom.constant is not None:
            return self.nodes.simplifier.constant(atom.constant)
        if atom.operation is None:
            return self.write(atom.operands[0])
        if atom.operation.is_elementwise:
            parts = [self._sum(operand) for operand in atom.operands]
            operands = [self._spread(part, value.rank) for part, value in zip(parts, atom.operands, strict=True)]
        else:
            operands = [self.write(operand) for operand in atom.operands]
        return self.nodes.apply(atom.operation, *operands, **atom.parameters)

    def _place(self, node: Node) -> tuple[int, str]:
        """The sort key of a factor: constants, names in alphabetical order, sums, all else."""
        if node.is_input:
            return 1, node.name or ""
        if node.is_constant:
            return 0, ""
        return (2, "") if node.operation in (ADD, SUB) else (3, "")


def _place_in_sum(term: Term) -> tuple[bool, bool]:
    """The sort key of a term: first what is positive, and of these a matrix before its transpose."""
    is_transposed = len(term.factors) == 1 and term.factors[0].indices == (1, 0)
    return term.coefficient.above < 0, is_transposed


def _content(terms: Sequence[Term]) -> Ratio:
    """What is taken out of a sum: 2 of 2*x + 2*y, 1/4 of x/4 + y/8, but nothing of 2*x + 4*y."""
    first = Ratio(abs(terms[0].coefficient.above), terms[0].coefficient.below)
    if all((abs(above), below) == first for (above, below), _ in terms):
        return first
    if not all(above.is_integer() and below.is_integer() for (above, below), _ in terms):
        return ONE
    below = gcd(*[int(coefficient.below) for coefficient, _ in terms])
    return Ratio(float(gcd(*[int(coefficient.above) for coefficient, _ in terms])), float(below)) if below > 1 else ONE
