"""The norms that `norm(x, ord=…)` names; the length of a vector, the default, is norm in reductions.py.

A norm of vectors is along one axis, a norm of matrices along two; without an axis, x is a vector or a matrix itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from graphdiff.operations import options
from graphdiff.operations.decompositions import singular_values
from graphdiff.operations.linear import matrix_transpose
from graphdiff.operations.options import REQUIRED, Option
from graphdiff.operations.primitive import SCALER, Latex, Primitive, Sample
from graphdiff.operations.reductions import AXIS, KEEPDIMS, norm, norm_rule, restore_axes
from graphdiff.operations.shapes import Axis, Shape, axes_of, reduced_shape, shape_error, shape_text

OPTIONS = (Option("ord", options.order_of_norm, REQUIRED, by_name=True), AXIS._replace(by_name=True), KEEPDIMS)
NUCLEAR = "nuc"


def norm_of(parameters: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The name of the primitive for the options of a norm with `ord`, and its parameters."""
    order, axis = parameters["ord"], parameters.get("axis")
    others = {name: value for name, value in parameters.items() if name != "ord"}
    if order is None or (order == 2 and isinstance(axis, int)):
        return "norm", others
    if order == "fro" and not isinstance(axis, int):
        return "norm", {"axis": (-2, -1), **others}
    return "norm_of_order", parameters


def _norm_shape(shape: Shape, ord: Any, axis: Axis = None, keepdims: bool = False) -> Shape:
    axes = axes_of(axis, shape)
    if len(axes) not in (1, 2):
        hint = "give its axis, or the two axes of matrices: axis=(-2, -1)" if axes else "a number has no axes"
        raise shape_error(f"ord is for vectors and matrices, not for {shape_text(shape)}", hint)
    if len(axes) == 1 and isinstance(ord, str):
        raise shape_error(f'"{ord}" is a norm of matrices', "matrices have two axes: axis=(-2, -1)")
    if len(axes) == 2 and ord not in (1, 2, math.inf, NUCLEAR):
        raise shape_error(f"matrices have no norm with ord={ord:g}", 'they have 1, 2, inf, "fro" and "nuc"')
    return reduced_shape(shape, axis, keepdims)


def _matrix_axes(ord: Any, axis: Axis, rank: int) -> tuple[int, int] | None:
    """The two axes of the matrices, for ord=inf with rows for columns; None for vectors."""
    axes = axes_of(axis, (1,) * rank)
    if len(axes) == 1:
        return None
    return (axes[1], axes[0]) if ord == math.inf else (axes[0], axes[1])


def _order(rank: int, axes: tuple[int, int]) -> tuple[int, ...]:
    """All axes, with those of the matrices at the end."""
    return (*[place for place in range(rank) if place not in axes], *axes)


def norm_of_order(
    xp: Any,
    x: Any,
    ord: Any,
    axis: Axis = None,
    keepdims: bool = False,
    singular_values: Callable[[Any, Any], Any] = singular_values,
) -> Any:
    """The kernel; singular_values computes those of matrices in this namespace."""
    axes = _matrix_axes(ord, axis, x.ndim)
    if axes is None:
        return norm(xp, x, axis, keepdims) if ord == 2 else _vector_norm(xp, x, ord, axis, keepdims)
    if ord in (2, NUCLEAR):
        values = singular_values(xp, xp.permute_dims(x, _order(x.ndim, axes)))
        total = xp.max(values, axis=-1) if ord == 2 else xp.sum(values, axis=-1)
        for place in sorted(axes) if keepdims else ():
            total = xp.expand_dims(total, axis=place)
        return total
    sums = xp.sum(xp.abs(x), axis=axes[0], keepdims=True)
    largest = xp.max(sums, axis=axes[1], keepdims=True)
    return largest if keepdims else xp.sum(largest, axis=axes)  # largest has one entry along these axes


def _vector_norm(xp: Any, x: Any, ord: float, axis: Axis, keepdims: bool) -> Any:
    sizes = xp.abs(x)
    if ord == 1:
        return xp.sum(sizes, axis=axis, keepdims=keepdims)
    if ord == math.inf:
        return xp.max(sizes, axis=axis, keepdims=keepdims)
    # Divide by the largest entry first: powers could overflow or underflow where the norm does not.
    largest = xp.max(sizes, axis=axis, keepdims=True)
    scale = xp.where((largest > 0) & (largest < xp.inf), largest, 1.0)
    total = xp.pow(xp.sum(xp.pow(sizes / scale, ord), axis=axis, keepdims=keepdims), 1.0 / ord)
    return total * xp.sum(scale, axis=axis, keepdims=keepdims)  # scale has one entry along these axes


