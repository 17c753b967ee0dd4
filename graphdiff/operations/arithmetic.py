"""The arithmetic operators: + - * / ^ and the unary minus. The comparisons are in comparisons.py, @ is in linear.py."""

from __future__ import annotations

from graphdiff.operations.primitive import (
    ATOM,
    DISTRIBUTOR,
    LITERAL,
    POWER,
    POWER_SCALER,
    PRODUCT,
    SIGN,
    SIGN_FLIPPER,
    SIGNED_DISTRIBUTOR,
    SUM,
    SWAP_DIVIDER,
    SWAP_MULTIPLIER,
    Fold,
    Latex,
    Operator,
    Primitive,
)

ANY = (-3.0, 3.0)
POSITIVE = (0.2, 3.0)

PRIMITIVES = (
    Primitive(
        name="add",
        inputs=("x", "y"),
        doc="the sum",
        title="sum",
        backward_pattern=DISTRIBUTOR,
        total=True,
        kernel=lambda xp, x, y: xp.add(x, y),
        partials=(lambda op, f, x, y: 1.0, lambda op, f, x, y: 1.0),
        sample=(ANY, ANY),
        operator=Operator("+", SUM, SUM, PRODUCT),
        commutative=True,
        fold=Fold("sum", 0.0),
    ),
    Primitive(
        name="sub",
        inputs=("x", "y"),
        doc="the difference",
        title="difference",
        backward_pattern=SIGNED_DISTRIBUTOR,
        total=True,
        kernel=lambda xp, x, y: xp.subtract(x, y),
        partials=(lambda op, f, x, y: 1.0, lambda op, f, x, y: -1.0),
        sample=(ANY, ANY),
        operator=Operator("-", SUM, SUM, PRODUCT),
    ),
    Primitive(
        name="mul",
        inputs=("x", "y"),
        doc="the product",
        title="product",
        backward_pattern=SWAP_MULTIPLIER,
        total=True,
        kernel=lambda xp, x, y: xp.multiply(x, y),
        partials=(lambda op, f, x, y: y, lambda op, f, x, y: x),
        sample=(ANY, ANY),
        operator=Operator("*", PRODUCT, PRODUCT, SIGN),
        commutative=True,
        fold=Fold("prod", 1.0),
    ),
    Primitive(
        name="div",
        inputs=("x", "y"),
        doc="the quotient",
        title="quotient",
        backward_pattern=SWAP_DIVIDER,
        kernel=lambda xp, x, y: xp.divide(x, y),
        # -x/y^2 by two divisions: y^2 could overflow or underflow where the derivative does not.
        partials=(
            lambda op, f, x, y: op.div(1.0, y),
            lambda op, f, x, y: op.neg(op.div(op.div(x, y), y)),
        ),
        sample=(ANY, POSITIVE),
        operator=Operator("/", PRODUCT, PRODUCT, SIGN),
        latex=Latex(r"\frac{#1}{#2}", SIGN),
    ),
    Primitive(
        name="neg",
        inputs=("x",),
        doc="the negative of x",
        title="constant multiple",
        backward_pattern=SIGN_FLIPPER,
        kernel=lambda xp, x: xp.negative(x),
        partials=(lambda op, f, x: -1.0,),
        sample=(ANY,),
        operator=Operator("-", SIGN, ATOM, POWER),
    ),
    Primitive(
        name="pow",
        inputs=("x", "y"),
        doc="x to the power of y; 0^0 is 1",
        title="power",
        backward_pattern=POWER_SCALER,
        kernel=lambda xp, x, y: xp.pow(x, y),
        # x^0 is 1 at x = 0 too, and 0^y does not depend on y: there the formulas would give 0 · inf = NaN. For y = 0
        # and any other x the rule is y*x^y/x, whose derivative by y is right too; y*x^(y - 1) can be 0 · inf near 0.
        partials=(
            lambda op, f, x, y: op.where(
                op.eq(y, 0.0),
                op.where(op.eq(x, 0.0), 0.0, op.mul(op.div(y, x), f)),
                op.mul(y, op.pow(x, op.sub(y, 1.0))),
            ),
            lambda op, f, x, y: op.where(op.eq(x, 0.0), 0.0, op.mul(f, op.log(x))),
        ),
        sample=(POSITIVE, ANY),
        kink=lambda op, f, x, y: op.mul(op.eq(x, 0.0), op.eq(y, 0.0)),
        ties="slope 0 at 0^0",
        operator=Operator("^", POWER, LITERAL, POWER),
        aliases=("pow",),
        latex=Latex(r"#1^{#2}", POWER, (LITERAL, 0)),
    ),
)
