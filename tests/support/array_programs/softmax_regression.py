"""Softmax regression."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy import special

from support.array_programs.collection import as_int, labels, normal, program


@program(
    """
    logp = log_softmax(X @ W + b)
    -mean(sum(one_hot(y, 4) * logp, axis=1))
    """,
    X=normal(6, 3),
    W=normal(3, 4),
    b=normal(4),
    y=labels(6, 4),
    fixed=("y",),
)
def softmax_regression_one_hot(X: Array, W: Array, b: Array, y: Array) -> Array:
    scores = X @ W + b
    return jnp.mean(special.logsumexp(scores, axis=1) - scores[jnp.arange(6), as_int(y)])


@program(
    """
    S = X @ W.T + b
    sum(logsumexp(S[k]) - S[k, y[k]] for k in range(5)) / 5
    """,
    X=normal(5, 4),
    W=normal(3, 4),
    b=normal(3),
    y=labels(5, 3),
    fixed=("y",),
)
def softmax_regression_indexing(X: Array, W: Array, b: Array, y: Array) -> Array:
    def one(x: Array, k: Array) -> Array:
        return -jnp.log(jax.nn.softmax(W @ x + b)[k])

    return jnp.mean(jax.vmap(one)(X, as_int(y)))


@program(
    "cross_entropy(X @ W + b, y) + lam * sum(W^2)",
    X=normal(8, 5),
    W=normal(5, 3),
    b=normal(3),
    y=labels(8, 3),
    lam=0.05,
    fixed=("y",),
)
def softmax_regression_cross_entropy(X: Array, W: Array, b: Array, y: Array, lam: Array) -> Array:
    logp = jax.nn.log_softmax(X @ W + b, axis=-1)
    return -jnp.mean(jnp.take_along_axis(logp, as_int(y)[:, None], axis=1)) + lam * jnp.linalg.norm(W, "fro") ** 2


@program("s = W @ x + b; logsumexp(s) - s[y]", W=normal(4, 3), x=normal(3), b=normal(4), y=2.0, fixed=("y",))
def softmax_one_example(W: Array, x: Array, b: Array, y: Array) -> Array:
    return -jax.nn.log_softmax(W @ x + b)[as_int(y)]


@program("-log(softmax(W @ x)[y])", W=normal(5, 2), x=normal(2), y=4.0, fixed=("y",))
def softmax_one_example_naive(W: Array, x: Array, y: Array) -> Array:
    s = W @ x
    return jnp.log(jnp.sum(jnp.exp(s - s[as_int(y)])))


@program("cross_entropy(W @ x + b, y)", W=normal(4, 3), x=normal(3), b=normal(4), y=0.0, fixed=("y",))
def cross_entropy_one_example(W: Array, x: Array, b: Array, y: Array) -> Array:
    s = W @ x + b
    return special.logsumexp(s) - s[as_int(y)]


@program(
    """
    S = X @ W
    Z = S - max(S, axis=1, keepdims=true)       # for stability
    E = exp(Z)
    P = E / sum(E, axis=1, keepdims=true)
    -mean(log(sum(P * Y, axis=1)))
    """,
    X=normal(4, 3),
    W=normal(3, 3),
    Y=np.eye(3)[[2, 0, 1, 2]],
    fixed=("Y",),
)
def softmax_by_hand(X: Array, W: Array, Y: Array) -> Array:
    return -jnp.einsum("ij,ij->", Y, jax.nn.log_softmax(X @ W, axis=1)) / 4


@program(
    """
    logp = log_softmax(X @ W, axis=1)
    target = (1 - eps) * one_hot(y, 5) + eps/5
    -mean(sum(target * logp, axis=1))
    """,
    X=normal(4, 3),
    W=normal(3, 5),
    eps=0.1,
    y=labels(4, 5),
    fixed=("y",),
)
def label_smoothing(X: Array, W: Array, eps: Array, y: Array) -> Array:
    logp = jax.nn.log_softmax(X @ W, axis=1)
    picked = logp[jnp.arange(4), as_int(y)]
    return jnp.mean(-(1 - eps) * picked - eps * logp.mean(axis=1))


@program(
    """
    p = softmax(teacher / T)
    q = log_softmax(student / T)
    T^2 * mean(sum(p * (log(p) - q), axis=-1))
    """,
    teacher=normal(4, 5),
    student=normal(4, 5),
    T=2.5,
)
def distillation_at_a_temperature(teacher: Array, student: Array, T: Array) -> Array:
    p = jax.nn.softmax(teacher / T, axis=1)
    cross = special.logsumexp(student / T, axis=1) - jnp.sum(p * student, axis=1) / T
    return T**2 * jnp.mean(cross + jnp.sum(jax.scipy.special.xlogy(p, p), axis=1))


@program("p = softmax(s / tau); -sum(p * log2(p))", s=normal(6), tau=0.8)
def entropy_of_softmax_in_bits(s: Array, tau: Array) -> Array:
    return jnp.sum(special.entr(jax.nn.softmax(s / tau))) / jnp.log(2.0)


@program("tau * logsumexp(x / tau) - max(x)", x=normal(5), tau=0.4)
def smooth_maximum_gap(x: Array, tau: Array) -> Array:
    return tau * jnp.log(jnp.exp((x - x[jnp.argmax(x)]) / tau).sum())


@program("L = logsumexp(X, axis=1, keepdims=true)\nsum((X - L) * V)", X=normal(3, 5), V=normal(3, 5))
def logsumexp_with_keepdims(X: Array, V: Array) -> Array:
    return jnp.vdot(V, jax.nn.log_softmax(X, axis=1))


@program(
    """
    advantage = r - mean(r)
    logp = log_softmax(theta)[a]
    -mean(advantage * logp) - beta * -sum(softmax(theta) * log_softmax(theta))
    """,
    theta=normal(4),
    r=normal(6),
    a=labels(6, 4),
    beta=0.1,
    fixed=("a",),
)
def policy_gradient_of_a_bandit(theta: Array, r: Array, a: Array, beta: Array) -> Array:
    logp = theta - special.logsumexp(theta)
    weights = jnp.zeros(4).at[as_int(a)].add(r - r.mean()) / 6
    return -weights @ logp - beta * special.entr(jnp.exp(logp)).sum()
