"""The errors of the special functions and of two derivatives, beside SciPy's and JAX's, against mpmath.

An error is a share of the exact number, or of the scale of the function where that is larger: beside a zero no relative
error is small.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy
from mpmath import mp, mpf

from graphdiff import derivative, trace

POINTS = 60
"""Drawn for each function; those at which a number is 0, beyond the floats or has few digits are dropped."""
DIGITS = 120
"""Of the exact values, from whose differences the derivatives are computed."""
ORDERS = 3
"""The value and two derivatives."""


class SpecialFunction(NamedTuple):
    """A formula in x; the exact function; the same in the module `special` of SciPy and of JAX, if they have it; where
    it is tried: between powers of 10 of either sign, and between two numbers."""

    text: str
    exact: Callable[[mpf], mpf]
    scipy: Callable[[Any, Any], Any] | None
    jax: Callable[[Any, Any], Any] | None
    exponents: tuple[float, float]
    numbers: tuple[float, float]
    scale: Callable[[float], float] = lambda x: 0.0

    @property
    def domain(self) -> str:
        """Between which numbers it is tried."""
        low, high = self.numbers
        return f"{low or 10.0 ** self.exponents[0]:g} to {max(high, 10.0 ** self.exponents[1]):g}"

    def points(self, count: int) -> list[float]:
        """The first of a sequence of points that is the function's own, so that fewer are among more."""
        chance = random.Random(self.text)
        low, high = self.numbers
        points: list[float] = []
        for _ in range(count):
            size = 10 ** chance.uniform(*self.exponents)
            sign = chance.choice((1, -1)) if size < -low else 1
            points.append(chance.choice((sign * size, chance.uniform(low, high))))
        return points


def _amplitude(x: float) -> float:
    """That of the Bessel functions J and Y, and of their derivatives."""
    return math.sqrt(2 / (math.pi * max(abs(x), 1)))


def _one(x: float) -> float:
    return 1.0


HALF = mpf(1) / 2
FUNCTIONS = [
    SpecialFunction("gamma(x)", mp.gamma, lambda s, x: s.gamma(x), lambda s, x: s.gamma(x), (-100, 2), (-20, 170)),
    SpecialFunction(
        "lgamma(x)",
        lambda x: mp.log(abs(mp.gamma(x))) if abs(x) < 100 else mp.loggamma(x),
        lambda s, x: s.gammaln(x),
        lambda s, x: s.gammaln(x),
        (-100, 100),
        (0, 30),
        _one,
    ),
    SpecialFunction(
        "digamma(x)",
        lambda x: mp.psi(0, x),
        lambda s, x: s.digamma(x),
        lambda s, x: s.digamma(x),
        (-100, 100),
        (0, 30),
        _one,
    ),
    SpecialFunction(
        "polygamma(1, x)",
        lambda x: mp.psi(1, x),
        lambda s, x: s.polygamma(1, x),
        lambda s, x: s.polygamma(1, x),
        (-70, 100),
        (0, 30),
    ),
    SpecialFunction(
        "beta(2.5, x)",
        lambda x: mp.beta(2.5, x),
        lambda s, x: s.beta(2.5, x),
        lambda s, x: s.beta(2.5, x),
        (-70, 70),
        (0, 30),
    ),
    SpecialFunction(
        "lbeta(2.5, x)",
        lambda x: mp.log(mp.beta(2.5, x)),
        lambda s, x: s.betaln(2.5, x),
        lambda s, x: s.betaln(2.5, x),
        (-100, 300),
        (0, 30),
        _one,
    ),
    SpecialFunction(
        "gammainc(2.5, x)",
        lambda x: mp.gammainc(2.5, 0, x, regularized=True),
        lambda s, x: s.gammainc(2.5, x),
        lambda s, x: s.gammainc(2.5, x),
        (-70, 2),
        (0, 30),
    ),
    SpecialFunction(
        "gammaincc(2.5, x)",
        lambda x: mp.gammainc(2.5, x, mp.inf, regularized=True),
        lambda s, x: s.gammaincc(2.5, x),
        lambda s, x: s.gammaincc(2.5, x),
        (-30, 2),
        (0, 600),
    ),
    SpecialFunction(
        "betainc(2, 3.5, x)",
        lambda x: mp.betainc(2, 3.5, 0, x, regularized=True),
        lambda s, x: s.betainc(2.0, 3.5, x),
        lambda s, x: s.betainc(2.0, 3.5, x),
        (-70, 0),
        (0, 1),
    ),
    SpecialFunction(
        "besselj(0, x)",
        lambda x: mp.besselj(0, x),
        lambda s, x: s.jv(0, x),
        lambda s, x: s.bessel_jn(x, v=0)[0],
        (-100, 8),
        (-100, 100),
        _amplitude,
    ),
    SpecialFunction(
        "bessely(1, x)", lambda x: mp.bessely(1, x), lambda s, x: s.yv(1, x), None, (-30, 8), (0, 100), _amplitude
    ),
    SpecialFunction(
        "besseli(1, x)",
        lambda x: mp.besseli(1, x),
        lambda s, x: s.iv(1, x),
        lambda s, x: s.i1(x),
        (-100, 2),
        (-600, 600),
    ),
    SpecialFunction("besselk(0, x)", lambda x: mp.besselk(0, x), lambda s, x: s.kv(0, x), None, (-30, 2), (0, 600)),
    SpecialFunction(
        "scaled_besseli0(x)",
        lambda x: mp.hyp1f1(HALF, 1, -2 * x),
        lambda s, x: s.i0e(x),
        lambda s, x: s.i0e(x),
        (-100, 8),
        (0, 100),
    ),
    SpecialFunction(
        "lambertw(x)", lambda x: mp.lambertw(x).real, lambda s, x: s.lambertw(x).real, None, (-100, 100), (-0.3, 30)
    ),
    SpecialFunction(
        "xlogy(2.5, x)",
        lambda x: mpf(2.5) * mp.log(x),
        lambda s, x: s.xlogy(2.5, x),
        lambda s, x: s.xlogy(2.5, x),
        (-100, 100),
        (0, 30),
        _one,
    ),
    SpecialFunction(
        "xlog1py(2.5, x)",
        lambda x: mpf(2.5) * mp.log1p(x),
        lambda s, x: s.xlog1py(2.5, x),
        lambda s, x: s.xlog1py(2.5, x),
        (-100, 100),
        (-0.9, 30),
    ),
]


