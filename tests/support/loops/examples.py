"""The programs of examples/loops/."""
# ruff: noqa: N803

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from jax import numpy as jnp

from support import examples
from support.loops.program import LoopProgram, T, fold


def _recurrent_network(W: Any, U: Any, x: Any, b: Any, v: Any, target: Any) -> Any:
    return (v @ fold(lambda h, row: jnp.tanh(W @ h + U @ row + b), jnp.zeros(3), x) - target) ** 2


def _lstm(F: Any, I: Any, G: Any, O: Any, x: Any, target: Any) -> Any:  # noqa: E741
    def step(carry: Any, row: Any) -> Any:
        h, c = carry
        z = jnp.concatenate([h, row])
        c = jax.nn.sigmoid(F @ z + 1) * c + jax.nn.sigmoid(I @ z) * jnp.tanh(G @ z)
        return jax.nn.sigmoid(O @ z) * jnp.tanh(c), c

    h, _ = fold(step, (jnp.zeros(2), jnp.zeros(2)), x)
    return ((h - target) ** 2).sum()


def _kepler(M: Any, eccentricity: Any, a: Any) -> Any:
    """By many steps of another method, E = M + eccentricity*sin(E)."""
    angle = fold(lambda angle, _: M + eccentricity * jnp.sin(angle), M, T(100))
    return a * (1 - eccentricity * jnp.cos(angle))


def _lotka_volterra(a: Any, b: Any, c: Any, d: Any, dt: Any, start: Any) -> Any:
    def slope(y: Any) -> Any:
        return jnp.stack([a * y[0] - b * y[0] * y[1], d * y[0] * y[1] - c * y[1]])

    def step(y: Any, _: Any) -> Any:
        k1 = slope(y)
        k2 = slope(y + dt / 2 * k1)
        k3 = slope(y + dt / 2 * k2)
        return y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + slope(y + dt * k3))

    return fold(step, start, T(20)).sum()


def _learning_rate(rate: Any, X: Any, y: Any) -> Any:
    def loss(w: Any) -> Any:
        return ((X @ w - y) ** 2).mean()

    return loss(fold(lambda w, _: w - rate * jax.grad(loss)(w), jnp.zeros(2), T(10)))


def _hidden_markov_model(transitions: Any, emissions: Any, first: Any) -> Any:
    """With probabilities in place of logarithms."""
    follow, show, p = (jax.nn.softmax(scores) for scores in (transitions, emissions, first))
    seen = jnp.array([1, 2, 1, 0, 2])
    return jnp.log(fold(lambda p, k: (p @ follow) * show[:, k], p * show[:, 0], seen).sum())


def _compound_interest(rate: Any, payment: Any, deposit: Any) -> Any:
    """As a geometric series."""
    growth = (1 + rate / 12) ** 120
    return deposit * growth + payment * (growth - 1) / (rate / 12)


JUDGES: dict[str, Callable[..., Any]] = {
    "recurrent_network": _recurrent_network,
    "lstm": _lstm,
    "kepler": _kepler,
    "lotka_volterra": _lotka_volterra,
    "learning_rate": _learning_rate,
    "hidden_markov_model": _hidden_markov_model,
    "compound_interest": _compound_interest,
}
PROGRAMS = [
    LoopProgram(f"example {path.stem}", *examples.read(path), JUDGES[path.stem])
    for path in sorted((examples.FOLDER / "loops").glob("*.gd"))
]
