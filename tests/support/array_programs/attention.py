"""Attention."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy import special

from support.array_programs.collection import as_int, labels, normal, program


@program(
    """
    A = softmax(Q @ K.T / sqrt(3))
    sum(A @ V * R)
    """,
    Q=normal(4, 3),
    K=normal(5, 3),
    V=normal(5, 2),
    R=normal(4, 2),
)
def attention(Q: Array, K: Array, V: Array, R: Array) -> Array:
    def one(q: Array) -> Array:
        weights = jnp.exp(K @ q * 3**-0.5)
        return weights @ V / weights.sum()

    return jnp.vdot(R, jax.vmap(one)(Q))


@program(
    """
    Q = X @ Wq
    K = X @ Wk
    V = X @ Wv
    S = Q @ K.T / sqrt(4)
    mask = arange(5)[:, None] >= arange(5)[None, :]
    A = softmax(where(mask, S, -1e9), axis=-1)
    mean((A @ V)^2)
    """,
    X=normal(5, 3),
    Wq=normal(3, 4),
    Wk=normal(3, 4),
    Wv=normal(3, 4),
)
def attention_causal(X: Array, Wq: Array, Wk: Array, Wv: Array) -> Array:
    rows = []
    for t in range(5):
        past = X[: t + 1]
        rows.append(jax.nn.softmax((past @ Wk) @ (X[t] @ Wq) / 2) @ (past @ Wv))
    return jnp.mean(jnp.stack(rows) ** 2)


@program(
    """
    # 4 tokens, 2 heads of 3
    Q = transpose(reshape(X @ Wq, 4, 2, 3), (1, 0, 2))
    K = transpose(reshape(X @ Wk, 4, 2, 3), (1, 0, 2))
    V = transpose(reshape(X @ Wv, 4, 2, 3), (1, 0, 2))
    A = softmax(Q @ transpose(K, (0, 2, 1)) / sqrt(3), axis=-1)
    H = reshape(transpose(A @ V, (1, 0, 2)), 4, 6)
    sum(H @ Wo * R)
    """,
    X=normal(4, 5),
    Wq=normal(5, 6),
    Wk=normal(5, 6),
    Wv=normal(5, 6),
    Wo=normal(6, 5),
    R=normal(4, 5),
)
def attention_multi_head(X: Array, Wq: Array, Wk: Array, Wv: Array, Wo: Array, R: Array) -> Array:
    heads = []
    for h in range(2):
        part = slice(3 * h, 3 * h + 3)
        weights = jax.nn.softmax((X @ Wq[:, part]) @ (X @ Wk[:, part]).T / jnp.sqrt(3.0), axis=1)
        heads.append(weights @ (X @ Wv[:, part]))
    return jnp.vdot(jnp.hstack(heads) @ Wo, R)


@program(
    """
    heads(Z) = moveaxis(reshape(Z, 2, 3, 2, 2), 2, 1)       # (batch, token, head, d) -> (batch, head, token, d)
    q = heads(X @ Wq)
    k = heads(X @ Wk)
    v = heads(X @ Wv)
    bias = where(arange(3)[:, None] < arange(3), -1e9, 0)
    a = softmax(q @ moveaxis(k, -1, -2) / sqrt(2) + bias)
    out = reshape(moveaxis(a @ v, 1, 2), 2, 3, 4)
    mean(out * out * R)
    """,
    X=normal(2, 3, 4),
    Wq=normal(4, 4),
    Wk=normal(4, 4),
    Wv=normal(4, 4),
    R=normal(2, 3, 4),
)
def attention_multi_head_causal_batch(X: Array, Wq: Array, Wk: Array, Wv: Array, R: Array) -> Array:
    q, k, v = (jnp.einsum("bti,ihd->bthd", X, W.reshape(4, 2, 2)) for W in (Wq, Wk, Wv))
    scores = jnp.einsum("bthd,bshd->bhts", q, k) / jnp.sqrt(2.0)
    weights = jnp.where(jnp.tril(jnp.ones((3, 3))) > 0, jnp.exp(scores), 0.0)
    weights = weights / jnp.sum(weights, axis=-1, keepdims=True)
    return jnp.mean(jnp.einsum("bhts,bshd->bthd", weights, v).reshape(2, 3, 4) ** 2 * R)


@program(
    """
    ln(x) = (x - mean(x, axis=-1, keepdims=true)) / sqrt(var(x, axis=-1, keepdims=true) + 1e-5)
    attend(x, Wq, Wk, Wv) = softmax((x @ Wq) @ (x @ Wk).T / 2) @ (x @ Wv)
    h = X + attend(ln(X), Wq, Wk, Wv)
    out = h + gelu(ln(h) @ W1 + b1) @ W2 + b2
    cross_entropy(out @ E.T, y)
    """,
    X=normal(3, 4),
    Wq=normal(4, 4),
    Wk=normal(4, 4),
    Wv=normal(4, 4),
    W1=normal(4, 6),
    b1=normal(6),
    W2=normal(6, 4),
    b2=normal(4),
    E=normal(5, 4),
    y=labels(3, 5),
    fixed=("y",),
)
def transformer_block(
    X: Array, Wq: Array, Wk: Array, Wv: Array, W1: Array, b1: Array, W2: Array, b2: Array, E: Array, y: Array
) -> Array:
    Z = jax.nn.standardize(X, axis=1, epsilon=1e-5)
    h = X + jax.nn.softmax(jnp.einsum("ti,ij,kj,sk->ts", Z, Wq, Wk, Z) / 2, axis=1) @ Z @ Wv
    out = h + jax.nn.gelu(jax.nn.standardize(h, axis=1, epsilon=1e-5) @ W1 + b1, approximate=False) @ W2 + b2
    logp = jax.nn.log_softmax(jnp.einsum("td,vd->tv", out, E), axis=1)
    return -jnp.sum(logp * jax.nn.one_hot(as_int(y), 5)) / 3


@program(
    """
    score = tanh(H @ W + U @ q) @ v         # additive attention
    a = softmax(score)
    norm(a @ H - t)
    """,
    H=normal(5, 3),
    W=normal(3, 4),
    U=normal(4, 2),
    q=normal(2),
    v=normal(4),
    t=normal(3),
)
def attention_additive(H: Array, W: Array, U: Array, q: Array, v: Array, t: Array) -> Array:
    score = jnp.array([jnp.sum(v * jnp.tanh(W.T @ h + U @ q)) for h in H])
    a = jnp.exp(score - special.logsumexp(score))
    return jnp.sqrt(jnp.sum((jnp.sum(a[:, None] * H, axis=0) - t) ** 2))
