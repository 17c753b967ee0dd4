"""Compiled functions of NumPy's arrays against the trace."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from graphdiff import GraphdiffError, parse, trace
from graphdiff.compiled.compile import compile
from graphdiff.targets.generate import source_of

LEAST_SQUARES = "mean((X @ w + b - y)^2)"


def test_numpy_of_several_shapes() -> None:
    function: Any = compile(LEAST_SQUARES, ["w", "b"], backend="numpy")
    chance = np.random.default_rng(5)
    with pytest.raises(GraphdiffError, match="shapes"):
        _ = function.source
    for rows, columns in [(2, 3), (5, 1), (2, 3), (1, 2)]:
        point = {
            "X": chance.normal(size=(rows, columns)),
            "w": chance.normal(size=columns),
            "b": 0.5,
            "y": chance.normal(size=rows),
        }
        traced = trace(LEAST_SQUARES, point)
        for given in (point, {name: np.asarray(value).tolist() for name, value in point.items()}):
            value, (by_w, by_b) = function(**given)
            assert value == pytest.approx(traced.value)
            assert by_w == pytest.approx(traced.gradients["w"])
            assert by_b == pytest.approx(traced.gradients["b"])
            assert type(value) is type(by_b) is float
            assert by_w.shape == (columns,)
    assert "def f(" in function.source


def test_numpy_of_small_floats_and_whole_numbers() -> None:
    function: Any = compile("sum(exp(x)*y)", backend="numpy")
    value, (by_x, by_y) = function(np.asarray([1, 2], np.float32), np.asarray([3, 4], np.float32))
    assert by_x.dtype == by_y.dtype == np.float32
    assert value == pytest.approx(3 * math.e + 4 * math.e**2, rel=1e-6)
    value, (by_x, by_y) = function(np.asarray([1, 2]), [3, 4])
    assert by_x.dtype == by_y.dtype == np.float64
    assert value == pytest.approx(3 * math.e + 4 * math.e**2)


def test_numpy_with_an_index() -> None:
    function: Any = compile("logsumexp(s) - s[y]", "s", backend="numpy")
    value, (gradient,) = function([1.0, 2.0, 0.5], 1)
    traced = trace("logsumexp(s) - s[y]", s=[1.0, 2.0, 0.5], y=1)
    assert value == pytest.approx(traced.value)
    assert gradient == pytest.approx(traced.gradients["s"])


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (lambda f: f([1.0]), "no value for y"),
        (lambda f: f([1.0], [2.0], [3.0]), "3 values for 2 inputs"),
        (lambda f: f([1.0], x=[2.0], y=[1.0]), "passed twice"),
        (lambda f: f([1.0], [1.0], z=1.0), "no input 'z'"),
        (lambda f: f([1.0, 2.0], [1.0, 2.0, 3.0]), "do not fit"),
        (lambda f: f("a", [1.0]), "x"),
        (lambda f: f([1.0, [2.0]], 1.0), "x"),
        (lambda f: f(1j, 1.0), "x"),
        (lambda f: f([], 1.0), "x"),
        (lambda f: f(None, 1.0), "x"),
    ],
)
def test_numpy_errors(call: Any, part: str) -> None:
    with pytest.raises(GraphdiffError) as raised:
        call(compile("sum(x*y)", backend="numpy"))
    assert part in f"{raised.value.message} {raised.value.hint}"


@pytest.mark.parametrize(
    ("text", "shapes", "others"),
    [
        (
            "h = relu(X@W + b); s = h@V; cross_entropy(s, y)",
            {"X": (4, 3), "W": (3, 5), "b": (5,), "V": (5, 2), "y": (4,)},
            {"X": (7, 3), "y": (7,)},
        ),
        (
            "sum(logsumexp(X, axis=1)) + norm(X) + sum(x[1:]^2)*mean(x)",
            {"X": (3, 4), "x": (5,)},
            {"X": (2, 6), "x": (9,)},
        ),
        (
            "sum(softmax(X)[:, 1:]*2) + sum(pad(x, 1)*2) + sum(var(X, axis=0)*b) + sum(concat(x, b)^2)",
            {"X": (3, 4), "x": (5,), "b": (4,)},
            {"X": (6, 4), "x": (8,)},
        ),
        ("sum(maxpool2d(relu(conv2d(x, w))))", {"x": (2, 1, 6, 6), "w": (2, 1, 3, 3)}, {"x": (3, 1, 10, 10)}),
    ],
)
def test_numpys_code_depends_on_ranks_alone(text: str, shapes: dict[str, Any], others: dict[str, Any]) -> None:
    """Made for some sizes, it is right for others, where none becomes or was 1."""
    chance = np.random.default_rng(0)
    graph = parse(text)
    wrt = [name for name in graph.input_names if name != "y"]
    function = compile(graph, wrt, backend="numpy", shapes=shapes)
    source = function.source
    for sizes in (shapes, {**shapes, **others}, shapes):
        point = {name: chance.normal(size=size) for name, size in sizes.items()}
        if "y" in point:
            point["y"] = chance.integers(0, 2, sizes["y"]).astype(float)
        value, gradient = function(**point)
        traced = trace(graph, point, wrt=wrt)
        assert function.source == source
        assert value == pytest.approx(traced.value, rel=1e-12)
        for name, each in zip(wrt, gradient, strict=True):
            assert each == pytest.approx(traced.gradients[name], rel=1e-9, abs=1e-12)


def test_numpys_code_checks_new_sizes() -> None:
    function = compile("sum(W@x)", backend="numpy")
    assert function(np.ones((2, 3)), np.ones(3))[0] == 6
    with pytest.raises(GraphdiffError, match="3 and 4 must be equal"):
        function(np.ones((2, 3)), np.ones(4))
    assert function(np.ones((2, 4)), np.ones(4))[0] == 8


def test_numpys_code_takes_lists() -> None:
    scope: dict[str, Any] = {}
    exec(source_of("sum((W@x)^2)", "numpy", shapes={"W": (2, 2), "x": (2,)}), scope)
    value, (by_w, _) = scope["f"]([[0.1, 0.5], [-0.3, 0.8]], [0.2, 0.4])
    assert value == pytest.approx(0.116)
    assert by_w == pytest.approx(np.array([[0.088, 0.176], [0.104, 0.208]]))
