"""The lecture systems 6 to 14 handwritten in JAX: the reference for the numbers of examples/."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

config: Any = jax.config
config.update("jax_enable_x64", True)

Judge = Callable[..., Array]
Point = dict[str, Array]


def load(path: Path) -> Point:
    """A point's inputs, all of float64 (labels too)."""
    return {name: jnp.asarray(value, jnp.float64) for name, value in json.loads(path.read_text("utf-8")).items()}


def labels(y: Array) -> Array:
    return y.astype(int)


# The losses of one sample: vmap makes them a batch's.


def hinge(s: Array, y: Array) -> Array:
    others = jnp.arange(s.shape[0]) != y
    return jnp.sum(jnp.where(others, jnp.maximum(0.0, s - s[y] + 1.0), 0.0))


def cross_entropy(s: Array, y: Array) -> Array:
    top = lax.stop_gradient(jnp.max(s))
    return jnp.log(jnp.sum(jnp.exp(s - top))) + top - s[y]


def over_batch(loss: Callable[[Array, Array], Array], scores: Array, y: Array) -> Array:
    return jnp.sum(jax.vmap(loss)(scores, labels(y))) / scores.shape[0]


# The inputs come by keyword and are read from a dict, since one of them is called lambda.


def squared_norm(**at: Array) -> Array:
    q = jnp.einsum("ij,j->i", at["W"], at["x"])
    return jnp.dot(q, q)


def logistic_regression_vector(**at: Array) -> Array:
    return jnp.log1p(jnp.exp(-jnp.dot(at["w"], at["x"])))


def linear_regression(**at: Array) -> Array:
    residual = jnp.einsum("nd,d->n", at["X"], at["w"]) + at["b"] - at["y"]
    return jnp.dot(residual, residual) / residual.shape[0] + at["lambda"] * jnp.dot(at["w"], at["w"])


def perceptron(**at: Array) -> Array:
    def one(a: Array, target: Array) -> Array:
        for layer in "123":
            a = 1.0 / (1.0 + jnp.exp(-(jnp.dot(at["W" + layer], a) + at["b" + layer])))
        return jnp.dot(a - target, a - target) / 2.0

    return jnp.mean(jax.vmap(one, in_axes=1)(at["a0"], at["target"]))


def svm_loss(**at: Array) -> Array:
    return hinge(jnp.dot(at["W"], at["x"]) + at["b"], labels(at["y"]))


def softmax_loss(**at: Array) -> Array:
    return cross_entropy(jnp.dot(at["W"], at["x"]) + at["b"], labels(at["y"]))


def linear_scores(at: Point) -> Array:
    return jax.vmap(lambda x: jnp.dot(at["W"], x) + at["b"])(at["X"])


def svm_loss_batch(**at: Array) -> Array:
    return over_batch(hinge, linear_scores(at), at["y"]) + at["lambda"] * jnp.vdot(at["W"], at["W"])


def softmax_loss_batch(**at: Array) -> Array:
    return over_batch(cross_entropy, linear_scores(at), at["y"]) + at["lambda"] * jnp.vdot(at["W"], at["W"])


def two_layers(at: Point, loss: Callable[[Array, Array], Array]) -> Array:
    scores = jax.vmap(lambda x: jnp.dot(at["W2"], jnp.maximum(0.0, jnp.dot(at["W1"], x))))(at["X"])
    squares = jnp.vdot(at["W1"], at["W1"]) + jnp.vdot(at["W2"], at["W2"])
    return over_batch(loss, scores, at["y"]) + at["lambda"] * squares


def two_layer_network(**at: Array) -> Array:
    return two_layers(at, cross_entropy)


def two_layer_network_svm(**at: Array) -> Array:
    return two_layers(at, hinge)


def convolution(x: Array, kernels: Array, bias: Array) -> Array:
    # Without dimension numbers: NCHW and OIHW, and the kernel is not flipped.
    return lax.conv_general_dilated(x, kernels, (1, 1), [(1, 1), (1, 1)]) + bias.reshape(1, -1, 1, 1)


def max_pool(x: Array) -> Array:
    largest: Array = lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
    return largest


