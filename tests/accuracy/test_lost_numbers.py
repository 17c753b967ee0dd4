"""Numbers that are rounding errors alone, by hand and by evaluation with many digits."""

from __future__ import annotations

from typing import Any

import pytest

import graphdiff
from graphdiff.accuracy.lost_numbers import LARGEST, lost_numbers
from graphdiff.precise.trace import trace as precise_trace

SQUARED_SINE = {"upstream v2", "downstream v2", "upstream v1", "downstream v1", "downstream s", "local s", "gradient x"}


def lost(text: str, point: dict[str, Any]) -> set[str]:
    """The numbers of a formula that are rounding errors alone: their kinds with the labels of their nodes."""
    trace = graphdiff.trace(text, point)
    return {f"{kind} {trace.graph.labels[index]}" for kind, index, *_ in lost_numbers(trace)}


@pytest.mark.parametrize(
    ("text", "point", "expected"),
    [
        ("sin(pi*x)", {"x": 1}, {"value v2"}),
        ("sin(pi*x) + 1", {"x": 2}, {"value v2"}),
        ("(a + b) - 0.3", {"a": 0.1, "b": 0.2}, {"value v2"}),
        ("s = sin(pi*x/2); s*s", {"x": 1}, SQUARED_SINE),
        ("exp(x)*1e300", {"x": 800}, set()),
        ("sum(a - b)", {"a": [0.3, 1], "b": [0.1, 2]}, set()),
        ("f(u) = sum([u, 1]); sin(pi*f(x))", {"x": 1}, set()),
        ("f(u) = stack([u, u])[0]; sin(pi*f(x))", {"x": 1}, set()),
        ("sin(sum(pi*x))", {"x": 1}, set()),
        *(
            (text, {"x": x}, set())
            for text, x in {
                "exp(-x)": 40,
                "x*1e-12": 1,
                "x - 1": 1.0000000000000002,
                "1 - sigmoid(x)": 40,
                "log(1 + exp(-x))": 30,
                "log1p(x)": 1e-12,
                "sin(1e20*x)": 1,
                "x^2": 0,
            }.items()
        ),
    ],
)
def test_by_hand(text: str, point: dict[str, Any], expected: set[str]) -> None:
    assert lost(text, point) == expected


@pytest.mark.parametrize("x", [0.1, 0.7, 1.3, 2.9, 7.7])
@pytest.mark.parametrize(
    "text",
    ["sin(x)^2 + cos(x)^2 - 1", "exp(log(x)) - x", "(x + 1)^2 - x^2 - 2*x - 1", "exp(-9*x)", "x*3/3 - x"],
)
def test_by_many_digits(text: str, x: float) -> None:
    """A value that is called a rounding error has no right digit; one that is not has one, or is 0, or not small."""
    graph = graphdiff.parse(text)
    trace = graphdiff.trace(graph, {"x": x})
    right = precise_trace(graph, {"x": x}, wrt=[], precision=40).value
    is_wrong = abs(trace.value - right) > 0.5 * abs(right)
    if ("value", graph.output) in lost_numbers(trace):
        assert is_wrong
    else:
        assert not is_wrong or trace.value == 0 or abs(trace.value) > LARGEST
