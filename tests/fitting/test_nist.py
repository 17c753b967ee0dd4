"""The certified values of NIST, from both starts."""

from __future__ import annotations

import pytest

import graphdiff
from support.nist import NAMES, read_dataset


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", NAMES)
def test_certified_values(name: str, start: int) -> None:
    dataset = read_dataset(name)
    fit = graphdiff.fit(dataset.equation, dataset.columns, dataset.starts[start])
    assert fit.converged
    assert fit.estimates == pytest.approx(dataset.parameters, rel=1e-6)
    assert {each.name: each.standard_error for each in fit.parameters} == pytest.approx(dataset.errors, rel=1e-4)
    assert fit.residual_sum_of_squares == pytest.approx(dataset.squares, rel=1e-4)


def test_residuals_that_64_bits_lose() -> None:
    """Data with residuals of 1e-13, as Lanczos1 of NIST has them: by residuals in 64 bits, the standard errors have
    three digits. The errors here are those of numpy.polyfit on residuals that are known as they were made."""
    x = [0.1 * k for k in range(24)]
    residuals = [1e-13 * (-1) ** k for k in range(24)]
    y = [round(3 - 2 * x[k] + residuals[k], 14) for k in range(24)]
    exact = sum(((round(y[k] * 1e14) - round((3 - 2 * round(x[k], 1)) * 1e14)) / 1e14) ** 2 for k in range(24))
    fit = graphdiff.fit("y = a - b*x", {"x": [round(each, 1) for each in x], "y": y}, {"a": 1, "b": 1})
    assert fit.residual_sum_of_squares == pytest.approx(exact, rel=0.01)
