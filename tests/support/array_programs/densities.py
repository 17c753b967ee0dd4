"""Densities and divergences."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy import special, stats

from support.array_programs.collection import bits, normal, program, simplex, spd, uniform


@program(
    """
    d = x - mu
    -1/2 * d @ solve(S, d) - 1/2 * logdet(S) - 4/2 * log(2*pi)
    """,
    x=normal(4),
    mu=normal(4),
    S=spd(4),
)
def gaussian_log_likelihood(x: Array, mu: Array, S: Array) -> Array:
    # not multivariate_normal.logpdf: its Cholesky factor sees S as symmetric only
    _, logdet = jnp.linalg.slogdet(2 * jnp.pi * S)
    return -0.5 * ((x - mu) @ jnp.linalg.inv(S) @ (x - mu) + logdet)


@program(
    """
    L = A @ A.T + eye(3)
    d = x - mu
    log(exp(-0.5 * d.T @ inv(L) @ d) / sqrt((2*pi)^3 * det(L)))
    """,
    x=normal(3),
    mu=normal(3),
    A=normal(3, 3),
)
def gaussian_log_likelihood_by_inv_and_det(x: Array, mu: Array, A: Array) -> Array:
    return jnp.asarray(stats.multivariate_normal.logpdf(x, mu, A @ A.T + jnp.eye(3)))


@program(
    """
    D = X - mean(X, axis=0)
    S = D.T @ D / 9 + 0.1 * eye(2)
    q = sum((D @ inv(S)) * D)
    -(q + 9*logdet(S) + 9*2*log(2pi)) / 2
    """,
    X=normal(9, 2),
)
def gaussian_fitted_to_its_sample(X: Array) -> Array:
    S = jnp.cov(X, rowvar=False, bias=True) + 0.1 * jnp.eye(2)
    return jnp.sum(jax.vmap(lambda x: stats.multivariate_normal.logpdf(x, X.mean(0), S))(X))


@program("-sum(log(s) + ((x - m)/s)^2/2 + log(2 pi)/2)", x=normal(5, 3), m=normal(3), s=uniform(0.5, 2, 3))
def gaussian_diagonal(x: Array, m: Array, s: Array) -> Array:
    return jnp.sum(stats.norm.logpdf(x, m, s))


@program(
    """
    logpi = log_softmax(a)
    d2 = sum((X[:, None, :] - M[None, :, :])^2, axis=2)                  # (N, K)
    logN = -d2/(2 s^2) - 2 log(s) - log(2 pi)
    -sum(logsumexp(logpi + logN, axis=1))
    """,
    X=normal(6, 2),
    M=normal(3, 2),
    a=normal(3),
    s=uniform(0.6, 1.4, 3),
)
def gaussian_mixture(X: Array, M: Array, a: Array, s: Array) -> Array:
    def density(x: Array) -> Array:
        return jnp.sum(jax.nn.softmax(a) * stats.norm.pdf(x[None, :], M, s[:, None]).prod(axis=1))

    return -jnp.sum(jnp.log(jax.vmap(density)(X)))


@program(
    """
    N(x, m, s) = exp(-((x - m)/s)^2/2) / (s*sqrt(2 pi))
    p = w*N(x, m1, s1) + (1 - w)*N(x, m2, s2)
    sum(log(p))
    """,
    x=normal(7),
    w=0.35,
    m1=-1.0,
    s1=0.8,
    m2=1.2,
    s2=1.3,
)
def gaussian_mixture_of_two(x: Array, w: Array, m1: Array, s1: Array, m2: Array, s2: Array) -> Array:
    first = jnp.log(w) + stats.norm.logpdf(x, m1, s1)
    second = jnp.log1p(-w) + stats.norm.logpdf(x, m2, s2)
    return jnp.sum(jnp.logaddexp(first, second))


@program(
    """
    d = m1 - m0
    (trace(inv(S1) @ S0) + d.T @ solve(S1, d) - 3 + log(det(S1)/det(S0))) / 2
    """,
    m0=normal(3),
    m1=normal(3),
    S0=spd(3),
    S1=spd(3),
)
def kl_of_gaussians(m0: Array, m1: Array, S0: Array, S1: Array) -> Array:
    precision = jnp.linalg.inv(S1)
    ratio = precision @ S0
    return 0.5 * (jnp.einsum("ii", ratio) - 3 - jnp.linalg.slogdet(ratio)[1] + (m0 - m1) @ precision @ (m0 - m1))


@program("-0.5 * sum(1 + logvar - mu^2 - exp(logvar))", mu=normal(4), logvar=normal(4))
def kl_of_a_vae(mu: Array, logvar: Array) -> Array:
    return 0.5 * (mu @ mu + jnp.sum(jnp.expm1(logvar) - logvar))


@program(
    """
    z = mu + exp(logvar/2) * noise
    p = z @ W + c
    rec = -mean(sum(x*log_sigmoid(p) + (1 - x)*log_sigmoid(-p), axis=1))
    kl = -0.5 mean(sum(1 + logvar - mu^2 - exp(logvar), axis=1))
    rec + beta*kl
    """,
    mu=normal(3, 2),
    logvar=normal(3, 2, scale=0.5),
    noise=normal(3, 2),
    W=normal(2, 4),
    c=normal(4),
    x=bits(3, 4),
    beta=0.5,
    fixed=("noise", "x"),
)
def evidence_lower_bound(mu: Array, logvar: Array, noise: Array, W: Array, c: Array, x: Array, beta: Array) -> Array:
    def one(m: Array, v: Array, n: Array, t: Array) -> Array:
        p = (m + jnp.sqrt(jnp.exp(v)) * n) @ W + c
        kl = 0.5 * jnp.sum(jnp.exp(v) + m**2 - 1 - v)
        return jnp.sum(jax.nn.softplus(p) - t * p) + beta * kl

    return jnp.mean(jax.vmap(one)(mu, logvar, noise, x))


@program("sum(p * log(p / q))", p=simplex(5), q=simplex(5))
def kl_of_discrete(p: Array, q: Array) -> Array:
    return jnp.sum(special.rel_entr(p, q))


@program(
    """
    kl(p, q) = sum(p*(log(p) - log(q)), axis=-1)
    m = (p + q)/2
    mean(kl(p, m) + kl(q, m)) / 2
    """,
    p=simplex(3, 4),
    q=simplex(3, 4),
)
def jensen_shannon(p: Array, q: Array) -> Array:
    return jnp.mean(jnp.sum(special.entr((p + q) / 2) - (special.entr(p) + special.entr(q)) / 2, axis=1))


@program("-sum(abs(x - m)/b + log(2b))", x=normal(7), m=0.13, b=1.4)
def laplace_log_likelihood(x: Array, m: Array, b: Array) -> Array:
    return jnp.sum(stats.laplace.logpdf(x, loc=m, scale=b))
