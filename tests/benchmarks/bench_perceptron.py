"""One training step of a 784-128-10 perceptron, batch 64, traced and compiled, against NumPy by hand and libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphdiff
from support.libraries import agree, library
from support.native import needs_compiler
from support.perceptron import POINT, PROGRAM, WEIGHTS


def by_hand(X: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:  # noqa: N803
    """What one writes for this network in NumPy, once it is right."""
    z = X @ W1 + b1
    hidden = np.maximum(z, 0)
    scores = hidden @ W2 + b2
    shifted = scores - scores.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    sums = powers.sum(axis=1, keepdims=True)
    rows = np.arange(len(X))
    labels = y.astype(int)
    loss = (np.log(sums[:, 0]) - shifted[rows, labels]).mean()
    back = powers / sums
    back[rows, labels] -= 1
    back /= len(X)
    hidden_back = (back @ W2.T) * (z > 0)
    return loss, (X.T @ hidden_back, hidden_back.sum(axis=0), hidden.T @ back, back.sum(axis=0))


def numpy_by_hand() -> Callable[[], Any]:
    return lambda: by_hand(**POINT)


def jax_jit() -> Callable[[], Any]:
    jax = library("jax")

    def loss(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, y: Any) -> Any:  # noqa: N803
        scores = jax.nn.relu(X @ W1 + b1) @ W2 + b2
        return -(jax.nn.one_hot(y.astype(int), 10) * jax.nn.log_softmax(scores)).sum(axis=1).mean()

    compiled = jax.jit(jax.value_and_grad(loss, argnums=(0, 1, 2, 3)))
    arguments = [jax.numpy.asarray(POINT[name]) for name in [*WEIGHTS, "X", "y"]]
    return lambda: jax.block_until_ready(compiled(*arguments))


def pytorch() -> Callable[[], Any]:
    torch = library("torch")
    functional = torch.nn.functional
    data, labels = torch.from_numpy(POINT["X"]), torch.from_numpy(POINT["y"]).long()
    weights = [torch.tensor(POINT[name], requires_grad=True) for name in WEIGHTS]

    def by_torch() -> Any:
        w1, b1, w2, b2 = weights
        loss = functional.cross_entropy(functional.relu(data @ w1 + b1) @ w2 + b2, labels)
        return loss.detach(), torch.autograd.grad(loss, weights)

    return by_torch


def hips_autograd() -> Callable[[], Any]:
    autograd, numpy = library("autograd"), library("autograd.numpy")
    rows, labels = np.arange(len(POINT["X"])), POINT["y"].astype(int)

    def loss(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:  # noqa: N803
        scores = numpy.maximum(POINT["X"] @ W1 + b1, 0) @ W2 + b2
        shifted = scores - numpy.max(scores, axis=1, keepdims=True)
        return numpy.mean(numpy.log(numpy.sum(numpy.exp(shifted), axis=1)) - shifted[rows, labels])

    differentiated = autograd.value_and_grad(loss, argnum=(0, 1, 2, 3))
    weights = [POINT[name] for name in WEIGHTS]
    return lambda: differentiated(*weights)


def test_traced(compare: Callable[..., None]) -> None:
    graph = graphdiff.parse(PROGRAM)

    def by_trace() -> Any:
        traced = graphdiff.trace(graph, POINT, wrt=WEIGHTS)
        return traced.value, [traced.gradients[name] for name in WEIGHTS]

    yardstick = numpy_by_hand()
    assert agree(by_trace(), yardstick())
    compare("784-128-10 perceptron, batch 64", 2, by_trace, yardstick, rounds=200)


CASES = [
    ("NumPy by hand", 1.1, numpy_by_hand),
    ("JAX jit", 1.0, jax_jit),
    ("PyTorch", 1.0, pytorch),
    ("autograd", 1.0, hips_autograd),
]


@pytest.mark.parametrize(("name", "limit", "other"), CASES, ids=[case[0] for case in CASES])
def test_compiled(
    name: str, limit: float, other: Callable[[], Callable[[], Any]], compare: Callable[..., None]
) -> None:
    compiled = graphdiff.compile(PROGRAM, wrt=WEIGHTS, backend="numpy")
    arguments = [POINT[name] for name in compiled.inputs]

    def by_graphdiff() -> Any:
        return compiled(*arguments)

    yardstick = other()
    assert agree(by_graphdiff(), yardstick())
    compare(f"784-128-10 perceptron compiled, {name}", limit, by_graphdiff, yardstick, rounds=200)


@needs_compiler
def test_in_c(compare: Callable[..., None]) -> None:
    compiled = graphdiff.compile(PROGRAM, wrt=WEIGHTS, backend="c")
    arguments = [POINT[name] for name in compiled.inputs]
    yardstick = numpy_by_hand()
    assert agree(compiled(*arguments), yardstick())
    compare("784-128-10 perceptron by the C backend, NumPy by hand", 4, lambda: compiled(*arguments), yardstick, 100)
