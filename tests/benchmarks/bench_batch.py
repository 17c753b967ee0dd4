"""The neuron at 10^6 points, value and five gradients into an existing array, against NumPy, libraries and a copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphdiff
from support import neuron
from support.libraries import agree, library
from support.native import needs_compiler

POINTS = 10**6
CHANCE = np.random.default_rng(0)
COLUMNS = [CHANCE.normal(size=POINTS) for _ in neuron.INPUTS]
BLOCK = 16384


def fresh() -> Any:
    """Room for the results, its pages touched."""
    return np.full((1 + len(COLUMNS), POINTS), np.nan)


def blocked_numpy() -> Callable[[], Any]:
    """As a careful engineer writes it: blocks that stay in cache, two buffers, no other temporaries, one thread."""
    out = fresh()
    buffers = np.empty((2, BLOCK))

    def by_hand() -> Any:
        for start in range(0, POINTS, BLOCK):
            rows = slice(start, start + BLOCK)
            w0, x0, w1, x1, w2 = (column[rows] for column in COLUMNS)
            y, d_w0, d_x0, d_w1, d_x1, d_w2 = out[:, rows]
            a, b = buffers[:, : len(y)]
            np.multiply(w0, x0, out=a)
            np.multiply(w1, x1, out=b)
            np.add(a, b, out=a)
            np.add(a, w2, out=a)
            np.negative(a, out=a)
            np.exp(a, out=a)
            np.add(a, 1, out=a)
            np.divide(1, a, out=y)
            np.subtract(1, y, out=b)
            np.multiply(y, b, out=d_w2)
            np.multiply(d_w2, x0, out=d_w0)
            np.multiply(d_w2, w0, out=d_x0)
            np.multiply(d_w2, x1, out=d_w1)
            np.multiply(d_w2, w1, out=d_x1)
        return out

    return by_hand


def jax_jit() -> Callable[[], Any]:
    jax = library("jax")
    compiled = jax.jit(jax.vmap(neuron.in_jax()))
    columns = [jax.numpy.asarray(column) for column in COLUMNS]
    return lambda: jax.block_until_ready(compiled(*columns))


def pytorch() -> Callable[[], Any]:
    torch = library("torch")
    columns = [torch.from_numpy(column).requires_grad_() for column in COLUMNS]
    return lambda: neuron.in_torch(*columns)


def numexpr() -> Callable[[], Any]:
    evaluate = library("numexpr").evaluate
    out = fresh()
    y, *gradients = out
    w0, x0, w1, x1, w2 = COLUMNS
    d_w0, d_x0, d_w1, d_x1, g = gradients

    def by_numexpr() -> Any:
        evaluate(neuron.TEXT, {"w0": w0, "x0": x0, "w1": w1, "x1": x1, "w2": w2}, out=y)
        evaluate("y*(1-y)", {"y": y}, out=g)
        for factor, row in ((x0, d_w0), (w0, d_x0), (x1, d_w1), (w1, d_x1)):
            evaluate("g*factor", {"g": g, "factor": factor}, out=row)
        return out

    return by_numexpr


def numba_loop() -> Callable[[], Any]:
    out = fresh()

    def loop(w0: Any, x0: Any, w1: Any, x1: Any, w2: Any, out: Any) -> None:
        for i in range(len(w0)):
            y = 1 / (1 + np.exp(-(w0[i] * x0[i] + w1[i] * x1[i] + w2[i])))
            g = y * (1 - y)
            out[0, i] = y
            out[1, i] = g * x0[i]
            out[2, i] = g * w0[i]
            out[3, i] = g * x1[i]
            out[4, i] = g * w1[i]
            out[5, i] = g

    run = library("numba").njit(loop)

    def by_numba() -> Any:
        run(*COLUMNS, out)
        return out

    return by_numba


CASES = [
    ("blocked NumPy", 0.7, blocked_numpy),
    ("JAX jit", 1.0, jax_jit),
    ("PyTorch", 1.0, pytorch),
    ("numexpr", 1.0, numexpr),
    ("numba's single loop", 1.0, numba_loop),
]


def graphdiff_into_out(backend: str = "numpy") -> Callable[[], Any]:
    compiled = graphdiff.compile(neuron.TEXT, backend=backend, batch=True)
    assert list(compiled.inputs) == neuron.INPUTS
    out = fresh()

    def by_graphdiff() -> Any:
        compiled(*COLUMNS, out=out)
        return out

    return by_graphdiff


@pytest.mark.parametrize(("name", "limit", "other"), CASES, ids=[case[0] for case in CASES])
def test_batch(name: str, limit: float, other: Callable[[], Callable[[], Any]], compare: Callable[..., None]) -> None:
    ours, yardstick = graphdiff_into_out(), other()
    assert agree(ours(), yardstick())
    compare(f"neuron at 10^6 points, {name}", limit, ours, yardstick, rounds=40)


@needs_compiler
@pytest.mark.parametrize(
    ("name", "limit", "other"), [("blocked NumPy", 0.6, blocked_numpy), ("NumPy's batch", 1.0, graphdiff_into_out)]
)
def test_batch_in_c(
    name: str, limit: float, other: Callable[[], Callable[[], Any]], compare: Callable[..., None]
) -> None:
    ours, yardstick = graphdiff_into_out("c"), other()
    assert agree(ours(), yardstick())
    compare(f"neuron at 10^6 points in C, {name}", limit, ours, yardstick, rounds=40)


def test_copy(compare: Callable[..., None]) -> None:
    """What is read and written, copied: five columns, and the six that come out."""
    ours = graphdiff_into_out()
    assert agree(ours(), blocked_numpy()())
    sources = [*COLUMNS, *ours()]
    copies = np.zeros((len(sources), POINTS))

    def copy() -> None:
        for copied, source in zip(copies, sources, strict=True):
            np.copyto(copied, source)

    compare("neuron at 10^6 points, a copy of the arrays", 1.0, ours, copy, rounds=40)
