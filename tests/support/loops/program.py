"""Programs with loops, and the same written by hand with JAX's scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

    def expected(self) -> tuple[float, dict[str, Any]]:
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


def numbers(*sizes: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).uniform(-1, 1, sizes)


T = jnp.arange
N, H = 5, 3
X, U, W, H0 = numbers(N, seed=1), numbers(N, H, seed=2), numbers(H, H, seed=3), numbers(H, seed=4)
GATES = {name: numbers(H, 2 * H, seed=seed) for seed, name in enumerate(("Wf", "Wi", "Wo", "Wc"), 5)}
HMM = {"A": np.log([[0.7, 0.3], [0.4, 0.6]]), "B": np.log([[0.1, 0.4, 0.5], [0.6, 0.3, 0.1]])}
OBSERVED = (0, 1, 2, 1)
