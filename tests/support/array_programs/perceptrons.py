"""Perceptrons."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy import stats

from support.array_programs.collection import as_int, labels, normal, program


@program(
    """
    h = relu(X @ W1 + b1)
    scores = h @ W2 + b2
    cross_entropy(scores, y)
    """,
    X=normal(5, 3),
    W1=normal(3, 6),
    b1=normal(6),
    W2=normal(6, 4),
    b2=normal(4),
    y=labels(5, 4),
    fixed=("y",),
)
def mlp_relu_cross_entropy(X: Array, W1: Array, b1: Array, W2: Array, b2: Array, y: Array) -> Array:
    def one(x: Array, k: Array) -> Array:
        return -jax.nn.log_softmax(jnp.maximum(x @ W1 + b1, 0) @ W2 + b2)[k]

    return jnp.mean(jax.vmap(one)(X, as_int(y)))


@program(
    """
    layer(x, W, b) = tanh(x @ W + b)
    h1 = layer(X, W1, b1)
    h2 = layer(h1, W2, b2)
    out = h2 @ w3 + b3
    mean((out - y)^2)
    """,
    X=normal(6, 2),
    W1=normal(2, 5),
    b1=normal(5),
    W2=normal(5, 3),
    b2=normal(3),
    w3=normal(3),
    b3=0.1,
    y=normal(6),
)
def mlp_tanh_squared_error(
    X: Array, W1: Array, b1: Array, W2: Array, b2: Array, w3: Array, b3: Array, y: Array
) -> Array:
    h = X
    for W, b in ((W1, b1), (W2, b2)):
        h = 1 - 2 / (jnp.exp(2 * (jnp.einsum("ni,io->no", h, W) + b)) + 1)
    return jnp.mean(jnp.square(h @ w3 + b3 - y))


@program(
    """
    dense(x, W, b) = gelu(W @ x + b)
    s = W4 @ dense(dense(dense(x, W1, b1), W2, b2), W3, b3) + b4
    logsumexp(s) - s[y]
    """,
    x=normal(3),
    W1=normal(4, 3),
    b1=normal(4),
    W2=normal(4, 4),
    b2=normal(4),
    W3=normal(5, 4),
    b3=normal(5),
    W4=normal(3, 5),
    b4=normal(3),
    y=1.0,
    fixed=("y",),
)
def mlp_gelu_four_layers(
    x: Array, W1: Array, b1: Array, W2: Array, b2: Array, W3: Array, b3: Array, W4: Array, b4: Array, y: Array
) -> Array:
    h = x
    for W, b in ((W1, b1), (W2, b2), (W3, b3)):
        z = W @ h + b
        h = z * stats.norm.cdf(z)
    return -jax.nn.log_softmax(W4 @ h + b4)[as_int(y)]


@program(
    """
    h = sigmoid(X @ W1 + b1)
    p = sigmoid(h @ w2 + b2)
    -mean(y*log(p) + (1 - y) log(1 - p))     # XOR
    """,
    X=np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
    W1=normal(2, 3),
    b1=normal(3),
    w2=normal(3),
    b2=-0.3,
    y=np.array([0.0, 1.0, 1.0, 0.0]),
    fixed=("y",),
)
def mlp_sigmoid_xor(X: Array, W1: Array, b1: Array, w2: Array, b2: Array, y: Array) -> Array:
    h = 0.5 * (1 + jnp.tanh((X @ W1 + b1) / 2))
    z = h @ w2 + b2
    return jnp.mean(jnp.logaddexp(0.0, z) - y * z)


@program(
    """
    block(x, A, B) = x + silu(x @ A) @ B
    h = block(block(X, A1, B1), A2, B2)
    mean(sum((h - Y)^2, axis=1))
    """,
    X=normal(4, 3),
    A1=normal(3, 5),
    B1=normal(5, 3, scale=0.5),
    A2=normal(3, 5),
    B2=normal(5, 3, scale=0.5),
    Y=normal(4, 3),
)
def mlp_residual_silu(X: Array, A1: Array, B1: Array, A2: Array, B2: Array, Y: Array) -> Array:
    z1 = X @ A1
    h = X + (z1 / (1 + jnp.exp(-z1))) @ B1
    z2 = h @ A2
    h = h + (z2 / (1 + jnp.exp(-z2))) @ B2
    return jnp.vdot(h - Y, h - Y) / 4


@program(
    """
    a = leaky_relu(W1 @ x, 0.1)
    b = elu(W2 @ a, 1.5)
    c = mish(W3 @ b)
    mean(c^2)
    """,
    x=normal(3),
    W1=normal(4, 3),
    W2=normal(4, 4),
    W3=normal(3, 4),
)
def mlp_of_assorted_activations(x: Array, W1: Array, W2: Array, W3: Array) -> Array:
    a = jax.nn.leaky_relu(W1 @ x, 0.1)
    b = jax.nn.elu(W2 @ a, 1.5)
    return jnp.mean(jax.nn.mish(W3 @ b) ** 2)


@program(
    """
    z = tanh(X @ W)                 # tied weights
    Xhat = z @ Wᵀ + c
    mean((X - Xhat)^2) + 1e-2 * mean(z^2)
    """,
    X=normal(6, 5),
    W=normal(5, 2),
    c=normal(5),
)
def tied_autoencoder(X: Array, W: Array, c: Array) -> Array:
    z = jnp.tanh(jnp.einsum("ni,ik->nk", X, W))
    reconstruction = jnp.einsum("nk,ik->ni", z, W) + c
    return jnp.sum((X - reconstruction) ** 2) / 30 + 0.01 * jnp.sum(z**2) / 12


@program(
    "sum(((X @ V) * silu(X @ G)) @ O * R)",
    X=normal(3, 4),
    V=normal(4, 5),
    G=normal(4, 5),
    O=normal(5, 4),
    R=normal(3, 4),
)
def swiglu(X: Array, V: Array, G: Array, O: Array, R: Array) -> Array:  # noqa: E741
    gated = (X @ V) * jax.nn.silu(X @ G)
    return jnp.trace(gated @ O @ R.T)
