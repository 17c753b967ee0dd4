"""Shapes and reductions."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from support.array_programs.collection import as_int, normal, program, uniform


@program("p = prod(X, axis=1); sum(w * p) + prod(p)", X=uniform(0.5, 1.5, 3, 4), w=normal(3))
def product_by_axis(X: Array, w: Array) -> Array:
    p = jnp.exp(jnp.log(X) @ jnp.ones(4))
    return w @ p + jnp.exp(jnp.sum(jnp.log(X)))


@program("1 - prod(1 - p, axis=0)[1] * (1 - q)", p=uniform(0.1, 0.6, 3, 2), q=0.3)
def noisy_or(p: Array, q: Array) -> Array:
    return 1 - jnp.exp(jnp.log1p(-q) + jnp.sum(jnp.log1p(-p[:, 1])))


@program("span = max(X, axis=0) - min(X, axis=0); sum(w * span) + max(X)*min(X)", X=normal(5, 3), w=normal(3))
def range_by_axis(X: Array, w: Array) -> Array:
    ordered = jnp.sort(X, axis=0)
    everything = jnp.sort(X.ravel())
    return w @ (ordered[4] - ordered[0]) + everything[0] * everything[14]


@program(
    """
    lo = min(x, axis=-1, keepdims=true)
    hi = max(x, axis=-1, keepdims=true)
    mean(((x - lo)/(hi - lo))^2)
    """,
    x=normal(3, 5),
)
def min_max_scaling(x: Array) -> Array:
    def one(v: Array) -> Array:
        lowest, highest = v[jnp.argmin(v)], v[jnp.argmax(v)]
        return jnp.mean(((v - lowest) / (highest - lowest)) ** 2)

    return jnp.mean(jax.vmap(one)(x))


@program(
    "sum(clip(X, -low, high) * W) + sum(max(A, B)) - sum(min(A, B, 0.5))",
    X=normal(3, 4),
    low=0.8,
    high=1.1,
    W=normal(3, 4),
    A=normal(2, 3),
    B=normal(3),
)
def elementwise_extremes(X: Array, low: Array, high: Array, W: Array, A: Array, B: Array) -> Array:
    clipped = jnp.minimum(jnp.maximum(X, -low), high)
    rows = jnp.broadcast_to(B, (2, 3))
    smallest = jnp.min(jnp.stack([A, rows, jnp.full((2, 3), 0.5)]), axis=0)
    return jnp.vdot(clipped, W) + jnp.sum(jnp.max(jnp.stack([A, rows]), axis=0) - smallest)


@program("A = x[:, None] + y[None, :]; sum(sigmoid(A) * W)", x=normal(3), y=normal(4), W=normal(3, 4))
def row_plus_column(x: Array, y: Array, W: Array) -> Array:
    return jnp.vdot(W, jax.nn.sigmoid(jnp.add.outer(x, y)))


@program("mean((r + c)^2 * r) - sum(c / (1 + r^2))", r=normal(1, 4), c=normal(3, 1))
def row_plus_column_of_matrices(r: Array, c: Array) -> Array:
    R, C = jnp.meshgrid(r[0], c[:, 0])
    return jnp.mean(R * (R + C) ** 2) - jnp.sum(C / (1 + R * R))


@program(
    """
    Y = moveaxis(X, 0, -1)              # (3, 4, 2)
    Z = transpose(X, (1, 2, 0))
    W = transpose(X)                    # (4, 3, 2)
    sum(Y * Z * k) + sum(W[:, 0, :] @ m)
    """,
    X=normal(2, 3, 4),
    k=normal(2),
    m=normal(2, 2),
)
def moveaxis_and_transpose(X: Array, k: Array, m: Array) -> Array:
    return jnp.einsum("ijk,ijk,i->", X, X, k) + jnp.einsum("ik,ij->", X[:, 0, :], m)


@program(
    """
    S = stack(a, b, axis=1)                         # (3, 2)
    C = concat(S, [[1, 2], [3, 4]], axis=0)         # (5, 2)
    F = concat(reshape(C, -1), a, b)                # 16
    sum(F * w) + S[2, 0] * C[-1, -1]
    """,
    a=normal(3),
    b=normal(3),
    w=normal(16),
)
def concat_and_stack(a: Array, b: Array, w: Array) -> Array:
    middle = jnp.array([1.0, 2.0, 3.0, 4.0]) @ w[6:10]
    return a @ w[0:6:2] + b @ w[1:6:2] + middle + a @ w[10:13] + b @ w[13:] + 4 * a[2]


@program(
    """
    p = pad(x, ((2, 1),))
    q = pad(M, ((0, 1), (2, 0)))
    sum(p * w) + sum(q[1] * p[:5]) + sum(pad(M, 1)^2)
    """,
    x=normal(4),
    w=normal(7),
    M=normal(2, 3),
)
def padding(x: Array, w: Array, M: Array) -> Array:
    # rows of q: (0, 0, M[0]), (0, 0, M[1]), zeros
    return x @ w[2:6] + M[1] @ x[:3] + jnp.vdot(M, M)


@program(
    "y = roll(roll(X, 1, axis=0), -2, axis=1)\nsum(y * W) + dot(roll(v, 3), u)",
    X=normal(3, 4),
    W=normal(3, 4),
    v=normal(5),
    u=normal(5),
)
def roll_of_two_axes(X: Array, W: Array, v: Array, u: Array) -> Array:
    permuted = X[jnp.array([2, 0, 1])][:, jnp.array([2, 3, 0, 1])]
    return jnp.einsum("ij,ij->", permuted, W) + v[jnp.array([2, 3, 4, 0, 1])] @ u


@program("sum(roll(X, 2) * W)", X=normal(2, 3), W=normal(2, 3))
def roll_of_all_entries(X: Array, W: Array) -> Array:
    flat = X.ravel()
    return jnp.append(flat[-2:], flat[:-2]) @ W.ravel()


@program(
    """
    h = mean(E[ctx], axis=0)            # CBOW
    s = U @ h
    logsumexp(s) - s[word]
    """,
    E=normal(6, 3),
    U=normal(6, 3),
    ctx=np.array([1.0, 4.0, 4.0, 5.0]),
    word=2.0,
    fixed=("ctx", "word"),
)
def embedding_bag_of_words(E: Array, U: Array, ctx: Array, word: Array) -> Array:
    counts = jnp.sum(jax.nn.one_hot(as_int(ctx), 6), axis=0)
    return -jax.nn.log_softmax(counts @ E @ U.T / 4)[as_int(word)]


@program(
    "-log_sigmoid(dot(U[o], V[c])) - sum(log_sigmoid(-U[neg] @ V[c]))",
    U=normal(5, 3),
    V=normal(5, 3),
    c=1.0,
    o=3.0,
    neg=np.array([0.0, 4.0, 0.0]),
    fixed=("c", "o", "neg"),
)
def embedding_with_negative_sampling(U: Array, V: Array, c: Array, o: Array, neg: Array) -> Array:
    scores = V[as_int(c)] @ U.T
    return jax.nn.softplus(-scores[as_int(o)]) + jnp.sum(jax.nn.softplus(scores[as_int(neg)]))


@program(
    "sum(W[:, idx] * R) + sum(T[0, idx, 1:])",
    W=normal(3, 4),
    idx=np.array([3.0, 0.0, 3.0]),
    R=normal(3, 3),
    T=normal(2, 4, 3),
    fixed=("idx",),
)
def gather_along_another_axis(W: Array, idx: Array, R: Array, T: Array) -> Array:
    chosen = jax.nn.one_hot(as_int(idx), 4)
    return jnp.einsum("ik,jk,ij->", W, chosen, R) + jnp.sum(chosen @ T[0, :, 1:])


@program(
    """
    even = x[::2]; odd = x[1::2]
    tail = x[-3:]; rev = x[::-1]
    sum(even * odd^2) + prod(tail) + sum(rev * w) + x[-2] * X[1, -1] + sum(X[..., 0]) + sum(X[1:, ::2]^2)
    """,
    x=normal(8),
    w=normal(8),
    X=normal(3, 4),
)
def slices_with_steps(x: Array, w: Array, X: Array) -> Array:
    pairs = x.reshape(4, 2)
    corner = X[1, 0] ** 2 + X[1, 2] ** 2 + X[2, 0] ** 2 + X[2, 2] ** 2
    last = x[5] * x[6] * x[7]
    return jnp.sum(pairs[:, 0] * pairs[:, 1] ** 2) + last + jnp.flip(x) @ w + x[6] * X[1, 3] + X[:, 0].sum() + corner


@program("max(a[k]^2 + b[k] for k in range(4)) - min(a[k] - b[k] for k in range(1, 4))", a=normal(4), b=normal(4))
def extremes_of_comprehensions(a: Array, b: Array) -> Array:
    return jnp.max(a**2 + b) + jnp.max((b - a)[1:])
