"""Generated code is compared with the trace and with the differences."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from graphdiff import GraphdiffError, check
from graphdiff.checking import code
from graphdiff.targets.registry import RUNNABLE, Program, Target
from support.languages import EACH_LANGUAGE, skip_without

check_module = sys.modules["graphdiff.checking.check"]


@pytest.mark.sampled(6)
@EACH_LANGUAGE
@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("1/(1 + exp(-(w*x + b)))", {"w": 2, "x": -1, "b": 3}),
        ("q = W@x; sum(relu(q)^2)", {"W": [[0.1, 0.5], [-0.3, 0.8]], "x": [0.2, 0.4]}),
        ("lambda*2", {"lambda": 2}),
        ("3 + 0*x", {"x": 1}),
    ],
)
def test_generated_code_agrees(target: Target, text: str, point: Mapping[str, Any]) -> None:
    skip_without(target)
    result = check(text, point, target=target.name)
    assert result.count("agrees") == len(result.rows) > 1
    assert all(row.code is not None for row in result.rows)


@pytest.mark.parametrize(
    ("returned", "verdicts"),
    [
        ([[7.0], [-2.0]], ["agrees", "differs"]),
        ([[7.0], [math.nan]], ["agrees", "differs"]),
        ([[7.1], [2.0]], ["differs", "agrees"]),
        ([[math.nan], [2.0]], ["differs", "agrees"]),
        ([[7.0], [2.0 + 1e-9]], ["agrees", "differs"]),
    ],
)
def test_wrong_code_differs(returned: Any, verdicts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "run", lambda *_: [returned])
    assert [row.verdict for row in check("2*x + 1", x=3, target="c").rows] == verdicts


@pytest.mark.parametrize(
    ("text", "x", "verdicts"),
    [
        ("acos(x)", 800, ["not checkable", "not checkable"]),
        ("log10(x)", -5e-324, ["not checkable", "not checkable"]),
        ("sinh(x)", 1e50, ["not checkable", "not checkable"]),
        ("sqrt(x)", 0, ["agrees", "not checkable"]),
    ],
)
def test_code_of_what_is_not_finite_is_not_checkable(text: str, x: float, verdicts: list[str]) -> None:
    result = check(text, x=x, target="python", allow_nonfinite=True)
    assert [row.verdict for row in result.rows] == verdicts


def test_at_a_kink_the_code_must_make_the_same_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [row.verdict for row in check("abs(x)", x=0, target="python").rows] == ["agrees", "not checkable"]
    monkeypatch.setattr(code, "run", lambda *_: [[[0.0], [1.0]]])
    assert [row.verdict for row in check("abs(x)", x=0, target="python").rows] == ["agrees", "differs"]


def test_code_keeps_the_convention_where_the_derivative_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trace has the derivative, the code that of the rules: 0."""
    result = check("relu(x) - relu(-x)", x=0, target="python")
    assert [(row.verdict, row.analytic, row.code) for row in result.rows] == [
        ("agrees", 0.0, 0.0),
        ("convention", 1.0, 0.0),
    ]
    assert result.rows[1].numeric == 1
    assert result.rows[1].reason.startswith("the generated code keeps the convention of its rules: relu(")
    assert not result.has_failed
    assert result.agrees
    assert check("relu(x) - relu(-x)", x=0).rows[0].verdict == "agrees"
    monkeypatch.setattr(code, "run", lambda *_: [[[0.0], [2.0]]])
    assert check("relu(x) - relu(-x)", x=0, target="python").rows[1].verdict == "differs"
    monkeypatch.setattr(code, "run", lambda *_: [[[0.0], [0.0]]])
    assert check("where(x == 0, 0, expm1(x))", x=0, target="python").rows[1].verdict == "convention"
    assert check("where(x == 0, 0, expm1(x))", x=0).rows[0].verdict == "agrees"


@pytest.mark.parametrize("target", [name for name, target in RUNNABLE.items() if isinstance(target.runs, Program)])
def test_a_missing_compiler_is_reported(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GraphdiffError) as caught:
        check("x^2", x=1, target=target)
    assert caught.value.kind == "usage"
