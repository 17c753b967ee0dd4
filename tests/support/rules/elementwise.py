"""Derivative rules of elementwise operations, against mpmath, differences of straight pieces, and conventions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import mpmath
import pytest
from mpmath import mpf

from graphdiff import value_and_gradient
from graphdiff.operations import ieee
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import Primitive
from support.samples import points

INDEPENDENT: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "pow": lambda x, y: mpmath.power(x, y),
    "log2": lambda x: mpmath.log(x, 2),
    "log10": mpmath.log10,
    "expm1": lambda x: mpmath.exp(x) - 1,
    "log1p": lambda x: mpmath.log(1 + x),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "logcosh": lambda x: mpmath.log(mpmath.cosh(x)),
    "log1mexp": lambda x: mpmath.log(1 - mpmath.exp(x)),
    **dict.fromkeys(
        ("weighted_logaddexp2", "weighted_logaddexp3", "weighted_logaddexp4"),
        lambda *pairs: mpmath.log(sum(p * mpmath.exp(a) for p, a in zip(pairs[::2], pairs[1::2], strict=True))),
    ),
    "difference_of_squares": lambda x, y: x * x - y * y,
    "exprel": lambda x: (mpmath.exp(x) - 1) / x,
    "lgamma": lambda x: mpmath.loggamma(x).real,
    "polygamma": lambda n, x: mpmath.psi(int(n), x),
    "digamma_difference": lambda a, b: mpmath.digamma(a) - mpmath.digamma(a + b),
    "trunc": lambda x: mpmath.sign(x) * mpmath.floor(abs(x)),
    "unnormalized_sinc": mpmath.sinc,
    "sinc": mpmath.sincpi,
    "xlogy": lambda x, y: x * mpmath.log(y),
    "xlog1py": lambda x, y: x * mpmath.log(1 + y),
    "lbeta": lambda a, b: mpmath.log(mpmath.beta(a, b)),
    "erfcx": lambda x: mpmath.exp(x * x) * mpmath.erfc(x),
    "normcdf": mpmath.ncdf,
    "lognormcdf": lambda x: mpmath.log(mpmath.ncdf(x)),
    "inverse_mills_ratio": lambda x: mpmath.npdf(x) / mpmath.ncdf(x),
    "norminv": lambda p: mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1),
    "gammainc": lambda a, x: mpmath.gammainc(a, 0, x, regularized=True),
    "gammaincc": lambda a, x: mpmath.gammainc(a, x, mpmath.inf, regularized=True),
    "betainc": lambda a, b, x: mpmath.betainc(a, b, 0, x, regularized=True),
    "scaled_besseli0": lambda x: mpmath.exp(-x) * mpmath.besseli(0, x),
    "lambertw": lambda x: mpmath.lambertw(x).real,
    "max": max,
    "min": min,
    "clip": lambda x, low, high: min(max(x, low), high),
    "where": lambda condition, x, y: x if condition else y,
    "abs": abs,
    "sign": mpmath.sign,
    "floor": mpmath.floor,
    "ceil": mpmath.ceil,
    "round": mpmath.nint,
    "mod": lambda x, y: x - y * mpmath.floor(x / y),
    "lt": lambda x, y: mpf(x < y),
    "le": lambda x, y: mpf(x <= y),
    "gt": lambda x, y: mpf(x > y),
    "ge": lambda x, y: mpf(x >= y),
    "eq": lambda x, y: mpf(x == y),
    "ne": lambda x, y: mpf(x != y),
}
"""Where mpmath has no function of the same name."""

NUMERIC = Numeric(ieee)


def independent(primitive: Primitive) -> Callable[..., Any]:
    return INDEPENDENT.get(primitive.name) or getattr(mpmath, primitive.name)


def exact_partial(function: Callable[..., Any], orders: Sequence[int], point: Sequence[float]) -> float:
    with mpmath.workdps(60):
        return float(mpmath.diff(function, tuple(map(mpf, point)), tuple(orders)))


def assert_first_derivatives(primitive: Primitive) -> None:
    """The rule on floats, against the derivative of an independent function."""
    for point in points(primitive):
        y = NUMERIC.apply(primitive, *point)
        for slot, partial in enumerate(primitive.partials):
            if not primitive.passes_to(slot):
                continue
            orders = [int(other == slot) for other in range(len(point))]
            expected = exact_partial(independent(primitive), orders, point)
            assert float(partial(NUMERIC, y, *point)) == pytest.approx(expected, rel=1e-13, abs=1e-30)


def assert_all_of_a_tie_goes_to_one_operand(primitive: Primitive) -> None:
    for *point, tie in product((-2.0, 0.0, 3.0), (-2.0, 0.0, 3.0), (0, 1)):
        value = NUMERIC.apply(primitive, *point, tie=tie)
        winner = tie if point[0] == point[1] else point.index(value)
        slopes = [partial(NUMERIC, value, *point, tie=tie) for partial in primitive.partials]
        assert slopes == [float(slot == winner) for slot in (0, 1)], point


PIECES: list[tuple[str, Callable[..., float]]] = [
    ("max(x, y)", lambda x, y: max(x, y)),
    ("max(x, 0.25)", lambda x: max(x, 0.25)),
    ("max(0.25, x)", lambda x: max(0.25, x)),
    ("min(x, y)", lambda x, y: min(x, y)),
    ("min(x, 0.25)", lambda x: min(x, 0.25)),
    ("min(0.25, x)", lambda x: min(0.25, x)),
    ("clip(x, y, z)", lambda x, y, z: min(max(x, y), z)),
    ("where(x, y, z)", lambda x, y, z: y if x else z),
    ("where(x > 0, y, z)", lambda x, y, z: y if x > 0 else z),
    ("abs(x)", abs),
]
"""Formulas that are made of straight pieces, and their values."""


def assert_on_every_side(formula: str, value: Callable[..., float]) -> None:
    """What is made of straight pieces has differences without error, whichever piece a point is on."""
    names = "xyz"[: value.__code__.co_argcount if hasattr(value, "__code__") else 1]
    for point in product(*([side + slot / 8 for side in (-2.0, -0.5, 0.5, 2.0)] for slot in range(len(names)))):
        expected = {}
        for slot, name in enumerate(names):
            above, below = ([*point[:slot], point[slot] + step, *point[slot + 1 :]] for step in (2**-6, -(2**-6)))
            expected[name] = (value(*above) - value(*below)) / 2**-5
        assert value_and_gradient(formula, dict(zip(names, point, strict=True))) == (value(*point), expected)


CONVENTIONS: list[tuple[str, dict[str, float], dict[str, float]]] = [
    # On a tie a constant takes all of it, else the first operand.
    ("max(0, x)", {"x": 0}, {"x": 0}),
    ("max(x, 0)", {"x": 0}, {"x": 0}),
    ("min(0, x)", {"x": 0}, {"x": 0}),
    ("min(x, 0)", {"x": 0}, {"x": 0}),
    ("max(x, 2*3 - 6)", {"x": 0}, {"x": 0}),
    ("max(x, y)", {"x": 1, "y": 1}, {"x": 1, "y": 0}),
    ("min(x, y)", {"x": 1, "y": 1}, {"x": 1, "y": 0}),
    ("max(x, y, z)", {"x": 1, "y": 1, "z": 1}, {"x": 1, "y": 0, "z": 0}),
    ("relu(x)", {"x": 0}, {"x": 0}),
    ("clip(x, -1, 2)", {"x": 2}, {"x": 0}),
    ("clip(x, -1, 2)", {"x": -1}, {"x": 0}),
    ("clip(x, low, high)", {"x": 1, "low": 1, "high": 2}, {"x": 0, "low": 1, "high": 0}),
    ("clip(x, low, high)", {"x": 2, "low": 1, "high": 2}, {"x": 0, "low": 0, "high": 1}),
    ("clip(x, low, high)", {"x": 1, "low": 2, "high": 2}, {"x": 0, "low": 0, "high": 1}),
    ("abs(x)", {"x": 0}, {"x": 0}),
    ("sign(x) + floor(x) + ceil(x) + round(x + 0.5)", {"x": 0}, {"x": 0}),
    ("hypot(x, y)", {"x": 0, "y": 0}, {"x": 0, "y": 0}),
    ("hypot(x, y)", {"x": 0, "y": 2}, {"x": 0, "y": 1}),
    ("hypot(x, y)", {"x": 2, "y": 0}, {"x": 1, "y": 0}),
    # The lectures: d/dx max(0, x) is 1 for x > 0 and 0 for x <= 0.
    ("max(0, x)", {"x": 1e-300}, {"x": 1}),
    ("max(0, x)", {"x": -1e-300}, {"x": 0}),
    # The derivative by the exponent is 0 at 0^b, by the base it is that of x^n.
    ("x^y", {"x": 0, "y": 2}, {"x": 0, "y": 0}),
    ("x^y", {"x": 0, "y": 1}, {"x": 1, "y": 0}),
    ("x^y", {"x": 0, "y": 0}, {"x": 0, "y": 0}),
    ("x^0", {"x": 0}, {"x": 0}),
    ("x^2", {"x": -3}, {"x": -6}),
    ("x^2.0", {"x": -3}, {"x": -6}),
    ("x^3", {"x": 0}, {"x": 0}),
    ("exp(xlogy(2, y))", {"y": 0}, {"y": 0}),
    ("inverse_mills_ratio(x)", {"x": -1e200}, {"x": -1}),
    ("softplus(x)", {"x": 0}, {"x": 0.5}),
    ("logaddexp(x, y)", {"x": 1, "y": 1}, {"x": 0.5, "y": 0.5}),
]
"""Formulas, points, and the gradients there."""


def assert_convention(formula: str, point: dict[str, float], gradients: dict[str, float]) -> None:
    assert value_and_gradient(formula, point)[1] == gradients
