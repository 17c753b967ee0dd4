"""The interpreter on arrays of any library that follows the array API standard.

It is imported only where a formula or its point has an array, and is the only pass that imports NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import array_api_compat
import numpy

from graphdiff.errors import GraphdiffError
from graphdiff.operations.functions import MODULES, row_of, special_function, unsupported_error
from graphdiff.operations.ieee import whole_order
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import BackwardPattern, Primitive

_KNOWN: dict[tuple[bool, frozenset[Any]], Arrays] = {}
MAX_NUMBERS = 1000
"""How many numbers an interpreter caches as arrays."""


def arrays_of(values: Iterable[Any], follows_closed: bool = False) -> Arrays:
    """The interpreter for these arrays, cached by library, dtype and device, since it caches what it looks up."""
    arrays = [value for value in values if hasattr(value, "dtype")]
    kind = follows_closed, frozenset((type(array), array.dtype, _device_of(array)) for array in arrays)
    if kind not in _KNOWN:
        _KNOWN[kind] = Arrays(arrays, follows_closed)
    return _KNOWN[kind]


def _device_of(array: Any) -> Any:
    """The device of an array; None for NumPy, which has only one."""
    if isinstance(array, numpy.ndarray) or not array_api_compat.is_array_api_obj(array):
        return None
    return array_api_compat.device(array)


class Arrays(Numeric):
    """Applies kernels to arrays, in the library, the precision and on the device of the given arrays.

    With follows_closed it tracks which entries gates that select have closed (see Cotangent).
    """

    has_arrays = True

    def __init__(self, arrays: Iterable[Any] = (), follows_closed: bool = False) -> None:
        self.follows_closed = follows_closed
        self._numbers: dict[float, Any] = {}
        samples = list(arrays) or [numpy.zeros(())]
        super().__init__(_Namespace(samples))

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        values = [self._number(operand) if type(operand) is float else operand for operand in operands]
        return primitive.kernel(self.namespace, *values, **parameters)

    def quiet(self) -> AbstractContextManager[object]:
        return numpy.errstate(all="ignore")

    def _number(self, value: float) -> Any:
        """A number as an array without axes, cached because rules use the same few numbers repeatedly."""
        array = self._numbers.get(value)
        if array is None:
            array = self.namespace.asarray(value)
            if len(self._numbers) < MAX_NUMBERS and value:  # 0 and -0 are one key
                self._numbers[value] = array
        return array

    def constant(self, value: Any) -> Any:
        return self._number(value) if type(value) is float else self.namespace.asarray(value)

    def unbroadcast(self, cotangent: Any, like: Any) -> Any:
        if type(cotangent) is float or cotangent.shape == like.shape or cotangent.ndim < like.ndim:
            return cotangent
        return self.sum_to(cotangent, like)

    def following_closed(self) -> Arrays:
        """The same interpreter, but with follows_closed."""
        return arrays_of([self.namespace.asarray(0.0)], follows_closed=True)

    def is_finite(self, value: Any) -> bool:
        flat = self.namespace.reshape(value, (-1,))
        if math.isfinite(self.namespace.library.vecdot(flat, flat)):  # takes half the time of testing each entry
            return True
        return bool(self.namespace.all(self.namespace.isfinite(value)))

    def scale(self, cotangent: Any, local: Any) -> Any:
        if type(local) is float and local == 1:
            return cotangent
        return local if type(cotangent) is float and cotangent == 1 else self.mul(cotangent, local)

    def broadcast_like(self, value: Any, like: Any) -> Any:
        return value if type(value) is not float and value.shape == like.shape else self.broadcast_to(value, like)

    def open_entries(self, pattern: BackwardPattern, local: Any) -> Any:
        if not pattern.selects:
            return True
        if isinstance(local, float):
            return local != 0
        if not self.follows_closed:
            return True
        is_open = local != 0
        return self.namespace.float_of(is_open) if self.namespace.any(is_open) else False


class _Namespace:
    """A library's functions under the names that kernels use: those of operations/ieee and of the array API standard.

    Comparisons return numbers, conditions are numbers, and operands may be the float constants of kernels.
    """

    inf = math.inf
    nan = math.nan

    def __init__(self, arrays: list[Any]) -> None:
        try:
            self.library = array_api_compat.array_namespace(*{type(array): array for array in arrays}.values())
        except TypeError:
            kinds = ", ".join(sorted({type(array).__name__ for array in arrays}))
            raise GraphdiffError(
                "value", f"arrays of different libraries: {kinds}", hint="convert them to one library"
            ) from None
        if array_api_compat.is_numpy_namespace(self.library):
            self.library = numpy  # NumPy itself follows the standard, without a layer of wrappers
        dtypes = {array.dtype for array in arrays}
        floating = [dtype for dtype in dtypes if dtype in (self.library.float32, self.library.float64)]
        is_jax = array_api_compat.is_jax_namespace(self.library)  # JAX may be limited to 32 bits
        self._dtype = self.library.asarray(0.0).dtype if is_jax else self.library.float64
        if floating:
            self._dtype = self.library.result_type(*floating)
        self.index_dtype = self.library.asarray(0).dtype if is_jax else self.library.int64
        self._device = array_api_compat.device(arrays[0])

    def __getattr__(self, name: str) -> Any:
        function = _Linear(self.library) if name == "linalg" else self._function(name)
        setattr(self, name, function)
        return function

    def _function(self, name: str) -> Callable[..., Any]:
        row = row_of(name)
        if (definition := row.definition) is not None:
            return partial(definition, self)
        return self._special(name) if row.special else _function(self.library, name)

    def asarray(self, value: Any) -> Any:
        """A number, nested sequences of numbers or an array as an array of this namespace's dtype."""
        if array_api_compat.is_array_api_obj(value):
            return value if value.dtype == self._dtype else self.library.astype(value, self._dtype)
        return self.library.asarray(value, dtype=self._dtype, device=self._device)

    def float_of(self, condition: Any) -> Any:
        return self.library.astype(condition, self._dtype)

    def integers(self, count: int) -> Any:
        """0, 1, …, count - 1 in the dtype of indices."""
        return self.library.arange(count, device=self._device)

    def zeros(self, shape: Any) -> Any:
        return self.library.zeros(shape, dtype=self._dtype, device=self._device)

    def eye(self, size: int) -> Any:
        return self.library.eye(size, dtype=self._dtype, device=self._device)

    def arange(self, *bounds: int) -> Any:
        return self.library.arange(*bounds, dtype=self._dtype, device=self._device)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        if not self.library.isdtype(condition.dtype, "bool"):
            condition = condition != 0
        return self.library.where(condition, self._to_array(x), self._to_array(y))

    def maximum(self, x: Any, y: Any) -> Any:
        return self.library.maximum(self._to_array(x), self._to_array(y))

    def minimum(self, x: Any, y: Any) -> Any:
        return self.library.minimum(self._to_array(x), self._to_array(y))

    def less(self, x: Any, y: Any) -> Any:
        return self.float_of(self._to_array(x) < y)

    def less_equal(self, x: Any, y: Any) -> Any:
        return self.float_of(self._to_array(x) <= y)

    def greater(self, x: Any, y: Any) -> Any:
        return self.float_of(self._to_array(x) > y)

    def greater_equal(self, x: Any, y: Any) -> Any:
        return self.float_of(self._to_array(x) >= y)

    def equal(self, x: Any, y: Any) -> Any:
        return self.float_of(self._to_array(x) == y)

    def not_equal(self, x: Any, y: Any) -> Any:
        return self.float_of(self._to_array(x) != y)

    def add_at(self, values: Any, axis: int, index: Any, size: int) -> Any:
        """Scatter-add: an array with size entries along an axis, in which each of the values is added at its index.

        A product with one-hot rows, which any library has, would be NaN where a value is infinite.
        """
        total = self.zeros((*values.shape[:axis], size, *values.shape[axis + 1 :]))
        places = (*(slice(None),) * axis, index)
        if array_api_compat.is_numpy_namespace(self.library) or array_api_compat.is_cupy_namespace(self.library):
            self.library.add.at(total, places, values)
            return total
        if array_api_compat.is_jax_namespace(self.library):
            return total.at[places].add(values)
        if array_api_compat.is_torch_namespace(self.library):
            return total.index_add(axis, index, values)
        matches = self.library.expand_dims(index, axis=1) == self.integers(size)
        rows = self.where(matches, self.library.moveaxis(values, axis, -1)[..., None], 0.0)
        return self.library.moveaxis(self.library.sum(rows, axis=-2), -1, axis)

    def logical_and(self, x: Any, y: Any) -> Any:
        return self.float_of((x != 0) & (y != 0))

    def divide(self, x: Any, y: Any) -> Any:
        return self.library.divide(self._to_array(x), self._to_array(y))

    def pow(self, x: Any, y: Any) -> Any:
        return self.library.pow(self._to_array(x), y)

    def whole_order(self, n: Any) -> Any:
        """n; raises GraphdiffError where an entry is not a whole number from 0."""
        if not self.library.all((n >= 0) & (self.library.remainder(n, self._to_array(1.0)) == 0)):
            for entry in _to_numpy(n).flat:
                whole_order(float(entry))
        return n

    def cbrt(self, x: Any) -> Any:
        """The library's cbrt, or a power refined by one step of Newton's method."""
        own = getattr(self.library, "cbrt", None)
        if own is not None:
            return own(x)
        root = self.library.sign(x) * self.library.pow(self.library.abs(x), self.asarray(1 / 3))
        slope = self.where(root == 0, 1.0, 3 * root * root)
        return root - (root * root * root - x) / slope

    def _special(self, name: str) -> Callable[..., Any]:
        library = self.library.__name__.removeprefix("array_api_compat.").partition(".")[0]
        function: Callable[..., Any] = special_function(name, library)
        if library in MODULES:
            return function

        def on_the_host(*operands: Any) -> Any:
            values = function(*map(_to_numpy, operands))
            return self.library.asarray(values, dtype=self._dtype, device=self._device)

        return on_the_host

    def _to_array(self, value: Any) -> Any:
        return self.asarray(value) if isinstance(value, float) else value


