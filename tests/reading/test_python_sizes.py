"""Functions that depend on sizes and counts: read for the shapes and numbers of a point, they are the functions run."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphdiff

X = np.array([[1.0, 2, 0.5], [0.3, -1, 2], [1.5, 0.2, -0.7], [0.1, 0.4, 0.9]])
W = np.array([[0.1, 0.5], [-0.3, 0.8], [0.2, 0.4]])
V = np.array([0.5, -1.2, 2.0])


def chain_of_differences(x):  # type: ignore[no-untyped-def]
    total = 0
    for i in range(len(x) - 1):
        total += (x[i + 1] - x[i] ** 2) ** 2
    return total


def weighted(x):  # type: ignore[no-untyped-def]
    i = np.arange(1, x.size + 1)
    return np.sum(i * x) + np.ones(len(x)) @ x**2


def centred(data):  # type: ignore[no-untyped-def]
    m = data.shape[0]
    projection = np.eye(m) - np.ones((m, m)) / m
    return np.trace(data.T @ projection @ data)


def horner(x, t):  # type: ignore[no-untyped-def]
    result = 0.0
    for a in reversed(x):
        result = result * t + a
    return result


def recurrent(data, h, u):  # type: ignore[no-untyped-def]
    for row in data:
        h = np.tanh(u @ row + h)
    return h.sum()


def largest(x):  # type: ignore[no-untyped-def]
    best = x[0]
    for v in x[1:]:
        if v > best:
            best = v
    return best**2


def convolution(data, w):  # type: ignore[no-untyped-def]
    rows, columns = data.shape
    k = w.shape[0]
    out = np.zeros((rows - k + 1, columns - k + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(data[i : i + k, j : j + k] * w)
    return np.sum(np.maximum(out, 0))


def support_vectors(data, weights):  # type: ignore[no-untyped-def]
    y = np.array([0, 1, 0, 1])
    n = data.shape[0]
    scores = data.dot(weights)
    margins = np.maximum(0, scores - scores[np.arange(n), y].reshape(-1, 1) + 1)
    margins[np.arange(n), y] = 0
    return np.sum(margins) / n + 0.1 * np.sum(weights * weights)


def rectified(x):  # type: ignore[no-untyped-def]
    y = 2 * x
    y[y < 0] = 0
    y[-1] = 3
    return (y**2).sum()


def bordered(data):  # type: ignore[no-untyped-def]
    bordering = data * 2
    bordering[0, :] = 1
    bordering[1:3, -1] = 0
    return (bordering**2).sum() + bordering.ndim


def cyclic(x):  # type: ignore[no-untyped-def]
    return sum(x[i] * x[(i + 1) % len(x)] for i in range(len(x)))


def centring_matrix(x):  # type: ignore[no-untyped-def]
    n = x.size
    return x @ (np.eye(n) - np.ones((n, n)) / n) @ x


def exponential_series(x, n):  # type: ignore[no-untyped-def]
    return sum(x**k / math.factorial(k) for k in range(n + 1))


def through_a_helper(x, m):  # type: ignore[no-untyped-def]
    count = m + 1
    return exponential_series(x, count) + x * m  # type: ignore[no-untyped-call]


def beside_a_local_name(x, m):  # type: ignore[no-untyped-def]
    def doubled(x):  # type: ignore[no-untyped-def]
        m = 2 * x
        n = m + m
        return m * n

    y = doubled(x)  # type: ignore[no-untyped-call]
    for _ in range(m):
        y = y + x
    return y


def annuity(rate, years, payment=100.0, frequency=2):  # type: ignore[no-untyped-def]
    total = 0.0
    for t in range(1, years * frequency + 1):
        total += payment / (1 + rate / frequency) ** t
    return total


def binomial(n, k, p):  # type: ignore[no-untyped-def]
    return math.comb(n, k) * p**k * (1 - p) ** (n - k)


def counted_again(x, n):  # type: ignore[no-untyped-def]
    n = n + 1
    t = np.sum(np.zeros(n))
    for _ in range(n):
        t = t * x + n
    return t


def powers_of_differences(x, n):  # type: ignore[no-untyped-def]
    s = 0
    for i in range(len(x) - 1):
        for j in range(n):
            s += (x[i + 1] - x[i]) ** j
    return s


CASES: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    *((chain_of_differences, {"x": V}), (weighted, {"x": V}), (centred, {"data": X}), (horner, {"x": V, "t": 0.7})),
    *((recurrent, {"data": X, "h": V[:2], "u": W.T}), (largest, {"x": V}), (convolution, {"data": X, "w": W[:2]})),
    *((support_vectors, {"data": X, "weights": W}), (rectified, {"x": V}), (bordered, {"data": X}), (cyclic, {"x": V})),
    *(
        (centring_matrix, {"x": V}),
        (exponential_series, {"x": 0.5, "n": 4}),
        (beside_a_local_name, {"x": 2.0, "m": 3}),
        (through_a_helper, {"x": 0.5, "m": 3}),
    ),
    *((annuity, {"rate": 0.05, "years": 3}), (annuity, {"rate": 0.05, "years": 3, "frequency": 4})),
    *((binomial, {"n": 5, "k": 2, "p": 0.3}), (counted_again, {"x": 2.0, "n": 3})),
    (powers_of_differences, {"x": V, "n": np.int64(3)}),
]


@pytest.mark.parametrize(("function", "point"), CASES, ids=[function.__name__ for function, _ in CASES])
def test_functions_of_known_shapes(function: Any, point: dict[str, Any]) -> None:
    """Values and gradients by finite differences of the functions run as Python; whole numbers are constants."""
    result = graphdiff.trace(function, point)
    assert result.value == pytest.approx(float(function(**point)), rel=1e-12)
    counts = {name for name, value in point.items() if isinstance(value, (int, np.integer))}
    assert not counts & result.gradients.keys()
    assert {f"the program is read for {name} = {point[name]}, the value at the point" for name in counts} <= {
        *result.graph.notes
    }
    for name in point.keys() - counts:
        value = point[name]
        gradient = np.zeros(np.shape(value))
        for place in np.ndindex(gradient.shape):
            step = np.zeros(gradient.shape)
            step[place] = 1e-5
            higher, lower = (float(function(**{**point, name: value + sign * step})) for sign in (1, -1))
            gradient[place] = (higher - lower) / 2e-5
        assert np.asarray(result.gradients[name]) == pytest.approx(gradient, rel=1e-7, abs=1e-8), name


def test_the_graph_is_for_these_shapes() -> None:
    """Without shapes the text is refused, and a graph for some shapes refuses others."""
    with pytest.raises(graphdiff.GraphdiffError, match="the number of steps of this loop is not known"):
        graphdiff.parse(chain_of_differences)
    graph = graphdiff.parse(chain_of_differences, shapes={"x": (3,)})
    assert "the program is read for arrays of these shapes" in graph.notes
    with pytest.raises(graphdiff.GraphdiffError, match=r"'x' is \(2,\); the formula was read for \(3,\)"):
        graphdiff.trace(graph, {"x": [1.0, 2.0]})


@pytest.mark.parametrize("point", [{"x": 2.0}, *({"x": 2.0, "n": n} for n in (2.5, 1e300, [1.0, 2.0]))])
def test_counts_that_the_point_does_not_give(point: dict[str, Any]) -> None:
    text = "lambda x, n: sum(x**k for k in range(n + 1))"
    with pytest.raises(graphdiff.GraphdiffError, match="the number of steps of this loop is not known") as error:
        graphdiff.trace(text, point)
    assert error.value.hint == "write it as a number, or give 'n' a whole number in the point"


@pytest.mark.parametrize(("x", "y"), [(1.0, 0.1), (-7.3, 2.1), (7.3, -2.1), (6.0, 2.0), (0.3, 0.1), (1e15, 3.0)])
def test_quotients_and_remainders(x: float, y: float) -> None:
    """As Python computes them: 1 // 0.1 is 9."""
    for text, expected in (
        *(("lambda x, y: x // y", x // y), ("lambda x, y: x % y", x % y), ("lambda x: x // 4", x // 4)),
        ("lambda x, y: np.fmod(x, y)", float(np.fmod(x, y))),
    ):
        names = {"x": x, "y": y} if "y" in text else {"x": x}
        assert graphdiff.trace(graphdiff.parse(text, language="python"), names, wrt=()).value == expected, text
