"""Symbols with scripts: names, entries of arrays, powers and transposes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphdiff.language.tree import Assignment, Expression, Name, Number, String
from graphdiff.language.tree import Slice as SliceTree
from graphdiff.reading.latex import commands
from graphdiff.reading.latex.entries import select
from graphdiff.reading.latex.factors import is_indicator_sign
from graphdiff.reading.latex.indices import (
    Term,
    letter_of,
    script_items,
    shifted_letter,
    unwrap,
    whole_of,
)
from graphdiff.reading.latex.steps import Step, wait
from graphdiff.reading.latex.symbols import (
    MARKS,
    Base,
    LetterName,
    base_name,
    full_name,
    letter_name,
    term_name,
    uses_names,
)
from graphdiff.reading.latex.tree import (
    Accent,
    Chain,
    Group,
    Mark,
    Numeral,
    Postfix,
    Product,
    Scripted,
    Slice,
    Sum,
    Symbol,
    Tree,
)
from graphdiff.reading.latex.values import Value, call, elementwise, transpose
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.latex.expressions import Reader

_ALL = SliceTree(None, None, None)
_TRANSPOSES = frozenset(["T", "top"])


def read(reader: Reader, tree: Tree) -> Step[Value]:
    """Read a symbol or anything with scripts."""
    if not isinstance(tree, Scripted):
        base = letter_name(tree)
        assert base is not None
        return reader.name(reader.names.find(base.name, reader.text[slice(*tree.span)], base.identity), tree.span)
        yield
    tree = with_scripts_outside(reader, tree)
    base_tree = unwrap(tree.base)
    if tree.subscript is not None and is_indicator_sign(base_tree) and (holds := condition_in(tree.subscript)):
        return (yield from wait(apply_superscript(reader, (yield reader.read(holds)), tree.superscript, tree.span)))
    if isinstance(base_tree, Accent) and base_tree.command in commands.BRACES:
        return (yield from wait(underbrace(reader, base_tree, tree)))
    if reader.is_constant_e(base_tree) and tree.subscript is None and tree.superscript is not None:
        exponent: Value = yield reader.read(tree.superscript)
        return elementwise("exp", (exponent,), tree.span)
    if reader.is_constant_e(base_tree) and tree.superscript is not None and tree.superscript_first:
        raise reader.error("a subscript of e", tree.span, "write e^{x_1} for a subscript in the exponent")
    if isinstance(base_tree, Group) and base_tree.opening in ("‖", "|") and tree.subscript is not None:
        return (yield from wait(norm(reader, base_tree, tree)))
    if is_positive_part(base_tree, tree.subscript):
        positive = elementwise("max", (Value(Number(0.0, tree.span)), (yield reader.read(base_tree))), tree.span)
        return (yield from wait(apply_superscript(reader, positive, tree.superscript, tree.span)))
    if letter_name(base_tree) is None:
        return (yield from wait(with_scripts(reader, (yield reader.read(tree.base)), tree)))
    return (yield from wait(with_name(reader, base_tree, tree)))


def condition_in(script: Tree) -> Chain | None:
    """The condition in a subscript, in braces or without them."""
    script = unwrap(script)
    if isinstance(script, Group) and script.opening == "{" and len(script.items) == 1:
        script = script.items[0]
    return script if isinstance(script, Chain) else None


def is_positive_part(base: Tree, subscript: Tree | None) -> bool:
    """Whether a bracket has a plus sign as subscript: `[1 - x]_{+}`"""
    sign = unwrap(subscript) if subscript is not None else None
    return isinstance(base, Group) and base.opening in ("(", "[") and isinstance(sign, Mark) and sign.text == "+"


def with_scripts_outside(reader: Reader, tree: Scripted) -> Scripted:
    """`\\hat{y}_i` for `\\hat{y_i}`, where both have not the same script."""
    base = unwrap(tree.base)
    inner = unwrap(base.body) if isinstance(base, Accent) and base.command not in commands.BRACES else None
    if not isinstance(base, Accent) or not isinstance(inner, Scripted) or letter_name(inner.base) is None:
        return tree
    if is_over_a_power(reader, base, inner):
        return tree
    if (tree.superscript and inner.superscript) or (tree.subscript and inner.subscript):
        return tree
    tree = tree._replace(superscript=tree.superscript or inner.superscript, subscript=tree.subscript or inner.subscript)
    return tree._replace(base=base._replace(body=inner.base))


def is_over_a_power(reader: Reader, accent: Accent, inner: Scripted) -> bool:
    """Whether an accent stands over a power: the mean of x^2 is another value than the square of that of x."""
    return accent.command in commands.ACCENTS and base_name(reader, unwrap(inner.base), inner).power


def with_name(reader: Reader, base_tree: Tree, tree: Scripted) -> Step[Value]:
    """Read a name with scripts: an entry of an array, a longer name, a power of either."""
    base = base_name(reader, base_tree, tree)
    power = tree.superscript if base.power else None
    if tree.subscript is None:
        value = reader.name(base.name, (tree.span[0], tree.span[1] if not base.power else base_tree.span[1]))
        return (yield from wait(apply_superscript(reader, value, power, tree.span)))
    start = tree.span[0]
    below = (start, tree.subscript.span[1])
    items = script_items(tree.subscript)
    whole = full_name(reader, base, tree)
    letters = [item.letter for each in items if (item := shifted_letter(each)) is not None]
    bound = [reader.bindings[letter] for letter in letters if letter in reader.bindings.keys() - reader.loop_names]
    has_loop_name = any(uses_names(reader, item, reader.loop_names) for item in items)
    rank = reader.ranks.get(base.name, 0)
    if bound and rank == 0 and all(isinstance(binding, Term) for binding in bound):
        numbers = {each.letter: each.number for each in bound if isinstance(each, Term)}
        value = reader.name(term_name(reader, base.name, items, numbers), below)
    elif not bound and (
        is_known(reader, base.name, rank, whole) or not (has_loop_name or is_index(reader, rank, items))
    ):
        value = reader.name(whole, below)
    else:
        if rank == 0:
            reader.notes.add(f"'{base.name}' is read as an array, for it has an index of a sum")
        array = Value(Name(base.name, base_tree.span), rank)
        value = yield select(reader, array, items, below, reader.survey.base)
    return (yield from wait(apply_superscript(reader, value, power, tree.span)))


def is_known(reader: Reader, base: str, rank: int, whole: str) -> bool:
    """Whether a name with a subscript is a value of its own, and not an entry of a function's parameter."""
    return whole in reader.ranks and not (rank > 0 and base in reader.parameters)


