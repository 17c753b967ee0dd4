"""What generated JAX code defines for itself, where JAX has no word for an operation; read as text."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp


def arrays(*values: Any) -> list[Any]:
    """Numbers, nested lists and arrays as arrays of one dtype of floats."""
    given = [jnp.asarray(value) if isinstance(value, (list, tuple)) else value for value in values]
    dtype = jnp.result_type(*given, 0.0)
    return [jnp.asarray(value, dtype) for value in given]


def whole(index: Any, size: int) -> Any:
    """Indices from 0 into an axis of a size; negative ones count from its end.

    A traced function cannot raise: no check is made that an index is a whole number in range.
    """
    return jnp.asarray(index).astype(int) % size


def windows(x: Any, shape: Any, strides: Any) -> Any:
    """All windows of a shape that slide over the last axes of x by strides."""
    for axis, size, stride in zip(range(x.ndim - len(shape), x.ndim), shape, strides, strict=True):
        starts = stride * jnp.arange((x.shape[axis] - size) // stride + 1)
        taken = jnp.take(x, starts[:, None] + jnp.arange(size), axis=axis)
        x = jnp.moveaxis(taken, axis + 1, -1)
    return x


def overlap_add(values: Any, shape: Any, strides: Any) -> Any:
    """Windows summed back into their places in an array of a shape."""
    for axis in reversed(range(len(shape) - len(strides), len(shape))):
        stride = strides[axis - len(shape)]
        total = jnp.zeros((*values.shape[:axis], shape[axis], *values.shape[axis + 1 : -1]), values.dtype)
        for start in range(values.shape[-1]):  # the last axis is inside the windows along this one
            cut = slice(start, start + stride * (values.shape[axis] - 1) + 1, stride)
            total = total.at[(slice(None),) * axis + (cut,)].add(values[..., start])
        values = total
    return values


def first(hits: Any, axes: Any) -> Any:
    """1 at the first entry along axes that is not 0, else 0."""
    last = tuple(range(-len(axes), 0))
    moved = jnp.moveaxis(hits != 0, axes, last)
    flat = moved.reshape(*moved.shape[: hits.ndim - len(axes)], -1)
    is_first = flat & (jnp.cumsum(flat, axis=-1) == 1)
    return jnp.moveaxis(is_first.reshape(moved.shape), last, axes).astype(hits.dtype)


def one_hot(index: Any, size: int, dtype: Any) -> Any:
    """1 at each index along a new last axis, else 0."""
    return (jnp.expand_dims(whole(index, size), -1) == jnp.arange(size)).astype(dtype)


def pick(x: Any, index: Any) -> Any:
    """Of each row the entry that an index names."""
    return jnp.take_along_axis(x, jnp.expand_dims(whole(index, x.shape[-1]), -1), axis=-1)[..., 0]


def inverse(a: Any) -> Any:
    """The inverse of a matrix; nan where there is none."""
    found = jnp.linalg.inv(a)
    return jnp.where(jnp.isfinite(found).all((-2, -1), keepdims=True), found, jnp.nan)


def solution(a: Any, b: Any) -> Any:
    """x with a @ x = b; nan where there is none."""
    found = jnp.linalg.solve(a, b)
    axes = -1 if b.ndim == 1 else (-2, -1)
    return jnp.where(jnp.isfinite(found).all(axes, keepdims=True), found, jnp.nan)


def cofactor(a: Any) -> Any:
    """det(a) · inv(a)ᵀ by the singular value decomposition, which exists where a is singular too."""
    u, s, vh = jnp.linalg.svd(a)
    others = jnp.prod(jnp.where(jnp.eye(a.shape[-1]) == 1, 1.0, s[..., None, :]), axis=-1)
    sign = jnp.linalg.det(u) * jnp.linalg.det(vh)
    return (u * (others * sign[..., None])[..., None, :]) @ vh
