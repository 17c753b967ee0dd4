"""The comparisons: 1 where they hold, otherwise 0."""

from __future__ import annotations

from graphdiff.operations.piecewise import JUMP
from graphdiff.operations.primitive import (
    BLOCKER,
    COMPARISON,
    SUM,
    Kernel,
    Latex,
    Operator,
    Primitive,
    zero,
)


def _comparison(name: str, symbol: str, latex: str, doc: str, kernel: Kernel) -> Primitive:
    return Primitive(
        name=name,
        inputs=("x", "y"),
        doc=f"1 where x is {doc} y, otherwise 0",
        backward_pattern=BLOCKER,
        kernel=kernel,
        partials=(zero, zero),
        sample=((-3.0, -0.5), (0.5, 3.0)),
        operator=Operator(symbol, COMPARISON, SUM, SUM),
        latex=Latex(latex),
        kink=lambda op, f, x, y: op.eq(x, y),
        ties=JUMP,
    )


PRIMITIVES = (
    _comparison("lt", "<", "<", "less than", lambda xp, x, y: xp.less(x, y)),
    _comparison("le", "<=", r"\leq", "at most", lambda xp, x, y: xp.less_equal(x, y)),
    _comparison("gt", ">", ">", "greater than", lambda xp, x, y: xp.greater(x, y)),
    _comparison("ge", ">=", r"\geq", "at least", lambda xp, x, y: xp.greater_equal(x, y)),
    _comparison("eq", "==", "=", "equal to", lambda xp, x, y: xp.equal(x, y)),
    _comparison("ne", "!=", r"\neq", "not equal to", lambda xp, x, y: xp.not_equal(x, y)),
)
