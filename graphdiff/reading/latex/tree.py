"""The tree of a LaTeX formula as it is set: what is a fraction, a script, a bracket; not yet what it means.

A tree is as deep as its text is nested, so nothing may recurse over it.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from graphdiff.source import Span


class Numeral(NamedTuple):
    text: str
    span: Span


class Symbol(NamedTuple):
    """A letter, a Greek letter or a word in upright type; its name as formulas of graphdiff write it.

    distinct is how it is set, if that makes it another symbol than the plain one: `\\mathcal{L}`.
    """

    name: str
    span: Span
    distinct: str = ""


class Word(NamedTuple):
    """A word, or a command, that names a function, such as `\\sin`, `\\operatorname{softmax}`."""

    name: str
    span: Span


class Text(NamedTuple):
    """Words that are no part of a formula: `\\text{otherwise}`."""

    text: str
    span: Span


class Mark(NamedTuple):
    """A sign that stands alone in a script: `x^{*}`, `x^+`; also `\\ldots`."""

    text: str
    span: Span


class BigOperator(NamedTuple):
    """`\\sum`, `\\prod`"""

    name: str
    span: Span


class Group(NamedTuple):
    """A list in brackets; the opening bracket is "" for the braces that LaTeX does not show.

    separators stand between the items: ",", "and" or "or".
    """

    opening: str
    items: list[Tree]
    separators: list[str]
    span: Span


class Scripted(NamedTuple):
    """A base with scripts; superscript_first tells `w^l_j` from `w_j^l`."""

    base: Tree
    subscript: Tree | None
    superscript: Tree | None
    superscript_first: bool
    span: Span


class Postfix(NamedTuple):
    """`x!`, `x'`"""

    base: Tree
    sign: str
    span: Span


class Fraction(NamedTuple):
    """`\\frac{a}{b}`; also `\\binom{n}{k}`, by its command."""

    command: str
    numerator: Tree
    denominator: Tree
    span: Span


class Root(NamedTuple):
    degree: Tree | None
    radicand: Tree
    span: Span


class Accent(NamedTuple):
    """`\\hat{y}`, `\\mathbf{x}`, `\\underbrace{a + b}`"""

    command: str
    body: Tree
    span: Span


class Matrix(NamedTuple):
    """The rows of an environment; an empty cell is None."""

    environment: str
    rows: list[list[Tree | None]]
    span: Span


class Slice(NamedTuple):
    """`1:3` in a subscript."""

    bounds: tuple[Tree | None, ...]
    span: Span


class Factor(NamedTuple):
    """A factor with the operator before it, which is empty for two factors side by side, and a sign, if it has one."""

    operator: str
    sign: str
    tree: Tree


class Product(NamedTuple):
    factors: list[Factor]
    span: Span


class Term(NamedTuple):
    """A term of a sum with its sign, which is empty for a first term without one."""

    sign: str
    tree: Tree


class Sum(NamedTuple):
    terms: list[Term]
    span: Span


class Chain(NamedTuple):
    """`a = b = c`, `0 < x < 1`"""

    sides: list[Tree]
    relations: list[str]
    span: Span


Tree: TypeAlias = (
    Numeral
    | Symbol
    | Word
    | Text
    | Mark
    | BigOperator
    | Group
    | Scripted
    | Postfix
    | Fraction
    | Root
    | Accent
    | Matrix
    | Slice
    | Product
    | Sum
    | Chain
)
