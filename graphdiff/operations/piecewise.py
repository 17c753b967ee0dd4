"""The piecewise functions: max, min, clip, where, abs, sign, floor, ceil, trunc, mod and round.

What the rule of each chooses at a kink is stated by `ties` in its record; `kink` says where the kinks are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphdiff.operations.primitive import BLOCKER, ROUTER, SCALER, SWITCH, Fold, Latex, Primitive, zero

ANY = (-3.0, 3.0)
LOWER, UPPER = (-3.0, -0.5), (0.5, 3.0)
JUMP = "slope 0 at a jump"


def _tie(constants: tuple[bool, ...]) -> Mapping[str, Any]:
    return {"tie": 1} if constants == (False, True) else {"tie": 0}


PRIMITIVES = (
    Primitive(
        name="max",
        inputs=("x", "y"),
        doc="the largest of two or more numbers",
        title="maximum",
        aliases=("maximum",),
        backward_pattern=ROUTER,
        kernel=lambda xp, x, y, tie=0: xp.maximum(x, y),
        partials=(
            lambda op, f, x, y, tie=0: op.gt(x, y) if tie else op.ge(x, y),
            lambda op, f, x, y, tie=0: op.ge(y, x) if tie else op.gt(y, x),
        ),
        sample=(LOWER, UPPER),
        variadic=True,
        fold=Fold("max"),
        kink=lambda op, f, x, y, tie=0: op.eq(x, y),
        ties="a tie goes to a constant, else to the first operand",
        parameters=_tie,
        latex=Latex(r"\max"),
    ),
    Primitive(
        name="min",
        inputs=("x", "y"),
        doc="the smallest of two or more numbers",
        title="minimum",
        aliases=("minimum",),
        backward_pattern=ROUTER,
        kernel=lambda xp, x, y, tie=0: xp.minimum(x, y),
        partials=(
            lambda op, f, x, y, tie=0: op.lt(x, y) if tie else op.le(x, y),
            lambda op, f, x, y, tie=0: op.le(y, x) if tie else op.lt(y, x),
        ),
        sample=(LOWER, UPPER),
        variadic=True,
        fold=Fold("min"),
        kink=lambda op, f, x, y, tie=0: op.eq(x, y),
        ties="a tie goes to a constant, else to the first operand",
        parameters=_tie,
        latex=Latex(r"\min"),
    ),
    Primitive(
        name="clip",
        inputs=("x", "low", "high"),
        doc="x limited to at least low and at most high",
        title="limits",
        backward_pattern=ROUTER,
        kernel=lambda xp, x, low, high: xp.minimum(xp.maximum(x, low), high),
        partials=(
            lambda op, y, x, low, high: op.mul(op.lt(low, x), op.lt(x, high)),
            lambda op, y, x, low, high: op.mul(op.le(x, low), op.lt(low, high)),
            lambda op, y, x, low, high: op.ge(op.max(x, low), high),
        ),
        sample=((-0.4, 0.4), LOWER, UPPER),
        kink=lambda op, y, x, low, high: op.max(op.mul(op.eq(x, low), op.le(low, high)), op.eq(op.max(x, low), high)),
        ties="slope 0 at a bound, which takes the gradient",
    ),
    Primitive(
        name="where",
        inputs=("condition", "x", "y"),
        doc="x where the condition is not 0, otherwise y",
        title="cases",
        backward_pattern=SWITCH,
        kernel=lambda xp, condition, x, y: xp.where(condition, x, y),
        partials=(
            zero,
            lambda op, f, condition, x, y: op.where(condition, 1.0, 0.0),
            lambda op, f, condition, x, y: op.where(condition, 0.0, 1.0),
        ),
        sample=(UPPER, ANY, ANY),
    ),
    Primitive(
        name="abs",
        inputs=("x",),
        doc="the absolute value",
        title="absolute value",
        backward_pattern=SCALER,
        total=True,
        parity=1,
        kernel=lambda xp, x: xp.abs(x),
        partials=(lambda op, y, x: op.sign(x),),
        sample=(UPPER,),
        kink=lambda op, y, x: op.eq(x, 0.0),
        ties="slope 0 at 0",
        smooth_patterns=("abs(x)^2 -> x^2", "abs(x)^4 -> x^4"),
        latex=Latex(r"\left|#1\right|"),
    ),
    Primitive(
        name="sign",
        inputs=("x",),
        doc="the sign: -1, 0 or 1",
        backward_pattern=BLOCKER,
        parity=-1,
        kernel=lambda xp, x: xp.sign(x),
        partials=(zero,),
        sample=(UPPER,),
        kink=lambda op, y, x: op.eq(x, 0.0),
        ties=JUMP,
        latex=Latex(r"\operatorname{sgn}"),
    ),
    Primitive(
        name="floor",
        inputs=("x",),
        doc="the largest integer less than or equal to x",
        backward_pattern=BLOCKER,
        kernel=lambda xp, x: xp.floor(x),
        partials=(zero,),
        sample=((1.1, 1.9),),
        kink=lambda op, y, x: op.eq(x, y),
        ties=JUMP,
        latex=Latex(r"\left\lfloor #1\right\rfloor"),
    ),
    Primitive(
        name="ceil",
        inputs=("x",),
        doc="the smallest integer greater than or equal to x",
        backward_pattern=BLOCKER,
        kernel=lambda xp, x: xp.ceil(x),
        partials=(zero,),
        sample=((1.1, 1.9),),
        kink=lambda op, y, x: op.eq(x, y),
        ties=JUMP,
        latex=Latex(r"\left\lceil #1\right\rceil"),
    ),
    Primitive(
        name="trunc",
        inputs=("x",),
        doc="the integer part: x rounded toward 0",
        backward_pattern=BLOCKER,
        kernel=lambda xp, x: xp.where(xp.less(x, 0.0), xp.ceil(x), xp.floor(x)),
        partials=(zero,),
        sample=((1.1, 1.9),),
        kink=lambda op, y, x: op.mul(op.eq(x, y), op.ne(x, 0.0)),
        ties=JUMP,
    ),
    Primitive(
        name="mod",
        inputs=("x", "y"),
        doc="the remainder x - y*floor(x/y), which has the sign of y",
        title="remainder",
        backward_pattern=SCALER,
        kernel=lambda xp, x, y: xp.remainder(x, y),
        partials=(
            lambda op, f, x, y: 1.0,
            lambda op, f, x, y: op.div(op.sub(f, x), y),
        ),
        sample=((3.1, 3.9), (1.6, 1.9)),
        kink=lambda op, f, x, y: op.eq(f, 0.0),
        ties="at a jump, the slopes of the side on which it is 0",
    ),
    Primitive(
        name="round",
        inputs=("x",),
        doc="the nearest integer; of two equally near ones the even one",
        backward_pattern=BLOCKER,
        kernel=lambda xp, x: xp.round(x),
        partials=(zero,),
        sample=((0.6, 1.4),),
        kink=lambda op, y, x: op.eq(op.abs(op.sub(x, y)), 0.5),
        ties=JUMP,
    ),
)
