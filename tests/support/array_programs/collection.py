"""The list of array programs, and the random arrays of their points."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
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
