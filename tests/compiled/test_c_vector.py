"""exp and log of loops in C, against the wider floats of NumPy where they have them, and at the ends of their range."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphdiff
from support.native import needs_compiler

pytestmark = needs_compiler
COUNT = 20_000
CHANCE = np.random.default_rng(4)
POINTS: dict[str, list[Any]] = {
    "exp": [CHANCE.uniform(-size, size, COUNT) for size in (1e-3, 1.0, 40.0, 709.0)],
    # Of subnormal numbers, too.
    "log": [*(10 ** CHANCE.uniform(-size, size, COUNT) for size in (1e-4, 0.1, 3.0, 307.0)), 5e-324 * np.arange(1, 9)],
}
ENDS = {
    "exp": {
        709.782712893384: 1.797693134862273e308,
        709.7827128933841: np.inf,
        -745.1332191019411: 5e-324,
        -745.1332191019412: 0.0,
        1e308: np.inf,
        -np.inf: 0.0,
        -0.0: 1.0,
    },
    "log": {
        0.0: -np.inf,
        -1.0: np.nan,
        -np.inf: np.nan,
        np.inf: np.inf,
        1.0: 0.0,
        5e-324: -744.4400719213812,
    },
}


def compiled(name: str) -> Any:
    return graphdiff.compile(f"{name}(x)", want="value", backend="c", batch=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", POINTS)
def test_the_last_digit(name: str) -> None:
    if np.finfo(np.longdouble).nmant <= 52:
        pytest.skip("platform: no wider floats")
    function, known = compiled(name), getattr(np, name)
    for points in POINTS[name]:
        values = function(points)
        exact = known(points.astype(np.longdouble))
        units = np.abs(values - exact) / np.spacing(np.abs(exact.astype(float)))
        assert units.max() < 1.01


@pytest.mark.parametrize("name", ENDS)
def test_the_ends(name: str) -> None:
    points = np.array([*ENDS[name], np.nan])
    expected = np.array([*ENDS[name].values(), np.nan])
    assert compiled(name)(points) == pytest.approx(expected, rel=1e-15, abs=0, nan_ok=True)
    assert np.array_equal(np.isinf(compiled(name)(points)), np.isinf(expected))


def test_pieces_of_columns_with_any_steps() -> None:
    """The loop over points is computed in pieces: with copies of what does not follow each other."""
    function: Any = graphdiff.compile("exp(x)*y*sum(v)", backend="c", batch=True, shapes={"v": (2,)})
    for count in (1, 255, 256, 257, 1000):
        x, y = CHANCE.normal(size=(count, 3)).T[:2]
        v = CHANCE.normal(size=(count, 2))
        out = np.full((count, 10), np.nan).T[::2]
        value, (d_x, d_y, d_v) = function(x, 2.0, v, out=out)
        expected = np.exp(x) * 2.0 * v.sum(axis=1)
        assert value == pytest.approx(expected)
        assert (d_x, d_y) == (pytest.approx(expected), pytest.approx(expected / 2))
        assert d_v == pytest.approx(np.repeat(2 * np.exp(x)[:, None], 2, axis=1))
        value, (_, d_y, _) = function(np.ascontiguousarray(x), y, v[0])
        assert value == pytest.approx(np.exp(x) * y * v[0].sum())
        assert d_y == pytest.approx(np.exp(x) * v[0].sum())
