"""Arrays whose entries have formulas of their own: [x*y, x + y] as a sum of numbers times unit vectors."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from graphdiff.algebra.readable import Ratio
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import size_of
from graphdiff.textbook.matrices.atoms import Atoms
from graphdiff.textbook.matrices.index_notation import Factor, Term, Value, collect_factors, number, rename

ONE_HOT = PRIMITIVES["one_hot"]
MOST_ENTRIES = 16
"""The most entries of an array that is written out entry by entry."""


def unit_vector(atoms: Atoms, place: int, size: int) -> Value:
    """1 at a place, and zeros."""
    return atoms.call(ONE_HOT, [number(Ratio(float(place)))], {"size": size}, (size,))


def place_of_unit(atoms: Atoms, factor: Factor) -> int | None:
    """The place of the 1 in a factor that is a unit vector; None if it is none."""
    atom = atoms.table[factor.atom]
    if atom.operation is not ONE_HOT or len(factor.indices) != 1 or factor.exponent != 1:
        return None
    (index,) = atom.operands
    if not index.terms:
        return 0
    is_number = len(index.terms) == 1 and not index.terms[0].factors
    return int(index.terms[0].coefficient.above) if is_number else None


def entries_of(atoms: Atoms, value: Value) -> Mapping[tuple[int, ...], Value] | None:
    """The entries of a small array by their places, if each of its terms is one of some entry."""
    if not 1 <= value.rank <= 2 or size_of(value.shape) > MOST_ENTRIES or not value.terms:
        return None
    entries = {places: list[Term]() for places in product(*map(range, value.shape))}
    for term in value.terms:
        places: dict[int, int] = {axis: 0 for axis, size in enumerate(value.shape) if size == 1}
        others: list[Factor] = []
        for factor in term.factors:
            place = place_of_unit(atoms, factor)
            if place is not None and factor.indices[0] < value.rank:
                places[factor.indices[0]] = place
            else:
                others.append(factor)
        if len(places) < value.rank or any(axis in factor.indices for factor in others for axis in range(value.rank)):
            return None
        lower = {index: index - value.rank for index in term.indices if index >= value.rank}
        entry = collect_factors(term.coefficient, rename(others, lower), 0, {}, atoms.shapes)
        entries[tuple(places[axis] for axis in range(value.rank))].append(entry)
    return {places: Value((), tuple(terms)) for places, terms in entries.items()}
