"""Compiling formulas of 10^4 operations: linear in their size, and within five times the parse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import graphdiff
from support.libraries import agree

OPERATIONS = 10**4
POINT = (0.5, 2.0)


def sum_of_terms(operations: int) -> str:
    """Wide: four operations a term."""
    return " + ".join(f"sin({number}*x)*y" for number in range(1, operations // 4 + 1))


def nested(operations: int) -> str:
    """Deep: two operations a level."""
    return "sin(" * (operations // 2) + "x" + "*y)" * (operations // 2)


FORMULAS = [sum_of_terms, nested]


def compile_and_call(source: str | graphdiff.Graph) -> object:
    """The call is there lest the work be put off until it."""
    return graphdiff.compile(source)(*POINT)


@pytest.mark.parametrize("formula", FORMULAS)
def test_linear(formula: Callable[[int], str], compare: Callable[..., None]) -> None:
    large, small = formula(OPERATIONS), formula(OPERATIONS // 10)
    check(large)

    def ten_small() -> None:
        for _ in range(10):
            compile_and_call(small)

    group = f"compiling 10^4 operations against ten times 10^3, {formula.__name__}"
    compare(group, 1.3, lambda: compile_and_call(large), ten_small, rounds=5)


@pytest.mark.parametrize("formula", FORMULAS)
def test_against_the_parse(formula: Callable[[int], str], compare: Callable[..., None]) -> None:
    text = formula(OPERATIONS)
    check(text)
    graph = graphdiff.parse(text)

    def parse() -> None:
        # Every round compiles a graph that is new to it: nothing can be remembered.
        nonlocal graph
        graph = graphdiff.parse(text)

    group = f"derivative and compile of 10^4 operations against the parse, {formula.__name__}"
    compare(group, 5, lambda: compile_and_call(graph), parse, rounds=5)


def check(text: str) -> None:
    value, gradients = graphdiff.value_and_gradient(text, x=POINT[0], y=POINT[1])
    assert agree(compile_and_call(text), [value, gradients["x"], gradients["y"]])
