"""Hinge losses."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from support.array_programs.collection import as_int, labels, normal, program, signs


@program(
    """
    s = W @ x
    sum(max(0, s - s[y] + 1)) - 1
    """,
    W=normal(4, 3),
    x=normal(3),
    y=1.0,
    fixed=("y",),
)
def svm_one_example(W: Array, x: Array, y: Array) -> Array:
    s = W @ x
    others = jnp.arange(4) != as_int(y)
    return jnp.sum(jax.nn.relu(s - s[as_int(y)] + 1), where=others)


@program(
    """
    s = W @ x + b
    sum(max(0, s[j] - s[2] + delta) for j in range(5) if j != 2)
    """,
    W=normal(5, 3),
    x=normal(3),
    b=normal(5),
    delta=1.3,
)
def svm_comprehension(W: Array, x: Array, b: Array, delta: Array) -> Array:
    s = W @ x + b
    return jnp.sum(jnp.maximum(jnp.delete(s, 2) - s[2] + delta, 0))


@program(
    """
    S = X @ W                                            # (N, C)
    Y = one_hot(y, 4)
    correct = sum(S * Y, axis=1, keepdims=true)
    margins = max(0, S - correct + 1) * (1 - Y)
    sum(margins)/6 + lam*sum(W*W)
    """,
    X=normal(6, 3),
    W=normal(3, 4),
    lam=0.1,
    y=labels(6, 4),
    fixed=("y",),
)
def svm_batch_one_hot(X: Array, W: Array, lam: Array, y: Array) -> Array:
    def one(x: Array, k: Array) -> Array:
        s = x @ W
        return jnp.sum(jnp.where(jnp.arange(4) == k, 0.0, jax.nn.relu(1 + s - s[k])))

    return jax.vmap(one)(X, as_int(y)).mean() + lam * jnp.vdot(W, W)


@program(
    "mean(max(0, 1 - t*(X@w + b))) + lam*dot(w, w)",
    X=normal(7, 3),
    w=normal(3),
    b=0.15,
    t=signs(7),
    lam=0.25,
    fixed=("t",),
)
def svm_binary(X: Array, w: Array, b: Array, t: Array, lam: Array) -> Array:
    m = t * (X @ w + b)
    return jnp.mean(jnp.where(m < 1, 1 - m, 0.0)) + lam * jnp.sum(w**2)


@program("C * sum(relu(1 - t * (X @ w))^2) + norm(w)^2/2", X=normal(6, 4), w=normal(4), t=signs(6), C=0.7, fixed=("t",))
def svm_squared_hinge(X: Array, w: Array, t: Array, C: Array) -> Array:
    gap = jnp.clip(1 - t * (X @ w), 0, None)
    return C * gap @ gap + 0.5 * w @ w


@program(
    """
    S = X @ W + b
    Y = one_hot(y, 3)
    runner_up = max(where(Y, -1e9, S), axis=1)
    mean(max(0, 1 + runner_up - sum(Y * S, axis=1)))
    """,
    X=normal(6, 2),
    W=normal(2, 3),
    b=normal(3),
    y=labels(6, 3),
    fixed=("y",),
)
def svm_crammer_singer(X: Array, W: Array, b: Array, y: Array) -> Array:
    def one(x: Array, k: Array) -> Array:
        s = x @ W + b
        best = jnp.max(s, where=jnp.arange(3) != k, initial=-jnp.inf)
        return jax.nn.relu(1 + best - s[k])

    return jnp.mean(jax.vmap(one)(X, as_int(y)))


@program("sum(max(0, -t * (X @ w)))", X=normal(8, 3), w=normal(3), t=signs(8), fixed=("t",))
def perceptron_criterion(X: Array, w: Array, t: Array) -> Array:
    m = t * (X @ w)
    return jnp.sum((jnp.abs(m) - m) / 2)
