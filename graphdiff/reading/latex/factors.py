"""Factors side by side: what each of them is, by itself and with those beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphdiff.reading.latex import commands
from graphdiff.reading.latex.functions import SYMBOLS
from graphdiff.reading.latex.indices import letter_of, unwrap, whole_of
from graphdiff.reading.latex.tree import (
    Accent,
    BigOperator,
    Chain,
    Factor,
    Fraction,
    Group,
    Numeral,
    Postfix,
    Product,
    Root,
    Scripted,
    Symbol,
    Tree,
    Word,
)
from graphdiff.writing.latex_names import GREEK

if TYPE_CHECKING:
    from graphdiff.reading.latex.expressions import Reader

_EXPECTATIONS = ("E", "P", "Pr", "V", "Var", "Cov")
_ORDER = re.compile(r"\^\s*\{\s*\(\s*[A-Za-z]\s*\)\s*\}\Z")
_SIMPLE = (Numeral, Symbol, Fraction, Root, Accent)
"""What may follow in an argument without brackets."""


def is_head(tree: Tree) -> bool:
    """Whether a tree is a function or a sign of a sum, which needs what follows it."""
    return isinstance(tree.base if isinstance(tree, Scripted) else tree, (Word, BigOperator))


def check_number(reader: Reader, factors: Sequence[Factor], place: int) -> None:
    """Raise GraphdiffError("syntax") for a number directly after a factor, unless that is in brackets."""
    tree = factors[place].tree
    base = tree.base if isinstance(tree, (Scripted, Postfix)) else tree
    before = factors[place - 1].tree
    mixed = isinstance(base, Fraction) and isinstance(before, Numeral) and is_number(base)
    if factors[place].operator or not (isinstance(base, Numeral) or mixed):
        return
    span = (before.span[0], tree.span[1])
    is_apart = before.span[1] < tree.span[0] and not isinstance(before, Numeral)
    if mixed:
        hint = r"write 2 + \frac{1}{2} for the sum, 2 \cdot \frac{1}{2} for the product"
        raise reader.error("a number before a fraction of numbers has two meanings", span, hint)
    is_braced = reader.text[before.span[1] - 1] == "}"
    if isinstance(before, Scripted) and not (is_apart or is_braced):
        sign = "^" if before.superscript is not None else "_"
        hint = f"write all digits of a script in braces: {sign}{{…}}"
        raise reader.error("a number directly after a script", span, hint)
    if not is_apart and not isinstance(before, (Group, Fraction, Root, Postfix, Scripted)):
        raise reader.error("a number directly after a factor", span, r"write \cdot between them")
    reader.notes.add(f"'{reader.label(span)}' is read as a product")


def is_number(tree: Tree) -> bool:
    """Whether a tree is a fraction of whole numbers."""
    return (
        isinstance(tree, Fraction) and whole_of(tree.numerator) is not None and whole_of(tree.denominator) is not None
    )


def power_of_ten(factors: Sequence[Factor], place: int, end: int) -> tuple[str, int, tuple[int, int]] | None:
    """`1.5 \\cdot 10^{-7}` and `10^{22}` as the decimals 1.5e-7 and 1e22, with the next place and the span."""
    tree = factors[place].tree
    mantissa, last = "1", place
    if isinstance(tree, Numeral):
        if place + 1 >= end or factors[place + 1].operator not in (commands.DOT, commands.TIMES):
            return None
        if place and factors[place].operator == commands.DIVIDE:
            return None
        mantissa, last = tree.text, place + 1
    power = factors[last].tree
    if factors[last].sign or not isinstance(power, Scripted) or power.subscript is not None:
        return None
    exponent = whole_of(power.superscript)
    if not isinstance(power.base, Numeral) or power.base.text != "10" or exponent is None or abs(exponent) > 300:
        return None
    return f"{mantissa}e{exponent}", last + 1, (tree.span[0], power.span[1])


def joined_difference(reader: Reader, factors: Sequence[Factor], place: int, end: int) -> Tree | None:
    """`\\Delta x` as one name, unless Delta is a name itself."""
    tree = factors[place].tree
    if not isinstance(tree, Symbol) or tree.name != "Delta" or "Delta" in reader.ranks or place + 1 >= end:
        return None
    factor = factors[place + 1]
    base = factor.tree.base if isinstance(factor.tree, Scripted) else factor.tree
    if factor.operator or not isinstance(base, Symbol):
        return None
    span = (tree.span[0], base.span[1])
    reader.notes.add(f"'{reader.label(span)}' is read as one name")
    symbol = Symbol(f"Delta_{base.name}", span)
    return (
        factor.tree._replace(base=symbol, span=(tree.span[0], factor.tree.span[1]))
        if isinstance(factor.tree, Scripted)
        else symbol
    )


def bracket_of(tree: Tree) -> Group | None:
    """The brackets of `(…)` and of `(…)^2`."""
    base = tree.base if isinstance(tree, Scripted) else tree
    return base if isinstance(base, Group) else None


def is_next_bracket(factors: Sequence[Factor], place: int, end: int, opening: str) -> bool:
    if place + 1 >= end or factors[place + 1].operator:
        return False
    bracket = bracket_of(factors[place + 1].tree)
    return bracket is not None and bracket.opening == opening


def continues_argument(reader: Reader, factors: Sequence[Factor], start: int, place: int) -> bool:
    """Whether a factor is a part of the argument: a bracket is one after numbers, or if it makes a call."""
    tree = factors[place].tree
    base = tree.base if isinstance(tree, (Scripted, Postfix)) else tree
    if isinstance(base, Group):
        after_numbers = all(isinstance(factor.tree, Numeral) for factor in factors[start:place])
        return after_numbers or is_function(reader, letter_of(factors[place - 1].tree) or "")
    is_exponential = isinstance(tree, Scripted) and reader.is_constant_e(tree.base)
    return isinstance(base, _SIMPLE) and not is_exponential


def is_function(reader: Reader, name: str) -> bool:
    """Whether a name before a bracket is a function, by the text or as σ is."""
    if reader.definitions.has(name) or name in reader.arguments:
        return True
    return GREEK.get(name, name) in SYMBOLS and not (name in reader.values or name in reader.ranks)


def note_argument(reader: Reader, factors: Sequence[Factor], place: int, last: int, end: int) -> None:
    """Note where the argument of a function ends, if it has several names or more factors follow."""
    arguments = [factor.tree for factor in factors[place + 1 : last]]
    names = [tree for tree in arguments if not isinstance(tree, Numeral) and letter_of(tree) != "pi"]
    follows = last < end and not is_head(factors[last].tree) and factors[last].operator in ("", commands.DIVIDE)
    if len(names) > 1 or follows:
        label = reader.label((arguments[0].span[0], arguments[-1].span[1]))
        reader.notes.add(f"the argument of '{reader.label(factors[place].tree.span)}' is read as '{label}'")


def is_derivative(reader: Reader, factors: Sequence[Factor], place: int, end: int) -> bool:
    """Whether a function with a mark of derivatives is called: f'(x), f^\\prime(x), and f^{(n)}(x) in a sum over n."""
    if not is_next_bracket(factors, place, end, "("):
        return False
    tree = factors[place].tree
    base = tree.base if isinstance(tree, Scripted) else tree
    if isinstance(base, Postfix):
        return base.sign != "!"
    is_order = _ORDER.search(reader.text, *tree.span) is not None
    return isinstance(tree, Scripted) and (letter_of(tree.superscript) == "prime" or is_order)


