"""Compiled functions of columns: each row against the trace at that point."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest

from graphdiff import GraphdiffError, parse, trace
from graphdiff.compiled import batch
from graphdiff.compiled.batch import BatchFunction
from graphdiff.graph.function import Operation
from graphdiff.graph.graph import Graph
from graphdiff.language.program import prelude
from graphdiff.operations.registry import FUNCTIONS, OPERATORS
from graphdiff.passes.request import Request
from support.columns import BRANCHING, MANY, NEURON, compile_columns, normal_columns
from support.formulas import EACH_FORMULA, Formula
from support.samples import inputs_with_derivatives

RELATIVE = 1e-12
"""NumPy's functions and those of the C library differ by a few units in the last place."""


def results(actual: tuple[Any, tuple[Any, ...]], row: int) -> list[float]:
    value, gradients = actual
    return [float(each[row]) for each in (value, *gradients)]


def results_of_trace(graph: Graph, point: Mapping[str, float], wrt: Sequence[str] | None = None) -> list[float]:
    traced = trace(graph, point, wrt=wrt)
    return [float(each) for each in (traced.value, *traced.gradients.values())]


def is_near(one: float, other: float, tolerance: float = 0.0) -> bool:
    both_nan = one != one and other != other
    return both_nan or one == other or abs(one - other) <= RELATIVE * abs(other) + tolerance


@pytest.mark.sampled(48)
@EACH_FORMULA
def test_formulas_in_the_wild(formula: Formula) -> None:
    graph = parse(formula.text)
    wrt = [name for name in graph.input_names if name in formula.point]
    near = [
        {name: x * (1 + 0.003 * row * (-1) ** place) for place, (name, x) in enumerate(formula.point.items())}
        for row in range(7)
    ]
    function = BatchFunction(graph, Request("gradient", wrt))
    actual = function(**{name: np.array([point[name] for point in near]) for name in function.inputs})
    if not wrt:
        assert actual == (trace(graph, {}).value, ())
        return
    for row in (0, 3, 6):
        expected = results_of_trace(graph, near[row], wrt)
        # What the last places of the inputs change, which is much where terms cancel.
        moved = results_of_trace(graph, {name: math.nextafter(x, math.inf) for name, x in near[row].items()}, wrt)
        largest = max(abs(each) for each in expected)
        for one, other, shaken in zip(results(actual, row), expected, moved, strict=True):
            assert is_near(one, other, 100 * abs(shaken - other) + 1e-15 * largest)


EXTREMES = [0.0, 1.0, 0.5, 2.0, 2.5, 1e-8, 1e-300, 5e-324, 1e300, 710.0, 800.0, math.inf]
EXTREMES = [*EXTREMES, *(-x for x in EXTREMES), math.nan, 3.0]
OPERATIONS: list[tuple[str, Operation]] = [*FUNCTIONS.items(), *prelude().items()]
CALLS = [
    f"{name}({', '.join('2' if each.is_index(slot) else 'xyzuvwst'[slot] for slot in range(len(each.inputs)))})"
    for name, each in OPERATIONS
    if each.is_elementwise
]
POLES = {"cot(x)": (0.0,)}
"""Where a derivative, simplified, is -inf, and the trace's NaN."""
INFIX = [f"x {symbol} y" for symbol, count in OPERATORS if symbol != "@" and count == 2]


