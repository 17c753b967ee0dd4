"""Value and all gradients against the value alone: at most four times its cost, Griewank's bound."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, repeat
from typing import Any

import numpy as np
import pytest

import graphdiff
from support import neuron
from support.libraries import agree

POINTS = 250_000
CALLS = 200
LIMIT = 4

NAMES = [f"x{number}" for number in range(1, 21)]
POLYNOMIAL = " + ".join(f"{a}^2*{b} - 3*{a}" for a, b in pairwise(NAMES))
FORMULAS = {
    "neuron": neuron.TEXT,
    "20 inputs": f"{POLYNOMIAL} + exp(-({' + '.join(f'{name}*{name}' for name in NAMES)})/20)",
    "chain of 30": "sin(exp(-tanh(x*" * 10 + "x + y" + ")))" * 10,
}


def evaluators(text: str, **options: Any) -> tuple[Any, Any]:
    """The formula compiled with all its gradients, and with none; the same formula, for they agree with the trace."""
    both, value = graphdiff.compile(text, **options), graphdiff.compile(text, wrt=[], **options)
    assert list(both.inputs) == list(value.inputs)
    return both, value


def inputs_at_random(count: int, shape: tuple[int, ...] = ()) -> list[Any]:
    return [np.random.default_rng(seed).uniform(0.2, 0.9, shape) for seed in range(count)]


@pytest.mark.parametrize("name", FORMULAS)
def test_at_a_point(name: str, compare: Callable[..., None]) -> None:
    both, value = evaluators(FORMULAS[name])
    point = [float(number) for number in inputs_at_random(len(both.inputs))]
    expected = graphdiff.value_and_gradient(FORMULAS[name], dict(zip(both.inputs, point, strict=True)))
    assert agree(both(*point), [expected[0], *(expected[1][name] for name in both.inputs)])
    assert agree(value(*point), expected[0])

    def with_gradients() -> None:
        for _ in repeat(None, CALLS):
            both(*point)

    def alone() -> None:
        for _ in repeat(None, CALLS):
            value(*point)

    compare(f"value and gradients at a point, {name}", LIMIT, with_gradients, alone, rounds=100)


@pytest.mark.parametrize("name", FORMULAS)
def test_batch(name: str, compare: Callable[..., None]) -> None:
    both, value = evaluators(FORMULAS[name], backend="numpy", batch=True)
    columns = inputs_at_random(len(both.inputs), (POINTS,))
    results = np.zeros((1 + len(columns), POINTS))
    values = np.zeros((1, POINTS))
    both(*columns, out=results)
    value(*columns, out=values)
    first = {name: float(column[0]) for name, column in zip(both.inputs, columns, strict=True)}
    expected = graphdiff.value_and_gradient(FORMULAS[name], first)
    assert agree(results[:, 0], [expected[0], *(expected[1][name] for name in both.inputs)])
    assert agree(results[0], values)

    def with_gradients() -> None:
        both(*columns, out=results)

    def alone() -> None:
        value(*columns, out=values)

    compare(f"value and gradients of a batch, {name}", LIMIT, with_gradients, alone, rounds=40)
