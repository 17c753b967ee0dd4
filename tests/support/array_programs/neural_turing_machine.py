"""The addressing and the memory of a neural Turing machine."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from support.array_programs.collection import normal, program, simplex, uniform


@program(
    """
    cos_sim = M @ k / (norm(M, axis=1) * norm(k) + 1e-6)
    w = softmax(beta * cos_sim)
    r = w @ M
    sum(r * target)
    """,
    M=normal(5, 3),
    k=normal(3),
    beta=2.2,
    target=normal(3),
)
def ntm_content_addressing(M: Array, k: Array, beta: Array, target: Array) -> Array:
    similarity = jnp.stack([m @ k / (jnp.sqrt(m @ m) * jnp.sqrt(k @ k) + 1e-6) for m in M])
    w = jnp.exp(beta * similarity)
    return jnp.einsum("i,ij,j->", w / w.sum(), M, target)


@program(
    """
    # content, interpolation, circular shift, sharpening
    K = M @ k / (norm(M, axis=1) * norm(k))
    wc = softmax(softplus(beta) * K)
    wg = sigmoid(g)*wc + (1 - sigmoid(g))*w0
    s = softmax(shift)
    ws = sum(s[j] * roll(wg, j - 1) for j in range(3))
    gam = 1 + softplus(gamma)
    w = ws^gam / sum(ws^gam)
    norm(w @ M - target)^2
    """,
    M=normal(6, 3),
    k=normal(3),
    beta=0.8,
    g=0.3,
    w0=simplex(6),
    shift=normal(3),
    gamma=0.4,
    target=normal(3),
)
def ntm_addressing(
    M: Array, k: Array, beta: Array, g: Array, w0: Array, shift: Array, gamma: Array, target: Array
) -> Array:
    unit = M / jnp.linalg.norm(M, axis=1)[:, None]
    content = jax.nn.softmax(jnp.logaddexp(beta, 0.0) * unit @ (k / jnp.linalg.norm(k)))
    gated = w0 + jax.nn.sigmoid(g) * (content - w0)
    s = jax.nn.softmax(shift)
    # out[i] = sum over j of s[j] gated[i - (j - 1)]
    shifted = jnp.stack([sum((s[j] * gated[(i - j + 1) % 6] for j in range(3)), jnp.zeros(())) for i in range(6)])
    w = jax.nn.softmax((1 + jnp.logaddexp(gamma, 0.0)) * jnp.log(shifted))
    return jnp.sum((w @ M - target) ** 2)


@program(
    """
    erased = M * (1 - outer(w, er))
    M2 = erased + outer(w, ad)
    r = w2 @ M2
    dot(r, v) + mean(M2^2)
    """,
    M=normal(4, 3),
    w=simplex(4),
    er=uniform(0, 1, 3),
    ad=normal(3),
    w2=simplex(4),
    v=normal(3),
)
def ntm_erase_add_read(M: Array, w: Array, er: Array, ad: Array, w2: Array, v: Array) -> Array:
    M2 = jnp.stack([m * (1 - a * er) + a * ad for m, a in zip(M, w, strict=True)])
    return jnp.einsum("i,ij,j->", w2, M2, v) + jnp.vdot(M2, M2) / 12
