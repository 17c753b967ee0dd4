"""Jacobians, Hessians and products by generated code are compared entry by entry."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from graphdiff import GraphdiffError, check
from graphdiff.checking import code
from graphdiff.checking.check import Check
from graphdiff.targets.registry import Target
from support.languages import EACH_LANGUAGE, skip_without

ARRAYS: dict[str, Any] = {"W": [[0.5, -1.0], [2.0, 0.3]], "x": [0.7, -0.2], "y": 1.3}
SCALAR = "sum(tanh(W@x)^2)*y + x[1]*exp(y)"
W, X, Y = np.array(ARRAYS["W"]), np.array(ARRAYS["x"]), ARRAYS["y"]


def numbers(result: Check, of: str) -> list[Any]:
    return [row.code for row in result.rows if row.of == of and row.input]


@pytest.mark.sampled(6)
@EACH_LANGUAGE
@pytest.mark.parametrize("want", ["jacobian", "jvp", "vjp"])
def test_jacobians(target: Target, want: str) -> None:
    skip_without(target)
    result = check("y^2*(W@x)", ARRAYS, target=target.name, want=want, wrt=["x", "y"])
    assert result.count("agrees") == len(result.rows) == 2 + 2 * 3
    for row in range(2):
        expected = [*(Y**2 * W[row]), 2 * Y * (W @ X)[row]]
        assert numbers(result, f"value[{row}]") == pytest.approx(expected, rel=1e-14)


@pytest.mark.sampled(6)
@EACH_LANGUAGE
@pytest.mark.parametrize("want", ["hessian", "hvp"])
def test_hessians(target: Target, want: str) -> None:
    skip_without(target)
    result = check(SCALAR, ARRAYS, target=target.name, want=want, wrt=["x", "y"])
    assert result.count("agrees") == len(result.rows) == 1 + 3 * 3
    t = np.tanh(W @ X)
    mixed = W.T @ (2 * t * (1 - t**2)) + np.array([0, math.exp(Y)])
    inner = W.T @ np.diag(2 * Y * (1 - t**2) * (1 - 3 * t**2)) @ W
    for row in range(2):
        assert numbers(result, f"d_x[{row}]") == pytest.approx([*inner[row], mixed[row]], rel=1e-12)
    assert numbers(result, "d_y") == pytest.approx([*mixed, X[1] * math.exp(Y)], rel=1e-12)


@pytest.mark.parametrize(
    ("want", "returned", "differing"),
    [
        ("jacobian", [[[6.0, 5.0], [2.0, 1.0], [3.0, 1.0]]], []),
        ("jacobian", [[[6.0, 5.0], [2.0, 1.0], [3.0, 1.1]]], [("value[1]", "x")]),
        ("jacobian", [[[6.0, 5.1], [1.0, 2.0], [3.0, 1.0]]], [("value[0]", "y"), ("", ""), ("value[1]", "y")]),
        ("vjp", [[[6.0, 5.0], [2.0], [3.0]], [[6.0, 5.0], [1.0], [math.nan]]], [("value[1]", "x")]),
        ("jvp", [[[6.0, 5.0], [2.0, 1.0]], [[6.0, 5.0], [3.0, 2.0]]], [("value[1]", "x")]),
    ],
)
def test_a_wrong_entry_differs(want: str, returned: Any, differing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "run", lambda *_: returned)
    result = check("[x*y, x + y]", x=2, y=3, target="c", want=want, wrt=["y", "x"])
    assert [(row.of, row.input) for row in result.rows if row.verdict == "differs"] == differing


def test_a_number_has_a_jacobian_of_one_row_and_may_have_many_digits() -> None:
    for precision in (None, 30):
        result = check("x^2*y", x=2, y=3, target="python", want="jacobian", precision=precision)
        assert [(row.of, row.input, row.code) for row in result.rows] == [("", "", 12), ("", "x", 12), ("", "y", 4)]
        assert result.agrees
        result = check("x^2*y", x=2, y=3, target="python", want="hessian", precision=precision)
        assert [row.code for row in result.rows] == [12, 6, 4, 4, 0]
        assert result.agrees


def test_the_value_alone() -> None:
    result = check("[x, x^2]", x=3, target="python", want="value")
    assert [(row.input, row.place, row.code, row.verdict) for row in result.rows] == [
        ("", (0,), 3, "agrees"),
        ("", (1,), 9, "agrees"),
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"want": "jacobian"}, "needs a target"),
        ({"want": "slope", "target": "c"}, "unknown result 'slope'"),
        ({"want": "vjp", "target": "c", "upstream": 2.0}, "every upstream"),
        ({"want": "hessian", "target": "cobol"}, "cannot run cobol"),
    ],
)
def test_wrong_options(options: Any, message: str) -> None:
    with pytest.raises(GraphdiffError, match=message):
        check("x^2", x=1, **options)


def test_what_cannot_be_compared() -> None:
    with pytest.raises(GraphdiffError, match="3,600 × 3,600 derivatives are too many"):
        check("sum(x^2)", x=np.ones((60, 60)), target="c", want="hessian")
    with pytest.raises(GraphdiffError, match="no input to differentiate by"):
        check("2 + 3", target="python", want="jacobian")
    with pytest.raises(GraphdiffError, match="number"):
        check("[x, x^2]", x=1, target="python", want="hessian")