def is_index(reader: Reader, rank: int, items: Sequence[Tree]) -> bool:
    """Whether a subscript of an array selects entries."""
    if any(isinstance(item, Slice) for item in items):
        return True
    new = sum(letter_of(item) == "None" or isinstance(item, Mark) for item in items)
    if rank == 0 or len(items) - new > rank:
        return False
    return all(
        isinstance(item, (Numeral, Slice, Mark, Symbol, Group, Scripted))
        or shifted_letter(item)
        or whole_of(item) is not None
        for item in items
    )


def with_scripts(reader: Reader, value: Value, tree: Tree) -> Step[Value]:
    """Entries and powers of a value in brackets."""
    if not isinstance(tree, Scripted):
        return value
    if tree.subscript is not None:
        value = yield select(reader, value, script_items(tree.subscript), tree.span, reader.survey.base)
    return (yield from wait(apply_superscript(reader, value, tree.superscript, tree.span)))


def apply_superscript(reader: Reader, value: Value, script: Tree | None, span: Span) -> Step[Value]:
    """A value with a superscript that is no part of a name: a power, a transpose, degrees."""
    if script is None:
        return value
    inner = unwrap(script)
    letter = letter_of(inner)
    negative = isinstance(inner, Sum) and len(inner.terms) == 1 and letter_of(inner.terms[0].tree) in _TRANSPOSES
    is_number = isinstance(value.tree, Name) and value.tree.name in reader.given
    is_power = letter == "T" and value.rank == 0 and (is_number or "T" in reader.ranks)
    if (letter in _TRANSPOSES or negative) and not is_power:
        if value.rank <= 0:
            reader.notes.add(f"'{reader.label(span)}' is read as a transpose")
        transposed = transpose(value, span)
        return transposed if not negative else Value(call("inv", transposed.tree, span=span), 2)
    if letter == "circ":
        half_turn = call("/", Name("pi", span), Number(180.0, span), span=span)
        return elementwise("*", (value, Value(half_turn)), span)
    if isinstance(inner, Mark) or letter in MARKS:
        raise reader.error(f"'{reader.label(inner.span)}' has no meaning here", inner.span)
    if isinstance(inner, Product) and letter_of(inner.factors[0].tree) == "circ" and not inner.factors[1].operator:
        entrywise: Value = yield reader.read_factors(inner.factors, 1)
        return elementwise("^", (value, entrywise), span)
    exponent: Value = yield reader.read(script)
    return reader.power(value, exponent, span)


