"""NumPy's and PyTorch's functions of numbers and arrays that differ between the two, or have several forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphdiff.language.tree import Number, String
from graphdiff.reading.python.library_call import LibraryCall
from graphdiff.reading.python.registration import function
from graphdiff.reading.python.values import Items, Refused, Value


@function(
    "numpy.array(x)",
    "numpy.asarray(x)",
    "numpy.float64(x)",
    "numpy.float32(x)",
    "numpy.atleast_1d(x)",
    "torch.tensor(x)",
    "torch.as_tensor(x)",
    "torch.Tensor(x)",
    "torch.FloatTensor(x)",
    "torch.from_numpy(x)",
    "torch.autograd.Variable(x)",
    "torch.nn.Parameter(x)",
    "micrograd.engine.Value(x, children=None, op=None)",
    "bare.Value(x, children=None, op=None)",
)
def array(c: LibraryCall, x: Any, *_: Any) -> Any:
    if isinstance(x, Items):
        return Items([array(c, entry) for entry in x.entries], "array", c.reader.branch, x.tree)
    if c.path.endswith("atleast_1d"):
        raise c.error("the shape of this depends on that of its argument", "write np.array([x])")
    return c.value(x)


@function(
    "method.item(x)",
    "method.float(x)",
    "method.double(x)",
    "method.copy(x)",
    "method.clone(x)",
    "method.contiguous(x)",
    "method.numpy(x)",
    "method.cpu(x)",
    "method.requires_grad_(x)",
    "torch.nn.Identity(x)",
    "numpy.copy(x)",
    "torch.clone(x)",
)
def same(c: LibraryCall, x: Any) -> Value:
    return c.value(x)


@function("method.astype(x, kind)", "method.type(x, kind)", "method.to(x, kind)")
def converted(c: LibraryCall, x: Any, kind: Any) -> Value:
    name = getattr(kind, "path", kind)
    if isinstance(name, str) and name.rpartition(".")[2].startswith(("float", "double", "cpu", "cuda")):
        return c.value(x)._replace(is_condition=False)
    raise c.error("only a conversion to floating-point numbers can be read", "write np.trunc(x) for whole numbers")


@function("numpy.where(condition, x, y)", "torch.where(condition, input, other)", "jax.lax.select(pred, x, y)")
def where(c: LibraryCall, condition: Any, x: Any, y: Any) -> Any:
    return c.operators.where(c.condition(condition), c.value(x), c.value(y), c.span)


@function("numpy.logical_and(x, y)", "torch.logical_and(x, y)")
def both(c: LibraryCall, x: Any, y: Any) -> Value:
    return c.operators.both(c.condition(x), c.condition(y), c.span)


@function("numpy.logical_or(x, y)", "torch.logical_or(x, y)")
def either(c: LibraryCall, x: Any, y: Any) -> Value:
    return c.operators.either(c.condition(x), c.condition(y), c.span)


@function("numpy.logical_not(x)", "torch.logical_not(x)")
def opposite(c: LibraryCall, x: Any) -> Value:
    return c.operators.opposite(c.condition(x), c.span)


@function(
    "numpy.clip(a, a_min=None, a_max=None, min=None, max=None)",
    "torch.clamp(input, min=None, max=None)",
    "torch.clip(input, min=None, max=None)",
)
def clip(c: LibraryCall, x: Any, low: Any, high: Any, other_low: Any = None, other_high: Any = None) -> Value:
    low, high = low if low is not None else other_low, high if high is not None else other_high
    if low is None and high is None:
        raise c.error("clip needs a bound")
    if low is None or high is None:
        return c.apply("max", x, low) if high is None else c.apply("min", x, high)
    return c.apply("clip", x, low, high)


@function("torch.relu(input)", "torch.nn.functional.relu(input, inplace=None)", "method.relu(x)")
def relu(c: LibraryCall, x: Any, _inplace: Any = None) -> Value:
    return c.apply("relu", x)


# Reductions


@function(
    "torch.max(input, dim=None, keepdim=None, other=None)",
    "torch.min(input, dim=None, keepdim=None, other=None)",
)
def extreme(c: LibraryCall, x: Any, dim: Any, keepdim: Any, other: Any) -> Any:
    name = c.path.rpartition(".")[2]
    second = other if other is not None else dim
    is_axis = other is None and isinstance(dim, Value) and isinstance(dim.constant, int)
    if second is not None and not is_axis:
        return c.apply(name, x, second)
    if dim is None:
        return c.apply(name, x)
    largest = c.apply(f"a{name}", x, axis=dim, keepdims=keepdim)
    place = Refused("the index of the largest or smallest entry has no derivative")
    return Items([largest, place], "tuple", c.reader.branch, names=("values", "indices"))


@function(
    "numpy.std(a, axis=None, ddof=None, keepdims=None, correction=None)",
    "numpy.var(a, axis=None, ddof=None, keepdims=None, correction=None)",
)
def spread(c: LibraryCall, x: Any, axis: Any, ddof: Any, keepdims: Any, correction: Any) -> Value:
    less = ddof if ddof is not None else correction
    return _spread(c, x, axis, 0 if less is None else c.integer(less, "ddof"), keepdims)


@function(
    "torch.std(input, dim=None, unbiased=None, keepdim=None, correction=None)",
    "torch.var(input, dim=None, unbiased=None, keepdim=None, correction=None)",
)
def unbiased_spread(c: LibraryCall, x: Any, dim: Any, unbiased: Any, keepdim: Any, correction: Any) -> Value:
    if isinstance(dim, Value) and isinstance(dim.constant, bool):  # torch.std(x, False)
        dim, unbiased = None, dim
    less = 1 if unbiased is None else int(c.flag(unbiased, "unbiased"))
    return _spread(c, x, dim, less if correction is None else c.integer(correction, "correction"), keepdim)


def _spread(c: LibraryCall, x: Any, axis: Any, less: int, keepdims: Any) -> Value:
    """The standard deviation or variance; the divisor is the number of entries less some."""
    name = c.path.rpartition(".")[2]
    x = c.operators.reader.share(c.value(x)) if less else c.value(x)
    result = c.apply(name, x, axis=axis, keepdims=keepdims)
    if not less:
        return result
    count = c.apply("count", x, axis=axis)
    ratio = c.binary("/", count, c.binary("-", count, c.constant(less)))
    return c.binary("*", result, ratio if name == "var" else c.apply("sqrt", ratio))


@function("numpy.average(a, axis=None, weights=None)")
def average(c: LibraryCall, x: Any, axis: Any, weights: Any) -> Value:
    if weights is None:
        return c.apply("mean", x, axis=axis)
    if axis is not None:
        raise c.error("weights along an axis cannot be read", "write np.sum(w*x, axis=0)/np.sum(w)")
    shared = c.reader.share(c.value(weights))
    return c.binary("/", c.apply("sum", c.binary("*", shared, x)), c.apply("sum", shared))


@function(
    "numpy.linalg.norm(x, ord=None, axis=None, keepdims=None)",
    "torch.linalg.norm(x, ord=None, dim=None, keepdim=None)",
    "torch.linalg.vector_norm(x, ord=None, dim=None, keepdim=None)",
    "torch.norm(x, p=None, dim=None, keepdim=None)",
)
def norm(c: LibraryCall, x: Any, kind: Any, axis: Any, keepdims: Any) -> Value:
    order = kind if isinstance(kind, str) or kind is None else c.value(kind).constant
    is_flat = axis is None and c.path in ("torch.linalg.vector_norm", "torch.norm")
    if isinstance(kind, Value):
        c.reader.fix(kind)
    if order in (None, "fro") or (is_flat and order == 2):
        return c.apply("norm", x, axis=axis, keepdims=keepdims)
    if is_flat:
        x = c.library("numpy.ravel", x)
    if order == "nuc" or (isinstance(order, (int, float)) and order >= 1):
        return c.apply("norm", x, ord=order, axis=axis, keepdims=keepdims)
    raise c.error("this kind of norm cannot be read", "write it with np.sum and np.abs")


@function("torch.sort(input, dim=-1, descending=None)", "torch.cummax(input, dim)", "torch.cummin(input, dim)")
def values_and_places(c: LibraryCall, x: Any, dim: Any, descending: Any = None) -> Items:
    is_descending = descending is not None and c.flag(descending, "descending")
    values = c.apply(c.path.rpartition(".")[2], c.negative(x) if is_descending else x, axis=dim)
    places = Refused("places in an array cannot be read", "an index is not differentiable")
    return Items(
        [c.negative(values) if is_descending else values, places],
        "tuple",
        c.reader.branch,
        names=("values", "indices"),
    )


@function("torch.median(input)")
def lower_median(c: LibraryCall, x: Any) -> Value:
    """The lower of the two entries in the middle."""
    shared = c.reader.share(c.value(x))
    middle = c.binary("/", c.binary("-", c.apply("count", shared), c.constant(1)), c.constant(2))
    return c.apply("order_statistic", shared, c.apply("floor", middle))


@function(
    "numpy.trapezoid(y, x=None, dx=1.0, axis=None)",
    "numpy.trapz(y, x=None, dx=1.0, axis=None)",
    "torch.trapezoid(y, x=None, dx=1.0)",
)
def trapezoid(c: LibraryCall, y: Any, x: Any, dx: Any, axis: Any = None) -> Value:
    if axis is not None:
        raise c.error("trapezoid can only be read along the last axis")
    heights = c.reader.share(c.value(y))
    middle = c.binary("/", c.binary("+", _part(c, heights, 1, None), _part(c, heights, None, -1)), c.constant(2))
    if x is None:
        return c.binary("*", c.apply("sum", middle, axis=-1), dx)
    return c.apply("sum", c.binary("*", c.library("numpy.diff", x), middle), axis=-1)


def _part(c: LibraryCall, value: Value, start: int | None, stop: int | None) -> Value:
    from graphdiff.language.tree import Ellipsis, Index, Slice

    bounds = [None if bound is None else Number(float(bound), c.span) for bound in (start, stop)]
    return Value(Index(value.tree, (Ellipsis(c.span), Slice(bounds[0], bounds[1], None)), c.span))


@function("numpy.polyval(p, x)")
def polynomial(c: LibraryCall, coefficients: Any, x: Any) -> Any:
    place = c.reader.share(c.value(x))
    result: Any = None
    for coefficient in c.items(coefficients):
        result = coefficient if result is None else c.binary("+", c.binary("*", result, place), coefficient)
    return c.value(result)


@function("numpy.linalg.slogdet(a)", "torch.linalg.slogdet(a)", "torch.slogdet(a)")
def sign_and_logarithm(c: LibraryCall, a: Any) -> Items:
    sign = Refused("the sign of a determinant cannot be read", "write np.sign(np.linalg.det(a))")
    return Items([sign, c.apply("logdet", a)], "tuple", c.reader.branch, names=("sign", "logabsdet"))


@function("scipy.special.softmax(x, axis=None)", "scipy.special.log_softmax(x, axis=None)")
def softmax(c: LibraryCall, x: Any, axis: Any) -> Value:
    name = c.path.rpartition(".")[2]
    if axis is not None:
        return c.apply(name, x, axis=axis)
    shared = c.reader.share(c.value(x))
    total = c.apply("logsumexp", shared)
    logarithm = c.binary("-", shared, total)
    return logarithm if name == "log_softmax" else c.apply("exp", logarithm)


# Products


@function("numpy.tensordot(a, b, axes=2)", "torch.tensordot(a, b, dims=2)")
def tensordot(c: LibraryCall, a: Any, b: Any, axes: Any) -> Value:
    if isinstance(axes, Items):
        pair = [each if isinstance(each, Items) else c.list_of([each]) for each in axes.entries]
        return c.apply("tensordot", a, b, axes=c.list_of(pair))
    count = c.integer(axes, "axes")
    if count <= 0:
        raise c.error("the number of axes to sum over must be positive")
    pairs = (tuple(range(-count, 0)), tuple(range(count)))
    return c.apply("tensordot", a, b, axes=pairs)


@function("numpy.linalg.multi_dot(arrays)")
def chain(c: LibraryCall, arrays: Any) -> Any:
    result: Any = None
    for each in c.items(arrays):
        result = each if result is None else c.binary("@", result, each)
    return c.value(result)


@function("numpy.einsum(spec, *operands)", "torch.einsum(spec, *operands)")
def einsum(c: LibraryCall, spec: Any, operands: Sequence[Any]) -> Value:
    if not isinstance(spec, str):
        raise c.error("the first argument of einsum must be a text")
    return c.call("einsum", String(spec, c.span), *map(c.tree, operands))
