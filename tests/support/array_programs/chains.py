"""Chains."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy import special

from support.array_programs.collection import as_int, normal, program


@program(
    """
    # linear-chain CRF
    a1 = logsumexp(E[0][:, None] + T, axis=0) + E[1]
    a2 = logsumexp(a1[:, None] + T, axis=0) + E[2]
    logZ = logsumexp(a2)
    gold = E[0, y[0]] + E[1, y[1]] + E[2, y[2]] + T[y[0]][y[1]] + T[y[1]][y[2]]
    logZ - gold
    """,
    E=normal(3, 3),
    T=normal(3, 3),
    y=np.array([2.0, 0.0, 1.0]),
    fixed=("y",),
)
def conditional_random_field(E: Array, T: Array, y: Array) -> Array:
    # all 27 paths
    paths = E[0][:, None, None] + E[1][None, :, None] + E[2][None, None, :] + T[:, :, None] + T[None, :, :]
    i, j, k = as_int(y)
    return special.logsumexp(paths) - paths[i, j, k]


@program(
    """
    A = softmax(a, axis=1)
    B = softmax(b, axis=1)
    p0 = softmax(c)
    f0 = p0 * B[:, obs[0]]
    f1 = (f0 @ A) * B[:, obs[1]]
    f2 = (f1 @ A) * B[:, obs[2]]
    -log(sum(f2))
    """,
    a=normal(2, 2),
    b=normal(2, 4),
    c=normal(2),
    obs=np.array([1.0, 3.0, 0.0]),
    fixed=("obs",),
)
def hidden_markov_model(a: Array, b: Array, c: Array, obs: Array) -> Array:
    A, B, start = jax.nn.log_softmax(a, axis=1), jax.nn.log_softmax(b, axis=1), jax.nn.log_softmax(c)
    i, j, k = as_int(obs)
    first = (start + B[:, i])[:, None, None] + A[:, :, None] + B[:, j][None, :, None]
    return -special.logsumexp(first + A[None, :, :] + B[:, k][None, None, :])


@program(
    """
    g1 = A.T @ (A @ x0 - b)
    x1 = x0 - lr*g1
    v = x1 - x0
    x2 = x1 + m*v - lr*(A.T @ (A @ (x1 + m*v) - b))         # Nesterov
    norm(A @ x2 - b)^2 / 2
    """,
    A=normal(5, 3),
    b=normal(5),
    x0=normal(3),
    lr=0.05,
    m=0.9,
)
def learning_rate_through_two_steps(A: Array, b: Array, x0: Array, lr: Array, m: Array) -> Array:
    def loss(x: Array) -> Array:
        return 0.5 * jnp.sum((A @ x - b) ** 2)

    x1 = x0 - lr * jax.grad(loss)(x0)
    ahead = x1 + m * (x1 - x0)
    return loss(ahead - lr * jax.grad(loss)(ahead))
