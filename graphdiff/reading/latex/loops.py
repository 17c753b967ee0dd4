r"""Loops, as writing/latex_writer.py writes them: `\operatorname{fold}_{t = 0}^{4}\left(h x; \; h = 1\right)`.

With several carried values it is `\left(\left(p + v, v - p\right); \; p = 1, v = 0\right)_{1}`, where the subscript is
the number of one of them. A counter that does not count up by 1 has its values listed, `t = 4, 3, \ldots, 0`, and a
loop along an array has `r \in x`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from graphdiff.language.hints import LOOPS
from graphdiff.language.tree import Clause, Comprehension, Expression, Keyword, Name, Number
from graphdiff.language.tree import Tuple as TupleTree
from graphdiff.reading.latex.entries import select
from graphdiff.reading.latex.factors import bracket_of, is_next_bracket
from graphdiff.reading.latex.indices import Counter, script_items, unwrap, walk, whole_of
from graphdiff.reading.latex.steps import Step, wait
from graphdiff.reading.latex.subscripts import apply_superscript
from graphdiff.reading.latex.symbols import function_name
from graphdiff.reading.latex.tree import Accent, Chain, Factor, Group, Mark, Product, Scripted, Symbol, Tree, Word
from graphdiff.reading.latex.values import UNKNOWN, Value, call
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.latex.expressions import Reader

Part: TypeAlias = Step[tuple[Value, int]]
"""Reads some factors: their value, and where the next begins."""


class LoopTree(NamedTuple):
    """A loop as it is set: steps are the items below its name, the first of them with the counter, and last what is
    above it; following is the brackets with their scripts."""

    head: Word
    steps: list[Tree]
    last: Tree | None
    next_values: list[Tree]
    starts: list[Chain]
    following: Tree
    span: Span


def loop_at(factors: Sequence[Factor], place: int, end: int) -> LoopTree | None:
    """The loop that begins at a factor; None if none does."""
    head = factors[place].tree
    if not isinstance(head, Scripted) or head.subscript is None or not is_next_bracket(factors, place, end, "("):
        return None
    following = factors[place + 1].tree
    bracket = bracket_of(following)
    if not isinstance(head.base, Word) or head.base.name not in LOOPS or bracket is None or not bracket.items:
        return None
    body, *rest = [unwrap(item) for item in bracket.items]
    starts = [item for item in rest if isinstance(item, Chain) and item.relations == ["="]]
    if len(starts) < len(rest):
        return None
    is_list = len(starts) > 1 and isinstance(body, Group) and body.opening == "("
    next_values = body.items if is_list and isinstance(body, Group) else [body]
    steps = script_items(head.subscript)
    return LoopTree(head.base, steps, head.superscript, next_values, starts, following, (head.span[0], bracket.span[1]))


def read(reader: Reader, loop: LoopTree, place: int) -> Part:
    """Read a loop with the index or the power after it."""
    counter, relation = _counter(reader, loop)
    starts: list[Value] = []
    for start in loop.starts:
        starts.append((yield reader.read(start.sides[1])))
    if relation == "∈":
        array: Value = yield reader.read(_chain(loop).sides[1])
    else:
        array = Value((yield _range(reader, loop)))
    carried = [_name(reader, start.sides[0]) for start in loop.starts]
    own = {counter.name: max(array.rank - 1, 0)}
    own.update((name.name, start.rank) for name, start in zip(carried, starts, strict=True))
    outside = reader.ranks, reader.bindings, reader.loop_names, reader.in_function
    reader.ranks = {**reader.ranks, **own}
    reader.bindings = {name: binding for name, binding in reader.bindings.items() if name not in own}
    if relation == "=":
        reader.bindings[counter.name] = Counter(counter.name, 0)
    reader.loop_names, reader.in_function = reader.loop_names | own.keys(), True
    next_values: list[Value] = []
    for each in loop.next_values:
        next_values.append((yield reader.read(each)))
    reader.ranks, reader.bindings, reader.loop_names, reader.in_function = outside
    if any(value.axes for value in (array, *starts, *next_values)):
        message = f"{loop.head.name} inside a sum over an index"
        raise reader.error(message, loop.span, "give the array a name before the sum")
    trees = tuple([value.tree for value in next_values])
    body = trees[0] if len(trees) == 1 else TupleTree(trees, (trees[0].span[0], trees[-1].span[1]))
    clauses = (Clause(counter, array.tree, None),)
    keywords = tuple([Keyword(name, start.tree) for name, start in zip(carried, starts, strict=True)])
    tree = Comprehension(loop.head.name, body, clauses, loop.span, loop.head.span, keywords)
    return (yield _select(reader, loop, tree, [start.rank for start in starts])), place + 2


def _select(reader: Reader, loop: LoopTree, tree: Comprehension, ranks: Sequence[int]) -> Step[Value]:
    """The value of a loop, of several the one that the subscript after it says, with what follows."""
    scripts = loop.following if isinstance(loop.following, Scripted) else None
    items = script_items(scripts.subscript) if scripts is not None and scripts.subscript is not None else []
    if len(ranks) > 1 and items:
        number = whole_of(items[0])
        if number is None or not 0 <= number < len(ranks):
            message = f"after a loop of {len(ranks)} values, the first index selects one of them"
            raise reader.error(message, items[0].span, f"write 0 to {len(ranks) - 1}", "value")
        tree, items = tree._replace(output=number), items[1:]
    rank = ranks[tree.output or 0] if ranks else 0
    value = Value(tree, rank if rank == UNKNOWN else rank + (loop.head.name == "scan"))
    if items:
        value = yield select(reader, value, items, loop.following.span, reader.survey.base)
    power = scripts.superscript if scripts is not None else None
    return (yield from wait(apply_superscript(reader, value, power, loop.following.span)))


def _chain(loop: LoopTree) -> Chain:
    first = unwrap(loop.steps[0])
    assert isinstance(first, Chain)
    return first


def _counter(reader: Reader, loop: LoopTree) -> tuple[Name, str]:
    """The counter of a loop, or the entry of the array that it runs along, and the relation after it, "=" or "∈"."""
    first = unwrap(loop.steps[0])
    if not isinstance(first, Chain) or first.relations not in (["="], ["∈"]):
        hint = rf"write \operatorname{{{loop.head.name}}}_{{t = 0}}^{{9}}, or r \in x for the entries of an array"
        raise reader.error("a loop needs a counter", first.span, hint)
    return _name(reader, first.sides[0]), first.relations[0]


def _name(reader: Reader, tree: Tree) -> Name:
    """A name that a loop gives to a value of its own."""
    tree = unwrap(tree)
    name, power = function_name(reader, tree)
    if name is None or power is not None:
        raise reader.error(f"'{reader.label(tree.span)}' is not a name", tree.span)
    return Name(name, tree.span)


def _range(reader: Reader, loop: LoopTree) -> Step[Expression]:
    """The range of a counter, from its bounds or from its values."""
    chain = _chain(loop)
    first = chain.sides[1]
    if loop.last is not None:
        reader.fix_names(first)
        reader.fix_names(loop.last)
        start: Value = yield reader.read(first)
        last: Value = yield reader.read(loop.last)
        stop = call("+", last.tree, Number(1.0, last.span), span=last.span)
        return call("range", start.tree, stop, span=chain.span)
    listed = [first, *loop.steps[1:]]
    has_dots = len(listed) > 2 and isinstance(listed[-2], Mark)
    numbers = [whole_of(each) for each in (*listed[:-2], listed[-1])] if has_dots else [*map(whole_of, listed)]
    known = [number for number in numbers if number is not None]
    before = len(known) - has_dots
    stride = known[1] - known[0] if before > 1 else 1
    values = range(known[0], known[-1] + stride, stride) if known and stride else range(0)
    if len(known) < len(numbers) or [*values[:before], *values[-1:]] != [*known[:before], known[-1]]:
        hint = r"write t = 0 below and 9 above, or t = 9, 8, \ldots, 0"
        raise reader.error("the values of the counter are not evenly spaced whole numbers", chain.span, hint)
    bounds = [Number(float(each), first.span) for each in (values.start, values.stop, values.step)]
    return call("range", *bounds, span=chain.span)


def bound_parts(reader: Reader, trees: Sequence[Tree]) -> Iterator[Span]:
    """The places where loops in these trees give names to values of their own, and use them."""
    for tree in walk(*trees):
        if not isinstance(tree, Product):
            continue
        for place in range(len(tree.factors)):
            loop = loop_at(tree.factors, place, len(tree.factors))
            if loop is None or not isinstance(first := unwrap(loop.steps[0]), Chain):
                continue
            targets = [first.sides[0], *(start.sides[0] for start in loop.starts)]
            names = {function_name(reader, unwrap(target))[0] for target in targets}
            for part in walk(*targets, *loop.next_values):
                if isinstance(part, (Symbol, Accent, Scripted)) and function_name(reader, part)[0] in names - {None}:
                    yield from (each.span for each in walk(part))
