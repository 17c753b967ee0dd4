"""Factors side by side: what is multiplied, divided, called, or the argument of a function without brackets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from graphdiff.errors import shorten
from graphdiff.language.hints import DERIVATIVE
from graphdiff.language.tree import Number
from graphdiff.reading.latex import calls, commands, entries, loops, subscripts, sums, symbols
from graphdiff.reading.latex.factors import (
    bracket_of,
    check_expectation,
    check_number,
    continues_argument,
    is_derivative,
    is_head,
    is_indicator,
    is_next_bracket,
    joined_difference,
    note_argument,
    power_of_ten,
)
from graphdiff.reading.latex.functions import SYMBOLS, function_of, inverse_of
from graphdiff.reading.latex.indices import letter_of, unwrap, whole_of
from graphdiff.reading.latex.names import typed_text
from graphdiff.reading.latex.steps import Step
from graphdiff.reading.latex.tree import (
    Accent,
    BigOperator,
    Chain,
    Factor,
    Group,
    Numeral,
    Scripted,
    Slice,
    Sum,
    Symbol,
    Tree,
    Word,
)
from graphdiff.reading.latex.values import Value, call, elementwise, multiply
from graphdiff.writing.latex_names import GREEK

if TYPE_CHECKING:
    from graphdiff.reading.latex.expressions import Reader

Part: TypeAlias = Step[tuple[Value, int]]
"""Reads some factors: their value, and where the next begins."""


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
    if operator == commands.TIMES and left.rank == right.rank == 1:
        return cross(reader, left, right)
    if operator == "mod":
        reader.notes.add("'mod' is read as an operator between factors, like a product")
        span = (left.span[0], right.span[1])
        quotient = elementwise("floor", (elementwise("/", (left, right), span),), span)
        return elementwise("-", (left, elementwise("*", (right, quotient), span)), span)
    return multiply(operator, left, right, reader.notes)


def cross(reader: Reader, left: Value, right: Value) -> Value:
    """The cross product of two vectors."""
    span = (left.span[0], right.span[1])
    if function_of("cross") is None or left.axes or right.axes:
        raise reader.error("a cross product of vectors is not supported", span, r"for the scalar product, write \cdot")
    return Value(call("cross", left.tree, right.tree, span=span), 1)


def divisor_at(reader: Reader, factors: Sequence[Factor], place: int, end: int, above: Value) -> Part:
    """What `/` divides by: all that stands directly beside it, but of numbers only the one after it."""
    first = place
    value, place = yield factor_at(reader, factors, place, end)
    last = place
    while last < end and not factors[last].operator:
        last += 1
    if (
        last == place < end
        and isinstance(factors[last - 1].tree, Numeral)
        and power_of_ten(factors, last, end) is not None
    ):
        span = (factors[first].tree.span[0], factors[last].tree.span[1])
        reader.notes.add(f"only the first factor of '{reader.label(span)}' is read as what '/' divides by")
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
    check_expectation(reader, factors, place, end)
    if isinstance(base, BigOperator) or sums.is_big_function(tree):
        value = yield sums.read(reader, factors, place, end)
        place = end
    elif (loop := loops.loop_at(factors, place, end)) is not None:
        value, place = yield loops.read(reader, loop, place)
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
    elif is_derivative(reader, factors, place, end):
        raise reader.error(f"'{reader.label(tree.span)}' is a derivative", tree.span, DERIVATIVE)
    elif is_indicator(factors, place, end):
        value = yield reader.read(factors[place + 1].tree)
        place += 2
    elif is_next_bracket(factors, place, end, "(") and isinstance(base, (Symbol, Accent)):
        value, place = yield before_bracket(reader, factors, place)
    elif is_next_bracket(factors, place, end, "[") and isinstance(base, (Symbol, Group)):
        value, place = yield before_square_bracket(reader, factors, place)
    else:
        value = yield reader.read(tree)
        place += 1
    return (reader.negate(value, value.span[0]) if sign == "-" else value), place


def before_bracket(reader: Reader, factors: Sequence[Factor], place: int) -> Part:
    """`f(x)`: a call of a function that the text defines, or of σ; else a product."""
    tree, following = factors[place].tree, factors[place + 1].tree
    bracket = bracket_of(following)
    assert bracket is not None
    span = (tree.span[0], bracket.span[1])
    letter = letter_of(tree.base if isinstance(tree, Scripted) else tree) or ""
    letter = GREEK.get(letter, letter)
    name, power = symbols.function_name(reader, tree)
    is_value = letter in reader.values or any(reader.is_value(each) for each in (letter, name))
    function = None if is_value else SYMBOLS.get(letter)
    if function is not None and isinstance(tree, Scripted):
        name, power = (None, None) if tree.subscript is not None else (letter, tree.superscript)
    is_function = function is not None or reader.definitions.has(name or "")
    has_inverse = function is not None and inverse_of(function) is not None
    if is_function and not has_inverse and power is not None and whole_of(power) == -1:
        hint = "write 1/… for the reciprocal"
        raise reader.error(f"the inverse of '{letter}' has no name here", tree.span, hint)
    if name is not None and reader.definitions.has(name):
        value = yield reader.definitions.call(name, bracket, span, tree.span)
    elif name is not None and name in reader.arguments:
        if typed_text(reader.text[slice(*bracket.span)]) != reader.arguments[name]:
            hint = f"define it: {reader.label(tree.span)}(x) = …"
            raise reader.error(f"'{shorten(name)}' is given by its entries for another argument", span, hint)
        value = reader.name(name, span)
    elif function is not None and name is not None:
        value = yield calls.symbol_function(reader, function, power, bracket, span)
        power = None
    elif not is_value and (reading := calls.letter_function(reader, tree, letter, bracket, span)) is not None:
        value = yield reading
        power = None
    else:
        reader.check_is_value(letter, tree.span)
        is_word = len(letter) > 1 and reader.text.startswith((r"\operatorname", r"\text", r"\mathrm"), tree.span[0])
        if len(bracket.items) > 1 or (is_word and not reader.is_value(letter)):
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
    if isinstance(head, Word) and head.name == "arg":
        raise reader.error(f"'{reader.label(head.span)}' is not supported", head.span, sums.HINTS["argmax"])
    if place + 1 >= end or factors[place + 1].operator:
        label = reader.label(head.span)
        raise reader.error(f"expected an argument after '{label}'", head.span, "write a negative argument in brackets")
    following = factors[place + 1].tree
    bracket = bracket_of(following)
    if bracket is not None and bracket.opening in ("(", "[", "{", "") and bracket.items:
        if isinstance(following, Scripted) and following.superscript is not None:
            span = (head.span[0], following.span[1])
            reader.notes.add(f"'{reader.label(span)}' is read as a power of the function's value")
        if not bracket.opening:
            note_argument(reader, factors, place, place + 2, end)
        value = yield calls.function(reader, head, bracket.items, bracket.span)
        return (yield subscripts.with_scripts(reader, value, following)), place + 2
    if bracket is not None and isinstance(following, Group):
        return (yield calls.function(reader, head, [following], following.span)), place + 2
    last = place + 1
    if is_head(following):
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
