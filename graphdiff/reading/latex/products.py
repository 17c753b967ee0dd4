"""Factors side by side: what is multiplied, divided, called, or the argument of a function without brackets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from graphdiff.errors import shorten
from graphdiff.language.tree import Number
from graphdiff.reading.latex import calls, commands, entries, subscripts, sums, symbols
from graphdiff.reading.latex.functions import SYMBOLS
from graphdiff.reading.latex.indices import letter_of, unwrap, whole_of
from graphdiff.reading.latex.steps import Step
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
    Slice,
    Sum,
    Symbol,
    Tree,
    Word,
)
from graphdiff.reading.latex.values import Value, elementwise, multiply

if TYPE_CHECKING:
    from graphdiff.reading.latex.expressions import Reader

Part: TypeAlias = Step[tuple[Value, int]]
"""Reads some factors: their value, and where the next begins."""
_SIMPLE = (Numeral, Symbol, Fraction, Root, Accent)


def is_head(reader: Reader, tree: Tree) -> bool:
    """Whether a tree is a function or a sign of a sum, which needs what follows it."""
    return isinstance(tree.base if isinstance(tree, Scripted) else tree, (Word, BigOperator))


def read_head(reader: Reader, tree: Tree) -> Step[Value]:
    """Read a function or a sign of a sum that nothing follows."""
    return read(reader, [Factor("", "", tree)], 0)


def read(reader: Reader, factors: Sequence[Factor], start: int, end: int | None = None) -> Step[Value]:
    """Read the product of the factors from start to end."""
    end = len(factors) if end is None else end
    total: Value | None = None
    place = start
    while place < end:
        operator = factors[place].operator if place > start else ""
        if operator == commands.DIVIDE and total is not None:
            divisor, place = yield divisor_at(reader, factors, place, end, total)
            total = reader.divide(total, divisor, (total.span[0], divisor.span[1]))
            continue
        if place > start:
            check_number(reader, factors, place)
        value, place = yield factor_at(reader, factors, place, end)
        total = value if total is None else combine(reader, operator, total, value)
    assert total is not None  # a product has factors
    return total


def combine(reader: Reader, operator: str, left: Value, right: Value) -> Value:
    if operator == commands.CIRCLE:
        if not (left.rank and right.rank):
            span = (left.span[0], right.span[1])
            raise reader.error(r"'\circ' has no meaning between numbers", span, r"write f(g(x)), or \odot for arrays")
        operator = commands.ENTRYWISE
    if operator == "mod":
        span = (left.span[0], right.span[1])
        quotient = elementwise("floor", (elementwise("/", (left, right), span),), span)
        return elementwise("-", (left, elementwise("*", (right, quotient), span)), span)
    return multiply(operator, left, right, reader.notes)


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
    if isinstance(before, Scripted) and not is_apart:
        sign = "^" if before.superscript is not None else "_"
        hint = f"write all digits of a script in braces: {sign}{{…}}"
        raise reader.error("a number directly after a script", span, hint)
    if not is_apart and not isinstance(before, (Group, Fraction, Root, Postfix)):
        raise reader.error("a number directly after a factor", span, r"write \cdot between them")
    reader.notes.add(f"'{reader.label(span)}' is read as a product")


def is_number(tree: Tree) -> bool:
    """Whether a tree is a fraction of whole numbers."""
    return (
        isinstance(tree, Fraction) and whole_of(tree.numerator) is not None and whole_of(tree.denominator) is not None
    )


def divisor_at(reader: Reader, factors: Sequence[Factor], place: int, end: int, above: Value) -> Part:
    """What `/` divides by: all that stands directly beside it, but of numbers only the one after it."""
    first = place
    value, place = yield factor_at(reader, factors, place, end)
    last = place
    while last < end and not factors[last].operator:
        last += 1
    if last > place:
        span = (factors[first].tree.span[0], factors[last - 1].tree.span[1])
        if isinstance(value.tree, Number) and isinstance(above.tree, Number):
            reader.notes.add(f"only the first number of '{reader.label(span)}' is read as what '/' divides by")
            return value, place
        reader.notes.add(f"all of '{reader.label(span)}' is read as what '/' divides by")
        rest = yield read(reader, factors, place, last)
        value = multiply("", value, rest, reader.notes)
    return value, last


def factor_at(reader: Reader, factors: Sequence[Factor], place: int, end: int) -> Part:
    """Read a factor, with what belongs to it: the argument of a function, the body of a sum."""
    _, sign, tree = factors[place]
    if isinstance(tree, Group) and not tree.opening and isinstance(unwrap(tree), Sum) and end > 1:
        reader.notes.add(f"'{reader.label(tree.span)}' is read as if its braces were parentheses")
    base = tree.base if isinstance(tree, Scripted) else tree
    if isinstance(base, BigOperator) or sums.is_big_function(tree):
        value = yield sums.read(reader, factors, place, end)
        place = end
    elif isinstance(base, Word) and reader.definitions.has(base.name) and is_next_bracket(factors, place, end, "("):
        value, place = yield own_call(reader, factors, place, base.name)
    elif isinstance(base, Word):
        value, place = yield application(reader, factors, place, end)
    elif (literal := power_of_ten(factors, place, end)) is not None:
        text, place, span = literal
        value = Value(reader.literal(text, span))
    elif (difference := joined_difference(reader, factors, place, end)) is not None:
        value = yield reader.read(difference)
        place += 2
    elif isinstance(base, Postfix) and base.sign != "!" and is_next_bracket(factors, place, end, "("):
        raise reader.error(f"'{reader.label(base.span)}' is a derivative", base.span, reader.derivative_hint)
    elif is_next_bracket(factors, place, end, "(") and isinstance(base, (Symbol, Accent)):
        value, place = yield before_bracket(reader, factors, place)
    elif is_next_bracket(factors, place, end, "[") and isinstance(base, (Symbol, Group)):
        value, place = yield before_square_bracket(reader, factors, place)
    else:
        value = yield reader.read(tree)
        place += 1
    return (reader.negate(value, value.span[0]) if sign == "-" else value), place


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


def before_bracket(reader: Reader, factors: Sequence[Factor], place: int) -> Part:
    """`f(x)`: a call of a function that the text defines, or of σ; else a product."""
    tree, following = factors[place].tree, factors[place + 1].tree
    bracket = bracket_of(following)
    assert bracket is not None
    span = (tree.span[0], bracket.span[1])
    letter = letter_of(tree.base if isinstance(tree, Scripted) else tree) or ""
    function = (
        None if letter in reader.values or letter in reader.ranks or letter in reader.assigned else SYMBOLS.get(letter)
    )
    name, power = symbols.function_name(reader, tree)
    if function is not None and isinstance(tree, Scripted):
        name, power = (None, None) if tree.subscript is not None else (letter, tree.superscript)
    if name is not None and reader.definitions.has(name):
        value = yield reader.definitions.call(name, bracket, span, tree.span)
    elif function is not None and name is not None:
        value = yield calls.symbol_function(reader, function, power, bracket, span)
        power = None
    else:
        is_word = len(letter) > 1 and reader.text.startswith((r"\operatorname", r"\text", r"\mathrm"), tree.span[0])
        if len(bracket.items) > 1 or (is_word and letter not in reader.ranks and letter not in reader.assigned):
            label = reader.label(tree.span)
            hint = f"define it: {label}(x) = …"
            raise reader.error(f"unknown function '{shorten(letter) or label}'", tree.span, hint, "name")
        if name not in ("pi", "e"):
            reader.notes.add(f"'{reader.label(span)}' is read as a product")
        return (yield reader.read(tree)), place + 1
    if power is not None:
        value = reader.power(value, (yield reader.read(power)), span)
    value = yield subscripts.with_scripts(reader, value, following)
    return value, place + 2


def own_call(reader: Reader, factors: Sequence[Factor], place: int, name: str) -> Part:
    """A call of a function that the text defines under the name of one that graphdiff has."""
    tree, following = factors[place].tree, factors[place + 1].tree
    bracket = bracket_of(following)
    assert bracket is not None
    value: Value = yield reader.definitions.call(name, bracket, (tree.span[0], bracket.span[1]), tree.span)
    value = yield subscripts.with_scripts(reader, value, following)
    return value, place + 2


def before_square_bracket(reader: Reader, factors: Sequence[Factor], place: int) -> Part:
    """`x[0]`: an entry of an array, or a product where x is no array."""
    tree, following = factors[place].tree, factors[place + 1].tree
    bracket = bracket_of(following)
    assert bracket is not None
    base = yield reader.read(tree)
    items = [unwrap(item) for item in bracket.items]
    is_index = base.rank != 0 or len(items) > 1 or isinstance(items[0], (Slice, Numeral))
    if (isinstance(tree, Group) and base.rank == 0) or any(isinstance(item, Chain) for item in items):
        is_index = False
    if not is_index:
        if not isinstance(items[0], Chain) and isinstance(tree, Symbol):
            reader.notes.add(f"'{reader.label((tree.span[0], bracket.span[1]))}' is read as a product")
        return base, place + 1
    value = yield entries.select(reader, base, items, (tree.span[0], bracket.span[1]), 0)
    value = yield subscripts.with_scripts(reader, value, following)
    return value, place + 2


def application(reader: Reader, factors: Sequence[Factor], place: int, end: int) -> Part:
    """A function with its argument: in brackets, or the factors after it."""
    head = factors[place].tree
    if place + 1 >= end or factors[place + 1].operator:
        label = reader.label(head.span)
        raise reader.error(f"expected an argument after '{label}'", head.span, "write a negative argument in brackets")
    following = factors[place + 1].tree
    bracket = bracket_of(following)
    if bracket is not None and bracket.opening in ("(", "[", "{", "") and bracket.items:
        if isinstance(following, Scripted) and following.superscript is not None:
            span = (head.span[0], following.span[1])
            reader.notes.add(f"'{reader.label(span)}' is read as a power of the function's value")
        value = yield calls.function(reader, head, bracket.items, bracket.span)
        return (yield subscripts.with_scripts(reader, value, following)), place + 2
    if bracket is not None and isinstance(following, Group):
        return (yield calls.function(reader, head, [following], following.span)), place + 2
    last = place + 1
    if is_head(reader, following):
        argument, last = yield factor_at(reader, factors, last, end)
    else:
        last = end_of_argument(reader, factors, place + 1, end)
        argument = yield read(reader, factors, place + 1, last)
        note_argument(reader, factors, place, last, end)
    return (yield calls.function_of_value(reader, head, argument)), last


def end_of_argument(reader: Reader, factors: Sequence[Factor], start: int, end: int) -> int:
    """Where the argument of a function without brackets ends: at an operator, a function, a power of e, a bracket."""
    place = start + 1
    while place < end and not factors[place].operator and continues_argument(reader, factors, start, place):
        place += 1
    return place


def continues_argument(reader: Reader, factors: Sequence[Factor], start: int, place: int) -> bool:
    """Whether a factor is a part of the argument: a bracket is one after numbers, or if it makes a call."""
    tree = factors[place].tree
    base = tree.base if isinstance(tree, (Scripted, Postfix)) else tree
    if isinstance(base, Group):
        after_numbers = all(isinstance(factor.tree, Numeral) for factor in factors[start:place])
        return after_numbers or reader.definitions.has(letter_of(factors[place - 1].tree) or "")
    is_exponential = isinstance(tree, Scripted) and reader.is_constant_e(tree.base)
    return isinstance(base, _SIMPLE) and not is_exponential


def note_argument(reader: Reader, factors: Sequence[Factor], place: int, last: int, end: int) -> None:
    """Note where the argument of a function ends, if it has several names or more factors follow."""
    arguments = [factor.tree for factor in factors[place + 1 : last]]
    names = [tree for tree in arguments if not isinstance(tree, Numeral) and letter_of(tree) != "pi"]
    follows = last < end and not is_head(reader, factors[last].tree) and factors[last].operator in ("", commands.DIVIDE)
    if len(names) > 1 or follows:
        label = reader.label((arguments[0].span[0], arguments[-1].span[1]))
        reader.notes.add(f"the argument of '{reader.label(factors[place].tree.span)}' is read as '{label}'")


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
