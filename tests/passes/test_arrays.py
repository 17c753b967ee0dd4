"""Arrays in both passes: conventions, closed gates, cotangents, Jacobians, libraries, memory."""

from __future__ import annotations

import math
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import array_api_strict
import numpy as np
import pytest

from graphdiff import GraphdiffError, parse, trace, value_and_gradient
from graphdiff.accuracy.nonfinite import nonfinite_error

W = np.array([[0.1, 0.5], [-0.3, 0.8]])
X = np.array([0.2, 0.4])


@pytest.mark.sampled(12)
@pytest.mark.parametrize(
    ("formula", "point", "gradients"),
    [
        # A tie of a reduction goes to the first index.
        ("max(x)", {"x": [1, 3, 3]}, {"x": [0, 1, 0]}),
        ("sum(min(x, axis=1))", {"x": [[2, 2], [1, 0]]}, {"x": [[1, 0], [0, 1]]}),
        # One of two operands to a constant, else to the first, entry by entry.
        ("sum(max(x, 0))", {"x": [-1, 0, 2]}, {"x": [0, 0, 1]}),
        ("sum(max(x, y))", {"x": [1, 2], "y": [1, 3]}, {"x": [1, 0], "y": [0, 1]}),
        ("sum(max(x, zeros(2)))", {"x": [0, 1]}, {"x": [0, 1]}),
        ("sum(max(x, [0, 0]))", {"x": [0, 1]}, {"x": [0, 1]}),
        ("sum(relu(x))", {"x": [0, 1]}, {"x": [0, 1]}),
        # Slope 0 at 0.
        ("norm(x)", {"x": [0, 0]}, {"x": [0, 0]}),
        ("sum(norm(x, axis=1))", {"x": [[0, 0], [3, 4]]}, {"x": [[0, 0], [0.6, 0.8]]}),
        ("std(x)", {"x": [5, 5]}, {"x": [0, 0]}),
        # Products with zeros among them.
        ("prod(x)", {"x": [0, 2, 3]}, {"x": [6, 0, 0]}),
        ("prod(x)", {"x": [0, 2, 0]}, {"x": [0, 0, 0]}),
        ("det(A)", {"A": [[1, 2], [2, 4]]}, {"A": [[4, -2], [-2, 1]]}),
        ("det(A)", {"A": [[0, 0, 0], [0, 1, 0], [0, 0, 2]]}, {"A": [[2, 0, 0], [0, 0, 0], [0, 0, 0]]}),
        # Entries that a gate closes stay closed, however they are moved and summed behind it.
        ("sum(where(x > 0, log(x), 0))", {"x": [0, 2]}, {"x": [0, 0.5]}),
        ("sum(where(x > 0, log(x), x))", {"x": [0, 2]}, {"x": [1, 0.5]}),
        ("sum(where(x > 0, sqrt(x)[::-1][::-1], 0))", {"x": [0, 4]}, {"x": [0, 0.25]}),
        ("sum(where(c > 0, sqrt(x[:, None] + y), 0))", {"x": [0, 4], "y": [0, 5], "c": [[0, 1], [1, 1]]}, None),
        ("max(sqrt(x))", {"x": [0, 4]}, {"x": [0, 0.25]}),
        ("sqrt(x)[1]", {"x": [0, 4]}, {"x": [0, 0.25]}),
        ("sum(sqrt(x)[1:])", {"x": [0, 4]}, {"x": [0, 0.25]}),
        ("pick(sqrt(x), i)", {"x": [0, 4], "i": 1}, {"x": [0, 0.25], "i": None}),
        ("sum(relu(log(x)))", {"x": [0, 4]}, {"x": [0, 0.25]}),
        ("where(c, logdet(A), 0)", {"A": [[1, 2], [2, 4]], "c": 0}, {"A": [[0, 0], [0, 0]], "c": 0}),
        # An index is not differentiated; an input that does not reach the output has gradient 0.
        ("x[i]", {"x": [1, 2], "i": 1}, {"x": [0, 1], "i": None}),
        ("x[i + 1]", {"x": [1, 2], "i": 0}, {"x": [0, 1], "i": None}),
        ("x[i]*i", {"x": [1, 2], "i": 1}, {"x": [0, 1], "i": 2}),
        ("sum(x[j])", {"x": [1, 2, 3], "j": [0, 2, 2, -3]}, {"x": [2, 0, 2], "j": None}),
        ("sum(one_hot(i, 3)*x)", {"x": [1, 2, 3], "i": -1}, {"x": [0, 0, 1], "i": None}),
        ("y = sum(b); x[0]", {"x": [1, 2], "b": [1, 2]}, {"x": [1, 0], "b": [0, 0]}),
        ("sum(x*count(y))", {"x": [1], "y": [1, 2]}, {"x": [2], "y": [0, 0]}),
        # Broadcasting is undone.
        ("sum(x*y)", {"x": [[1, 2], [3, 4]], "y": [5, 6]}, {"x": [[5, 6], [5, 6]], "y": [4, 6]}),
        ("sum(x*s)", {"x": [[1, 2], [3, 4]], "s": 2}, {"x": [[2, 2], [2, 2]], "s": 10}),
        ("sum(x + y)", {"x": [[1], [2]], "y": [[1, 2, 3]]}, {"x": [[3], [3]], "y": [[2, 2, 2]]}),
    ],
)
def test_conventions(formula: str, point: dict[str, Any], gradients: dict[str, Any] | None) -> None:
    actual = value_and_gradient(formula, point)[1]
    if gradients is None:
        assert all(np.all(np.isfinite(gradient)) for gradient in actual.values())
        return
    assert set(actual) == set(gradients)
    for name, gradient in gradients.items():
        assert (actual[name] is None) == (gradient is None)
        if gradient is not None:
            assert np.shape(actual[name]) == np.shape(gradient)
            assert actual[name] == pytest.approx(np.asarray(gradient, dtype=float), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("formula", "x", "value"),
    [
        ("logsumexp(x)", [1e4, 1e4], 1e4 + np.log(2)),
        ("logsumexp(x)", [-1e4, -1e4], -1e4 + np.log(2)),
        ("logsumexp(x)", [-np.inf, 0.0], 0.0),
        ("norm(x)", [3e200, 4e200], 5e200),
        ("norm(x)", [3e-200, 4e-200], 5e-200),
        ("sum(softmax(x)*[1, 0])", [1e4, 0.0], 1.0),
        ("log_softmax(x)[1]", [1e4, 0.0], -1e4),
        ("sum(sigmoid(x))", [-800.0, 800.0], 1.0),
    ],
)
def test_extremes(formula: str, x: list[float], value: float) -> None:
    got, gradients = value_and_gradient(formula, x=x)
    assert got == pytest.approx(value, rel=1e-15)
    assert np.all(np.isfinite(gradients["x"]))


