"""Simplified graphs have the same value as the formula, also at the extremes of float64."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphdiff import Graph, parse
from graphdiff.algebra.readable import make_readable
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.derivative_builder import DerivativeBuilder
from graphdiff.passes.forward import forward
from graphdiff.passes.trace import value
from support.random_arrays import programs
from support.random_formulas import repeatable_examples

SETTINGS = repeatable_examples(600)
UNARY = """sin({}) exp({}) log({}) sqrt({}) -({}) ({})^2 ({})^3 ({})^-1 abs({}) sigmoid({}) relu({}) tanh({}) 2*({})
({})/3 ({})^0.5 1/({}) -3/({}) gelu({}) ({})^-0.5 6*({})/4"""
BINARY = """({}) + ({});({}) - ({});({})*({});({})/({});max({}, {});where(({}) > 0, {}, x);({})^({});({}) < ({});
where({}, {}, 0);hypot({}, {});2*({}) + 3*({});({})^2/({})^3"""
LEAVES = ["x", "y", "z", "0", "1", "2", "-1", "0.1", "3", "1e200", "1e-200", "-1e-70", "-2.5", "pi", "e", "1/3"]
EXPRESSIONS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.builds(str.format, st.sampled_from(UNARY.split()), inner),
        st.builds(str.format, st.sampled_from([text.strip() for text in BINARY.split(";")]), inner, inner),
    ),
    max_leaves=12,
)
EXTREMES = st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e-200, 1e200, -1e200, 1e-320, -1e100, math.inf, -math.inf])
MODERATE = st.floats(-3, 3, allow_nan=False).map(lambda number: round(number, 3))
NAMES = ("x", "y", "z")


def simplify(graph: Graph) -> Graph:
    symbols = DerivativeBuilder(graph)
    return symbols.result([symbols.nodes[graph.output]])


def values_of(graph: Graph, point: Mapping[str, float]) -> list[float | None]:
    known = {**point, "pi": math.pi, "e": math.e}
    return forward(graph, [known[name] for name in graph.input_names], FLOATS)


def has_a_pole(graph: Graph, values: list[float | None]) -> bool:
    """Whether the formula uses a NaN, or an infinity from a division by zero, the sign of which is not kept."""
    for node in graph.nodes:
        actual = values[node.index]
        operands = [values[operand] for operand in node.operands]
        if actual is not None and (actual != actual or (math.isinf(actual) and 0 in operands)):
            return True
    return False


def assert_same(graph: Graph, other: Graph, point: Mapping[str, float]) -> None:
    values = values_of(graph, point)
    expected, actual = values[graph.output], values_of(other, point)[other.output]
    assert expected is not None
    assert actual is not None
    if math.isfinite(expected) and not has_a_pole(graph, values):
        largest = max(abs(number) for number in values if number is not None and math.isfinite(number))
        assert abs(actual - expected) <= 1e-12 * largest, f"{graph} is {other}"


@pytest.mark.slow
@SETTINGS
@given(EXPRESSIONS, st.lists(st.tuples(EXTREMES, EXTREMES, EXTREMES), min_size=6, max_size=6))
def test_values_at_extremes(text: str, points: list[tuple[float, ...]]) -> None:
    graph = parse(text)
    for point in points:
        assert_same(graph, simplify(graph), dict(zip(NAMES, point, strict=True)))


@pytest.mark.slow
@SETTINGS
@given(EXPRESSIONS, st.lists(st.tuples(MODERATE, MODERATE, MODERATE), min_size=3, max_size=3))
def test_values_of_readable_formulas(text: str, points: list[tuple[float, ...]]) -> None:
    """An intermediate value may overflow, and division by an infinite quotient may become 0/0."""
    graph = parse(text)
    for same in (make_readable(graph), make_readable(simplify(graph))):
        for numbers in points:
            point = dict(zip(NAMES, numbers, strict=True))
            values = [number for number in values_of(graph, point) if number is not None]
            if all(1e-30 < abs(number) < 1e30 or number == 0 for number in values):
                assert_same(graph, same, point)


@pytest.mark.slow
@repeatable_examples(150)
@given(programs())
def test_values_of_arrays(program: tuple[str, dict[str, Any]]) -> None:
    text, point = program
    graph = parse(text)
    shapes = {name: np.shape(array) for name, array in point.items() if name in graph.input_names}
    symbols = DerivativeBuilder(graph, shapes)
    simple = symbols.result([symbols.nodes[graph.output]])
    for same in (simple, make_readable(graph), make_readable(simple)):
        assert value(same, point) == pytest.approx(value(graph, point), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("x + 0", "x"),
        ("0 - x", "-x"),
        ("x - -y", "x + y"),
        ("-x + y", "y - x"),
        ("2*x + 3*x", "5*x"),
        ("x - x", "0"),
        ("0*x", "0"),
        ("1*x", "x"),
        ("2*(3*x)", "6*x"),
        ("2*(0.5/x)", "1/x"),
        ("(2*x)*(-3*y)", "-(6*(x*y))"),
        ("(-1e200/x)*(1e-100*y)", "-(1e+200/x*(1e-100*y))"),
        ("(-1e200/x)/(-1e100*y)", "1e+200/x/(1e+100*y)"),
        ("-(-x)", "x"),
        ("x*x", "x^2"),
        ("x*x*x*x", "x^4"),
        ("(1/x)*y", "y/x"),
        ("6*x/(2*y)", "3*(x/y)"),
        ("2*x/(6*y)", "x/(3*y)"),
        ("x/x", "1"),
        ("-x/y", "-(x/y)"),
        ("x/-1", "-x"),
        ("0/x", "0"),
        ("x^1", "x"),
        ("x^0", "1"),
        ("log(e)", "1"),
        ("1.1*x - x", "0.1*x"),
        ("where(1, x, y)", "x"),
        ("where(x, y, y)", "y"),
        ("where(x > 0, where(x > 0, x, y), z)", "where(x > 0, x, z)"),
        ("where(x > 0, 1, 0)", "x > 0"),
        ("1/3", "1/3"),
        ("log(2)", "log(2)"),
        ("1e200*1e200*x", "1e+200*1e+200*x"),
        ("x/0", "x/0"),
        ("1/(-3/(-1))", "1/3"),
        ("-3/(3 - x)", "-(3/(3 - x))"),
    ],
)
def test_rewrites(text: str, simple: str) -> None:
    actual = simplify(parse(text))
    expected = str(parse(simple))
    assert str(actual) == expected
    assert_same(parse(text), actual, {"x": 1.7, "y": -0.3, "z": 2.9})


def test_repeated_operations_are_one_node() -> None:
    graph = simplify(parse("sin(x*y)^2 + sin(y*x)*cos(x*y)"))
    assert sum(graph.needed) - 2 == len(["x*y", "sin", "square", "cos", "product", "sum", "the 2"])


def test_arrays_keep_their_shape() -> None:
    """What cancels does not become a number if the formula is an array."""
    symbols = DerivativeBuilder(parse("0*x + (x - x)"), {"x": (3,)})
    result = symbols.result([symbols.nodes[symbols.graph.output]])
    assert np.asarray(value(result, x=[1, 2, 3])).shape == (3,)


def test_linear_size() -> None:
    """A formula repeated a hundred times has a hundred times the nodes."""
    for text in ("x*{0} + ", "(x + {0})*sin(y)^{0} + ", "-x/{0} - "):
        sizes = []
        for count in (100, 1000):
            graph = simplify(parse("".join(text.format(number + 2) for number in range(count)) + "x"))
            sizes.append(len(graph.nodes))
        assert sizes[1] <= 11 * sizes[0] + 100


@pytest.mark.parametrize(
    ("text", "x", "y", "expected"),
    [
        ("(0.5*x)*y", 1.5e308, 2.0, 1.5e308),
        ("(1e-70*x)*(1e-70*y)", 1e200, 1e200, 1e260),
        ("(1e100*x)*y", 1e-200, 1e-200, 1e-300),
        ("(1e-100/y)*x", 1e150, 1e-200, 1e250),
        ("0.5*x/y", 1.7e308, 1.6e308, 0.53125),
        ("1e100*x/y", 1e-200, 1e200, 1e-300),
        ("x/(0.5/y)", 1e300, 4e-309, 8e-9),
    ],
)
def test_nothing_overflows_or_underflows(text: str, x: float, y: float, expected: float) -> None:
    graph = simplify(parse(text))
    actual = values_of(graph, {"x": x, "y": y})[graph.output]
    assert actual == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.slow
def test_deep_choices() -> None:
    """A sum of choices is joined branch by branch, but not to any depth, nor again for every term."""
    depth, terms = 1500, 50
    lines = ["w0 = x", *(f"w{i + 1} = where(x > {i}, {i}*x, w{i})" for i in range(depth))]
    chain = "\n".join([*lines, " + ".join([f"w{depth}"] * terms)])
    symbols = DerivativeBuilder(parse(chain))
    symbols.gradients(symbols.graph.inputs)
    assert len(symbols.op.builder.nodes) < 40 * (depth + terms)
    actual = symbols.result([symbols.nodes[symbols.graph.output]])
    assert value(actual, {"x": 7.5}) == pytest.approx(terms * 7 * 7.5)
