"""The training step of a perceptron that benchmarks measure."""

from __future__ import annotations

from typing import Any

import numpy as np

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
