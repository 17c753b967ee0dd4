"""Derivatives of higher order, against mpmath, which differentiates the reference's value numerically."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import pytest
from mpmath import mp, mpf

from graphdiff import parse, trace
from graphdiff.graph.graph import Graph
from graphdiff.passes.derivative import derivative
from support import judge

MANY_DIGITS = 400
"""Of what mpmath is asked for, to tell tanh(800) from 1."""


def differentiate(graph: Graph, names: Sequence[str]) -> Graph:
    """The graph differentiated by one name after the other."""
    return reduce(derivative, names, graph)


def exact(text: str, names: Sequence[str], point: Mapping[str, float], digits: int) -> float:
    program = judge.Program(text)

    def value(*xs: mpf) -> mpf:
        return program.value(dict(zip(point, xs, strict=True)), lambda x: x)

    with mp.workdps(digits):
        orders = tuple(names.count(name) for name in point)
        return float(mp.diff(value, tuple(map(mpf, point.values())), orders))


EXTREMES: list[tuple[str, str, dict[str, float]]] = [
    # Saturation: inf/inf, or what underflows on the way.
    ("tanh(x)", "xx", {"x": 300.0}),
    ("tanh(x)", "xxx", {"x": -300.0}),
    ("tanh(x)", "xx", {"x": 800.0}),
    ("tanh(x)", "xxx", {"x": -1e5}),
    ("tanh(x)", "xx", {"x": 1e-8}),
    ("sech(x)", "xxx", {"x": 700.0}),
    ("sech(x)", "xxx", {"x": -1e5}),
    ("mish(x)", "xx", {"x": 300.0}),
    ("mish(x)", "xxx", {"x": 300.0}),
    ("mish(x)", "xxx", {"x": 1e5}),
    # Near the pole of tan.
    ("cot(x)", "xx", {"x": 1.5707}),
    ("cot(x)", "xxx", {"x": 1.5707963267948966}),
    # x^0 changes with the exponent.
    ("x^y", "xy", {"x": 0.5, "y": 0.0}),
    ("x^y", "xyy", {"x": 1e5, "y": 0.0}),
    ("x^y", "xxy", {"x": 2.0, "y": 0.0}),
    ("x^y", "x", {"x": 1e-310, "y": 0.0}),
    ("x^y", "xxx", {"x": 1e-155, "y": 0.0}),
    # Whole exponents, where x^(y - 3) is infinite or y*log(x) complex.
    ("x^y", "xxx", {"x": 0.0, "y": 2.0}),
    ("x^y", "xxx", {"x": 0.0, "y": 3.0}),
    ("x^y", "xxx", {"x": -3.0, "y": 2.0}),
    ("x^y", "yyy", {"x": 0.0, "y": 2.0}),
    ("x^2", "xxx", {"x": -3.0}),
    ("x^3", "xxx", {"x": 0.0}),
    # The branch that is not taken overflows.
    ("elu(x, 2)", "xxx", {"x": 1e5}),
]
"""Formulas, the names that they are differentiated by, and points."""


def assert_extreme(formula: str, names: str, point: dict[str, float]) -> None:
    """Where rules that are right themselves gave NaN, or lost their digits, to those who differentiate them."""
    value = trace(differentiate(parse(formula), names), point).value
    assert value == pytest.approx(exact(formula, names, point, MANY_DIGITS), rel=1e-12, abs=0)