def convolutional_network(**at: Array) -> Array:
    first = max_pool(jnp.maximum(0.0, convolution(at["images"], at["K1"], at["b1"])))
    second = max_pool(jnp.maximum(0.0, convolution(first, at["K2"], at["b2"])))
    scores = jax.vmap(lambda maps: jnp.dot(at["W"], jnp.ravel(maps)) + at["b"])(second)
    return over_batch(cross_entropy, scores, at["y"])


def turing_machine_head(**at: Array) -> Array:
    memory, key = at["M"], at["k"]
    rows = memory.shape[0]
    cosines = [jnp.dot(row, key) / jnp.sqrt(jnp.dot(row, row) * jnp.dot(key, key)) for row in memory]
    matches = jnp.exp(at["beta"] * jnp.stack(cosines))
    gated = at["g"] * matches / jnp.sum(matches) + (1.0 - at["g"]) * at["previous"]
    # Row i receives what stood `shift` rows before it.
    shifted = [
        sum((at["s"][shift + 1] * gated[(i - shift) % rows] for shift in (-1, 0, 1)), start=jnp.zeros(()))
        for i in range(rows)
    ]
    sharp = jnp.exp(at["gamma"] * jnp.log(jnp.stack(shifted)))
    weights = sharp / jnp.sum(sharp)
    read = jnp.einsum("i,ij->j", weights, memory)
    after_erasure = jnp.einsum("ij,ij->ij", memory, 1.0 - weights[:, None] * at["erase"][None, :])
    memory_after = after_erasure + weights[:, None] * at["add"][None, :]
    return jnp.sum(jnp.square(read - at["target"])) + jnp.sum(jnp.square(memory_after)) / memory_after.size


JUDGES: dict[str, Judge] = {
    "squared_norm": squared_norm,
    "logistic_regression_vector": logistic_regression_vector,
    "linear_regression": linear_regression,
    "perceptron": perceptron,
    "svm_loss": svm_loss,
    "svm_loss_batch": svm_loss_batch,
    "softmax_loss": softmax_loss,
    "softmax_loss_batch": softmax_loss_batch,
    "two_layer_network": two_layer_network,
    "two_layer_network_svm": two_layer_network_svm,
    "convolutional_network": convolutional_network,
    "turing_machine_head": turing_machine_head,
}

# The inputs that choose an entry and are not differentiated.
INDICES: dict[str, tuple[str, ...]] = {
    "squared_norm": (),
    "logistic_regression_vector": (),
    "linear_regression": (),
    "perceptron": (),
    "svm_loss": ("y",),
    "svm_loss_batch": ("y",),
    "softmax_loss": ("y",),
    "softmax_loss_batch": ("y",),
    "two_layer_network": ("y",),
    "two_layer_network_svm": ("y",),
    "convolutional_network": ("y",),
    "turing_machine_head": (),
}

# The lectures' numbers. System 11's by hand: s = [-96.8, 437.9, 60.75], so log Σ exp(s) is 437.9 and p is [0, 1, 0]
# (the third within 1e-163).
LECTURES: dict[str, tuple[float, dict[str, Any]]] = {
    "squared_norm": (0.116, {"W": [[0.088, 0.176], [0.104, 0.208]], "x": [-0.112, 0.636]}),
    "logistic_regression_vector": (
        0.3132616875182228,
        {
            "w": [0.2689414213699951, 0.5378828427399902, -0.2689414213699951],
            "x": [-0.5378828427399902, 0.8068242641099853, 0.8068242641099853],
        },
    ),
    "svm_loss": (
        694.25,
        {
            "W": [[-112, -462, -48, -4], [56, 231, 24, 2], [56, 231, 24, 2]],
            "b": [-2, 1, 1],
            "x": [1.1, 2.55, 2.1, -4.3],
        },
    ),
    "softmax_loss": (
        534.7,
        {
            "W": [[-56, -231, -24, -2], [56, 231, 24, 2], [0, 0, 0, 0]],
            "b": [-1, 1, 0],
            "x": [1.3, 1.8, 2.0, -2.0],
        },
    ),
}


def evaluate_by_jax(name: str, point: Point) -> tuple[Array, Point]:
    """The value and the gradients by every input that has one."""
    fixed = {key: value for key, value in point.items() if key in INDICES[name]}
    free = {key: value for key, value in point.items() if key not in INDICES[name]}

    def of_free(inputs: Point) -> Array:
        return JUDGES[name](**inputs, **fixed)

    value, gradients = jax.value_and_grad(of_free)(free)
    return value, gradients
