"""What generated PyTorch code defines for itself, where PyTorch has no word for an operation; read as text."""

from __future__ import annotations

from typing import Any

import torch


def arrays(*values: Any) -> list[Any]:
    """Numbers and tensors as tensors of one dtype of floats, float64 where no tensor has another, on one device."""
    tensors = [value for value in values if isinstance(value, torch.Tensor)]
    dtypes = {value.dtype for value in tensors if value.dtype.is_floating_point} or {torch.float64}
    dtype = max(dtypes, key=lambda each: torch.finfo(each).bits)
    device = tensors[0].device if tensors else None
    return [torch.as_tensor(value, dtype=dtype, device=device) for value in values]


def sign(x: Any) -> Any:
    """-1, 0 or 1; nan of nan."""
    return torch.where(torch.isnan(x), x, torch.sign(x))


def cbrt(x: Any) -> Any:
    """The cube root: a power, and one step of Newton's method."""
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
    """Indices from 0 into an axis of a size; negative ones count from its end."""
    index = torch.as_tensor(index)
    if not torch.all((torch.floor(index) == index) & (index >= -size) & (index < size)):
        raise IndexError(f"an index is a whole number from {-size} to {size - 1}")
    return index.long() % size


def entries(x: Any) -> Any:
    """The number of each entry of x, in its shape."""
    return torch.arange(x.numel(), device=x.device).reshape(x.shape)


def place(values: Any, shape: Any, places: Any) -> Any:
    """Zeros of a shape, to whose entries of these numbers values are added."""
    total = values.new_zeros(shape.numel())
    return total.index_add(0, places.reshape(-1), values.reshape(-1)).reshape(shape)


def windows(x: Any, shape: Any, strides: Any) -> Any:
    """All windows of a shape that slide over the last axes of x by strides."""
    for axis, size, stride in zip(range(x.ndim - len(shape), x.ndim), shape, strides, strict=True):
        x = x.unfold(axis, size, stride)
    return x


def overlap_add(values: Any, shape: Any, strides: Any) -> Any:
    """Windows summed back into their places in an array of a shape."""
    for axis in reversed(range(len(shape) - len(strides), len(shape))):
        stride = strides[axis - len(shape)]
        total = values.new_zeros((*values.shape[:axis], shape[axis], *values.shape[axis + 1 : -1]))
        for start in range(values.shape[-1]):  # the last axis is inside the windows along this one
            cut = slice(start, start + stride * (values.shape[axis] - 1) + 1, stride)
            total[(slice(None),) * axis + (cut,)] += values[..., start]
        values = total
    return values


def first(hits: Any, axes: Any) -> Any:
    """1 at the first entry along axes that is not 0, else 0."""
    last = tuple(range(-len(axes), 0))
    moved = torch.moveaxis(hits != 0, axes, last)
    flat = moved.reshape(*moved.shape[: hits.ndim - len(axes)], -1)
    is_first = flat & (torch.cumsum(flat, dim=-1) == 1)
    return torch.moveaxis(is_first.reshape(moved.shape), last, axes).to(hits.dtype)


def one_hot(index: Any, size: int, dtype: Any, device: Any = None) -> Any:
    """1 at each index along a new last axis, else 0."""
    index = whole(index, size).to(device)
    return (index.unsqueeze(-1) == torch.arange(size, device=device)).to(dtype)


def pick(x: Any, index: Any) -> Any:
    """Of each row the entry that an index names."""
    return torch.take_along_dim(x, whole(index, x.shape[-1]).unsqueeze(-1), dim=-1)[..., 0]


def inverse(a: Any) -> Any:
    """The inverse of a matrix; nan where there is none."""
    found, wrong = torch.linalg.inv_ex(a)
    return torch.where(wrong[..., None, None] == 0, found, torch.nan)


def solution(a: Any, b: Any) -> Any:
    """x with a @ x = b; nan where there is none."""
    found, wrong = torch.linalg.solve_ex(a, b)
    wrong = wrong.reshape(wrong.shape + (1,) * (b.ndim - wrong.ndim))
    return torch.where(wrong == 0, found, torch.nan)


def cofactor(a: Any) -> Any:
    """det(a) · inv(a)ᵀ by the singular value decomposition, which exists where a is singular too."""
    is_finite = torch.isfinite(a).all(-1, keepdim=True).all(-2, keepdim=True)
    u, s, vh = torch.linalg.svd(torch.where(is_finite, a, 0.0))
    is_own = torch.eye(a.shape[-1], dtype=torch.bool, device=a.device)
    others = torch.prod(torch.where(is_own, 1.0, s[..., None, :]), dim=-1)
    sign_of = torch.linalg.det(u) * torch.linalg.det(vh)
    return torch.where(is_finite, (u * (others * sign_of[..., None])[..., None, :]) @ vh, torch.nan)
