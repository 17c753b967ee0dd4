"""Graph of arrays → instructions on numbers, for languages without arrays: every entry becomes a separate value.

The kernels of the operations run on arrays of values that record what is done to them. NumPy moves these values, and
adds and multiplies them by their own operators.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.creation import whole_numbers
from graphdiff.operations.functions import ROWS, row_of, unsupported_error
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.shapes import Axis, Shape, axes_of, shape_text, size_of
from graphdiff.targets.entry_order import sort_by, unsort_by
from graphdiff.targets.instructions import Code, Instruction, Recorder, Value

MOST = 50_000
"""The most entries of inputs and operations that are written out."""
MOST_ENTRIES = 1_000_000
"""The most entries of all arrays, of which many may never be written: zeros, entries that are only moved."""
HINT = "the numpy target works on whole arrays"


class EntryRecorder(Recorder):
    """Records at most so many instructions, and none for x + 0, x - 0, x*1 and x/1, nor for 0*x and 0/x: the 0 marks an
    entry that an index or a choice leaves out, so that the result is 0 even where x is not finite."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def simplify(self, function: str, values: Sequence[Value]) -> Value | None:
        value = super().simplify(function, values)
        if function == "where" and values[0].constant is not None:
            return values[1] if values[0].constant else values[2]
        neutral = ROWS[function].neutral
        if value is not None or neutral is None:
            return value
        x, y = values
        if x.constant == 0 and function in ("multiply", "divide"):
            return x
        if y.constant == 0 and function == "multiply":
            return y
        if y.constant == neutral:
            return x
        return y if function in ("add", "multiply") and x.constant == neutral else None

    def _add(self, instruction: Instruction, key: object, constant: float | None = None) -> Value:
        if len(self.instructions) > self._most:
            raise _too_large(f"the code would have more than {self._most:,} entries and operations")
        return super()._add(instruction, key, constant)


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


def entries_of(graph: Graph, shapes: Mapping[int, Shape], title: str) -> Code:
    """The instructions, on the entries of arrays, of a graph of primitives whose first output is a number, for the
    shapes of its nodes; title is the title of the language.

    Raises GraphdiffError: "value" if that output is an array or an operation cannot be written entry by entry, "limit"
    if there are too many entries or operations.
    """
    if shapes.get(graph.outputs[0], ()):
        raise GraphdiffError(
            "value", f"the value is an array of shape {shape_text(shapes[graph.outputs[0]])}, not a number", hint=HINT
        )
    return all_entries_of(graph, shapes, title)


@np.errstate(all="ignore")  # NumPy would warn about what Python computes from constants in NumPy's loops
def all_entries_of(graph: Graph, shapes: Mapping[int, Shape], title: str, most: int = MOST) -> Code:
    """The same for outputs of any shapes, in at most so many entries and operations."""
    nodes = [node for node in graph.nodes if graph.needed[node.index] or node.is_input]
    if sum(size_of(shapes.get(node.index, ())) for node in nodes) > MOST_ENTRIES:
        raise _too_large(f"the arrays would have more than {MOST_ENTRIES:,} entries")
    code = EntryRecorder(most)
    space = Entries(code, title)
    values: dict[int, Array] = {}
    inputs: dict[str, int] = {}
    names: dict[int, str] = {}
    for index in graph.inputs:
        name, shape = graph.labels[index], shapes.get(index, ())
        whole = code.input(name)
        inputs[name] = whole.number
        values[index] = space.wrap(_read(code, whole, shape) if shape else whole)
    for node in nodes:
        if node.is_input:
            continue
        if node.index in graph.complements:
            values[node.index] = graph.complements[node.index].evaluate(values, Numeric(space))
        else:
            values[node.index] = _apply(space, node, [values[operand] for operand in node.operands], title)
        if node.name is not None and not values[node.index].shape:
            names.setdefault(values[node.index].entries[()].number, node.name)
    outputs = [code.as_number(entry).number for index in graph.outputs for entry in values[index].entries.flat]
    input_shapes = {graph.labels[index]: shapes[index] for index in graph.inputs if shapes.get(index)}
    return Code(code.instructions, inputs, tuple(outputs), names, input_shapes)


def _read(code: Recorder, whole: Value, shape: Shape) -> Any:
    """The entries of an input, each read from the whole array."""
    entries = np.empty(shape, dtype=object)
    for places in np.ndindex(shape):
        entries[places] = code.record("entry", whole, places=places)
    return entries


def _apply(space: Entries, node: Node, operands: Sequence[Array], title: str) -> Array:
    if node.operation is None:
        return space.asarray(node.parameters["value"])
    assert isinstance(node.operation, Primitive)
    name = node.operation.name
    if node.operation.by_elimination:
        raise unsupported_error(f"the {title} target", name, HINT)
    is_index = node.operation.is_index
    values: Sequence[Any] = operands
    if not node.operation.is_elementwise:
        values = [_numbers(each, name) if is_index(slot) else each for slot, each in enumerate(operands)]
    kernel = VALUE_DEPENDENT.get(name, node.operation.kernel)
    result: Array = kernel(space, *values, **node.parameters)
    return result


def _numbers(index: Array, name: str) -> Any:
    """The numbers of an index, which must be a constant."""
    numbers = [entry.constant for entry in index.entries.flat]
    if None in numbers:
        raise GraphdiffError(
            "value", f"code entry by entry needs constant indices, but the index of {name} is an input", hint=HINT
        )
    return np.reshape(np.asarray(numbers, float), index.shape)


def _too_large(message: str) -> GraphdiffError:
    return GraphdiffError("limit", message, hint=HINT)
