"""The value of each operation that is not elementwise, by NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import scipy.special

from graphdiff.operations.primitive import Primitive, Sample
from graphdiff.passes.arrays import Arrays
from graphdiff.passes.forward import forward
from support.samples import draw_operands, graph_of


def first(x: Any, axis: int | None = None) -> Any:
    """One hot at the first entry that is not 0, of rows of what is all or along an axis."""
    rows = x.reshape(1, -1) if axis is None else np.moveaxis(x, axis, -1).reshape(-1, x.shape[axis])
    result = np.array([[float(place == np.flatnonzero(row)[0]) for place in range(len(row))] for row in rows])
    if axis is None:
        return result.reshape(x.shape)
    return np.moveaxis(result.reshape(np.moveaxis(x, axis, -1).shape), -1, axis)


def cofactor(a: Any) -> Any:
    """Entry by entry the determinant of what is left without its row and column."""
    if a.ndim > 2:
        return np.stack([cofactor(each) for each in a])
    size = len(a)
    minors = [
        [np.linalg.det(np.delete(np.delete(a, row, 0), column, 1)) for column in range(size)] for row in range(size)
    ]
    return np.array(minors) * (-1.0) ** np.add.outer(np.arange(size), np.arange(size))


def selection(items: Sequence[tuple[Any, ...]], indices: Sequence[Any]) -> tuple[Any, ...]:
    """What stands between NumPy's brackets."""
    left = iter(indices)
    meanings: dict[str, Callable[..., Any]] = {
        **{"index": int, "slice": slice, "new": lambda: None, "rest": lambda: ...},
        "operand": lambda: next(left).astype(int),
    }
    return tuple(meanings[kind](*given) for kind, *given in items)


def place(x: Any, like: Any, *indices: Any, items: Any) -> Any:
    result = np.zeros(like.shape)
    np.add.at(result, selection(items, indices), x)
    return result


def windows(x: Any, like: Any, stride: int | tuple[int, ...] = 1) -> Any:
    lead = x.ndim - like.ndim
    steps = stride if isinstance(stride, tuple) else (stride,) * like.ndim
    result = np.lib.stride_tricks.sliding_window_view(x, like.shape, axis=tuple(range(lead, x.ndim)))
    return result[(slice(None),) * lead + tuple(slice(None, None, step) for step in steps)]


def overlap_add(x: Any, array: Any, like: Any, stride: int | tuple[int, ...] = 1) -> Any:
    """Each window's entries added where the window took them from."""
    result = np.zeros(array.size)
    np.add.at(result, windows(np.arange(array.size).reshape(array.shape), like, stride), x)
    return result.reshape(array.shape)


def cumsum(x: Any, axis: int = 0, reverse: bool = False) -> Any:
    return np.flip(np.cumsum(np.flip(x, axis), axis), axis) if reverse else np.cumsum(x, axis)


def sum_to(x: Any, like: Any) -> Any:
    """What adds up to an entry is what NumPy broadcasts from it."""
    came_from = np.broadcast_to(np.arange(like.size).reshape(like.shape), x.shape)
    return np.bincount(came_from.ravel(), x.ravel()).reshape(like.shape)


def section(x: Any, *parts: Any, axis: int = 0, slot: int = 0) -> Any:
    return np.split(x, np.cumsum([part.shape[axis] for part in parts])[:-1], axis)[slot]


def pad(x: Any, widths: Any) -> Any:
    return np.pad(x, widths if isinstance(widths, int) else [(0, 0)] * (x.ndim - len(widths)) + list(widths))


def linear_recurrence(a: Any, b: Any, axis: int = 0, reverse: bool = False) -> Any:
    """The solution of y[k] - a[k]*y[k-1] = b[k] as a system of equations for each column."""
    a, b = (np.moveaxis(each, axis, 0)[:: -1 if reverse else 1] for each in (a, b))
    columns = zip(a.reshape(len(a), -1).T, b.reshape(len(b), -1).T, strict=True)
    solutions = [np.linalg.solve(np.eye(len(a)) - np.diag(c[1:], -1), right) for c, right in columns]
    result = np.reshape(np.transpose(solutions), b.shape)
    return np.moveaxis(result[:: -1 if reverse else 1], 0, axis)


