"""Array programs as people write them, each with a handwritten reference in JAX.

Those named tie_… are at a tie or a kink on purpose, and their references spell out the rule; the others avoid both.
"""

# jax's own annotations are loose
# mypy: disable-error-code="no-any-return, no-untyped-call"

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.scipy import special, stats
from numpy.typing import NDArray

jax.config.update("jax_enable_x64", True)

Judge = Callable[..., Array]
Floats = NDArray[np.float64]


class Program(NamedTuple):
    name: str
    text: str
    point: Mapping[str, Any]
    judge: Judge
    wrt: tuple[str, ...]


PROGRAMS: list[Program] = []
RNG = np.random.default_rng(20240611)


def program(text: str, /, *, fixed: tuple[str, ...] = (), **point: Any) -> Callable[[Judge], Judge]:
    """Append a program named as its judge; all inputs are differentiated but the fixed ones."""

    def add(judge: Judge) -> Judge:
        wrt = tuple(name for name in point if name not in fixed)
        PROGRAMS.append(Program(judge.__name__, textwrap.dedent(text).strip(), point, judge, wrt))
        return judge

    return add


def normal(*shape: int, scale: float = 1.0) -> Floats:
    return scale * RNG.standard_normal(shape)


def uniform(low: float, high: float, *shape: int) -> Floats:
    return RNG.uniform(low, high, shape)


def spd(n: int) -> Floats:
    """A symmetric positive definite matrix of condition number below 20 or so."""
    a = RNG.standard_normal((n, n))
    return a @ a.T / n + np.eye(n)


def near_identity(n: int) -> Floats:
    return np.eye(n) + 0.3 * RNG.standard_normal((n, n))


def labels(n: int, classes: int) -> Floats:
    return RNG.integers(0, classes, n).astype(np.float64)


def bits(*shape: int) -> Floats:
    """Zeros and ones in turn, shuffled: both always occur."""
    return RNG.permutation(np.arange(int(np.prod(shape))) % 2).reshape(shape).astype(np.float64)


def signs(n: int) -> Floats:
    return 2 * bits(n) - 1


def simplex(*shape: int) -> Floats:
    p = RNG.uniform(0.2, 1.0, shape)
    return np.asarray(p / p.sum(axis=-1, keepdims=True), dtype=np.float64)


def as_int(x: Any) -> Array:
    return jnp.asarray(x).astype(int)


# --- quadratic forms ---------------------------------------------------------------------------------------------


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


# --- linear regression -------------------------------------------------------------------------------------------


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


# --- logistic regression -----------------------------------------------------------------------------------------


@program(
    """
    p = sigmoid(X @ w + b)
    -mean(y*log(p) + (1 - y)*log(1 - p))
    """,
    X=normal(8, 3),
    w=normal(3),
    b=0.25,
    y=bits(8),
)
def logistic_regression_naive(X: Array, w: Array, b: Array, y: Array) -> Array:
    z = X @ w + b
    return jnp.mean(jax.nn.softplus(z) - y * z)


@program("z = X @ w + b\nmean(softplus(z) - y*z)", X=normal(6, 4), w=normal(4), b=-0.5, y=bits(6))
def logistic_regression_stable(X: Array, w: Array, b: Array, y: Array) -> Array:
    z = X @ w + b
    return -jnp.mean(y * jax.nn.log_sigmoid(z) + (1 - y) * jax.nn.log_sigmoid(-z))


@program(
    """
    # labels +1 and -1
    m = t * (X @ w)
    sum(log1p(exp(-m))) / 7
    """,
    X=normal(7, 2),
    w=normal(2),
    t=signs(7),
    fixed=("t",),
)
def logistic_regression_margins(X: Array, w: Array, t: Array) -> Array:
    return jnp.mean(-jnp.log(jax.nn.sigmoid(t * (X @ w))))


@program(
    "-mean(log_sigmoid(t * (X @ w + b))) + lam/2 * sum(w^2)",
    X=normal(10, 3),
    w=normal(3),
    b=0.6,
    t=signs(10),
    lam=0.2,
    fixed=("t",),
)
def logistic_regression_with_l2(X: Array, w: Array, b: Array, t: Array, lam: Array) -> Array:
    return jnp.mean(jnp.logaddexp(0.0, -t * (X @ w + b))) + 0.5 * lam * jnp.linalg.norm(w) ** 2


@program(
    """
    z = dot(w, x) + b
    p = 1/(1 + e^(-z))
    -(y*log(p) + (1 - y) log(1 - p))
    """,
    x=normal(3),
    w=normal(3),
    b=0.1,
    y=0.7,
)
def logistic_regression_one_example(x: Array, w: Array, b: Array, y: Array) -> Array:
    z = w @ x + b
    return y * jax.nn.softplus(-z) + (1 - y) * jax.nn.softplus(z)


@program("mean(logaddexp(0, -t*(X @ w)))", X=normal(5, 3, scale=20.0), w=normal(3, scale=5.0), t=signs(5), fixed=("t",))
def logistic_regression_far_from_zero(X: Array, w: Array, t: Array) -> Array:
    m = t * (X @ w)
    return jnp.mean(jnp.maximum(-m, 0) + jnp.log1p(jnp.exp(-jnp.abs(m))))


@program(
    """
    p = sigmoid(X @ w + b)
    pt = where(y == 1, p, 1 - p)
    -mean((1 - pt)^gamma * log(pt))
    """,
    X=normal(6, 3),
    w=normal(3),
    b=0.2,
    y=bits(6),
    gamma=2.0,
    fixed=("y",),
)
def focal_loss(X: Array, w: Array, b: Array, y: Array, gamma: Array) -> Array:
    z = (2 * y - 1) * (X @ w + b)
    return jnp.mean(jax.nn.sigmoid(-z) ** gamma * jax.nn.softplus(-z))


@program(
    """
    P = softmax(X @ W)
    pt = sum(P * one_hot(y, 3), axis=1)
    mean(-alpha[y] * (1 - pt)^2 * log(pt))
    """,
    X=normal(5, 4),
    W=normal(4, 3),
    alpha=uniform(0.2, 1, 3),
    y=labels(5, 3),
    fixed=("y",),
)
def focal_loss_of_classes(X: Array, W: Array, alpha: Array, y: Array) -> Array:
    k = as_int(y)
    log_pt = jnp.take_along_axis(jax.nn.log_softmax(X @ W, axis=1), k[:, None], axis=1)[:, 0]
    return -jnp.mean(jnp.take(alpha, k) * (1 - jnp.exp(log_pt)) ** 2 * log_pt)


# --- softmax regression ------------------------------------------------------------------------------------------


@program(
    """
    logp = log_softmax(X @ W + b)
    -mean(sum(one_hot(y, 4) * logp, axis=1))
    """,
    X=normal(6, 3),
    W=normal(3, 4),
    b=normal(4),
    y=labels(6, 4),
    fixed=("y",),
)
def softmax_regression_one_hot(X: Array, W: Array, b: Array, y: Array) -> Array:
    scores = X @ W + b
    return jnp.mean(special.logsumexp(scores, axis=1) - scores[jnp.arange(6), as_int(y)])


