"""Symbols with scripts: names, entries of arrays, powers and transposes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from graphdiff.language.tree import Assignment, Ellipsis, Expression, Name, Number
from graphdiff.language.tree import Slice as SliceTree
from graphdiff.reading.latex import commands
from graphdiff.reading.latex.indices import (
    Along,
    Counter,
    Term,
    letter_of,
    script_items,
    shifted_letter,
    unwrap,
    whole_of,
)
from graphdiff.reading.latex.names import label_of, typed
from graphdiff.reading.latex.steps import Step, wait
from graphdiff.reading.latex.tree import (
    Accent,
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
from graphdiff.reading.latex.values import Value, call, elementwise, index, transpose
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.latex.expressions import Reader
    from graphdiff.reading.latex.scope import Scope

_ALL = SliceTree(None, None, None)
_TRANSPOSES = frozenset(["T", "top"])
_MARKS = frozenset(["dagger", "prime", "circ"])


class Named(NamedTuple):
    """The base of a name, as formulas of graphdiff write it; identity tells it from others written the same."""

    name: str
    identity: str = ""


def named(tree: Tree) -> Named | None:
    """The name of a letter, with or without an accent; None of any other tree."""
    suffix = identity = ""
    tree = unwrap(tree)
    while isinstance(tree, Accent):
        if tree.command in commands.ACCENTS:
            suffix = f"_{commands.ACCENTS[tree.command]}{suffix}"
            identity += tree.command
        elif tree.command not in commands.STYLES:
            return None
        elif tree.command not in commands.PLAIN_STYLES:
            identity += tree.command
        tree = unwrap(tree.body)
    return Named(f"{tree.name}{suffix}", identity) if isinstance(tree, Symbol) else None


def read(reader: Reader, tree: Tree) -> Step[Value]:
    """Read a symbol or anything with scripts."""
    if not isinstance(tree, Scripted):
        base = named(tree)
        assert base is not None
        return reader.name(reader.names.find(base.name, reader.text[slice(*tree.span)], base.identity), tree.span)
        yield
    base_tree = unwrap(tree.base)
    inner = unwrap(base_tree.body) if isinstance(base_tree, Accent) else None
    if isinstance(inner, Scripted) and isinstance(base_tree, Accent) and base_tree.command not in commands.BRACES:
        if named(inner.base) is not None:
            base_tree = base_tree._replace(body=inner.base)
            merged = inner._replace(base=base_tree, span=tree.span)
            tree = merged._replace(
                superscript=tree.superscript or inner.superscript, subscript=tree.subscript or inner.subscript
            )
    if isinstance(base_tree, Accent) and base_tree.command in commands.BRACES:
        return (yield from wait(underbrace(reader, base_tree, tree)))
    if reader.is_constant_e(base_tree) and tree.subscript is None and tree.superscript is not None:
        exponent: Value = yield reader.read(tree.superscript)
        return elementwise("exp", (exponent,), tree.span)
    if reader.is_constant_e(base_tree) and tree.superscript is not None and tree.superscript_first:
        raise reader.error("a subscript of e", tree.span, "write e^{x_1} for a subscript in the exponent")
    if isinstance(base_tree, Group) and base_tree.opening in ("‖", "|") and tree.subscript is not None:
        return (yield from wait(norm(reader, base_tree, tree)))
    if named(base_tree) is None:
        return (yield from wait(with_scripts(reader, (yield reader.read(tree.base)), tree)))
    return (yield from wait(with_name(reader, base_tree, tree)))


def with_name(reader: Reader, base_tree: Tree, tree: Scripted) -> Step[Value]:
    """Read a name with scripts: an entry of an array, a longer name, a power of either."""
    base = base_name(reader, base_tree, tree)
    power = tree.superscript if base.power else None
    if tree.subscript is None:
        value = reader.name(base.name, (tree.span[0], tree.span[1] if not base.power else base_tree.span[1]))
        return (yield from wait(raised(reader, value, power, tree.span)))
    start = tree.span[0]
    below = (start, tree.subscript.span[1])
    items = script_items(tree.subscript)
    whole = full_name(reader, base, tree)
    letters = [item.letter for each in items if (item := shifted_letter(each)) is not None]
    bound = [reader.bindings[letter] for letter in letters if letter in reader.bindings]
    rank = reader.ranks.get(base.name, 0)
    if bound and rank == 0 and all(isinstance(binding, Term) for binding in bound):
        numbers = {each.letter: each.number for each in bound if isinstance(each, Term)}
        value = reader.name(written_out(reader, base.name, items, numbers), below)
    elif not bound and (is_known(reader, base.name, rank, whole) or not is_index(reader, rank, items)):
        value = reader.name(whole, below)
    else:
        numeral = items[0]
        if rank > 1 and len(items) == 1 and isinstance(numeral, Numeral) and len(numeral.text) == rank:
            items = [Numeral(digit, numeral.span) for digit in numeral.text]
        if rank == 0:
            reader.notes.add(f"'{base.name}' is read as an array, for it has an index of a sum")
        array = Value(Name(base.name, base_tree.span), rank)
        value = yield entries(reader, array, items, below, reader.survey.base)
    return (yield from wait(raised(reader, value, power, tree.span)))


class Base(NamedTuple):
    """The name before a subscript, how it is typed, and whether a superscript is a power."""

    name: str
    text: str
    identity: str
    power: bool


def base_name(reader: Scope, base_tree: Tree, tree: Scripted) -> Base:
    """The name of a base with the superscript that is a part of it, as in `a^{l-1}_k`."""
    base = named(base_tree)
    assert base is not None
    text = typed(reader.text[slice(*base_tree.span)])
    script = tree.superscript
    if script is None or not is_label(reader, base.name, base_tree, script, tree):
        return Base(reader.names.find(base.name, text, base.identity), text, base.identity, script is not None)
    label = typed(reader.text[slice(*script.span)])
    whole = f"{text}^{label}"
    reader.notes.add(f"'{whole}' is read as one name, not as a power")
    return Base(reader.names.find(f"{base.name}^{label}", whole, base.identity), whole, base.identity, False)


def is_label(reader: Scope, name: str, base: Tree, script: Tree, tree: Scripted) -> bool:
    """Whether a superscript is a part of the name: a mark, a number in brackets, a layer's index."""
    inner = unwrap(script)
    if isinstance(inner, Mark):
        return True
    letter = letter_of(inner)
    if letter in _MARKS or (isinstance(inner, Group) and inner.opening in ("(", "[") and len(inner.items) == 1):
        return name not in reader.bindings
    if letter is not None and len(letter) > 1 and reader.text[inner.span[0]] == "\\" and letter not in reader.ranks:
        return (
            reader.text.startswith((r"\text", r"\mathrm", r"\mathit", r"\operatorname"), inner.span[0])
            and letter != "top"
        )
    shifted = shifted_letter(inner)
    if shifted is None or shifted.letter not in reader.survey.labels or shifted.letter in reader.bindings:
        return False
    labelled = f"{name}^{typed(reader.text[slice(*script.span)])}"
    return labelled in reader.ranks or name not in reader.ranks


