"""Zeros, ties and kinks, on purpose: the references spell out the rule."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from support.array_programs.collection import normal, program


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