@program(
    """
    S = X @ W.T + b
    sum(logsumexp(S[k]) - S[k, y[k]] for k in range(5)) / 5
    """,
    X=normal(5, 4),
    W=normal(3, 4),
    b=normal(3),
    y=labels(5, 3),
    fixed=("y",),
)
def softmax_regression_indexing(X: Array, W: Array, b: Array, y: Array) -> Array:
    def one(x: Array, k: Array) -> Array:
        return -jnp.log(jax.nn.softmax(W @ x + b)[k])

    return jnp.mean(jax.vmap(one)(X, as_int(y)))


@program(
    "cross_entropy(X @ W + b, y) + lam * sum(W^2)",
    X=normal(8, 5),
    W=normal(5, 3),
    b=normal(3),
    y=labels(8, 3),
    lam=0.05,
    fixed=("y",),
)
def softmax_regression_cross_entropy(X: Array, W: Array, b: Array, y: Array, lam: Array) -> Array:
    logp = jax.nn.log_softmax(X @ W + b, axis=-1)
    return -jnp.mean(jnp.take_along_axis(logp, as_int(y)[:, None], axis=1)) + lam * jnp.linalg.norm(W, "fro") ** 2


@program("s = W @ x + b; logsumexp(s) - s[y]", W=normal(4, 3), x=normal(3), b=normal(4), y=2.0, fixed=("y",))
def softmax_one_example(W: Array, x: Array, b: Array, y: Array) -> Array:
    return -jax.nn.log_softmax(W @ x + b)[as_int(y)]


@program("-log(softmax(W @ x)[y])", W=normal(5, 2), x=normal(2), y=4.0, fixed=("y",))
def softmax_one_example_naive(W: Array, x: Array, y: Array) -> Array:
    s = W @ x
    return jnp.log(jnp.sum(jnp.exp(s - s[as_int(y)])))


@program("cross_entropy(W @ x + b, y)", W=normal(4, 3), x=normal(3), b=normal(4), y=0.0, fixed=("y",))
def cross_entropy_one_example(W: Array, x: Array, b: Array, y: Array) -> Array:
    s = W @ x + b
    return special.logsumexp(s) - s[as_int(y)]


@program(
    """
    S = X @ W
    Z = S - max(S, axis=1, keepdims=true)       # for stability
    E = exp(Z)
    P = E / sum(E, axis=1, keepdims=true)
    -mean(log(sum(P * Y, axis=1)))
    """,
    X=normal(4, 3),
    W=normal(3, 3),
    Y=np.eye(3)[[2, 0, 1, 2]],
    fixed=("Y",),
)
def softmax_by_hand(X: Array, W: Array, Y: Array) -> Array:
    return -jnp.einsum("ij,ij->", Y, jax.nn.log_softmax(X @ W, axis=1)) / 4


@program(
    """
    logp = log_softmax(X @ W, axis=1)
    target = (1 - eps) * one_hot(y, 5) + eps/5
    -mean(sum(target * logp, axis=1))
    """,
    X=normal(4, 3),
    W=normal(3, 5),
    eps=0.1,
    y=labels(4, 5),
    fixed=("y",),
)
def label_smoothing(X: Array, W: Array, eps: Array, y: Array) -> Array:
    logp = jax.nn.log_softmax(X @ W, axis=1)
    picked = logp[jnp.arange(4), as_int(y)]
    return jnp.mean(-(1 - eps) * picked - eps * logp.mean(axis=1))


@program(
    """
    p = softmax(teacher / T)
    q = log_softmax(student / T)
    T^2 * mean(sum(p * (log(p) - q), axis=-1))
    """,
    teacher=normal(4, 5),
    student=normal(4, 5),
    T=2.5,
)
def distillation_at_a_temperature(teacher: Array, student: Array, T: Array) -> Array:
    p = jax.nn.softmax(teacher / T, axis=1)
    cross = special.logsumexp(student / T, axis=1) - jnp.sum(p * student, axis=1) / T
    return T**2 * jnp.mean(cross + jnp.sum(jax.scipy.special.xlogy(p, p), axis=1))


@program("p = softmax(s / tau); -sum(p * log2(p))", s=normal(6), tau=0.8)
def entropy_of_softmax_in_bits(s: Array, tau: Array) -> Array:
    return jnp.sum(special.entr(jax.nn.softmax(s / tau))) / jnp.log(2.0)


@program("tau * logsumexp(x / tau) - max(x)", x=normal(5), tau=0.4)
def smooth_maximum_gap(x: Array, tau: Array) -> Array:
    return tau * jnp.log(jnp.exp((x - x[jnp.argmax(x)]) / tau).sum())


@program("L = logsumexp(X, axis=1, keepdims=true)\nsum((X - L) * V)", X=normal(3, 5), V=normal(3, 5))
def logsumexp_with_keepdims(X: Array, V: Array) -> Array:
    return jnp.vdot(V, jax.nn.log_softmax(X, axis=1))


@program(
    """
    advantage = r - mean(r)
    logp = log_softmax(theta)[a]
    -mean(advantage * logp) - beta * -sum(softmax(theta) * log_softmax(theta))
    """,
    theta=normal(4),
    r=normal(6),
    a=labels(6, 4),
    beta=0.1,
    fixed=("a",),
)
def policy_gradient_of_a_bandit(theta: Array, r: Array, a: Array, beta: Array) -> Array:
    logp = theta - special.logsumexp(theta)
    weights = jnp.zeros(4).at[as_int(a)].add(r - r.mean()) / 6
    return -weights @ logp - beta * special.entr(jnp.exp(logp)).sum()


# --- hinge losses ------------------------------------------------------------------------------------------------


@program(
    """
    s = W @ x
    sum(max(0, s - s[y] + 1)) - 1
    """,
    W=normal(4, 3),
    x=normal(3),
    y=1.0,
    fixed=("y",),
)
def svm_one_example(W: Array, x: Array, y: Array) -> Array:
    s = W @ x
    others = jnp.arange(4) != as_int(y)
    return jnp.sum(jax.nn.relu(s - s[as_int(y)] + 1), where=others)


@program(
    """
    s = W @ x + b
    sum(max(0, s[j] - s[2] + delta) for j in range(5) if j != 2)
    """,
    W=normal(5, 3),
    x=normal(3),
    b=normal(5),
    delta=1.3,
)
def svm_comprehension(W: Array, x: Array, b: Array, delta: Array) -> Array:
    s = W @ x + b
    return jnp.sum(jnp.maximum(jnp.delete(s, 2) - s[2] + delta, 0))


@program(
    """
    S = X @ W                                            # (N, C)
    Y = one_hot(y, 4)
    correct = sum(S * Y, axis=1, keepdims=true)
    margins = max(0, S - correct + 1) * (1 - Y)
    sum(margins)/6 + lam*sum(W*W)
    """,
    X=normal(6, 3),
    W=normal(3, 4),
    lam=0.1,
    y=labels(6, 4),
    fixed=("y",),
)
def svm_batch_one_hot(X: Array, W: Array, lam: Array, y: Array) -> Array:
    def one(x: Array, k: Array) -> Array:
        s = x @ W
        return jnp.sum(jnp.where(jnp.arange(4) == k, 0.0, jax.nn.relu(1 + s - s[k])))

    return jax.vmap(one)(X, as_int(y)).mean() + lam * jnp.vdot(W, W)


