"""The compiled neuron at one point, value and five gradients, against handwritten Python and libraries."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from typing import Any

import pytest

import graphdiff
from support import neuron
from support.libraries import agree, library

CALLS = 500  # a round: one call is shorter than what a clock can tell


def hand() -> tuple[Callable[..., Any], tuple[Any, ...]]:
    return neuron.by_hand, neuron.POINT


def sympy_lambdify() -> tuple[Callable[..., Any], tuple[Any, ...]]:
    return neuron.in_sympy(), neuron.POINT


def casadi_function() -> tuple[Callable[..., Any], tuple[Any, ...]]:
    return neuron.in_casadi(), (library("casadi").DM(neuron.POINT),)


def jax_jit() -> tuple[Callable[..., Any], tuple[Any, ...]]:
    jax = library("jax")
    compiled = jax.jit(neuron.in_jax())
    return lambda *point: jax.block_until_ready(compiled(*point)), tuple(map(jax.numpy.asarray, neuron.POINT))


def pytorch() -> tuple[Callable[..., Any], tuple[Any, ...]]:
    torch = library("torch")
    point = torch.tensor(neuron.POINT, dtype=torch.float64)
    return neuron.in_torch, tuple(number.clone().requires_grad_() for number in point)


def hips_autograd() -> tuple[Callable[..., Any], tuple[Any, ...]]:
    return neuron.in_autograd(), neuron.POINT


CASES = [
    ("by hand", 1.1, hand, 200),
    ("sympy lambdify", 1.0, sympy_lambdify, 200),
    ("CasADi", 1.0, casadi_function, 20),
    ("JAX jit", 1.0, jax_jit, 20),
    ("PyTorch", 1.0, pytorch, 20),
    ("autograd", 1.0, hips_autograd, 20),
]


def many(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Callable[[], None]:
    def calls() -> None:
        for _ in repeat(None, CALLS):
            function(*arguments)

    return calls


@pytest.mark.parametrize(("name", "limit", "other", "rounds"), CASES, ids=[case[0] for case in CASES])
def test_one_point(
    name: str,
    limit: float,
    other: Callable[[], tuple[Callable[..., Any], tuple[Any, ...]]],
    rounds: int,
    compare: Callable[..., None],
) -> None:
    compiled = graphdiff.compile(neuron.TEXT)
    function, arguments = other()
    assert list(compiled.inputs) == neuron.INPUTS
    assert agree(compiled(*neuron.POINT), function(*arguments))
    group = f"neuron at a point, {name}"
    compare(group, limit, many(compiled, neuron.POINT), many(function, arguments), rounds=rounds)