class _Linear:
    """The linear algebra extension of the standard."""

    def __init__(self, library: Any) -> None:
        self._library = library

    def __getattr__(self, name: str) -> Any:
        row_of(f"linalg.{name}")
        return _function(self._library.linalg, name)


def _function(library: Any, name: str) -> Any:
    """A function of a library.

    Raises GraphdiffError("value") where the library lacks it.
    """
    try:
        return getattr(library, name)
    except AttributeError:
        raise unsupported_error(
            library.__name__.removeprefix("array_api_compat."), name, "use NumPy's arrays"
        ) from None


def shapes_of_floats(values: Iterable[Any]) -> tuple[Any, ...] | None:
    """The shapes of values, if all are NumPy arrays of 64-bit floats with at least one entry; else None."""
    shapes = []
    for value in values:
        if type(value) is not numpy.ndarray or value.dtype.char != "d" or not value.size:
            return None
        shapes.append(value.shape)
    return tuple(shapes)


def as_floats(value: Any) -> Any:
    """A NumPy array of floats: 32-bit floats stay, all other dtypes become 64-bit."""
    array = numpy.asarray(value)
    return array if array.dtype.char in "fd" else array.astype(numpy.float64)


def to_list(value: Any) -> Any:
    """An array as nested lists of floats; a float for an array without axes."""
    return _to_numpy(value).tolist()


