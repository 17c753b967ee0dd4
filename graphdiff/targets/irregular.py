"""What array operations are written by where their kernels look at sizes or at numbers: functions that each target has
a word, or a definition, for.

Each takes the recording namespace, the shapes of the operands, the operands and the operation's parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphdiff.operations.indexing import completed
from graphdiff.operations.shapes import Shape, axes_of, summed_axes
from graphdiff.operations.structure import padding

Shapes = Sequence[Shape]


def _sum_to(xp: Any, shapes: Shapes, x: Any, like: Any) -> Any:
    axes = summed_axes(*shapes)
    if not axes:
        return x
    summed = xp.sum(x, axis=axes if len(axes) > 1 else axes[0])
    return summed if len(axes) == len(shapes[0]) - len(shapes[1]) else xp.reshape(summed, like.shape)


def _count(xp: Any, shapes: Shapes, x: Any, axis: Any = None) -> Any:
    return xp.count(x, axes=axes_of(axis, shapes[0]))


def _index(xp: Any, shapes: Shapes, x: Any, *indices: Any, items: Any) -> Any:
    return xp.index(x, *indices, items=tuple(completed(items, shapes[0])))


def _place(xp: Any, shapes: Shapes, x: Any, like: Any, *indices: Any, items: Any) -> Any:
    return xp.place(x, like, *indices, items=tuple(completed(items, shapes[1])))


def _windows(xp: Any, shapes: Shapes, x: Any, like: Any, stride: Any = 1) -> Any:
    return xp.windows(x, like.shape, strides=_strides(stride, len(shapes[1])))


def _overlap_add(xp: Any, shapes: Shapes, g: Any, x: Any, like: Any, stride: Any = 1) -> Any:
    return xp.overlap_add(g, x.shape, strides=_strides(stride, len(shapes[2])))


def _pad(xp: Any, shapes: Shapes, x: Any, widths: Any) -> Any:
    both = tuple(padding(widths, len(shapes[0])))
    return xp.pad(x, both) if any(map(any, both)) else x


def _strides(stride: Any, count: int) -> tuple[int, ...]:
    return stride if isinstance(stride, tuple) else (stride,) * count


IRREGULAR: dict[str, Callable[..., Any]] = {
    "sum_to": _sum_to,
    "count": _count,
    "index": _index,
    "place": _place,
    "windows": _windows,
    "overlap_add": _overlap_add,
    "first": lambda xp, shapes, x, axis=None: xp.first(x, axes=axes_of(axis, shapes[0])),
    "pad": _pad,
    "section": lambda xp, shapes, joined, *xs, axis=0, slot=0: xp.section(
        joined, *xs[: slot + 1], axis=axis % len(shapes[0])
    ),
    "one_hot": lambda xp, shapes, index, size: xp.one_hot(index, size),
    "one_hot_like": lambda xp, shapes, index, like: xp.one_hot(index, like.shape[-1]),
    "pick": lambda xp, shapes, x, index: xp.pick(x, index),
    "inv": lambda xp, shapes, a: xp.inverse(a),
    "solve": lambda xp, shapes, a, b: xp.solution(a, b),
    "cofactor": lambda xp, shapes, a: xp.cofactor(a),
}
