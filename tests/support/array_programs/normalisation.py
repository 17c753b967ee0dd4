"""Normalisation."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from support.array_programs.collection import normal, program, uniform


@program(
    """
    mu = mean(X, axis=0)
    s2 = var(X, axis=0)
    Xn = (X - mu) / sqrt(s2 + 1e-5)
    Y = gamma * Xn + beta
    sum(Y * R)
    """,
    X=normal(7, 3),
    gamma=uniform(0.5, 1.5, 3),
    beta=normal(3),
    R=normal(7, 3),
)
def batch_norm(X: Array, gamma: Array, beta: Array, R: Array) -> Array:
    centred = X - jnp.ones((7, 7)) @ X / 7
    scale = lax.rsqrt((centred**2).mean(0) + 1e-5)
    return jnp.vdot(R, centred * scale * gamma + beta)


@program(
    """
    mu = mean(x, axis=(0, 2, 3), keepdims=true)
    s2 = mean((x - mu)^2, axis=(0, 2, 3), keepdims=true)
    y = gamma[:, None, None] * (x - mu)/sqrt(s2 + 1e-5) + beta[:, None, None]
    mean(relu(y) * r)
    """,
    x=normal(2, 3, 2, 3),
    gamma=uniform(0.5, 1.5, 3),
    beta=normal(3),
    r=normal(2, 3, 2, 3),
)
def batch_norm_of_images(x: Array, gamma: Array, beta: Array, r: Array) -> Array:
    channels = jnp.moveaxis(x, 1, 0).reshape(3, -1)
    normed = jax.vmap(lambda v, g, b: g * (v - v.mean()) / jnp.sqrt(v.var() + 1e-5) + b)(channels, gamma, beta)
    return jnp.mean(jax.nn.relu(normed) * jnp.moveaxis(r, 1, 0).reshape(3, -1))


@program(
    """
    centre(x, axis=-1) = x - mean(x, axis=axis, keepdims=true)
    layernorm(x, g, b, axis=-1) = g*centre(x, axis=axis)/sqrt(var(x, axis=axis, keepdims=true) + 1e-6) + b
    sum(layernorm(X, g, b)^3)
    """,
    X=normal(4, 6),
    g=uniform(0.5, 1.5, 6),
    b=normal(6),
)
def layer_norm(X: Array, g: Array, b: Array) -> Array:
    return jnp.sum(jax.vmap(lambda x: g * jax.nn.standardize(x, epsilon=1e-6) + b)(X) ** 3)


@program(
    """
    standardise(x, axis=-1) = (x - mean(x, axis=axis, keepdims=true)) / std(x, axis=axis, keepdims=true)
    sum(R * standardise(X)) + sum(R^2 * standardise(X, axis=0))
    """,
    X=normal(4, 5),
    R=normal(4, 5),
)
def standardise_along_either_axis(X: Array, R: Array) -> Array:
    rows = jnp.stack([(x - x.mean()) / x.std() for x in X])
    columns = jnp.stack([(x - x.mean()) / x.std() for x in X.T], axis=1)
    return jnp.vdot(R, rows) + jnp.vdot(R * R, columns)


@program(
    "rms = sqrt(mean(x^2, axis=-1, keepdims=true) + eps); mean(tanh(g * x / rms))",
    x=normal(3, 5),
    g=normal(5),
    eps=1e-3,
)
def rms_norm(x: Array, g: Array, eps: Array) -> Array:
    return jnp.mean(jnp.tanh(jnp.stack([g * row * (row @ row / 5 + eps) ** -0.5 for row in x])))


@program(
    """
    G = reshape(x, 2, 3, 4)                     # 3 groups of 4
    N = (G - mean(G, axis=2, keepdims=true)) / sqrt(var(G, axis=2, keepdims=true) + 1e-5)
    sum(w * reshape(N, (2, -1)))
    """,
    x=normal(2, 12),
    w=normal(12),
)
def group_norm(x: Array, w: Array) -> Array:
    total = jnp.zeros(())
    for row in x:
        for k in range(0, 12, 4):
            total += w[k : k + 4] @ jax.nn.standardize(row[k : k + 4], epsilon=1e-5)
    return total


@program("z = (x - mean(x)) / std(x)\nmean(z^3) + mean(z^4) - 3", x=normal(9) + np.arange(9.0) ** 2 / 20)
def skewness_plus_kurtosis(x: Array) -> Array:
    c = x - x.mean()
    m2, m3, m4 = (jnp.mean(c**k) for k in (2, 3, 4))
    return m3 / m2**1.5 + m4 / m2**2 - 3


@program(
    """
    between = var(mean(X, axis=1))
    within = mean(std(X, axis=1)^2)
    between / (between + within)
    """,
    X=normal(3, 6) + np.array([[0.0], [1.0], [3.0]]),
)
def variance_ratio(X: Array) -> Array:
    return jnp.mean((X.mean(1) - X.mean()) ** 2) / jnp.mean((X - X.mean()) ** 2)
