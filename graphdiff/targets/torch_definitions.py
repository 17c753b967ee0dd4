"""Functions that PyTorch lacks: generated code contains those that it calls. This module is only read as text."""

from __future__ import annotations

from typing import Any

import torch


def tensors_in(value: Any) -> list[Any]:
    """The tensors in nested lists."""
    if isinstance(value, (list, tuple)):
        return [tensor for row in value for tensor in tensors_in(row)]
    return [value] if isinstance(value, torch.Tensor) else []


def tensor_of(value: Any, dtype: Any, device: Any) -> Any:
    """Numbers, nested lists and tensors as a tensor; those in lists stay in the graph of autograd."""
    if tensors_in(value) and not isinstance(value, torch.Tensor):
        return torch.stack([tensor_of(row, dtype, device) for row in value])
    return torch.as_tensor(value, dtype=dtype, device=device)


def arrays(*values: Any) -> list[Any]:
    """Numbers, nested lists and tensors as tensors of one floating dtype, by default float64, on one device."""
    tensors = [tensor for value in values for tensor in tensors_in(value)]
    dtype, *others = [value.dtype for value in tensors if value.dtype.is_floating_point] or [torch.float64]
    for other in others:
        dtype = torch.promote_types(dtype, other)
    device = tensors[0].device if tensors else None
    return [tensor_of(value, dtype, device) for value in values]


def sign(x: Any) -> Any:
    """-1, 0 or 1; nan for nan."""
    return torch.where(torch.isnan(x), x, torch.sign(x))


def cbrt(x: Any) -> Any:
    """The cube root: a power, refined by one step of Newton's method."""
    root = torch.sign(x) * torch.abs(x) ** (1 / 3)
    step = (root - x / (root * root)) / 3
    return torch.where(torch.isfinite(step), root - step, root)


def prod(x: Any, axis: Any, keepdim: bool) -> Any:
    """The product along several axes."""
    axes = range(x.ndim) if axis is None else axis
    for each in axes:
        x = torch.prod(x, dim=each, keepdim=True)
    return x if keepdim else torch.squeeze(x, dim=tuple(axes))


def whole(index: Any, size: int) -> Any:
    """Indices into an axis of this size, counted from 0; negative ones count from the end."""
    index = torch.as_tensor(index)
    try:
        is_whole = bool(torch.all((torch.floor(index) == index) & (index >= -size) & (index < size)))
    except RuntimeError:  # its values are not known, as in vmap and without a device
        is_whole = True
    if not is_whole:
        raise IndexError(f"an index must be a whole number from {-size} to {size - 1}")
    return index.long() % size


def entries(x: Any) -> Any:
    """The number of each entry of x, in its shape."""
    return torch.arange(x.numel(), device=x.device).reshape(x.shape)


def place(values: Any, shape: Any, places: Any) -> Any:
    """Zeros of a shape, with values added to the entries that have the numbers in places."""
    total = values.new_zeros(shape.numel())
    return total.index_add(0, places.reshape(-1), values.reshape(-1)).reshape(shape)


def windows(x: Any, shape: Any, strides: Any) -> Any:
    """All windows of a shape, sliding over the last axes of x by strides."""
    for axis, size, stride in zip(range(x.ndim - len(shape), x.ndim), shape, strides, strict=True):
        x = x.unfold(axis, size, stride)
    return x


def overlap_add(values: Any, shape: Any, strides: Any) -> Any:
    """Windows added up in their places in an array of a shape."""
    for axis in reversed(range(len(shape) - len(strides), len(shape))):
        stride = strides[axis - len(shape)]
        total = values.new_zeros((*values.shape[:axis], shape[axis], *values.shape[axis + 1 : -1]))
        for start in range(values.shape[-1]):  # the last axis has the entries of a window along this one
            cut = slice(start, start + stride * (values.shape[axis] - 1) + 1, stride)
            total[(slice(None),) * axis + (cut,)] += values[..., start]
        values = total
    return values


