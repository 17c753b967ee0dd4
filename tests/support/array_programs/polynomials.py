"""Quadrature and polynomials."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array

from support.array_programs.collection import normal, program, uniform


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
