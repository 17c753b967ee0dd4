"""The gamma functions: gamma; lgamma, its logarithm; and the derivatives of that, digamma and polygamma; beta with its
logarithm; the incomplete functions of both; the Bessel functions; and lambertw.

The rules are those of the NIST Digital Library of Mathematical Functions (DLMF), sections 4.13, 5.2, 5.15, 8.8, 8.17,
10.6 and 10.29; the values are computed in gamma.py, beta.py, bessel.py and lambert.py, the others by SciPy.
"""

from __future__ import annotations

from typing import Any

from graphdiff.errors import GraphdiffError
from graphdiff.operations import options
from graphdiff.operations.options import Option
from graphdiff.operations.primitive import SCALER, SUM, Latex, NoDerivative, Primitive, zero

POSITIVE = (0.2, 3.0)
ORDER = (1.0, 1.0)
HIGHEST_ORDER = 10
"""The highest order of a derivative of scaled_besseli0."""


def _digamma_difference(xp: Any, a: Any, b: Any, order: int = 0) -> Any:
    # The quotient makes an array of the order, which some libraries ask of operands.
    return xp.polygamma_difference(xp.divide(float(order), 1.0), a, b) if order else xp.digamma_difference(a, b)


def _half_difference(op: Any, below: Any, above: Any) -> Any:
    """The derivative of besselj and bessely from those of one order less and one order more (DLMF 10.6.1)."""
    return op.div(op.sub(below, above), 2.0)


def _half_sum(op: Any, below: Any, above: Any) -> Any:
    """The same for besseli and, with the other sign, besselk (DLMF 10.29.1)."""
    return op.div(op.add(below, above), 2.0)


def _gamma_density(op: Any, a: Any, x: Any) -> Any:
    """The derivative of gammainc by x (DLMF 8.8.13)."""
    return op.exp(op.sub(op.sub(op.xlogy(op.sub(a, 1.0), x), x), op.lgamma(a)))


def _beta_density(op: Any, y: Any, a: Any, b: Any, x: Any) -> Any:
    """The derivative of betainc by x (DLMF 8.17.1)."""
    powers = op.add(op.xlogy(op.sub(a, 1.0), x), op.xlog1py(op.sub(b, 1.0), op.neg(x)))
    return op.exp(op.sub(powers, op.lbeta(a, b)))


def _scaled_besseli0(xp: Any, x: Any, order: int = 0) -> Any:
    """Raises GraphdiffError("limit") beyond HIGHEST_ORDER."""
    if order > HIGHEST_ORDER:
        raise GraphdiffError("limit", f"derivatives of scaled_besseli0 are computed to order {HIGHEST_ORDER}")
    return xp.scaled_besseli0(float(order), x)


