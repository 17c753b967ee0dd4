"""Logistic regression."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from support.array_programs.collection import as_int, bits, labels, normal, program, signs, uniform


@program(
    """
    p = sigmoid(X @ w + b)
    -mean(y*log(p) + (1 - y)*log(1 - p))
    """,
    X=normal(8, 3),
    w=normal(3),
    b=0.25,
    y=bits(8),
)
def logistic_regression_naive(X: Array, w: Array, b: Array, y: Array) -> Array:
    z = X @ w + b
    return jnp.mean(jax.nn.softplus(z) - y * z)


@program("z = X @ w + b\nmean(softplus(z) - y*z)", X=normal(6, 4), w=normal(4), b=-0.5, y=bits(6))
def logistic_regression_stable(X: Array, w: Array, b: Array, y: Array) -> Array:
    z = X @ w + b
    return -jnp.mean(y * jax.nn.log_sigmoid(z) + (1 - y) * jax.nn.log_sigmoid(-z))


@program(
    """
    # labels +1 and -1
    m = t * (X @ w)
    sum(log1p(exp(-m))) / 7
    """,
    X=normal(7, 2),
    w=normal(2),
    t=signs(7),
    fixed=("t",),
)
def logistic_regression_margins(X: Array, w: Array, t: Array) -> Array:
    return jnp.mean(-jnp.log(jax.nn.sigmoid(t * (X @ w))))


@program(
    "-mean(log_sigmoid(t * (X @ w + b))) + lam/2 * sum(w^2)",
    X=normal(10, 3),
    w=normal(3),
    b=0.6,
    t=signs(10),
    lam=0.2,
    fixed=("t",),
)
def logistic_regression_with_l2(X: Array, w: Array, b: Array, t: Array, lam: Array) -> Array:
    return jnp.mean(jnp.logaddexp(0.0, -t * (X @ w + b))) + 0.5 * lam * jnp.linalg.norm(w) ** 2


@program(
    """
    z = dot(w, x) + b
    p = 1/(1 + e^(-z))
    -(y*log(p) + (1 - y) log(1 - p))
    """,
    x=normal(3),
    w=normal(3),
    b=0.1,
    y=0.7,
)
def logistic_regression_one_example(x: Array, w: Array, b: Array, y: Array) -> Array:
    z = w @ x + b
    return y * jax.nn.softplus(-z) + (1 - y) * jax.nn.softplus(z)


@program("mean(logaddexp(0, -t*(X @ w)))", X=normal(5, 3, scale=20.0), w=normal(3, scale=5.0), t=signs(5), fixed=("t",))
def logistic_regression_far_from_zero(X: Array, w: Array, t: Array) -> Array:
    m = t * (X @ w)
    return jnp.mean(jnp.maximum(-m, 0) + jnp.log1p(jnp.exp(-jnp.abs(m))))


@program(
    """
    p = sigmoid(X @ w + b)
    pt = where(y == 1, p, 1 - p)
    -mean((1 - pt)^gamma * log(pt))
    """,
    X=normal(6, 3),
    w=normal(3),
    b=0.2,
    y=bits(6),
    gamma=2.0,
    fixed=("y",),
)
def focal_loss(X: Array, w: Array, b: Array, y: Array, gamma: Array) -> Array:
    z = (2 * y - 1) * (X @ w + b)
    return jnp.mean(jax.nn.sigmoid(-z) ** gamma * jax.nn.softplus(-z))


@program(
    """
    P = softmax(X @ W)
    pt = sum(P * one_hot(y, 3), axis=1)
    mean(-alpha[y] * (1 - pt)^2 * log(pt))
    """,
    X=normal(5, 4),
    W=normal(4, 3),
    alpha=uniform(0.2, 1, 3),
    y=labels(5, 3),
    fixed=("y",),
)
def focal_loss_of_classes(X: Array, W: Array, alpha: Array, y: Array) -> Array:
    k = as_int(y)
    log_pt = jnp.take_along_axis(jax.nn.log_softmax(X @ W, axis=1), k[:, None], axis=1)[:, 0]
    return -jnp.mean(jnp.take(alpha, k) * (1 - jnp.exp(log_pt)) ** 2 * log_pt)