def full_name(reader: Reader, base: Base, tree: Scripted) -> str:
    """The name with its subscript: w_ij, x_max; as it is typed where that is no word."""
    assert tree.subscript is not None
    script = reader.text[slice(*tree.subscript.span)]
    label = label_of(script)
    plain = re_typed = f"{base.text}_{typed(script)}"
    if label is not None and base.name.replace("_", "").isalnum():
        plain = f"{base.name}_{label}"
    return reader.names.find(plain, re_typed, base.identity)


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


def written_out(reader: Scope, base: str, items: Sequence[Tree], numbers: Mapping[str, int]) -> str:
    """The name at one term of a sum that is written out: x_3 for x_i, where numbers has i = 3."""
    labels: list[str] = []
    for item in items:
        shifted = shifted_letter(item)
        if shifted is not None and shifted.letter in numbers:
            labels.append(str(numbers[shifted.letter] + shifted.shift))
        else:
            labels.append(label_of(reader.text[slice(*item.span)]) or "")
    joined = "_".join(labels)
    together = "".join(labels)
    name = (
        f"{base}_{joined}" if max(map(len, labels)) > 1 or f"{base}_{joined}" in reader.ranks else f"{base}_{together}"
    )
    return reader.names.find(name, name)


def entries(reader: Reader, base: Value, items: Sequence[Tree], span: Span, first: int) -> Step[Value]:
    """Entries of an array; first is what its first entry is called where an index is a number."""
    positions: list[Expression | SliceTree | Ellipsis] = [_ALL] * len(base.axes)
    axes = list(base.axes)
    consumed = 0
    for item in items:
        item = unwrap(item)
        shifted = shifted_letter(item)
        binding = reader.bindings.get(shifted.letter) if shifted is not None else None
        if isinstance(item, Mark) and item.text == "...":
            positions.append(Ellipsis(item.span))
            continue
        consumed += -1 if letter_of(item) == "None" else not isinstance(item, Slice)
        if isinstance(item, Slice):
            bounds = []
            for bound in item.bounds:
                bounds.append(None if bound is None else (yield reader.read(bound)).tree)
            positions.append(SliceTree(*bounds))
        elif isinstance(binding, Along) and shifted is not None:
            if binding.axis in axes:
                hint = "write the trace as \\operatorname{tr}(A)"
                raise reader.error(f"'{binding.letter}' stands twice in the index of one array", span, hint)
            axes.append(binding.axis)
            positions.append(section(reader, binding, shifted.shift, item.span))
        elif isinstance(binding, (Counter, Term)) and shifted is not None:
            positions.append(counted(binding, shifted.shift, item.span))
        elif (number := whole_of(item)) is not None:
            if number >= 0:
                reader.notes.add(f"indices of arrays count from {first}: '{reader.label(span)}'")
            if 0 <= number < first:
                raise reader.error(f"there is no entry {number}: indices count from {first} here", span)
            positions.append(Number(float(number - (first if number >= 0 else 0)), item.span))
        else:
            value: Value = yield reader.read(item)
            if letter_of(item) not in (None, "None"):
                reader.notes.add(f"the index '{reader.label(item.span)}' counts from 0")
            positions.append(value.tree)
            consumed -= value.rank  # an array of indices
    is_whole = all(position == _ALL for position in positions)
    tree = base.tree if is_whole else index(base.tree, *positions, span=span)
    rank = max(base.rank - consumed, 0)
    return ordered(Value(tree, rank, False, tuple(axes)), span)