@program(
    "mean(max(0, 1 - t*(X@w + b))) + lam*dot(w, w)",
    X=normal(7, 3),
    w=normal(3),
    b=0.15,
    t=signs(7),
    lam=0.25,
    fixed=("t",),
)
def svm_binary(X: Array, w: Array, b: Array, t: Array, lam: Array) -> Array:
    m = t * (X @ w + b)
    return jnp.mean(jnp.where(m < 1, 1 - m, 0.0)) + lam * jnp.sum(w**2)


@program("C * sum(relu(1 - t * (X @ w))^2) + norm(w)^2/2", X=normal(6, 4), w=normal(4), t=signs(6), C=0.7, fixed=("t",))
def svm_squared_hinge(X: Array, w: Array, t: Array, C: Array) -> Array:
    gap = jnp.clip(1 - t * (X @ w), 0, None)
    return C * gap @ gap + 0.5 * w @ w


@program(
    """
    S = X @ W + b
    Y = one_hot(y, 3)
    runner_up = max(where(Y, -1e9, S), axis=1)
    mean(max(0, 1 + runner_up - sum(Y * S, axis=1)))
    """,
    X=normal(6, 2),
    W=normal(2, 3),
    b=normal(3),
    y=labels(6, 3),
    fixed=("y",),
)
def svm_crammer_singer(X: Array, W: Array, b: Array, y: Array) -> Array:
    def one(x: Array, k: Array) -> Array:
        s = x @ W + b
        best = jnp.max(s, where=jnp.arange(3) != k, initial=-jnp.inf)
        return jax.nn.relu(1 + best - s[k])

    return jnp.mean(jax.vmap(one)(X, as_int(y)))


@program("sum(max(0, -t * (X @ w)))", X=normal(8, 3), w=normal(3), t=signs(8), fixed=("t",))
def perceptron_criterion(X: Array, w: Array, t: Array) -> Array:
    m = t * (X @ w)
    return jnp.sum((jnp.abs(m) - m) / 2)


# --- perceptrons -------------------------------------------------------------------------------------------------


@program(
    """
    h = relu(X @ W1 + b1)
    scores = h @ W2 + b2
    cross_entropy(scores, y)
    """,
    X=normal(5, 3),
    W1=normal(3, 6),
    b1=normal(6),
    W2=normal(6, 4),
    b2=normal(4),
    y=labels(5, 4),
    fixed=("y",),
)
def mlp_relu_cross_entropy(X: Array, W1: Array, b1: Array, W2: Array, b2: Array, y: Array) -> Array:
    def one(x: Array, k: Array) -> Array:
        return -jax.nn.log_softmax(jnp.maximum(x @ W1 + b1, 0) @ W2 + b2)[k]

    return jnp.mean(jax.vmap(one)(X, as_int(y)))


@program(
    """
    layer(x, W, b) = tanh(x @ W + b)
    h1 = layer(X, W1, b1)
    h2 = layer(h1, W2, b2)
    out = h2 @ w3 + b3
    mean((out - y)^2)
    """,
    X=normal(6, 2),
    W1=normal(2, 5),
    b1=normal(5),
    W2=normal(5, 3),
    b2=normal(3),
    w3=normal(3),
    b3=0.1,
    y=normal(6),
)
def mlp_tanh_squared_error(
    X: Array, W1: Array, b1: Array, W2: Array, b2: Array, w3: Array, b3: Array, y: Array
) -> Array:
    h = X
    for W, b in ((W1, b1), (W2, b2)):
        h = 1 - 2 / (jnp.exp(2 * (jnp.einsum("ni,io->no", h, W) + b)) + 1)
    return jnp.mean(jnp.square(h @ w3 + b3 - y))


@program(
    """
    dense(x, W, b) = gelu(W @ x + b)
    s = W4 @ dense(dense(dense(x, W1, b1), W2, b2), W3, b3) + b4
    logsumexp(s) - s[y]
    """,
    x=normal(3),
    W1=normal(4, 3),
    b1=normal(4),
    W2=normal(4, 4),
    b2=normal(4),
    W3=normal(5, 4),
    b3=normal(5),
    W4=normal(3, 5),
    b4=normal(3),
    y=1.0,
    fixed=("y",),
)
def mlp_gelu_four_layers(
    x: Array, W1: Array, b1: Array, W2: Array, b2: Array, W3: Array, b3: Array, W4: Array, b4: Array, y: Array
) -> Array:
    h = x
    for W, b in ((W1, b1), (W2, b2), (W3, b3)):
        z = W @ h + b
        h = z * stats.norm.cdf(z)
    return -jax.nn.log_softmax(W4 @ h + b4)[as_int(y)]


@program(
    """
    h = sigmoid(X @ W1 + b1)
    p = sigmoid(h @ w2 + b2)
    -mean(y*log(p) + (1 - y) log(1 - p))     # XOR
    """,
    X=np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
    W1=normal(2, 3),
    b1=normal(3),
    w2=normal(3),
    b2=-0.3,
    y=np.array([0.0, 1.0, 1.0, 0.0]),
    fixed=("y",),
)
def mlp_sigmoid_xor(X: Array, W1: Array, b1: Array, w2: Array, b2: Array, y: Array) -> Array:
    h = 0.5 * (1 + jnp.tanh((X @ W1 + b1) / 2))
    z = h @ w2 + b2
    return jnp.mean(jnp.logaddexp(0.0, z) - y * z)


@program(
    """
    block(x, A, B) = x + silu(x @ A) @ B
    h = block(block(X, A1, B1), A2, B2)
    mean(sum((h - Y)^2, axis=1))
    """,
    X=normal(4, 3),
    A1=normal(3, 5),
    B1=normal(5, 3, scale=0.5),
    A2=normal(3, 5),
    B2=normal(5, 3, scale=0.5),
    Y=normal(4, 3),
)
def mlp_residual_silu(X: Array, A1: Array, B1: Array, A2: Array, B2: Array, Y: Array) -> Array:
    z1 = X @ A1
    h = X + (z1 / (1 + jnp.exp(-z1))) @ B1
    z2 = h @ A2
    h = h + (z2 / (1 + jnp.exp(-z2))) @ B2
    return jnp.vdot(h - Y, h - Y) / 4


@program(
    """
    a = leaky_relu(W1 @ x, 0.1)
    b = elu(W2 @ a, 1.5)
    c = mish(W3 @ b)
    mean(c^2)
    """,
    x=normal(3),
    W1=normal(4, 3),
    W2=normal(4, 4),
    W3=normal(3, 4),
)
def mlp_of_assorted_activations(x: Array, W1: Array, W2: Array, W3: Array) -> Array:
    a = jax.nn.leaky_relu(W1 @ x, 0.1)
    b = jax.nn.elu(W2 @ a, 1.5)
    return jnp.mean(jax.nn.mish(W3 @ b) ** 2)


@program(
    """
    z = tanh(X @ W)                 # tied weights
    Xhat = z @ Wᵀ + c
    mean((X - Xhat)^2) + 1e-2 * mean(z^2)
    """,
    X=normal(6, 5),
    W=normal(5, 2),
    c=normal(5),
)
def tied_autoencoder(X: Array, W: Array, c: Array) -> Array:
    z = jnp.tanh(jnp.einsum("ni,ik->nk", X, W))
    reconstruction = jnp.einsum("nk,ik->ni", z, W) + c
    return jnp.sum((X - reconstruction) ** 2) / 30 + 0.01 * jnp.sum(z**2) / 12


