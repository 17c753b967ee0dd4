"""Arrays in loops in C, compiled with -O3: against loops by hand, NumPy by hand and JAX, in float64."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphdiff.targets.generate import source_of
from support.libraries import agree, library
from support.native import library as compiled_library
from support.native import needs_compiler
from support.perceptron import POINT, PROGRAM, WEIGHTS

pytestmark = needs_compiler
OPTIMIZED = ["-std=c99", "-O3"]
CHANCE = np.random.default_rng(0)
PERCEPTRON = """
#include <math.h>
double by_hand(const double X[64][784], const double W1[784][128], const double b1[128], const double W2[128][10],
               const double b2[10], const double y[64], double *restrict gradient)
{
    static double z[64][128], hidden[64][128], back[64][10], hidden_back[64][128];
    double *d_W1 = gradient, *d_b1 = d_W1 + 784*128, *d_W2 = d_b1 + 128, *d_b2 = d_W2 + 128*10, loss = 0.0;
    for (int k = 0; k < 784*128 + 128 + 128*10 + 10; k++)
        gradient[k] = 0.0;
    for (int i = 0; i < 64; i++) {
        double scores[10];
        for (int j = 0; j < 128; j++)
            z[i][j] = b1[j];
        for (int k = 0; k < 784; k++)
            for (int j = 0; j < 128; j++)
                z[i][j] += X[i][k]*W1[k][j];
        for (int j = 0; j < 10; j++)
            scores[j] = b2[j];
        for (int k = 0; k < 128; k++) {
            hidden[i][k] = z[i][k] > 0.0 ? z[i][k] : 0.0;
            for (int j = 0; j < 10; j++)
                scores[j] += hidden[i][k]*W2[k][j];
        }
        double largest = scores[0], sum = 0.0;
        for (int j = 1; j < 10; j++)
            largest = scores[j] > largest ? scores[j] : largest;
        for (int j = 0; j < 10; j++)
            sum += back[i][j] = exp(scores[j] - largest);
        loss += (log(sum) - (scores[(int)y[i]] - largest))/64.0;
        for (int j = 0; j < 10; j++) {
            back[i][j] = (back[i][j]/sum - (j == (int)y[i]))/64.0;
            d_b2[j] += back[i][j];
        }
        for (int k = 0; k < 128; k++) {
            double total = 0.0;
            for (int j = 0; j < 10; j++) {
                total += back[i][j]*W2[k][j];
                d_W2[10*k + j] += hidden[i][k]*back[i][j];
            }
            hidden_back[i][k] = z[i][k] > 0.0 ? total : 0.0;
            d_b1[k] += hidden_back[i][k];
        }
    }
    for (int k = 0; k < 784; k++)
        for (int i = 0; i < 64; i++)
            for (int j = 0; j < 128; j++)
                d_W1[128*k + j] += X[i][k]*hidden_back[i][j];
    return loss;
}
"""
STEPS, SIZE = 1024, 32
LSTM = f"""
gates(h, row) = U@h + V@row + b
cell(c, z) = sigmoid(z[{SIZE}:{2 * SIZE}])*c + sigmoid(z[:{SIZE}])*tanh(z[{2 * SIZE}:{3 * SIZE}])
state(c, z) = sigmoid(z[{3 * SIZE}:])*tanh(cell(c, z))
h, c = fold((state(c, gates(h, row)), cell(c, gates(h, row))) for row in x, h=zeros({SIZE}), c=zeros({SIZE}))
sum(h^2)
"""
LSTM_POINT = {
    "x": CHANCE.normal(size=(STEPS, SIZE)),
    "U": CHANCE.normal(size=(4 * SIZE, SIZE)) / 6,
    "V": CHANCE.normal(size=(4 * SIZE, SIZE)) / 6,
    "b": np.zeros(4 * SIZE),
}
ROWS, AXES, PARTS = 1000, 10, 25
MIXTURE = """
centered = expand_dims(x, 1) - means
scaled = exp(logs)*centered + einsum("kij,nkj->nki", tril(L, -1), centered)
terms = alphas + sum(logs, axis=1) - 0.5*sum(scaled^2, axis=2)
sum(logsumexp(terms, axis=1)) - 1000*logsumexp(alphas)
"""
MIXTURE_POINT = {
    "alphas": CHANCE.normal(size=PARTS),
    "means": CHANCE.normal(size=(PARTS, AXES)),
    "logs": CHANCE.normal(size=(PARTS, AXES)) / 3,
    "L": CHANCE.normal(size=(PARTS, AXES, AXES)) / 3,
    "x": CHANCE.normal(size=(ROWS, AXES)),
}


def in_c(folder: Path, text: str, name: str, inputs: Mapping[str, Any], wrt: Sequence[str]) -> Callable[[], Any]:
    """A function of compiled C, which returns the value and the gradients."""
    (folder / name).mkdir()
    function = compiled_library(folder / name, text, OPTIMIZED)[name]
    function.restype = ctypes.c_double
    declarations = re.findall(rf"{name}\((.*?)\)", text, re.DOTALL)[-1]
    order = [each for each in re.findall(r"\w+(?=\[)", declarations) if each in inputs]
    arrays = {each: np.ascontiguousarray(value, float) for each, value in inputs.items()}
    sizes = [arrays[each].size for each in wrt]
    outputs = [np.zeros(sum(sizes)), np.zeros(int((re.findall(r"_WORKSPACE (\d+)\n", text) or ["1"])[0]))]
    operands = [each.ctypes.data_as(ctypes.c_void_p) for each in [*(arrays[each] for each in order), *outputs]]

    def call() -> Any:
        value = function(*operands)
        parts = np.split(outputs[0], np.cumsum(sizes)[:-1])
        return value, [part.reshape(arrays[each].shape) for each, part in zip(wrt, parts, strict=True)]

    return call


def generated(folder: Path, program: str, inputs: Mapping[str, Any], wrt: Sequence[str]) -> Callable[[], Any]:
    """The function that graphdiff generates. A compiler takes less than a second for it."""
    text = source_of(program, "c", wrt, {name: np.shape(value) for name, value in inputs.items()})
    start = os.times().children_user
    function = in_c(folder, text, "f", inputs, wrt)
    assert os.times().children_user - start < 1
    return function


def test_perceptron(compare: Callable[..., None], tmp_path: Path) -> None:
    ours = generated(tmp_path, PROGRAM, POINT, WEIGHTS)
    by_hand = in_c(tmp_path, PERCEPTRON, "by_hand", POINT, WEIGHTS)
    assert agree(ours(), by_hand())
    compare("784-128-10 perceptron in C, loops by hand", 1.2, ours, by_hand, rounds=100)


def test_lstm(compare: Callable[..., None], tmp_path: Path) -> None:
    jax = library("jax")
    wrt = ["U", "V", "b"]

    def loss(U: Any, V: Any, b: Any, x: Any) -> Any:  # noqa: N803
        def step(carried: Any, row: Any) -> Any:
            h, c = carried
            i, f, g, o = jax.numpy.split(U @ h + V @ row + b, 4)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jax.numpy.tanh(g)
            return (jax.nn.sigmoid(o) * jax.numpy.tanh(c), c), None

        (h, _), _ = jax.lax.scan(step, (jax.numpy.zeros(SIZE), jax.numpy.zeros(SIZE)), x)
        return jax.numpy.sum(h**2)

    compiled = jax.jit(jax.value_and_grad(loss, argnums=(0, 1, 2)))
    arguments = [jax.numpy.asarray(LSTM_POINT[name]) for name in [*wrt, "x"]]

    def by_jax() -> Any:
        return jax.block_until_ready(compiled(*arguments))

    ours = generated(tmp_path, LSTM, LSTM_POINT, wrt)
    assert agree(ours(), by_jax())
    compare("LSTM of 1024 steps in C, JAX", 3, ours, by_jax, rounds=30)


def mixture_by_hand(alphas: Any, means: Any, logs: Any, L: Any, x: Any) -> Any:  # noqa: N803
    """What one writes in NumPy, with products of matrices for each part."""
    lower, scales = np.tril(L, -1), np.exp(logs)
    centered = x[None] - means[:, None]
    scaled = scales[:, None] * centered + centered @ lower.swapaxes(1, 2)
    terms = (alphas + logs.sum(axis=1))[:, None] - 0.5 * (scaled**2).sum(axis=2)
    largest = terms.max(axis=0)
    powers = np.exp(terms - largest)
    sums = powers.sum(axis=0)
    shares = powers / sums
    total = np.exp(alphas - alphas.max())
    value = (np.log(sums) + largest).sum() - ROWS * (np.log(total.sum()) + alphas.max())
    back = -scaled * shares[:, :, None]
    each = shares.sum(axis=1)
    d_centered = back * scales[:, None] + back @ lower
    d_logs = each[:, None] + scales * (back * centered).sum(axis=1)
    d_lower = np.tril(back.swapaxes(1, 2) @ centered, -1)
    return value, (each - ROWS * total / total.sum(), -d_centered.sum(axis=1), d_logs, d_lower)


@pytest.mark.parametrize(("name", "limit"), [("NumPy by hand", 1.0), ("JAX jit", 1.0)])
def test_gaussian_mixture(name: str, limit: float, compare: Callable[..., None], tmp_path: Path) -> None:
    wrt = ["alphas", "means", "logs", "L"]
    ours = generated(tmp_path, MIXTURE, MIXTURE_POINT, wrt)

    def by_numpy() -> Any:
        return mixture_by_hand(**MIXTURE_POINT)

    def jax_jit() -> Callable[[], Any]:
        jax = library("jax")

        def loss(alphas: Any, means: Any, logs: Any, L: Any, x: Any) -> Any:  # noqa: N803
            centered = x[:, None] - means
            scaled = jax.numpy.exp(logs) * centered
            scaled += jax.numpy.einsum("kij,nkj->nki", jax.numpy.tril(L, -1), centered)
            terms = alphas + logs.sum(axis=1) - 0.5 * (scaled**2).sum(axis=2)
            return jax.nn.logsumexp(terms, axis=1).sum() - ROWS * jax.nn.logsumexp(alphas)

        compiled = jax.jit(jax.value_and_grad(loss, argnums=(0, 1, 2, 3)))
        arguments = [jax.numpy.asarray(MIXTURE_POINT[each]) for each in [*wrt, "x"]]
        return lambda: jax.block_until_ready(compiled(*arguments))

    yardstick = by_numpy if name == "NumPy by hand" else jax_jit()
    assert agree(ours(), yardstick())
    compare(f"Gaussian mixture in C, {name}", limit, ours, yardstick, rounds=50)
