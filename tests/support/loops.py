"""Programs with loops, and the same written by hand with JAX's scan."""
# ruff: noqa: N803

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp


class LoopProgram(NamedTuple):
    """A program, its point, and a function of the point's values in the order of the point."""

    name: str
    text: str
    point: Mapping[str, Any]
    judge: Callable[..., Any]

    def right(self) -> tuple[float, dict[str, Any]]:
        """The value and the gradient by JAX."""
        with jax.enable_x64(True):
            values = [jnp.asarray(value, dtype=float) for value in self.point.values()]
            value, gradients = jax.value_and_grad(self.judge, tuple(range(len(values))))(*values)
            return float(value), dict(zip(self.point, map(np.asarray, gradients), strict=True))


def fold(step: Callable[[Any, Any], Any], start: Any, along: Any) -> Any:
    """The last carried value."""
    return lax.scan(lambda carry, entry: (step(carry, entry), None), start, along)[0]


def scan(step: Callable[[Any, Any], Any], start: Any, along: Any) -> Any:
    """The carried values after each step."""

    def with_copy(carry: Any, entry: Any) -> tuple[Any, Any]:
        after = step(carry, entry)
        return after, after

    return lax.scan(with_copy, start, along)[1]


def _numbers(*sizes: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).uniform(-1, 1, sizes)


T = jnp.arange
N, H = 5, 3
X, U, W, H0 = _numbers(N, seed=1), _numbers(N, H, seed=2), _numbers(H, H, seed=3), _numbers(H, seed=4)
GATES = {name: _numbers(H, 2 * H, seed=seed) for seed, name in enumerate(("Wf", "Wi", "Wo", "Wc"), 5)}
HMM = {"A": np.log([[0.7, 0.3], [0.4, 0.6]]), "B": np.log([[0.1, 0.4, 0.5], [0.6, 0.3, 0.1]])}
OBSERVED = (0, 1, 2, 1)


def _lstm(Wf: Any, Wi: Any, Wo: Any, Wc: Any, x: Any) -> Any:
    def step(carry: Any, row: Any) -> Any:
        h, c = carry
        z = jnp.concatenate([h, row])
        c = jax.nn.sigmoid(Wf @ z) * c + jax.nn.sigmoid(Wi @ z) * jnp.tanh(Wc @ z)
        return jax.nn.sigmoid(Wo @ z) * jnp.tanh(c), c

    h, c = fold(step, (jnp.zeros(H), jnp.zeros(H)), x)
    return (h * h).sum() + c.sum()


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


def _programs() -> list[LoopProgram]:
    return [
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
                    c[2]
                    - rate * (0.9 * c[0] + 0.1 * (c[2] - b)) / jnp.sqrt(0.99 * c[1] + 0.01 * (c[2] - b) ** 2 + 1e-8),
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
            {"V": _numbers(4, H, H, seed=9), "h0": H0},
            lambda V, h0: (fold(lambda h, w: h + 0.1 * jnp.maximum(w @ h + 0.05, 0), h0, V) ** 2).sum(),
        ),
        LoopProgram(
            "one loop from the values of another",
            "m, s = fold((m + (e - m)/(t + 1), s + 0*m) for t in range(1), m=0, s=1);"
            " fold(q + (r - m)^2 for r in x, q=s)",
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


PROGRAMS: Sequence[LoopProgram] = _programs()
