"""The operations along axes: the reductions sum, mean, prod, amax, norm, logsumexp, …; softmax and log_softmax.

The rules take the cotangent g of the output; see e.g. Giles, Collected matrix derivative results (2008).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphdiff.operations import options
from graphdiff.operations.options import Option
from graphdiff.operations.primitive import (
    BLOCKER,
    DISTRIBUTOR,
    NORMALIZER,
    ROUTER,
    SCALER,
    SWAP_MULTIPLIER,
    Kernel,
    Latex,
    Primitive,
    Sample,
)
from graphdiff.operations.shapes import Axis, Shape, axes_of, reduced_shape, size_of

AXIS = Option("axis", options.axis, None)
KEEPDIMS = Option("keepdims", options.flag, False, by_name=True)
ONE_AXIS = Option("axis", options.axis_or_none, None)
LAST_AXIS = Option("axis", options.axis, -1)
SAMPLES = (
    Sample(((2, 3),)),
    Sample(((2, 3),), {"axis": 0}),
    Sample(((2, 3, 2),), {"axis": (-1, 0)}),
    Sample(((2, 3),), {"axis": -1, "keepdims": True}),
    Sample(((4,),)),
    Sample(((),)),
)
ALONG = (Sample(((2, 3),)), Sample(((2, 3),), {"axis": 0}), Sample(((4,),)))
POSITIVE = (0.2, 3.0)


def restore_axes(op: Any, reduction: Any, axis: Axis, keepdims: bool) -> Any:
    """A reduction's result with its axes put back as axes of size 1, so that it broadcasts."""
    return reduction if keepdims or axis is None else op.expand_dims(reduction, axis=axis)


def _same(shape: Shape, axis: Axis = -1, **_: Any) -> Shape:
    axes_of(axis, shape)
    return shape


def _same_or_all(shape: Shape, axis: int | None = None) -> Shape:
    axes_of(axis, shape)
    return shape


def _last_axes(xp: Any, x: Any, axis: Axis) -> tuple[Any, list[int], Shape]:
    """x with the axes moved to the end and merged into one, the permutation that moves them, and the shape before the
    merge."""
    axes = axes_of(axis, x.shape)
    order = [place for place in range(x.ndim) if place not in axes] + list(axes)
    x = xp.permute_dims(x, tuple(order))
    count = x.ndim - len(axes)
    return xp.reshape(x, (*x.shape[:count], size_of(x.shape[count:]))), order, x.shape


def _first(xp: Any, hits: Any, axis: Axis = None) -> Any:
    flat, order, shape = _last_axes(xp, hits, axis)
    is_hit = flat != 0
    first = xp.expand_dims(xp.argmax(xp.astype(is_hit, xp.index_dtype), axis=-1), axis=-1)
    is_first = xp.astype((xp.integers(flat.shape[-1]) == first) & is_hit, hits.dtype)
    inverse = sorted(range(len(order)), key=order.__getitem__)
    return xp.permute_dims(xp.reshape(is_first, shape), tuple(inverse))


