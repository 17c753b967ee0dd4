"""The gamma functions: gamma; lgamma, its logarithm; and the derivatives of that, digamma and polygamma; and beta with
its logarithm.

The rules are those of the NIST Digital Library of Mathematical Functions (DLMF), sections 5.2 and 5.15; the values are
computed in gamma.py and beta.py.
"""

from __future__ import annotations

from typing import Any

from graphdiff.operations.primitive import SCALER, Latex, Primitive, zero

POSITIVE = (0.2, 3.0)


def _digamma_difference(op: Any, a: Any, b: Any) -> Any:
    """The derivative of lbeta by a (DLMF 5.12.1 and 5.2.2)."""
    return op.sub(op.digamma(a), op.digamma(op.add(a, b)))


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
        name="beta",
        inputs=("a", "b"),
        doc="the beta function gamma(a)*gamma(b)/gamma(a + b), for a, b > 0",
        backward_pattern=SCALER,
        kernel=lambda xp, a, b: xp.beta(a, b),
        partials=(
            lambda op, y, a, b: op.mul(y, _digamma_difference(op, a, b)),
            lambda op, y, a, b: op.mul(y, _digamma_difference(op, b, a)),
        ),
        sample=(POSITIVE, POSITIVE),
        fuse_patterns=("gamma(a)*gamma(b)/gamma(a + b)",),
        latex=Latex(r"\operatorname{B}"),
    ),
    Primitive(
        name="lbeta",
        inputs=("a", "b"),
        doc="the logarithm of the beta function, for a, b > 0",
        backward_pattern=SCALER,
        kernel=lambda xp, a, b: xp.lbeta(a, b),
        partials=(
            lambda op, y, a, b: _digamma_difference(op, a, b),
            lambda op, y, a, b: _digamma_difference(op, b, a),
        ),
        sample=(POSITIVE, POSITIVE),
        aliases=("betaln",),
        fuse_patterns=("log(beta(a, b))", "lgamma(a) + lgamma(b) - lgamma(a + b)"),
        latex=Latex(r"\ln\operatorname{B}\left(#1, #2\right)"),
    ),
)
