"""Quadratic forms."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from support.array_programs.collection import normal, program, spd


@program("x.T @ A @ x", x=normal(4), A=normal(4, 4))
def quadratic_form(x: Array, A: Array) -> Array:
    return jnp.einsum("i,ij,j->", x, A, x)


@program("xᵀ @ A @ x / 2 - dot(b, x) + c", x=normal(3), A=spd(3), b=normal(3), c=0.7)
def quadratic_form_symmetric(x: Array, A: Array, b: Array, c: Array) -> Array:
    return 0.5 * jnp.sum(A * x[:, None] * x[None, :]) - jnp.sum(b * x) + c


@program("f(x, A) = x.T @ (A + A.T) @ x / 2", x=normal(5), A=normal(5, 5))
def quadratic_form_as_definition(x: Array, A: Array) -> Array:
    return jnp.vdot(x, A @ x)


@program(
    """
    d = x - mu
    sqrt(d.T @ inv(S) @ d)
    """,
    x=normal(3),
    mu=normal(3),
    S=spd(3),
)
def mahalanobis_distance(x: Array, mu: Array, S: Array) -> Array:
    return jnp.sqrt(jnp.vdot(x - mu, jnp.linalg.solve(S, x - mu)))


@program(
    """
    D = X - mu                      # one example a row
    m2 = sum(D * solve(S, D.T).T, axis=1)
    mean(sqrt(m2))
    """,
    X=normal(5, 3),
    mu=normal(3),
    S=spd(3),
)
def mahalanobis_of_a_batch(X: Array, mu: Array, S: Array) -> Array:
    precision = jnp.linalg.inv(S)
    return jnp.mean(jax.vmap(lambda x: jnp.sqrt((x - mu) @ precision @ (x - mu)))(X))


@program("sum(outer(x, y) * A)", x=normal(3), y=normal(4), A=normal(3, 4))
def bilinear_form_by_outer(x: Array, y: Array, A: Array) -> Array:
    return x @ A @ y


@program("(v.T @ A @ v) / (v.T @ B @ v)", v=normal(4), A=normal(4, 4), B=spd(4))
def generalised_rayleigh_quotient(v: Array, A: Array, B: Array) -> Array:
    return jnp.einsum("i,ij,j->", v, A, v) / jnp.einsum("i,ij,j->", v, B, v)
