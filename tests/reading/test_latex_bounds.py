"""LaTeX: sums whose bounds have their values at the point."""

from __future__ import annotations

from typing import Any

import pytest

from graphdiff import GraphdiffError, trace

LINE = {"x": [1, 2], "y": [1, 3]}


@pytest.mark.parametrize(
    ("formula", "point", "value"),
    [
        (r"\sum_{k=0}^{n} x^k", {"n": 3, "x": 2}, 15),
        (r"\sum_{k=1}^{2n} k x", {"n": 2, "x": 3}, 30),
        (r"\prod_{k=m}^{N-1} (x - k)", {"m": 1, "N": 4, "x": 5}, 24),
        (r"f(x) = \sum_{k=0}^{n} \binom{n}{k} x^k", {"n": 3, "x": 2}, 27),
        (r"g(t) = \sum_{k=0}^{n} t^k; g(x) + n", {"n": 2, "x": 2}, 9),
        (r"\sum_{i=1}^n x_i", {"n": 3, "x_1": 1, "x_2": 5, "x_3": 7}, 13),
        (r"\sum_{i=1}^n x_i", {"n": 3, "x": [1, 5, 7]}, 13),
        (r"\sum_{i=0}^n x_i", {"n": 2, "x": [1, 5, 7]}, 13),
        (r"n = 3; \sum_{k=0}^{n} x^k", {"n": 3, "x": 2}, 15),
        (r"1 + x + x^2 + \cdots + x^n", {"n": 3, "x": 2}, 15),
        (r"1 \cdot 2 \cdots n + 1^2 + 2^2 + \dots + n^2", {"n": 4}, 54),
        (r"a_1 x + a_2 x^2 + \cdots + a_n x^n", {"n": 3, "x": 2, "a": [1, 1, 1]}, 14),
        (r"\sum_{1\le i<j\le n} x_i x_j", {"n": 3, "x": [1, 2, 3]}, 11),
        (r"\sum_{1\le i\le j\le n} x_i x_j", {"x": [1, 2, 3]}, 25),
        (r"\sum_{1\le i<j<k\le n} x_i x_j x_k", {"x": [1, 2, 3, 4]}, 50),
        (r"\sum_{1\le i<j\le n} (i+j) y", {"n": 4, "y": 1}, 30),
        (r"\prod_{1 \leq i<j \leq 3} (x_j - x_i)", {"x": [1, 2, 4]}, 6),
        (r"\sum_{\substack{i=1 \\ i \neq 2}}^{3} x_i", {"x": [1, 2, 4]}, 5),
        (r"\sum_{i=0}^n y_i \prod_{\substack{j=0 \\ j \ne i}}^n \frac{t - x_j}{x_i - x_j}", {"t": 1.5, **LINE}, 2),
        (r"\sum_{0\le i<n} x_i", {"x": [1, 2, 4]}, 7),
        (r"\sum_{0\le i<n} x^i", {"x": 2, "n": 3}, 7),
        (r"\sum_{0<i<n} x_i", {"x": [1, 2, 4]}, 3),
    ],
)
def test_bounds_at_the_point(formula: str, point: dict[str, Any], value: float) -> None:
    """A whole number of the point bounds a sum; it is a constant, not an input."""
    result = trace(formula, point)
    assert result.value == value
    assert not {"n", "m", "N"} & result.gradients.keys()


@pytest.mark.parametrize(
    ("formula", "point", "message"),
    [
        (r"\sum_{k=0}^{n} x^k", {"n": 2.5, "x": 2}, "'n' must be a number in the text"),
        (r"n = 10; \sum_{k=0}^{n} x^k", {"n": 3, "x": 2}, "'n' is an intermediate value"),
        (r"\sum_{i=1}^n x_i", {"n": 4, "x": [1, 5, 7]}, "differ at the point: 4.0 and 3.0"),
    ],
)
def test_bounds_that_the_point_contradicts(formula: str, point: dict[str, Any], message: str) -> None:
    with pytest.raises(GraphdiffError, match=message):
        trace(formula, point)
