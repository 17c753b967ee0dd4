"""One training step of a 784-128-10 perceptron on a batch of 64, traced, against the same written by hand in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from graphdiff import parse, trace

CHANCE = np.random.default_rng(0)
POINT: dict[str, Any] = {
    "X": CHANCE.normal(size=(64, 784)),
    "y": CHANCE.integers(0, 10, 64).astype(float),
    "W1": CHANCE.normal(size=(784, 128)) / 28,
    "b1": np.zeros(128),
    "W2": CHANCE.normal(size=(128, 10)) / 11,
    "b2": np.zeros(10),
}
WEIGHTS = ["W1", "b1", "W2", "b2"]
PROGRAM = """
hidden = relu(X@W1 + b1)
scores = hidden@W2 + b2
loss = -mean(sum(one_hot(y, 10)*log_softmax(scores), axis=1))
"""


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
    return loss, {
        "W1": X.T @ hidden_back,
        "b1": hidden_back.sum(axis=0),
        "W2": hidden.T @ back,
        "b2": back.sum(axis=0),
    }


@pytest.mark.parametrize("side", ["yardstick", "graphdiff"])
def test_training_step(side: str, measure: Callable[..., None]) -> None:
    graph = parse(PROGRAM)
    traced = trace(graph, POINT, wrt=WEIGHTS)
    loss, gradients = by_hand(**POINT)
    assert traced.value == pytest.approx(loss, rel=1e-12)
    for name in WEIGHTS:
        assert np.allclose(traced.gradients[name], gradients[name], rtol=1e-10, atol=1e-12)

    def by_graphdiff() -> object:
        return trace(graph, POINT, wrt=WEIGHTS)

    def by_numpy() -> object:
        return by_hand(**POINT)

    # The two take turns, so that each finds the caches and the allocator as the other leaves them.
    call, other = (by_graphdiff, by_numpy) if side == "graphdiff" else (by_numpy, by_graphdiff)
    measure(side, "784-128-10 perceptron, batch 64", 2, call, rounds=200, before=lambda: other() and None)
