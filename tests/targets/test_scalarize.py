"""Formulas of arrays written entry by entry, in C and in plain Python, against the trace."""

from __future__ import annotations

import numpy as np
import pytest

from graphdiff import GraphdiffError, parse
from graphdiff.targets import c
from graphdiff.targets.entries import entries_of
from support.native import Point, gradient_code


@pytest.mark.parametrize(
    ("text", "point", "kind", "message"),
    [
        ("det(A)", {"A": [[1.0, 2.0], [3.0, 4.0]]}, "value", "the C target does not support det"),
        (
            "sum(solve(A, b))",
            {"A": [[1.0, 2.0], [3.0, 4.0]], "b": [1.0, 2.0]},
            "value",
            "the C target does not support solve",
        ),
        ('norm(A, ord="nuc")', {"A": np.eye(2)}, "value", "the C target does not support inverses and singular"),
        ("sum(cholesky(A))", {"A": np.eye(2)}, "value", "the C target does not support cholesky"),
        ("sum(matrix_power(A, -2))", {"A": np.eye(2)}, "value", "the C target does not support inverses and singular"),
        ("x[i]", {"x": [1.0, 2.0], "i": 1.0}, "value", "the index of"),
        ("sum(x*one_hot(i, 2))", {"x": [1.0, 2.0], "i": 1.0}, "value", "the index of"),
        pytest.param("sum(x)", {"x": np.ones(50_000)}, "limit", "more than 50,000", marks=pytest.mark.slow),
        ("sum(zeros(1000, 1000)) + sum(x)", {"x": np.ones(2)}, "limit", "more than 1,000,000 entries"),
        ("sum(A @ A)", {"A": np.ones((70, 70))}, "limit", "more than 50,000"),
    ],
)
def test_what_is_not_written(text: str, point: Point, kind: str, message: str) -> None:
    with pytest.raises(GraphdiffError, match=message) as caught:
        gradient_code(parse(text), point)
    assert caught.value.kind == kind
    assert caught.value.hint is not None
    assert "numpy" in caught.value.hint


def test_the_value_is_a_number() -> None:
    graph = parse("2*x")
    with pytest.raises(GraphdiffError, match=r"an array of shape \(2,\)"):
        entries_of(graph, dict.fromkeys(range(len(graph.nodes)), (2,)), "C")


def test_the_layout_of_the_gradient_is_told() -> None:
    code, _ = gradient_code(parse("sum((W @ x)^2)"), {"W": np.ones((2, 3)), "x": np.ones(3)})
    assert c.source(code, "f")[0].splitlines()[2:5] == [
        "/* Returns the value; gradient receives its derivatives by W[2][3], x[3], in this order, arrays row",
        "   by row.",
        "   double f(const double W[2][3], const double x[3], double gradient[9]); */",
    ]