def test_upstream() -> None:
    with pytest.raises(GraphdiffError, match=r"array of shape \(2,\)") as caught:
        trace("q = W @ x", W=W, x=X)
    assert "upstream=" in str(caught.value.hint)
    with pytest.raises(GraphdiffError, match=r"upstream is \(3,\), but the output is \(2,\)"):
        trace("W @ x", W=W, x=X, upstream=[1, 2, 3])
    with pytest.raises(GraphdiffError, match="upstream is ragged"):
        trace("W @ x", W=W, x=X, upstream=[[1], [2, 3]])
    result = trace("W @ x", {"W": W, "x": X}, upstream=[1, -2])
    assert result.gradients["x"] == pytest.approx(W.T @ [1, -2])
    assert result.gradients["W"] == pytest.approx(np.outer([1, -2], X))
    assert trace("W @ x", W=W, x=X, upstream=1).gradients["x"] == pytest.approx(W.sum(axis=0))
    assert trace("W @ x", W=W, x=X, upstream=np.ones(2)).gradients["x"] == pytest.approx(W.sum(axis=0))


def test_local_derivatives() -> None:
    result = trace("q = W @ x; sum(q^2)", W=W, x=X)
    total, square, product = result.backward
    assert total.edges[0].local.structure == "dense"
    assert square.edges[0].local.structure == "diagonal"
    assert square.edges[0].local.values == pytest.approx(2 * W @ X)
    left, right = product.edges
    assert (left.local.formula, right.local.formula) == ("q̄ @ xᵀ", "Wᵀ @ q̄")
    assert left.local.jacobian_shape == (2, 2, 2)
    assert left.local.values is None
    assert left.local.jacobian() == pytest.approx(np.einsum("ia,b->iab", np.eye(2), X))
    assert right.local.jacobian() == pytest.approx(W)


