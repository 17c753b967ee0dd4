"""JAX code against the trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="JAX runs the code; it is in the test extra")
from graphdiff.targets import jax as target  # noqa: E402
from support.programs import (  # noqa: E402
    ARRAYS,
    EDGES,
    NUMBERS,
    Case,
    assert_is_the_trace,
    assert_same,
    each,
    function_of,
)


def as_arrays(case: Case, dtype: Any = None) -> dict[str, Any]:
    return {name: np.asarray(value, dtype) if np.ndim(value) else value for name, value in case.point.items()}


def jit(case: Case) -> Any:
    """By jit: of arrays that is also faster than one operation after another."""
    function = function_of(case, target)
    return jax.jit(lambda point: function(**point))


@pytest.mark.sampled(60)
@each(NUMBERS[::40], EDGES[::4], ARRAYS[::45])
def test_without_jit(case: Case) -> None:
    assert_is_the_trace(case, function_of(case, target)(**as_arrays(case)))


@pytest.fixture
def single_precision() -> Iterator[None]:
    """JAX as it is unless 64 bits are asked for."""
    jax.config.update("jax_enable_x64", False)
    yield
    jax.config.update("jax_enable_x64", True)


@pytest.mark.sampled(10)
@each(ARRAYS[1::45], NUMBERS[::60])
@pytest.mark.usefixtures("single_precision")
def test_without_64_bits(case: Case) -> None:
    results = jit(case)(as_arrays(case, np.float32))
    assert all(result.dtype == np.float32 for result in (results[0], *results[1]))
    assert_is_the_trace(case, results, 1e-3)


@pytest.mark.slow
@each(ARRAYS[2::30])
def test_single_precision_stays(case: Case) -> None:
    point = {name: np.asarray(value, np.float32) for name, value in case.point.items()}
    shapes = jax.eval_shape(lambda point: function_of(case, target)(**point), point)
    assert all(each.dtype == np.float32 for each in jax.tree.leaves(shapes))


def test_vmap() -> None:
    """Over rows, with an index among the inputs."""
    case = Case("", "sum(x[i]*w) + x[0]", {"x": np.ones(3), "w": 1.0, "i": 0}, ["x", "w"])
    function = function_of(case, target)
    x, w, i = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([2.0, 3.0]), np.array([2, -2])
    value, gradients = jax.vmap(lambda x, w, i: function(x=x, w=w, i=i))(x, w, i)
    assert_same(value, [7.0, 19.0])
    assert_same(gradients[0], [[1.0, 0.0, 2.0], [1.0, 3.0, 0.0]])
    assert_same(gradients[1], [3.0, 5.0])


@pytest.mark.slow
@each(ARRAYS[3::60])
def test_its_own_gradient_is_the_same(case: Case) -> None:
    """What JAX derives from the value's code is what the code says of the gradients."""
    function = function_of(case, target)
    fixed = {name: value for name, value in as_arrays(case).items() if name not in case.wrt}
    point = {name: np.asarray(case.point[name], float) for name in case.wrt}
    derive = jax.value_and_grad(lambda point: function(**point, **fixed), has_aux=True)
    (_, gradients), derived = jax.jit(derive)(point)
    for name, gradient in zip(case.wrt, gradients, strict=True):
        assert_same(gradient, derived[name])
