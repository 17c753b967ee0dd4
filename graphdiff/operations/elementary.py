"""The smooth functions. Rules are those of any table of derivatives (e.g. Abramowitz and Stegun, chapters 4 and 7),
put so that they keep their relative accuracy near saturation, poles and overflow."""

from __future__ import annotations

import math
from typing import Any

from graphdiff.operations.primitive import SCALER, Primitive

ANY = (-3.0, 3.0)
POSITIVE = (0.2, 3.0)


def _logistic(xp: Any, x: Any) -> Any:
    tail = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1.0, tail) / (1.0 + tail)


def _over_square(op: Any, x: Any, y: Any) -> Any:
    """x/y^2, where y^2 could overflow."""
    return op.div(op.div(x, y), y)


PRIMITIVES = (
    Primitive(
        name="exp",
        inputs=("x",),
        doc="e to the power of x",
        gate=SCALER,
        kernel=lambda xp, x: xp.exp(x),
        partials=(lambda op, y, x: y,),
        sample=(ANY,),
    ),
    Primitive(
        name="expm1",
        inputs=("x",),
        doc="exp(x) - 1, accurate near 0",
        gate=SCALER,
        kernel=lambda xp, x: xp.expm1(x),
        partials=(lambda op, y, x: op.exp(x),),
        sample=(ANY,),
        patterns=("exp(x) - 1",),
    ),
    Primitive(
        name="log",
        inputs=("x",),
        doc="the natural logarithm",
        gate=SCALER,
        kernel=lambda xp, x: xp.log(x),
        partials=(lambda op, y, x: op.div(1.0, x),),
        sample=(POSITIVE,),
        aliases=("ln",),
    ),
    Primitive(
        name="log1p",
        inputs=("x",),
        doc="log(1 + x), accurate near 0",
        gate=SCALER,
        kernel=lambda xp, x: xp.log1p(x),
        partials=(lambda op, y, x: op.div(1.0, op.add(1.0, x)),),
        sample=((-0.8, 3.0),),
        patterns=("log(1 + x)",),
    ),
    Primitive(
        name="log2",
        inputs=("x",),
        doc="the logarithm to base 2",
        gate=SCALER,
        kernel=lambda xp, x: xp.log2(x),
        partials=(lambda op, y, x: op.div(1.0, op.mul(x, op.log(2.0))),),
        sample=(POSITIVE,),
    ),
    Primitive(
        name="log10",
        inputs=("x",),
        doc="the logarithm to base 10",
        gate=SCALER,
        kernel=lambda xp, x: xp.log10(x),
        partials=(lambda op, y, x: op.div(1.0, op.mul(x, op.log(10.0))),),
        sample=(POSITIVE,),
    ),
    Primitive(
        name="sqrt",
        inputs=("x",),
        doc="the square root",
        gate=SCALER,
        kernel=lambda xp, x: xp.sqrt(x),
        partials=(lambda op, y, x: op.div(1.0, op.mul(2.0, y)),),
        sample=(POSITIVE,),
    ),
    Primitive(
        name="cbrt",
        inputs=("x",),
        doc="the cube root, of negative numbers too",
        gate=SCALER,
        kernel=lambda xp, x: xp.cbrt(x),
        partials=(lambda op, y, x: op.div(1.0, op.mul(3.0, op.pow(y, 2.0))),),
        sample=(POSITIVE,),
    ),
    Primitive(
        name="sin",
        inputs=("x",),
        doc="the sine of x radians",
        gate=SCALER,
        kernel=lambda xp, x: xp.sin(x),
        partials=(lambda op, y, x: op.cos(x),),
        sample=(ANY,),
    ),
    Primitive(
        name="cos",
        inputs=("x",),
        doc="the cosine of x radians",
        gate=SCALER,
        kernel=lambda xp, x: xp.cos(x),
        partials=(lambda op, y, x: op.neg(op.sin(x)),),
        sample=(ANY,),
    ),
    Primitive(
        name="tan",
        inputs=("x",),
        doc="the tangent of x radians",
        gate=SCALER,
        kernel=lambda xp, x: xp.tan(x),
        partials=(lambda op, y, x: op.add(1.0, op.pow(y, 2.0)),),
        sample=((-1.2, 1.2),),
    ),
    Primitive(
        name="asin",
        inputs=("x",),
        doc="the angle in radians whose sine is x",
        gate=SCALER,
        kernel=lambda xp, x: xp.asin(x),
        # (1 - x)(1 + x) rather than 1 - x^2, whose rounding tells near ±1; so in acos and atanh.
        partials=(
            lambda op, y, x: op.div(1.0, op.sqrt(op.mul(op.sub(1.0, x), op.add(1.0, x)))),
        ),
        sample=((-0.8, 0.8),),
        aliases=("arcsin",),
    ),
    Primitive(
        name="acos",
        inputs=("x",),
        doc="the angle in radians whose cosine is x",
        gate=SCALER,
        kernel=lambda xp, x: xp.acos(x),
        partials=(
            lambda op, y, x: op.div(-1.0, op.sqrt(op.mul(op.sub(1.0, x), op.add(1.0, x)))),
        ),
        sample=((-0.8, 0.8),),
        aliases=("arccos",),
    ),
    Primitive(
        name="atan",
        inputs=("x",),
        doc="the angle in radians whose tangent is x",
        gate=SCALER,
        kernel=lambda xp, x: xp.atan(x),
        partials=(lambda op, y, x: op.div(1.0, op.add(1.0, op.pow(x, 2.0))),),
        sample=(ANY,),
        aliases=("arctan",),
    ),
    Primitive(
        name="atan2",
        inputs=("y", "x"),
        doc="the angle in radians of the point (x, y)",
        gate=SCALER,
        kernel=lambda xp, y, x: xp.atan2(y, x),
        partials=(
            lambda op, f, y, x: _over_square(op, x, op.hypot(x, y)),
            lambda op, f, y, x: op.neg(_over_square(op, y, op.hypot(x, y))),
        ),
        sample=(ANY, POSITIVE),
        aliases=("arctan2",),
    ),
    Primitive(
        name="sinh",
        inputs=("x",),
        doc="the hyperbolic sine",
        gate=SCALER,
        kernel=lambda xp, x: xp.sinh(x),
        partials=(lambda op, y, x: op.cosh(x),),
        sample=(ANY,),
    ),
    Primitive(
        name="cosh",
        inputs=("x",),
        doc="the hyperbolic cosine",
        gate=SCALER,
        kernel=lambda xp, x: xp.cosh(x),
        partials=(lambda op, y, x: op.sinh(x),),
        sample=(ANY,),
    ),
    Primitive(
        name="tanh",
        inputs=("x",),
        doc="the hyperbolic tangent",
        gate=SCALER,
        kernel=lambda xp, x: xp.tanh(x),
        # 1 - y^2 would lose every digit near saturation.
        partials=(lambda op, y, x: _over_square(op, 1.0, op.cosh(x)),),
        sample=(ANY,),
        patterns=(
            "(exp(x) - exp(-x))/(exp(x) + exp(-x))",
            "(exp(2*x) - 1)/(exp(2*x) + 1)",
            "(1 - exp(-2*x))/(1 + exp(-2*x))",
            "sinh(x)/cosh(x)",
        ),
    ),
    Primitive(
        name="asinh",
        inputs=("x",),
        doc="the inverse of sinh",
        gate=SCALER,
        kernel=lambda xp, x: xp.asinh(x),
        partials=(lambda op, y, x: op.div(1.0, op.hypot(x, 1.0)),),
        sample=(ANY,),
        aliases=("arcsinh",),
    ),
    Primitive(
        name="acosh",
        inputs=("x",),
        doc="the inverse of cosh for x >= 1",
        gate=SCALER,
        kernel=lambda xp, x: xp.acosh(x),
        partials=(
            lambda op, y, x: op.div(
                1.0, op.mul(op.sqrt(op.sub(x, 1.0)), op.sqrt(op.add(x, 1.0)))
            ),
        ),
        sample=((1.2, 4.0),),
        aliases=("arccosh",),
    ),
    Primitive(
        name="atanh",
        inputs=("x",),
        doc="the inverse of tanh",
        gate=SCALER,
        kernel=lambda xp, x: xp.atanh(x),
        partials=(lambda op, y, x: op.div(1.0, op.mul(op.sub(1.0, x), op.add(1.0, x))),),
        sample=((-0.8, 0.8),),
        aliases=("arctanh",),
    ),
    Primitive(
        name="erf",
        inputs=("x",),
        doc="the error function",
        gate=SCALER,
        kernel=lambda xp, x: xp.erf(x),
        partials=(
            lambda op, y, x: op.mul(
                op.div(2.0, op.sqrt(math.pi)), op.exp(op.neg(op.pow(x, 2.0)))
            ),
        ),
        sample=((-2.0, 2.0),),
    ),
    Primitive(
        name="erfc",
        inputs=("x",),
        doc="1 - erf(x), accurate for large x",
        gate=SCALER,
        kernel=lambda xp, x: xp.erfc(x),
        partials=(
            lambda op, y, x: op.mul(
                op.div(-2.0, op.sqrt(math.pi)), op.exp(op.neg(op.pow(x, 2.0)))
            ),
        ),
        sample=((-2.0, 2.0),),
        patterns=("1 - erf(x)",),
    ),
    Primitive(
        name="sigmoid",
        inputs=("x",),
        doc="the logistic function 1/(1 + exp(-x))",
        gate=SCALER,
        kernel=_logistic,
        # (1 - y)*y, where 1 - y is sigmoid(-x), which keeps its digits where y is near 1.
        partials=(lambda op, y, x: op.mul(op.sigmoid(op.neg(x)), y),),
        sample=(ANY,),
        reflection=lambda op, y: op.sub(1.0, y),
        patterns=("1/(1 + exp(-x))", "exp(x)/(1 + exp(x))", "1/(1 + 1/exp(x))"),
    ),
    Primitive(
        name="softplus",
        inputs=("x",),
        doc="log(1 + exp(x)), the smooth relu",
        gate=SCALER,
        kernel=lambda xp, x: xp.maximum(x, 0.0) + xp.log1p(xp.exp(-xp.abs(x))),
        partials=(lambda op, y, x: op.sigmoid(x),),
        sample=(ANY,),
        patterns=("log(1 + exp(x))", "log1p(exp(x))"),
    ),
    Primitive(
        name="hypot",
        inputs=("x", "y"),
        doc="the length sqrt(x^2 + y^2) of (x, y)",
        gate=SCALER,
        kernel=lambda xp, x, y: xp.hypot(x, y),
        partials=(
            lambda op, f, x, y: op.where(op.eq(f, 0.0), 0.0, op.div(x, f)),
            lambda op, f, x, y: op.where(op.eq(f, 0.0), 0.0, op.div(y, f)),
        ),
        sample=(POSITIVE, POSITIVE),
        variadic=True,
        kink=lambda op, f, x, y: op.eq(f, 0.0),
        ties="slope 0 at 0",
        patterns=("sqrt(x^2 + y^2)",),
    ),
)