@pytest.mark.parametrize(
    ("formula", "jacobian"),
    [
        ("softmax(x)", lambda x: np.diag(np.exp(x) / np.exp(x).sum()) - np.outer(*[np.exp(x) / np.exp(x).sum()] * 2)),
        ("cumsum(x)", lambda x: np.tril(np.ones((3, 3)))),
        ("x[::-1]", lambda x: np.eye(3)[::-1]),
        ("max(x)", lambda x: np.eye(3)[np.argmax(x)]),
        ("roll(x, 1)", lambda x: np.roll(np.eye(3), 1, axis=0)),
    ],
)
def test_jacobians(formula: str, jacobian: Any) -> None:
    x = np.array([0.3, -1.0, 2.0])
    (edge,) = trace(formula, {"x": x}, upstream=1).backward[0].edges
    assert edge.local.jacobian() == pytest.approx(jacobian(x))


def test_a_large_jacobian_is_refused() -> None:
    (edge,) = trace("softmax(x)", {"x": np.ones(1001)}, upstream=1).backward[0].edges
    with pytest.raises(GraphdiffError, match="the limit is 1,000,000"):
        edge.local.jacobian()


def test_summed_axes() -> None:
    result = trace("sum(x + b)", x=np.ones((2, 3, 4)), b=np.ones((3, 1)))
    first, second = result.backward[1].edges
    assert (first.local.summed_axes, second.local.summed_axes) == ((), (0, 2))
    assert np.asarray(second.downstream).shape == (3, 1)


def libraries() -> list[Any]:
    return [
        pytest.param("jax.numpy", id="jax"),
        pytest.param("torch", id="torch"),
        pytest.param("dask.array", id="dask"),
        pytest.param("array_api_strict", id="array_api_strict"),
    ]


PROGRAMS = [
    "q = W @ x; sum(q^2)",
    "sum(softmax(W @ x)*[1, 2]) + logsumexp(W) + norm(x)",
    "mean(relu(W - x))*max(W) + sum(W[:, 0]*W.T[1])",
    "sum(where(W > 0, sqrt(W), 0)) + prod(x) + std(W)",
    "sum(concat(W, [x])) + sum(roll(W, 1, axis=0)*W) + erf(x[0])",
]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # Dask works out what it holds when it is looked at, in threads
@pytest.mark.parametrize("library", libraries())
@pytest.mark.parametrize("formula", PROGRAMS)
def test_arrays_of_other_libraries(library: str, formula: str) -> None:
    """All computations are done by the library of the given arrays, with the same results."""
    namespace = pytest.importorskip(library, reason=f"{library} is not installed")
    if library.startswith("jax"):
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
    arrays = {name: namespace.asarray(value) for name, value in {"W": W, "x": X}.items()}
    value, gradients = value_and_gradient(formula, W=W, x=X)
    got, actual = value_and_gradient(formula, arrays)
    assert got == pytest.approx(value, rel=1e-12)
    for name, gradient in gradients.items():
        assert type(actual[name]) is type(arrays[name])
        assert np.asarray(actual[name]) == pytest.approx(gradient, rel=1e-12)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of Dask, as above
@pytest.mark.parametrize(
    "library",
    [
        "numpy",
        "array_api_strict",
        *(pytest.param(each, marks=pytest.mark.slow) for each in ("jax.numpy", "torch", "dask.array")),
    ],
)
def test_infinite_cotangents_are_added_in_their_places_alone(library: str) -> None:
    namespace = pytest.importorskip(library, reason=f"{library} is not installed")
    c, x = (namespace.asarray(values) for values in ([[math.inf, 1.0, 2.0], [3.0, -math.inf, 4.0]], [[1.0, 1.0]] * 2))
    _, gradients = value_and_gradient("sum(c*x[:, [0, 1, 1]])", {"c": c, "x": x})
    np.testing.assert_array_equal(np.asarray(gradients["x"]), [[math.inf, 3], [3, -math.inf]])