@program(
    "sum(((X @ V) * silu(X @ G)) @ O * R)",
    X=normal(3, 4),
    V=normal(4, 5),
    G=normal(4, 5),
    O=normal(5, 4),
    R=normal(3, 4),
)
def swiglu(X: Array, V: Array, G: Array, O: Array, R: Array) -> Array:  # noqa: E741
    gated = (X @ V) * jax.nn.silu(X @ G)
    return jnp.trace(gated @ O @ R.T)


# --- normalisation -----------------------------------------------------------------------------------------------


@program(
    """
    mu = mean(X, axis=0)
    s2 = var(X, axis=0)
    Xn = (X - mu) / sqrt(s2 + 1e-5)
    Y = gamma * Xn + beta
    sum(Y * R)
    """,
    X=normal(7, 3),
    gamma=uniform(0.5, 1.5, 3),
    beta=normal(3),
    R=normal(7, 3),
)
def batch_norm(X: Array, gamma: Array, beta: Array, R: Array) -> Array:
    centred = X - jnp.ones((7, 7)) @ X / 7
    scale = lax.rsqrt((centred**2).mean(0) + 1e-5)
    return jnp.vdot(R, centred * scale * gamma + beta)


@program(
    """
    mu = mean(x, axis=(0, 2, 3), keepdims=true)
    s2 = mean((x - mu)^2, axis=(0, 2, 3), keepdims=true)
    y = gamma[:, None, None] * (x - mu)/sqrt(s2 + 1e-5) + beta[:, None, None]
    mean(relu(y) * r)
    """,
    x=normal(2, 3, 2, 3),
    gamma=uniform(0.5, 1.5, 3),
    beta=normal(3),
    r=normal(2, 3, 2, 3),
)
def batch_norm_of_images(x: Array, gamma: Array, beta: Array, r: Array) -> Array:
    channels = jnp.moveaxis(x, 1, 0).reshape(3, -1)
    normed = jax.vmap(lambda v, g, b: g * (v - v.mean()) / jnp.sqrt(v.var() + 1e-5) + b)(channels, gamma, beta)
    return jnp.mean(jax.nn.relu(normed) * jnp.moveaxis(r, 1, 0).reshape(3, -1))


@program(
    """
    centre(x, axis=-1) = x - mean(x, axis=axis, keepdims=true)
    layernorm(x, g, b, axis=-1) = g*centre(x, axis=axis)/sqrt(var(x, axis=axis, keepdims=true) + 1e-6) + b
    sum(layernorm(X, g, b)^3)
    """,
    X=normal(4, 6),
    g=uniform(0.5, 1.5, 6),
    b=normal(6),
)
def layer_norm(X: Array, g: Array, b: Array) -> Array:
    return jnp.sum(jax.vmap(lambda x: g * jax.nn.standardize(x, epsilon=1e-6) + b)(X) ** 3)


@program(
    """
    standardise(x, axis=-1) = (x - mean(x, axis=axis, keepdims=true)) / std(x, axis=axis, keepdims=true)
    sum(R * standardise(X)) + sum(R^2 * standardise(X, axis=0))
    """,
    X=normal(4, 5),
    R=normal(4, 5),
)
def standardise_along_either_axis(X: Array, R: Array) -> Array:
    rows = jnp.stack([(x - x.mean()) / x.std() for x in X])
    columns = jnp.stack([(x - x.mean()) / x.std() for x in X.T], axis=1)
    return jnp.vdot(R, rows) + jnp.vdot(R * R, columns)


@program(
    "rms = sqrt(mean(x^2, axis=-1, keepdims=true) + eps); mean(tanh(g * x / rms))",
    x=normal(3, 5),
    g=normal(5),
    eps=1e-3,
)
def rms_norm(x: Array, g: Array, eps: Array) -> Array:
    return jnp.mean(jnp.tanh(jnp.stack([g * row * (row @ row / 5 + eps) ** -0.5 for row in x])))


@program(
    """
    G = reshape(x, 2, 3, 4)                     # 3 groups of 4
    N = (G - mean(G, axis=2, keepdims=true)) / sqrt(var(G, axis=2, keepdims=true) + 1e-5)
    sum(w * reshape(N, (2, -1)))
    """,
    x=normal(2, 12),
    w=normal(12),
)
def group_norm(x: Array, w: Array) -> Array:
    total = jnp.zeros(())
    for row in x:
        for k in range(0, 12, 4):
            total += w[k : k + 4] @ jax.nn.standardize(row[k : k + 4], epsilon=1e-5)
    return total


@program("z = (x - mean(x)) / std(x)\nmean(z^3) + mean(z^4) - 3", x=normal(9) + np.arange(9.0) ** 2 / 20)
def skewness_plus_kurtosis(x: Array) -> Array:
    c = x - x.mean()
    m2, m3, m4 = (jnp.mean(c**k) for k in (2, 3, 4))
    return m3 / m2**1.5 + m4 / m2**2 - 3


@program(
    """
    between = var(mean(X, axis=1))
    within = mean(std(X, axis=1)^2)
    between / (between + within)
    """,
    X=normal(3, 6) + np.array([[0.0], [1.0], [3.0]]),
)
def variance_ratio(X: Array) -> Array:
    return jnp.mean((X.mean(1) - X.mean()) ** 2) / jnp.mean((X - X.mean()) ** 2)


# --- attention ---------------------------------------------------------------------------------------------------


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


# --- recurrent networks ------------------------------------------------------------------------------------------


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


# --- densities and divergences -----------------------------------------------------------------------------------


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


# --- kernels and Gaussian processes ------------------------------------------------------------------------------


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


# --- neural Turing machine ---------------------------------------------------------------------------------------


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


# --- convolution -------------------------------------------------------------------------------------------------


@program("y = windows(x, w) @ w + b; sum(y^2)", x=normal(10), w=normal(3), b=0.2)
def convolution_1d(x: Array, w: Array, b: Array) -> Array:
    return jnp.sum((jnp.correlate(x, w, mode="valid") + b) ** 2)


@program(
    """
    p = windows(pad(x, ((0, 0), (1, 1))), w[0, 0], stride=2)        # (C, T', k)
    y = tensordot(w, p, axes=((1, 2), (0, 2))) + b[:, None]         # (O, T')
    mean(tanh(y) * r)
    """,
    x=normal(2, 9),
    w=normal(3, 2, 3),
    b=normal(3),
    r=normal(3, 5),
)
def convolution_1d_of_channels(x: Array, w: Array, b: Array, r: Array) -> Array:
    y = lax.conv_general_dilated(x[None], w, (2,), [(1, 1)])[0] + b[:, None]
    return jnp.mean(jnp.tanh(y) * r)


@program("sum(conv2d(x, w, stride=2, padding=1)^2)", x=normal(2, 3, 5, 6), w=normal(4, 3, 3, 3))
def convolution_2d_stride_and_padding(x: Array, w: Array) -> Array:
    return jnp.sum(lax.conv_general_dilated(x, w, (2, 2), [(1, 1), (1, 1)]) ** 2)


