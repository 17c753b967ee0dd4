"""Gradients of comprehensions over the entries of an array: as of slices, and in linear size."""

from __future__ import annotations

import math
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest

from graphdiff import compile, parse, trace, value_and_gradient
from graphdiff.passes.derivative import derivative, derivatives
from graphdiff.passes.jacobian import hessian, hessians
from graphdiff.passes.request import Request
from graphdiff.passes.wanted import wanted_graph

SLICES = "sum(100*(x[1:]-x[:-1]^2)^2+(1-x[:-1])^2)"
FORMS: list[tuple[str, dict[str, tuple[int, ...]]]] = [
    ("sum(W[k,k] for k in range(6))^2 + sum(W[k,0]^3 for k in range(6)) + sum(W[-1]^2)", {"W": (6, 6)}),
    ("sum(sum(x[k:k+2]^3)*x[-k] for k in range(19))", {"x": (20,)}),
    ("sum(x[2*k]*x[2*k+2] for k in range(9)) + sum(x[1::2])^2", {"x": (20,)}),
    ("sum(norm(X[i,:])*X[i,0] for i in range(10))", {"X": (10, 3)}),
    ("sum(norm(X[:,j])^3*X[0,j] for j in range(10)) + sum(X[1])^2", {"X": (3, 10)}),
    ("sum(sum(X[i:i+2,j:j+2]*K)^2 for i in range(2) for j in range(9))", {"X": (16, 16), "K": (2, 2)}),
    ("sum(sum(T[...,j])^2*T[0,0,j] for j in range(9))", {"T": (2, 3, 9)}),
    ("y = tanh(W@x); sum(y[k]*y[k+1] for k in range(11)) + sum(y)^2", {"W": (12, 2), "x": (2,)}),
]


def entries(size: int) -> str:
    return f"sum(100*(x[k+1]-x[k]^2)^2+(1-x[k])^2 for k in range({size - 1}))"


def point(*shape: int) -> Any:
    return np.random.default_rng(1).normal(size=shape)


@pytest.mark.parametrize("size", [9, 60])
def test_entries_are_as_slices(size: int) -> None:
    x = point(size)
    _, expected = value_and_gradient(SLICES, x=x)
    _, gradients = value_and_gradient(entries(size), x=x)
    np.testing.assert_allclose(gradients["x"], expected["x"], rtol=1e-12)
    for backend in ("python", "numpy"):
        _, (gradient,) = compile(entries(size), backend=backend, shapes={"x": (size,)})(x)
        np.testing.assert_allclose(gradient, expected["x"], rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["python", "numpy", "jax", "torch"])
def test_a_thousand_entries(backend: str) -> None:
    if backend in ("jax", "torch"):
        library = pytest.importorskip(backend, reason=f"{backend} is not installed")
    if backend == "jax":
        library.config.update("jax_enable_x64", True)
    x = point(1000)
    function = compile(entries(1000), backend=backend, shapes={"x": (1000,)})
    _, (gradient,) = function(library.as_tensor(x) if backend == "torch" else x)
    np.testing.assert_allclose(np.asarray(gradient), value_and_gradient(SLICES, x=x)[1]["x"], rtol=1e-11, atol=1e-9)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("text", "shapes"), FORMS)
def test_entries_rows_columns_and_slices(text: str, shapes: dict[str, tuple[int, ...]]) -> None:
    """The gradient along a direction is the slope of the values, and code and the printed derivative give the same."""
    where = {name: point(*shape) for name, shape in shapes.items()}
    _, gradients = value_and_gradient(text, where)
    step = 1e-5
    for direction in (1.0, *where.values()):  # all entries alike, and in proportion to some that differ
        moves = {name: step * np.resize(direction, shape) for name, shape in shapes.items()}
        above, below = (
            value_and_gradient(text, {name: where[name] + sign * moves[name] for name in where})[0] for sign in (1, -1)
        )
        slope = sum(np.vdot(gradients[name], moves[name]) for name in where) / step
        assert slope == pytest.approx((above - below) / (2 * step), rel=1e-6, abs=1e-6)
    for backend in ("python", "numpy"):
        function = compile(text, backend=backend, shapes=shapes)
        for name, gradient in zip(function.wrt, function(*[where[each] for each in function.inputs])[1], strict=True):
            np.testing.assert_allclose(gradient, gradients[name], rtol=1e-11, atol=1e-12)
    for name in where:
        again = parse(str(derivative(text, name, shapes=shapes)))
        own = {each: where[each] for each in again.input_names}
        np.testing.assert_allclose(trace(again, own, upstream=1.0).value, gradients[name], rtol=1e-11, atol=1e-12)


def test_infinite_and_closed_entries() -> None:
    """An entry that is infinite makes no NaN of others, and a closed gate passes nothing on."""
    text = "sum(c[k]*x[k]*x[0] for k in range(10))"
    x = np.arange(1.0, 13.0)
    _, gradients = value_and_gradient(text, x=x, c=[1.0] * 9 + [math.inf] + [1.0] * 2)
    np.testing.assert_array_equal(gradients["x"], [math.inf, *[1.0] * 8, math.inf, 0.0, 0.0])
    _, gradients = value_and_gradient("sum(where(x[k] > 0, sqrt(x[k]), 0) for k in range(12))", x=[-1.0, 4.0] * 6)
    np.testing.assert_array_equal(gradients["x"], [0.0, 0.25] * 6)


def test_many_digits_and_second_derivatives() -> None:
    x = [0.1 * number for number in range(-4, 6)]
    one, other = (trace(text, x=x, precision=30).gradients["x"] for text in (entries(10), SLICES))
    assert list(map(str, np.ravel(one))) == list(map(str, np.ravel(other)))
    one, other = (
        trace(hessian(text, "x", "x", shapes={"x": (10,)}), x=x, upstream=1.0).value for text in (entries(10), SLICES)
    )
    np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_the_gradient_grows_with_the_number_of_entries() -> None:
    def operations(size: int) -> int:
        graph, shapes, *_ = wanted_graph(parse(entries(size)), Request("gradient", ["x"]), {"x": (size,)})
        return sum(int(np.prod(shapes.get(node.index, ()))) for node in graph.nodes if graph.needed[node.index])

    assert operations(80) < 2.1 * operations(40)


def test_derivatives_by_many_inputs_have_the_nodes_they_need() -> None:
    names = [f"a{number}" for number in range(50)]
    graph = parse("+".join(f"sin({name})*{name}" for name in names))
    assert all(len(each.nodes) < 10 for each in derivatives(graph, names))
    assert all(len(each.nodes) < 12 for each in hessians(graph, [*combinations_with_replacement(names[:5], 2)]))


def test_second_derivatives_by_all_pairs() -> None:
    """They are those of each pair by itself, also by arrays; pi is an input where it is one of a pair."""
    text, shapes = "a*sum(W@x)^2 + exp(a*b)", {"W": (2, 2), "x": (2,)}
    where = {"a": 0.3, "b": -0.4, "W": point(2, 2), "x": point(2)}
    pairs = [*combinations_with_replacement(where, 2)]
    for pair, graph in zip(pairs, hessians(parse(text), pairs, shapes), strict=True):
        value = trace(graph, {name: where[name] for name in graph.input_names}, upstream=1.0).value
        expected = trace(hessian(text, *pair, shapes=shapes), where, upstream=1.0).value
        np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-12)
    assert list(map(str, hessians(parse("a^2*pi"), [("a", "a"), ("a", "pi"), ("pi", "pi")]))) == ["2*pi", "2*a", "0"]
