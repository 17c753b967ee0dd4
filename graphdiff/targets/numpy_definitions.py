"""What generated NumPy code defines for itself, where NumPy has no word for an operation; read as text."""

from __future__ import annotations

from typing import Any

import numpy as np


def arrays(*values: Any) -> list[Any]:
    """Numbers, nested lists and arrays as arrays of one dtype of floats."""
    given = [np.asarray(value) if isinstance(value, (list, tuple)) else value for value in values]
    dtype = np.result_type(*given, 0.0)
    return [np.asarray(value, dtype) for value in given]


def whole(index: Any, size: int) -> Any:
    """Indices from 0 into an axis of a size; negative ones count from its end."""
    index = np.asarray(index)
    whole = index.astype(int)
    if not ((whole == index) & (whole >= -size) & (whole < size)).all():
        raise IndexError(f"an index is a whole number from {-size} to {size - 1}")
    return whole % size


def place(values: Any, shape: Any, items: Any) -> Any:
    """Zeros of a shape, but values where the items choose."""
    total = np.zeros(shape, values.dtype)
    total[items] = values
    return total


def add_at(values: Any, shape: Any, items: Any) -> Any:
    """Zeros of a shape, to which values are added where the items choose, which may be one place twice."""
    total = np.zeros(shape, values.dtype)
    np.add.at(total, items, values)
    return total


def windows(x: Any, shape: Any, strides: Any) -> Any:
    """All windows of a shape that slide over the last axes of x by strides."""
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    found = np.lib.stride_tricks.sliding_window_view(x, shape, axes)
    for axis, stride in zip(axes, strides, strict=True):
        found = found[(slice(None),) * axis + (slice(None, None, stride),)]
    return found


def overlap_add(values: Any, shape: Any, strides: Any) -> Any:
    """Windows summed back into their places in an array of a shape."""
    for axis in reversed(range(len(shape) - len(strides), len(shape))):
        stride = strides[axis - len(shape)]
        total = np.zeros((*values.shape[:axis], shape[axis], *values.shape[axis + 1 : -1]), values.dtype)
        for start in range(values.shape[-1]):  # the last axis is inside the windows along this one
            cut = slice(start, start + stride * (values.shape[axis] - 1) + 1, stride)
            total[(slice(None),) * axis + (cut,)] += values[..., start]
        values = total
    return values


def first(hits: Any, axes: Any) -> Any:
    """1 at the first entry along axes that is not 0, else 0."""
    moved = np.moveaxis(hits != 0, axes, range(-len(axes), 0))
    flat = moved.reshape(*moved.shape[: hits.ndim - len(axes)], -1)
    is_first = flat & (np.cumsum(flat, axis=-1) == 1)
    return np.moveaxis(is_first.reshape(moved.shape), range(-len(axes), 0), axes).astype(hits.dtype)


def one_hot(index: Any, size: int, dtype: Any) -> Any:
    """1 at each index along a new last axis, else 0."""
    return (whole(index, size)[..., None] == np.arange(size)).astype(dtype)


def pick(x: Any, index: Any) -> Any:
    """Of each row the entry that an index names."""
    return np.take_along_axis(x, np.expand_dims(whole(index, x.shape[-1]), -1), axis=-1)[..., 0]


def inverse(a: Any) -> Any:
    """The inverse of a matrix; nan where there is none."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return np.full_like(a, np.nan)


def solution(a: Any, b: Any) -> Any:
    """x with a @ x = b; nan where there is none."""
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        return np.full_like(b, np.nan)


def cofactor(a: Any) -> Any:
    """det(a) · inv(a)ᵀ by the singular value decomposition, which exists where a is singular too."""
    if not np.all(np.isfinite(a)):
        return np.full_like(a, np.nan)
    u, s, vh = np.linalg.svd(a)
    others = np.prod(np.where(np.eye(a.shape[-1]) == 1, 1.0, s[..., None, :]), axis=-1)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return (u * (others * sign[..., None])[..., None, :]) @ vh
