"""SHAPE_DEPENDENT: how code is recorded for operations whose kernels depend on sizes or on the values of numbers, or
for which shapes allow shorter code. Each calls functions that every language can spell or define.

Each takes the recording namespace, the shapes of the operands, the operands and the operation's parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any

from graphdiff.operations.indexing import ALL, NEW, OPERAND, Item, expand_items
from graphdiff.operations.joining import padding
from graphdiff.operations.norms import norm_of_order
from graphdiff.operations.products import kron_shape, kron_terms, matrix_power, on_diagonals, sizes_of, terms_of
from graphdiff.operations.shapes import Shape, axes_of, broadcast, summed_axes
from graphdiff.targets.matrix_products import matmul, summed_matmul

Shapes = Sequence[Shape]
FIRST: Item = ("index", 0)
BACK: Mapping[Item, Item] = {ALL: ALL, NEW: FIRST, FIRST: NEW}
"""The items that undo others where an axis that is dropped has the size 1."""


def _sum_to(xp: Any, shapes: Shapes, x: Any, like: Any) -> Any:
    axes = summed_axes(*shapes)
    if not axes:
        return x
    product = summed_matmul(xp, x, shapes[1])
    if product is not None:
        return product
    total = xp.sum(x, axis=axes if len(axes) > 1 else axes[0])
    return total if len(axes) == len(shapes[0]) - len(shapes[1]) else xp.reshape(total, like.shape)


def _count(xp: Any, shapes: Shapes, x: Any, axis: Any = None) -> Any:
    return xp.count(x, axes=axes_of(axis, shapes[0]))


def _index(xp: Any, shapes: Shapes, x: Any, *indices: Any, items: Any) -> Any:
    for each, operands in _steps(expand_items(items, shapes[0]), indices, shapes[1:]):
        x = xp.index(x, *operands, items=each)
    return x


def _place(xp: Any, shapes: Shapes, x: Any, like: Any, *indices: Any, items: Any) -> Any:
    expanded = expand_items(items, shapes[1])
    if x.constant is None and _covers(expanded, shapes[1]):
        return xp.index(x, items=tuple([BACK[item] for item in expanded]))
    steps = _steps(expanded, indices, shapes[2:])
    for each, operands in reversed(steps[1:]):
        first, numbers = steps[0]
        x = xp.place(x, xp.index(like, *numbers, items=first), *operands, items=each)
    return xp.place(x, like, *steps[0][1], items=steps[0][0])


def _covers(items: Sequence[Item], shape: Shape) -> bool:
    """Whether items select each entry of an array once, in order: they only add and drop axes of size 1."""
    sizes = iter(shape)
    return all([item == NEW or (item in BACK and next(sizes) <= (1 if item == FIRST else inf)) for item in items])


def _steps(items: Sequence[Item], indices: Sequence[Any], shapes: Shapes) -> list[tuple[tuple[Item, ...], list[Any]]]:
    """The items with their operands, in two steps if there are a list of indices and numbers: first the numbers, since
    NumPy would move the axis of a list next to a number."""
    lists = [index for index, shape in zip(indices, shapes, strict=True) if shape]
    numbers = [index for index, shape in zip(indices, shapes, strict=True) if not shape]
    if not lists or not (numbers or any(item[0] == "index" for item in items)):
        return [(tuple(items), list(indices))]
    ranks = iter(shapes)
    is_list = [item == OPERAND and bool(next(ranks)) for item in items]
    rest = [
        OPERAND if each else ALL
        for item, each in zip(items, is_list, strict=True)
        if each or item == NEW or item[0] == "slice"
    ]
    first = tuple([ALL if each else item for item, each in zip(items, is_list, strict=True)])
    return [(first, numbers), (tuple(rest), lists)]


def _windows(xp: Any, shapes: Shapes, x: Any, like: Any, stride: Any = 1) -> Any:
    return xp.windows(x, like.shape, strides=_strides(stride, len(shapes[1])))


def _overlap_add(xp: Any, shapes: Shapes, g: Any, x: Any, like: Any, stride: Any = 1) -> Any:
    return xp.overlap_add(g, x.shape, strides=_strides(stride, len(shapes[2])))


def _pad(xp: Any, shapes: Shapes, x: Any, widths: Any) -> Any:
    both = tuple(padding(widths, len(shapes[0])))
    return xp.pad(x, both) if any(map(any, both)) else x


def _where(xp: Any, shapes: Shapes, condition: Any, x: Any, y: Any) -> Any:
    known = condition.constant
    if known is not None and broadcast(*shapes) == shapes[1 if known else 2]:
        return x if known else y
    return xp.where(condition, x, y)


def _strides(stride: Any, count: int) -> tuple[int, ...]:
    return stride if isinstance(stride, tuple) else (stride,) * count


def _linear_recurrence(xp: Any, shapes: Shapes, a: Any, b: Any, axis: int | None = None, reverse: bool = False) -> Any:
    return xp.linear_recurrence(a, b, axis=axis or 0, reverse=reverse)


def _einsum(xp: Any, shapes: Shapes, *xs: Any, subscripts: str) -> Any:
    """The library's function, without repeated subscripts in the output, which libraries lack."""
    terms, output = terms_of(subscripts)
    letters = "".join(dict.fromkeys(output))
    result = xp.einsum(*xs, subscripts=f"{','.join(terms)}->{letters}")
    return on_diagonals(xp, result, letters, output, sizes_of(subscripts, shapes))