def ordered(value: Value, span: Span) -> Value:
    """The same array with its axes in the order in which their indices were bound."""
    order = sorted(range(len(value.axes)), key=lambda place: value.axes[place].order)
    if order == list(range(len(order))):
        return value
    rest = range(len(order), len(order) + value.rank)
    numbers = [Number(float(place), span) for place in (*order, *rest)]
    return value._replace(
        tree=call("transpose", value.tree, *numbers, span=span), axes=tuple(value.axes[place] for place in order)
    )


def counted(binding: Counter | Term, shift: int, span: Span) -> Expression:
    """The position of an index that a comprehension counts, or that is a number."""
    offset = shift - binding.base
    if isinstance(binding, Term):
        return Number(float(binding.number + offset), span)
    name = Name(binding.letter, span)
    if offset == 0:
        return name
    return call("+" if offset > 0 else "-", name, Number(float(abs(offset)), span), span=span)


def section(reader: Reader, binding: Along, shift: int, span: Span) -> SliceTree:
    """The part of an axis that an index runs over."""
    if binding.start is None or binding.stop is None:
        if shift:
            hint = f"write the bounds of the sum: \\sum_{{{binding.letter}=2}}^n"
            raise reader.error(f"'{reader.label(span)}' goes beyond the array", span, hint)
        return _ALL
    start, stop = binding.start + shift - binding.base, binding.stop + shift
    if start < 0 or stop > 0:
        raise reader.error(f"'{reader.label(span)}' goes beyond the array", span, "change the bounds of the sum")
    return SliceTree(Number(float(start), span) if start else None, Number(float(stop), span) if stop else None, None)


def positions(reader: Reader, binding: Along, span: Span, base: int) -> Value:
    """The values of an index along an axis: base is that of the first entry."""
    example = reader.example(binding.letter, span)
    axis, array = example.axis, example.tree
    zero = Number(0.0, span)
    part = section(reader, binding, 0, span)
    items = [zero] * axis + [part] + [zero] * (example.rank - axis - 1)
    vector = index(array, *items, span=span) if example.rank > 1 or part != _ALL else array
    one = Number(1.0, span)
    ones = call("where", call("==", vector, vector, span=span), one, one, span=span)
    count = call("cumsum", ones, span=span)
    first = binding.start - binding.base if binding.start is not None else 0
    shift = float(1 - base - first)
    tree = count if shift == 0 else call("-", count, Number(shift, span), span=span)
    return Value(tree, 0, False, (binding.axis,))


def with_scripts(reader: Reader, value: Value, tree: Tree) -> Step[Value]:
    """Entries and powers of a value in brackets."""
    if not isinstance(tree, Scripted):
        return value
    if tree.subscript is not None:
        value = yield entries(reader, value, script_items(tree.subscript), tree.span, reader.survey.base)
    return (yield from wait(raised(reader, value, tree.superscript, tree.span)))


