"""The smooth elementary functions exp, log, sqrt, sin, atan, … The hyperbolic ones are in hyperbolic.py.

The rules are those of any table of derivatives (e.g. Abramowitz and Stegun, chapters 4 and 7), written so that they
keep their relative accuracy near saturation, poles and overflow. Functions with kinks are in piecewise.py.
"""

from __future__ import annotations

from typing import Any

from graphdiff.operations.primitive import ATOM, POWER, PRODUCT, SCALER, SUM, Latex, Primitive

ANY = (-3.0, 3.0)
POSITIVE = (0.2, 3.0)


def _over_square(op: Any, x: Any, y: Any) -> Any:
    """x/y^2, where y^2 could overflow."""
    return op.div(op.div(x, y), y)


PRIMITIVES = (
    Primitive(
        name="exp",
        inputs=("x",),
        doc="e to the power of x",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.exp(x),
        partials=(lambda op, y, x: y,),
        sample=(ANY,),
        latex=Latex(r"e^{#1}", POWER),
    ),
    Primitive(
        name="expm1",
        inputs=("x",),
        doc="exp(x) - 1, accurate near 0",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.expm1(x),
        partials=(lambda op, y, x: op.exp(x),),
        sample=(ANY,),
        fuse_patterns=("exp(x) - 1", "-1 + exp(x)", "1 - exp(x) -> -expm1(x)"),
        latex=Latex(r"e^{#1} - 1", SUM),
    ),
    Primitive(
        name="log",
        inputs=("x",),
        doc="the natural logarithm",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.log(x),
        partials=(lambda op, y, x: op.div(1.0, x),),
        sample=(POSITIVE,),
        aliases=("ln",),
        latex=Latex(r"\ln"),
    ),
    Primitive(
        name="log1p",
        inputs=("x",),
        doc="log(1 + x), accurate near 0",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.log1p(x),
        partials=(lambda op, y, x: op.div(1.0, op.add(1.0, x)),),
        sample=((-0.8, 3.0),),
        fuse_patterns=("log(1 + x)", "log(1 - x) -> log1p(-x)"),
        latex=Latex(r"\ln\left(1 + #1\right)", ATOM, (PRODUCT,)),
    ),
    Primitive(
        name="log2",
        inputs=("x",),
        doc="the logarithm to base 2",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.log2(x),
        partials=(lambda op, y, x: op.div(1.0, op.mul(x, op.log(2.0))),),
        sample=(POSITIVE,),
        latex=Latex(r"\log_{2}"),
    ),
    Primitive(
        name="log10",
        inputs=("x",),
        doc="the logarithm to base 10",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.log10(x),
        partials=(lambda op, y, x: op.div(1.0, op.mul(x, op.log(10.0))),),
        sample=(POSITIVE,),
        latex=Latex(r"\log_{10}"),
    ),
    Primitive(
        name="sqrt",
        inputs=("x",),
        doc="the square root",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.sqrt(x),
        partials=(lambda op, y, x: op.div(1.0, op.mul(2.0, y)),),
        sample=(POSITIVE,),
        fuse_patterns=(
            "sqrt(1 + x) - 1 -> x/(sqrt(1 + x) + 1)",
            "1 - sqrt(1 + x) -> -x/(sqrt(1 + x) + 1)",
            "1 - sqrt(1 - x) -> x/(sqrt(1 - x) + 1)",
            "1/sqrt(1 - x) - 1 -> expm1(-log1p(-x)/2)",
            "1/sqrt(1 + x) - 1 -> expm1(-log1p(x)/2)",
            "sqrt(x + 1) - sqrt(x) -> 1/(sqrt(x + 1) + sqrt(x))",
        ),
        latex=Latex(r"\sqrt{#1}"),
    ),
    Primitive(
        name="cbrt",
        inputs=("x",),
        doc="the cube root, also of negative numbers",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.cbrt(x),
        partials=(lambda op, y, x: op.div(1.0, op.mul(3.0, op.pow(y, 2.0))),),
        sample=(POSITIVE,),
        latex=Latex(r"\sqrt[3]{#1}"),
    ),
    Primitive(
        name="sin",
        inputs=("x",),
        doc="the sine of x radians",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.sin(x),
        partials=(lambda op, y, x: op.cos(x),),
        sample=(ANY,),
        fuse_patterns=("1 - cos(x) -> 2*sin(x/2)^2", "cos(x) - 1 -> -2*sin(x/2)^2", "1 - cos(x)^2 -> sin(x)^2"),
        latex=Latex(r"\sin"),
    ),
    Primitive(
        name="cos",
        inputs=("x",),
        doc="the cosine of x radians",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.cos(x),
        partials=(lambda op, y, x: op.neg(op.sin(x)),),
        sample=(ANY,),
        fuse_patterns=("1 - sin(x)^2 -> cos(x)^2",),
        latex=Latex(r"\cos"),
    ),
    Primitive(
        name="tan",
        inputs=("x",),
        doc="the tangent of x radians",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.tan(x),
        partials=(lambda op, y, x: op.add(1.0, op.pow(y, 2.0)),),
        sample=((-1.2, 1.2),),
        latex=Latex(r"\tan"),
    ),
    Primitive(
        name="asin",
        inputs=("x",),
        doc="the angle in radians whose sine is x",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.asin(x),
        # (1 - x)(1 + x) rather than 1 - x^2, which cancels near ±1; also in acos and atanh.
        partials=(lambda op, y, x: op.div(1.0, op.sqrt(op.mul(op.sub(1.0, x), op.add(1.0, x)))),),
        sample=((-0.8, 0.8),),
        aliases=("arcsin",),
        latex=Latex(r"\arcsin"),
    ),
    Primitive(
        name="acos",
        inputs=("x",),
        doc="the angle in radians whose cosine is x",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.acos(x),
        partials=(lambda op, y, x: op.div(-1.0, op.sqrt(op.mul(op.sub(1.0, x), op.add(1.0, x)))),),
        sample=((-0.8, 0.8),),
        aliases=("arccos",),
        latex=Latex(r"\arccos"),
    ),
    Primitive(
        name="atan",
        inputs=("x",),
        doc="the angle in radians whose tangent is x",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.atan(x),
        partials=(lambda op, y, x: op.div(1.0, op.add(1.0, op.pow(x, 2.0))),),
        sample=(ANY,),
        aliases=("arctan",),
        latex=Latex(r"\arctan"),
    ),
    Primitive(
        name="atan2",
        inputs=("y", "x"),
        doc="the angle in radians of the point (x, y)",
        backward_pattern=SCALER,
        kernel=lambda xp, y, x: xp.atan2(y, x),
        partials=(
            lambda op, f, y, x: _over_square(op, x, op.hypot(x, y)),
            lambda op, f, y, x: op.neg(_over_square(op, y, op.hypot(x, y))),
        ),
        sample=(ANY, POSITIVE),
        aliases=("arctan2",),
        kink=lambda op, f, y, x: op.mul(op.eq(y, 0.0), op.le(x, 0.0)),
        ties="the slope beside the jump at y = 0, x <= 0",
    ),
)
