"""The gamma functions: gamma; lgamma, its logarithm; and the derivatives of that, digamma and polygamma.

The rules are those of the NIST Digital Library of Mathematical Functions (DLMF), sections 5.2 and 5.15; the values are
computed in gamma.py.
"""

from __future__ import annotations

from graphdiff.operations.primitive import SCALER, Latex, Primitive, zero

POSITIVE = (0.2, 3.0)

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
)
