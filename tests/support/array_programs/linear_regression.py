"""Linear regression."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy import special, stats

from support.array_programs.collection import as_int, labels, normal, program, uniform


@program("sum((X @ w - y)^2)", X=normal(7, 3), w=normal(3), y=normal(7))
def least_squares(X: Array, w: Array, y: Array) -> Array:
    return w @ X.T @ X @ w - 2 * y @ X @ w + y @ y


@program("norm(X@w - y)**2/8 + lam*norm(w)**2", X=normal(8, 4), w=normal(4), y=normal(8), lam=0.3)
def ridge(X: Array, w: Array, y: Array, lam: Array) -> Array:
    return jnp.mean(jnp.square(y - X @ w)) + lam * jnp.vdot(w, w)


@program(
    """
    r = y - X @ w
    0.5 mean(r^2) + lam*sum(abs(w))
    """,
    X=normal(6, 4),
    w=np.array([0.8, -1.1, 0.4, -0.3]),
    y=normal(6),
    lam=0.15,
)
def lasso(X: Array, w: Array, y: Array, lam: Array) -> Array:
    return jnp.vdot(y - X @ w, y - X @ w) / 12 + lam * jnp.linalg.norm(w, ord=1)


@program(
    """
    fit = mean(square(X @ w + b - y))
    penalty = alpha * sum(abs(w)) + (1 - alpha)/2 * sum(w^2)
    fit + lam * penalty
    """,
    X=normal(6, 3),
    w=np.array([1.2, -0.7, 0.5]),
    b=0.2,
    y=normal(6),
    lam=0.4,
    alpha=0.3,
)
def elastic_net(X: Array, w: Array, b: Array, y: Array, lam: Array, alpha: Array) -> Array:
    residual = X @ w + b - y
    return residual @ residual / 6 + lam * (alpha * jnp.abs(w).sum() + 0.5 * (1 - alpha) * w @ w)


@program(
    """
    yhat = X @ w + b
    mean((y - yhat)^2)
    """,
    X=normal(9, 2),
    w=normal(2),
    b=-0.4,
    y=normal(9),
)
def linear_regression_with_intercept(X: Array, w: Array, b: Array, y: Array) -> Array:
    design = jnp.column_stack([X, jnp.ones(9)])
    return jnp.mean((design @ jnp.append(w, b) - y) ** 2)


@program(
    """
    X1 = concat(ones(6, 1), X, axis=1)
    r = X1 @ theta - y
    r.T @ r / (2*6)
    """,
    X=normal(6, 3),
    theta=normal(4),
    y=normal(6),
)
def linear_regression_with_column_of_ones(X: Array, theta: Array, y: Array) -> Array:
    return jnp.sum((theta[0] + X @ theta[1:] - y) ** 2) / 12


@program(
    """
    w = solve(X.T @ X + lam*eye(3), X.T @ y)
    mean((Z @ w - t)^2)
    """,
    X=normal(8, 3),
    y=normal(8),
    lam=0.5,
    Z=normal(5, 3),
    t=normal(5),
)
def validation_error_of_ridge(X: Array, y: Array, lam: Array, Z: Array, t: Array) -> Array:
    # the dual form
    w = X.T @ jnp.linalg.inv(X @ X.T + lam * jnp.eye(8)) @ y
    return jnp.mean(jnp.square(Z @ w - t))


@program("beta = inv(X.T @ X) @ X.T @ y; sum((y - X @ beta)^2)", X=normal(8, 3), y=normal(8))
def residual_sum_of_normal_equations(X: Array, y: Array) -> Array:
    q, _ = jnp.linalg.qr(X)
    return y @ y - jnp.sum((q.T @ y) ** 2)


@program(
    """
    r = y - X @ w
    sum(c * r^2) / sum(c)
    """,
    X=normal(6, 2),
    w=normal(2),
    y=normal(6),
    c=uniform(0.5, 2, 6),
)
def weighted_least_squares(X: Array, w: Array, y: Array, c: Array) -> Array:
    return jnp.average((y - X @ w) ** 2, weights=c)


@program(
    """
    r = y - (X @ w + b)
    mean(where(abs(r) <= delta, r^2/2, delta*(abs(r) - delta/2)))
    """,
    X=normal(7, 2),
    w=normal(2),
    b=0.3,
    y=normal(7, scale=2),
    delta=1.1,
)
def huber_regression(X: Array, w: Array, b: Array, y: Array, delta: Array) -> Array:
    r = X @ w + b - y
    inside = jnp.clip(r, -delta, delta)
    return jnp.mean(0.5 * inside**2 + delta * jnp.abs(r - inside))


@program("r = y - X @ w; mean(max(q*r, (q - 1)*r))", X=normal(6, 3), w=normal(3), y=normal(6), q=0.8)
def quantile_regression(X: Array, w: Array, y: Array, q: Array) -> Array:
    r = y - X @ w
    return jnp.mean(jnp.where(r > 0, q * r, (q - 1) * r))


@program("sum(log(cosh(X @ w - y)))", X=normal(5, 2), w=normal(2), y=normal(5))
def log_cosh_regression(X: Array, w: Array, y: Array) -> Array:
    r = X @ w - y
    return jnp.sum(jnp.logaddexp(r, -r) - jnp.log(2.0))


@program(
    """
    eta = X @ w + b
    mean(exp(eta) - y * eta)        # Poisson
    """,
    X=normal(6, 3, scale=0.6),
    w=normal(3, scale=0.5),
    b=0.1,
    y=labels(6, 5),
    fixed=("y",),
)
def poisson_regression(X: Array, w: Array, b: Array, y: Array) -> Array:
    eta = X @ w + b
    return -jnp.mean(stats.poisson.logpmf(as_int(y), jnp.exp(eta)) + special.gammaln(y + 1.0))


@program(
    """
    R2 = 1 - sum((y - yhat)^2) / sum((y - mean(y))^2)
    1 - (1 - R2)*(8 - 1)/(8 - 2 - 1)
    """,
    y=normal(8),
    yhat=normal(8),
)
def adjusted_r_squared(y: Array, yhat: Array) -> Array:
    unexplained = jnp.mean((y - yhat) ** 2) / jnp.var(y)
    return 1 - 1.4 * unexplained
