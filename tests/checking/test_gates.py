"""Derivatives that programs define for gates, compared with those of the gates' bodies."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from graphdiff import trace
from graphdiff.checking.exact import CAUSES
from graphdiff.checking.gates import gate_rows

SIGMA = "sigma(u) = 1/(1+exp(-u)) with {}; sigma(x)"


@pytest.mark.parametrize(
    ("text", "point", "verdict", "reason"),
    [
        (SIGMA.format("y*(1-y)"), {"x": 0.3}, "agrees", ""),
        (SIGMA.format("y*(1-y)"), {"x": -30}, "agrees", ""),
        (SIGMA.format("y*(1-y)"), {"x": 12}, "agrees", ""),
        (SIGMA.format("y*(1-y)"), {"x": 800}, "agrees", ""),
        (SIGMA.format("sigmoid(u)*sigmoid(-u)"), {"x": 40}, "agrees", ""),
        # 1 - y has lost its digits
        (SIGMA.format("y*(1-y)"), {"x": 33}, "agrees", ""),
        (SIGMA.format("y*(1-y)"), {"x": 35.7}, "lost", CAUSES),
        (SIGMA.format("2*y*(1-y)"), {"x": 35.7}, "differs", ""),
        (SIGMA.format("y*(1-y)"), {"x": -800}, "agrees", ""),
        (SIGMA.format("log(-y)"), {"x": 1}, "not checkable", "its own derivative is not finite"),
        # wrong by a sign, a factor, an operand, a little
        (SIGMA.format("y*(1+y)"), {"x": 0.3}, "differs", ""),
        (SIGMA.format("-y*(1-y)"), {"x": 0.3}, "differs", ""),
        (SIGMA.format("2*y*(1-y)"), {"x": 0.3}, "differs", ""),
        (SIGMA.format("u*(1-u)"), {"x": 0.3}, "differs", ""),
        (SIGMA.format("y*(1-y)*(1+1e-12)"), {"x": 0.3}, "differs", ""),
        ("f(u) = u^2 with 2*u; f(x)", {"x": 0}, "agrees", ""),
        ("f(u) = u^2 with 2*u; f(x)", {"x": 1e150}, "agrees", ""),
        ("f(u) = u^2 with 2*u; f(x)", {"x": 1e-150}, "agrees", ""),
        ("f(u) = u^2 with 3*u; f(x)", {"x": 1e-150}, "differs", ""),
        ("f(u) = pi*u with pi; f(x)", {"x": 3}, "agrees", ""),
        ("f(u) = k*u with k; f(x)", {"x": 3, "k": 2}, "agrees", ""),
        ("step(u) = round(u) with 1; step(x)", {"x": 0.3}, "differs", ""),
        # a kink may be decided either way
        ("relu2(u) = max(0, u) with u > 0; relu2(x)", {"x": 0}, "agrees", ""),
        (
            "relu2(u) = max(0, u) with u >= 0; relu2(x)",
            {"x": 0},
            "not checkable",
            "its body is at a kink: tie: all to 0",
        ),
        ("relu2(u) = max(0, u) with u >= 0; relu2(x)", {"x": 1}, "agrees", ""),
        # a gate of gates is held against its body all opened up
        ("g(u) = u^2 with 100; f(u) = g(u) with 2*u; f(x)", {"x": 3}, "agrees", ""),
        ("g(u) = u^2 with 100; f(u) = g(u) with 100; f(x)", {"x": 3}, "differs", ""),
        ("f(u) = u^2 with g(u); g(u) = 2*u with 100; f(x)", {"x": 3}, "agrees", ""),
    ],
)
def test_verdict(text: str, point: dict[str, float], verdict: str, reason: str) -> None:
    row = gate_rows(trace(text, point))[0]
    assert (row.verdict, row.reason) == (verdict, reason)
    if row.verdict == "differs":
        assert row.error is not None
        assert row.error > 0


@pytest.mark.parametrize("x", [-700, -709.7, -711, -744])
@pytest.mark.parametrize("gate", ["1/(1+exp(-u)) with y*(1-y)", "log(1+exp(u)) with 1/(1+exp(-u))"])
def test_overflow_and_underflow_are_no_difference(gate: str, x: float) -> None:
    """If numbers are at most 1e-304, one of the two derivatives may underflow to 0."""
    (check,) = gate_rows(trace(f"f(u) = {gate}; f(x)", x=x))
    assert check.verdict != "differs"


@pytest.mark.sampled(8)
@pytest.mark.parametrize("x", [*np.linspace(-25, 25, 101)])
def test_rounding_alone_is_no_difference(x: float) -> None:
    program = (
        "f(u) = (exp(u)-exp(-u))/(exp(u)+exp(-u)) with 4/(exp(u)+exp(-u))^2; g(u) = log(1+exp(u)) with {}; f(x)+g(x)"
    )
    checks = gate_rows(trace(program.format("exp(u)/(1+exp(u))"), x=x))
    assert [check.gate for check in checks] == ["f(x)", "g(x)"]
    assert "differs" not in [check.verdict for check in checks]
    if abs(x) < 10:
        assert [check.verdict for check in checks] == ["agrees", "agrees"]
        wrong = gate_rows(trace(program.format("1.0000001*exp(u)/(1+exp(u))"), x=x))
        assert [check.verdict for check in wrong] == ["agrees", "differs"]


def test_every_call_and_every_parameter() -> None:
    text = "mul(a, b) = a*b with b, 2*a; twice(u) = mul(u, 3); twice(x) + mul(2, x)"
    checks = gate_rows(trace(text, x=5))
    assert [(check.gate, check.input, check.analytic, check.numeric, check.verdict) for check in checks] == [
        ("mul(u, 3)", "a", 3, 3, "agrees"),
        ("mul(u, 3)", "b", 10, 5, "differs"),
        ("mul(2, x)", "a", 5, 5, "agrees"),
        ("mul(2, x)", "b", 4, 2, "differs"),
    ]
    assert [check.error for check in checks] == [0, 5, 0, 2]


def test_a_parameter_that_the_body_does_not_use_is_left_out() -> None:
    (check,) = gate_rows(trace("reverse(u, k) = u with -k, 5; reverse(x, 3)", x=2))
    assert (check.input, check.analytic, check.numeric, check.verdict) == ("u", -3, 1, "differs")


def test_without_such_gates_there_is_nothing_to_check() -> None:
    assert gate_rows(trace("f(u) = u^2; f(x) + relu(x)", x=2)) == []


@pytest.mark.parametrize(
    ("x", "verdict", "place", "error"),
    [
        ([1.0, 2.0], "agrees", (0, 0), 0),
        ([1.0, -2.0], "differs", (0, 1), 2),
        ([1.0, 0.0], "not checkable", (0, 1), None),
        ([-1.0, 0.0], "differs", (0, 0), 2),
    ],
)
def test_of_arrays_the_worst_entry_is_told(
    x: list[float], verdict: str, place: tuple[int, int], error: float | None
) -> None:
    text = "f(u, v) = abs(u)*v with v, abs(u); sum(f(x, w))"
    by_u, by_v = gate_rows(trace(text, x=np.array([x]), w=np.ones((3, 1))))
    assert (by_u.verdict, by_u.place, by_u.error) == (verdict, place, error)
    assert (by_v.verdict, by_v.error) == ("agrees", 0)


def test_a_difference_that_is_no_number_is_no_agreement() -> None:
    (check,) = gate_rows(trace("f(u) = log(u) with 1/u; sum(f(x))", x=[1.0, 0.0, math.inf]))
    assert check.verdict == "not checkable"
    assert check.error is None


def test_the_command_tells_which_gate_is_wrong(command: Callable[..., Any]) -> None:
    program = "gate sigma(u) = 1/(1+exp(-u)) with {}; sigma(w*x)"
    good = command("check", program.format("y*(1-y)"), "--at", "w=2,x=0.5", "--json")
    assert good.status == 0
    rows = json.loads(good.out)["rows"]
    assert [(row.get("gate"), row["input"], row["verdict"]) for row in rows] == [
        (None, "w", "agrees"),
        (None, "x", "agrees"),
        ("sigma(v1)", "u", "agrees"),
    ]
    wrong = command("check", program.format("y*(1+y)"), "--at", "w=2,x=0.5")
    assert wrong.status == 1
    assert [line.split()[:3] for line in wrong.out.splitlines() if " differs" in line and "of sigma" in line] == [
        ["u", "of", "sigma(v1)"]
    ]
    assert "sigma(v1),u" in command("check", program.format("y"), "--at", "w=2,x=0.5", "--format", "csv").out
    assert command("check", program.format("y"), "--at", "w=2,x=0.5", "--expand").status == 0