def raised(reader: Reader, value: Value, script: Tree | None, span: Span) -> Step[Value]:
    """A value with a superscript that is no part of a name: a power, a transpose, degrees."""
    if script is None:
        return value
    inner = unwrap(script)
    letter = letter_of(inner)
    negative = isinstance(inner, Sum) and len(inner.terms) == 1 and letter_of(inner.terms[0].tree) in _TRANSPOSES
    is_taken = "T" in reader.ranks and value.rank == 0
    if (letter in _TRANSPOSES or negative) and not is_taken:
        transposed = transpose(value, span)
        return transposed if not negative else Value(call("inv", transposed.tree, span=span), 2)
    if letter == "circ":
        half_turn = call("/", Name("pi", span), Number(180.0, span), span=span)
        return elementwise("*", (value, Value(half_turn)), span)
    if isinstance(inner, Mark) or letter in _MARKS:
        raise reader.error(f"'{reader.label(inner.span)}' has no meaning here", inner.span)
    if isinstance(inner, Product) and letter_of(inner.factors[0].tree) == "circ" and not inner.factors[1].operator:
        entrywise: Value = yield products_read(reader, inner)
        return elementwise("^", (value, entrywise), span)
    exponent: Value = yield reader.read(script)
    return reader.power(value, exponent, span)


def products_read(reader: Reader, tree: Product) -> Step[Value]:
    """What follows the sign of a power entry by entry."""
    from graphdiff.reading.latex import products

    return products.read(reader, tree.factors, 1)


def norm(reader: Reader, group: Group, tree: Scripted) -> Step[Value]:
    """‖x‖ with a subscript that says which norm."""
    assert tree.subscript is not None
    script = unwrap(tree.subscript)
    kind = letter_of(script) or (script.text if isinstance(script, Numeral) else "")
    inner: Value = yield reader.read(group.items[0])
    span = (group.span[0], tree.subscript.span[1])
    matrix_norm = inner.rank == 2 and kind != "F"
    if kind not in ("1", "2", "F", "infinity") or inner.axes or len(group.items) > 1 or matrix_norm:
        raise reader.error(f"'{reader.label(span)}' is a norm that graphdiff lacks", span, "write out what it means")
    if kind in ("2", "F"):
        value = Value(call("norm", inner.tree, span=span))
    else:
        value = Value(call("sum" if kind == "1" else "max", call("abs", inner.tree, span=span), span=span))
    return (yield from wait(raised(reader, value, tree.superscript, tree.span)))


def accent(reader: Reader, tree: Accent) -> Step[Value]:
    """A letter with an accent, or what stands in bold type."""
    inner = unwrap(tree.body)
    if named(tree) is not None:
        return (yield from wait(read(reader, tree)))
    if isinstance(inner, Scripted) and tree.command not in commands.BRACES and named(inner.base) is not None:
        return (yield from wait(read(reader, inner._replace(base=tree._replace(body=inner.base), span=tree.span))))
    if tree.command in commands.ACCENTS:
        raise reader.error("an accent over more than one symbol", tree.span, "give it a name of its own")
    return (yield from wait(reader.read(tree.body)))


def primed(reader: Reader, tree: Postfix) -> Step[Value]:
    """`x'`, a name of its own."""
    base = named(tree.base)
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
    base = named(symbol) if symbol is not None else None
    if isinstance(symbol, Scripted) and (inner := named(symbol.base)) is not None and symbol.subscript is not None:
        base = Named(full_name(reader, Base(inner.name, inner.name, inner.identity, False), symbol))
    if base is None or reader.bindings or value.axes or reader.in_function:
        reader.notes.add(f"the label of '{reader.label(tree.span)}' is left out")
        return value
    assert script is not None
    name = reader.names.find(base.name, reader.text[slice(*script.span)].strip("{}"), base.identity)
    reader.before.append(Assignment(Name(name, script.span), value.tree))
    reader.ranks[name] = value.rank
    reader.assigned.add(name)
    return value._replace(tree=Name(name, tree.span))


def function_name(reader: Reader, tree: Tree) -> tuple[str | None, Tree | None]:
    """The name before a bracket, with its subscript, and the superscript that is not a part of it."""
    if not isinstance(tree, Scripted):
        base = named(tree)
        if base is None:
            return None, None
        return reader.names.find(base.name, reader.text[slice(*tree.span)], base.identity), None
    base_tree = unwrap(tree.base)
    if named(base_tree) is None:
        return None, None
    whole = base_name(reader, base_tree, tree)
    name = whole.name if tree.subscript is None else full_name(reader, whole, tree)
    return name, tree.superscript if whole.power else None
