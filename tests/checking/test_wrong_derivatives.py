"""A sample of the wrong derivatives of tests/wrong_derivatives.py."""

from __future__ import annotations

import pytest

from graphdiff import check
from support.wrong_derivatives import RIGHT, cases, is_called_right


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", range(100, 104))
def test_no_wrong_derivative_is_called_right(seed: int) -> None:
    assert [case for case in cases(25, seed) if is_called_right(case)] == []


def test_no_right_derivative_is_called_wrong() -> None:
    for case in cases(25, 100, (RIGHT,)):
        result = check(case.text, x=case.x, allow_nonfinite=True)
        assert result.count("differs") == 0, case


@pytest.mark.parametrize("exponent", [12, 25, 60, 100])
def test_a_small_error_of_a_tiny_derivative_beside_a_large_value(exponent: int) -> None:
    """Differences are resolved to all digits of a derivative, however small it is."""
    result = check("gate g(u) = atan(u) with 1.0001*(1/(1+u^2)); g(x) + 2", x=7.1 * 10.0**exponent)
    assert {row.verdict for row in result.rows} == {"differs"}
    assert all(row.bound < 1e-8 * abs(row.numeric) for row in result.rows)