def is_indicator(factors: Sequence[Factor], place: int, end: int) -> bool:
    """Whether a factor is the sign of an indicator before its condition: \\mathbb{I}(x > 0)."""
    tree = factors[place].tree
    if not is_indicator_sign(tree) or place + 1 >= end or factors[place + 1].operator:
        return False
    bracket = factors[place + 1].tree
    return isinstance(bracket, Group) and len(bracket.items) == 1 and isinstance(bracket.items[0], Chain)


def is_indicator_sign(tree: Tree) -> bool:
    """Whether a tree is 1, \\mathbf{1}, \\mathbb{1} or \\mathbb{I}."""
    tree = unwrap(tree)
    body = unwrap(tree.body) if isinstance(tree, Accent) and tree.command in (r"\mathbb", r"\mathbf") else tree
    is_letter = isinstance(body, Symbol) and body.name == "I" and isinstance(tree, Accent)
    return is_letter or (isinstance(body, Numeral) and body.text == "1")


def check_expectation(reader: Reader, factors: Sequence[Factor], place: int, end: int) -> None:
    """Raise GraphdiffError("syntax") for an expectation or a probability, which would be read as a product."""
    tree = factors[place].tree
    name = letter_of(tree.base if isinstance(tree, Scripted) else tree) or ""
    if name not in _EXPECTATIONS or reader.is_value(name) or reader.definitions.has(name):
        return
    is_styled = reader.text.startswith((r"\mathbb", r"\mathrm", r"\operatorname", r"\text"), tree.span[0])
    if is_styled and any(is_next_bracket(factors, place, end, opening) for opening in "([{"):
        hint = "write it out as a sum or a formula"
        raise reader.error(f"'{reader.label(tree.span)}' is an expectation or a probability", tree.span, hint)


def is_differential(reader: Reader, tree: Fraction) -> bool:
    """Whether a fraction is the sign of a derivative: \\frac{d}{dx}, \\frac{\\partial f}{\\partial x}."""
    tops, bottoms = (parts(side) for side in (tree.numerator, tree.denominator))
    top, bottom = (letter_of(side[0].base if isinstance(side[0], Scripted) else side[0]) for side in (tops, bottoms))
    if bottom == "partial":
        return True
    return top == bottom == "d" and len(bottoms) > 1 and "d" not in reader.given


def parts(tree: Tree) -> list[Tree]:
    """The factors side by side in a tree."""
    tree = unwrap(tree)
    return [factor.tree for factor in tree.factors] if isinstance(tree, Product) else [tree]
