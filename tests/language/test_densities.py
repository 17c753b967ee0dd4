"""The logarithms of densities and probabilities in the prelude: value, gradient and second derivatives against mpmath,
edges of the support, and numbers at which sums of lgamma lose all digits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from mpmath import mp, mpf

from graphdiff import derivative, parse, trace, value_and_gradient


def binomial(k: mpf, n: mpf) -> mpf:
    return mp.gamma(n + 1) / (mp.gamma(k + 1) * mp.gamma(n - k + 1))


DENSITIES: dict[str, tuple[Callable[..., mpf], tuple[float, ...]]] = {
    "normal_logpdf": (lambda x, m, s: mp.log(mp.npdf(x, m, s)), (1.3, 0.5, 2.0)),
    "poisson_logpmf": (lambda k, rate: mp.log(rate**k * mp.exp(-rate) / mp.gamma(k + 1)), (4.0, 2.5)),
    "binomial_logpmf": (lambda k, n, p: mp.log(binomial(k, n) * p**k * (1 - p) ** (n - k)), (3.0, 10.0, 0.3)),
    "negative_binomial_logpmf": (
        lambda k, n, p: mp.log(binomial(k, n + k - 1) * p**n * (1 - p) ** k),
        (3.0, 2.5, 0.3),
    ),
    "gamma_logpdf": (lambda x, a, b: mp.log(b**a * x ** (a - 1) * mp.exp(-b * x) / mp.gamma(a)), (1.3, 2.5, 0.7)),
    "beta_logpdf": (lambda x, a, b: mp.log(x ** (a - 1) * (1 - x) ** (b - 1) / mp.beta(a, b)), (0.3, 2.5, 0.7)),
    "student_t_logpdf": (
        lambda x, v, m, s: mp.log(
            mp.gamma((v + 1) / 2)
            / (mp.sqrt(v * mp.pi) * mp.gamma(v / 2) * s)
            * (1 + ((x - m) / s) ** 2 / v) ** (-(v + 1) / 2)
        ),
        (1.3, 4.5, 0.2, 1.5),
    ),
    "exponential_logpdf": (lambda x, rate: mp.log(rate * mp.exp(-rate * x)), (1.3, 0.7)),
    "weibull_logpdf": (lambda x, k, s: mp.log(k / s * (x / s) ** (k - 1) * mp.exp(-((x / s) ** k))), (1.3, 2.5, 0.7)),
}


@pytest.mark.parametrize("name", DENSITIES)
def test_value_and_two_derivatives(name: str) -> None:
    exact, numbers = DENSITIES[name]
    names = "xyzw"[: len(numbers)]
    point = dict(zip(names, numbers, strict=True))
    text = f"{name}({', '.join(names)})"
    value, gradient = value_and_gradient(text, point)
    with mp.workdps(50):
        operands = tuple(map(mpf, numbers))
        assert value == pytest.approx(float(exact(*operands)), rel=1e-14)
        for slot, by in enumerate(names):
            orders = [int(place == slot) for place in range(len(names))]
            assert gradient[by] == pytest.approx(float(mp.diff(exact, operands, orders)), rel=1e-13)
            second = value_and_gradient(derivative(text, by), point)[1]
            for other in second:
                both = [count + int(each == other) for count, each in zip(orders, names, strict=True)]
                expected = float(mp.diff(exact, operands, both))
                assert second[other] == pytest.approx(expected, rel=1e-11, abs=1e-12), (by, other)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("poisson_logpmf(0, 0)", 0.0),
        ("binomial_logpmf(0, 10, 0)", 0.0),
        ("binomial_logpmf(10, 10, 1)", 0.0),
        ("gamma_logpdf(0, 1, 0.7)", math.log(0.7)),
        ("beta_logpdf(0, 1, 3)", math.log(3)),
        ("beta_logpdf(1, 3, 1)", math.log(3)),
        ("weibull_logpdf(0, 1, 2)", -math.log(2)),
    ],
)
def test_edges_of_the_support(formula: str, value: float) -> None:
    assert trace(formula).value == pytest.approx(value, rel=1e-15, abs=1e-15)


@pytest.mark.parametrize(
    "formula",
    [
        *("exponential_logpdf(-1, 2)", "gamma_logpdf(-1, 1, 2)", "weibull_logpdf(-1, 1, 2)", "poisson_logpmf(-1, 2)"),
        *("beta_logpdf(-0.5, 1, 1)", "beta_logpdf(1.5, 1, 1)", "gamma_logpdf(-1, 1.5, 2)"),
    ],
)
def test_no_value_outside_of_the_support(formula: str) -> None:
    assert not math.isfinite(trace(formula).value)


@pytest.mark.parametrize(
    ("formula", "exact"),
    [
        ("binomial_logpmf(5e7, 1e8, 0.5)", lambda: mp.log(binomial(mpf(5e7), mpf(1e8))) - mpf(1e8) * mp.log(2)),
        ("student_t_logpdf(1, 1e12, 0, 1)", lambda: -mpf(1) / 2 - mp.log(2 * mp.pi) / 2 - mpf("2.5e-13") * 2),
        (
            "negative_binomial_logpmf(2, 1e12, 0.5)",
            lambda: mp.log(binomial(mpf(2), mpf(1e12) + 1)) - (1e12 + 2) * mp.log(2),
        ),
    ],
)
def test_large_numbers(formula: str, exact: Callable[[], Any]) -> None:
    with mp.workdps(60):
        expected = float(exact())
    assert trace(formula).value == pytest.approx(expected, rel=1e-9)


def test_other_names() -> None:
    assert str(parse("norm_logpdf(x, m, s)")) == "normal_logpdf(x, m, s)"
    assert str(parse("gamma_lpdf(x, a, b)")) == "gamma_logpdf(x, a, b)"
