"""Matrices."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.scipy import special

from support.array_programs.collection import (
    as_int,
    bits,
    labels,
    near_identity,
    normal,
    program,
    simplex,
    spd,
    uniform,
)


@program(
    """
    D = X - mean(X, axis=0)
    C = D.T @ D / 8
    trace(W.T @ C @ W) - lam * sum((W.T @ W - eye(2))^2)
    """,
    X=normal(8, 4),
    W=normal(4, 2),
    lam=0.3,
)
def principal_components(X: Array, W: Array, lam: Array) -> Array:
    explained = jnp.sum(jnp.var(X @ W, axis=0))
    return explained - lam * jnp.linalg.norm(W.T @ W - jnp.eye(2), "fro") ** 2


@program(
    """
    E = mask * (R - U @ V.T)
    sum(E^2) + lam*(sum(U^2) + sum(V^2))
    """,
    R=normal(5, 4),
    U=normal(5, 2),
    V=normal(4, 2),
    mask=bits(5, 4),
    lam=0.1,
    fixed=("mask",),
)
def matrix_factorisation(R: Array, U: Array, V: Array, mask: Array, lam: Array) -> Array:
    total = lam * (jnp.vdot(U, U) + jnp.vdot(V, V))
    for i in range(5):
        for j in range(4):
            total += jnp.where(mask[i, j] > 0, (R[i, j] - U[i] @ V[j]) ** 2, 0.0)
    return total


@program(
    """
    pred = mu + bu[u] + bi[i] + sum(P[u] * Q[i], axis=1)
    mean((r - pred)^2)
    """,
    mu=0.5,
    bu=normal(3),
    bi=normal(4),
    P=normal(3, 2),
    Q=normal(4, 2),
    u=labels(6, 3),
    i=labels(6, 4),
    r=normal(6),
    fixed=("u", "i"),
)
def matrix_factorisation_of_ratings(
    mu: Array, bu: Array, bi: Array, P: Array, Q: Array, u: Array, i: Array, r: Array
) -> Array:
    table = mu + bu[:, None] + bi[None, :] + P @ Q.T
    return jnp.mean((r - table[as_int(u), as_int(i)]) ** 2)


@program(
    """
    v1 = A @ v0 / norm(A @ v0)
    v2 = A @ v1 / norm(A @ v1)
    v3 = A @ v2 / norm(A @ v2)
    v3.T @ A @ v3
    """,
    A=spd(4),
    v0=normal(4),
)
def power_iteration(A: Array, v0: Array) -> Array:
    v = A @ A @ A @ v0
    return jnp.einsum("i,ij,j->", v, A, v) / jnp.vdot(v, v)


@program("det(A) + trace(A @ A) - 2 det(A[:2, :2])", A=normal(4, 4))
def determinants(A: Array) -> Array:
    minor = A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0]
    return jnp.linalg.det(A) + jnp.sum(A * A.T) - 2 * minor


@program(
    """
    # Cramer's rule, the first unknown
    A1 = concat(b[:, None], A[:, 1:], axis=1)
    det(A1) / det(A)
    """,
    A=near_identity(3),
    b=normal(3),
)
def cramers_rule(A: Array, b: Array) -> Array:
    return jnp.linalg.solve(A, b)[0]


@program("X = solve(A, B); sum(X * C)", A=near_identity(4), B=normal(4, 2), C=normal(4, 2))
def solve_with_matrix_right_hand_side(A: Array, B: Array, C: Array) -> Array:
    return jnp.trace(C.T @ jnp.linalg.inv(A) @ B)


@program("norm(inv(A) - Y)^2 + norm(A) * norm(inv(A))", A=near_identity(3), Y=normal(3, 3))
def inverse_and_condition_number(A: Array, Y: Array) -> Array:
    B = jnp.linalg.solve(A, jnp.eye(3))
    return jnp.sum((B - Y) ** 2) + jnp.sqrt(jnp.vdot(A, A) * jnp.vdot(B, B))


@program("logdet(X.T @ diag_w @ X) / 2", X=normal(6, 3), diag_w=np.diag(uniform(0.5, 1.5, 6)))
def d_optimal_design(X: Array, diag_w: Array) -> Array:
    return jnp.linalg.slogdet(X.T @ diag_w @ X)[1] / 2


@program("sum(A @ B * C)", A=normal(3, 2, 4), B=normal(3, 4, 2), C=normal(3, 2, 2))
def batched_matmul(A: Array, B: Array, C: Array) -> Array:
    return jnp.einsum("bij,bjk,bik->", A, B, C)


@program("y = X @ W; z = v @ y; sum(z^2)", X=normal(2, 3, 4), W=normal(4, 5), v=normal(3))
def batched_matmul_broadcast(X: Array, W: Array, v: Array) -> Array:
    return jnp.sum(jnp.einsum("j,bji,ik->bk", v, X, W) ** 2)


@program("sum(tensordot(A, B, axes=((1, 2), (1, 0)))^2)", A=normal(2, 3, 4), B=normal(4, 3, 5))
def tensordot_of_two_axes(A: Array, B: Array) -> Array:
    return jnp.sum(jnp.einsum("ijk,kjl->il", A, B) ** 2)


@program(
    """
    z = tanh(W @ x + b)
    J = (1 - z^2)[:, None] * W
    logdet(J) - 0.5 * z.T @ z
    """,
    W=near_identity(3),
    x=normal(3, scale=0.5),
    b=normal(3, scale=0.3),
)
def normalising_flow_dense(W: Array, x: Array, b: Array) -> Array:
    def layer(v: Array) -> Array:
        return jnp.tanh(W @ v + b)

    return jnp.linalg.slogdet(jax.jacfwd(layer)(x))[1] - 0.5 * jnp.sum(layer(x) ** 2)


@program(
    """
    a = dot(w, z) + b
    znew = z + u*tanh(a)
    psi = (1 - tanh(a)^2) * w
    logq = -sum(z^2)/2 - log(abs(1 + dot(u, psi)))
    logq + sum(znew^4)/4
    """,
    z=normal(3),
    w=normal(3),
    u=normal(3),
    b=0.2,
)
def normalising_flow_planar(z: Array, w: Array, u: Array, b: Array) -> Array:
    def flow(v: Array) -> Array:
        return v + u * jnp.tanh(w @ v + b)

    return -z @ z / 2 - jnp.linalg.slogdet(jax.jacrev(flow)(z))[1] + jnp.mean(flow(z) ** 4) * 3 / 4


@program(
    """
    x1 = x[:, :2]; x2 = x[:, 2:]
    s = tanh(x1 @ Ws)
    t = x1 @ Wt
    y = concat([x1, x2 * exp(s) + t], axis=1)
    -mean(-sum(y^2, axis=1)/2 + sum(s, axis=1))
    """,
    x=normal(4, 4),
    Ws=normal(2, 2),
    Wt=normal(2, 2),
)
def normalising_flow_coupling(x: Array, Ws: Array, Wt: Array) -> Array:
    def flow(v: Array) -> Array:
        return jnp.append(v[:2], v[2:] * jnp.exp(jnp.tanh(v[:2] @ Ws)) + v[:2] @ Wt)

    def one(v: Array) -> Array:
        return jnp.sum(flow(v) ** 2) / 2 - jnp.linalg.slogdet(jax.jacfwd(flow)(v))[1]

    return jnp.mean(jax.vmap(one)(x))


@program(
    """
    At = A + eye(4)
    d = sum(At, axis=1)^(-1/2)
    L = d[:, None] * At * d[None, :]
    H = relu(L @ X @ W1)
    cross_entropy(L @ H @ W2, y)
    """,
    A=np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0.0]]),
    X=uniform(-0.5, 1.5, 4, 3),
    W1=normal(3, 4),
    W2=normal(4, 2),
    y=labels(4, 2),
    fixed=("y",),
)
def graph_convolution(A: Array, X: Array, W1: Array, W2: Array, y: Array) -> Array:
    At = A + jnp.eye(4)
    D = jnp.diag(lax.rsqrt(At @ jnp.ones(4)))
    L = D @ At @ D
    logp = jax.nn.log_softmax(L @ jnp.maximum(L @ X @ W1, 0) @ W2, axis=1)
    return -jnp.mean(jnp.take_along_axis(logp, as_int(y)[:, None], axis=1))


@program(
    """
    K = exp(-C/eps)
    v1 = b / (K.T @ (a / (K @ ones(4))))
    v2 = b / (K.T @ (a / (K @ v1)))
    u = a / (K @ v2)
    sum(u[:, None] * K * v2 * C)
    """,
    C=uniform(0.2, 2, 3, 4),
    a=simplex(3),
    b=simplex(4),
    eps=0.7,
)
def sinkhorn(C: Array, a: Array, b: Array, eps: Array) -> Array:
    g = jnp.zeros(4)
    for _ in range(2):
        f = jnp.log(a) - special.logsumexp(-C / eps + g, axis=1)
        g = jnp.log(b) - special.logsumexp(-C / eps + f[:, None], axis=0)
    f = jnp.log(a) - special.logsumexp(-C / eps + g, axis=1)
    return jnp.sum(jnp.exp(f[:, None] + g[None, :] - C / eps) * C)