def special_labels(function: SpecialFunction) -> list[str]:
    """What the table calls the value and the derivatives."""
    name = function.text.replace(" ", "")
    return [f"`{name}`", f"∂`{name}`/∂x", f"∂²`{name}`/∂x²"]


class ExactNumbers(NamedTuple):
    """The value and two derivatives at a point."""

    point: float
    numbers: tuple[mpf, ...]


def exact_numbers(function: SpecialFunction, count: int) -> list[ExactNumbers]:
    """Those at the first points at which a function has numbers that are floats with all digits."""
    results: list[ExactNumbers] = []
    for point in function.points(count):
        with mp.workdps(DIGITS + round(3 * abs(math.log10(abs(point))))):  # 1 - 1e-200 has many digits
            step = mpf("1e-20") * mpf(point)
            values = [mpf(function.exact(mpf(point) + place * step)) for place in (-2, -1, 0, 1, 2)]
            left, before, value, after, right = values
            first = (left - 8 * before + 8 * after - right) / (12 * step)
            second = (-left + 16 * before - 30 * value + 16 * after - right) / (12 * step**2)
        if all(sys.float_info.min <= abs(number) <= sys.float_info.max for number in (value, first, second)):
            results.append(ExactNumbers(point, (value, first, second)))
    return results


def largest_errors(function: SpecialFunction, exact: Sequence[ExactNumbers], results: Sequence[Any]) -> list[float]:
    """The largest error of each column of results: values, first derivatives, second ones."""
    errors: list[float] = []
    for order, column in enumerate(results):
        differences = [
            abs(float(result) - each.numbers[order]) / max(abs(each.numbers[order]), mpf(function.scale(each.point)))
            if math.isfinite(result)
            else mp.inf
            for result, each in zip(column, exact, strict=True)
        ]
        errors.append(float(max(differences)))
    return errors


def our_errors(function: SpecialFunction, exact: Sequence[ExactNumbers]) -> list[float]:
    """The worse errors of numbers and of arrays."""
    points = [each.point for each in exact]
    slope = derivative(function.text, "x")
    numbers: list[list[float]] = [[], [], []]
    for point in points:
        first, second = trace(function.text, x=point), trace(slope, x=point)
        for column, number in zip(numbers, (first.value, first.gradients["x"], second.gradients["x"]), strict=True):
            column.append(float(number))
    array = numpy.array(points)
    ones = numpy.ones_like(array)
    first, second = trace(function.text, x=array, upstream=ones), trace(slope, x=array, upstream=ones)
    arrays = [first.value, first.gradients["x"], second.gradients["x"]]
    both = [largest_errors(function, exact, results) for results in (numbers, arrays)]
    return [max(pair) for pair in zip(*both, strict=True)]
