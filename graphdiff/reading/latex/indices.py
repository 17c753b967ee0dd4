"""Indices: which letters sums bind, and what a subscript on an array or a name means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from graphdiff.reading.latex.tree import Accent, Chain, Factor, Group, Numeral, Product, Sum, Symbol, Tree
from graphdiff.reading.latex.tree import Term as SumTerm
from graphdiff.reading.latex.values import Axis


class Counter(NamedTuple):
    """An index that the terms of a sum count: a name in a comprehension."""

    letter: str
    base: int


class Term(NamedTuple):
    """An index at one term of a sum that is written out."""

    letter: str
    number: int
    base: int


class Along(NamedTuple):
    """An index that runs along an axis of arrays.

    Its first value is start and its last is stop, which counts from the end of the axis: 0 is its last entry. Both are
    None if it runs over the whole axis. base is what the first entry of an array is called, 0 or 1.
    """

    axis: Axis
    start: int | None
    stop: int | None
    base: int

    @property
    def letter(self) -> str:
        return self.axis.letter


Binding = Counter | Term | Along


class Shifted(NamedTuple):
    """`i + 1` in a subscript, for a bound index i."""

    letter: str
    shift: int


class Bounds(NamedTuple):
    """`1 <= i < j <= n`: the first value of all indices, the indices, and the last value."""

    start: Tree
    indices: list[Tree]
    stop: Tree


def children(tree: Tree) -> Iterator[Tree]:
    """The parts of a tree, in their order."""
    stack: list[Any] = [*reversed(tree)]
    while stack:
        part = stack.pop()
        if isinstance(part, (Factor, SumTerm)):
            yield part.tree
        elif hasattr(part, "_fields"):
            yield part
        elif isinstance(part, (list, tuple)):
            stack.extend(reversed(part))


def walk(*trees: Tree) -> Iterator[Tree]:
    """Trees and all their parts."""
    stack = list(reversed(trees))
    while stack:
        tree = stack.pop()
        yield tree
        stack.extend(reversed(list(children(tree))))


def unwrap(tree: Tree) -> Tree:
    """The content of braces that LaTeX does not show."""
    while isinstance(tree, Group) and tree.opening == "" and len(tree.items) == 1:
        tree = tree.items[0]
    return tree


def letter_of(tree: Tree | None) -> str | None:
    """The name of a symbol that stands alone."""
    tree = unwrap(tree) if tree is not None else None
    while isinstance(tree, Accent) and tree.command not in (r"\underbrace", r"\overbrace"):
        tree = unwrap(tree.body)
    return tree.name if isinstance(tree, Symbol) else None


def whole_of(tree: Tree | None) -> int | None:
    """The whole number that a tree is."""
    tree = unwrap(tree) if tree is not None else None
    sign = 1
    if isinstance(tree, Sum) and len(tree.terms) == 1 and tree.terms[0].sign == "-":
        sign, tree = -1, tree.terms[0].tree
    return sign * int(tree.text) if isinstance(tree, Numeral) and tree.text.isdecimal() else None


def shifted_letter(tree: Tree) -> Shifted | None:
    """The letter and the shift of `i`, `i + 1`, `i - 1`; None of anything else."""
    tree = unwrap(tree)
    letter = letter_of(tree)
    if letter is not None:
        return Shifted(letter, 0)
    if isinstance(tree, Sum) and len(tree.terms) == 2:
        (sign, first), (other, second) = tree.terms
        if sign == "-":
            return None
        letter, number = letter_of(first), whole_of(second)
        if letter is None and other == "+":
            letter, number = letter_of(second), whole_of(first)
        if letter is not None and number is not None:
            return Shifted(letter, -number if other == "-" else number)
    return None


def bounds_of(chain: Chain) -> Bounds | None:
    """The bounds of the indices between the first and the last side of a chain of < and <=; None of any other chain."""
    (first, *indices, last), relations = chain.sides, chain.relations
    if not set(relations) <= {"<", "<="} or not indices or None in map(letter_of, indices):
        return None
    number = whole_of(first)
    if number is None and relations != ["<=", "<="]:
        return None
    if number is not None and relations[0] == "<":
        first = Numeral(str(number + 1), first.span)
    if relations[-1] == "<":
        last = Sum([SumTerm("", last), SumTerm("-", Numeral("1", last.span))], last.span)
    return Bounds(first, indices, last)


def script_items(script: Tree) -> list[Tree]:
    """The indices in a script: those between commas, or letters and digits side by side."""
    if isinstance(script, Group) and script.opening == "" and len(script.items) > 1:
        return list(script.items)
    script = unwrap(script)
    if isinstance(script, Product) and all(
        not factor.operator and not factor.sign and isinstance(factor.tree, (Symbol, Numeral))
        for factor in script.factors
    ):
        return [factor.tree for factor in script.factors]
    if isinstance(script, Numeral) and len(script.text) > 1 and script.text.isdecimal():
        return [script]
    return [script]
