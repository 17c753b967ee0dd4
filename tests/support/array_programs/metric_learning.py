"""Metric learning."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.scipy import special

from support.array_programs.collection import bits, normal, program


@program("dot(u, v) / (norm(u) * norm(v))", u=normal(5), v=normal(5))
def cosine_similarity(u: Array, v: Array) -> Array:
    return jnp.inner(u, v) * lax.rsqrt(jnp.inner(u, u)) * lax.rsqrt(jnp.inner(v, v))


@program(
    """
    dp = norm(a - p, axis=1)
    dn = norm(a - n, axis=1)
    mean(max(0, dp - dn + margin))
    """,
    a=normal(6, 3),
    p=normal(6, 3),
    n=normal(6, 3),
    margin=0.8,
)
def triplet_loss(a: Array, p: Array, n: Array, margin: Array) -> Array:
    def one(x: Array, y: Array, z: Array) -> Array:
        return jax.nn.relu(margin + jnp.sqrt(jnp.sum((x - y) ** 2)) - jnp.sqrt(jnp.sum((x - z) ** 2)))

    return jax.vmap(one)(a, p, n).mean()


@program(
    """
    d = sqrt(sum((f - g)^2, axis=1))
    mean(same * d^2 + (1 - same) * max(m - d, 0)^2) / 2
    """,
    f=normal(6, 2),
    g=normal(6, 2),
    same=bits(6),
    m=2.5,
    fixed=("same",),
)
def contrastive_loss(f: Array, g: Array, same: Array, m: Array) -> Array:
    d = jnp.linalg.norm(f - g, axis=1)
    return jnp.mean(jnp.where(same > 0, d, jax.nn.relu(m - d)) ** 2) / 2


@program(
    """
    unit(Z) = Z / norm(Z, axis=1, keepdims=true)
    S = unit(A) @ unit(B).T / tau
    (cross_entropy(S, arange(4)) + cross_entropy(S.T, arange(4))) / 2
    """,
    A=normal(4, 3),
    B=normal(4, 3),
    tau=0.5,
)
def contrastive_image_text_loss(A: Array, B: Array, tau: Array) -> Array:
    lengths = jnp.sqrt(jnp.outer(jnp.sum(A * A, axis=1), jnp.sum(B * B, axis=1)))
    S = jnp.einsum("ik,jk->ij", A, B) / lengths / tau
    return jnp.mean(special.logsumexp(S, axis=0) + special.logsumexp(S, axis=1)) / 2 - jnp.trace(S) / 4
