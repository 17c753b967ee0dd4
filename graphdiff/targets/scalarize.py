"""Arrays of separate values, for languages without arrays: every entry is recorded on its own.

The kernels of the operations run on these arrays. NumPy moves the entries, and adds and multiplies them by their own
operators.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from graphdiff.operations.creation import whole_numbers
from graphdiff.operations.functions import row_of, unsupported_error
from graphdiff.operations.shapes import Axis, Shape, axes_of, size_of
from graphdiff.targets.entry_order import sort_by, unsort_by
from graphdiff.targets.recorder import Recorder, Value

HINT = "the numpy target works on whole arrays"


class Array:
    """An array of recorded values."""

    __slots__ = ("entries", "space")
    dtype = None

    def __init__(self, space: Entries, entries: Any) -> None:
        self.space = space
        self.entries = entries

    @property
    def shape(self) -> Shape:
        shape: Shape = self.entries.shape
        return shape

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __getitem__(self, places: Any) -> Any:
        return self.space.wrap(self.entries[places])

    def __neg__(self) -> Any:
        return self.space.negative(self)

    def __add__(self, other: Any) -> Any:
        return self.space.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return self.space.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return self.space.subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.space.subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return self.space.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.space.multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return self.space.divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self.space.divide(other, self)

    def __lt__(self, other: Any) -> Any:
        return self.space.less(self, other)

    def __gt__(self, other: Any) -> Any:
        return self.space.greater(self, other)

    def __and__(self, other: Any) -> Any:
        return self.space.logical_and(self, other)


class Entries:
    """The namespace in which kernels run on arrays of recorded values; indices are plain NumPy arrays."""

    inf = math.inf
    nan = math.nan
    index_dtype = np.int64

    def __init__(self, code: Recorder, title: str = "") -> None:
        """title is the title of the language."""
        self.code = code
        self.title = title
        self.digits = getattr(code, "digits", 0)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        row = row_of(name)
        function = self._data_movement(getattr(np, name)) if row.only_moves else self._elementwise(name)
        setattr(self, name, function)
        return function

    def _data_movement(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def move(*operands: Any, **options: Any) -> Any:
            return self.wrap(function(*map(_unwrap, operands), **options))

        return move

    def _elementwise(self, name: str) -> Callable[..., Any]:
        def apply(*operands: Any) -> Any:
            if isinstance(operands[0], (np.ndarray, np.generic)):  # indices are plain numbers
                return getattr(np, name)(*operands)
            return self._each(getattr(self.code, name), *operands)

        return apply

    def _each(self, function: Callable[..., Any], *operands: Any) -> Any:
        each = np.frompyfunc(function, len(operands), 1)
        with np.errstate(all="ignore"):  # for the arithmetic of floats that it is made of
            return self.wrap(each(*[self.asarray(operand).entries for operand in operands]))

    def as_condition(self, x: Any) -> Any:
        """For each number, whether it is not 0."""
        return self._each(self.code.as_condition, x)

    def wrap(self, result: Any) -> Any:
        """A result of NumPy as an Array, if it is a recorded value or an array of them; indices as they are."""
        if not hasattr(result, "dtype"):
            entry = np.empty((), dtype=object)
            entry[()] = result
            return Array(self, entry)
        return Array(self, result) if result.dtype == object else result

    def asarray(self, value: Any) -> Array:
        """An Array as it is; a number, nested tuples or an array of numbers as constants."""
        if isinstance(value, Array):
            return value
        constants: Array = self.wrap(np.frompyfunc(self.code.constant, 1, 1)(np.asarray(value, float).astype(object)))
        return constants

    def zeros(self, shape: Shape) -> Array:
        return self.asarray(np.zeros(shape))

    def eye(self, size: int) -> Array:
        return self.asarray(np.eye(size))

    def arange(self, *bounds: int) -> Array:
        return self.asarray(np.arange(*bounds))

    def integers(self, count: int) -> Any:
        return np.arange(count)

    def astype(self, indices: Any, dtype: Any) -> Any:
        return indices.astype(dtype)

    def add_at(self, values: Array, axis: int, index: Any, size: int) -> Any:
        total = np.moveaxis(self.zeros((*values.shape[:axis], size, *values.shape[axis + 1 :])).entries, axis, 0)
        for place, row in zip(index, np.moveaxis(values.entries, axis, 0), strict=True):
            total[place, ...] = self.add(self.wrap(total[place]), self.wrap(row)).entries
        return self.wrap(np.moveaxis(total, 0, axis))

    def one_hot(self, index: Any, size: int) -> Array:
        return self.asarray(np.eye(size)[whole_numbers(self, index, size)])

    def one_hot_like(self, index: Any, like: Array) -> Array:
        return self.one_hot(index, like.shape[-1])

    def pick(self, x: Array, index: Any) -> Any:
        places = np.expand_dims(whole_numbers(self, index, x.shape[-1]), -1)
        return self.wrap(np.take_along_axis(x.entries, places, -1)[..., 0])

    def diag(self, x: Array) -> Array:
        if x.ndim == 2:
            diagonal: Array = self.wrap(np.diagonal(x.entries))
            return diagonal
        matrix = self.zeros((*x.shape, *x.shape))
        np.fill_diagonal(matrix.entries, x.entries)
        return matrix

    @property
    def linalg(self) -> Any:
        raise unsupported_error(f"the {self.title} target", "inverses and singular values", HINT)

    def sort(self, x: Array, axis: int) -> Any:
        return sort_by(self, x, x, axis)

    def mean(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Any:
        total = self.sum(x, axis=axis, keepdims=keepdims)
        return total / float(size_of(x.shape) // size_of(total.shape))

    def max(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Any:
        return self._reduce(self.code.maximum, x, axis, keepdims)

    def min(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Any:
        return self._reduce(self.code.minimum, x, axis, keepdims)

    def _reduce(self, function: Callable[..., Value], x: Array, axis: Axis, keepdims: bool) -> Any:
        result = x.entries
        for each in sorted(axes_of(axis, x.shape), reverse=True):
            result = np.frompyfunc(function, 2, 1).reduce(result, axis=each, keepdims=keepdims)
        return self.wrap(result)

    def first(self, hits: Array, axis: Axis = None) -> Any:
        """1 at the first nonzero entry along the axes, elsewhere 0."""
        axes = axes_of(axis, hits.shape)
        last = range(-len(axes), 0)
        hits_last = np.moveaxis(self.as_condition(hits).entries, axes, last)
        flat = self.wrap(hits_last.reshape(*hits_last.shape[: hits.ndim - len(axes)], -1))
        is_first = self.float_of(flat & self.equal(self.cumulative_sum(flat, axis=-1), 1.0))
        return self.wrap(np.moveaxis(is_first.entries.reshape(hits_last.shape), last, axes))


VALUE_DEPENDENT: Mapping[str, Callable[..., Any]] = {
    "first": Entries.first,
    "one_hot": Entries.one_hot,
    "one_hot_like": Entries.one_hot_like,
    "pick": Entries.pick,
    "diag": Entries.diag,
    "sort_by": sort_by,
    "unsort_by": unsort_by,
}
"""The implementations of operations whose kernels depend on the values of numbers."""


def _unwrap(operand: Any) -> Any:
    if isinstance(operand, list):
        return [_unwrap(each) for each in operand]
    return operand.entries if isinstance(operand, Array) else operand
