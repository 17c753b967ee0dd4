"""Sorting: sort, and sort_by and unsort_by, which are adjoint to each other and give its derivative.

Equal entries keep their order, so that each entry of x has one place in the sorted array. A quantile is a sum of sorted
entries, see grammar/prelude.gd.
"""

from __future__ import annotations

from typing import Any

from graphdiff.operations.cumulative import is_first, rotate
from graphdiff.operations.options import Option, axis_or_none, whole
from graphdiff.operations.primitive import MOVER, ROUTER, Primitive, Sample
from graphdiff.operations.shapes import Shape, axes_of, shape_error, shape_text, size_of

AXIS = Option("axis", whole, -1)
PAIRS = (Sample(((4,), (4,))), Sample(((3, 2), (3, 2)), {"axis": 0}), Sample(((2, 3), (2, 3))))


def _sort_shape(shape: Shape, axis: int | None = -1) -> Shape:
    axes_of(axis, shape)
    return (size_of(shape),) if axis is None else shape


def _pair_shape(values: Shape, keys: Shape, axis: int = -1) -> Shape:
    if values != keys:
        raise shape_error(f"values and keys must have the same shape, not {shape_text(values)} and {shape_text(keys)}")
    return _sort_shape(values, axis)


def _sort(xp: Any, x: Any, axis: int | None = -1) -> Any:
    return xp.sort(xp.reshape(x, (-1,)), axis=-1) if axis is None else xp.sort(x, axis=axis)


def _sort_rule(op: Any, g: Any, y: Any, x: Any, axis: int | None = -1) -> Any:
    if axis is not None:
        return op.unsort_by(g, x, axis=axis)
    return op.reshape_like(op.unsort_by(g, op.reshape(x, shape=(-1,)), axis=-1), x)


def _sort_kink(op: Any, y: Any, x: Any, axis: int | None = -1) -> Any:
    return op.where(is_first(op, y, axis), 0.0, op.eq(y, rotate(op, y, axis, 1)))


def sort_by(xp: Any, values: Any, keys: Any, axis: int = -1) -> Any:
    """The values in the order that sorts the keys."""
    return xp.take_along_axis(values, xp.argsort(keys, axis=axis, stable=True), axis=axis)


def unsort_by(xp: Any, values: Any, keys: Any, axis: int = -1) -> Any:
    """The values, which are in the order of the sorted keys, in the order of the keys."""
    order = xp.argsort(keys, axis=axis, stable=True)
    return xp.take_along_axis(values, xp.argsort(order, axis=axis, stable=True), axis=axis)


PRIMITIVES = (
    Primitive(
        name="sort",
        inputs=("x",),
        doc="the entries along an axis in ascending order; with axis=None all entries, as a vector",
        title="linear map",
        backward_pattern=ROUTER,
        kernel=_sort,
        vjps=(_sort_rule,),
        shape=_sort_shape,
        samples=(Sample(((4,),)), Sample(((3, 2),), {"axis": 0}), Sample(((2, 3),), {"axis": None}), Sample(((1,),))),
        options=(Option("axis", axis_or_none, -1),),
        kink=_sort_kink,
        ties="equal entries keep their order",
    ),
    # The rule of sort uses these; keys are compared, so that nothing is passed back to them.
    Primitive(
        name="sort_by",
        inputs=("values", "keys"),
        doc="the values in the order that sorts the keys along an axis",
        title="linear map",
        backward_pattern=MOVER,
        kernel=sort_by,
        vjps=(lambda op, g, y, values, keys, axis=-1: op.unsort_by(g, keys, axis=axis),),
        shape=_pair_shape,
        samples=PAIRS,
        options=(AXIS,),
        moves=True,
    ),
    Primitive(
        name="unsort_by",
        inputs=("values", "keys"),
        doc="the inverse of sort_by: values in the order of the sorted keys, put back in the order of the keys",
        title="linear map",
        backward_pattern=MOVER,
        kernel=unsort_by,
        vjps=(lambda op, g, y, values, keys, axis=-1: op.sort_by(g, keys, axis=axis),),
        shape=_pair_shape,
        samples=PAIRS,
        options=(AXIS,),
        moves=True,
    ),
)
