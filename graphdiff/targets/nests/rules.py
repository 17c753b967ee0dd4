"""RULES: the arrays of each function of operations/functions.py that code on whole arrays calls."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphdiff.errors import GraphdiffError
from graphdiff.operations.functions import ROWS
from graphdiff.operations.products import LETTERS, terms_of
from graphdiff.operations.shapes import Axis, Shape, axes_of, broadcast, size_of
from graphdiff.targets.entry_order import sort_by, unsort_by
from graphdiff.targets.nests.arrays import (
    Array,
    Constant,
    Elementwise,
    Indices,
    Range,
    View,
    concat,
    reshape,
    stack,
)
from graphdiff.targets.nests.elimination import Elimination
from graphdiff.targets.nests.gather import OneHot, OverlapAdd, Pick, add
from graphdiff.targets.nests.nest import Nest
from graphdiff.targets.nests.reductions import Cumulative, First, Reduction
from graphdiff.targets.nests.views import (
    at,
    broadcast_to,
    chosen,
    expand_dims,
    flip,
    getitem,
    index,
    lift,
    moveaxis,
    pad,
    permute,
    place,
    roll,
    section,
    windows,
)
from graphdiff.targets.recorder import Value

HINT = "the numpy target supports it"


class ArraySpace:
    """The namespace of the functions, in which kernels of operations can run on arrays of fixed shapes."""

    inf = math.inf
    nan = math.nan

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *operands, **options: apply(name, operands, options)


SPACE: Any = ArraySpace()


def apply(name: str, operands: Sequence[Any], options: Mapping[str, Any]) -> Array:
    """The array of a function of operands: arrays, numbers, lists of arrays, and constants by position.

    Raises GraphdiffError("value") where loops lack the function.
    """
    rule = RULES.get(name)
    if rule is not None:
        array: Array = rule(*operands, **options)  # or the tuple of several
        return array
    if name in ROWS and ROWS[name].is_elementwise:
        return Elementwise(name, [lift(operand) for operand in operands])
    raise GraphdiffError("value", f"C and Rust do not support {name} of arrays in loops", hint=HINT)


def reduction(function: str) -> Callable[..., Array]:
    """The rule of the reduction by a function along axes."""

    def reduce(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
        axes = axes_of(axis, x.shape)
        letters = LETTERS[: x.ndim]
        output = "".join([letter for place, letter in enumerate(letters) if place not in axes])
        result: Array = Reduction(function, [x], [letters], output) if axes else x
        for each in sorted(axes) if keepdims else ():
            result = expand_dims(result, each)
        return result

    return reduce


def mean(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    total = SPACE.sum(x, axis=axis, keepdims=keepdims)
    return Elementwise("divide", [total, Constant(float(x.size // total.size))])


def any_of(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    result: Array = SPACE.not_equal(SPACE.max(SPACE.abs(x), axis=axis, keepdims=keepdims), 0.0)
    return result


def all_of(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    result: Array = SPACE.equal(SPACE.max(SPACE.equal(x, 0.0), axis=axis, keepdims=keepdims), 0.0)
    return result


def product(operands: Sequence[Array], terms: Sequence[str], output: str) -> Array:
    """What einsum describes; a Reduction where a letter is summed over."""
    if set("".join(terms)) - set(output):
        return Reduction("add", operands, terms, output)
    sizes = {
        letter: size
        for x, term in zip(operands, terms, strict=True)
        for letter, size in zip(term, x.shape, strict=True)
    }
    shape = tuple([sizes[letter] for letter in output])
    places = [[output.index(letter) for letter in term] for term in terms]
    views = [View(x, shape, chosen(axes)) for x, axes in zip(operands, places, strict=True)]
    total: Array = views[0]
    for view in views[1:]:
        total = Elementwise("multiply", [total, view])
    return total


def einsum(*operands: Array, subscripts: str) -> Array:
    terms, output = terms_of(subscripts)
    return product([lift(each) for each in operands], terms, output)


def matmul(a: Array, b: Array) -> Array:
    batch = broadcast(a.shape[:-2], b.shape[:-2])
    letters = LETTERS[3 : 3 + len(batch)]
    operands, terms = [], []
    for each, matrix in ((a, "ac" if a.ndim > 1 else "c"), (b, "cb" if b.ndim > 1 else "c")):
        lead = max(each.ndim - 2, 0)
        own = letters[len(letters) - lead :]
        whole = [axis for axis in range(lead) if each.shape[axis] == batch[len(batch) - lead + axis]]
        for axis in reversed(range(lead)):
            if axis not in whole:  # it is broadcast
                each = at(each, axis, 0)
        operands.append(each)
        terms.append("".join([own[axis] for axis in whole]) + matrix)
    return product(operands, terms, letters + "a" * (a.ndim > 1) + "b" * (b.ndim > 1))


def tensordot(a: Array, b: Array, axes: Any) -> Array:
    left = list(LETTERS[: a.ndim])
    right = list(LETTERS[a.ndim : a.ndim + b.ndim])
    for mine, theirs in zip(*axes, strict=True):
        right[theirs] = left[mine]
    output = [letter for place, letter in enumerate(left) if place not in axes[0]]
    output += [letter for place, letter in enumerate(right) if place not in axes[1]]
    return product([a, b], ["".join(left), "".join(right)], "".join(output))


def cumulative(function: str, is_reverse: bool = False) -> Callable[..., Array]:
    """The rule of a cumulative function along an axis."""

    def accumulate(x: Array, axis: int) -> Array:
        def step(nest: Nest, before: Value, indices: Indices) -> Value:
            value: Value = getattr(nest.code, function)(before, nest.read(x, indices))
            return value

        return Cumulative(x.shape, [x], axis % x.ndim, lambda nest, indices: nest.read(x, indices), step, is_reverse)

    return accumulate


def linear_recurrence(a: Array, b: Array, axis: int, reverse: bool = False) -> Array:
    return Cumulative(
        b.shape,
        [a, b],
        axis % b.ndim,
        lambda nest, indices: nest.read(b, indices),
        lambda nest, before, indices: nest.read(a, indices) * before + nest.read(b, indices),
        reverse,
    )


def eye(size: int) -> Array:
    result: Array = SPACE.float_of(SPACE.equal(*rows_and_columns((size, size), 0)))
    return result


def rows_and_columns(shape: Shape, k: int) -> tuple[Array, Array]:
    """The numbers of the rows and of the columns of a matrix, these less k."""
    rows, columns = shape[-2:]
    return expand_dims(Range(range(rows)), 1), Range(range(-k, columns - k))


def tril(x: Array, k: int = 0) -> Array:
    rows, columns = rows_and_columns(x.shape, k)
    result: Array = SPACE.where(SPACE.less_equal(columns, rows), x, 0.0)
    return result


def triu(x: Array, k: int = 0) -> Array:
    rows, columns = rows_and_columns(x.shape, k)
    result: Array = SPACE.where(SPACE.less(columns, rows), 0.0, x)
    return result


def diag(x: Array) -> Array:
    if x.ndim == 2:
        return View(x, x.shape[:1], lambda indices: (indices[0], indices[0]))
    result: Array = SPACE.where(SPACE.equal(*rows_and_columns((x.size, x.size), 0)), x, 0.0)
    return result


def solution(a: Array, b: Array) -> Array:
    return Elimination("solve_columns", a, b.shape, [b])


def sort(x: Array, axis: int) -> Array:
    result: Array = sort_by(SPACE, x, x, axis)
    return result


RULES: Mapping[str, Callable[..., Any]] = {
    "add": lambda x, y: add(lift(x), lift(y)),
    "sum": reduction("add"),
    "prod": reduction("multiply"),
    "max": reduction("maximum"),
    "min": reduction("minimum"),
    "mean": mean,
    "any": any_of,
    "all": all_of,
    "cumulative_sum": cumulative("add"),
    "cumulative_prod": cumulative("multiply"),
    "cumulative_maximum": cumulative("maximum"),
    "linear_recurrence": linear_recurrence,
    "sort": sort,
    "sort_by": lambda values, keys, axis: sort_by(SPACE, values, keys, axis),
    "unsort_by": lambda values, keys, axis: unsort_by(SPACE, values, keys, axis),
    "matmul": matmul,
    "tensordot": tensordot,
    "einsum": einsum,
    "broadcast_to": broadcast_to,
    "reshape": lambda x, shape: reshape(lift(x), resolve(shape, x)),
    "expand_dims": expand_dims,
    "moveaxis": moveaxis,
    "permute_dims": permute,
    "flip": flip,
    "roll": roll,
    "concat": lambda arrays, axis: concat(arrays, axis),
    "stack": lambda arrays, axis=0: stack([lift(each) for each in arrays], axis),
    "pad": pad,
    "zeros": lambda shape: Constant(0.0, shape),
    "eye": eye,
    "arange": lambda *bounds: Range(range(*bounds)),
    "getitem": getitem,
    "index": index,
    "place": place,
    "section": section,
    "counter": lambda place: place,
    "count": lambda x, axes: Constant(float(size_of(tuple([x.shape[axis] for axis in axes])))),
    "windows": windows,
    "overlap_add": lambda g, shape, strides: OverlapAdd(g, shape, strides),
    "first": lambda x, axes: First(x, axes),
    "diag": diag,
    "tril": tril,
    "triu": triu,
    "linalg.det": lambda a: Elimination("determinant", a, a.shape[:-2]),
    "linalg.slogdet": lambda a: (None, Elimination("log_determinant", a, a.shape[:-2])),
    "inverse": lambda a: Elimination("solve_columns", a, a.shape),
    "solution": solution,
    "cofactor": lambda a: Elimination("cofactors", a, a.shape),
    "cholesky": lambda a: Elimination("cholesky_factor", a, a.shape),
    "one_hot": lambda index, size: OneHot(index, size),
    "pick": Pick,
}


def resolve(shape: Any, x: Any) -> Shape:
    """A shape with its -1 resolved."""
    if -1 not in shape:
        return tuple(shape)
    known = -size_of(shape)
    return tuple([lift(x).size // known if each == -1 else each for each in shape])