@program(
    """
    c = relu(conv2d(x, w, padding=1) + b[:, None, None])
    p = maxpool2d(c)
    f = reshape(p, 2, -1)
    cross_entropy(f @ V + d, y)
    """,
    x=normal(2, 1, 6, 6),
    w=normal(3, 1, 3, 3),
    b=normal(3) + 1,
    V=normal(27, 4, scale=0.3),
    d=normal(4),
    y=labels(2, 4),
    fixed=("y",),
)
def convolutional_network(x: Array, w: Array, b: Array, V: Array, d: Array, y: Array) -> Array:
    c = jax.nn.relu(lax.conv_general_dilated(x, w, (1, 1), "SAME") + b[None, :, None, None])
    pooled = c.reshape(2, 3, 3, 2, 3, 2).max(axis=(3, 5)).reshape(2, 27)
    logp = jax.nn.log_softmax(pooled @ V + d, axis=1)
    return -jnp.mean(logp[jnp.arange(2), as_int(y)])


@program(
    """
    h1 = maxpool2d(tanh(conv2d(x, w1, padding=2)), size=3, stride=2)
    h2 = tanh(conv2d(h1, w2))
    s = mean(h2, axis=(2, 3)) @ V           # global average pooling
    -mean(log_softmax(s)[:, 0])
    """,
    x=normal(2, 2, 7, 6),
    w1=normal(3, 2, 3, 3, scale=0.5),
    w2=normal(4, 3, 2, 2, scale=0.5),
    V=normal(4, 3),
)
def convolutional_network_with_overlapping_pools(x: Array, w1: Array, w2: Array, V: Array) -> Array:
    h = jnp.tanh(lax.conv_general_dilated(x, w1, (1, 1), [(2, 2), (2, 2)]))
    h = lax.reduce_window(h, -jnp.inf, lax.max, (1, 1, 3, 3), (1, 1, 2, 2), "VALID")
    h = jnp.tanh(lax.conv_general_dilated(h, w2, (1, 1), "VALID"))
    s = h.mean((2, 3)) @ V
    return jnp.mean(special.logsumexp(s, axis=1) - s[:, 0])


@program(
    """
    P = windows(pad(img, 1), k)                 # (H, W, 3, 3)
    out = sum(P * k, axis=(2, 3))
    mean((out - img)^2)
    """,
    img=normal(4, 5),
    k=normal(3, 3, scale=0.4),
)
def image_filter_by_windows(img: Array, k: Array) -> Array:
    return jnp.mean((jax.scipy.signal.correlate2d(img, k, mode="same") - img) ** 2)


@program(
    "sum(abs(I[1:, :] - I[:-1, :])) + sum(abs(I[:, 1:] - I[:, :-1])) + mu/2 * sum((I - J)^2)",
    I=normal(4, 5),
    J=normal(4, 5),
    mu=0.9,
)
def total_variation(I: Array, J: Array, mu: Array) -> Array:  # noqa: E741
    return jnp.abs(jnp.diff(I, axis=0)).sum() + jnp.abs(jnp.diff(I, axis=1)).sum() + mu * jnp.vdot(I - J, I - J) / 2


# --- signals, finance --------------------------------------------------------------------------------------------


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


# --- matrices ----------------------------------------------------------------------------------------------------


@program(
    """
    D = X - mean(X, axis=0)
    C = D.T @ D / 8
    trace(W.T @ C @ W) - lam * sum((W.T @ W - eye(2))^2)
    """,
    X=normal(8, 4),
    W=normal(4, 2),
    lam=0.3,
)
def principal_components(X: Array, W: Array, lam: Array) -> Array:
    explained = jnp.sum(jnp.var(X @ W, axis=0))
    return explained - lam * jnp.linalg.norm(W.T @ W - jnp.eye(2), "fro") ** 2


@program(
    """
    E = mask * (R - U @ V.T)
    sum(E^2) + lam*(sum(U^2) + sum(V^2))
    """,
    R=normal(5, 4),
    U=normal(5, 2),
    V=normal(4, 2),
    mask=bits(5, 4),
    lam=0.1,
    fixed=("mask",),
)
def matrix_factorisation(R: Array, U: Array, V: Array, mask: Array, lam: Array) -> Array:
    total = lam * (jnp.vdot(U, U) + jnp.vdot(V, V))
    for i in range(5):
        for j in range(4):
            total += jnp.where(mask[i, j] > 0, (R[i, j] - U[i] @ V[j]) ** 2, 0.0)
    return total


@program(
    """
    pred = mu + bu[u] + bi[i] + sum(P[u] * Q[i], axis=1)
    mean((r - pred)^2)
    """,
    mu=0.5,
    bu=normal(3),
    bi=normal(4),
    P=normal(3, 2),
    Q=normal(4, 2),
    u=labels(6, 3),
    i=labels(6, 4),
    r=normal(6),
    fixed=("u", "i"),
)
def matrix_factorisation_of_ratings(
    mu: Array, bu: Array, bi: Array, P: Array, Q: Array, u: Array, i: Array, r: Array
) -> Array:
    table = mu + bu[:, None] + bi[None, :] + P @ Q.T
    return jnp.mean((r - table[as_int(u), as_int(i)]) ** 2)


@program(
    """
    v1 = A @ v0 / norm(A @ v0)
    v2 = A @ v1 / norm(A @ v1)
    v3 = A @ v2 / norm(A @ v2)
    v3.T @ A @ v3
    """,
    A=spd(4),
    v0=normal(4),
)
def power_iteration(A: Array, v0: Array) -> Array:
    v = A @ A @ A @ v0
    return jnp.einsum("i,ij,j->", v, A, v) / jnp.vdot(v, v)


@program("det(A) + trace(A @ A) - 2 det(A[:2, :2])", A=normal(4, 4))
def determinants(A: Array) -> Array:
    minor = A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0]
    return jnp.linalg.det(A) + jnp.sum(A * A.T) - 2 * minor


@program(
    """
    # Cramer's rule, the first unknown
    A1 = concat(b[:, None], A[:, 1:], axis=1)
    det(A1) / det(A)
    """,
    A=near_identity(3),
    b=normal(3),
)
def cramers_rule(A: Array, b: Array) -> Array:
    return jnp.linalg.solve(A, b)[0]


@program("X = solve(A, B); sum(X * C)", A=near_identity(4), B=normal(4, 2), C=normal(4, 2))
def solve_with_matrix_right_hand_side(A: Array, B: Array, C: Array) -> Array:
    return jnp.trace(C.T @ jnp.linalg.inv(A) @ B)


@program("norm(inv(A) - Y)^2 + norm(A) * norm(inv(A))", A=near_identity(3), Y=normal(3, 3))
def inverse_and_condition_number(A: Array, Y: Array) -> Array:
    B = jnp.linalg.solve(A, jnp.eye(3))
    return jnp.sum((B - Y) ** 2) + jnp.sqrt(jnp.vdot(A, A) * jnp.vdot(B, B))


@program("logdet(X.T @ diag_w @ X) / 2", X=normal(6, 3), diag_w=np.diag(uniform(0.5, 1.5, 6)))
def d_optimal_design(X: Array, diag_w: Array) -> Array:
    return jnp.linalg.slogdet(X.T @ diag_w @ X)[1] / 2


