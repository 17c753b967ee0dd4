"""The certified values of NIST, from both starts."""

from __future__ import annotations

from typing import Any

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


HARD: dict[str, tuple[str, dict[str, Any], list[tuple[float, ...]], list[float]]] = {
    "BoxBOD": (
        "y = b1*(1 - exp(-b2*x))",
        {"x": [1, 2, 3, 5, 7, 10], "y": [109, 149, 149, 191, 213, 224]},
        [(1, 1), (100, 0.75)],
        [213.80940889, 0.54723748542],
    ),
    "DanWood": (
        "y = b1*x^b2",
        {"x": [1.309, 1.471, 1.490, 1.565, 1.611, 1.680], "y": [2.138, 3.421, 3.597, 4.340, 4.882, 5.660]},
        [(1, 5), (0.7, 4)],
        [0.76886226176, 3.8604055871],
    ),
    "MGH10": (
        "y = b1*exp(b2/(x + b3))",
        {
            "x": range(50, 126, 5),
            "y": [
                *[34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744],
                *[8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872],
            ],
        },
        [(2, 400_000, 25_000), (0.02, 4000, 250)],
        [5.6096364710e-3, 6181.3463463, 345.22363462],
    ),
}
"""Sets of the same source that are short: equation, data, both starts and certified parameters."""


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", HARD)
def test_hard_sets(name: str, start: int) -> None:
    equation, columns, starts, certified = HARD[name]
    names = [f"b{k + 1}" for k in range(len(certified))]
    fit = graphdiff.fit(equation, columns, dict(zip(names, starts[start], strict=True)))
    assert fit.converged
    assert list(fit.estimates.values()) == pytest.approx(certified, rel=1e-8)


def test_residuals_that_64_bits_lose() -> None:
    """Data with residuals of 1e-13, as Lanczos1 of NIST has them: by residuals in 64 bits, the standard errors have
    three digits. The errors here are those of numpy.polyfit on residuals that are known as they were made."""
    x = [0.1 * k for k in range(24)]
    residuals = [1e-13 * (-1) ** k for k in range(24)]
    y = [round(3 - 2 * x[k] + residuals[k], 14) for k in range(24)]
    exact = sum(((round(y[k] * 1e14) - round((3 - 2 * round(x[k], 1)) * 1e14)) / 1e14) ** 2 for k in range(24))
    fit = graphdiff.fit("y = a - b*x", {"x": [round(each, 1) for each in x], "y": y}, {"a": 1, "b": 1})
    assert fit.residual_sum_of_squares == pytest.approx(exact, rel=0.01)
