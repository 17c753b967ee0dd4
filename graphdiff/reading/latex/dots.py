r"""Dots: `x_1 + x_2 + \cdots + x_n` as the sum that it abbreviates, where its terms say which one.

What the dots stand for follows from the terms beside them, which must be the same but for whole numbers that go up by
one. All other dots stay in the tree, and are errors when they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from graphdiff.reading.latex.commands import DIVIDE, DOT, STAR, TIMES
from graphdiff.reading.latex.indices import letter_of, script_items, shifted_letter, unwrap, walk, whole_of
from graphdiff.reading.latex.notes import Notes
from graphdiff.reading.latex.steps import Step, run
from graphdiff.reading.latex.tree import (
    BigOperator,
    Chain,
    Factor,
    Group,
    Mark,
    Numeral,
    Product,
    Scripted,
    Sum,
    Symbol,
    Term,
    Tree,
    Word,
)
from graphdiff.source import Span

_LETTERS = "ijklmpqrstuvw"
_PRODUCTS = ("", DOT, TIMES, STAR)


class Pattern(NamedTuple):
    """The terms around dots: tree is the last, in which `places`, by identity, count from start to stop."""

    tree: Tree
    places: frozenset[int]
    start: int
    stop: Tree
    first: int


class Dots:
    """Replaces the dots of all formulas of a text, in place; numbered are the names that have numbers as subscripts."""

    def __init__(self, trees: Sequence[Tree], text: str, known: Iterable[str], notes: Notes) -> None:
        self.text = text
        self.notes = notes
        self.numbered: set[str] = set()
        used = {part.name for part in walk(*trees) if isinstance(part, Symbol)} | set(known)
        self.letter = next((letter for letter in _LETTERS if letter not in used), "index")
        for tree in list(walk(*trees)):
            if isinstance(tree, Sum):
                self.sum(tree.terms)
            elif isinstance(tree, Product):
                self.largest(tree.factors)
                self.product(tree.factors)

    def sum(self, terms: list[Term]) -> None:
        """`x_1 + … + x_n`, where all signs are the same."""
        place = place_of_dots([term.tree for term in terms])
        if place is None or len({term.sign for term in terms[place - 1 : place + 2]} - {""}) != 1:
            return
        pattern = pattern_of([term.tree for term in terms], place)
        if pattern is None:
            return
        sign = terms[place].sign
        first = pattern.first
        while (terms[first].sign or "+") != sign:  # x_1 - x_2 - … - x_n
            first += 1
        pattern = pattern._replace(start=pattern.start + first - pattern.first, first=first)
        span = (terms[first].tree.span[0], terms[place + 1].tree.span[1])
        terms[first : place + 2] = [Term(terms[first].sign, self.big(BigOperator("sum", span), pattern, span))]
        self.note(span, pattern)

    def product(self, factors: list[Factor]) -> None:
        r"""`p_1 p_2 \cdots p_n`"""
        place = place_of_dots([factor.tree for factor in factors])
        if place is None or any(factor.sign for factor in factors[place - 1 : place + 2]):
            return
        pattern = pattern_of([factor.tree for factor in factors], place)
        if pattern is None or any(each.operator not in _PRODUCTS for each in factors[pattern.first + 1 : place + 2]):
            return
        first = pattern.first + (factors[pattern.first].operator == DIVIDE)
        pattern = pattern._replace(start=pattern.start + first - pattern.first, first=first)
        span = (factors[first].tree.span[0], factors[place + 1].tree.span[1])
        whole = Group("", [self.big(BigOperator("prod", span), pattern, span)], [], span)
        factors[first : place + 2] = [factors[first]._replace(tree=whole)]
        self.note(span, pattern)

    def largest(self, factors: list[Factor]) -> None:
        r"""`\max(x_1, \ldots, x_n)`"""
        for place, (head, following) in enumerate(pairwise(factors)):
            bracket = following.tree
            if not isinstance(head.tree, Word) or head.tree.name not in ("max", "min"):
                continue
            if not isinstance(bracket, Group) or place_of_dots(bracket.items) != len(bracket.items) - 2:
                continue
            pattern = pattern_of(bracket.items, len(bracket.items) - 2)
            if pattern is not None and pattern.first == 0:
                span = (head.tree.span[0], bracket.span[1])
                whole = Group("", [self.big(head.tree, pattern, span)], [], span)
                factors[place : place + 2] = [head._replace(tree=whole)]
                self.note(span, pattern)
                return

    def big(self, head: BigOperator | Word, pattern: Pattern, span: Span) -> Tree:
        """The sign of a sum with its bounds, and its body."""
        place = (span[0], span[0])
        index = Chain([Symbol(self.letter, place), Numeral(str(pattern.start), place)], ["="], place)
        for part in walk(pattern.tree):
            items = script_items(part.subscript) if isinstance(part, Scripted) and part.subscript is not None else []
            if isinstance(part, Scripted) and any(id(item) in pattern.places for item in items):
                self.numbered.add(letter_of(part.base) or "")
        body = run(substitute(pattern.tree, pattern.places, self.letter))
        factors = body.factors if isinstance(body, Product) else [Factor("", "", body)]
        return Product([Factor("", "", Scripted(head, index, pattern.stop, False, span)), *factors], span)

    def note(self, span: Span, pattern: Pattern) -> None:
        stop = self.text[slice(*pattern.stop.span)].strip("{}")
        label = " ".join(self.text[slice(*span)].split())
        self.notes.add(f"the dots of '{label}' are read as its terms from {pattern.start} to {stop}")


def place_of_dots(trees: Sequence[Tree]) -> int | None:
    """Where the only dots among some terms are, if a term stands on both sides."""
    places = [place for place, tree in enumerate(trees) if isinstance(tree, Mark) and tree.text == "..."]
    return places[0] if len(places) == 1 and 0 < places[0] < len(trees) - 1 else None


def pattern_of(trees: Sequence[Tree], place: int) -> Pattern | None:
    """What the terms around dots have in common; None if they do not say how the terms go on.

    Of two terms before the dots the second must have the next number; a single one must have 0 or 1.
    """
    last = trees[place + 1]
    anchor = numbers_in(trees[place - 1], last)
    if anchor is None:
        return None
    number, places, stop = anchor
    first = place - 1
    while first > 0:
        before = numbers_in(trees[first - 1], last)
        if before is None or before.places != places:
            break
        if before.number != number - (place - first):
            return None
        first -= 1
    start = number - (place - 1 - first)
    is_clear = first < place - 1 or start in (0, 1)
    return Pattern(last, places, start, stop, first) if is_clear else None


class Numbered(NamedTuple):
    """A term that is another one with a number in some places, where that has `stop`."""

    number: int
    places: frozenset[int]
    stop: Tree


def numbers_in(one: Tree, last: Tree) -> Numbered | None:
    """The number in a term where the last one has another number or a name; None if they differ otherwise.

    x is x^1: in `x + x^2 + … + x^n`.
    """
    pairs: list[tuple[int, Tree]] = []
    stack: list[tuple[Any, Any]] = [(one, last)]
    while stack:
        left, right = stack.pop()
        if isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return None
            stack.extend(zip(left, right, strict=True))
            continue
        if not hasattr(left, "_fields") or not hasattr(right, "_fields"):
            if left != right:
                return None
            continue
        left, right = unwrap(left), unwrap(right)
        number = whole_of(left)
        is_place = shifted_letter(right) is not None or whole_of(right) is not None
        if number is not None and is_place and whole_of(right) != number:
            pairs.append((number, right))
        elif isinstance(right, Scripted) and right.superscript is not None and not is_power(left):
            stack.append((left, right._replace(superscript=None) if right.subscript is not None else right.base))
            stack.append((Numeral("1", left.span), right.superscript))
        elif type(left) is not type(right):
            return None
        else:
            stack.extend(
                (getattr(left, name), getattr(right, name)) for name in left._fields if name not in ("span", "distinct")
            )
    numbers = {number for number, _ in pairs}
    stops = [stop for _, stop in pairs]
    if len(numbers) != 1 or any(key_of(stop) != key_of(stops[0]) for stop in stops):
        return None
    return Numbered(numbers.pop(), frozenset(map(id, stops)), stops[0])


def is_power(tree: Tree) -> bool:
    return isinstance(tree, Scripted) and tree.superscript is not None


def key_of(stop: Tree) -> object:
    """The same for last numbers that are the same."""
    return whole_of(stop) if whole_of(stop) is not None else shifted_letter(stop)


def substitute(tree: Any, places: frozenset[int], letter: str) -> Step[Any]:
    """A tree with an index in some places, whose span is empty: the text there may be the name of an input."""
    if id(tree) in places:
        return Symbol(letter, (tree.span[1], tree.span[1]))
    if isinstance(tree, list):
        items = []
        for item in tree:
            items.append((yield substitute(item, places, letter)))
        return items
    if not hasattr(tree, "_fields"):
        return tree
    fields = []
    for field in tree:
        fields.append((yield substitute(field, places, letter)))
    return tree._make(fields)
