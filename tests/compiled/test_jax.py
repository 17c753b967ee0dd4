"""Compiled functions of JAX: jit, vmap, grad, hessian and dtypes pass through them."""

from __future__ import annotations

from typing import Any

import pytest

jax = pytest.importorskip("jax", reason="JAX runs the code; it is in the test extra")
import jax.numpy as jnp  # noqa: E402

import graphdiff  # noqa: E402
from graphdiff import GraphdiffError  # noqa: E402
from support.programs import assert_same  # noqa: E402


@pytest.fixture
def function() -> Any:
    return graphdiff.compile("k*sum(w^2)", backend="jax")


@pytest.mark.sampled(2)
@pytest.mark.parametrize("k", [3.0, jnp.float64(3.0), 3])
def test_jit(function: Any, k: Any) -> None:
    value, (d_k, d_w) = jax.jit(function)(k, jnp.array([1.0, 2.0]))
    assert (float(value), float(d_k)) == (15.0, 5.0)
    assert_same(d_w, [6.0, 12.0])


def test_vmap(function: Any) -> None:
    value, (d_k, d_w) = jax.vmap(function, in_axes=(0, None))(jnp.array([1.0, 2.0]), jnp.array([1.0, 2.0]))
    assert_same(value, [5.0, 10.0])
    assert_same(d_k, [5.0, 5.0])
    assert_same(d_w, [[2.0, 4.0], [4.0, 8.0]])


def test_gradients_and_hessians(function: Any) -> None:
    point = jnp.array(3.0), jnp.array([1.0, 2.0])
    derived, gradients = jax.jit(jax.grad(function, argnums=(0, 1), has_aux=True))(*point)
    for own, gradient in zip(derived, gradients, strict=True):
        assert_same(own, gradient)
    hessian = jax.jit(jax.hessian(lambda k, w: function(k=k, w=w)[0], argnums=(0, 1)))(*point)
    assert_same(hessian[0][1], [2.0, 4.0])
    assert_same(hessian[1][1], [[6.0, 0.0], [0.0, 6.0]])


def test_numbers_alone() -> None:
    function = graphdiff.compile("x*exp(y)", backend="jax")
    assert_same(jax.grad(lambda x: function(x, 0.0)[1][1])(2.0), 1.0)
    assert_same(jax.vmap(function)(jnp.array([1.0, 2.0]), jnp.zeros(2))[0], [1.0, 2.0])


def test_traced_numbers_in_lists() -> None:
    function = graphdiff.compile("sum(A @ x)", backend="jax")
    w = jnp.array([1.0, 2.0])
    d_w, d_k = jax.jit(jax.grad(lambda w, k: function([w, w], [k, 1.0])[0], argnums=(0, 1)))(w, 3.0)
    assert_same(d_w, [6.0, 2.0])
    assert_same(d_k, 2.0)


def test_an_index_that_is_traced() -> None:
    function = graphdiff.compile("x[i]*k", backend="jax")
    value, (d_x, d_k) = jax.jit(jax.vmap(function, (None, 0, None)))(jnp.array([1.0, 2.0, 3.0]), jnp.array([2, -3]), 2)
    assert_same(value, [6.0, 2.0])
    assert_same(d_x, [[0.0, 0.0, 2.0], [2.0, 0.0, 0.0]])
    assert_same(d_k, [3.0, 1.0])


@pytest.mark.sampled(2)
@pytest.mark.parametrize("dtype", [jnp.float64, jnp.float32, jnp.float16, jnp.bfloat16])
def test_dtypes(function: Any, dtype: Any) -> None:
    k, w = dtype(3.0), jnp.array([1.0, 2.0], dtype)
    for point in ((k, w), (3.0, w)):
        value, gradients = function(*point)
        assert {each.dtype for each in (value, *gradients)} == {jnp.dtype(dtype)}


@pytest.mark.parametrize("point", [(2j, [1.0]), (jnp.array(2j), [1.0]), (1.0, jnp.array([2j]))])
def test_complex_numbers_are_refused(function: Any, point: Any) -> None:
    with pytest.raises(GraphdiffError, match=r"is not (an array of real numbers|a number)"):
        function(*point)


def test_a_library_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphdiff.targets.registry.find_spec", lambda name: None)
    with pytest.raises(GraphdiffError, match="torch is required") as error:
        graphdiff.compile("x*y", backend="torch")
    assert error.value.kind == "usage"


@pytest.mark.slow
def test_jacobians_and_products_can_be_transformed() -> None:
    """jit, vmap over points and over directions, and grad of a Jacobian; a loop too."""
    options: Any = {"backend": "jax", "inputs": ["x", "W", "y"]}
    text, x, matrix = "tanh(W@x)*y", jnp.array([0.1, 0.2]), jnp.array([[0.3, -1.0], [0.5, 0.2]])
    jacobian = graphdiff.compile(text, "x", want="jacobian", **options)
    expected = jax.jacfwd(lambda x, y: jnp.tanh(matrix @ x) * y, (0, 1))(x, 2.0)
    assert_same(jax.jit(jacobian)(x, matrix, 2.0)[1], expected[0], 1e-6)
    assert_same(jax.vmap(jacobian, (0, None, None))(jnp.stack([x, x]), matrix, 2.0)[1], [expected[0]] * 2, 1e-6)
    by_y = jax.grad(lambda y: jacobian(x, matrix, y)[1].sum())(2.0)
    assert_same(by_y, expected[0].sum() / 2, 1e-6)
    product = graphdiff.compile("sum(fold(tanh(W@h)*y for t in range(3), h=x))", "x", want="hvp", **options)

    def loop(x: Any) -> Any:
        for _ in range(3):
            x = jnp.tanh(matrix @ x) * 2.0
        return x.sum()

    rows = jax.vmap(lambda direction: jax.jit(product)(x, matrix, 2.0, direction)[1])(jnp.eye(2))
    assert_same(rows, jax.hessian(loop)(x), 1e-5)
