"""Stable forms of formulas that lose digits, each with its own derivative: what --fuse brings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from graphdiff.operations import options
from graphdiff.operations.options import Option
from graphdiff.operations.primitive import SCALER, Primitive

ANY = (-3.0, 3.0)
POSITIVE = (0.2, 3.0)
NEGATIVE = (-3.0, -0.2)
WEIGHTS_AND_POWERS = ("p", "a", "q", "b", "r", "c", "s", "d")
DIGITS, TERMS = 15, 20
"""For each so many digits, the series of exprel between -1 and 1 needs at most so many terms; 2 more for each order."""


def _log1mexp(xp: Any, x: Any) -> Any:
    """Mächler, Accurately computing log(1 - exp(-|a|)) (2012)."""
    return xp.where(xp.greater(x, -math.log(2.0)), xp.log(-xp.expm1(x)), xp.log1p(-xp.exp(x)))


def _logcosh(xp: Any, x: Any) -> Any:
    size = xp.abs(x)
    is_near = xp.less(size, 1.0)
    sine = xp.sinh(xp.where(is_near, 0.5 * x, 0.0))
    return xp.where(is_near, xp.log1p(2.0 * sine * sine), size + xp.log1p(0.5 * xp.expm1(-2.0 * size)))


def _weighted_logaddexp(terms: int) -> Primitive:
    """The logarithm of a sum of so many powers of e with weights, of any sign."""
    inputs = WEIGHTS_AND_POWERS[: 2 * terms]
    pairs = list(zip(inputs[::2], inputs[1::2], strict=True))
    total = " + ".join(f"{weight}*exp({power})" for weight, power in pairs)
    return Primitive(
        name=f"weighted_logaddexp{terms}",
        inputs=inputs,
        doc=f"log({total}), without overflow",
        backward_pattern=SCALER,
        kernel=_log_of_weighted_sum,
        partials=tuple([lambda op, y, *operands, slot=slot: _share(op, operands, slot) for slot in range(2 * terms)]),
        sample=(POSITIVE, ANY) * terms,
        fuse_patterns=(f"log({total})",),
    )


def _log_of_weighted_sum(xp: Any, *operands: Any) -> Any:
    pairs = list(zip(operands[::2], operands[1::2], strict=True))
    largest: Any = -math.inf
    for weight, power in pairs:
        largest = xp.maximum(largest, xp.where(xp.equal(weight, 0.0), -math.inf, power))
    shift = xp.where(xp.less(xp.abs(largest), math.inf), largest, 0.0)
    total: Any = 0.0
    for weight, power in pairs:
        # What is above the largest has the weight 0.
        total = total + weight * xp.exp(xp.minimum(power, largest) - shift)
    return xp.log(total) + shift


def _share(op: Any, operands: Sequence[Any], slot: int) -> Any:
    """exp(a)/(p*exp(a) + q*exp(b) + …) for a weight in a slot, and p times that for the power after it."""
    place, total = slot // 2, operands[slot // 2 * 2]
    for other, (weight, power) in enumerate(zip(operands[::2], operands[1::2], strict=True)):
        if other != place:
            total = op.add(total, op.mul(weight, op.exp(op.sub(power, operands[slot | 1]))))
    return op.div(operands[slot - 1] if slot % 2 else 1.0, total)


def _exprel(xp: Any, x: Any, order: int = 0) -> Any:
    """The integral of t^n*exp(x*t) for t from 0 to 1: n integrations by parts, which keep their digits where |x| > n,
    and nearer to 0 the series exp(x)/(n + 1)*(1 - x/(n + 2)*(1 - x/(n + 3)*…)) (DLMF 13.4.1, 13.2.39 and 13.2.2).
    """
    is_near = xp.less(xp.abs(x), order + 1.0)
    near = xp.where(is_near, x, 0.0)
    terms = (TERMS + 2 * order) * max(1, getattr(xp, "digits", 0) // DIGITS)
    total: Any = 1.0
    for place in range(terms, 0, -1):
        total = 1.0 - near / float(order + 1 + place) * total
    total = xp.exp(near) * total / float(order + 1)
    far = xp.where(is_near, 1.0, x)
    integral = xp.expm1(far) / far
    for step in range(1, order + 1):
        integral = (xp.exp(far) - float(step) * integral) / far
    return xp.where(is_near, total, integral)


def _unnormalized_sinc(xp: Any, x: Any, order: int = 0) -> Any:
    """sin(x)/x or its derivative of an order n, f_n, by x*f_n + n*f_(n - 1) = sin(x + n*pi/2), which keeps its digits
    where |x| > n; nearer to 0 by the power series of sin."""
    is_near = xp.less(xp.abs(x), order + 1.0)
    near = xp.where(is_near, x, 0.0)
    square = near * near
    terms = (TERMS // 2 + 2 * order) * max(1, getattr(xp, "digits", 0) // DIGITS)
    lowest = order % 2
    total: Any = 1.0
    for power in range(lowest + 2 * terms, lowest, -2):  # the quotient of two coefficients, in whole numbers
        total = 1.0 - square * float(power + order - 1) / float(power * (power - 1) * (power + order + 1)) * total
    total = total / float(lowest + order + 1) * (-1.0) ** ((lowest + order) // 2)
    far = xp.where(is_near, 1.0, x)
    sine, cosine = xp.sin(far), xp.cos(far)
    value = sine / far
    for step in range(1, order + 1):
        sine, cosine = cosine, -sine
        value = (sine - float(step) * value) / far
    return xp.where(is_near, total * near if lowest else total, value)


def _logarithm_unless_0(xp: Any, x: Any, y: Any, logarithm: Any, one: float) -> Any:
    """x times the logarithm of y, 0 where x is 0 and y is a number; the logarithm of `one` is 0."""
    is_closed = xp.logical_and(xp.equal(x, 0.0), xp.equal(y, y))
    return x * logarithm(xp.where(is_closed, one, y))


def _quotient_unless_0(op: Any, x: Any, y: Any) -> Any:
    """x/y, but 0 where y is 0: there x is 0 too, or the logarithm of y is infinite."""
    return op.where(op.eq(y, 0.0), 0.0, op.div(x, y))


PRIMITIVES = (
    Primitive(
        name="log1mexp",
        inputs=("x",),
        doc="log(1 - exp(x)) for x < 0, accurate near 0 and for large -x",
        backward_pattern=SCALER,
        kernel=_log1mexp,
        partials=(lambda op, y, x: op.div(op.exp(x), op.expm1(x)),),
        sample=(NEGATIVE,),
        fuse_patterns=("log(1 - exp(x))", "log1p(-exp(x))", "log(-expm1(x))"),
    ),
    Primitive(
        name="logcosh",
        inputs=("x",),
        doc="log(cosh(x)), accurate near 0 and without overflow",
        backward_pattern=SCALER,
        total=True,
        parity=1,
        kernel=_logcosh,
        partials=(lambda op, y, x: op.tanh(x),),
        sample=(ANY,),
        fuse_patterns=("log(cosh(x))",),
    ),
    *(_weighted_logaddexp(terms) for terms in (2, 3, 4)),
    Primitive(
        name="difference_of_squares",
        inputs=("x", "y"),
        doc="x^2 - y^2, accurate where the squares are nearly equal",
        title="difference",
        backward_pattern=SCALER,
        total=True,
        kernel=lambda xp, x, y: (x - y) * (x + y),
        partials=(lambda op, f, x, y: op.mul(2.0, x), lambda op, f, x, y: op.mul(-2.0, y)),
        sample=(ANY, ANY),
        fuse_patterns=("x^2 - y^2", "1 - x^2 -> difference_of_squares(1, x)", "x^2 - 1 -> difference_of_squares(x, 1)"),
    ),
    Primitive(
        name="exprel",
        inputs=("x",),
        doc="(exp(x) - 1)/x, 1 at 0; or its derivative of a given order",
        backward_pattern=SCALER,
        kernel=_exprel,
        partials=(lambda op, y, x, order=0: op.exprel(x, order=order + 1),),
        sample=(ANY,),
        options=(Option("order", options.whole, 0, by_name=True),),
        fuse_patterns=(
            "(exp(x) - 1)/x",
            "expm1(x)/x",
            "(1 - exp(-x))/x -> exprel(-x)",
            "(1 - exp(x))/x -> -exprel(x)",
            "x/(exp(x) - 1) -> 1/exprel(x)",
            "x/(1 - exp(-x)) -> 1/exprel(-x)",
        ),
    ),
    Primitive(
        name="unnormalized_sinc",
        inputs=("x",),
        doc="sin(x)/x, 1 at 0; or its derivative of a given order",
        backward_pattern=SCALER,
        kernel=_unnormalized_sinc,
        partials=(lambda op, y, x, order=0: op.unnormalized_sinc(x, order=order + 1),),
        sample=(ANY,),
        options=(Option("order", options.whole, 0, by_name=True),),
        fuse_patterns=("sin(x)/x", "where(x == 0, 1, sin(x)/x)"),
    ),
    Primitive(
        name="sinc",
        inputs=("x",),
        doc="sin(pi*x)/(pi*x), 1 at 0",
        backward_pattern=SCALER,
        total=True,
        kernel=lambda xp, x: xp.sinc(x),
        partials=(lambda op, y, x: op.mul(math.pi, op.unnormalized_sinc(op.mul(math.pi, x), order=1)),),
        sample=((0.1, 1.2),),
    ),
    Primitive(
        name="xlogy",
        inputs=("x", "y"),
        doc="x*log(y), 0 where x is 0",
        backward_pattern=SCALER,
        kernel=lambda xp, x, y: _logarithm_unless_0(xp, x, y, xp.log, 1.0),
        partials=(lambda op, f, x, y: op.log(y), lambda op, f, x, y: _quotient_unless_0(op, x, y)),
        sample=(ANY, POSITIVE),
        fuse_patterns=("where(x == 0, 0, x*log(y))",),
    ),
    Primitive(
        name="xlog1py",
        inputs=("x", "y"),
        doc="x*log(1 + y), 0 where x is 0",
        backward_pattern=SCALER,
        kernel=lambda xp, x, y: _logarithm_unless_0(xp, x, y, xp.log1p, 0.0),
        partials=(
            lambda op, f, x, y: op.log1p(y),
            lambda op, f, x, y: _quotient_unless_0(op, x, op.add(1.0, y)),
        ),
        sample=(ANY, POSITIVE),
        fuse_patterns=("where(x == 0, 0, x*log1p(y))",),
    ),
)
