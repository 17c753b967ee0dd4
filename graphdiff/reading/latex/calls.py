"""Calls of functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.language.hints import nearest
from graphdiff.language.tree import Call, Expression, Index, Keyword, Name, String, Tuple
from graphdiff.operations.registry import FUNCTIONS
from graphdiff.reading.latex.functions import (
    BESSEL,
    OF_TWO_ARGUMENTS,
    PLAIN,
    function_of,
    inverse_of,
    is_elementwise_in_prelude,
)
from graphdiff.reading.latex.indices import letter_of, unwrap, whole_of
from graphdiff.reading.latex.ranks import rank_by_shape
from graphdiff.reading.latex.steps import Step, wait
from graphdiff.reading.latex.tree import Chain, Group, Scripted, Sum, Symbol, Tree, Word
from graphdiff.reading.latex.values import (
    ALONG_AXIS,
    SCALAR_VALUED,
    Value,
    call,
    elementwise,
    rank_of_call,
    reduce,
    transpose,
)
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.latex.expressions import Reader

_STRING = r"\mathtt"
"""The type in which strings are set, such as the subscripts of einsum."""


def function(reader: Reader, head: Tree, items: Sequence[Tree], bracket: Span) -> Step[Value]:
    """A function with its arguments in brackets."""
    name = name_of(reader, head)
    primitive = FUNCTIONS.get(name)
    operands = len(items)
    if primitive is not None and not (primitive.variadic or primitive.n_ary):
        operands = len(primitive.inputs)
    option_first = primitive is not None and bool(primitive.options) and primitive.options[0].is_first
    values: list[Value] = []
    statics: list[Expression] = []
    keywords: list[Keyword] = []
    for place, item in enumerate(items):
        item = unwrap(item)
        option = letter_of(item.sides[0]) if isinstance(item, Chain) and item.relations == ["="] else None
        if isinstance(item, Chain) and option is not None:
            keywords.append(Keyword(Name(option, item.sides[0].span), (yield static(reader, item.sides[1]))))
        elif (place >= operands and primitive is not None) or (place == 0 and option_first):
            statics.append((yield static(reader, item)))
        else:
            values.append((yield reader.read(item)))
    span = (head.span[0], bracket[1])
    if name == "place" and len(values) == 2 and isinstance(values[1].tree, Index):
        selected = unwrap(items[1])
        like: Value = yield reader.read(selected.base if isinstance(selected, Scripted) else selected)
        return Value(call(name, values[0].tree, values[1].tree, span=span), like.rank)
    if statics or keywords:
        if any(value.axes for value in values):
            raise within_sum(reader, name, span)
        arguments: list[Value | Expression] = [*statics, *values] if option_first else [*values, *statics]
        trees = tuple([each.tree if isinstance(each, Value) else each for each in arguments])
        result = Value(Call(name, trees, span, head.span, tuple(keywords)), rank(name, arguments, keywords))
        return (yield from wait(raise_to_power(reader, head, result, name, span)))
    return (yield from wait(apply_with_scripts(reader, head, name, values, span)))


def within_sum(reader: Reader, name: str, span: Span) -> GraphdiffError:
    """The error for arrays that have axes of indices, which the function would count as their own."""
    return reader.error(f"{name} inside a sum over an index", span, "give the array a name before the sum")


def static(reader: Reader, tree: Tree) -> Step[Expression]:
    """A constant of a call: a number, a word, a string in typewriter type, or some of them in brackets."""
    tree = unwrap(tree)
    if isinstance(tree, Symbol) and reader.text.startswith(_STRING, tree.span[0]):
        return String(tree.name.replace(r"\to", "->"), tree.span)
    if isinstance(tree, Group) and tree.opening in ("(", "["):
        elements = []
        for item in tree.items:
            elements.append((yield static(reader, item)))
        return Tuple(tuple(elements), tree.span)
    value: Value = yield reader.read(tree)
    return value.tree


def rank(name: str, arguments: Sequence[Value | Expression], keywords: Sequence[Keyword] = ()) -> int:
    """The rank of a call; if it depends on sizes, or ranks are unknown, that which it has most often."""
    known = rank_by_shape(name, arguments, keywords)
    if known is not None:
        return known
    values = [each for each in arguments if isinstance(each, Value)]
    options = {keyword.name.name: keyword.value for keyword in keywords}
    if name in SCALAR_VALUED and name != "count" and "axis" in options:
        axes = options["axis"]
        keeps = isinstance(kept := options.get("keepdims"), Name) and kept.name.lower() == "true"
        return values[0].rank - (0 if keeps else len(axes.elements) if isinstance(axes, Tuple) else 1)
    if name in ("reshape", "zeros", "ones"):
        return len(arguments) - len(values)
    return rank_of_call(name, values)


def function_of_value(reader: Reader, head: Tree, argument: Value) -> Step[Value]:
    """A function with an argument without brackets."""
    span = (head.span[0], argument.span[1])
    return (yield from wait(apply_with_scripts(reader, head, name_of(reader, head), [argument], span)))


def name_of(reader: Reader, head: Tree) -> str:
    """The function of graphdiff that a head such as `\\sin^2` names."""
    word = head.base if isinstance(head, Scripted) else head
    assert isinstance(word, Word)
    name = function_of(word.name)
    if name is None:
        label = shorten(word.name)
        hint = nearest(word.name, [*PLAIN, *FUNCTIONS]) if len(label) > 2 else None
        raise reader.error(f"unknown function '{label}'", word.span, hint, "name")
    if word.name == "Var":
        reader.notes.add(f"'{reader.label(word.span)}' is read as the variance of the entries of an array")
    if word.name == "log" and not (isinstance(head, Scripted) and head.subscript is not None):
        reader.notes.add(r"'\log' is read as the natural logarithm")
    return name


def apply_with_scripts(reader: Reader, head: Tree, name: str, values: list[Value], span: Span) -> Step[Value]:
    """The value of a function with the scripts of its head: a base, a power, an inverse."""
    subscript = head.subscript if isinstance(head, Scripted) else None
    power = unwrap(head.superscript) if isinstance(head, Scripted) and head.superscript is not None else None
    inverse = inverse_of(name) if power is not None and whole_of(power) == -1 else None
    if subscript is not None and name in BESSEL.values():
        value = with_subscript(reader, name, (yield reader.read(subscript)), values, span)
        return (yield from wait(raise_to_power(reader, head, value, name, span)))
    if subscript is not None:
        if name not in ("log", "log2", "log10"):
            label = reader.label(subscript.span)
            raise reader.error(f"a subscript of {name} has no meaning here: '{label}'", subscript.span)
        return (yield from wait(logarithm(reader, subscript, values, power, span)))
    if inverse is not None:
        reader.notes.add(f"'{reader.label(head.span)}' is read as the inverse function, not as the reciprocal")
        return apply(reader, inverse, values, span)
    return (yield from wait(raise_to_power(reader, head, apply(reader, name, values, span), name, span)))


def with_subscript(reader: Reader, name: str, subscript: Value, values: list[Value], span: Span) -> Value:
    """A Bessel function of an order, or I_x(a, b)."""
    if name == "besseli" and len(values) == 2:
        return elementwise("betainc", (*values, subscript), span)
    return apply(reader, name, [subscript, *values], span)


def letter_function(reader: Reader, tree: Tree, letter: str, bracket: Group, span: Span) -> Step[Value] | None:
    """The reading of J_0(x), I_x(a, b), P(a, x) and the like, of letters that are usually values; None for a product,
    as of K_0(1 + r)."""
    count = len(bracket.items)
    subscript = tree.subscript if isinstance(tree, Scripted) else None
    power = tree.superscript if isinstance(tree, Scripted) else None
    is_of_order = subscript is not None and letter in BESSEL
    is_bessel = is_of_order and count == 1 and not isinstance(unwrap(bracket.items[0]), Sum)
    is_incomplete = count == 2 and (letter == "I" if is_of_order else subscript is None and letter in OF_TWO_ARGUMENTS)
    if power is not None or not (is_bessel or is_incomplete):
        return None
    return _read_letter_function(reader, letter, subscript, bracket, span)


def _read_letter_function(
    reader: Reader, letter: str, subscript: Tree | None, bracket: Group, span: Span
) -> Step[Value]:
    values: list[Value] = []
    for item in bracket.items:
        values.append((yield reader.read(item)))
    if subscript is None:
        value = apply(reader, OF_TWO_ARGUMENTS[letter], values, span)
    else:
        value = with_subscript(reader, BESSEL[letter], (yield reader.read(subscript)), values, span)
    assert isinstance(value.tree, Call)
    reader.notes.add(f"'{reader.label(span)}' is read as the function {value.tree.function}")
    return value


def raise_to_power(reader: Reader, head: Tree, value: Value, name: str, span: Span) -> Step[Value]:
    """A function's value to the power at its head."""
    power = unwrap(head.superscript) if isinstance(head, Scripted) and head.superscript is not None else None
    if power is None:
        return value
    if whole_of(power) == -1:
        raise reader.error(f"the inverse of {name} has no name here", head.span, "write 1/… for the reciprocal")
    exponent = yield reader.read(power)
    return reader.power(value, exponent, span)


