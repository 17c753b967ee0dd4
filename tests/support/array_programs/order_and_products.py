"""Sorting and cumulative operations, products of several arrays, decompositions and norms of matrices."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from support.array_programs.collection import normal, program, uniform


@program(
    "median(x)*quantile(y, 0.3) + sum(sort(x)[:3]^2) + sum(median(A^2, axis=0))",
    x=normal(5),
    y=normal(6),
    A=normal(3, 2),
)
def order_statistics(x: Array, y: Array, A: Array) -> Array:
    lowest = jnp.take(x, jnp.argsort(x)[:3])
    below, above = jnp.sort(y)[1:3]
    return jnp.sort(x)[2] * (0.5 * below + 0.5 * above) + lowest @ lowest + jnp.sort(A**2, axis=0)[1].sum()


@program("mean(cummax(p) - p) + sum(cumprod(1 + r, axis=1)*w)", p=normal(6), r=uniform(-0.1, 0.1, 2, 4), w=normal(2, 4))
def drawdown_and_growth(p: Array, r: Array, w: Array) -> Array:
    growth = jnp.stack([jnp.prod(1 + r[:, : k + 1], axis=1) for k in range(4)], axis=1)
    return jnp.mean(jnp.stack([jnp.max(p[: k + 1]) - p[k] for k in range(6)])) + jnp.vdot(growth, w)


@program(
    'sum(einsum("bqd,bkd->bqk", Q, K)*S) + sum(einsum("bii->i", S)^2)',
    Q=normal(2, 3, 2),
    K=normal(2, 3, 2),
    S=normal(2, 3, 3),
)
def stacked_scores(Q: Array, K: Array, S: Array) -> Array:
    scores = jnp.stack([q @ k.T for q, k in zip(Q, K, strict=True)])
    return jnp.vdot(scores, S) + sum((S[0, i, i] + S[1, i, i]) ** 2 for i in range(3))


@program(
    "y @ kron(A, B) @ z + cross(a, b) @ tril(C) @ a",
    y=normal(6),
    A=normal(2, 2),
    B=normal(3, 2),
    z=normal(4),
    a=normal(3),
    b=normal(3),
    C=normal(3, 3),
)
def kronecker_and_torque(y: Array, A: Array, B: Array, z: Array, a: Array, b: Array, C: Array) -> Array:
    whole = jnp.concatenate([jnp.concatenate([A[i, j] * B for j in range(2)], axis=1) for i in range(2)])
    turned = jnp.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])
    return y @ whole @ z + (turned @ (C * np.tri(3))) @ a


@program(
    "p @ matrix_power(P, 5) @ c + sum(E[[[0, 2], [2, 1]]]*p)",
    p=normal(2),
    P=uniform(0.1, 0.9, 2, 2),
    c=normal(2),
    E=normal(3),
)
def markov_chain(p: Array, P: Array, c: Array, E: Array) -> Array:
    for _ in range(5):
        c = P @ c
    return p @ c + (E[0] + E[2]) * p[0] + (E[2] + E[1]) * p[1]


@program(
    "norm(A, ord=1)*norm(A, ord=inf) + norm(x, ord=3)^2 + norm(x, ord=1)*norm(x, ord=inf)", A=normal(3, 2), x=normal(4)
)
def norms(A: Array, x: Array) -> Array:
    sizes = jnp.abs(A)
    lengths = jnp.sum(jnp.abs(x) ** 3) ** (2 / 3)
    return jnp.max(sizes.sum(0)) * jnp.max(sizes.sum(1)) + lengths + jnp.abs(x).sum() * jnp.abs(x).max()


@program("L = cholesky(R @ R.T + eye(3)); sum(solve(L, x)^2)/2 + sum(log(diag(L)))", R=normal(3, 3), x=normal(3))
def whitened(R: Array, x: Array) -> Array:
    S = R @ R.T + jnp.eye(3)
    return x @ jnp.linalg.solve(S, x) / 2 + jnp.linalg.slogdet(S)[1] / 2


@program('norm(A, ord="nuc") + norm(A @ A.T, ord=2)', A=normal(2, 3))
def singular_norms(A: Array) -> Array:
    """By the eigenvalues of a symmetric matrix."""
    values = jnp.linalg.eigvalsh(A @ A.T)
    return jnp.sum(jnp.sqrt(values)) + jax.lax.max(values[0], values[1])