def _rule(op: Any, g: Any, y: Any, x: Any, ord: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    axes = _matrix_axes(ord, axis, op.rank(x))
    if axes is None and ord == 2:
        return norm_rule(op, g, y, x, axis, keepdims)
    g, y = restore_axes(op, g, axis, keepdims), restore_axes(op, y, axis, keepdims)
    if axes is None:
        return _vector_rule(op, g, y, x, ord, axis)
    if ord in (2, NUCLEAR):
        return op.mul(_singular_directions(op, x, ord, axes), g)
    sums = op.sum(op.abs(x), axis=axes[0], keepdims=True)
    return op.mul(op.sign(x), op.where(op.first(_is_largest(op, sums, axes[1]), axis=axes[1]), g, 0.0))


def _is_largest(op: Any, sizes: Any, axis: Axis) -> Any:
    return op.eq(sizes, op.amax(sizes, axis=axis, keepdims=True))


def _vector_rule(op: Any, g: Any, y: Any, x: Any, ord: float, axis: Axis) -> Any:
    if ord == 1:
        return op.mul(g, op.sign(x))
    if ord == math.inf:
        return op.where(op.first(_is_largest(op, op.abs(x), axis), axis=axis), op.mul(g, op.sign(x)), 0.0)
    ratio = op.where(op.eq(y, 0.0), 0.0, op.div(op.abs(x), y))
    return op.mul(g, op.mul(op.sign(x), op.pow(ratio, ord - 1.0)))


def _singular_directions(op: Any, x: Any, ord: Any, axes: tuple[int, int]) -> Any:
    """The product u @ v.T of the singular vectors, or of those of the largest singular value."""
    order = _order(op.rank(x), axes)
    is_moved = order != tuple(range(len(order)))
    matrices = op.transpose(x, axes=order) if is_moved else x
    vectors = [op.left_singular_vectors(matrices), op.right_singular_vectors(matrices)]
    if ord == 2:
        vectors = [op.index(each, items=(("rest",), ("slice", None, 1, None))) for each in vectors]
    product = op.matmul(vectors[0], matrix_transpose(op, vectors[1]))
    return op.transpose(product, axes=tuple(sorted(range(len(order)), key=order.__getitem__))) if is_moved else product


def _kink(op: Any, y: Any, x: Any, ord: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Where an entry is 0, or several entries, rows or columns are the largest. Singular values are not compared:
    rounding separates those that are equal, and moves those that are 0."""
    axes = _matrix_axes(ord, axis, op.rank(x))
    if ord not in (1, math.inf) or (axes is None and ord == 1):
        return op.eq(x if ord == 1 else y, 0.0)
    sums = op.abs(x) if axes is None else op.sum(op.abs(x), axis=axes[0], keepdims=True)
    is_largest = _is_largest(op, sums, axis if axes is None else axes[1])
    is_tie = op.gt(op.sum(is_largest, axis=axis if axes is None else axes[1], keepdims=True), 1.0)
    return op.max(is_tie, op.mul(is_largest, op.eq(x, 0.0)))


PRIMITIVES = (
    Primitive(
        name="norm_of_order",
        inputs=("x",),
        doc="the norm of vectors with ord=1, 2, inf or another number from 1; of matrices with 1, 2, inf, "
        '"fro" or "nuc"',
        title="norm",
        backward_pattern=SCALER,
        kernel=norm_of_order,
        vjps=(_rule,),
        shape=_norm_shape,
        samples=(
            *[Sample(((4,),), {"ord": order}) for order in (1.0, 2.0, 3.0, 2.5, math.inf)],
            *[Sample(((2, 3),), {"ord": order}) for order in (1.0, 2.0, math.inf, NUCLEAR)],
            *[Sample(((2, 3, 2),), {"ord": order, "axis": (2, 0)}) for order in (1.0, 2.0, math.inf, NUCLEAR)],
            Sample(((2, 3, 3),), {"ord": 2.0, "axis": (-2, -1), "keepdims": True}),
            Sample(((2, 3),), {"ord": 1.0, "axis": 0, "keepdims": True}),
            Sample(((3, 2),), {"ord": math.inf, "axis": 1}),
        ),
        options=OPTIONS,
        alone_as="norm",
        with_option="ord",
        choose=norm_of,
        kink=_kink,
        ties="slope 0 at 0; a tie goes to the first entry, row or column",
        latex=Latex(r"\left\lVert #1\right\rVert_{#ord}"),
    ),
)
