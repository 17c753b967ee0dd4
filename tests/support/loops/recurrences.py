"""Programs of nets, iterations and filters."""
# ruff: noqa: N803

from __future__ import annotations

from typing import Any

import jax
from jax import numpy as jnp

from support.loops.program import GATES, H0, HMM, OBSERVED, H, LoopProgram, N, T, U, W, X, fold, scan


def _lstm(Wf: Any, Wi: Any, Wo: Any, Wc: Any, x: Any) -> Any:
    def step(carry: Any, row: Any) -> Any:
        h, c = carry
        z = jnp.concatenate([h, row])
        c = jax.nn.sigmoid(Wf @ z) * c + jax.nn.sigmoid(Wi @ z) * jnp.tanh(Wc @ z)
        return jax.nn.sigmoid(Wo @ z) * jnp.tanh(c), c

    h, c = fold(step, (jnp.zeros(H), jnp.zeros(H)), x)
    return (h * h).sum() + c.sum()


PROGRAMS = [
    LoopProgram(
        "Babylonian root",
        "fold(h/2 + x/(2*h) for t in range(5), h=1)",
        {"x": 2.0},
        lambda x: fold(lambda h, t: h / 2 + x / (2 * h), 1.0, T(5)),
    ),
    LoopProgram(
        "leapfrog",
        "p, v = fold((p + dt*v, v - dt*k*p) for t in range(20), p=p0, v=v0); p*v",
        {"p0": 1.0, "v0": 0.5, "dt": 0.1, "k": 3.0},
        lambda p0, v0, dt, k: jnp.prod(
            jnp.stack(fold(lambda s, t: (s[0] + dt * s[1], s[1] - dt * k * s[0]), (p0, v0), T(20)))
        ),
    ),
    LoopProgram(
        "recurrent net",
        "h = fold(tanh(W@h + x[t]) for t in range(5), h=h0); sum(h)",
        {"W": W, "x": U, "h0": H0},
        lambda W, x, h0: fold(lambda h, row: jnp.tanh(W @ h + row), h0, x).sum(),
    ),
    LoopProgram(
        "recurrent net along rows, all steps",
        "h = scan(tanh(W@h + row) for row in x, h=h0); sum(h^2)",
        {"W": W, "x": U, "h0": H0},
        lambda W, x, h0: (scan(lambda h, row: jnp.tanh(W @ h + row), h0, x) ** 2).sum(),
    ),
    LoopProgram(
        "LSTM",
        """\
h, c = fold((sigmoid(Wo@concat(h, r))*tanh(next(h, c, r)), next(h, c, r)) for r in x, h=zeros(3), c=zeros(3))
next(h, c, r) = sigmoid(Wf@concat(h, r))*c + sigmoid(Wi@concat(h, r))*tanh(Wc@concat(h, r))
sum(h*h) + sum(c)""",
        {**GATES, "x": U},
        _lstm,
    ),
    LoopProgram(
        "gated recurrent unit",
        "h = fold((1 - sigmoid(z*h + r))*h + sigmoid(z*h + r)*tanh(w*h + r) for r in x, h=h0); h",
        {"z": 0.4, "w": -0.7, "x": X, "h0": 0.2},
        lambda z, w, x, h0: fold(
            lambda h, r: (1 - jax.nn.sigmoid(z * h + r)) * h + jax.nn.sigmoid(z * h + r) * jnp.tanh(w * h + r),
            h0,
            x,
        ),
    ),
    LoopProgram(
        "Kepler's equation by Newton",
        "fold(E - (E - e1*sin(E) - M)/(1 - e1*cos(E)) for t in range(6), E=M)",
        {"M": 0.8, "e1": 0.3},
        lambda M, e1: fold(lambda E, t: E - (E - e1 * jnp.sin(E) - M) / (1 - e1 * jnp.cos(E)), M, T(6)),
    ),
    LoopProgram(
        "gradient descent by its learning rate",
        "w = fold(w - rate*(a*w - b) for t in range(10), w=w0); (a*w - b)^2",
        {"rate": 0.3, "a": 1.7, "b": 0.4, "w0": 2.0},
        lambda rate, a, b, w0: (a * fold(lambda w, t: w - rate * (a * w - b), w0, T(10)) - b) ** 2,
    ),
    LoopProgram(
        "hidden Markov model",
        "p = fold(logsumexp(p[:, None] + A, axis=0) + B[:, o] for o in [0, 1, 2, 1], p=[-0.5, -1]); logsumexp(p)",
        HMM,
        lambda A, B: jax.nn.logsumexp(
            fold(
                lambda p, o: jax.nn.logsumexp(p[:, None] + A, axis=0) + B[:, o],
                jnp.array([-0.5, -1.0]),
                jnp.array(OBSERVED),
            )
        ),
    ),
    LoopProgram(
        "compound interest with payments",
        "fold(balance*(1 + rate/12) + payment for month in range(24), balance=deposit)",
        {"rate": 0.05, "payment": 50.0, "deposit": 1000.0},
        lambda rate, payment, deposit: fold(lambda b, m: b * (1 + rate / 12) + payment, deposit, T(24)),
    ),
    LoopProgram(
        "Horner",
        "fold(s*x + c for c in a, s=0)",
        {"a": X, "x": 0.7},
        lambda a, x: fold(lambda s, c: s * x + c, 0.0, a),
    ),
    LoopProgram(
        "Horner from the end",
        "fold(s*x + a[4 - t] for t in range(5), s=0)",
        {"a": X, "x": 0.7},
        lambda a, x: fold(lambda s, c: s * x + c, 0.0, a[::-1]),
    ),
    LoopProgram(
        "from the end by a negative index",
        "fold(s*x + a[-t - 1] for t in range(5), s=0)",
        {"a": X, "x": 0.7},
        lambda a, x: fold(lambda s, c: s * x + c, 0.0, a[::-1]),
    ),
    LoopProgram(
        "counting down by 2",
        "fold(s*x + a[t]*t for t in range(4, -1, -2), s=1)",
        {"a": X, "x": 0.7},
        lambda a, x: fold(lambda s, t: s * x + a[t] * t, 1.0, jnp.array([4, 2, 0])),
    ),
    LoopProgram(
        "neighbours",
        "fold(s*0.5 + sin(a[t]*a[t + 1] - a[t - 1]) for t in range(1, 4), s=0)",
        {"a": X},
        lambda a: fold(lambda s, t: s * 0.5 + jnp.sin(a[t] * a[t + 1] - a[t - 1]), 0.0, T(1, 4)),
    ),
    LoopProgram(
        "an index that wraps around",
        "fold(s*0.5 + a[t - 2]*a[t] for t in range(5), s=1)",
        {"a": X},
        lambda a: fold(lambda s, t: s * 0.5 + a[t - 2] * a[t], 1.0, T(5)),
    ),
    LoopProgram(
        "columns",
        "s = fold(tanh(s + x[:, t]) for t in range(3), s=zeros(5)); sum(s)",
        {"x": U},
        lambda x: fold(lambda s, column: jnp.tanh(s + column), jnp.zeros(N), x.T).sum(),
    ),
    LoopProgram(
        "entries of rows",
        "fold(s*x[t, 0] + x[t, -1] for t in range(5), s=1)",
        {"x": U},
        lambda x: fold(lambda s, row: s * row[0] + row[-1], 1.0, x),
    ),
    LoopProgram(
        "the counter in the formula",
        "fold(s + x^t/(t + 1) for t in range(6), s=0)",
        {"x": 0.6},
        lambda x: fold(lambda s, t: s + x**t / (t + 1), 0.0, T(6)),
    ),
    LoopProgram(
        "continued fraction",
        "fold(k/(1 + x*f) for k in range(9, 0, -1), f=1)",
        {"x": 0.6},
        lambda x: fold(lambda f, k: k / (1 + x * f), 1.0, T(9, 0, -1)),
    ),
    LoopProgram(
        "logistic map",
        "fold(r*x*(1 - x) for t in range(12), x=x0)",
        {"r": 3.3, "x0": 0.4},
        lambda r, x0: fold(lambda x, t: r * x * (1 - x), x0, T(12)),
    ),
    LoopProgram(
        "exponential smoothing with squared errors",
        "s, e2 = fold((s + a*(y - s), e2 + (y - s)^2) for y in x, s=0, e2=0); e2",
        {"a": 0.3, "x": X},
        lambda a, x: fold(lambda c, y: (c[0] + a * (y - c[0]), c[1] + (y - c[0]) ** 2), (0.0, 0.0), x)[1],
    ),
    LoopProgram(
        "Kalman filter",
        "m, p = fold((m + (p + q)/(p + q + r)*(z - m), (p + q)*r/(p + q + r)) for z in x, m=0, p=1); m*p",
        {"q": 0.2, "r": 0.5, "x": X},
        lambda q, r, x: jnp.prod(
            jnp.stack(
                fold(
                    lambda c, z: (
                        c[0] + (c[1] + q) / (c[1] + q + r) * (z - c[0]),
                        (c[1] + q) * r / (c[1] + q + r),
                    ),
                    (0.0, 1.0),
                    x,
                )
            )
        ),
    ),
    LoopProgram(
        "power iteration",
        "v = fold(W@v/norm(W@v) for t in range(4), v=h0); v@W@v",
        {"W": W, "h0": H0},
        lambda W, h0: (lambda v: v @ W @ v)(fold(lambda v, t: W @ v / jnp.linalg.norm(W @ v), h0, T(4))),
    ),
    LoopProgram(
        "powers of a matrix",
        "P = fold(P@W for t in range(4), P=W); trace(P)",
        {"W": W},
        lambda W: jnp.trace(fold(lambda P, t: P @ W, W, T(4))),
    ),
    LoopProgram(
        "values of different shapes",
        "m, s = fold((tanh(m + outer(r, r)*s), s + sum(m)) for r in x, m=zeros(3, 3), s=1); sum(m) + s",
        {"x": U},
        lambda x: (lambda c: c[0].sum() + c[1])(
            fold(
                lambda c, r: (jnp.tanh(c[0] + jnp.outer(r, r) * c[1]), c[1] + c[0].sum()),
                (jnp.zeros((H, H)), 1.0),
                x,
            )
        ),
    ),
    LoopProgram(
        "nested",
        "fold(fold(g*h*a + t*k for k in range(2), g=h) for t in range(3), h=h0)",
        {"h0": 0.2, "a": 1.3},
        lambda h0, a: fold(lambda h, t: fold(lambda g, k: g * h * a + t * k, h, T(2)), h0, T(3)),
    ),
    LoopProgram(
        "nested along rows and their entries",
        "fold(fold(tanh(g + e)*a for e in r, g=h) for r in x, h=0)",
        {"x": U, "a": 0.8},
        lambda x, a: fold(lambda h, r: fold(lambda g, e: jnp.tanh(g + e) * a, h, r), 0.0, x),
    ),
    LoopProgram(
        "a scan inside a fold",
        "fold(sum(scan(g*a + k for k in range(3), g=h))/5 for t in range(3), h=h0)",
        {"h0": 0.2, "a": 0.7},
        lambda h0, a: fold(lambda h, t: scan(lambda g, k: g * a + k, h, T(3)).sum() / 5, h0, T(3)),
    ),
    LoopProgram(
        "a sum inside a loop",
        "fold(sum(sin(h*k) for k in range(3))*a for t in range(3), h=h0)",
        {"h0": 0.2, "a": 0.7},
        lambda h0, a: fold(lambda h, t: sum(jnp.sin(h * k) for k in range(3)) * a, h0, T(3)),
    ),
    LoopProgram(
        "loops inside a sum",
        "sum(fold(h*a + k for t in range(3), h=k) for k in range(3))",
        {"a": 0.7},
        lambda a: sum(fold(lambda h, t: h * a + t, float(k), jnp.full(3, k)) for k in range(3)),
    ),
    LoopProgram(
        "a loop inside a function",
        "root(x, n) = fold(h - (h^2 - x)/(2*h) for t in range(5), h=x)/n; root(a, 2) + root(a*b, 3)",
        {"a": 2.0, "b": 1.5},
        lambda a, b: (
            fold(lambda h, t: h - (h**2 - a) / (2 * h), a, T(5)) / 2
            + fold(lambda h, t: h - (h**2 - a * b) / (2 * h), a * b, T(5)) / 3
        ),
    ),
    LoopProgram(
        "a function inside a loop that uses a hidden name",
        "h = a*b; f(u) = u*h; fold(f(h) + h for t in range(3), h=1)",
        {"a": 0.5, "b": 1.5},
        lambda a, b: fold(lambda h, t: h * a * b + h, 1.0, T(3)),
    ),
]
