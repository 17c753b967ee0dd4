"""Kernels and Gaussian processes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy import special, stats

from support.array_programs.collection import normal, program, uniform


@program(
    """
    k(A, B) = exp(-sum((A[:, None] - B[None, :])^2, axis=-1) / (2*ell^2))
    mean(k(X, X)) + mean(k(Y, Y)) - 2*mean(k(X, Y))
    """,
    X=normal(4, 2),
    Y=normal(5, 2) + 0.5,
    ell=1.2,
)
def maximum_mean_discrepancy(X: Array, Y: Array, ell: Array) -> Array:
    Z = jnp.concatenate([X, Y])
    weights = jnp.concatenate([jnp.full(4, 1 / 4), jnp.full(5, -1 / 5)])
    squares = jnp.sum(Z**2, axis=1)
    gram = jnp.exp((Z @ Z.T - squares[:, None] / 2 - squares[None, :] / 2) / ell**2)
    return weights @ gram @ weights


@program(
    """
    sq = sum(X^2, axis=1, keepdims=true)
    D2 = sq + sq.T - 2 * X @ X.T
    K = s^2 * exp(-0.5 * D2 / ell^2)
    a.T @ K @ a
    """,
    X=normal(5, 3),
    a=normal(5),
    s=1.3,
    ell=1.7,
)
def rbf_kernel_by_gram_matrix(X: Array, a: Array, s: Array, ell: Array) -> Array:
    pairs = jax.vmap(lambda x: jax.vmap(lambda z: s**2 * jnp.exp(-jnp.sum(((x - z) / ell) ** 2) / 2))(X))(X)
    return jnp.sum(pairs * jnp.outer(a, a))


@program(
    """
    D = x[:, None] - x[None, :]
    K = sf^2 * exp(-D^2 / (2*ell^2)) + sn^2 * eye(6)
    -0.5 * y.T @ inv(K) @ y - 0.5 * logdet(K) - 6/2 * log(2*pi)
    """,
    x=np.sort(uniform(-2, 2, 6)),
    y=normal(6),
    sf=1.1,
    ell=0.7,
    sn=0.4,
)
def gp_marginal_likelihood(x: Array, y: Array, sf: Array, ell: Array, sn: Array) -> Array:
    K = sf**2 * jnp.exp(-jnp.square(jnp.subtract.outer(x, x)) / (2 * ell**2)) + sn**2 * jnp.eye(6)
    factor = jnp.linalg.cholesky(K)
    white = jax.scipy.linalg.solve_triangular(factor, y, lower=True)
    return -white @ white / 2 - jnp.sum(jnp.log(jnp.diag(factor))) - 3 * jnp.log(2 * jnp.pi)


@program(
    """
    k(A, B) = exp(-0.5 * sum(((A[:, None, :] - B[None, :, :]) / ell)^2, axis=-1))
    Ks = k(Z, X)
    m = Ks @ solve(k(X, X) + noise*eye(5), y)
    V = k(Z, Z) - Ks @ solve(k(X, X) + noise*eye(5), Ks.T)
    sum((m - t)^2) + trace(V)
    """,
    X=normal(5, 2),
    Z=normal(3, 2),
    y=normal(5),
    t=normal(3),
    ell=uniform(0.8, 1.5, 2),
    noise=0.2,
)
def gp_prediction_with_ard_kernel(X: Array, Z: Array, y: Array, t: Array, ell: Array, noise: Array) -> Array:
    def kernel(a: Array, b: Array) -> Array:
        return jnp.prod(jnp.exp(-((a - b) ** 2) / (2 * ell**2)))

    weights = jnp.linalg.inv(jax.vmap(lambda a: jax.vmap(lambda b: kernel(a, b))(X))(X) + noise * jnp.eye(5))

    def one(z: Array, target: Array) -> Array:
        column = jax.vmap(lambda x: kernel(x, z))(X)
        return (column @ weights @ y - target) ** 2 + 1 - column @ weights @ column

    return jnp.sum(jax.vmap(one)(Z, t))


@program(
    """
    w = softmax(-(q[:, None] - x[None, :])^2 / (2 h^2), axis=1)
    mean((w @ y - t)^2)
    """,
    q=normal(3),
    x=normal(6),
    y=normal(6),
    t=normal(3),
    h=0.6,
)
def nadaraya_watson(q: Array, x: Array, y: Array, t: Array, h: Array) -> Array:
    density = stats.norm.pdf(q[:, None], x[None, :], h)
    return jnp.mean(((density * y).sum(1) / density.sum(1) - t) ** 2)


@program(
    "-mean(log(sum(exp(-((z[:, None] - x) / h)^2 / 2), axis=1) / (7h*sqrt(2 pi))))",
    z=normal(4),
    x=normal(7),
    h=0.5,
)
def kernel_density_estimate(z: Array, x: Array, h: Array) -> Array:
    return -jnp.mean(special.logsumexp(stats.norm.logpdf(z[:, None], x[None, :], h), axis=1, b=1 / 7))
