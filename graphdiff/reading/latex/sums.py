"""Sums and products over indices: along axes of arrays, counted, or written out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from graphdiff.language.tree import Call, Clause, Comprehension, Expression, Name, Number, Tuple
from graphdiff.reading.latex.entries import positions
from graphdiff.reading.latex.indices import (
    Along,
    Binding,
    Counter,
    Term,
    bounds_of,
    letter_of,
    script_items,
    shifted_letter,
    unwrap,
    walk,
    whole_of,
)
from graphdiff.reading.latex.steps import Step, wait
from graphdiff.reading.latex.tree import BigOperator, Chain, Factor, Group, Scripted, Tree, Word
from graphdiff.reading.latex.values import Axis, Value, call, elementwise
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.latex.expressions import Reader

MOST_TERMS = 1000
"""The most terms of all sums that are written out."""
NEUTRAL = {"sum": 0.0, "prod": 1.0}
HINTS = {
    "int": "graphdiff has no integrals",
    "lim": "graphdiff has no limits",
    "argmax": "an index is not differentiable",
    "argmin": "an index is not differentiable",
}


class Range(NamedTuple):
    """An index of a sum with its bounds, as far as they are given."""

    letter: str
    start: Tree | None
    stop: Tree | None


def is_big_function(tree: Tree) -> bool:
    """Whether a tree is max or min over an index."""
    if not isinstance(tree, Scripted) or not isinstance(tree.base, Word):
        return False
    return tree.base.name in ("max", "min") and tree.subscript is not None


def read(reader: Reader, factors: Sequence[Factor], place: int, end: int) -> Step[Value]:
    """Read a sum whose body is all factors after it."""
    head = factors[place].tree
    base = head.base if isinstance(head, Scripted) else head
    assert isinstance(base, (BigOperator, Word))
    if base.name not in ("sum", "prod", "max", "min"):
        raise reader.error(f"'{reader.label(base.span)}' is not supported", base.span, HINTS.get(base.name))
    if place + 1 >= end:
        raise reader.error(f"expected what to add or multiply after '{reader.label(head.span)}'", head.span)
    if not isinstance(head, Scripted) or head.subscript is None:
        raise reader.error("the sum has no index", head.span, r"write \sum_i or \sum_{i=1}^{n}")
    if base.name == "prod" and any(factor.operator for factor in factors[place + 1 : end]):
        reader.notes.add("the product sign applies to all factors after it")
    ranges, conditions = ranges_of(reader, head)
    start = head.span[0]
    body_span = (start, factors[end - 1].tree.span[1])
    scope = dict(reader.bindings)
    result: Value = yield bind(reader, base.name, ranges, conditions, (factors, place + 1, end), body_span)
    reader.bindings = scope
    return result


def ranges_of(reader: Reader, head: Scripted) -> tuple[list[Range], list[Chain]]:
    """The indices under a sign of a sum, and the conditions on them."""
    assert head.subscript is not None
    script = unwrap(head.subscript)
    items = list(script.items) if isinstance(script, Group) and len(script.items) > 1 else [script]
    ranges: list[Range] = []
    conditions: list[Chain] = []
    for item in items:
        if not isinstance(item, Chain):
            letters = [letter_of(each) for each in script_items(item)]
            if None in letters:
                raise reader.error(f"'{reader.label(item.span)}' is not an index", item.span)
            ranges += [Range(letter, None, None) for letter in letters if letter is not None]
            continue
        letter = letter_of(item.sides[0])
        if item.relations == ["="] and letter is not None:
            ranges = [each if each.start else Range(each.letter, item.sides[1], head.superscript) for each in ranges]
            ranges.append(Range(letter, item.sides[1], head.superscript))
            continue
        if (bounds := bounds_of(item)) is not None:
            ranges += [Range(letter_of(index) or "", bounds.start, bounds.stop) for index in bounds.indices]
            if len(bounds.indices) > 1:
                conditions.append(Chain(bounds.indices, item.relations[1:-1], item.span))
            continue
        if not set(item.relations) <= {"<", "<=", ">", ">=", "!="}:
            raise reader.error(f"'{reader.label(item.span)}' gives no index its values", item.span)
        conditions.append(item)
        known = {each.letter for each in ranges}
        for side in item.sides:
            name = letter_of(side)
            is_first = not known and not ranges
            free = name is not None and name not in reader.bindings and name not in known and name not in reader.ranks
            if name is not None and free and (is_first or ("!=" not in item.relations and reader.has_example(name))):
                ranges.append(Range(name, None, None))
                known.add(name)
    if not ranges:
        raise reader.error("the sum has no index of its own", head.span)
    return ranges, conditions


def bind(
    reader: Reader,
    kind: str,
    ranges: list[Range],
    conditions: list[Chain],
    body: tuple[Sequence[Factor], int, int],
    span: Span,
) -> Step[Value]:
    """Bind the indices from the first on, read the body, and join its terms."""
    clauses: list[Clause] = []
    axes: list[Along] = []
    for number, each in enumerate(ranges):
        binding, bounds = yield binding_of(reader, each, kind)
        if isinstance(binding, Term):
            if clauses or axes:
                raise reader.error("a sum over some indices that is written out and some that is not", span)
            return (
                yield from wait(write_out(reader, kind, each, bounds, (ranges[number + 1 :], conditions, body), span))
            )
        reader.bindings[each.letter] = binding
        if isinstance(binding, Counter):
            start, stop = bounds
            values = Call("range", (start, stop), start.span, start.span)
            clauses.append(Clause(Name(each.letter, start.span), values, None))
        else:
            axes.append(binding)
    value: Value = yield reader.read_factors(*body)
    for condition in conditions:
        holds = yield condition_value(reader, condition)
        if clauses and not axes and is_static(condition, [clause.variable.name for clause in clauses]):
            last = clauses[-1].condition
            both = holds.tree if last is None else call("*", last, holds.tree, span=condition.span)
            clauses[-1] = clauses[-1]._replace(condition=both)
        elif kind not in NEUTRAL:
            raise reader.error(f"{kind} with a condition", condition.span, "write the condition as a case in its body")
        else:
            neutral = Value(Number(NEUTRAL[kind], condition.span))
            value = elementwise("where", (holds, value, neutral), span)
    if clauses:
        value = value._replace(tree=Comprehension(kind, value.tree, tuple(clauses), span, span))
    return reduce_axes(reader, kind, value, axes, ranges, span) if axes else value


def is_static(condition: Chain, letters: list[str]) -> bool:
    """Whether a condition is only about counted indices and numbers."""
    return all(letter in letters for tree in walk(condition) if (letter := letter_of(tree)) is not None)


def condition_value(reader: Reader, condition: Chain) -> Step[Value]:
    """A condition on indices: inputs in it count from 0, numbers as the indices do."""
    sides: list[Value] = []
    is_bound = [letter_of(side) in reader.bindings for side in condition.sides]
    for side, bound in zip(condition.sides, is_bound, strict=True):
        binding = reader.bindings.get(letter_of(side) or "")
        others = [
            whole_of(other) is None
            for other, other_bound in zip(condition.sides, is_bound, strict=True)
            if not other_bound
        ]
        if not bound and whole_of(side) is not None:
            reader.notes.add(f"indices of arrays count from {reader.survey.base}: '{reader.label(condition.span)}'")
        if bound and isinstance(binding, Along):
            sides.append(positions(reader, binding, side.span, 0 if any(others) else reader.survey.base))
        else:
            sides.append((yield reader.read(side)))
            if whole_of(side) is None and not bound:
                reader.notes.add(f"the index '{reader.label(side.span)}' counts from 0")
                counter = next(
                    (reader.bindings[letter_of(s) or ""] for s, b in zip(condition.sides, is_bound, strict=True) if b),
                    None,
                )
                if isinstance(counter, Counter) and counter.base:
                    one = Value(Number(float(counter.base), side.span))
                    sides[-1] = elementwise("+", (sides[-1], one), side.span)
    result: Value | None = None
    for left, relation, right in zip(sides, condition.relations, sides[1:], strict=False):
        holds = elementwise(relation, (left, right), condition.span)
        result = holds if result is None else elementwise("*", (result, holds), condition.span)
    assert result is not None  # a chain has relations
    return result


def binding_of(reader: Reader, each: Range, kind: str) -> Step[tuple[Binding, tuple[Expression, Expression]]]:
    """How an index is bound, and for a counted one the bounds of its range."""
    nothing = (Number(0.0, (0, 0)), Number(0.0, (0, 0)))
    reader.order += 1
    if each.start is None:
        if not reader.has_example(each.letter) and not reader.is_subscript(each.letter):
            hint = (
                "give the sum bounds: i=1"
                if kind in NEUTRAL
                else f"there is no {kind} over a value: write the function"
            )
            raise reader.error(f"'{each.letter}' is an index of nothing", reader.place, hint)
        return Along(Axis(each.letter, reader.order), None, None, reader.survey.base), nothing
    if each.stop is None:
        raise reader.error(f"the sum over '{each.letter}' has no upper bound", each.start.span, r"write \sum_{i=1}^{n}")
    if letter_of(each.stop) == "infinity":
        raise reader.error("the sum has no end", each.stop.span, "a sum must be finite: write a number")
    if is_counted(reader, each):
        reader.fix_names(each.start)
        reader.fix_names(each.stop)
    start, stop = reader.whole(each.start), reader.whole(each.stop)
    base = 0 if start == 0 else 1
    if start is not None and stop is not None:
        if reader.is_written_out(each.letter, start):
            return Term(each.letter, start, base), (
                Number(float(start), each.start.span),
                Number(float(stop), each.start.span),
            )
        return Counter(each.letter, base), (Number(float(start), each.start.span), Number(stop + 1.0, each.stop.span))
    upper = shifted_letter(each.stop)
    if start is not None and upper is not None and upper.letter not in reader.bindings:
        if reader.is_subscript(each.letter):
            called = base
            if reader.has_example(each.letter):
                called = reader.first_index(reader.example(each.letter, each.stop.span).tree.name, base)
            last = upper.shift + (1 if called == 0 and upper.shift < 0 else 0)
            reader.note_length(each.letter, upper, base)
            return Along(Axis(each.letter, reader.order), start, last, base), nothing
        if not reader.depends(each.letter):
            return Along(Axis(each.letter, reader.order), start, upper.shift, base), nothing
    first: Value = yield reader.read(each.start)
    final: Value = yield reader.read(each.stop)
    if first.axes or final.axes:
        raise reader.error("a bound that depends on another index", reader.place, r"write a condition: \sum_{i<j}")
    if upper is not None and upper.letter not in reader.bindings and upper.letter not in reader.numbers:
        hint = f"write {upper.letter} = 10 before the sum, or give it a whole number in the point"
        raise reader.error(f"'{upper.letter}' must be a number in the text", each.stop.span, hint)
    after = elementwise("+", (final, Value(Number(1.0, final.span))), final.span)
    return Counter(each.letter, base), (first.tree, after.tree)


def is_counted(reader: Reader, each: Range) -> bool:
    """Whether the values of an index follow from its bounds: those of an array's index do from its length, and equal
    terms are not counted one by one."""
    start = whole_of(each.start)
    if start is None or each.stop is None or shifted_letter(each.stop) is None:
        return True
    if reader.is_subscript(each.letter):
        return reader.is_written_out(each.letter, start)
    return reader.depends(each.letter)


def write_out(
    reader: Reader,
    kind: str,
    each: Range,
    bounds: tuple[Expression, Expression],
    rest: tuple[list[Range], list[Chain], tuple[Sequence[Factor], int, int]],
    span: Span,
) -> Step[Value]:
    """A sum over names, term by term."""
    ranges, conditions, body = rest
    start, stop = bounds
    assert isinstance(start, Number)
    assert isinstance(stop, Number)
    total: Value | None = None
    if conditions:
        raise reader.error("a condition on a sum over names", span, "write out the sum")
    reader.notes.add(f"the sum over '{each.letter}' is written out")
    for number in range(int(start.value), int(stop.value) + 1):
        reader.terms += 1
        if reader.terms > MOST_TERMS:
            raise reader.error(f"more than {MOST_TERMS:,} terms", span, "use an array", "limit")
        reader.bindings[each.letter] = Term(each.letter, number, 0)
        if ranges:
            term: Value = yield bind(reader, kind, ranges, conditions, body, span)
        else:
            term = yield reader.read_factors(*body)
        operation = {"sum": "+", "prod": "*"}.get(kind, kind)
        total = term if total is None else elementwise(operation, (total, term), span)
    return total if total is not None else Value(Number(NEUTRAL.get(kind, 0.0), span))


def reduce_axes(
    reader: Reader, kind: str, value: Value, bindings: list[Along], ranges: list[Range], span: Span
) -> Value:
    """Sum, multiply, or take the largest entry along the axes of these indices."""
    axes = [binding.axis for binding in bindings]
    missing = [binding for binding in bindings if binding.axis not in value.axes]
    for binding in missing:
        value = repeat_term(reader, kind, value, binding, ranges, span)
    axes = [axis for axis in axes if axis in value.axes]
    if not axes:
        return value
    remaining = tuple(axis for axis in value.axes if axis not in axes)
    is_power = isinstance(value.tree, Call) and value.tree.function == "^"
    if value.rank > 0 and is_power and not remaining:
        reader.notes.add("the sum of powers of vectors is read as the sum over all their entries")
        return Value(call(kind, value.tree, span=span))
    if value.rank == 0 and not remaining:
        return Value(call(kind, value.tree, span=span))
    places: list[Expression] = [Number(float(value.axes.index(axis)), span) for axis in axes]
    axis = places[0] if len(places) == 1 else Tuple(tuple(places), span)
    return Value(call(kind, value.tree, span=span, axis=axis), value.rank, value.is_row, remaining)


def repeat_term(reader: Reader, kind: str, value: Value, binding: Along, ranges: list[Range], span: Span) -> Value:
    """A sum of equal terms: their number times one of them."""
    each = next(each for each in ranges if each.letter == binding.letter)
    upper = shifted_letter(each.stop) if each.stop is not None else None
    if binding.start is None or upper is None or kind not in NEUTRAL:
        raise reader.error(f"what is summed does not depend on '{binding.letter}'", span)
    reader.notes.add(f"all terms of the sum over '{binding.letter}' are equal")
    count = reader.name(upper.letter, each.stop.span if each.stop is not None else span)
    shift = upper.shift - binding.start + 1
    if shift:
        count = elementwise("+", (count, Value(Number(float(shift), span))), span)
    return elementwise("*" if kind == "sum" else "^", (count, value) if kind == "sum" else (value, count), span)


def big_heads(tree: Tree) -> Iterator[Scripted]:
    """The signs of sums in a tree."""
    for part in walk(tree):
        if isinstance(part, Scripted) and (isinstance(part.base, BigOperator) or is_big_function(part)):
            yield part