def first(hits: Any, axes: Any) -> Any:
    """1 at the first nonzero entry along axes, elsewhere 0."""
    last = tuple(range(-len(axes), 0))
    hits_last = torch.movedim(hits != 0, axes, last)
    flat = hits_last.reshape(*hits_last.shape[: hits.ndim - len(axes)], -1)
    is_first = flat & (torch.cumsum(flat, dim=-1) == 1)
    return torch.movedim(is_first.reshape(hits_last.shape), last, axes).to(hits.dtype)


def linear_recurrence(a: Any, b: Any, dim: int, reverse: bool = False) -> Any:
    """y[k] = a[k]*y[k-1] + b[k] along an axis, from y[0] = b[0]; with reverse from the end."""
    rows = list(zip(a.unbind(dim), b.unbind(dim), strict=True))
    y: list[Any] = []
    for coefficient, term in reversed(rows) if reverse else rows:
        y.append(coefficient * y[-1] + term if y else term)
    return torch.stack(y[::-1] if reverse else y, dim)


def sort_by(values: Any, keys: Any, dim: int) -> Any:
    """The values in the order that sorts the keys."""
    return torch.take_along_dim(values, torch.argsort(keys, dim=dim, stable=True), dim=dim)


def unsort_by(values: Any, keys: Any, dim: int) -> Any:
    """The values, which are in the order of the sorted keys, in the order of the keys."""
    order = torch.argsort(keys, dim=dim, stable=True)
    return torch.take_along_dim(values, torch.argsort(order, dim=dim), dim=dim)


def one_hot(index: Any, size: int, dtype: Any, device: Any = None) -> Any:
    """1 at each index along a new last axis, elsewhere 0."""
    index = whole(index, size).to(device)
    return (index.unsqueeze(-1) == torch.arange(size, device=device)).to(dtype)


def pick(x: Any, index: Any) -> Any:
    """The entry of each row at the index of the row."""
    return torch.take_along_dim(x, whole(index, x.shape[-1]).unsqueeze(-1), dim=-1)[..., 0]


def inverse(a: Any) -> Any:
    """The inverse of a matrix; nan if it is singular."""
    result, failure = torch.linalg.inv_ex(a)
    return torch.where(failure[..., None, None] == 0, result, torch.nan)


def solution(a: Any, b: Any) -> Any:
    """The solution x of a @ x = b; nan if a is singular."""
    result, failure = torch.linalg.solve_ex(a, b)
    failure = failure.reshape(failure.shape + (1,) * (b.ndim - failure.ndim))
    return torch.where(failure == 0, result, torch.nan)


def cofactor(a: Any) -> Any:
    """det(a) · inv(a)ᵀ by the singular value decomposition; it also exists where a is singular."""
    is_finite = torch.isfinite(a).all(-1, keepdim=True).all(-2, keepdim=True)
    u, s, vh = torch.linalg.svd(torch.where(is_finite, a, 0.0))
    is_own = torch.eye(a.shape[-1], dtype=torch.bool, device=a.device)
    others = torch.prod(torch.where(is_own, 1.0, s[..., None, :]), dim=-1)
    sign_of = torch.linalg.det(u) * torch.linalg.det(vh)
    return torch.where(is_finite, (u * (others * sign_of[..., None])[..., None, :]) @ vh, torch.nan)


def cholesky(a: Any) -> Any:
    """The lower triangular factor of the symmetric part of a matrix; nan if it is not positive definite."""
    factor, failure = torch.linalg.cholesky_ex((a + a.mT) / 2)
    return torch.where(failure[..., None, None] == 0, factor, torch.nan)


def svd(a: Any) -> Any:
    """u, s and vh of a = u @ diag(s) @ vh with their signs fixed; nan if a is not finite."""
    is_finite = torch.isfinite(a).all()
    u, s, vh = [torch.where(is_finite, part, torch.nan) for part in torch.linalg.svd(torch.nan_to_num(a), False)]
    sign = torch.where(vh @ torch.cos(torch.arange(a.shape[-1], dtype=a.dtype, device=a.device)) < 0, -1.0, 1.0)
    return u * sign[..., None, :], s, vh * sign[..., None]
