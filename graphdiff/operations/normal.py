"""The functions around the error function: erfcx, erfinv, and the distribution of a standard normal variable.

The rules follow from those of erf and erfc (DLMF 7.10 and 7.18); the values are computed in error_functions.py.
"""

from __future__ import annotations

import math
from typing import Any

from graphdiff.errors import GraphdiffError
from graphdiff.operations import options
from graphdiff.operations.options import Option
from graphdiff.operations.primitive import SCALER, Latex, Primitive

ANY = (-3.0, 3.0)
EDGE = 2.0
"""From here on erfcx and 1/x are so close that the derivatives of erfcx must be computed by themselves."""
HIGHEST_ORDER = 20
"""The highest order of a derivative of erfcx."""
FARTHEST_LEFT = -1e100
"""To the left of it the derivative of the inverse Mills ratio is -1, and all further ones underflow."""


def _erfcx(xp: Any, x: Any, order: int = 0) -> Any:
    """From EDGE on the function's own derivative; to the left the one from those of the two orders below it.

    Raises GraphdiffError("limit") beyond HIGHEST_ORDER.
    """
    if order > HIGHEST_ORDER:
        raise GraphdiffError("limit", f"derivatives of erfcx are computed to order {HIGHEST_ORDER}")
    value = xp.erfcx(x)
    if order == 0:
        return value
    right = xp.erfcx_derivative(float(order), x)
    if order == 1:
        return right
    before, left = value, xp.erfcx_derivative(1.0, x)
    for step in range(1, order):
        before, left = left, 2.0 * x * left + 2.0 * step * before
    return xp.where(xp.less(x, EDGE), left, right)


def _density(op: Any, x: Any) -> Any:
    return op.div(op.exp(op.div(op.neg(op.pow(x, 2.0)), 2.0)), op.sqrt(op.mul(2.0, math.pi)))


def _inverse_mills_slope(op: Any, y: Any, x: Any) -> Any:
    """-y*(x + y), where x + y loses its digits if x is negative: then y^2 times what it is a quotient with, unless that
    underflows."""
    slope = op.erfcx(op.div(op.neg(x), op.sqrt(2.0)), order=1)
    stable = op.mul(op.div(op.sqrt(math.pi), 2.0), op.mul(y, op.mul(y, slope)))
    left = op.where(op.lt(x, FARTHEST_LEFT), -1.0, stable)
    return op.where(op.lt(x, 0.0), left, op.neg(op.mul(y, op.add(x, y))))


PRIMITIVES = (
    Primitive(
        name="erfcx",
        inputs=("x",),
        doc=f"exp(x^2)*erfc(x), without overflow; or its derivative of a given order, {HIGHEST_ORDER} at most",
        backward_pattern=SCALER,
        kernel=_erfcx,
        partials=(lambda op, y, x, order=0: op.erfcx(x, order=order + 1),),
        sample=(ANY,),
        options=(Option("order", options.whole, 0, by_name=True),),
        fuse_patterns=("exp(x^2)*erfc(x)", "erfc(x)/exp(-x^2)"),
    ),
    Primitive(
        name="erfinv",
        inputs=("x",),
        doc="the inverse of erf; infinite at -1 and 1",
        backward_pattern=SCALER,
        parity=-1,
        kernel=lambda xp, x: xp.erfinv(x),
        partials=(lambda op, y, x: op.mul(op.div(op.sqrt(math.pi), 2.0), op.exp(op.pow(y, 2.0))),),
        sample=((-0.9, 0.9),),
        latex=Latex(r"\operatorname{erf}^{-1}"),
    ),
    Primitive(
        name="normcdf",
        inputs=("x",),
        doc="the probability that a standard normal variable is less than x",
        backward_pattern=SCALER,
        total=True,
        kernel=lambda xp, x: xp.normcdf(x),
        partials=(lambda op, y, x: _density(op, x),),
        sample=(ANY,),
        aliases=("ndtr", "pnorm", "Phi"),
        complements={"1 - y": lambda op, x: op.normcdf(op.neg(x))},
        fuse_patterns=(
            "erfc(-x/sqrt(2))/2",
            "(1 + erf(x/sqrt(2)))/2",
            "erfc(x/sqrt(2))/2 -> normcdf(-x)",
            "(1 - erf(x/sqrt(2)))/2 -> normcdf(-x)",
            "1 - normcdf(x) -> normcdf(-x)",
        ),
        latex=Latex(r"\Phi"),
    ),
    Primitive(
        name="lognormcdf",
        inputs=("x",),
        doc="log(normcdf(x)), without underflow",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.lognormcdf(x),
        partials=(lambda op, y, x: op.inverse_mills_ratio(x),),
        sample=(ANY,),
        aliases=("log_ndtr",),
        fuse_patterns=(
            "log(normcdf(x))",
            "log(1 - normcdf(x)) -> lognormcdf(-x)",
            "log1p(-normcdf(x)) -> lognormcdf(-x)",
            "log(erfc(x)) -> log(2) + lognormcdf(-sqrt(2)*x)",
            "log(erfc(x)/2) -> lognormcdf(-sqrt(2)*x)",
            "log(erfc(-x/sqrt(2))/2)",
        ),
    ),
    Primitive(
        name="inverse_mills_ratio",
        inputs=("x",),
        doc="the density of a standard normal variable divided by normcdf(x): the derivative of lognormcdf",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.inverse_mills_ratio(x),
        partials=(_inverse_mills_slope,),
        sample=(ANY,),
        fuse_patterns=("exp(-x^2/2)/sqrt(2*pi)/normcdf(x)",),
    ),
    Primitive(
        name="norminv",
        inputs=("p",),
        doc="the inverse of normcdf; infinite at 0 and 1",
        backward_pattern=SCALER,
        kernel=lambda xp, p: xp.norminv(p),
        partials=(lambda op, y, p: op.mul(op.sqrt(op.mul(2.0, math.pi)), op.exp(op.div(op.pow(y, 2.0), 2.0))),),
        sample=((0.05, 0.95),),
        aliases=("ndtri", "qnorm", "probit"),
        latex=Latex(r"\Phi^{-1}"),
    ),
)
