"""gamma on its whole range, and mod where the quotient is rounded, against mpmath."""

from __future__ import annotations

import math
import random

import mpmath
import pytest

from graphdiff.operations import ieee

RANGES = [(-20.0, 12.0), (8.0, 171.6), (-170.5, -17.0), (1e-300, 1e-3), (-1e-3, -1e-300)]


def assert_gamma(x: float) -> None:
    with mpmath.workdps(40):
        true = mpmath.gamma(mpmath.mpf(x))
        assert abs(ieee.gamma(x) - true) <= 5e-14 * abs(true), x


@pytest.mark.operations("gamma")
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_gamma(low: float, high: float) -> None:
    chance = random.Random(7)
    for _ in range(400):
        assert_gamma(chance.uniform(low, high))


@pytest.mark.operations("gamma")
def test_gamma_at_its_edges() -> None:
    for x in (-17.5, 23.5, 24.2, -20.000000001):  # where its formulas change, and to the left of a pole
        assert_gamma(x)
    assert [ieee.gamma(float(n)) for n in range(1, 20)] == [math.factorial(n - 1) for n in range(1, 20)]
    assert [ieee.gamma(x) for x in (0.0, -0.0, math.inf, 172.0)] == [math.inf, -math.inf, math.inf, math.inf]
    assert all(math.isnan(ieee.gamma(x)) for x in (-1.0, -5.0, -30.0, -1e20, -math.inf, math.nan))


@pytest.mark.operations("mod")
def test_mod() -> None:
    chance = random.Random(8)
    for _ in range(500):
        x, y = (chance.choice((-1, 1)) * 10 ** chance.uniform(-9, 9) for _ in range(2))
        with mpmath.workdps(60):
            true = mpmath.mpf(x) - mpmath.mpf(y) * mpmath.floor(mpmath.mpf(x) / mpmath.mpf(y))
            assert ieee.remainder(x, y) == pytest.approx(float(true), rel=1e-15, abs=0)
    assert (ieee.remainder(5.0, math.inf), ieee.remainder(-5.0, math.inf)) == (5.0, math.inf)
    assert all(math.isnan(ieee.remainder(*pair)) for pair in ((1.0, 0.0), (math.inf, 2.0), (math.nan, 2.0)))
