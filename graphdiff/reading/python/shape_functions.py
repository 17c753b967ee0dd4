"""Functions that make arrays, or change their shapes and join them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from graphdiff.language.tree import Ellipsis, Expression, Index, Number, Slice
from graphdiff.reading.python.library_call import LibraryCall
from graphdiff.reading.python.reader import MOST_STEPS, integer, with_shapes
from graphdiff.reading.python.registration import function
from graphdiff.reading.python.values import Items, Method, Places, Shape, Value

MOST_LISTED = 10_000
"""The most entries of an array of zeros that is kept as a list, whose entries can be assigned."""
MOST_TYPED = 1_000
"""The most entries of an array of zeros or ones that may be an input with these values, as a list of numbers may."""


SIZES_HINT = with_shapes("write them as numbers")


def sizes_of(c: LibraryCall, shape: Sequence[Any]) -> list[int]:
    """Sizes, given one by one or as a tuple."""
    sizes = c.items(shape[0]) if len(shape) == 1 and isinstance(shape[0], Items) else shape
    sizes = [c.value(each) if isinstance(each, Method) else each for each in sizes]  # x.size
    for each in sizes:
        if integer(each) is None:
            c.reader.request_count(each)
            raise c.error("the sizes of this shape must be numbers that the text gives", SIZES_HINT)
    return [c.integer(each, "a size") for each in sizes]


@function("numpy.zeros(shape)", "numpy.ones(shape)", "numpy.empty(shape)")
def filled(c: LibraryCall, shape: Any) -> Any:
    return _filled(c, [shape])


@function("torch.zeros(*shape)", "torch.ones(*shape)")
def filled_tensor(c: LibraryCall, shape: Sequence[Any]) -> Any:
    return _filled(c, shape)


def _filled(c: LibraryCall, shape: Sequence[Any]) -> Any:
    name = "ones" if c.path.endswith("ones") else "zeros"
    if len(shape) == 1 and isinstance(shape[0], Shape):
        return c.call("broadcast_to", Number(float(name == "ones"), c.span), c.tree(shape[0].array))
    sizes = sizes_of(c, shape)
    if not sizes:
        return c.constant(float(name == "ones"))
    if any(size < 1 for size in sizes):
        raise c.error("the sizes of an array must be positive")
    tree = c.apply(name, *(c.constant(size) for size in sizes)).tree
    count = 1
    for size in sizes:
        count *= size
    if count > MOST_LISTED:
        return Value(tree)
    c.reader.steps += count
    number = c.constant(float(name == "ones"))._replace(is_literal=count <= MOST_TYPED)
    return _nested(c, sizes, number, tree)


def _nested(c: LibraryCall, sizes: Sequence[int], number: Value, tree: Expression | None) -> Items:
    """An array of one number as a list of lists."""
    if len(sizes) == 1:
        entries: list[Any] = [number] * sizes[0]
    else:
        entries = [_nested(c, sizes[1:], number, None) for _ in range(sizes[0])]
    return Items(entries, "array", c.reader.branch, tree)


@function("numpy.full(shape, fill_value)", "torch.full(size, fill_value)")
def full(c: LibraryCall, shape: Any, value: Any) -> Any:
    ones = c.value(_filled_with_ones(c, [shape]))
    return c.binary("*", ones, value)


def _filled_with_ones(c: LibraryCall, shape: Sequence[Any]) -> Any:
    sizes = sizes_of(c, shape)
    return c.apply("ones", *(c.constant(size) for size in sizes))


@function(
    "numpy.arange(start, stop=None, step=None)",
    "torch.arange(start, end=None, step=None)",
    "numpy.linspace(start, stop, num=50, endpoint=True)",
    "torch.linspace(start, end, steps)",
)
def sequence(c: LibraryCall, start: Any, stop: Any, step: Any = None, endpoint: Any = True) -> Items | Places:
    bounds = [None if each is None else c.value(each) for each in (start, stop, step)]
    if bounds[0] is not None and bounds[0].constant is None and stop is None:
        return Places(bounds[0])
    numbers: list[float | None] = []
    for bound in bounds:
        if bound is not None and bound.constant is None:
            c.reader.request_count(bound)
            raise c.error("the bounds must be numbers that the text gives", SIZES_HINT)
        if bound is not None:
            c.reader.fix(bound)
        numbers.append(None if bound is None else bound.constant)
    first, last, third = numbers
    if c.path.endswith("linspace"):
        values = _linspace(c, float(first or 0), float(last or 0), third, endpoint)
    else:
        values = _arange(c, first, last, third)
    if not values:
        raise c.error("the array is empty", "an array needs at least one entry")
    return Items([c.constant(each) for each in values], "array", c.reader.branch)


def _arange(c: LibraryCall, first: float | None, last: float | None, step: float | None) -> list[float]:
    low, high = (0, first) if last is None else (first, last)
    low, high, step = low or 0, high or 0, 1 if step is None else step
    if step == 0 or not abs((high - low) / step) <= MOST_STEPS:
        raise c.error(f"arange must have a step other than 0, and at most {MOST_STEPS:,} entries")
    count = max(0, -int(-(high - low) // step))
    return [low + place * step for place in range(count)]


def _linspace(c: LibraryCall, first: float, last: float, count: float | None, endpoint: Any) -> list[float]:
    if not isinstance(count, int) or not 1 <= count <= MOST_STEPS:
        raise c.error(f"the number of entries must be a whole number up to {MOST_STEPS:,}")
    closed = c.flag(endpoint, "endpoint")
    steps = count - 1 if closed else count
    if steps == 0:
        return [first]
    step = (last - first) / steps
    values = [place * step + first for place in range(count)]
    if closed:
        values[-1] = last
    return values


# Shapes


@function("numpy.reshape(a, shape)", "torch.reshape(input, shape)")
def reshape(c: LibraryCall, x: Any, shape: Any) -> Value:
    return _reshaped(c, x, [shape])


@function("method.reshape(x, *shape)", "method.view(x, *shape)")
def reshape_method(c: LibraryCall, x: Any, shape: Sequence[Any]) -> Value:
    return _reshaped(c, x, shape)


def _reshaped(c: LibraryCall, x: Any, shape: Sequence[Any]) -> Value:
    if len(shape) == 1 and isinstance(shape[0], Shape):
        return c.call("reshape_like", c.tree(x), c.tree(shape[0].array))
    sizes = sizes_of(c, shape)
    return c.apply("reshape", x, *(c.constant(size) for size in sizes))


@function("method.flatten(x)", "torch.flatten(input)", "method.ravel(x)")
def flatten(c: LibraryCall, x: Any) -> Value:
    return c.apply("reshape", x, c.constant(-1))


@function("numpy.transpose(a, axes=None)", "torch.permute(input, dims)")
def transpose(c: LibraryCall, x: Any, axes: Any) -> Value:
    return c.apply("transpose", x, axes=axes)


@function("method.transpose(x, *axes)", "method.permute(x, *dims)")
def transpose_method(c: LibraryCall, x: Any, axes: Sequence[Any]) -> Value:
    if c.path == "method.transpose" and c.reader.libraries == {"torch"}:
        if len(axes) != 2:
            raise c.error("transpose takes two axes in PyTorch")
        return c.value(swap(c, x, *axes))
    if not axes:
        return c.apply("transpose", x)
    order = sizes_of(c, axes)
    return c.apply("transpose", x, axes=tuple(order))


@function(
    "torch.transpose(input, dim0, dim1)",
    "torch.swapaxes(input, axis0, axis1)",
    "numpy.swapaxes(a, axis1, axis2)",
)
def swap(c: LibraryCall, x: Any, first: Any, second: Any) -> Value:
    """Two axes exchanged: of a matrix it is the transpose; of others, one axis moves to the other and back."""
    one, two = c.integer(first, "the axis"), c.integer(second, "the axis")
    if {one, two} in ({0, 1}, {-1, -2}):
        low, high = (one, two) if {one, two} == {-1, -2} else (0, 1)
        return c.apply("moveaxis", x, source=low, destination=high)
    if (one < 0) != (two < 0):
        raise c.error("count both axes from the same side")
    low, high = min(one, two), max(one, two)
    return c.apply("moveaxis", x, source=(low, high), destination=(high, low))


@function(
    "numpy.squeeze(a, axis=None)",
    "torch.squeeze(input, dim=None)",
)
def squeeze(c: LibraryCall, x: Any, axis: Any) -> Value:
    if axis is None:
        raise c.error("the axes of size 1 are not known", "name the axis: np.squeeze(x, axis=0)")
    place = c.integer(axis, "the axis")
    return _at_axis(c, c.value(x), place, Number(0.0, c.span))


def _at_axis(c: LibraryCall, x: Value, axis: int, item: Any) -> Value:
    """An index of one axis, counted from either side."""
    every = Slice(None, None, None)
    before: tuple[Any, ...] = (every,) * axis if axis >= 0 else (Ellipsis(c.span),)
    after = (every,) * (-1 - axis) if axis < 0 else ()
    return Value(Index(x.tree, (*before, item, *after), c.span))


@function("numpy.flip(m, axis)", "torch.flip(input, dims)", "numpy.flipud(m, axis=0)", "numpy.fliplr(m, axis=1)")
def flip(c: LibraryCall, x: Any, axis: Any) -> Value:
    axes = [c.integer(each, "the axis") for each in (c.items(axis) if isinstance(axis, Items) else [axis])]
    value = c.value(x)
    for each in axes:
        value = _at_axis(c, value, each, Slice(None, None, Number(-1.0, c.span)))
    return value


@function("method.size(x, axis=None)", "numpy.shape(a)", "numpy.size(a, axis=None)")
def sizes(c: LibraryCall, x: Any, axis: Any = None) -> Any:
    if axis is None:
        return c.size(x, None) if c.path == "numpy.size" else Shape(c.value(x))
    return c.size(x, c.integer(axis, "the axis"))


@function("method.numel(x)", "method.nelement(x)")
def count(c: LibraryCall, x: Any) -> Value:
    return c.size(x, None)


# Joins


@function(
    "numpy.concatenate(arrays, axis=0)",
    "numpy.concat(arrays, axis=0)",
    "torch.cat(tensors, dim=0)",
    "torch.concat(tensors, dim=0)",
    "torch.concatenate(tensors, dim=0)",
)
def concatenate(c: LibraryCall, arrays: Any, axis: Any) -> Value:
    parts = c.items(arrays)
    return c.apply("concat", *parts, axis=axis) if len(parts) > 1 else c.value(parts[0])


@function("numpy.stack(arrays, axis=0)", "torch.stack(tensors, dim=0)")
def stack(c: LibraryCall, arrays: Any, axis: Any) -> Value:
    parts = c.items(arrays)
    if len(parts) == 1:
        return c.apply("expand_dims", parts[0], axis=axis)
    return c.apply("stack", *parts, axis=axis)


@function("numpy.hstack(tup)", "numpy.append(arr, values)")
def joined(c: LibraryCall, *arguments: Any) -> Value:
    parts = arguments if len(arguments) > 1 else c.items(arguments[0])
    if len(arguments) == 1 and not all(_is_vector(part) for part in parts):
        raise c.error("hstack joins along another axis for vectors than for matrices", "write np.concatenate")
    flat = [c.apply("reshape", part, c.constant(-1)) for part in parts]
    return c.apply("concat", *flat)


def _is_vector(value: Any) -> bool:
    """Whether a value is a list of numbers."""
    return isinstance(value, Items) and not any(isinstance(entry, (Items, Method)) for entry in value.entries)


@function("numpy.vstack(tup)", "numpy.column_stack(tup)")
def stacked(c: LibraryCall, arrays: Any) -> Value:
    parts = c.items(arrays)
    if not all(_is_vector(part) for part in parts):
        raise c.error("this joins vectors otherwise than matrices", "write np.stack or np.concatenate")
    return c.apply("stack", *parts, axis=1 if c.path.endswith("column_stack") else 0)


@function("numpy.pad(array, pad_width, mode='constant')")
def pad(c: LibraryCall, x: Any, widths: Any, mode: Any) -> Value:
    if mode != "constant":
        raise c.error("only padding with zeros can be read")
    if isinstance(widths, Items) and widths.entries and not isinstance(widths.entries[0], Items):
        raise c.error("write the widths of each axis: ((1, 1), (2, 2))")
    return c.apply("pad", x, widths=widths)


@function("torch.nn.functional.pad(input, pad, mode='constant', value=None)")
def pad_last(c: LibraryCall, x: Any, widths: Any, mode: Any, value: Any) -> Value:
    numbers = [c.integer(each, "a width") for each in c.items(widths)]
    if mode != "constant" or (value is not None and c.value(value).constant != 0) or len(numbers) % 2:
        raise c.error("only padding with zeros can be read, with two widths for each axis")
    pairs = [pair for place, pair in enumerate(pairwise(numbers)) if place % 2 == 0]
    return c.apply("pad", x, widths=tuple(reversed(pairs)))