@pytest.mark.sampled(18)
@pytest.mark.parametrize(
    "text",
    # The trace examines the kinks of mod, which has one at each multiple.
    [pytest.param(text, marks=pytest.mark.slow if text == "mod(x, y)" else ()) for text in (*CALLS, *INFIX)],
)
def test_every_function_at_kinks_and_extremes(text: str) -> None:
    graph = parse(text)
    names = graph.input_names
    rest = (2.0, -0.5, 1.0, 710.0, 0.25)  # of operations with more than three operands
    near = [
        (*point, *rest)[: len(names)]
        for point in product(EXTREMES, EXTREMES[: 1 if len(names) == 1 else None], [-1.0, 2.0])
    ]
    near = [point for point in near if point[0] not in POLES.get(text, ())]
    tolerance = 0.0
    if "_logp" in text:  # the terms of a density's derivatives cancel, and overflow where numbers are subnormal
        tolerance = 1e-15
        near = [point for point in near if not any(0 < abs(x) < 1e-307 for x in point)]
    wrt = inputs_with_derivatives(graph)
    function = BatchFunction(graph, Request("gradient", wrt))
    columns = dict(zip(names, np.array(near).T, strict=True))
    actual = function(**{name: columns[name] for name in function.inputs})
    for row in range(0, len(near), 1 if len(names) == 1 else 7):
        expected = results_of_trace(graph, dict(zip(names, near[row], strict=True)), wrt)
        for one, other in zip(results(actual, row), expected, strict=True):
            assert is_near(one, other, tolerance), near[row]


@pytest.mark.parametrize(
    "text", [NEURON, BRANCHING, "x^y*atan2(y, z) + abs(x)*floor(z)", "x", "x + 0*y + 3", "x*x - x*x"]
)
@pytest.mark.parametrize("count", [1, 7, MANY])
def test_columns_of_any_length(text: str, count: int) -> None:
    graph = parse(text)
    columns = normal_columns(*graph.input_names, count=count)
    actual = BatchFunction(graph, Request("gradient", graph.input_names))(**columns)
    for row in {0, count // 2, count - 1, *range(0, count, 7919)}:
        expected = results_of_trace(graph, {name: float(column[row]) for name, column in columns.items()})
        assert all(map(is_near, results(actual, row), expected))


def test_a_formula_of_very_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its blocks are smaller, that memory stays bounded."""
    monkeypatch.setattr(batch, "MOST_NUMBERS", 1000)
    text = " + ".join(f"sin({each}x)*y" for each in range(1, 300))
    x, y = normal_columns("x", "y", count=100).values()
    value, (_, d_y) = compile_columns(text)(x, y)
    sines = np.sin(np.arange(1, 300)[:, None] * x).sum(axis=0)
    assert np.allclose(value, sines * y, rtol=1e-10, atol=1e-10)
    assert np.allclose(d_y, sines, rtol=1e-10, atol=1e-10)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("is_column", list(product([False, True], repeat=3)), ids=str)
@pytest.mark.parametrize("text", [BRANCHING, "where(x > 0, y, z)", "(x > y)*z + where((x > 0)*(y > 0), z, x)", "x*y^z"])
def test_any_mix_of_numbers_and_columns(text: str, is_column: tuple[bool, ...]) -> None:
    graph = parse(text)
    columns = normal_columns("x", "y", "z", count=50)
    given = {
        name: columns[name] if each else float(columns[name][3]) for name, each in zip("xyz", is_column, strict=True)
    }
    actual = BatchFunction(graph, Request("gradient", ["x", "y", "z"]))(**given)
    if not any(is_column):
        value, gradients = actual
        assert type(value) is float
        assert type(gradients) is tuple
        assert all(map(is_near, [value, *gradients], results_of_trace(graph, given, ["x", "y", "z"])))
        return
    for row in range(50):
        point = {name: float(x[row]) if isinstance(x, np.ndarray) else x for name, x in given.items()}
        assert all(map(is_near, results(actual, row), results_of_trace(graph, point, ["x", "y", "z"])))


def test_outputs_that_are_alike_or_constant() -> None:
    value, (d_x, d_y, d_z) = compile_columns("x + y + 0*z")(np.array([1.0, 2.0]), 3, 0)
    assert value.tolist() == [4, 5]
    assert (d_x.tolist(), d_y.tolist(), d_z.tolist()) == ([1, 1], [1, 1], [0, 0])
    exponential, (slope,) = compile_columns("exp(x)")([0.0, 1.0])
    assert slope.tolist() == exponential.tolist()


def test_erf_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    function = compile_columns("erf(x) + y")
    with pytest.raises(GraphdiffError, match=r"graphdiff-cli\[scipy\]"):
        function([1.0], 2)
    assert function(1.0, [2.0])[0][0] == math.erf(1) + 2
