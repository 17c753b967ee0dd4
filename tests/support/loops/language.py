"""Programs with what the language has around loops."""
# ruff: noqa: N803

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from support.loops.program import H0, H, LoopProgram, N, T, W, X, fold, numbers, scan


def _lotka_volterra(a: Any, b: Any, c: Any, d: Any, u0: Any, v0: Any) -> Any:
    dt = 0.05

    def slope(u: Any, v: Any) -> Any:
        return a * u - b * u * v, d * u * v - c * v

    def step(state: Any, _: Any) -> Any:
        u, v = state
        k1, l1 = slope(u, v)
        k2, l2 = slope(u + dt / 2 * k1, v + dt / 2 * l1)
        k3, l3 = slope(u + dt / 2 * k2, v + dt / 2 * l2)
        k4, l4 = slope(u + dt * k3, v + dt * l3)
        return u + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4), v + dt / 6 * (l1 + 2 * l2 + 2 * l3 + l4)

    return fold(step, (u0, v0), T(40))[0]


PROGRAMS = [
    LoopProgram(
        "carried names that are inputs too",
        "fold(a*b for t in range(3), a=a + b)",
        {"a": 0.5, "b": 1.5},
        lambda a, b: fold(lambda c, t: c * b, a + b, T(3)),
    ),
    LoopProgram(
        "where",
        "fold(where(h > 0.5, h*a, h + a) for t in range(6), h=h0)",
        {"h0": 0.2, "a": 0.7},
        lambda h0, a: fold(lambda h, t: jnp.where(h > 0.5, h * a, h + a), h0, T(6)),
    ),
    LoopProgram(
        "max",
        "fold(max(h*a, x) for x in v, h=h0)",
        {"h0": 0.9, "a": 0.7, "v": X},
        lambda h0, a, v: fold(lambda h, x: jnp.maximum(h * a, x), h0, v),
    ),
    LoopProgram(
        "softplus, gelu and sigmoid",
        "fold(softplus(h) - gelu(a*h)*sigmoid(h) for t in range(4), h=h0)",
        {"h0": 0.9, "a": 0.7},
        lambda h0, a: fold(
            lambda h, t: jax.nn.softplus(h) - jax.nn.gelu(a * h, approximate=False) * jax.nn.sigmoid(h), h0, T(4)
        ),
    ),
    LoopProgram("no step", "fold(h*a for t in range(0), h=b)*a", {"b": 0.9, "a": 0.7}, lambda b, a: b * a),
    LoopProgram("one step", "fold(h*a for t in range(1), h=b)", {"b": 0.9, "a": 0.7}, lambda b, a: b * a),
    LoopProgram(
        "one step of a scan", "sum(scan(h*a for t in range(1), h=b))", {"b": 0.9, "a": 0.7}, lambda b, a: b * a
    ),
    LoopProgram(
        "as long as an input",
        "fold(s*a + x[t] for t in range(len(x)), s=0)/len(x)",
        {"a": 0.4, "x": X},
        lambda a, x: fold(lambda s, e: s * a + e, 0.0, x) / N,
    ),
    LoopProgram(
        "Fibonacci of inputs",
        "a, b = fold((b, a + b) for t in range(7), a=u, b=v); a^2 - b",
        {"u": 0.4, "v": 1.2},
        lambda u, v: (lambda c: c[0] ** 2 - c[1])(fold(lambda c, t: (c[1], c[0] + c[1]), (u, v), T(7))),
    ),
    LoopProgram(
        "a value that one step later is used",
        "before, s = fold((x[t], s*0.9 + before*x[t]) for t in range(5), before=0, s=b); s",
        {"x": X, "b": 0.3},
        lambda x, b: fold(lambda c, e: (e, c[1] * 0.9 + c[0] * e), (0.0, b), x)[1],
    ),
    LoopProgram(
        "two values of a scan",
        "p, v = scan((p + v/4, v - p*k) for t in range(6), p=1, v=u); sum(p*v) + p[-1] - v[0]",
        {"k": 0.3, "u": 0.5},
        lambda k, u: (lambda c: (c[0] * c[1]).sum() + c[0][-1] - c[1][0])(
            scan(lambda c, t: (c[0] + c[1] / 4, c[1] - c[0] * k), (1.0, u), T(6))
        ),
    ),
    LoopProgram(
        "one of several values",
        "fold((p + v/4, v - p*k) for t in range(6), p=1, v=u)[1]*k",
        {"k": 0.3, "u": 0.5},
        lambda k, u: fold(lambda c, t: (c[0] + c[1] / 4, c[1] - c[0] * k), (1.0, u), T(6))[1] * k,
    ),
    LoopProgram(
        "a loop along another",
        "s = scan(s*a + e for e in x, s=0); fold(p*b + q for q in s, p=1)",
        {"a": 0.4, "b": 0.6, "x": X},
        lambda a, b, x: fold(lambda p, q: p * b + q, 1.0, scan(lambda s, e: s * a + e, 0.0, x)),
    ),
    LoopProgram(
        "entries chosen by an input array",
        "fold(h*0.5 + x[t]*w[t, 1]*w[2, t] for t in range(1, 3), h=0)",
        {"x": X, "w": W},
        lambda x, w: fold(lambda h, t: h * 0.5 + x[t] * w[t, 1] * w[2, t], 0.0, T(1, 3)),
    ),
    LoopProgram(
        "a batch of recurrent nets",
        "h = fold(tanh(h@W + x[:, None]*t) for t in range(3), h=zeros(5, 3)); sum(h^2)",
        {"W": W, "x": X},
        lambda W, x: (fold(lambda h, t: jnp.tanh(h @ W + x[:, None] * t), jnp.zeros((N, H)), T(3)) ** 2).sum(),
    ),
    LoopProgram(
        "Euler's pendulum",
        "a, w = fold((a + dt*w, w - dt*g*sin(a)) for t in range(30), a=a0, w=0); a",
        {"a0": 0.5, "g": 9.8, "dt": 0.02},
        lambda a0, g, dt: fold(
            lambda c, t: (c[0] + dt * c[1], c[1] - dt * g * jnp.sin(c[0])), (a0, jnp.zeros(())), T(30)
        )[0],
    ),
    LoopProgram(
        "Adam",
        """\
m, v, w = fold((0.9*m + 0.1*(w - b), 0.99*v + 0.01*(w - b)^2,
    w - rate*(0.9*m + 0.1*(w - b))/sqrt(0.99*v + 0.01*(w - b)^2 + 1e-8)) for t in range(8), m=0, v=0, w=w0)
w""",
        {"rate": 0.1, "b": 0.3, "w0": 1.0},
        lambda rate, b, w0: fold(
            lambda c, t: (
                0.9 * c[0] + 0.1 * (c[2] - b),
                0.99 * c[1] + 0.01 * (c[2] - b) ** 2,
                c[2] - rate * (0.9 * c[0] + 0.1 * (c[2] - b)) / jnp.sqrt(0.99 * c[1] + 0.01 * (c[2] - b) ** 2 + 1e-8),
            ),
            (0.0, 0.0, w0),
            T(8),
        )[2],
    ),
    LoopProgram(
        "Chebyshev polynomials",
        "a, b = fold((b, 2*x*b - a) for t in range(6), a=1, b=x); b",
        {"x": 0.3},
        lambda x: fold(lambda c, t: (c[1], 2 * x * c[1] - c[0]), (1.0, x), T(6))[1],
    ),
    LoopProgram(
        "arithmetic-geometric mean",
        "a, g = fold(((a + g)/2, sqrt(a*g)) for t in range(4), a=x, g=y); a",
        {"x": 1.0, "y": 2.5},
        lambda x, y: fold(lambda c, t: ((c[0] + c[1]) / 2, jnp.sqrt(c[0] * c[1])), (x, y), T(4))[0],
    ),
    LoopProgram(
        "product by logarithms",
        "exp(fold(s + log(abs(e)) for e in x, s=0))",
        {"x": X},
        lambda x: jnp.exp(fold(lambda s, e: s + jnp.log(jnp.abs(e)), 0.0, x)),
    ),
    LoopProgram(
        "Sinkhorn",
        "u = fold(1/(K@(1/(K.T@u))) for t in range(5), u=ones(3)); sum(u*K[0])",
        {"K": np.exp(W)},
        lambda K: (fold(lambda u, t: 1 / (K @ (1 / (K.T @ u))), jnp.ones(H), T(5)) * K[0]).sum(),
    ),
    LoopProgram(
        "Jacobi's iteration",
        "z = fold((h0 - 0.2*W@z)/2 for t in range(8), z=zeros(3)); z@z",
        {"W": W, "h0": H0},
        lambda W, h0: (lambda z: z @ z)(fold(lambda z, t: (h0 - 0.2 * W @ z) / 2, jnp.zeros(H), T(8))),
    ),
    LoopProgram(
        "a residual network",
        "h = fold(h + 0.1*relu(w@h + 0.05) for w in V, h=h0); sum(h^2)",
        {"V": numbers(4, H, H, seed=9), "h0": H0},
        lambda V, h0: (fold(lambda h, w: h + 0.1 * jnp.maximum(w @ h + 0.05, 0), h0, V) ** 2).sum(),
    ),
    LoopProgram(
        "one loop from the values of another",
        "m, s = fold((m + (e - m)/(t + 1), s + 0*m) for t in range(1), m=0, s=1); fold(q + (r - m)^2 for r in x, q=s)",
        {"x": X, "e": 0.2},
        lambda x, e: fold(lambda q, each: q + (each - e) ** 2, 1.0, x),
    ),
    LoopProgram(
        "random walk's likelihood",
        "fold(l + normal_logpdf(x[t], x[t - 1], sd) for t in range(1, 5), l=0)",
        {"x": X, "sd": 0.8},
        lambda x, sd: fold(
            lambda s, t: s - ((x[t] - x[t - 1]) / sd) ** 2 / 2 - jnp.log(sd * jnp.sqrt(2 * jnp.pi)), 0.0, T(1, 5)
        ),
    ),
    LoopProgram(
        "bisection's smooth cousin",
        "lo, hi = fold((where((lo + hi)^2 < 4*x, (lo + hi)/2, lo), where((lo + hi)^2 < 4*x, hi, (lo + hi)/2))"
        " for t in range(6), lo=0*x, hi=x); lo + hi",
        {"x": 2.3},
        lambda x: sum(
            fold(
                lambda c, t: (
                    jnp.where((c[0] + c[1]) ** 2 < 4 * x, (c[0] + c[1]) / 2, c[0]),
                    jnp.where((c[0] + c[1]) ** 2 < 4 * x, c[1], (c[0] + c[1]) / 2),
                ),
                (0.0 * x, x),
                T(6),
            )
        ),
    ),
    LoopProgram(
        "Lotka and Volterra by Runge and Kutta",
        """\
du(u, v) = a*u - b*u*v
dv(u, v) = d*u*v - c*v
dt = 1/20
ku2(u, v) = du(u + dt/2*du(u, v), v + dt/2*dv(u, v))
kv2(u, v) = dv(u + dt/2*du(u, v), v + dt/2*dv(u, v))
ku3(u, v) = du(u + dt/2*ku2(u, v), v + dt/2*kv2(u, v))
kv3(u, v) = dv(u + dt/2*ku2(u, v), v + dt/2*kv2(u, v))
ku4(u, v) = du(u + dt*ku3(u, v), v + dt*kv3(u, v))
kv4(u, v) = dv(u + dt*ku3(u, v), v + dt*kv3(u, v))
u, v = fold((u + dt/6*(du(u, v) + 2*ku2(u, v) + 2*ku3(u, v) + ku4(u, v)),
    v + dt/6*(dv(u, v) + 2*kv2(u, v) + 2*kv3(u, v) + kv4(u, v))) for t in range(40), u=u0, v=v0)
u""",
        {"a": 1.1, "b": 0.4, "c": 0.4, "d": 0.1, "u0": 3.0, "v0": 2.0},
        _lotka_volterra,
    ),
]
