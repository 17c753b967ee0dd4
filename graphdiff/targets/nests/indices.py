"""Indices of entries: sums of multiples of loop variables, and of quotients and remainders of such sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import NamedTuple, TypeAlias

from graphdiff.operations.shapes import Shape

_numbers = count()


class Variable:
    """The variable of a loop, which counts from start up to, but not including, stop.

    is_split says whether the loop may be split into several that count through parts of this range.
    """

    __slots__ = ("is_split", "number", "start", "stop")

    def __init__(self, start: int, stop: int, is_split: bool = False) -> None:
        self.start = start
        self.stop = stop
        self.is_split = is_split
        self.number = next(_numbers)

    @property
    def count(self) -> int:
        return self.stop - self.start


class DynamicIndex(NamedTuple):
    """An index that the code computes: a whole number from 0, by the number of its instruction."""

    value: int
    size: int


class Quotient(NamedTuple):
    """The quotient of an index, which is not negative, by a size; with is_remainder the remainder."""

    dividend: Index
    size: int
    is_remainder: bool


Atom: TypeAlias = Variable | Quotient | DynamicIndex


class Index(NamedTuple):
    """The sum of multiples of atoms, and a number."""

    terms: tuple[tuple[Atom, int], ...] = ()
    constant: int = 0

    @property
    def lowest(self) -> int:
        return self.constant + sum([min(factor * end for end in _ends(atom)) for atom, factor in self.terms])

    @property
    def highest(self) -> int:
        return self.constant + sum([max(factor * end for end in _ends(atom)) for atom, factor in self.terms])

    def plus(self, other: Index | int) -> Index:
        if isinstance(other, int):
            return self._replace(constant=self.constant + other)
        factors = dict(self.terms)
        for atom, factor in other.terms:
            factors[atom] = factors.get(atom, 0) + factor
        return Index(tuple([each for each in factors.items() if each[1]]), self.constant + other.constant)

    def times(self, factor: int) -> Index:
        if not factor:
            return ZERO
        return Index(tuple([(atom, factor * each) for atom, each in self.terms]), factor * self.constant)

    def divide(self, size: int) -> tuple[Index, Index]:
        """The quotient by a size, and the remainder."""
        multiples = tuple([(atom, factor // size) for atom, factor in self.terms if factor % size == 0])
        rest = Index(tuple([each for each in self.terms if each[1] % size]), self.constant)
        least = rest.lowest // size
        quotient, rest = Index(multiples, least), rest.plus(-least * size)
        if rest.highest < size:
            return quotient, rest
        return quotient.plus(Index(((Quotient(rest, size, False), 1),))), Index(((Quotient(rest, size, True), 1),))

    def variables(self) -> Iterable[Variable]:
        """The variables of loops on which it depends."""
        for atom, _ in self.terms:
            if isinstance(atom, Variable):
                yield atom
            elif isinstance(atom, Quotient):
                yield from atom.dividend.variables()

    def values(self) -> Iterable[int]:
        """The numbers of the values of the code on which it depends."""
        for atom, _ in self.terms:
            if isinstance(atom, DynamicIndex):
                yield atom.value
            elif isinstance(atom, Quotient):
                yield from atom.dividend.values()

    def split_at(self, bound: int) -> tuple[Variable, int] | None:
        """The variable and the value of it at which the index passes a bound; None where no loop can be split so."""
        if len(self.terms) != 1:
            return None
        ((atom, factor),) = self.terms
        if not isinstance(atom, Variable) or not atom.is_split:
            return None
        if factor > 0:
            return atom, -((self.constant - bound) // factor)
        return atom, (self.constant - bound) // -factor + 1

    def text(self, names: Callable[[Variable], str], values: Callable[[int], str]) -> str:
        """Its text with the names of variables and the texts of values; subtractions come last, so that no part of the
        sum is negative."""
        if len(self.terms) == 1 and self.terms[0][1] == 1 and not self.constant:
            return _atom_text(self.terms[0][0], names, values)
        terms = [(_atom_text(atom, names, values), factor) for atom, factor in self.terms]
        terms = [(f"({text})" if " " in text else text, factor) for text, factor in terms]
        terms.sort(key=lambda term: -term[1])
        parts = [text if factor == 1 else f"{factor}*{text}" for text, factor in terms if factor > 0]
        parts += [str(self.constant)] * (self.constant > 0)
        text = " + ".join(parts)
        for each, factor in terms:
            if factor < 0:
                text += f" - {each}" if factor == -1 else f" - {-factor}*{each}"
        if self.constant < 0:
            text += f" - {-self.constant}"
        return text or "0"


ZERO = Index()


def variable_index(variable: Variable) -> Index:
    """A variable as an index; of a loop that runs once, its only value."""
    return Index(((variable, 1),)) if variable.count > 1 else Index((), variable.start)


def flatten(indices: Sequence[Index], shape: Shape) -> Index:
    """The place of an entry among all, row by row."""
    total = ZERO
    for index, size in zip(indices, shape, strict=True):
        total = total.times(size).plus(index)
    return _join_quotients(total)


def unflatten(index: Index, shape: Shape) -> tuple[Index, ...]:
    """The indices of the entry at a place among all."""
    indices: list[Index] = []
    for size in reversed(shape[1:]):
        index, rest = index.divide(size)
        indices.append(rest)
    return (*([index] if shape else []), *reversed(indices))


def _join_quotients(index: Index) -> Index:
    """The index with x in place of n*(x/n) + x%n."""
    factors = dict(index.terms)
    for atom, factor in index.terms:
        if isinstance(atom, Quotient) and atom.is_remainder:
            whole = atom._replace(is_remainder=False)
            if factors.get(whole) == factor * atom.size:
                rest = [each for each in factors.items() if each[0] not in (atom, whole)]
                joined = Index(tuple(rest), index.constant).plus(atom.dividend.times(factor))
                return _join_quotients(joined)
    return index


def _ends(atom: Atom) -> tuple[int, int]:
    """The smallest and the largest value."""
    if isinstance(atom, Variable):
        return atom.start, atom.stop - 1
    if isinstance(atom, DynamicIndex) or atom.is_remainder:
        return 0, atom.size - 1
    return atom.dividend.lowest // atom.size, atom.dividend.highest // atom.size


def _atom_text(atom: Atom, names: Callable[[Variable], str], values: Callable[[int], str]) -> str:
    if isinstance(atom, Variable):
        return names(atom)
    if isinstance(atom, DynamicIndex):
        return values(atom.value)
    inside = atom.dividend.text(names, values)
    return f"{inside if inside.isidentifier() else f'({inside})'} {'%' if atom.is_remainder else '/'} {atom.size}"
