"""RULES: how each operation on whole arrays is applied to many values at once.

A rule takes the batch, the operands, of which at least one is Batched, as an array alone, and the parameters; it
returns a node of all values. Operands of which only the shape counts, which LIKE lists, are never Batched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from graphdiff.graph.node import Node
from graphdiff.operations.indexing import ALL, expand_items
from graphdiff.operations.joining import padding
from graphdiff.operations.products import LETTERS, kron_shape, kron_terms, terms_of
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import axes_of, size_of
from graphdiff.passes.batched import Batch, Batched, Value, node_of

Rule: TypeAlias = Callable[..., Any]
"""(batch, *operands, **parameters) -> a node of all values."""

LIKE: Mapping[str, range] = {
    **dict.fromkeys(("count", "identity_like"), range(1)),
    **dict.fromkeys(("reshape_like", "broadcast_to", "sum_to", "place", "windows", "one_hot_like"), range(1, 2)),
    "overlap_add": range(1, 3),
    "section": range(1, sys.maxsize),
}
"""The slots of operands of which only the shape counts."""


def _shift(axis: Any, rank: int) -> Any:
    """An axis, or several, of each value as axes of all values."""
    return tuple([each % rank + 1 for each in axis]) if isinstance(axis, tuple) else axis % rank + 1


def _last_axes(name: str) -> Rule:
    """The rule of an operation on the last axes."""

    def rule(batch: Batch, *operands: Value, **parameters: Any) -> Node:
        nodes = [*map(node_of, operands)]
        return batch.op.apply(PRIMITIVES[name], *nodes, **parameters)

    return rule


def _reduction(name: str, default: int | None = None) -> Rule:
    """The rule of an operation along one axis or several; without a default along all of them."""

    def rule(batch: Batch, x: Batched, *, axis: Any = default, **parameters: Any) -> Node:
        rank = batch.rank(x)
        node = batch.reshape(x, (1,)) if not rank else node_of(x)
        axes = tuple(range(1, max(rank, 1) + 1)) if axis is None or not rank else _shift(axis, rank)
        result: Node = batch.op.apply(PRIMITIVES[name], node, axis=axes, **parameters)
        is_kept = not rank and len(batch.op.shape(result) or ()) > 1
        if is_kept:
            result = batch.op.reshape(result, shape=(batch.count,))
        return result

    return rule


def _along(name: str, default: int | None = None) -> Rule:
    """The rule of an operation along one axis, by default of a vector or of all entries row by row. Its operands are
    alike."""

    def rule(batch: Batch, *operands: Value, axis: int | None = default, **parameters: Any) -> Node:
        shape = batch.shape(operands[0])
        if axis is None and len(shape) > 1:
            flat = [batch.reshape(each, (size_of(shape),)) for each in operands]
            result = batch.op.apply(PRIMITIVES[name], *flat, axis=1, **parameters)
            return batch.reshape(batch.values(result), shape)
        nodes = [batch.whole(each) for each in operands]
        return batch.op.apply(PRIMITIVES[name], *nodes, axis=_shift(axis or 0, len(shape)), **parameters)

    return rule


def _sort(batch: Batch, x: Batched, axis: int | None = -1) -> Node:
    shape = batch.shape(x) if axis is not None else (size_of(batch.shape(x)),)
    node: Node = batch.op.sort(batch.reshape(x, shape), axis=_shift(-1 if axis is None else axis, len(shape)))
    return node


def _norm_of_order(batch: Batch, x: Batched, *, axis: Any = None, **parameters: Any) -> Node:
    rank = batch.rank(x)
    axes = (1 if rank == 1 else tuple(range(1, rank + 1))) if axis is None else _shift(axis, rank)
    node: Node = batch.op.norm_of_order(node_of(x), axis=axes, **parameters)
    return node


def _matmul(batch: Batch, a: Value, b: Value) -> Node:
    op, left, right = batch.op, batch.rank(a), batch.rank(b)
    x, y = node_of(a), node_of(b)
    node: Node
    if isinstance(a, Node) and right == 1 and left <= 2:
        node = op.matmul(y, op.transpose(a) if left == 2 else a)
    elif left <= 2 and right <= 2 and (isinstance(a, Node) or isinstance(b, Node)):
        node = op.matmul(x, y)
    elif left == right == 1:
        node = op.sum(op.mul(x, y), axis=1)
    else:  # as products of matrices
        shape = PRIMITIVES["matmul"].shape
        assert shape is not None
        sizes = shape(batch.shape(a), batch.shape(b))
        rows = batch.reshape(a, (1, *batch.shape(a))) if left == 1 else x
        columns = batch.reshape(b, (*batch.shape(b), 1)) if right == 1 else y
        rank = max(left, right, 2)
        product = op.matmul(_align(batch, a, rows, rank), _align(batch, b, columns, rank))
        node = product if left > 1 and right > 1 else op.reshape(product, shape=(batch.count, *sizes))
    return node


def _align(batch: Batch, value: Value, matrices: Node, rank: int) -> Node:
    """Matrices that value is, as stacks of this rank for each of the values."""
    return (
        batch.aligned(batch.values(matrices), rank)
        if isinstance(value, Batched) or batch.rank(value) == 1
        else matrices
    )


def _outer(batch: Batch, a: Value, b: Value) -> Node:
    x, y = node_of(a), node_of(b)
    node: Node = batch.op.mul(batch.op.expand_dims(x, axis=-1), batch.op.expand_dims(y, axis=-2))
    return node


def _einsum(batch: Batch, *operands: Value, subscripts: str) -> Node:
    terms, output = terms_of(subscripts)
    letter = next(each for each in LETTERS if each not in subscripts)
    terms = [letter + term if isinstance(each, Batched) else term for term, each in zip(terms, operands, strict=True)]
    nodes = [*map(node_of, operands)]
    node: Node = batch.op.einsum(*nodes, subscripts=f"{','.join(terms)}->{letter}{output}")
    return node


def _tensordot(batch: Batch, a: Value, b: Value, axes: Any) -> Node:
    left, right = batch.shape(a), batch.shape(b)
    x, y = LETTERS[: len(left)], list(LETTERS[len(left) : len(left) + len(right)])
    summed = list(zip(axes_of(axes[0], left), axes_of(axes[1], right), strict=True))
    for first, second in summed:
        y[second] = x[first]
    kept = [each for place, each in enumerate(x) if place not in {first for first, _ in summed}]
    kept += [each for place, each in enumerate(y) if place not in {second for _, second in summed}]
    return _einsum(batch, a, b, subscripts=f"{x},{''.join(y)}->{''.join(kept)}")


def _kron(batch: Batch, a: Value, b: Value) -> Node:
    left, right, both = kron_terms(batch.rank(a))
    product = _einsum(batch, a, b, subscripts=f"{left},{right}->{both}")
    return batch.reshape(batch.values(product), kron_shape(batch.shape(a), batch.shape(b)))


def _cross(batch: Batch, a: Value, b: Value) -> Node:
    rank = max(batch.rank(a), batch.rank(b))
    node: Node = batch.op.cross(batch.aligned(a, rank), batch.aligned(b, rank))
    return node


def _solve(batch: Batch, a: Value, b: Value) -> Node:
    op, shape = batch.op, batch.shape(b)
    node: Node
    if isinstance(a, Node) and isinstance(b, Batched) and len(shape) == 1:  # one system with many right-hand sides
        node = op.transpose(op.solve(a, op.transpose(node_of(b))))
    elif len(shape) == 1:
        columns = batch.reshape(b, (*shape, 1))
        node = op.reshape(op.solve(batch.whole(a), columns), shape=(batch.count, *shape))
    else:
        node = op.solve(batch.whole(a), batch.whole(b))
    return node


def _diag(batch: Batch, x: Batched) -> Node:
    return _einsum(batch, x, subscripts="i->ii" if batch.rank(x) == 1 else "ii->i")


def _reshaped(name: str) -> Rule:
    """The rule of an operation that only changes the shape."""
    shape_rule = PRIMITIVES[name].shape
    assert shape_rule is not None

    def rule(batch: Batch, x: Batched, *like: Node, **parameters: Any) -> Node:
        operands: list[Value] = [x, *like]
        return batch.reshape(x, shape_rule(*map(batch.shape, operands), **parameters))

    return rule


def _transpose(batch: Batch, x: Batched, axes: Any = None) -> Node:
    rank = batch.rank(x)
    order = tuple(range(rank))[::-1] if axes is None else axes
    node: Node = batch.op.transpose(node_of(x), axes=(0, *_shift(tuple(order), rank))) if rank > 1 else node_of(x)
    return node


def _moveaxis(batch: Batch, x: Batched, source: int, destination: int) -> Node:
    rank = batch.rank(x)
    node: Node = batch.op.moveaxis(node_of(x), source=_shift(source, rank), destination=_shift(destination, rank))
    return node


def _roll(batch: Batch, x: Batched, shift: tuple[int, ...], axis: Any = None) -> Node:
    shape = batch.shape(x)
    if axis is None:
        flat = batch.reshape(x, (size_of(shape),))
        return batch.reshape(batch.values(batch.op.roll(flat, shift=shift, axis=(1,))), shape)
    node: Node = batch.op.roll(node_of(x), shift=shift, axis=_shift(axis, len(shape)))
    return node


def _broadcast_to(batch: Batch, x: Batched, like: Node) -> Node:
    shape = batch.shape(like)
    return batch.op.expand_like(batch.aligned(x, len(shape)), batch.zeros(shape))


def _sum_to(batch: Batch, x: Batched, like: Node) -> Node:
    shape = batch.shape(like)
    aligned = (1,) * (batch.rank(x) - len(shape)) + shape
    total: Node = batch.op.sum_to(node_of(x), batch.zeros(aligned))
    return batch.reshape(batch.values(total), shape)


def _concat(batch: Batch, *operands: Value, axis: int = 0) -> Node:
    nodes = [batch.whole(each) for each in operands]
    node: Node = batch.op.concat(*nodes, axis=_shift(axis, batch.rank(operands[0])))
    return node


def _stack(batch: Batch, *operands: Value, axis: int = 0) -> Node:
    nodes = [batch.whole(each) for each in operands]
    node: Node = batch.op.stack(*nodes, axis=_shift(axis, batch.rank(operands[0]) + 1))
    return node


def _section(batch: Batch, x: Batched, *parts: Node, axis: int = 0, slot: int = 0) -> Node:
    place = axis % batch.rank(x)
    sizes = [batch.shape(part)[place] for part in parts]
    start = sum(sizes[:slot])
    node: Node = batch.op.index(node_of(x), items=(*[ALL] * (place + 1), ("slice", start, start + sizes[slot], None)))
    return node


def _pad(batch: Batch, x: Batched, widths: Any) -> Node:
    node: Node = batch.op.pad(node_of(x), widths=((0, 0), *padding(widths, batch.rank(x))))
    return node


def _index(batch: Batch, x: Value, *indices: Value, items: Any) -> Node:
    if not isinstance(x, Batched) or any(isinstance(each, Batched) for each in indices):
        return batch.one_by_one(PRIMITIVES["index"], (x, *indices), {"items": items})
    node: Node = batch.op.index(node_of(x), *indices, items=(ALL, *expand_items(items, batch.shape(x))))
    return node


def _place(batch: Batch, x: Value, like: Node, *indices: Value, items: Any) -> Node:
    if not isinstance(x, Batched) or any(isinstance(each, Batched) for each in indices):
        return batch.one_by_one(PRIMITIVES["place"], (x, like, *indices), {"items": items})
    shape = batch.shape(like)
    node: Node = batch.op.place(node_of(x), batch.zeros(shape), *indices, items=(ALL, *expand_items(items, shape)))
    return node


def _pick(batch: Batch, x: Value, index: Value) -> Node:
    node: Node = batch.op.pick(batch.whole(x), batch.whole(index))
    return node


def _one_hot_like(batch: Batch, index: Batched, like: Node) -> Node:
    node: Node = batch.op.one_hot(node_of(index), size=batch.shape(like)[-1])
    return node


def _windows(batch: Batch, x: Batched, like: Node, **parameters: Any) -> Node:
    node: Node = batch.op.windows(node_of(x), like, **parameters)
    return node


def _overlap_add(batch: Batch, x: Batched, array: Node, like: Node, **parameters: Any) -> Node:
    node: Node = batch.op.overlap_add(node_of(x), batch.zeros(batch.shape(array)), like, **parameters)
    return node


_ON_LAST_AXES = """
tril triu det cofactor logdet inv matrix_power singular_values left_singular_vectors
right_singular_vectors cholesky one_hot
"""
RULES: Mapping[str, Rule] = {
    **{name: _last_axes(name) for name in _ON_LAST_AXES.split()},
    **{name: _reduction(name) for name in ("sum", "mean", "prod", "amax", "amin", "logsumexp", "norm", "first")},
    **{name: _reduction(name, -1) for name in ("softmax", "log_softmax")},
    **{name: _along(name) for name in ("others", "cumsum", "cumprod", "cummax", "linear_recurrence")},
    **{name: _along(name, -1) for name in ("sort_by", "unsort_by")},
    "sort": _sort,
    **{name: _reshaped(name) for name in ("reshape", "reshape_like", "expand_dims")},
    "norm_of_order": _norm_of_order,
    "matmul": _matmul,
    "outer": _outer,
    "einsum": _einsum,
    "tensordot": _tensordot,
    "kron": _kron,
    "cross": _cross,
    "solve": _solve,
    "diag": _diag,
    "transpose": _transpose,
    "moveaxis": _moveaxis,
    "roll": _roll,
    "broadcast_to": _broadcast_to,
    "sum_to": _sum_to,
    "concat": _concat,
    "stack": _stack,
    "section": _section,
    "pad": _pad,
    "index": _index,
    "place": _place,
    "pick": _pick,
    "one_hot_like": _one_hot_like,
    "windows": _windows,
    "overlap_add": _overlap_add,
}