def _kron(xp: Any, shapes: Shapes, a: Any, b: Any) -> Any:
    left, right, both = kron_terms(len(shapes[0]))
    products = xp.einsum(a, b, subscripts=f"{left},{right}->{both}")
    return xp.reshape(products, kron_shape(*shapes))


SHAPE_DEPENDENT: dict[str, Callable[..., Any]] = {
    "where": _where,
    "matmul": matmul,
    "sum_to": _sum_to,
    "count": _count,
    "index": _index,
    "place": _place,
    "windows": _windows,
    "overlap_add": _overlap_add,
    "first": lambda xp, shapes, x, axis=None: xp.first(x, axes=axes_of(axis, shapes[0])),
    "pad": _pad,
    "diag": lambda xp, shapes, x: xp.diag(x),
    "cummax": lambda xp, shapes, x, axis=None: xp.cumulative_maximum(x, axis=axis or 0),
    "linear_recurrence": _linear_recurrence,
    "tril": lambda xp, shapes, x, k=0: xp.tril(x, k=k),
    "triu": lambda xp, shapes, x, k=0: xp.triu(x, k=k),
    "einsum": _einsum,
    "kron": _kron,
    "matrix_power": lambda xp, shapes, a, n: matrix_power(xp, xp.inverse(a) if n < 0 else a, abs(n)),
    "sort_by": lambda xp, shapes, values, keys, axis=-1: xp.sort_by(values, keys, axis=axis),
    "unsort_by": lambda xp, shapes, values, keys, axis=-1: xp.unsort_by(values, keys, axis=axis),
    "section": lambda xp, shapes, whole, *xs, axis=0, slot=0: xp.section(
        whole, *xs[: slot + 1], axis=axis % len(shapes[0])
    ),
    "one_hot": lambda xp, shapes, index, size: xp.one_hot(index, size),
    "one_hot_like": lambda xp, shapes, index, like: xp.one_hot(index, like.shape[-1]),
    "pick": lambda xp, shapes, x, index: xp.pick(x, index),
    "norm_of_order": lambda xp, shapes, x, **options: norm_of_order(
        xp, x, **options, singular_values=lambda xp, a: xp.singular_values(a)
    ),
    "singular_values": lambda xp, shapes, a: xp.singular_values(a),
    "left_singular_vectors": lambda xp, shapes, a: xp.left_singular_vectors(a),
    "right_singular_vectors": lambda xp, shapes, a: xp.right_singular_vectors(a),
    "cholesky": lambda xp, shapes, a: xp.cholesky(a),
    "inv": lambda xp, shapes, a: xp.inverse(a),
    "solve": lambda xp, shapes, a, b: xp.solution(a, b),
    "cofactor": lambda xp, shapes, a: xp.cofactor(a),
}
