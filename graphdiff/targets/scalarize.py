"""Graph of arrays → instructions on numbers: every entry is a value of its own, for languages that have no arrays.

The operations' own kernels run on arrays of values that record what is done to them. NumPy moves these about, and adds
and multiplies them by their own operators.
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
from graphdiff.operations.functions import ROWS, row_of, unsupported
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.shapes import Axis, Shape, axes_of, shape_text, size_of
from graphdiff.targets.instructions import Code, Instruction, Recorder, Value

MOST = 10_000
"""How many entries and operations are written out."""
HINT = "numpy's code works on whole arrays"


class EntryRecorder(Recorder):
    """Records no more than is written out, and nothing for x + 0, x - 0, x*1, x/1, nor for 0*x and 0/x: what is 0 there
    has not been chosen, and says nothing of where x is not finite."""

    def simplified(self, function: str, values: Sequence[Value]) -> Value | None:
        found = super().simplified(function, values)
        neutral = ROWS[function].neutral
        if found is not None or neutral is None:
            return found
        x, y = values
        if x.constant == 0 and function in ("multiply", "divide"):
            return x
        if y.constant == 0 and function == "multiply":
            return y
        if y.constant == neutral:
            return x
        return y if function in ("add", "multiply") and x.constant == neutral else None

    def _added(self, instruction: Instruction, key: object, constant: float | None = None) -> Value:
        if len(self.instructions) > MOST:
            raise _too_large()
        return super()._added(instruction, key, constant)


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
        return self.space.wrapped(self.entries[places])

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
    """The namespace that kernels are run in, on arrays of recorded values; indices are NumPy's own."""

    inf = math.inf
    nan = math.nan
    index_dtype = np.int64

    def __init__(self, code: Recorder) -> None:
        self.code = code

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        row = row_of(name)
        function = self._moving(getattr(np, name)) if row.only_moves else self._elementwise(name)
        setattr(self, name, function)
        return function

    def _moving(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def moved(*operands: Any, **options: Any) -> Any:
            return self.wrapped(function(*map(_unwrapped, operands), **options))

        return moved

    def _elementwise(self, name: str) -> Callable[..., Any]:
        def applied(*operands: Any) -> Any:
            if isinstance(operands[0], (np.ndarray, np.generic)):  # indices are known numbers
                return getattr(np, name)(*operands)
            return self._each(getattr(self.code, name), *operands)

        return applied

    def _each(self, function: Callable[..., Any], *operands: Any) -> Any:
        each = np.frompyfunc(function, len(operands), 1)
        return self.wrapped(each(*[self.asarray(operand).entries for operand in operands]))

    def as_condition(self, x: Any) -> Any:
        """Each number as whether it is not 0."""
        return self._each(self.code.as_condition, x)

    def wrapped(self, found: Any) -> Any:
        """What NumPy returned: one entry, entries or indices."""
        if not hasattr(found, "dtype"):
            entry = np.empty((), dtype=object)
            entry[()] = found
            return Array(self, entry)
        return Array(self, found) if found.dtype == object else found

    def asarray(self, value: Any) -> Array:
        """A number, or nested tuples or an array of numbers, as constants; an array as it is."""
        if isinstance(value, Array):
            return value
        found: Array = self.wrapped(np.frompyfunc(self.code.constant, 1, 1)(np.asarray(value, float).astype(object)))
        return found

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
            total[place] = self.add(self.wrapped(total[place]), self.wrapped(row)).entries
        return self.wrapped(np.moveaxis(total, 0, axis))

    def one_hot(self, index: Any, size: int) -> Array:
        return self.asarray(np.eye(size)[whole_numbers(self, index, size)])

    def one_hot_like(self, index: Any, like: Array) -> Array:
        return self.one_hot(index, like.shape[-1])

    def pick(self, x: Array, index: Any) -> Any:
        places = np.expand_dims(whole_numbers(self, index, x.shape[-1]), -1)
        return self.wrapped(np.take_along_axis(x.entries, places, -1)[..., 0])

    def mean(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Any:
        total = self.sum(x, axis=axis, keepdims=keepdims)
        return total / float(size_of(x.shape) // size_of(total.shape))

    def max(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Any:
        return self._reduced(self.code.maximum, x, axis, keepdims)

    def min(self, x: Array, axis: Axis = None, keepdims: bool = False) -> Any:
        return self._reduced(self.code.minimum, x, axis, keepdims)

    def _reduced(self, function: Callable[..., Value], x: Array, axis: Axis, keepdims: bool) -> Any:
        found = x.entries
        for each in sorted(axes_of(axis, x.shape), reverse=True):
            found = np.frompyfunc(function, 2, 1).reduce(found, axis=each, keepdims=keepdims)
        return self.wrapped(found)

    def first(self, hits: Array, axis: Axis = None) -> Any:
        """1 where an entry is not 0, and it is the first of these along the axes."""
        axes = axes_of(axis, hits.shape)
        last = range(-len(axes), 0)
        moved = np.moveaxis(self.as_condition(hits).entries, axes, last)
        flat = self.wrapped(moved.reshape(*moved.shape[: hits.ndim - len(axes)], -1))
        chosen = self.float_of(flat & self.equal(self.cumulative_sum(flat, axis=-1), 1.0))
        return self.wrapped(np.moveaxis(chosen.entries.reshape(moved.shape), last, axes))


VALUE_DEPENDENT: Mapping[str, Callable[..., Any]] = {
    "first": Entries.first,
    "one_hot": Entries.one_hot,
    "one_hot_like": Entries.one_hot_like,
    "pick": Entries.pick,
}
"""What operations do by whose kernels numbers are looked at."""


def _unwrapped(operand: Any) -> Any:
    if isinstance(operand, list):
        return [_unwrapped(each) for each in operand]
    return operand.entries if isinstance(operand, Array) else operand


def entries_of(graph: Graph, shapes: Mapping[int, Shape], title: str) -> Code:
    """The instructions of a graph of primitives, the first of whose outputs is a number, on the entries of its arrays,
    at the shapes of its nodes; title is what the language is called that they are for.

    Raises GraphdiffError: "value" where that output is an array or an operation is not written entry by entry, "limit"
    where there are too many entries or operations.
    """
    if shapes.get(graph.outputs[0], ()):
        raise GraphdiffError(
            "value", f"the value is an array of shape {shape_text(shapes[graph.outputs[0]])}, not a number", hint=HINT
        )
    return all_entries_of(graph, shapes, title)


@np.errstate(all="ignore")  # NumPy would warn of what Python works out of constants in its loops
def all_entries_of(graph: Graph, shapes: Mapping[int, Shape], title: str) -> Code:
    """The same of outputs of any shapes."""
    needed = [node for node in graph.nodes if graph.needed[node.index] or node.is_input]
    if sum(size_of(shapes.get(node.index, ())) for node in needed) > MOST:
        raise _too_large()
    code = EntryRecorder()
    space = Entries(code)
    values: dict[int, Array] = {}
    inputs: dict[str, int] = {}
    names: dict[int, str] = {}
    for index in graph.inputs:
        name, shape = graph.labels[index], shapes.get(index, ())
        whole = code.input(name)
        inputs[name] = whole.number
        values[index] = space.wrapped(_read(code, whole, shape) if shape else whole)
    for node in needed:
        if node.is_input:
            continue
        values[node.index] = _applied(space, node, [values[operand] for operand in node.operands], title)
        if node.name is not None and not values[node.index].shape:
            names.setdefault(values[node.index].entries[()].number, node.name)
    outputs = [code.as_number(entry).number for index in graph.outputs for entry in values[index].entries.flat]
    given = {graph.labels[index]: shapes[index] for index in graph.inputs if shapes.get(index)}
    return Code(code.instructions, inputs, tuple(outputs), names, given)


def _read(code: Recorder, whole: Value, shape: Shape) -> Any:
    """Every entry of an input."""
    found = np.empty(shape, dtype=object)
    for places in np.ndindex(shape):
        found[places] = code.record("entry", whole, places=places)
    return found


def _applied(space: Entries, node: Node, operands: Sequence[Array], title: str) -> Array:
    if node.operation is None:
        return space.asarray(node.parameters["value"])
    assert isinstance(node.operation, Primitive)
    name = node.operation.name
    if node.operation.by_elimination:
        raise unsupported(f"the {title} target", name, HINT)
    given: Sequence[Any] = operands
    if not node.operation.is_elementwise:
        given = [_numbers(each, name) if node.operation.is_index(slot) else each for slot, each in enumerate(operands)]
    kernel = VALUE_DEPENDENT.get(name, node.operation.kernel)
    found: Array = kernel(space, *given, **node.parameters)
    return found


def _numbers(index: Array, name: str) -> Any:
    """The numbers of an index that is a constant."""
    numbers = [entry.constant for entry in index.entries.flat]
    if None in numbers:
        raise GraphdiffError(
            "value", f"an index that is an input is not written out entry by entry ({name})", hint=HINT
        )
    return np.reshape(np.asarray(numbers, float), index.shape)


def _too_large() -> GraphdiffError:
    return GraphdiffError("limit", f"there are more than {MOST:,} entries and operations to write out", hint=HINT)
