"""Functions as objects: their source is read, not their values."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from types import FunctionType
from typing import Any

import pytest

from graphdiff import GraphdiffError
from graphdiff.language.program import Program
from graphdiff.reading.python.function_object import read_function

K = 3.0


def helper(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def plain(x: float, k: float = 2.0) -> float:
    return helper(x) * k * K


def around(c: float) -> Callable[[float], float]:
    def inner(x: float) -> float:
        return c * x + K

    return inner


@functools.lru_cache
def cached(x: float) -> float:
    return x**2


@functools.wraps(plain)
def wrapper(*arguments: float) -> float:
    return plain(*arguments)


product, total = (lambda x, y: x * y, lambda x, y: x + y)


@pytest.mark.parametrize(
    ("function", "program", "inputs"),
    [
        (plain, "helper(z) = 1/(1 + exp(-z))\nhelper(x)*k*K", ("x", "k", "K")),
        (wrapper, "helper(z) = 1/(1 + exp(-z))\nhelper(x)*k*K", ("x", "k", "K")),
        (around(5.0), "c*x + K", ("x", "c", "K")),
        (cached, "x^2", ("x",)),
        (product, "x*y", ("x", "y")),
        (total, "x + y", ("x", "y")),
        (lambda x: math.sin(x), "sin(x)", ("x",)),
    ],
)
def test_functions(function: Any, program: str, inputs: tuple[str, ...]) -> None:
    """Globals and the variables of functions around are inputs."""
    source, reading = read_function(function)
    graph = Program(source, reading.statements).graph()
    assert str(graph) == program
    assert graph.input_names == inputs
    assert source.name == "test_function_objects.py"


@pytest.mark.parametrize(
    "value", [math.sin, 3, "x".upper, functools.partial(plain, 1), eval("lambda x: x"), plain.__get__(1)]
)
def test_refused(value: object) -> None:
    with pytest.raises(GraphdiffError) as caught:
        read_function(value)
    assert caught.value.kind == "usage"


def test_globals_are_not_read() -> None:
    """A function of a module whose globals have side effects when they are looked at."""

    class Canary(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            raise AssertionError(key)

    def function(x: float) -> float:
        return x * K

    assert read_function(FunctionType(function.__code__, Canary()))[1].values == {}
