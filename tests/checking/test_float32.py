"""Generated code on 32-bit floats, checked within the bounds of these."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphdiff import GraphdiffError, check, trace
from graphdiff.checking.code import CodeJudge, Language, Results
from graphdiff.checking.directions import directions_of
from graphdiff.checking.judge import Judge
from graphdiff.targets.registry import RUNNABLE
from support.languages import skip_without

CASES: list[tuple[str, dict[str, Any]]] = [
    ("x^2*y + sin(y)*0.1", {"x": 2.1, "y": 3}),
    ("(x - 0.1)*1e6 + log(1 + exp(y))", {"x": 0.1, "y": -3.3}),
    ("x^5*y + 2^24 + x", {"x": 5003, "y": 7}),
    ("sum(tanh(W@x)^2) + norm(x)", {"W": [[1, 0.2], [3, 4]], "x": [0.5, 1.1]}),
    ("fold(h*x + y for t in range(20), h=0.3)", {"x": 0.9, "y": 0.7}),
    ("gamma(x) + erf(y)*lambertw(x)", {"x": 1.7, "y": 0.3}),
]


def assert_agrees(text: str, point: dict[str, Any], target: str, **options: Any) -> None:
    skip_without(RUNNABLE[target])
    result = check(text, point, target=target, float32=True, **options)
    assert not result.has_failed, [row for row in result.rows if row.verdict == "differs"]
    codes = [row.code for row in result.rows if row.code is not None]
    assert codes == [float(np.float32(code)) for code in codes]


def test_numbers() -> None:
    assert_agrees(*CASES[0], "c")


@pytest.mark.slow
@pytest.mark.parametrize("target", ["c", "rust"])
@pytest.mark.parametrize(("text", "point"), CASES)
def test_every_case(text: str, point: dict[str, Any], target: str) -> None:
    for want in ("gradient", "hessian", "hvp"):
        assert_agrees(text, point, target, want=want)


@pytest.mark.slow
def test_sparse_hessian() -> None:
    assert_agrees("sum(sin(x)*x^2)", {"x": [0.1, 0.2, 0.3]}, "c", want="hessian", sparse=True)


@pytest.mark.parametrize("error", [1e-3, 1e-5])
def test_a_wrong_result_differs(error: float) -> None:
    traced = trace("x^2*y + sin(y)", x=2.125, y=3.0)
    right = traced.gradients["x"]
    judge = Judge(traced)
    directions, _ = directions_of(traced, True)
    results = Results(traced.value * (1 + error), {"x": [right * (1 + error)], "y": [traced.gradients["y"]]})
    code = CodeJudge(judge, results, Language("c", float32=True))
    assert code.value_row().verdict == "differs"
    assert [code.compare(judge.row(each), each).verdict for each in directions] == ["differs", "agrees"]


def test_the_point_is_rounded() -> None:
    skip_without(RUNNABLE["c"])
    result = check("x^2", x=0.1, target="c", float32=True)
    assert result.trace.point == {"x": float(np.float32(0.1))}
    assert result.float32


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "javascript"}, "JavaScript code has no 32-bit floats"),
        ({}, "needs a target"),
        ({"target": "c", "precision": 30}, "exclude each other"),
        ({"target": "c", "x": 1e40}, "x = 1e.40 is too large for a 32-bit float"),
        ({"target": "c", "x": [1.0, 1e-50]}, "x = 1e-50 is too small for a 32-bit float"),
    ],
)
def test_errors(options: dict[str, Any], message: str) -> None:
    with pytest.raises(GraphdiffError, match=message):
        check("sum(x)^2", float32=True, **{"x": 1.0, **options})