@program("sum(A @ B * C)", A=normal(3, 2, 4), B=normal(3, 4, 2), C=normal(3, 2, 2))
def batched_matmul(A: Array, B: Array, C: Array) -> Array:
    return jnp.einsum("bij,bjk,bik->", A, B, C)


@program("y = X @ W; z = v @ y; sum(z^2)", X=normal(2, 3, 4), W=normal(4, 5), v=normal(3))
def batched_matmul_broadcast(X: Array, W: Array, v: Array) -> Array:
    return jnp.sum(jnp.einsum("j,bji,ik->bk", v, X, W) ** 2)


@program("sum(tensordot(A, B, axes=((1, 2), (1, 0)))^2)", A=normal(2, 3, 4), B=normal(4, 3, 5))
def tensordot_of_two_axes(A: Array, B: Array) -> Array:
    return jnp.sum(jnp.einsum("ijk,kjl->il", A, B) ** 2)


@program(
    """
    z = tanh(W @ x + b)
    J = (1 - z^2)[:, None] * W
    logdet(J) - 0.5 * z.T @ z
    """,
    W=near_identity(3),
    x=normal(3, scale=0.5),
    b=normal(3, scale=0.3),
)
def normalising_flow_dense(W: Array, x: Array, b: Array) -> Array:
    def layer(v: Array) -> Array:
        return jnp.tanh(W @ v + b)

    return jnp.linalg.slogdet(jax.jacfwd(layer)(x))[1] - 0.5 * jnp.sum(layer(x) ** 2)


@program(
    """
    a = dot(w, z) + b
    znew = z + u*tanh(a)
    psi = (1 - tanh(a)^2) * w
    logq = -sum(z^2)/2 - log(abs(1 + dot(u, psi)))
    logq + sum(znew^4)/4
    """,
    z=normal(3),
    w=normal(3),
    u=normal(3),
    b=0.2,
)
def normalising_flow_planar(z: Array, w: Array, u: Array, b: Array) -> Array:
    def flow(v: Array) -> Array:
        return v + u * jnp.tanh(w @ v + b)

    return -z @ z / 2 - jnp.linalg.slogdet(jax.jacrev(flow)(z))[1] + jnp.mean(flow(z) ** 4) * 3 / 4


@program(
    """
    x1 = x[:, :2]; x2 = x[:, 2:]
    s = tanh(x1 @ Ws)
    t = x1 @ Wt
    y = concat([x1, x2 * exp(s) + t], axis=1)
    -mean(-sum(y^2, axis=1)/2 + sum(s, axis=1))
    """,
    x=normal(4, 4),
    Ws=normal(2, 2),
    Wt=normal(2, 2),
)
def normalising_flow_coupling(x: Array, Ws: Array, Wt: Array) -> Array:
    def flow(v: Array) -> Array:
        return jnp.append(v[:2], v[2:] * jnp.exp(jnp.tanh(v[:2] @ Ws)) + v[:2] @ Wt)

    def one(v: Array) -> Array:
        return jnp.sum(flow(v) ** 2) / 2 - jnp.linalg.slogdet(jax.jacfwd(flow)(v))[1]

    return jnp.mean(jax.vmap(one)(x))


@program(
    """
    At = A + eye(4)
    d = sum(At, axis=1)^(-1/2)
    L = d[:, None] * At * d[None, :]
    H = relu(L @ X @ W1)
    cross_entropy(L @ H @ W2, y)
    """,
    A=np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0.0]]),
    X=uniform(-0.5, 1.5, 4, 3),
    W1=normal(3, 4),
    W2=normal(4, 2),
    y=labels(4, 2),
    fixed=("y",),
)
def graph_convolution(A: Array, X: Array, W1: Array, W2: Array, y: Array) -> Array:
    At = A + jnp.eye(4)
    D = jnp.diag(lax.rsqrt(At @ jnp.ones(4)))
    L = D @ At @ D
    logp = jax.nn.log_softmax(L @ jnp.maximum(L @ X @ W1, 0) @ W2, axis=1)
    return -jnp.mean(jnp.take_along_axis(logp, as_int(y)[:, None], axis=1))


@program(
    """
    K = exp(-C/eps)
    v1 = b / (K.T @ (a / (K @ ones(4))))
    v2 = b / (K.T @ (a / (K @ v1)))
    u = a / (K @ v2)
    sum(u[:, None] * K * v2 * C)
    """,
    C=uniform(0.2, 2, 3, 4),
    a=simplex(3),
    b=simplex(4),
    eps=0.7,
)
def sinkhorn(C: Array, a: Array, b: Array, eps: Array) -> Array:
    g = jnp.zeros(4)
    for _ in range(2):
        f = jnp.log(a) - special.logsumexp(-C / eps + g, axis=1)
        g = jnp.log(b) - special.logsumexp(-C / eps + f[:, None], axis=0)
    f = jnp.log(a) - special.logsumexp(-C / eps + g, axis=1)
    return jnp.sum(jnp.exp(f[:, None] + g[None, :] - C / eps) * C)


# --- metric learning ---------------------------------------------------------------------------------------------


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


# --- physics -----------------------------------------------------------------------------------------------------


@program(
    "-G * sum(m[i]*m[j] / norm(x[i] - x[j]) for i in range(4) for j in range(4) if i < j)",
    x=normal(4, 3),
    m=uniform(0.5, 2, 4),
    G=1.5,
)
def n_body_potential(x: Array, m: Array, G: Array) -> Array:
    i, j = np.triu_indices(4, 1)
    return -G * jnp.sum(m[i] * m[j] / jnp.linalg.norm(x[i] - x[j], axis=1))


@program(
    """
    D = r[:, None, :] - r[None, :, :]
    R = sqrt(sum(D^2, axis=2) + soft^2)          # softened
    sum(outer(q, q) / R * (1 - eye(5))) / 2
    """,
    r=normal(5, 3),
    q=normal(5),
    soft=0.3,
)
def coulomb_energy_softened(r: Array, q: Array, soft: Array) -> Array:
    total = jnp.zeros(())
    for i in range(5):
        for j in range(i):
            total += q[i] * q[j] / jnp.hypot(jnp.linalg.norm(r[i] - r[j]), soft)
    return total


@program(
    """
    lj(r) = 4*eps*((sig/r)^12 - (sig/r)^6)
    sum(lj(norm(p[i] - p[j])) for i in range(4) for j in range(i))
    """,
    p=np.array([[0.0, 0.0], [1.2, 0.1], [0.3, 1.1], [1.4, 1.3]]),
    eps=0.9,
    sig=1.05,
)
def lennard_jones_cluster(p: Array, eps: Array, sig: Array) -> Array:
    i, j = np.tril_indices(4, -1)
    s6 = (sig**2 / jnp.sum((p[i] - p[j]) ** 2, axis=1)) ** 3
    return jnp.sum(4 * eps * s6 * (s6 - 1))


