"""Functions that NumPy lacks: generated code contains those that it calls. This module is only read as text."""

from __future__ import annotations

from typing import Any

import numpy as np


def arrays(*values: Any) -> list[Any]:
    """Numbers, nested lists and arrays as arrays of one floating dtype."""
    inputs = [np.asarray(value) if isinstance(value, (list, tuple)) else value for value in values]
    dtype = np.result_type(*inputs, 0.0)
    return [np.asarray(value, dtype) for value in inputs]


def whole(index: Any, size: int) -> Any:
    """Indices into an axis of this size, counted from 0; negative ones count from the end."""
    index = np.asarray(index)
    places = index.astype(int)
    if not ((places == index) & (places >= -size) & (places < size)).all():
        raise IndexError(f"an index must be a whole number from {-size} to {size - 1}")
    return places % size


def place(values: Any, shape: Any, items: Any) -> Any:
    """Zeros of a shape, with values in the places that items select."""
    total = np.zeros(shape, values.dtype)
    total[items] = values
    return total


def add_at(values: Any, shape: Any, items: Any) -> Any:
    """Zeros of a shape, with values added in the places that items select, which can be repeated."""
    total = np.zeros(shape, values.dtype)
    np.add.at(total, items, values)
    return total


def windows(x: Any, shape: Any, strides: Any) -> Any:
    """All windows of a shape, sliding over the last axes of x by strides."""
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    views = np.lib.stride_tricks.sliding_window_view(x, shape, axes)
    for axis, stride in zip(axes, strides, strict=True):
        views = views[(slice(None),) * axis + (slice(None, None, stride),)]
    return views


def overlap_add(values: Any, shape: Any, strides: Any) -> Any:
    """Windows added up in their places in an array of a shape."""
    for axis in reversed(range(len(shape) - len(strides), len(shape))):
        stride = strides[axis - len(shape)]
        total = np.zeros((*values.shape[:axis], shape[axis], *values.shape[axis + 1 : -1]), values.dtype)
        for start in range(values.shape[-1]):  # the last axis has the entries of a window along this one
            cut = slice(start, start + stride * (values.shape[axis] - 1) + 1, stride)
            total[(slice(None),) * axis + (cut,)] += values[..., start]
        values = total
    return values


def first(hits: Any, axes: Any) -> Any:
    """1 at the first nonzero entry along axes, elsewhere 0."""
    hits_last = np.moveaxis(hits != 0, axes, range(-len(axes), 0))
    flat = hits_last.reshape(*hits_last.shape[: hits.ndim - len(axes)], -1)
    is_first = flat & (np.cumsum(flat, axis=-1) == 1)
    return np.moveaxis(is_first.reshape(hits_last.shape), range(-len(axes), 0), axes).astype(hits.dtype)


def linear_recurrence(a: Any, b: Any, axis: int, reverse: bool = False) -> Any:
    """y[k] = a[k]*y[k-1] + b[k] along an axis, from y[0] = b[0]; with reverse from the end."""
    a, b = np.moveaxis(a, axis, 0), np.moveaxis(b, axis, 0)
    y = b.copy()
    step = -1 if reverse else 1
    for now in range(len(b))[::step][1:]:
        y[now] += a[now] * y[now - step]
    return np.moveaxis(y, 0, axis)


def sort_by(values: Any, keys: Any, axis: int) -> Any:
    """The values in the order that sorts the keys."""
    return np.take_along_axis(values, np.argsort(keys, axis=axis, kind="stable"), axis=axis)


def unsort_by(values: Any, keys: Any, axis: int) -> Any:
    """The values, which are in the order of the sorted keys, in the order of the keys."""
    order = np.argsort(keys, axis=axis, kind="stable")
    return np.take_along_axis(values, np.argsort(order, axis=axis), axis=axis)


def one_hot(index: Any, size: int, dtype: Any) -> Any:
    """1 at each index along a new last axis, elsewhere 0."""
    return (whole(index, size)[..., None] == np.arange(size)).astype(dtype)


def pick(x: Any, index: Any) -> Any:
    """The entry of each row at the index of the row."""
    return np.take_along_axis(x, np.expand_dims(whole(index, x.shape[-1]), -1), axis=-1)[..., 0]


def inverse(a: Any) -> Any:
    """The inverse of a matrix; nan if it is singular."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return np.full_like(a, np.nan)


def solution(a: Any, b: Any) -> Any:
    """The solution x of a @ x = b; nan if a is singular."""
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        return np.full_like(b, np.nan)


def cofactor(a: Any) -> Any:
    """det(a) · inv(a)ᵀ by the singular value decomposition; it also exists where a is singular."""
    if not np.all(np.isfinite(a)):
        return np.full_like(a, np.nan)
    u, s, vh = np.linalg.svd(a)
    others = np.prod(np.where(np.eye(a.shape[-1]) == 1, 1.0, s[..., None, :]), axis=-1)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return (u * (others * sign[..., None])[..., None, :]) @ vh


def cholesky(a: Any) -> Any:
    """The lower triangular factor of the symmetric part of a matrix; nan if it is not positive definite."""
    try:
        return np.linalg.cholesky((a + np.swapaxes(a, -1, -2)) / 2)
    except np.linalg.LinAlgError:
        return np.full_like(a, np.nan)


def svd(a: Any) -> Any:
    """u, s and vh of a = u @ diag(s) @ vh with their signs fixed; nan if a is not finite."""
    is_finite = np.all(np.isfinite(a))
    u, s, vh = [part if is_finite else part * np.nan for part in np.linalg.svd(np.nan_to_num(a), False)]
    sign = np.where(vh @ np.cos(np.arange(a.shape[-1], dtype=a.dtype)) < 0, -1.0, 1.0).astype(a.dtype)
    return u * sign[..., None, :], s, vh * sign[..., None]
