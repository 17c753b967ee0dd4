"""Signals and finance."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy import stats

from support.array_programs.collection import normal, program, simplex, spd, uniform


@program(
    """
    c = concat(zeros(1), cumsum(x))
    ma = (c[4:] - c[:-4]) / 4
    sum((x[3:] - ma)^2)
    """,
    x=normal(10),
)
def moving_average_by_cumsum(x: Array) -> Array:
    return jnp.sum((x[3:] - jnp.convolve(x, jnp.full(4, 0.25), mode="valid")) ** 2)


@program(
    """
    w = (1 - a)^arange(6)
    s = sum(w * x[::-1]) / sum(w)
    (s - x[-1])^2
    """,
    x=normal(6),
    a=0.3,
)
def exponential_moving_average(x: Array, a: Array) -> Array:
    weights = jnp.stack([(1 - a) ** (5 - t) for t in range(6)])
    return (jnp.average(x, weights=weights) - x[5]) ** 2


@program("P = cumsum(X, axis=0)\nmean(P[-1]^2) + sum(P[1:] * P[:-1])", X=normal(5, 3))
def random_walk_by_cumsum(X: Array) -> Array:
    P = jnp.tril(jnp.ones((5, 5))) @ X
    return jnp.mean(X.sum(0) ** 2) + jnp.einsum("ti,ti->", P[1:], P[:4])


@program("w.T @ S @ w - q * mu.T @ w", w=simplex(4), S=spd(4), q=0.6, mu=normal(4))
def mean_variance_portfolio(w: Array, S: Array, q: Array, mu: Array) -> Array:
    return jnp.sum(S * jnp.outer(w, w)) - q * jnp.sum(mu * w)


@program(
    """
    w = softmax(a)
    r = R @ w - rf
    sqrt(252) * mean(r) / std(r)
    """,
    R=normal(12, 3, scale=0.02) + 0.004,
    a=normal(3),
    rf=0.001,
)
def sharpe_ratio(R: Array, a: Array, rf: Array) -> Array:
    w = jax.nn.softmax(a)
    excess = R.mean(0) @ w - rf
    return jnp.sqrt(252.0) * excess / jnp.sqrt(w @ jnp.cov(R, rowvar=False, ddof=0) @ w)


@program("S = cov; v = S @ w; sd = sqrt(w @ v); rc = w * v / sd; sum((rc - sd/4)^2)", w=simplex(4), cov=spd(4))
def risk_parity(w: Array, cov: Array) -> Array:
    total = jnp.sqrt(jnp.einsum("i,ij,j->", w, cov, w))
    contributions = jnp.stack([w[i] * (cov[i] @ w) for i in range(4)]) / total
    return jnp.sum(jnp.square(contributions - total / 4))


@program(
    """
    Phi(x) = (1 + erf(x/sqrt(2)))/2
    d1 = (log(S/K) + (r + sigma^2/2)*T) / (sigma*sqrt(T))
    d2 = d1 - sigma*sqrt(T)
    call = S*Phi(d1) - K*exp(-r*T)*Phi(d2)
    sum(q * call)
    """,
    S=101.0,
    K=np.array([90.0, 100.0, 115.0]),
    r=0.02,
    sigma=uniform(0.15, 0.4, 3),
    T=0.75,
    q=normal(3),
)
def black_scholes_book(S: Array, K: Array, r: Array, sigma: Array, T: Array, q: Array) -> Array:
    forward, spread = S * jnp.exp(r * T), sigma * jnp.sqrt(T)
    d1 = jnp.log(forward / K) / spread + spread / 2
    return q @ (jnp.exp(-r * T) * (forward * stats.norm.cdf(d1) - K * stats.norm.cdf(d1 - spread)))