@program(
    """
    d = P[src] - P[dst]
    len = norm(d, axis=1)
    0.5*sum(k*(len - rest)^2) + g*sum(mass*P[:, 1])
    """,
    P=normal(4, 2),
    src=np.array([0.0, 1.0, 2.0, 3.0, 0.0]),
    dst=np.array([1.0, 2.0, 3.0, 0.0, 2.0]),
    k=uniform(1, 3, 5),
    rest=uniform(0.5, 1.5, 5),
    g=9.81,
    mass=uniform(0.1, 0.5, 4),
    fixed=("src", "dst"),
)
def spring_network(P: Array, src: Array, dst: Array, k: Array, rest: Array, g: Array, mass: Array) -> Array:
    incidence = jax.nn.one_hot(as_int(src), 4) - jax.nn.one_hot(as_int(dst), 4)
    stretch = jnp.sqrt(jnp.sum((incidence @ P) ** 2, axis=1)) - rest
    return jnp.sum(k * stretch**2) / 2 + g * mass @ P @ jnp.array([0.0, 1.0])


@program(
    """
    E = -J*sum(s*roll(s, 1, axis=0) + s*roll(s, 1, axis=1)) - h*sum(s)
    E / 12
    """,
    s=normal(3, 4),
    J=1.1,
    h=0.3,
)
def ising_energy_on_a_torus(s: Array, J: Array, h: Array) -> Array:
    down = jnp.concatenate([s[-1:], s[:-1]])
    right = jnp.concatenate([s[:, -1:], s[:, :-1]], axis=1)
    return -J * jnp.mean(s * (down + right)) - h * s.mean()


@program(
    """
    lap(u) = roll(u, 1, axis=0) + roll(u, -1, axis=0) + roll(u, 1, axis=1) + roll(u, -1, axis=1) - 4u
    u1 = u0 + c*lap(u0)
    u2 = u1 + c*lap(u1)
    sum((u2 - goal)^2)
    """,
    u0=normal(4, 5),
    goal=normal(4, 5),
    c=0.12,
)
def heat_equation_two_steps(u0: Array, goal: Array, c: Array) -> Array:
    def ring(n: int) -> Array:
        one = jnp.eye(n)
        return jnp.roll(one, 1, axis=0) + jnp.roll(one, 1, axis=1) - 2 * one

    u = u0
    for _ in range(2):
        u = u + c * (ring(4) @ u + u @ ring(5))
    return jnp.vdot(u - goal, u - goal)


@program(
    """
    f(v) = [v[1], mu*(1 - v[0]^2)*v[1] - v[0]]      # van der Pol
    k1 = f(v0)
    k2 = f(v0 + dt/2*k1)
    k3 = f(v0 + dt/2*k2)
    k4 = f(v0 + dt*k3)
    v1 = v0 + dt/6*(k1 + 2k2 + 2k3 + k4)
    v1[0]^2 + 3 v1[1]
    """,
    v0=normal(2),
    mu=1.4,
    dt=0.2,
)
def runge_kutta_step(v0: Array, mu: Array, dt: Array) -> Array:
    def slope(x: Array, y: Array) -> tuple[Array, Array]:
        return y, mu * (1 - x * x) * y - x

    x, y = v0
    a1, b1 = slope(x, y)
    a2, b2 = slope(x + dt * a1 / 2, y + dt * b1 / 2)
    a3, b3 = slope(x + dt * a2 / 2, y + dt * b2 / 2)
    a4, b4 = slope(x + dt * a3, y + dt * b3)
    return (x + dt * (a1 + 2 * a2 + 2 * a3 + a4) / 6) ** 2 + 3 * (y + dt * (b1 + 2 * b2 + 2 * b3 + b4) / 6)


@program(
    """
    th1 = q[0]; th2 = q[1]
    tip = [l[0]*cos(th1) + l[1]*cos(th1 + th2), l[0]*sin(th1) + l[1]*sin(th1 + th2)]
    norm(tip - goal)
    """,
    q=normal(2),
    l=uniform(0.5, 1.5, 2),
    goal=normal(2),
)
def robot_arm(q: Array, l: Array, goal: Array) -> Array:  # noqa: E741
    angles = jnp.cumsum(q)
    tip = jnp.array([l @ jnp.cos(angles), l @ jnp.sin(angles)])
    return jnp.hypot(*(tip - goal))


@program(
    """
    Rz = [[cos(a), -sin(a), 0], [sin(a), cos(a), 0], [0, 0, 1]]
    sum((P @ Rz.T + t - Q)^2)
    """,
    a=0.7,
    P=normal(5, 3),
    t=normal(3),
    Q=normal(5, 3),
)
def rigid_registration(a: Array, P: Array, t: Array, Q: Array) -> Array:
    z = (P[:, 0] + 1j * P[:, 1]) * jnp.exp(1j * a)
    moved = jnp.stack([z.real, z.imag, P[:, 2]], axis=1) + t
    return jnp.sum((moved - Q) ** 2)


# --- quadrature and polynomials ----------------------------------------------------------------------------------


@program(
    """
    h = (b - a)/50
    x = a + h*arange(51)
    f = exp(-x^2) * cos(k*x)
    h*(sum(f) - (f[0] + f[-1])/2)
    """,
    a=-0.5,
    b=1.8,
    k=2.3,
)
def trapezoidal_rule(a: Array, b: Array, k: Array) -> Array:
    x = jnp.linspace(0, 1, 51) * (b - a) + a
    return jnp.trapezoid(jnp.exp(-(x**2)) * jnp.cos(k * x), x)


@program(
    """
    x = a + (b - a)*arange(0, 21)/20
    f = 1/(1 + (c*x)^2)
    (b - a)/60 * (f[0] + 4 sum(f[1::2]) + 2 sum(f[2:-1:2]) + f[-1])
    """,
    a=0.2,
    b=1.5,
    c=1.7,
)
def simpsons_rule(a: Array, b: Array, c: Array) -> Array:
    weights = np.array([1, *[4, 2] * 9, 4, 1]) / 60
    x = jnp.linspace(0, 1, 21) * (b - a) + a
    return (b - a) * jnp.sum(weights / (1 + c**2 * x**2))


@program("sum(c[k] * x^k for k in range(5))", c=normal(5), x=1.3)
def polynomial_comprehension(c: Array, x: Array) -> Array:
    return jnp.polyval(c[::-1], x)


@program(
    """
    p = c[0] + x*(c[1] + x*(c[2] + x*c[3]))      # Horner, at all points at once
    mean((p - y)^2)
    """,
    c=normal(4),
    x=normal(6),
    y=normal(6),
)
def polynomial_fit_by_horner(c: Array, x: Array, y: Array) -> Array:
    return jnp.mean((jnp.stack([x**0, x, x**2, x**3], axis=1) @ c - y) ** 2)


@program(
    "V = x[:, None]^arange(4); sum((V @ c - y)^2)",
    x=np.array([-1.2, -0.4, 0.3, 0.9, 1.6]),
    c=normal(4),
    y=normal(5),
)
def polynomial_fit_by_vandermonde(x: Array, c: Array, y: Array) -> Array:
    return jnp.sum((jnp.vander(x, 4, increasing=True) @ c - y) ** 2)


@program("prod(x[j] - x[i] for i in range(4) for j in range(4) if i < j)", x=np.array([-1.0, 0.2, 1.1, 2.4]))
def vandermonde_determinant(x: Array) -> Array:
    return jnp.linalg.det(jnp.vander(x, increasing=True))


