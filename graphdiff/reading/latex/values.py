"""What expressions mean by the ranks of arrays: products, powers, and sums over the axes that indices bind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from graphdiff.language.tree import Call, Ellipsis, Expression, Index, Keyword, Name, Number, Slice
from graphdiff.operations.registry import FUNCTIONS
from graphdiff.reading.latex import commands
from graphdiff.reading.latex.notes import Notes
from graphdiff.source import Span

UNKNOWN = -1
"""The rank of an array that is transposed, so it is no number, but of which nothing else is known."""
_SCALAR_VALUED = "sum mean prod max min logsumexp norm det logdet trace var std count cross_entropy"
SCALAR_VALUED = frozenset(_SCALAR_VALUED.split())
"""Functions of one array whose value is a number."""
_ALONG_AXIS = "sum mean prod max min logsumexp norm var std softmax log_softmax"
ALONG_AXIS = frozenset(_ALONG_AXIS.split())
"""Functions that take axis=-1 in a sum over an index."""
FIXED_RANKS = {"outer": 2, "eye": 2, "arange": 1, "conv2d": 4}
RANK_CHANGES = {"stack": 1, "one_hot": 1, "expand_dims": 1, "pick": -1}
"""How many axes functions add to those of their first argument."""
LIKE = frozenset(["sum_to", "broadcast_to", "reshape_like", "overlap_add", "place"])
"""Functions whose value has the shape of their second argument."""
_ALL = Slice(None, None, None)
_Item: TypeAlias = Expression | Slice | Ellipsis


class Axis:
    """An index that runs over an axis of arrays: order is when it was bound, the outermost first."""

    def __init__(self, letter: str, order: int) -> None:
        self.letter = letter
        self.order = order


class Value(NamedTuple):
    """An expression, the rank of the array that it is (0: a number), and the axes that indices run over, which come
    first in its shape. is_row tells a transposed vector from a vector."""

    tree: Expression
    rank: int = 0
    is_row: bool = False
    axes: tuple[Axis, ...] = ()

    @property
    def span(self) -> Span:
        return self.tree.span


def number(value: float, span: Span) -> Expression:
    return Number(value, span)


def call(function: str, *arguments: Expression, span: Span, **options: Expression) -> Call:
    """A call; its name has the place of the call."""
    keywords = tuple([Keyword(Name(name, span), value) for name, value in options.items()])
    return Call(function, arguments, span, span, keywords)


def index(base: Expression, *items: _Item, span: Span) -> Expression:
    return Index(base, items, span)


def span_of(*values: Value) -> Span:
    return (values[0].span[0], values[-1].span[1])


def merge_axes(values: Sequence[Value]) -> tuple[Axis, ...]:
    """The axes of all values, the outermost index first."""
    axes = {axis for value in values for axis in value.axes}
    return tuple(sorted(axes, key=lambda axis: axis.order))


def align(value: Value, axes: tuple[Axis, ...], rank: int) -> Expression:
    """The array with an axis for each of these, so that it broadcasts with others of this rank."""
    missing = max(rank - max(value.rank, 0), 0) if value.axes else 0
    if not value.axes or (value.axes == axes and not missing):
        return value.tree
    new = Name("None", value.span)
    items = [_ALL if axis in value.axes else new for axis in axes] + [new] * missing
    while items and items[0] is new:  # broadcasting adds the first axes
        items.pop(0)
    return index(value.tree, *items, Ellipsis(value.span), span=value.span) if new in items else value.tree


def elementwise(function: str, values: Sequence[Value], span: Span) -> Value:
    """An operation entry by entry."""
    axes, rank = merge_axes(values), max(value.rank for value in values)
    if any(value.rank == UNKNOWN for value in values):
        rank = UNKNOWN if rank <= 0 else rank
    arguments = [align(value, axes, rank) for value in values]
    is_row = all(value.is_row for value in values if value.rank == 1) and any(value.is_row for value in values)
    return Value(call(function, *arguments, span=span), rank, is_row, axes)


def product_along_axes(left: Value, right: Value, axes: tuple[Axis, ...], span: Span) -> Value:
    """The matrix product of two values of which one has axes of indices: products, summed over the inner axis."""
    new, ends = Name("None", span), (max(left.rank, 1), max(right.rank, 1))
    after: list[_Item] = [_ALL, new] if ends[1] == 2 else []
    before: list[_Item] = [new, _ALL, _ALL] if ends == (2, 2) else [new, _ALL] if ends[0] == 2 else []
    a, b = (
        index(align(each, axes, each.rank), Ellipsis(span), *items, span=each.span)
        if items
        else align(each, axes, each.rank)
        for each, items in ((left, after), (right, before))
    )
    total = call("sum", call("*", a, b, span=span), span=span, axis=Number(-float(ends[1]), span))
    return Value(total, ends[0] + ends[1] - 2, left.is_row and ends[1] == 2, axes)


def multiply(operator: str, left: Value, right: Value, notes: Notes) -> Value:
    """The product of two factors by their ranks; operator is that between them, "" for none."""
    span = span_of(left, right)
    if operator == commands.ENTRYWISE:
        return elementwise("*", (left, right), span)
    if operator == commands.OUTER:
        return Value(call("outer", left.tree, right.tree, span=span), 2)
    if left.rank == 0 or right.rank == 0:
        return elementwise("*", (left, right), span)
    if operator == commands.STAR:
        notes.add("'*' between arrays is read as the product entry by entry")
        return elementwise("*", (left, right), span)
    if left.rank == 1 and right.rank == 1 and right.is_row:
        return outer_product(left, right, span)
    notes.add(
        "the product of two vectors is read as their scalar product"
        if left.rank == right.rank == 1 and not left.is_row
        else "a product of arrays is read as the matrix product"
    )
    axes = merge_axes((left, right))
    if axes:
        return product_along_axes(left, right, axes, span)
    if (row := row_beside_column(left, right)) is not None:
        return Value(call("outer", left.tree, row, span=span), 2)
    tree = call("@", left.tree, right.tree, span=span)
    if UNKNOWN in (left.rank, right.rank):
        return Value(tree, UNKNOWN)
    rank = max(left.rank + right.rank - 2, 0) if min(left.rank, right.rank) <= 2 else max(left.rank, right.rank)
    return Value(tree, rank, left.rank == 1 and right.rank == 2)


def row_beside_column(left: Value, right: Value) -> Expression | None:
    """The vector whose transpose stands after another, in a product of arrays of unknown rank: small letters are
    vectors."""
    if not isinstance(right.tree, Call) or right.tree.function != "transpose" or right.rank != UNKNOWN:
        return None
    row = right.tree.arguments[0]
    names = [name.name for name in (left.tree, row) if isinstance(name, Name)]
    return row if len(names) == 2 and all(name.islower() for name in names) else None


def outer_product(left: Value, right: Value, span: Span) -> Value:
    """A column times a row."""
    axes = merge_axes((left, right))
    if not axes:
        return Value(call("outer", left.tree, right.tree, span=span), 2)
    new, dots = Name("None", span), Ellipsis(span)
    column = index(align(left, axes, 1), dots, _ALL, new, span=left.span)
    row = index(align(right, axes, 1), dots, new, _ALL, span=right.span)
    return Value(call("*", column, row, span=span), 2, False, axes)


def transpose(value: Value, span: Span) -> Value:
    """The transpose; that of a vector is a row, with the same entries."""
    if value.rank == 1:
        return value._replace(is_row=not value.is_row)
    if value.axes:
        return Value(
            call("moveaxis", value.tree, Number(-1.0, span), Number(-2.0, span), span=span), 2, axes=value.axes
        )
    return Value(call("transpose", value.tree, span=span), value.rank or UNKNOWN)


def reduce(function: str, value: Value, span: Span) -> Value:
    """A function of a whole array; inside a sum over an index, of each vector."""
    if value.axes:
        if value.rank == 0:
            return elementwise(function, (value,), span)
        tree = call(function, value.tree, span=span, axis=Number(-1.0, span))
        rank = value.rank - (function in SCALAR_VALUED)
        return Value(tree, rank, False, value.axes)
    rank = 0 if function in SCALAR_VALUED else value.rank
    return Value(call(function, value.tree, span=span), rank, value.is_row and rank == 1)


def rank_of_call(function: str, values: Sequence[Value]) -> int:
    """The rank of a call of a function of graphdiff on arrays, none of which has axes of indices."""
    primitive = FUNCTIONS.get(function)
    ranks = [max(value.rank, 0) for value in values] or [0]
    if function in SCALAR_VALUED and len(values) == 1:
        return 0
    if function in FIXED_RANKS:
        return FIXED_RANKS[function]
    if len(ranks) > 1 and (function in LIKE or function == "windows"):
        return ranks[1] + (ranks[0] if function == "windows" else 0)
    if function == "diag":
        return 2 if ranks[0] == 1 else 1
    if function in RANK_CHANGES:
        return ranks[0] + RANK_CHANGES[function]
    if function in ("matmul", "dot"):
        return max(sum(ranks) - 2, 0) if min(ranks) <= 2 else max(ranks)
    if function in ("zeros", "ones"):
        return len(values)
    return max(ranks) if primitive is None or primitive.is_elementwise or primitive.n_ary else ranks[0]
