"""Entries of arrays: what a subscript selects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphdiff.language.tree import Ellipsis, Expression, Name, Number
from graphdiff.language.tree import Slice as SliceTree
from graphdiff.reading.latex.indices import Along, Counter, Term, letter_of, shifted_letter, unwrap, whole_of
from graphdiff.reading.latex.steps import Step
from graphdiff.reading.latex.tree import Mark, Numeral, Slice, Tree
from graphdiff.reading.latex.values import Value, call, index
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.latex.expressions import Reader

_ALL = SliceTree(None, None, None)


def select(reader: Reader, base: Value, items: Sequence[Tree], span: Span, first: int) -> Step[Value]:
    """Entries of an array; first is what its first entry is called where an index is a number."""
    positions: list[Expression | SliceTree | Ellipsis] = [_ALL] * len(base.axes)
    axes = list(base.axes)
    consumed = 0
    if len(items) == 1 and isinstance(digits := unwrap(items[0]), Numeral) and len(digits.text) == base.rank > 1:
        items = [Numeral(digit, digits.span) for digit in digits.text]  # A_{12}
    array = base.tree.name if isinstance(base.tree, Name) else ""
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
            positions.append(section(reader, binding, shifted.shift, item.span, array))
        elif isinstance(binding, (Counter, Term)) and shifted is not None:
            shift = shifted.shift - reader.first_index(array, binding.base)
            positions.append(position_of(binding, shift, item.span))
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
    return order_axes(Value(tree, rank, False, tuple(axes)), span)


def order_axes(value: Value, span: Span) -> Value:
    """The same array with its axes in the order in which their indices were bound."""
    order = sorted(range(len(value.axes)), key=lambda place: value.axes[place].order)
    if order == list(range(len(order))):
        return value
    rest = range(len(order), len(order) + value.rank)
    numbers = [Number(float(place), span) for place in (*order, *rest)]
    return value._replace(
        tree=call("transpose", value.tree, *numbers, span=span), axes=tuple(value.axes[place] for place in order)
    )


def position_of(binding: Counter | Term, shift: int, span: Span) -> Expression:
    """The position of an index that a comprehension counts, or that is a number."""
    if isinstance(binding, Term):
        return Number(float(binding.number + shift), span)
    name = Name(binding.letter, span)
    if shift == 0:
        return name
    return call("+" if shift > 0 else "-", name, Number(float(abs(shift)), span), span=span)


def section(reader: Reader, binding: Along, shift: int, span: Span, array: str) -> SliceTree:
    """The part of an axis of an array that an index runs over."""
    if binding.start is None or binding.stop is None:
        if shift:
            hint = f"write the bounds of the sum: \\sum_{{{binding.letter}=2}}^n"
            raise reader.error(f"'{reader.label(span)}' goes beyond the array", span, hint)
        return _ALL
    start, stop = binding.start + shift - reader.first_index(array, binding.base), binding.stop + shift
    if start < 0 or stop > 0:
        raise reader.error(f"'{reader.label(span)}' goes beyond the array", span, "change the bounds of the sum")
    return SliceTree(Number(float(start), span) if start else None, Number(float(stop), span) if stop else None, None)


def positions(reader: Reader, binding: Along, span: Span, base: int) -> Value:
    """The values of an index along an axis: base is that of the first entry."""
    example = reader.example(binding.letter, span)
    axis, array = example.axis, example.tree
    zero = Number(0.0, span)
    part = section(reader, binding, 0, span, array.name)
    items = [zero] * axis + [part] + [zero] * (example.rank - axis - 1)
    vector = index(array, *items, span=span) if example.rank > 1 or part != _ALL else array
    one = Number(1.0, span)
    ones = call("where", call("==", vector, vector, span=span), one, one, span=span)
    count = call("cumsum", ones, span=span)
    first = binding.start - binding.base if binding.start is not None else 0
    shift = float(1 - base - first)
    tree = count if shift == 0 else call("-", count, Number(shift, span), span=span)
    return Value(tree, 0, False, (binding.axis,))