def logarithm(reader: Reader, base: Tree, values: list[Value], power: Tree | None, span: Span) -> Step[Value]:
    """log_b x"""
    number = whole_of(base)
    if number in (2, 10):
        result = apply(reader, f"log{number}", values, span)
    else:
        divisor = apply(reader, "log", [(yield reader.read(base))], span)
        result = elementwise("/", (apply(reader, "log", values, span), divisor), span)
    return result if power is None else reader.power(result, (yield reader.read(power)), span)


def apply(reader: Reader, name: str, values: list[Value], span: Span) -> Value:
    """A function of graphdiff: entry by entry, or of a whole array."""
    first = values[0]
    if name == "log" and isinstance(inner := first.tree, Call) and len(values) == 1:
        if inner.function == "beta":
            return Value(call("lbeta", *inner.arguments, span=span))
        argument = inner.arguments[0] if inner.function == "abs" else None
        if isinstance(argument, Call) and argument.function in ("gamma", "det"):
            whole = "lgamma" if argument.function == "gamma" else "logdet"
            return Value(call(whole, *argument.arguments, span=span))
    if name == "transpose":
        return transpose(first, span)
    primitive = FUNCTIONS.get(name)
    is_elementwise = primitive.is_elementwise if primitive is not None else is_elementwise_in_prelude(name)
    if len(values) == 1 and name in ("max", "min") and (first.rank or first.axes):
        is_elementwise = first.rank == 0
    if len(values) == 1 and (name in SCALAR_VALUED or name in ALONG_AXIS) and not is_elementwise:
        if first.axes and (first.rank == 0 or name not in ALONG_AXIS):
            raise within_sum(reader, name, span)
        return reduce(name, first, span)
    if is_elementwise and all(value.rank >= 0 for value in values):
        return elementwise(name, values, span)
    if any(value.axes for value in values):
        raise within_sum(reader, name, span)
    return Value(call(name, *[value.tree for value in values], span=span), rank(name, values))


def symbol_function(reader: Reader, name: str, power: Tree | None, bracket: Group, span: Span) -> Step[Value]:
    """σ(x), Γ(x), ψ(x), Φ(x) and its inverse, and ψ^{(n)}(x), the derivative of ψ of order n."""
    values: list[Value] = []
    for item in bracket.items:
        values.append((yield reader.read(item)))
    order = unwrap(power) if power is not None else None
    if name == "digamma" and isinstance(order, Group) and order.opening == "(":
        values.insert(0, (yield reader.read(order)))
        return elementwise("polygamma", values, span)
    inverse = inverse_of(name) if power is not None and whole_of(power) == -1 else None
    if inverse is not None:
        return apply(reader, inverse, values, span)
    result = apply(reader, name, values, span)
    return result if power is None else reader.power(result, (yield reader.read(power)), span)