def singular_vectors(a: Any) -> tuple[Any, Any]:
    """The left and the right singular vectors, with their signs fixed."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    sign = np.sign(vh @ np.cos(np.arange(a.shape[-1])))
    return u * sign[..., None, :], np.swapaxes(vh * sign[..., None], -1, -2)


def einsum(*xs: Any, subscripts: str) -> Any:
    """Where a letter is repeated in the output, the sums are entries of a diagonal."""
    left, _, output = subscripts.partition("->")
    letters = "".join(dict.fromkeys(output))
    sizes = dict(zip(left.replace(",", ""), [size for x in xs for size in x.shape], strict=True))
    result = np.zeros([sizes[letter] for letter in output])
    sums = np.einsum(f"{left}->{letters}", *xs)
    for places in np.ndindex(sums.shape):
        result[tuple(places[letters.index(letter)] for letter in output)] = sums[places]
    return result


VALUES: Mapping[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in ("sum", "mean", "prod", "amax", "amin", "matmul", "outer", "tensordot")},
    **{name: getattr(np, name) for name in ("transpose", "diag", "moveaxis", "reshape", "expand_dims", "roll")},
    **{"first": first, "cofactor": cofactor, "place": place, "windows": windows, "overlap_add": overlap_add},
    **{name: getattr(np, name) for name in ("tril", "triu", "kron", "cross")},
    **{"linear_recurrence": linear_recurrence, "einsum": einsum, "singular_values": np.linalg.svdvals},
    "cumprod": lambda x, axis=0: np.cumprod(x, axis),
    "cummax": lambda x, axis=0: np.maximum.accumulate(x, axis),
    "sort": np.sort,
    "sort_by": lambda x, keys, axis=-1: np.take_along_axis(x, np.argsort(keys, axis), axis),
    "unsort_by": lambda x, keys, axis=-1: np.take_along_axis(x, np.argsort(np.argsort(keys, axis), axis), axis),
    "norm_of_order": np.linalg.norm,
    "matrix_power": np.linalg.matrix_power,
    "cholesky": lambda a: np.linalg.cholesky((a + np.swapaxes(a, -1, -2)) / 2),
    "left_singular_vectors": lambda a: singular_vectors(a)[0],
    "right_singular_vectors": lambda a: singular_vectors(a)[1],
    **{"cumsum": cumsum, "sum_to": sum_to, "section": section, "pad": pad},
    **{"det": np.linalg.det, "inv": np.linalg.inv, "logdet": lambda a: np.log(np.abs(np.linalg.det(a)))},
    "solve": lambda a, b: np.linalg.inv(a) @ b,
    "identity_like": lambda a: np.broadcast_to(np.eye(a.shape[-1]), a.shape),
    "logsumexp": scipy.special.logsumexp,
    "softmax": lambda x, axis=-1: scipy.special.softmax(x, axis),
    "log_softmax": lambda x, axis=-1: scipy.special.log_softmax(x, axis),
    "norm": lambda x, **along: np.sqrt(np.sum(x**2, **along)),
    "others": lambda x, axis=None: np.prod(x, axis=axis, keepdims=True) / x,
    "count": lambda x, axis=None: np.sum(np.ones(x.shape), axis=axis).flat[0],
    "reshape_like": lambda x, like: x.reshape(like.shape),
    "broadcast_to": lambda x, like: np.broadcast_to(x, like.shape),
    "concat": lambda *xs, axis=0: np.concatenate(xs, axis),
    "stack": lambda *xs, axis=0: np.stack(xs, axis),
    "index": lambda x, *indices, items: x[selection(items, indices)],
    "zeros": lambda shape: np.zeros(shape),
    "ones": lambda shape: np.ones(shape),
    "eye": lambda size: np.eye(size),
    "arange": lambda bounds: np.arange(*bounds, dtype=float),
    "one_hot": lambda index, size: np.eye(size)[index.astype(int)],
    "one_hot_like": lambda index, like: np.eye(like.shape[-1])[index.astype(int)],
    "pick": lambda x, index: np.take_along_axis(x, index.astype(int)[..., None], -1)[..., 0],
}


def assert_value(primitive: Primitive, sample: Sample) -> None:
    operands, op = draw_operands(primitive, sample), Arrays()
    graph = graph_of(primitive, sample)
    actual = forward(graph, [op.constant(operand) for operand in operands], op)[graph.output]
    expected = VALUES[primitive.name](*operands, **sample.parameters)
    assert (actual.shape, actual.dtype) == (np.shape(expected), float)
    assert actual == pytest.approx(expected, rel=1e-12, abs=1e-13)