PRIMITIVES = (
    Primitive(
        name="gamma",
        inputs=("x",),
        doc="the gamma function; infinite at 0, NaN at -1, -2, …",
        title="gamma function",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.gamma(x),
        partials=(lambda op, y, x: op.mul(y, op.digamma(x)),),
        sample=(POSITIVE,),
        latex=Latex(r"\Gamma"),
    ),
    Primitive(
        name="lgamma",
        inputs=("x",),
        doc="the logarithm of the absolute value of the gamma function; inf at 0, -1, -2, …",
        title="gamma function",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.lgamma(x),
        partials=(lambda op, y, x: op.digamma(x),),
        sample=(POSITIVE,),
        aliases=("gammaln",),
        fuse_patterns=("log(gamma(x))", "log(abs(gamma(x)))"),
        latex=Latex(r"\ln\left|\Gamma\left(#1\right)\right|"),
    ),
    Primitive(
        name="digamma",
        inputs=("x",),
        doc="the derivative of lgamma; -inf at 0, inf at -0, NaN at -1, -2, …",
        title="gamma function",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.digamma(x),
        partials=(lambda op, y, x: op.polygamma(1.0, x),),
        sample=(POSITIVE,),
        aliases=("psi",),
        latex=Latex(r"\psi"),
    ),
    Primitive(
        name="polygamma",
        inputs=("n", "x"),
        doc="the nth derivative of digamma, for whole n >= 0; at poles inf for odd n, NaN for even n, infinite at 0",
        title="gamma function",
        backward_pattern=SCALER,
        kernel=lambda xp, n, x: xp.polygamma(xp.whole_order(n), x),
        partials=(zero, lambda op, y, n, x: op.polygamma(op.add(n, 1.0), x)),
        sample=((1.0, 1.0), POSITIVE),
        is_index=lambda slot: slot == 0,
        latex=Latex(r"\psi^{\left(#1\right)}\left(#2\right)"),
    ),
    Primitive(
        name="digamma_difference",
        inputs=("a", "b"),
        doc="digamma(a) - digamma(a + b), which loses no digits; or its derivative by a of a given order",
        title="gamma function",
        backward_pattern=SCALER,
        kernel=_digamma_difference,
        partials=(
            lambda op, y, a, b, order=0: op.digamma_difference(a, b, order=order + 1),
            lambda op, y, a, b, order=0: op.neg(op.polygamma(order + 1.0, op.add(a, b))),
        ),
        keeps_digits=lambda a, b: a > 0 and a + b > 0,
        sample=(POSITIVE, POSITIVE),
        options=(Option("order", options.whole, 0, by_name=True),),
        fuse_patterns=("digamma(a) - digamma(a + b)",),
        latex=Latex(r"\psi\left(#1\right) - \psi\left(#1 + #2\right)", SUM, (0, SUM)),
    ),
    Primitive(
        name="beta",
        inputs=("a", "b"),
        doc="the beta function gamma(a)*gamma(b)/gamma(a + b)",
        backward_pattern=SCALER,
        kernel=lambda xp, a, b: xp.beta(a, b),
        partials=(
            lambda op, y, a, b: op.mul(y, op.digamma_difference(a, b)),
            lambda op, y, a, b: op.mul(y, op.digamma_difference(b, a)),
        ),
        keeps_digits=lambda a, b: a > 0 and b > 0,
        sample=(POSITIVE, POSITIVE),
        fuse_patterns=("gamma(a)*gamma(b)/gamma(a + b)",),
        latex=Latex(r"\operatorname{B}"),
    ),
    Primitive(
        name="lbeta",
        inputs=("a", "b"),
        doc="the logarithm of the absolute value of the beta function",
        backward_pattern=SCALER,
        kernel=lambda xp, a, b: xp.lbeta(a, b),
        partials=(
            lambda op, y, a, b: op.digamma_difference(a, b),
            lambda op, y, a, b: op.digamma_difference(b, a),
        ),
        keeps_digits=lambda a, b: a > 0 and b > 0,
        sample=(POSITIVE, POSITIVE),
        aliases=("betaln",),
        fuse_patterns=("log(beta(a, b))", "lgamma(a) + lgamma(b) - lgamma(a + b)"),
        latex=Latex(r"\ln\operatorname{B}\left(#1, #2\right)"),
    ),
    Primitive(
        name="gammainc",
        inputs=("a", "x"),
        doc="the regularized lower incomplete gamma function: the distribution of a gamma variable; for a > 0, x >= 0",
        backward_pattern=SCALER,
        kernel=lambda xp, a, x: xp.gammainc(a, x),
        partials=(NoDerivative("a"), lambda op, y, a, x: _gamma_density(op, a, x)),
        sample=(POSITIVE, POSITIVE),
        complements={"1 - y": lambda op, a, x: op.gammaincc(a, x)},
        fuse_patterns=("1 - gammaincc(a, x)",),
        latex=Latex(r"\operatorname{P}"),
    ),
    Primitive(
        name="gammaincc",
        inputs=("a", "x"),
        doc="1 - gammainc(a, x): the regularized upper incomplete gamma function",
        backward_pattern=SCALER,
        kernel=lambda xp, a, x: xp.gammaincc(a, x),
        partials=(NoDerivative("a"), lambda op, y, a, x: op.neg(_gamma_density(op, a, x))),
        sample=(POSITIVE, POSITIVE),
        complements={"1 - y": lambda op, a, x: op.gammainc(a, x)},
        fuse_patterns=("1 - gammainc(a, x)",),
        latex=Latex(r"\operatorname{Q}"),
    ),
    Primitive(
        name="betainc",
        inputs=("a", "b", "x"),
        doc="the regularized incomplete beta function: the distribution of a beta variable; for a, b > 0, 0 <= x <= 1",
        backward_pattern=SCALER,
        kernel=lambda xp, a, b, x: xp.betainc(a, b, x),
        partials=(NoDerivative("a"), NoDerivative("b"), _beta_density),
        sample=(POSITIVE, POSITIVE, (0.2, 0.8)),
        complements={"1 - y": lambda op, a, b, x: op.betainc(b, a, op.sub(1.0, x))},
        latex=Latex(r"\operatorname{I}_{#3}\left(#1, #2\right)", operands=(0, 0, 0)),
    ),
    Primitive(
        name="besselj",
        inputs=("order", "x"),
        doc="the Bessel function of the first kind; for x < 0 of a whole order",
        backward_pattern=SCALER,
        kernel=lambda xp, order, x: xp.besselj(order, x),
        partials=(
            NoDerivative("order"),
            lambda op, y, order, x: _half_difference(
                op, op.besselj(op.sub(order, 1.0), x), op.besselj(op.add(order, 1.0), x)
            ),
        ),
        sample=(ORDER, POSITIVE),
        aliases=("jv",),
        latex=Latex(r"\operatorname{J}_{#1}\left(#2\right)"),
    ),
    Primitive(
        name="bessely",
        inputs=("order", "x"),
        doc="the Bessel function of the second kind, for x > 0; infinite at 0",
        backward_pattern=SCALER,
        kernel=lambda xp, order, x: xp.bessely(order, x),
        partials=(
            NoDerivative("order"),
            lambda op, y, order, x: _half_difference(
                op, op.bessely(op.sub(order, 1.0), x), op.bessely(op.add(order, 1.0), x)
            ),
        ),
        sample=(ORDER, POSITIVE),
        aliases=("yv",),
        latex=Latex(r"\operatorname{Y}_{#1}\left(#2\right)"),
    ),
    Primitive(
        name="besseli",
        inputs=("order", "x"),
        doc="the modified Bessel function of the first kind; for x < 0 of a whole order",
        backward_pattern=SCALER,
        kernel=lambda xp, order, x: xp.besseli(order, x),
        partials=(
            NoDerivative("order"),
            lambda op, y, order, x: _half_sum(op, op.besseli(op.sub(order, 1.0), x), op.besseli(op.add(order, 1.0), x)),
        ),
        sample=(ORDER, POSITIVE),
        aliases=("iv",),
        latex=Latex(r"\operatorname{I}_{#1}\left(#2\right)"),
    ),
    Primitive(
        name="besselk",
        inputs=("order", "x"),
        doc="the modified Bessel function of the second kind, for x > 0; infinite at 0",
        backward_pattern=SCALER,
        kernel=lambda xp, order, x: xp.besselk(order, x),
        partials=(
            NoDerivative("order"),
            lambda op, y, order, x: op.neg(
                _half_sum(op, op.besselk(op.sub(order, 1.0), x), op.besselk(op.add(order, 1.0), x))
            ),
        ),
        sample=(ORDER, POSITIVE),
        aliases=("kv",),
        latex=Latex(r"\operatorname{K}_{#1}\left(#2\right)"),
    ),
    Primitive(
        name="scaled_besseli0",
        inputs=("x",),
        doc=f"exp(-x)*besseli(0, x), without overflow; or its derivative of a given order, {HIGHEST_ORDER} at most",
        backward_pattern=SCALER,
        kernel=_scaled_besseli0,
        partials=(lambda op, y, x, order=0: op.scaled_besseli0(x, order=order + 1),),
        sample=(POSITIVE,),
        options=(Option("order", options.whole, 0, by_name=True),),
        fuse_patterns=("exp(-x)*besseli(0, x)", "besseli(0, x)/exp(x)"),
    ),
    Primitive(
        name="lambertw",
        inputs=("x",),
        doc="the solution w >= -1 of w*exp(w) = x, for x >= -1/e: the principal branch",
        backward_pattern=SCALER,
        kernel=lambda xp, x: xp.lambertw(x),
        partials=(lambda op, y, x: op.div(op.exp(op.neg(y)), op.add(y, 1.0)),),
        sample=((-0.3, 3.0),),
        latex=Latex(r"\operatorname{W}"),
    ),
)
