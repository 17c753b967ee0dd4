"""The hyperbolic functions, and those that are made of exponentials as they are: sigmoid, softplus, erf; and hypot.

The rules are those of any table of derivatives (e.g. Abramowitz and Stegun, chapters 4 and 7), written so that they
keep their relative accuracy near saturation, poles and overflow.
"""

from __future__ import annotations

import math
from typing import Any

from graphdiff.operations.primitive import ATOM, LITERAL, SCALER, Latex, Primitive

ANY = (-3.0, 3.0)
POSITIVE = (0.2, 3.0)


def _logistic(xp: Any, x: Any) -> Any:
    power = xp.exp(-xp.abs(x))
    tail = power / (1.0 + power)
    return xp.where(xp.greater_equal(x, 0.0), 1.0 - tail, tail)


PRIMITIVES = (
    Primitive(
        name="sinh",
        inputs=("x",),
        doc="the hyperbolic sine",
        title="hyperbolic sine",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.sinh(x),
        partials=(lambda op, y, x: op.cosh(x),),
        sample=(ANY,),
        fuse_patterns=(
            "cosh(x) - 1 -> 2*sinh(x/2)^2",
            "(exp(x) - exp(-x))/2",
            "exp(x) - exp(-x) -> 2*sinh(x)",
        ),
        latex=Latex(r"\sinh"),
    ),
    Primitive(
        name="cosh",
        inputs=("x",),
        doc="the hyperbolic cosine",
        title="hyperbolic cosine",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.cosh(x),
        partials=(lambda op, y, x: op.sinh(x),),
        sample=(ANY,),
        fuse_patterns=("(exp(x) + exp(-x))/2",),
        latex=Latex(r"\cosh"),
    ),
    Primitive(
        name="tanh",
        inputs=("x",),
        doc="the hyperbolic tangent",
        title="hyperbolic tangent",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.tanh(x),
        # 1 - y^2 would lose every digit near saturation, and the derivative of 1/cosh(x)^2 would be inf/inf.
        partials=(lambda op, y, x: op.pow(op.sech(x), 2.0),),
        sample=(ANY,),
        complements={
            "1 - y": lambda op, x: op.mul(2.0, op.sigmoid(op.mul(-2.0, x))),
            "1 + y": lambda op, x: op.mul(2.0, op.sigmoid(op.mul(2.0, x))),
            "1 - y^2": lambda op, x: op.div(op.sech(x), op.cosh(x)),
        },
        fuse_patterns=(
            "(exp(x) - exp(-x))/(exp(x) + exp(-x))",
            "(exp(2*x) - 1)/(exp(2*x) + 1)",
            "(1 - exp(-2*x))/(1 + exp(-2*x))",
            "sinh(x)/cosh(x)",
        ),
        latex=Latex(r"\tanh"),
    ),
    Primitive(
        name="sech",
        inputs=("x",),
        doc="the hyperbolic secant 1/cosh(x)",
        title="hyperbolic secant",
        backward_pattern=SCALER,
        kernel=lambda xp, x: 1.0 / xp.cosh(x),
        partials=(lambda op, y, x: op.neg(op.mul(y, op.tanh(x))),),
        sample=(ANY,),
        fuse_patterns=("1/cosh(x)", "1 - tanh(x)^2 -> sech(x)^2"),
    ),
    Primitive(
        name="csch",
        inputs=("x",),
        doc="the hyperbolic cosecant 1/sinh(x)",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.divide(1.0, xp.sinh(x)),
        partials=(lambda op, y, x: op.neg(op.mul(y, op.coth(x))),),
        sample=(POSITIVE,),
        fuse_patterns=("1/sinh(x)",),
    ),
    Primitive(
        name="coth",
        inputs=("x",),
        doc="the hyperbolic cotangent 1/tanh(x)",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.divide(1.0, xp.tanh(x)),
        partials=(lambda op, y, x: op.neg(op.pow(op.csch(x), 2.0)),),
        sample=(POSITIVE,),
        fuse_patterns=("1/tanh(x)", "cosh(x)/sinh(x)", "(exp(x) + exp(-x))/(exp(x) - exp(-x))"),
        latex=Latex(r"\coth"),
    ),
    Primitive(
        name="asinh",
        inputs=("x",),
        doc="the inverse of sinh",
        title="inverse hyperbolic sine",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.asinh(x),
        partials=(lambda op, y, x: op.div(1.0, op.hypot(x, 1.0)),),
        sample=(ANY,),
        aliases=("arcsinh",),
        fuse_patterns=("log(x + sqrt(x^2 + 1))", "sqrt(x^2 + 1) - x -> exp(-asinh(x))"),
        latex=Latex(r"\operatorname{arsinh}"),
    ),
    Primitive(
        name="acosh",
        inputs=("x",),
        doc="the inverse of cosh, for x >= 1",
        title="inverse hyperbolic cosine",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.acosh(x),
        partials=(lambda op, y, x: op.div(1.0, op.mul(op.sqrt(op.sub(x, 1.0)), op.sqrt(op.add(x, 1.0)))),),
        sample=((1.2, 4.0),),
        aliases=("arccosh",),
        fuse_patterns=("log(x + sqrt(x^2 - 1))",),
        latex=Latex(r"\operatorname{arcosh}"),
    ),
    Primitive(
        name="atanh",
        inputs=("x",),
        doc="the inverse of tanh",
        title="inverse hyperbolic tangent",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.atanh(x),
        partials=(lambda op, y, x: op.div(1.0, op.mul(op.sub(1.0, x), op.add(1.0, x))),),
        sample=((-0.8, 0.8),),
        aliases=("arctanh",),
        fuse_patterns=("log((1 + x)/(1 - x)) -> 2*atanh(x)", "log(1 + x) - log(1 - x) -> 2*atanh(x)"),
        latex=Latex(r"\operatorname{artanh}"),
    ),
    Primitive(
        name="erf",
        inputs=("x",),
        doc="the error function",
        title="error function",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.erf(x),
        partials=(lambda op, y, x: op.mul(op.div(2.0, op.sqrt(math.pi)), op.exp(op.neg(op.pow(x, 2.0)))),),
        sample=((-2.0, 2.0),),
        fuse_patterns=("1 - erfc(x)",),
    ),
    Primitive(
        name="erfc",
        inputs=("x",),
        doc="1 - erf(x), accurate for large x",
        title="error function",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.erfc(x),
        partials=(lambda op, y, x: op.mul(op.div(-2.0, op.sqrt(math.pi)), op.exp(op.neg(op.pow(x, 2.0)))),),
        sample=((-2.0, 2.0),),
        fuse_patterns=("1 - erf(x)", "1 + erf(x) -> erfc(-x)", "erf(x) - 1 -> -erfc(x)"),
    ),
    Primitive(
        name="sigmoid",
        inputs=("x",),
        doc="the logistic function 1/(1 + exp(-x))",
        title="logistic function",
        aliases=("sigma", "σ", "logistic", "expit"),
        backward_pattern=SCALER,
        kernel=_logistic,
        # (1 - y)*y, where 1 - y is sigmoid(-x), which keeps its digits where y is near 1.
        partials=(lambda op, y, x: op.mul(op.sigmoid(op.neg(x)), y),),
        sample=(ANY,),
        reflection=lambda op, y: op.sub(1.0, y),
        complements={"1 - y": lambda op, x: op.sigmoid(op.neg(x))},
        fuse_patterns=(
            "1/(1 + exp(-x))",
            "exp(x)/(1 + exp(x))",
            "1/(1 + 1/exp(x))",
            "1/(1 + exp(x)) -> sigmoid(-x)",
            "exp(x)/(exp(x) + exp(y)) -> sigmoid(x - y)",
            "exp(x)/(1 + exp(x))^2 -> sigmoid(x)*sigmoid(-x)",
            "1 - sigmoid(x) -> sigmoid(-x)",
            "1 - tanh(x) -> 2*sigmoid(-2*x)",
            "1 + tanh(x) -> 2*sigmoid(2*x)",
        ),
        latex=Latex(r"\sigma"),
    ),
    Primitive(
        name="softplus",
        inputs=("x",),
        doc="log(1 + exp(x)), a smooth relu",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.maximum(x, 0.0) + xp.log1p(xp.exp(-xp.abs(x))),
        partials=(lambda op, y, x: op.sigmoid(x),),
        sample=(ANY,),
        fuse_patterns=(
            "log(1 + exp(x))",
            "log1p(exp(x))",
            "log(1 + exp(x)) - x -> softplus(-x)",
            "softplus(x) - x -> softplus(-x)",
            "max(x, 0) + log(1 + exp(-abs(x)))",
            "max(x, 0) + log1p(exp(-abs(x)))",
            "max(x, 0) - y + log(1 + exp(-abs(x))) -> softplus(x) - y",
            "max(x, 0) - y + log1p(exp(-abs(x))) -> softplus(x) - y",
        ),
    ),
    Primitive(
        name="hypot",
        inputs=("x", "y"),
        doc="the length sqrt(x^2 + y^2) of (x, y)",
        title="hypotenuse",
        backward_pattern=SCALER,
        kernel=lambda xp, x, y: xp.hypot(x, y),
        partials=(
            lambda op, f, x, y: op.where(op.eq(f, 0.0), 0.0, op.div(x, f)),
            lambda op, f, x, y: op.where(op.eq(f, 0.0), 0.0, op.div(y, f)),
        ),
        sample=(POSITIVE, POSITIVE),
        variadic=True,
        kink=lambda op, f, x, y: op.eq(f, 0.0),
        ties="slope 0 at 0",
        smooth_patterns=("hypot(x, y)^2 -> x^2 + y^2", "hypot(x, y)^4 -> (x^2 + y^2)^2"),
        fuse_patterns=(
            "sqrt(x^2 + y^2)",
            "sqrt(x^2 + y^2 + z^2) -> hypot(x, y, z)",
            "sqrt(x^2 + 1) -> hypot(x, 1)",
        ),
        latex=Latex(r"\sqrt{#1^{2} + #2^{2}}", ATOM, (LITERAL, LITERAL)),
    ),
)
