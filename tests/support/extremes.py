"""Formulas for which a careless implementation gives NaN, infinity, 0 or noise, and their values by mpmath."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mpmath import mp, mpf

from graphdiff import trace
from support import judge
from support.exact import digits_at, exact, slope, ulps


class Extreme(NamedTuple):
    """A formula at a point, and for mpmath the same without arrays, where that is not the formula itself.

    At a kink there is no derivative: its slope is 0 by convention.
    """

    formula: str
    point: dict[str, float]
    plain: str = ""
    is_kink: bool = False


LOG_SUM, LENGTH = "log(exp(x) + exp(y))", "sqrt(x^2 + y^2)"
EXTREMES = [
    *(Extreme("sigmoid(x)", {"x": x}) for x in (800.0, -800.0, 40.0, -700.0)),
    *(Extreme("softplus(x)", {"x": x}) for x in (800.0, -800.0, -700.0)),
    *(Extreme("log_sigmoid(x)", {"x": x}) for x in (800.0, -800.0)),
    *(Extreme("tanh(x)", {"x": x}) for x in (1e-300, 20.0, 300.0, -1e5)),
    *(Extreme("log1p(x)", {"x": x}) for x in (1e-300, -1e-17, 1e300)),
    *(Extreme("expm1(x)", {"x": x}) for x in (1e-300, -1e-17, -800.0)),
    *(Extreme("erfc(x)", {"x": x}) for x in (10.0, 1e5)),
    *(Extreme("x^2", {"x": x}) for x in (0.0, -1e-200, -3.0)),
    Extreme("x^3", {"x": 0.0}),
    *(
        Extreme("x^y", {"x": x, "y": y})
        for x, y in ((0.0, 2.0), (1e-300, 0.0), (1e-300, 1e-3), (1e-300, 1.0), (1e-155, 2.0))
    ),
    *(Extreme("hypot(x, y)", {"x": x, "y": y}) for x, y in ((1e200, 1e200), (1e-200, 1e-200))),
    Extreme("hypot(x, y)", {"x": 0.0, "y": 0.0}, is_kink=True),
    Extreme("norm([x, y])", {"x": 0.0, "y": 0.0}, LENGTH, is_kink=True),
    *(Extreme("atan2(y, x)", {"y": y, "x": x}) for y, x in ((1e200, 1e200), (1e-200, 1e-200))),
    *(Extreme("norm([x, y])", {"x": x, "y": y}, LENGTH) for x, y in ((1e200, 1e200), (3e-200, 4e-200))),
    *(
        Extreme("logsumexp([x, y])", {"x": x, "y": y}, LOG_SUM)
        for x, y in ((1e4, 1e4), (1e4, 9990.0), (-1e4, -1e4), (1e4, -1e4))
    ),
    Extreme("softmax([x, y])[0]", {"x": 1e4, "y": 9990.0}, "1/(1 + exp(y - x))"),
    Extreme("softmax([x, y])[1]", {"x": 1e4, "y": 9990.0}, "1/(1 + exp(x - y))"),
    *(
        Extreme("log_softmax([x, y])[0]", {"x": x, "y": y}, f"x - {LOG_SUM}")
        for x, y in ((1e4, 9990.0), (-1e4, 1e4), (1e4, -1e4))
    ),
    Extreme("cross_entropy([[x, y]], [0])", {"x": -1e4, "y": 1e4}, f"{LOG_SUM} - x"),
]


def measure(extreme: Extreme) -> Iterator[tuple[float, float]]:
    """The value and the gradient by each input, each with its error in ulp."""
    traced = trace(extreme.formula, extreme.point)
    program = judge.Program(extreme.plain or extreme.formula)
    numbers = tuple(extreme.point.values())

    def function(*xs: mpf) -> mpf:
        return program.value(dict(zip(extreme.point, xs, strict=True)), lambda x: x)

    with mp.workdps(digits_at(numbers)):
        yield traced.value, ulps(traced.value, exact(function, [mpf(x) for x in numbers]))
        for slot, name in enumerate(extreme.point):
            expected = mpf(0) if extreme.is_kink else slope(function, numbers, slot)
            gradient: Any = traced.gradients[name]
            yield gradient, ulps(gradient, expected)
