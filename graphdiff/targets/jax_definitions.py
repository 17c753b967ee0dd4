"""Functions that JAX lacks: generated code contains those that it calls. This module is only read as text."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax


def arrays(*values: Any) -> list[Any]:
    """Numbers, nested lists and arrays as arrays of one floating dtype."""
    inputs = [jnp.asarray(value) if isinstance(value, (list, tuple)) else value for value in values]
    dtype = jnp.result_type(*inputs, 0.0)
    return [jnp.asarray(value, dtype) for value in inputs]


def whole(index: Any, size: int) -> Any:
    """Indices into an axis of this size, counted from 0; negative ones count from the end.

    There is no check that an index is a whole number in range, since a traced function cannot raise.
    """
    return jnp.asarray(index).astype(int) % size


def windows(x: Any, shape: Any, strides: Any) -> Any:
    """All windows of a shape, sliding over the last axes of x by strides."""
    for axis, size, stride in zip(range(x.ndim - len(shape), x.ndim), shape, strides, strict=True):
        starts = stride * jnp.arange((x.shape[axis] - size) // stride + 1)
        entries = jnp.take(x, starts[:, None] + jnp.arange(size), axis=axis)
        x = jnp.moveaxis(entries, axis + 1, -1)
    return x


def overlap_add(values: Any, shape: Any, strides: Any) -> Any:
    """Windows added up in their places in an array of a shape."""
    for axis in reversed(range(len(shape) - len(strides), len(shape))):
        stride = strides[axis - len(shape)]
        total = jnp.zeros((*values.shape[:axis], shape[axis], *values.shape[axis + 1 : -1]), values.dtype)
        for start in range(values.shape[-1]):  # the last axis has the entries of a window along this one
            cut = slice(start, start + stride * (values.shape[axis] - 1) + 1, stride)
            total = total.at[(slice(None),) * axis + (cut,)].add(values[..., start])
        values = total
    return values


def first(hits: Any, axes: Any) -> Any:
    """1 at the first nonzero entry along axes, elsewhere 0."""
    last = tuple(range(-len(axes), 0))
    hits_last = jnp.moveaxis(hits != 0, axes, last)
    flat = hits_last.reshape(*hits_last.shape[: hits.ndim - len(axes)], -1)
    is_first = flat & (jnp.cumsum(flat, axis=-1) == 1)
    return jnp.moveaxis(is_first.reshape(hits_last.shape), last, axes).astype(hits.dtype)


def linear_recurrence(a: Any, b: Any, axis: int, reverse: bool = False) -> Any:
    """y[k] = a[k]*y[k-1] + b[k] along an axis, from y[0] = b[0]; with reverse from the end."""

    def step(y: Any, row: Any) -> Any:
        y = row[0] * y + row[1]
        return y, y

    a, b = jnp.moveaxis(a, axis, 0), jnp.moveaxis(b, axis, 0)
    start, rest = (b[-1:], slice(None, -1)) if reverse else (b[:1], slice(1, None))
    later = lax.scan(step, start[0], (a[rest], b[rest]), reverse=reverse)[1]
    return jnp.moveaxis(jnp.concatenate([later, start] if reverse else [start, later]), 0, axis)


def sort_by(values: Any, keys: Any, axis: int) -> Any:
    """The values in the order that sorts the keys."""
    return jnp.take_along_axis(values, jnp.argsort(keys, axis=axis), axis=axis)


def unsort_by(values: Any, keys: Any, axis: int) -> Any:
    """The values, which are in the order of the sorted keys, in the order of the keys."""
    order = jnp.argsort(keys, axis=axis)
    return jnp.take_along_axis(values, jnp.argsort(order, axis=axis), axis=axis)


def one_hot(index: Any, size: int, dtype: Any) -> Any:
    """1 at each index along a new last axis, elsewhere 0."""
    return (jnp.expand_dims(whole(index, size), -1) == jnp.arange(size)).astype(dtype)


def pick(x: Any, index: Any) -> Any:
    """The entry of each row at the index of the row."""
    return jnp.take_along_axis(x, jnp.expand_dims(whole(index, x.shape[-1]), -1), axis=-1)[..., 0]


def inverse(a: Any) -> Any:
    """The inverse of a matrix; nan if it is singular."""
    result = jnp.linalg.inv(a)
    return jnp.where(jnp.isfinite(result).all((-2, -1), keepdims=True), result, jnp.nan)


def solution(a: Any, b: Any) -> Any:
    """The solution x of a @ x = b; nan if a is singular."""
    result = jnp.linalg.solve(a, b)
    axes = -1 if b.ndim == 1 else (-2, -1)
    return jnp.where(jnp.isfinite(result).all(axes, keepdims=True), result, jnp.nan)


def cofactor(a: Any) -> Any:
    """det(a) · inv(a)ᵀ by the singular value decomposition; it also exists where a is singular."""
    u, s, vh = jnp.linalg.svd(a)
    others = jnp.prod(jnp.where(jnp.eye(a.shape[-1]) == 1, 1.0, s[..., None, :]), axis=-1)
    sign = jnp.linalg.det(u) * jnp.linalg.det(vh)
    return (u * (others * sign[..., None])[..., None, :]) @ vh


def cholesky(a: Any) -> Any:
    """The lower triangular factor of the symmetric part of a matrix; nan if it is not positive definite."""
    return jnp.linalg.cholesky((a + jnp.swapaxes(a, -1, -2)) / 2)


def svd(a: Any) -> Any:
    """u, s and vh of a = u @ diag(s) @ vh with their signs fixed."""
    u, s, vh = jnp.linalg.svd(a, False)
    sign = jnp.where(vh @ jnp.cos(jnp.arange(a.shape[-1], dtype=a.dtype)) < 0, -1.0, 1.0)
    return u * sign[..., None, :], s, vh * sign[..., None]