def is_finite(value: Any) -> bool:
    """Whether all entries are finite."""
    if isinstance(value, float):
        return math.isfinite(value)
    if value.dtype == object:
        return all(entry.context.isfinite(entry) for entry in value.flat)
    return bool(array_api_compat.array_namespace(value).all(array_api_compat.array_namespace(value).isfinite(value)))


def extent(value: Any) -> tuple[float, float, float, int]:
    """The smallest and the largest entry, the norm, and how many entries are not finite."""
    array = _to_numpy(value)
    if array.dtype == object:
        finite = [entry for entry in array.flat if entry.context.isfinite(entry)]
        norm = array.flat[0].context.sqrt(sum(entry * entry for entry in finite))
        return min(finite, default=norm), max(finite, default=norm), norm, array.size - len(finite)
    nonfinite = int(array.size - numpy.isfinite(array).sum())
    with numpy.errstate(all="ignore"):
        return float(array.min()), float(array.max()), float(numpy.linalg.norm(array.ravel())), nonfinite


def _to_numpy(value: Any) -> Any:
    """An array of any library and device as a NumPy array."""
    if hasattr(value, "__dlpack__") and not isinstance(value, (numpy.ndarray, numpy.generic)):
        return numpy.from_dlpack(value, device="cpu")
    return numpy.asarray(value)
