"""Functions of backend="c", called from Python: of numbers and of an array, against Python, NumPy by hand and JAX."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from typing import Any

import numpy as np
import pytest

import graphdiff
from support import neuron
from support.libraries import agree, library
from support.native import needs_compiler

pytestmark = needs_compiler
CALLS = 500  # a round: one call is shorter than what a clock can tell
SIZE = 1000
X = np.random.default_rng(0).normal(size=SIZE)
ROSENBROCK = "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)"
COMPREHENSION = f"sum(100*(x[i+1] - x[i]^2)^2 + (1 - x[i])^2 for i in range({SIZE - 1}))"


def many(function: Callable[..., Any], *arguments: Any) -> Callable[[], None]:
    def calls() -> None:
        for _ in repeat(None, CALLS):
            function(*arguments)

    return calls


def test_numbers(compare: Callable[..., None]) -> None:
    in_c, in_python = (graphdiff.compile(neuron.TEXT, backend=backend) for backend in ("c", "python"))
    assert agree(in_c(*neuron.POINT), in_python(*neuron.POINT))
    group = "neuron at a point in C, compiled Python"
    compare(group, 1.5, many(in_c, *neuron.POINT), many(in_python, *neuron.POINT), rounds=200)


def rosenbrock_by_hand(x: Any) -> Any:
    a, b = x[1:], x[:-1]
    rest, other = a - b * b, 1 - b
    gradient = np.zeros_like(x)
    gradient[1:] = 200 * rest
    gradient[:-1] -= 400 * b * rest + 2 * other
    return 100 * (rest @ rest) + other @ other, (gradient,)


def in_numpy() -> Callable[[], Any]:
    return lambda: rosenbrock_by_hand(X)


def in_jax() -> Callable[[], Any]:
    jax = library("jax")
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    value = jax.value_and_grad(lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum())
    compiled, x = jax.jit(value), jax.numpy.asarray(X)
    return lambda: jax.block_until_ready(compiled(x))


YARDSTICKS = [("NumPy by hand", in_numpy), ("JAX jit", in_jax)]


@pytest.mark.parametrize("text", [ROSENBROCK, COMPREHENSION], ids=["slices", "comprehension"])
@pytest.mark.parametrize(("name", "other"), YARDSTICKS, ids=[name for name, _ in YARDSTICKS])
def test_rosenbrock(name: str, other: Callable[[], Callable[[], Any]], text: str, compare: Callable[..., None]) -> None:
    function = graphdiff.compile(text, backend="c", shapes={"x": (SIZE,)})
    yardstick = other()
    assert agree(function(X), yardstick())
    form = "slices" if text is ROSENBROCK else "comprehension"
    compare(f"gradient of Rosenbrock, n = {SIZE}, {form}, in C, {name}", 1.0, many(function, X), many(yardstick), 30)
