"""Recurrent networks."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array, lax

from support.array_programs.collection import as_int, normal, program


@program(
    """
    cell(h, x) = tanh(Wh @ h + Wx @ x + b)
    h1 = cell(h0, X[0]); h2 = cell(h1, X[1]); h3 = cell(h2, X[2])
    s = Wo @ h3
    logsumexp(s) - s[y]
    """,
    h0=normal(4),
    X=normal(3, 2),
    Wh=normal(4, 4, scale=0.6),
    Wx=normal(4, 2),
    b=normal(4),
    Wo=normal(3, 4),
    y=0.0,
    fixed=("y",),
)
def rnn_three_steps(h0: Array, X: Array, Wh: Array, Wx: Array, b: Array, Wo: Array, y: Array) -> Array:
    h, _ = lax.scan(lambda h, x: (jnp.tanh(Wh @ h + Wx @ x + b), None), h0, X)
    return -jax.nn.log_softmax(Wo @ h)[as_int(y)]


@program(
    """
    h1 = tanh(x[:, 0] @ Wx + bh)
    h2 = tanh(x[:, 1] @ Wx + h1 @ Wh + bh)
    h3 = tanh(x[:, 2] @ Wx + h2 @ Wh + bh)
    H = stack(h1, h2, h3, axis=1)               # (batch, time, hidden)
    mean((H @ Wy - t)^2)
    """,
    x=normal(4, 3, 2),
    Wx=normal(2, 5),
    Wh=normal(5, 5, scale=0.5),
    bh=normal(5),
    Wy=normal(5, 2),
    t=normal(4, 3, 2),
)
def rnn_batch_of_sequences(x: Array, Wx: Array, Wh: Array, bh: Array, Wy: Array, t: Array) -> Array:
    def run(sequence: Array) -> Array:
        def step(h: Array, v: Array) -> tuple[Array, Array]:
            h = jnp.tanh(v @ Wx + h @ Wh + bh)
            return h, h @ Wy

        return lax.scan(step, jnp.zeros(5), sequence)[1]

    return jnp.mean((jax.vmap(run)(x) - t) ** 2)


@program(
    """
    gate(x, h, W, U, b) = sigmoid(W @ x + U @ h + b)
    z1 = gate(x1, h0, Wz, Uz, bz)
    r1 = gate(x1, h0, Wr, Ur, br)
    n1 = tanh(Wn @ x1 + Un @ (r1 * h0) + bn)
    h1 = (1 - z1) * h0 + z1 * n1
    z2 = gate(x2, h1, Wz, Uz, bz)
    r2 = gate(x2, h1, Wr, Ur, br)
    n2 = tanh(Wn @ x2 + Un @ (r2 * h1) + bn)
    h2 = (1 - z2) * h1 + z2 * n2
    sum((h2 - t)^2)
    """,
    x1=normal(2),
    x2=normal(2),
    h0=normal(3),
    Wz=normal(3, 2),
    Uz=normal(3, 3),
    bz=normal(3),
    Wr=normal(3, 2),
    Ur=normal(3, 3),
    br=normal(3),
    Wn=normal(3, 2),
    Un=normal(3, 3),
    bn=normal(3),
    t=normal(3),
)
def gru_two_steps(
    x1: Array,
    x2: Array,
    h0: Array,
    Wz: Array,
    Uz: Array,
    bz: Array,
    Wr: Array,
    Ur: Array,
    br: Array,
    Wn: Array,
    Un: Array,
    bn: Array,
    t: Array,
) -> Array:
    h = h0
    for x in (x1, x2):
        update = jax.nn.sigmoid(jnp.hstack([Wz, Uz]) @ jnp.hstack([x, h]) + bz)
        reset = jax.nn.sigmoid(jnp.hstack([Wr, Ur]) @ jnp.hstack([x, h]) + br)
        proposal = jnp.tanh(jnp.hstack([Wn, Un]) @ jnp.hstack([x, reset * h]) + bn)
        h = h + update * (proposal - h)
    return jnp.vdot(h - t, h - t)


@program(
    """
    a1 = W @ concat(x1, h0) + b
    c1 = sigmoid(a1[3:6]) * c0 + sigmoid(a1[:3]) * tanh(a1[6:9])
    h1 = sigmoid(a1[9:]) * tanh(c1)
    a2 = W @ concat(x2, h1) + b
    c2 = sigmoid(a2[3:6]) * c1 + sigmoid(a2[:3]) * tanh(a2[6:9])
    h2 = sigmoid(a2[9:]) * tanh(c2)
    dot(v, h2) + norm(c2)
    """,
    x1=normal(2),
    x2=normal(2),
    h0=normal(3),
    c0=normal(3),
    W=normal(12, 5),
    b=normal(12),
    v=normal(3),
)
def lstm_two_steps_fused(x1: Array, x2: Array, h0: Array, c0: Array, W: Array, b: Array, v: Array) -> Array:
    h, c = h0, c0
    for x in (x1, x2):
        i, f, g, o = jnp.split(W[:, :2] @ x + W[:, 2:] @ h + b, 4)
        c = c / (1 + jnp.exp(-f)) + jnp.tanh(g) / (1 + jnp.exp(-i))
        h = jnp.tanh(c) / (1 + jnp.exp(-o))
    return jnp.sum(v * h) + jnp.sqrt(jnp.sum(c**2))


@program(
    """
    pre(W, x, h) = W @ concat(h, x)
    cell(x, h, c) = sigmoid(pre(Wf, x, h) + 1) * c + sigmoid(pre(Wi, x, h)) * tanh(pre(Wg, x, h))
    c1 = cell(X[0], h0, c0)
    h1 = sigmoid(pre(Wo, X[0], h0)) * tanh(c1)
    c2 = cell(X[1], h1, c1)
    h2 = sigmoid(pre(Wo, X[1], h1)) * tanh(c2)
    c3 = cell(X[2], h2, c2)
    h3 = sigmoid(pre(Wo, X[2], h2)) * tanh(c3)
    sum(h1 + 2 h2 + 3 h3)
    """,
    X=normal(3, 2),
    h0=normal(2),
    c0=normal(2),
    Wf=normal(2, 4),
    Wi=normal(2, 4),
    Wg=normal(2, 4),
    Wo=normal(2, 4),
)
def lstm_three_steps_gates(X: Array, h0: Array, c0: Array, Wf: Array, Wi: Array, Wg: Array, Wo: Array) -> Array:
    def step(carry: tuple[Array, Array], x: Array) -> tuple[tuple[Array, Array], Array]:
        h, c = carry
        f, i, g, o = jnp.einsum("gij,j->gi", jnp.stack([Wf, Wi, Wg, Wo]), jnp.append(h, x))
        c = jax.nn.sigmoid(f + 1) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    _, hs = lax.scan(step, (h0, c0), X)
    return jnp.arange(1.0, 4.0) @ hs @ jnp.ones(2)