def _log_sum_exp(xp: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    largest = xp.max(x, axis=axis, keepdims=True)
    total = _log_of_sum(xp, x, largest, axis, keepdims)
    return total + xp.sum(largest, axis=axis, keepdims=keepdims)  # largest has one entry along these axes


def _log_of_sum(xp: Any, x: Any, largest: Any, axis: Axis, keepdims: bool) -> Any:
    """log(sum(exp(x - largest))), where exp is 1 for the largest entry: log1p keeps the digits of a small rest."""
    is_largest = xp.equal(x, largest)
    rest = xp.sum(xp.where(is_largest, 0.0, xp.exp(x - largest)), axis=axis, keepdims=keepdims)
    return xp.log1p(rest + (xp.sum(xp.float_of(is_largest), axis=axis, keepdims=keepdims) - 1.0))


def norm(xp: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The kernel of the length."""
    # Divide by the largest entry first: squares could overflow or underflow where the norm does not.
    largest = xp.max(xp.abs(x), axis=axis, keepdims=True)
    scale = xp.where((largest > 0) & (largest < xp.inf), largest, 1.0)
    ratio = x / scale
    total = xp.sqrt(xp.sum(ratio * ratio, axis=axis, keepdims=keepdims))
    return total * xp.sum(scale, axis=axis, keepdims=keepdims)  # scale has one entry along these axes


def norm_rule(op: Any, g: Any, y: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The rule of the length: 0 where the length is 0."""
    length = restore_axes(op, y, axis, keepdims)
    unit = op.where(op.eq(length, 0.0), 0.0, op.div(x, length))
    return op.mul(restore_axes(op, g, axis, keepdims), unit)


def _softmax(xp: Any, x: Any, axis: Axis = -1) -> Any:
    powers = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return powers / xp.sum(powers, axis=axis, keepdims=True)


def _softmax_options(axis: Axis = None, keepdims: bool = False) -> Mapping[str, Any] | None:
    """The options of softmax for those of the sum in exp(x)/sum(exp(x)). Without keepdims the sum broadcasts along the
    first axis, so the quotient is a softmax only if the sum is over that axis, or over all entries."""
    return {"axis": axis} if keepdims or axis in (None, 0) else None


def _log_softmax(xp: Any, x: Any, axis: Axis = -1) -> Any:
    largest = xp.max(x, axis=axis, keepdims=True)
    return x - largest - _log_of_sum(xp, x, largest, axis, True)


def _log_softmax_rule(op: Any, g: Any, y: Any, x: Any, axis: Axis = -1) -> Any:
    """g - exp(y)*sum(g), but with -expm1(y) for 1 - exp(y), which could be near 0."""
    others = op.sub(op.sum(g, axis=axis, keepdims=True), g)
    return op.neg(op.add(op.mul(op.expm1(y), g), op.mul(op.exp(y), others)))


def _prod_rule(op: Any, g: Any, y: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Several axes are reduced one after the other: an entry's factor is the product of the others along each axis, of
    what the axes before it left."""
    others = op.others(x, axis=axis) if not isinstance(axis, tuple) else None
    for each in axis if isinstance(axis, tuple) else ():
        along = op.others(x, axis=each)
        others = along if others is None else op.mul(others, along)
        x = op.prod(x, axis=each, keepdims=True)
    return op.mul(restore_axes(op, g, axis, keepdims), others)


def _others(xp: Any, x: Any, axis: int | None = None) -> Any:
    """The product of the nonzero entries, divided by x. If one entry is 0 the product for that entry and 0 for the
    others; if several are, 0 for all."""
    is_zero = xp.equal(x, 0.0)
    zeros = xp.sum(is_zero, axis=axis, keepdims=True)
    nonzero = xp.where(is_zero, 1.0, x)
    rest = xp.prod(nonzero, axis=axis, keepdims=True)
    return xp.where(xp.equal(zeros, 0.0), rest / nonzero, xp.where(is_zero * xp.equal(zeros, 1.0), rest, 0.0))


def _others_rule(op: Any, h: Any, y: Any, x: Any, axis: int | None = None) -> Any:
    """For each j, Σ_i h_i Π_k x_k over i ≠ j and k ≠ i, j: by `others` of x with a 1 in place of x_i."""
    if axis is None:
        flat = [op.reshape(each, shape=(-1,)) for each in (h, x)]
        return op.reshape_like(_others_rule(op, flat[0], y, flat[1], -1), x)
    if axis != -1:
        last = [op.moveaxis(each, source=axis, destination=-1) for each in (h, x)]
        return op.moveaxis(_others_rule(op, last[0], y, last[1], -1), source=-1, destination=axis)
    row = op.expand_dims(x, axis=-2)
    is_same = op.identity_like(op.mul(op.expand_dims(x, axis=-1), row))
    without_both = op.others(op.where(is_same, 1.0, row), axis=-1)
    return op.sum(op.where(is_same, 0.0, op.mul(op.expand_dims(h, axis=-1), without_both)), axis=-2)


def _extreme_rule(op: Any, g: Any, y: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    hits = op.eq(x, restore_axes(op, y, axis, keepdims))
    return op.where(op.first(hits, axis=axis), restore_axes(op, g, axis, keepdims), 0.0)


def _extreme_kink(op: Any, y: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    hits = op.eq(x, restore_axes(op, y, axis, keepdims))
    return op.gt(op.sum(hits, axis=axis), 1.0)


def _reduction(**record: Any) -> Primitive:
    """A record with the fields that all reductions share."""
    fields = {"title": "reduction" if "moves" in record else "", "options": (AXIS, KEEPDIMS), **record}
    return Primitive(inputs=("x",), shape=reduced_shape, samples=SAMPLES, **fields)


def _normalizer(**record: Any) -> Primitive:
    """A record with the fields that softmax and its logarithm share."""
    fields = {"shape": _same, "samples": ALONG, "options": (LAST_AXIS,), **record}
    return Primitive(inputs=("x",), backward_pattern=NORMALIZER, total=True, **fields)


def _extreme(name: str, alone_as: str, doc: str, kernel: Kernel) -> Primitive:
    return _reduction(
        name=name,
        doc=doc,
        backward_pattern=ROUTER,
        kernel=kernel,
        vjps=(_extreme_rule,),
        moves=True,
        alone_as=alone_as,
        latex=Latex(f"\\{alone_as}"),
        kink=_extreme_kink,
        ties="a tie goes to the first entry",
    )


PRIMITIVES = (
    _reduction(
        name="sum",
        doc="the sum of all entries, or of those along an axis",
        backward_pattern=DISTRIBUTOR,
        kernel=lambda xp, x, axis=None, keepdims=False: xp.sum(x, axis=axis, keepdims=keepdims),
        vjps=(lambda op, g, y, x, axis=None, keepdims=False: op.broadcast_to(restore_axes(op, g, axis, keepdims), x),),
        moves=True,
    ),
    # sum(x)/count(x), but one gate, and as fast as NumPy's mean.
    _reduction(
        name="mean",
        doc="the mean of all entries, or of those along an axis",
        backward_pattern=DISTRIBUTOR,
        kernel=lambda xp, x, axis=None, keepdims=False: xp.mean(x, axis=axis, keepdims=keepdims),
        vjps=(
            lambda op, g, y, x, axis=None, keepdims=False: op.broadcast_to(
                op.div(restore_axes(op, g, axis, keepdims), op.count(x, axis=axis)), x
            ),
        ),
        moves=True,
    ),
    _reduction(
        name="prod",
        doc="the product of all entries, or of those along an axis",
        backward_pattern=SWAP_MULTIPLIER,
        total=True,
        kernel=lambda xp, x, axis=None, keepdims=False: xp.prod(x, axis=axis, keepdims=keepdims),
        vjps=(_prod_rule,),
    ),
    # The rule of prod uses it: a quotient would have no derivative at 0.
    Primitive(
        name="others",
        inputs=("x",),
        doc="for each entry, the product of all other entries, or of the others along an axis",
        backward_pattern=SWAP_MULTIPLIER,
        kernel=_others,
        vjps=(_others_rule,),
        shape=_same_or_all,
        samples=(
            Sample(((2, 3),)),
            Sample(((3, 2),), {"axis": 0}),
            Sample(((3, 2, 2),), {"axis": 0}),
            Sample(((4,),), {"axis": -1}),
            Sample(((1,),)),
        ),
        options=(ONE_AXIS,),
    ),
    _extreme(
        "amax", "max", "the largest entry, or the largest along an axis", lambda xp, x, **along: xp.max(x, **along)
    ),
    _extreme(
        "amin", "min", "the smallest entry, or the smallest along an axis", lambda xp, x, **along: xp.min(x, **along)
    ),
    _reduction(
        name="logsumexp",
        doc="log(sum(exp(x))), without overflow",
        backward_pattern=SCALER,
        total=True,
        kernel=_log_sum_exp,
        vjps=(
            # Not exp(x - y), which has as many digits fewer as y has before the point.
            lambda op, g, y, x, axis=None, keepdims=False: op.mul(
                restore_axes(op, g, axis, keepdims), op.softmax(x, axis=axis)
            ),
        ),
        fuse_patterns=("log(sum(exp(x)))",),
    ),
    _reduction(
        name="norm",
        doc="the length sqrt(sum(x^2)); other norms with ord=…, see norm_of_order",
        backward_pattern=SCALER,
        total=True,
        kernel=norm,
        vjps=(norm_rule,),
        options=(AXIS._replace(by_name=True), KEEPDIMS),
        kink=lambda op, y, x, axis=None, keepdims=False: op.eq(y, 0.0),
        ties="slope 0 at 0",
        smooth_patterns=("norm(x)^2 -> sum(x^2)", "norm(x)^4 -> sum(x^2)^2"),
        latex=Latex(r"\left\lVert #1\right\rVert"),
        fuse_patterns=("sqrt(sum(x^2))", "sqrt(sum(x*x))"),
    ),
    _normalizer(
        name="softmax",
        doc="exp(x)/sum(exp(x)) along an axis",
        kernel=_softmax,
        vjps=(lambda op, g, y, x, axis=-1: op.mul(y, op.sub(g, op.sum(op.mul(g, y), axis=axis, keepdims=True))),),
        fuse_patterns=("exp(x)/sum(exp(x))",),
        fused_options=_softmax_options,
    ),
    _normalizer(
        name="log_softmax",
        doc="log(softmax(x)), without overflow",
        kernel=_log_softmax,
        vjps=(_log_softmax_rule,),
        fuse_patterns=("log(softmax(x))",),
    ),
    Primitive(
        name="first",
        inputs=("x",),
        doc="1 at the first nonzero entry along an axis, elsewhere 0",
        backward_pattern=BLOCKER,
        kernel=_first,
        shape=lambda shape, axis=None: _same(shape, axis),
        samples=ALONG,
        options=(AXIS,),
    ),
    Primitive(
        name="count",
        inputs=("x",),
        doc="the number of entries along an axis",
        backward_pattern=BLOCKER,
        kernel=lambda xp, x, axis=None: xp.asarray(
            float(size_of(tuple(x.shape[each] for each in axes_of(axis, x.shape))))
        ),
        shape=lambda shape, axis=None: reduced_shape(shape, axis)[:0],
        samples=ALONG,
        options=(AXIS,),
    ),
)
