"""Points at which all numbers are short, the same for the same seed."""

from __future__ import annotations

import math
from typing import Any

import pytest

import graphdiff
from graphdiff.errors import GraphdiffError
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import shape_of, to_list
from graphdiff.worksheet.variants import Range, length, make_variants

DIGIT = Range(-5, 5)


def variants(formula: str, ranges: dict[str, Range], number: int, seed: int = 7, **point: Any) -> list[Trace]:
    return make_variants(graphdiff.parse(formula), point, ranges, number, seed)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0.0, 0), (4.0, 1), (-12.0, 2), (1200.0, 2), (0.5, 2), (2.5, 3), (0.25, 4), (0.1 + 0.2, 2), (1 / 3, 24)],
)
def test_length(number: float, expected: int) -> None:
    assert length(number) == expected
    assert length(math.inf) > 24


def test_integers_where_the_formula_allows() -> None:
    traces = variants("(x+y)*z", dict.fromkeys("xyz", DIGIT), 30)
    points = [tuple(trace.point[name] for name in "xyz") for trace in traces]
    assert len(set(points)) == 30
    for (x, y, z), trace in zip(points, traces, strict=True):
        assert all(number == round(number) and -5 <= number <= 5 for number in (x, y, z))
        assert trace.value == (x + y) * z
        assert trace.gradients == {"x": z, "y": z, "z": x + y}
        assert 0 not in (x, y, z, x + y)
        assert len({x, y, z}) == 3


def test_the_seed_decides() -> None:
    ranges = dict.fromkeys("xyz", DIGIT)
    first, again, other = ([trace.point for trace in variants("x*y+z", ranges, 5, seed)] for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("formula", "ranges", "number"),
    [
        ("sqrt(x^2 + y^2)", {"x": Range(1, 12), "y": Range(1, 12)}, 4),
        ("1/(1+exp(-(w*x+b)))", dict.fromkeys("wxb", DIGIT), 10),
        ("log(x/y)*z", dict.fromkeys("xyz", Range(1, 5)), 4),
        ("x/(1+y^2)", {"x": DIGIT, "y": DIGIT}, 8),
    ],
)
def test_formulas_that_are_rarely_short(formula: str, ranges: dict[str, Range], number: int) -> None:
    """Every number of both passes has at most four digits and decimals together."""
    for trace in variants(formula, ranges, number):
        numbers = [step.value for step in trace.forward]
        for step in trace.backward:
            numbers += [step.upstream, *(each for edge in step.edges for each in (edge.downstream, edge.local.values))]
        assert max(map(length, numbers)) <= 4, trace.point


def test_a_narrow_range_has_tenths() -> None:
    for trace in variants("p*q", {"p": Range(0.2, 0.4), "q": Range(0.123, 0.124)}, 4):
        assert trace.point["p"] in (0.2, 0.3, 0.4, 0.2 + 0.01 * round((trace.point["p"] - 0.2) * 100))
        assert trace.point["q"] in (0.123, 0.124)


def test_arrays_and_fixed_values() -> None:
    ranges = {"W": Range(-2, 2, (2, 3)), "x": Range(1, 3, (3,))}
    for trace in variants("sum((W@x - y)^2)", ranges, 3, y=[1.0, 2.0]):
        assert shape_of(trace.point["W"]) == (2, 3)
        assert to_list(trace.point["y"]) == [1.0, 2.0]


@pytest.mark.parametrize(
    ("formula", "ranges", "number", "message"),
    [
        ("log(x)", {"x": Range(-3, 0)}, 1, "only 0 of 1 points"),
        ("abs(x)", {"x": Range(0, 0)}, 1, "only 0 of 1 points"),
        ("x*y", {"x": Range(1, 1), "y": Range(2, 2)}, 2, "only 1 of 2 points"),
        ("x*y", {"x": DIGIT}, 2, "no value for y"),
        ("x*y", {"x": Range(1, 1)}, 1, "no value for y"),
        ("x*y", {"x": DIGIT, "y": DIGIT, "z": DIGIT}, 2, "the expression has no input 'z'"),
        ("x @ y", {"x": Range(1, 2, (2,)), "y": Range(1, 2, (3,))}, 2, "does not fit: 2 and 3 must be equal"),
    ],
)
def test_what_cannot_be_made(formula: str, ranges: dict[str, Range], number: int, message: str) -> None:
    with pytest.raises(GraphdiffError, match=message):
        variants(formula, ranges, number)


def test_no_range_for_a_value() -> None:
    with pytest.raises(GraphdiffError, match="'x' has both a value and a range"):
        variants("x*y", {"x": DIGIT, "y": DIGIT}, 1, x=1.0)