def test_single_precision_is_kept() -> None:
    value, gradients = value_and_gradient("sum(x*y)", x=X.astype(np.float32), y=[1, 2])
    assert gradients["x"].dtype == np.float32
    assert gradients["y"].dtype == np.float32
    assert value == pytest.approx(1.0, rel=1e-6)
    assert value_and_gradient("sum(exp(x))", x=np.array([12, 1], dtype=np.float16))[1]["x"].dtype == np.float64
    assert value_and_gradient("sum(x)", x=np.array([1, 2]))[1]["x"].dtype == np.float64


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.array([1j]), "not an array of real numbers"),
        (np.array(["a"]), "not an array of real numbers"),
        (np.array("a"), "is not a number: 'a'"),
        (np.zeros((2, 0)), r"is empty: its shape is \(2, 0\)"),
        ([], "is empty"),
        ([[1, 2], [3]], r"ragged: entry 1 is \(1,\), the first is \(2,\)"),
        ([1, [2]], r"ragged: entry 1 is \(1,\), the first is a number"),
        ([1, "2"], "is not a number: '2'"),
        ([None], "is not a number: None"),
    ],
)
def test_values_that_are_no_arrays(value: Any, message: str) -> None:
    with pytest.raises(GraphdiffError, match=message) as caught:
        trace("sum(x)", x=value)
    assert caught.value.kind == "value"
    assert "'x'" in caught.value.message


@pytest.mark.slow
def test_memory() -> None:
    """At most the forward values, one cotangent for each node that is differentiated, and the temporaries of one
    operation."""
    size = 150
    steps = "\n".join(f"h{k} = tanh(W @ h{k - 1} + b)" for k in range(1, 21))
    graph = parse(f"{steps}\nsum(h20^2)")
    entry = size * size * 8
    point = {"W": np.eye(size) / 2, "h0": np.ones((size, size)) / 9, "b": np.ones((size, size)) / 7}
    trace(graph, point)
    arrays = 20 * 3 + 1  # for each step a product, a sum and tanh; then the square
    tracemalloc.start()
    trace(graph, point)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (2 * arrays + 3 + 4) * entry


def test_results_do_not_depend_on_what_ran_before_or_beside() -> None:
    """The prelude's functions are shared between threads, and the results do not depend on which comes first."""
    trace("var(x, axis=0)", x=[1, 2])
    with pytest.raises(GraphdiffError, match="axis must be a whole number"):
        parse("var(x, axis=false)")

    def shape(size: int) -> Any:
        return np.shape(
            trace(f"maxpool2d(x, {size}, stride=1)", {"x": np.arange(81.0).reshape(9, 9)}, upstream=1).value
        )

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(shape, [*range(1, 9)] * 20)) == [(10 - size, 10 - size) for size in range(1, 9)] * 20


def test_nothing_warns_of_numbers_that_are_not_finite() -> None:
    """Warnings are errors in these tests."""
    result = trace("f(x) = where(exp(1000*x) > 1, 1/x, 2*x); sum(f(x)) + sum(where(x > 0, log(x), 1/x))", x=[0, 2])
    assert not result.is_finite
    for step in result.backward:
        for edge in step.edges:
            assert edge.local.formula
    assert nonfinite_error(result).message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"x": np.ones(2), "y": array_api_strict.ones(2)}, "arrays of different libraries"),
        ({"x": [np.array([1.0, 2.0]), 3.0], "y": 1}, "ragged"),
    ],
)
def test_values_that_do_not_go_together(values: dict[str, Any], message: str) -> None:
    with pytest.raises(GraphdiffError, match=message):
        trace("sum(x) + sum(y)", values)


def test_lists_of_arrays() -> None:
    assert value_and_gradient("sum(x)", x=[np.array([1.0, 2.0]), [3.0, 4.0]])[0] == 10


def test_the_jacobian_of_a_number() -> None:
    assert trace("x*y", x=1, y=2).backward[0].edges[0].local.jacobian() == 2