def norm(reader: Reader, group: Group, tree: Scripted) -> Step[Value]:
    """‖x‖ with a subscript that says which norm."""
    assert tree.subscript is not None
    script = unwrap(tree.subscript)
    kind = letter_of(script) or (script.text if isinstance(script, (Numeral, Mark)) else "")
    inner: Value = yield reader.read(group.items[0])
    span = (group.span[0], tree.subscript.span[1])
    place = tree.subscript.span
    orders: dict[str, Expression] = {"infinity": Name("inf", place), "*": String("nuc", place)}
    if isinstance(script, Numeral):
        orders[kind] = Number(float(kind), place)
    is_matrix = inner.rank == 2
    if inner.axes or len(group.items) > 1 or not (kind == "F" or kind in orders) or (kind == "*" and not is_matrix):
        raise reader.error(f"'{reader.label(span)}' is a norm that graphdiff lacks", span, "write out what it means")
    if kind == "F" or (kind == "2" and not is_matrix):
        value = Value(call("norm", inner.tree, span=span))
    elif kind in ("1", "infinity") and not is_matrix:
        value = Value(call("sum" if kind == "1" else "max", call("abs", inner.tree, span=span), span=span))
    else:
        value = Value(call("norm", inner.tree, span=span, ord=orders[kind]))
    return (yield from wait(apply_superscript(reader, value, tree.superscript, tree.span)))


def accent(reader: Reader, tree: Accent) -> Step[Value]:
    """A letter with an accent, or what stands in bold type."""
    inner = unwrap(tree.body)
    if letter_name(tree) is not None:
        return (yield from wait(read(reader, tree)))
    is_name = isinstance(inner, Scripted) and letter_name(inner.base) is not None
    if isinstance(inner, Scripted) and is_name and tree.command not in commands.BRACES:
        if is_over_a_power(reader, tree, inner):
            raise reader.error("an accent over a power", tree.span, "give it a name of its own")
        return (yield from wait(read(reader, inner._replace(base=tree._replace(body=inner.base), span=tree.span))))
    if tree.command in commands.ACCENTS:
        raise reader.error("an accent over more than one symbol", tree.span, "give it a name of its own")
    return (yield from wait(reader.read(tree.body)))


def read_prime(reader: Reader, tree: Postfix) -> Step[Value]:
    """`x'`, a name of its own."""
    base = letter_name(tree.base)
    if base is None:
        raise reader.error("a prime needs a name before it", tree.span)
    text = reader.text[slice(*tree.span)]
    return reader.name(reader.names.find(f"{base.name}{tree.sign}", text, base.identity), tree.span)
    yield


def underbrace(reader: Reader, brace: Accent, tree: Scripted) -> Step[Value]:
    """`\\underbrace{a + b}_{x}` names its value x."""
    value: Value = yield reader.read(brace.body)
    script = tree.subscript if tree.subscript is not None else tree.superscript
    symbol = unwrap(script) if script is not None else None
    base = letter_name(symbol) if symbol is not None else None
    if (
        isinstance(symbol, Scripted)
        and (inner := letter_name(symbol.base)) is not None
        and symbol.subscript is not None
    ):
        base = LetterName(full_name(reader, Base(inner.name, inner.name, inner.identity, False), symbol))
    if base is None or reader.bindings or value.axes or reader.in_function:
        reader.notes.add(f"the label of '{reader.label(tree.span)}' is left out")
        return value
    assert script is not None
    name = reader.names.find(base.name, reader.text[slice(*script.span)].strip("{}"), base.identity)
    reader.before.append(Assignment(Name(name, script.span), value.tree))
    reader.ranks[name] = value.rank
    reader.assigned.add(name)
    return value._replace(tree=Name(name, tree.span))
