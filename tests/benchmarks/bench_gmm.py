"""The log-likelihood of a Gaussian mixture and its gradient, as ADBench has it: in NumPy and by hand, in C and JAX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphdiff
from support.libraries import agree, library
from support.native import needs_compiler

PROGRAM = """c = x[:, None, :] - mu
y = exp(q)*c + (tril(L, k=-1) @ c[..., None])[..., 0]
inner = alpha + sum(q, axis=1) - 0.5*sum(y^2, axis=2)
prior = 0.5*(sum(exp(q)^2) + sum(tril(L, k=-1)^2)) - m*sum(q)
sum(logsumexp(inner, axis=1)) - n*logsumexp(alpha) + prior"""
PARAMETERS = ["alpha", "mu", "q", "L"]
SIZES = [(10, 25, 1000), (32, 5, 1000)]
"""Dimensions, components and points."""


def point_of(dimensions: int, components: int, points: int) -> dict[str, Any]:
    random = np.random.default_rng(3)
    return {
        "x": random.normal(size=(points, dimensions)),
        "mu": random.normal(size=(components, dimensions)),
        "q": 0.3 * random.normal(size=(components, dimensions)),
        "L": 0.3 * random.normal(size=(components, dimensions, dimensions)),
        "alpha": random.normal(size=components),
        "n": float(points),
        "m": 1.0,
    }


def by_hand(x: Any, mu: Any, q: Any, L: Any, alpha: Any, n: float, m: float) -> Any:  # noqa: N803
    """What one writes for it in NumPy, with einsum."""
    low = np.tril(np.ones(L.shape[1:]), -1)
    factors, powers = L * low, np.exp(q)
    c = x[:, None, :] - mu
    y = powers * c + np.einsum("kij,nkj->nki", factors, c)
    inner = alpha + q.sum(axis=1) - 0.5 * (y * y).sum(axis=2)
    largest = inner.max(axis=1, keepdims=True)
    shares = np.exp(inner - largest)
    sums = shares.sum(axis=1, keepdims=True)
    shares = shares / sums
    weights = np.exp(alpha - alpha.max())
    prior = 0.5 * ((powers * powers).sum() + (factors * factors).sum()) - m * q.sum()
    value = (largest + np.log(sums)).sum() - n * (alpha.max() + np.log(weights.sum())) + prior
    totals = shares.sum(axis=0)
    back = -shares[:, :, None] * y
    return value, (
        totals - n * weights / weights.sum(),
        -((back * powers).sum(axis=0) + np.einsum("kij,nki->kj", factors, back)),
        (back * c).sum(axis=0) * powers + totals[:, None] + powers * powers - m,
        np.einsum("nki,nkj->kij", back, c) * low + factors,
    )


@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: "d={} K={} N={}".format(*sizes))
def test_compiled(compare: Callable[..., None], sizes: tuple[int, int, int]) -> None:
    point = point_of(*sizes)
    compiled = graphdiff.compile(PROGRAM, PARAMETERS, backend="numpy")
    arguments = [point[name] for name in compiled.inputs]

    def ours() -> Any:
        return compiled(*arguments)

    def yardstick() -> Any:
        return by_hand(**point)

    assert agree(ours(), yardstick())
    compare("Gaussian mixture / NumPy by hand", 1.0, ours, yardstick, rounds=30)


@needs_compiler
@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: "d={} K={} N={}".format(*sizes))
def test_in_c(compare: Callable[..., None], sizes: tuple[int, int, int]) -> None:
    point = point_of(*sizes)
    compiled = graphdiff.compile(PROGRAM, PARAMETERS, backend="c")
    arguments = [point[name] for name in compiled.inputs]
    jax = library("jax")

    def value(alpha: Any, mu: Any, q: Any, L: Any, x: Any, n: Any, m: Any) -> Any:  # noqa: N803
        low, powers = jax.numpy.tril(L, -1), jax.numpy.exp(q)
        c = x[:, None, :] - mu
        y = powers * c + jax.numpy.einsum("kij,nkj->nki", low, c)
        inner = alpha + q.sum(axis=1) - 0.5 * (y * y).sum(axis=2)
        prior = 0.5 * ((powers * powers).sum() + (low * low).sum()) - m * q.sum()
        return jax.nn.logsumexp(inner, axis=1).sum() - n * jax.nn.logsumexp(alpha) + prior

    by_jax = jax.jit(jax.value_and_grad(value, argnums=(0, 1, 2, 3)))
    operands = [jax.numpy.asarray(point[name]) for name in (*PARAMETERS, "x", "n", "m")]

    def ours() -> Any:
        return compiled(*arguments)

    def theirs() -> Any:
        return jax.block_until_ready(by_jax(*operands))

    assert agree(ours(), theirs())
    compare("Gaussian mixture in C / JAX jit, d={} K={} N={}".format(*sizes), 1.0, ours, theirs, rounds=50)
