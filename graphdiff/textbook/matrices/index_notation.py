"""Arrays in index notation: sums of products such as A[i, j] x[j], over each index that is not an axis of the result.

In it, a transpose is another order of indices, the identity matrix a change of names, broadcasting an index that a
product does not mention, and an elementwise product an index that several factors have. So formulas of matrices that
differ only by these rules of matrix calculus are the same sum here (Laue, Mitterreiter, Giesen: Computing higher order
derivatives of matrix and tensor expressions, 2018). Shapes must be known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from graphdiff.algebra.readable import ONE, Ratio
from graphdiff.operations.shapes import Shape

ONLY = -1
"""In place of an index: the only entry of an axis of size 1."""
LARGEST_SIZE = 1 << 20
"""Above every axis and index of a term; larger numbers order indices by size."""


class Factor(NamedTuple):
    """An entry of an atom, to a power.

    Attributes:
        atom: The number of the atom in its table.
        indices: For each axis of the atom an axis of the result, an index above these, which is summed, or ONLY.
        exponent: A whole number, or a fraction as of a square root.
    """

    atom: int
    indices: tuple[int, ...]
    exponent: float = 1.0


class Term(NamedTuple):
    """A coefficient times factors, summed over all indices that are not axes of the result."""

    coefficient: Ratio
    factors: tuple[Factor, ...] = ()

    @property
    def indices(self) -> set[int]:
        """The indices that its factors mention."""
        return {index for factor in self.factors for index in factor.indices if index != ONLY}


class Value(NamedTuple):
    """An array of a shape as a sum of terms; the terms do not mention axes along which all entries are the same."""

    shape: Shape
    terms: tuple[Term, ...]

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def axes(self) -> list[int]:
        """The axes that some term mentions."""
        mentioned = {index for term in self.terms for index in term.indices}
        return [axis for axis in range(self.rank) if axis in mentioned]


class AtomShape(NamedTuple):
    """What index notation needs to know of an atom.

    Attributes:
        shape: Its shape.
        is_symmetric: Whether it is a matrix that equals its transpose.
        is_identity: Whether it is an identity matrix.
    """

    shape: Shape
    is_symmetric: bool = False
    is_identity: bool = False


def rename(factors: Iterable[Factor], names: Mapping[int, int]) -> list[Factor]:
    """Factors with other indices; those without a new name stay."""
    return [factor._replace(indices=tuple([names.get(index, index) for index in factor.indices])) for factor in factors]


def sizes_of(factors: Iterable[Factor], atoms: Sequence[AtomShape]) -> dict[int, int]:
    """The size of each index that factors mention."""
    return {
        index: size
        for factor in factors
        for index, size in zip(factor.indices, atoms[factor.atom].shape, strict=True)
        if index != ONLY
    }


def collect_factors(
    coefficient: Ratio, factors: Sequence[Factor], rank: int, sums: Mapping[int, int], atoms: Sequence[AtomShape]
) -> Term:
    """The term of a product, in canonical form.

    sums has the size of indices to sum over, whether or not a factor mentions them: Σ_i 1 is the size of i.
    """
    sizes = {**sums, **{index: size for index, size in sizes_of(factors, atoms).items() if index >= rank}}
    powers: dict[tuple[int, tuple[int, ...]], float] = {}
    for factor in _without_identities(factors, rank, sizes, atoms):
        indices = tuple(sorted(factor.indices)) if atoms[factor.atom].is_symmetric else factor.indices
        key = factor.atom, indices
        is_idempotent = atoms[factor.atom].is_identity
        powers[key] = 1.0 if is_idempotent else powers.get(key, 0.0) + factor.exponent
    remaining = [Factor(atom, indices, exponent) for (atom, indices), exponent in powers.items() if exponent]
    mentioned = {index for factor in remaining for index in factor.indices}
    for index, size in sizes.items():
        if index not in mentioned:
            coefficient = coefficient.times(Ratio(float(size)))
    return Term(coefficient, _in_canonical_order(remaining, rank, atoms))


def _without_identities(
    factors: Iterable[Factor], rank: int, sizes: dict[int, int], atoms: Sequence[AtomShape]
) -> list[Factor]:
    """Factors with A[i, k] for δ[i, j] A[j, k]; a δ of two axes of the result stays, and replaces one by the other."""
    pending = [factor for factor in factors if atoms[factor.atom].is_identity]
    others = [factor for factor in factors if not atoms[factor.atom].is_identity]
    kept: list[Factor] = []
    while pending:
        factor = pending.pop()
        first, second = sorted(factor.indices)
        if first == second:
            continue  # δ[i, i] is 1; if nothing else mentions i, its sum is the size of i
        if second < rank:
            kept.append(factor._replace(indices=(first, second)))
        else:
            sizes.pop(second, None)
        others, pending = rename(others, {second: first}), rename(pending, {second: first})
    return [*others, *kept]


def _in_canonical_order(factors: Sequence[Factor], rank: int, atoms: Sequence[AtomShape]) -> tuple[Factor, ...]:
    """Factors in an order, and with names of the summed indices, that do not depend on those that they came with.

    Indices are told apart by the factors that mention them, and these by their other indices, until nothing changes; of
    indices that are still alike, one is picked.
    """
    sizes = sizes_of(factors, atoms)
    summed = [index for index in sizes if index >= rank]
    colors = {index: index if index < rank else LARGEST_SIZE + size for index, size in sizes.items()} | {ONLY: ONLY}
    while True:
        colors = _refine(factors, summed, colors, atoms)
        alike = sorted(colors[index] for index in summed)
        twice = next((color for color, other in pairwise(alike) if color == other), None)
        if twice is None:
            break
        picked = next(index for index in summed if colors[index] == twice)
        colors = {index: 2 * color + (index in summed and index != picked) for index, color in colors.items()}
        colors[ONLY] = ONLY
    order = sorted(summed, key=colors.__getitem__)
    named = rename(factors, {index: rank + place for place, index in enumerate(order)})
    return tuple(
        sorted(
            each._replace(indices=tuple(sorted(each.indices))) if atoms[each.atom].is_symmetric else each
            for each in named
        )
    )


def _refine(
    factors: Sequence[Factor], summed: Sequence[int], colors: dict[int, int], atoms: Sequence[AtomShape]
) -> dict[int, int]:
    """Colors that also tell apart indices by the factors that mention them."""
    count = len(set(colors.values()))
    while True:
        uses: dict[int, list[tuple[int, float, int, tuple[int, ...]]]] = {index: [] for index in colors}
        for factor in factors:
            is_symmetric = atoms[factor.atom].is_symmetric
            around = [colors[index] for index in factor.indices]
            for slot, index in enumerate(factor.indices):
                use = (-1, tuple(sorted(around))) if is_symmetric else (slot, tuple(around))
                uses[index].append((factor.atom, factor.exponent, *use))
        keys = {
            index: (color, tuple(sorted(uses[index])) if index in summed else ()) for index, color in colors.items()
        }
        ranks = {key: place for place, key in enumerate(sorted(set(keys.values())))}
        colors = {index: ranks[key] for index, key in keys.items()}
        if len(ranks) == count:
            return colors
        count = len(ranks)


def number(value: Ratio, shape: Shape = ()) -> Value:
    """A number, repeated in a shape."""
    return Value(shape, (Term(value),) if value.above else ())


def is_one(value: Value) -> bool:
    """Whether all entries are known to be 1."""
    return value.terms == (Term(ONE),)