@program(
    "sum(y[i] * prod((t - x[j])/(x[i] - x[j]) for j in range(4) if j != i) for i in range(4))",
    x=np.array([-1.0, 0.3, 1.2, 2.0]),
    y=normal(4),
    t=0.8,
)
def lagrange_interpolation(x: Array, y: Array, t: Array) -> Array:
    return jnp.polyval(jnp.linalg.solve(jnp.vander(x), y), t)


@program(
    """
    n = arange(1, 6)
    S = sum(b * sin(outer(x, n)), axis=1)
    mean((S - x)^2)
    """,
    b=normal(5),
    x=uniform(-3, 3, 7),
)
def fourier_sine_fit(b: Array, x: Array) -> Array:
    S = sum((b[k - 1] * jnp.sin(k * x) for k in range(1, 6)), jnp.zeros(7))
    return jnp.mean((S - x) ** 2)


# --- shapes and reductions ---------------------------------------------------------------------------------------


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


# --- chains ------------------------------------------------------------------------------------------------------


@program(
    """
    # linear-chain CRF
    a1 = logsumexp(E[0][:, None] + T, axis=0) + E[1]
    a2 = logsumexp(a1[:, None] + T, axis=0) + E[2]
    logZ = logsumexp(a2)
    gold = E[0, y[0]] + E[1, y[1]] + E[2, y[2]] + T[y[0]][y[1]] + T[y[1]][y[2]]
    logZ - gold
    """,
    E=normal(3, 3),
    T=normal(3, 3),
    y=np.array([2.0, 0.0, 1.0]),
    fixed=("y",),
)
def conditional_random_field(E: Array, T: Array, y: Array) -> Array:
    # all 27 paths
    paths = E[0][:, None, None] + E[1][None, :, None] + E[2][None, None, :] + T[:, :, None] + T[None, :, :]
    i, j, k = as_int(y)
    return special.logsumexp(paths) - paths[i, j, k]


@program(
    """
    A = softmax(a, axis=1)
    B = softmax(b, axis=1)
    p0 = softmax(c)
    f0 = p0 * B[:, obs[0]]
    f1 = (f0 @ A) * B[:, obs[1]]
    f2 = (f1 @ A) * B[:, obs[2]]
    -log(sum(f2))
    """,
    a=normal(2, 2),
    b=normal(2, 4),
    c=normal(2),
    obs=np.array([1.0, 3.0, 0.0]),
    fixed=("obs",),
)
def hidden_markov_model(a: Array, b: Array, c: Array, obs: Array) -> Array:
    A, B, start = jax.nn.log_softmax(a, axis=1), jax.nn.log_softmax(b, axis=1), jax.nn.log_softmax(c)
    i, j, k = as_int(obs)
    first = (start + B[:, i])[:, None, None] + A[:, :, None] + B[:, j][None, :, None]
    return -special.logsumexp(first + A[None, :, :] + B[:, k][None, None, :])


@program(
    """
    g1 = A.T @ (A @ x0 - b)
    x1 = x0 - lr*g1
    v = x1 - x0
    x2 = x1 + m*v - lr*(A.T @ (A @ (x1 + m*v) - b))         # Nesterov
    norm(A @ x2 - b)^2 / 2
    """,
    A=normal(5, 3),
    b=normal(5),
    x0=normal(3),
    lr=0.05,
    m=0.9,
)
def learning_rate_through_two_steps(A: Array, b: Array, x0: Array, lr: Array, m: Array) -> Array:
    def loss(x: Array) -> Array:
        return 0.5 * jnp.sum((A @ x - b) ** 2)

    x1 = x0 - lr * jax.grad(loss)(x0)
    ahead = x1 + m * (x1 - x0)
    return loss(ahead - lr * jax.grad(loss)(ahead))


# --- zeros, ties and kinks, on purpose ---------------------------------------------------------------------------


@program("max(x) * sum(x) + min(x)^2", x=np.array([1.0, 3.0, 3.0, 1.0]))
def tie_of_reductions(x: Array) -> Array:
    return x[1] * jnp.sum(x) + x[0] ** 2


@program("sum(max(X, axis=1) * w) - sum(min(X, axis=0))", X=np.array([[2.0, 2.0, 1.0], [0.5, 4.0, 4.0]]), w=normal(2))
def tie_of_reductions_by_axis(X: Array, w: Array) -> Array:
    return X[0, 0] * w[0] + X[1, 1] * w[1] - X[1, 0] - X[0, 1] - X[0, 2]


@program("sum(max(a, b) * w) + sum(min(a, b)^2)", a=np.array([1.0, 2.0, 3.0]), b=np.array([1.0, 3.0, 3.0]), w=normal(3))
def tie_of_two_operands(a: Array, b: Array, w: Array) -> Array:
    return a[0] * w[0] + b[1] * w[1] + a[2] * w[2] + jnp.sum(a**2)


@program("sum(max(x, 1) * w) + sum(max(0, x - 1)) + sum(x^2)", x=np.array([0.5, 1.0, 2.0]), w=normal(3))
def tie_with_a_constant(x: Array, w: Array) -> Array:
    return w[0] + w[1] + x[2] * w[2] + x[2] - 1 + jnp.vdot(x, x)


@program(
    "sum(relu(X @ w) * c)",
    X=np.array([[1.0, 2.0], [2.0, -1.0], [-1.0, 0.5]]),
    w=np.array([1.0, 2.0]),
    c=normal(3),
)
def tie_of_relu_at_zero(X: Array, w: Array, c: Array) -> Array:
    return jax.nn.relu(X @ w) @ c


@program("dot(w, prod(X, axis=0))", X=np.array([[2.0, 0.0, 1.5], [0.0, 3.0, -1.0], [4.0, 0.0, 2.0]]), w=normal(3))
def products_with_zeros(X: Array, w: Array) -> Array:
    return jnp.sum(w * X[0] * X[1] * X[2])


@program(
    "x = relu(z); sum(maxpool2d(x) * w) + mean(z)",
    z=np.array([[[2.0, 2.0, -1.0, 3.0], [1.0, 2.0, 3.0, 0.5]]]),
    w=normal(1, 1, 2),
)
def tie_in_a_pool(z: Array, w: Array) -> Array:
    return z[0, 0, 0] * w[0, 0, 0] + z[0, 0, 3] * w[0, 0, 1] + jnp.mean(z)


@program(
    "gate sigma(u) = 1/(1 + exp(-u)) with y*(1 - y); mul(a, b) = a*b with b, a; sum(mul(sigma(W@x + b), v))",
    W=normal(3, 2),
    x=normal(2),
    b=0.5,
    v=normal(3),
)
def gates_with_their_own_derivatives(W: Array, x: Array, b: Array, v: Array) -> Array:
    return jnp.sum(jax.nn.sigmoid(W @ x + b) * v)


if __name__ == "__main__":
    for entry in PROGRAMS:

        def at(values: dict[str, Any], entry: Program = entry) -> Array:
            return entry.judge(**{**entry.point, **values})

        start = {name: jnp.asarray(entry.point[name]) for name in entry.wrt}
        value, gradients = jax.jit(jax.value_and_grad(at))(start)
        largest = max(float(jnp.max(jnp.abs(g))) for g in gradients.values())
        print(f"{entry.name:50} {float(value):14.8g} {largest:12.6g}")
