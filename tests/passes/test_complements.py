"""Losses of sigmoid and tanh keep what 64 bits can hold, at least the digits that JAX keeps; judged by mpmath."""

from __future__ import annotations

import math
from typing import Any

import jax
import numpy as np
import pytest
from mpmath import mp

from graphdiff import compile as compile_formula
from graphdiff import derivative, parse, trace
from support import judge

config: Any = jax.config
config.update("jax_enable_x64", True)

LOSSES = {
    "binary cross-entropy, y = 0": "s = sigmoid(x); -(0*log(s) + (1 - 0)*log(1 - s))",
    "binary cross-entropy, y = 1": "s = sigmoid(x); -(1*log(s) + (1 - 1)*log(1 - s))",
    "binary cross-entropy": "s = sigmoid(x); -(0.3*log(s) + (1 - 0.3)*log(1 - s))",
    "log(1 - sigmoid(x))": "log(1 - sigmoid(x))",
    "focal loss": "p = sigmoid(x); -(1 - p)^2*log(p)",
    "focal loss of the other class": "p = sigmoid(x); -p^2*log(1 - p)",
    "hinge": "max(0, 1 - sigmoid(x))",
    "odds": "sigmoid(x)/(1 - sigmoid(x))",
    "variance": "p = sigmoid(x); p*(1 - p)",
    "entropy": "p = sigmoid(x); -(p*log(p) + (1 - p)*log(1 - p))",
    "squashed Gaussian": "log(1 - tanh(x)^2)",
    "squashed Gaussian, written out": "t = tanh(x); log(1 - t*t)",
    "Fisher transformation": "log((1 + tanh(x))/(1 - tanh(x)))/2",
}
JAX = {"sigmoid": jax.nn.sigmoid, "tanh": jax.numpy.tanh, "log": jax.numpy.log, "max": jax.numpy.maximum}
POINTS = [
    sign * x
    for x in (0.0, 0.1, 1.0, 5.0, 15.0, 17.5, 25.0, 30.0, 36.0, 36.7, 36.9, 40.0, 100.0, 300.0)
    for sign in (1, -1)
]


def jax_loss(program: str) -> Any:
    """The same loss in JAX, from the texts above."""
    *assignments, result = program.replace("^", "**").split("; ")

    def loss(x: Any) -> Any:
        names: dict[str, Any] = {"x": x}
        for assignment in assignments:
            name, body = assignment.split(" = ")
            names[name] = eval(body, {**JAX, **names})
        return eval(result, {**JAX, **names})

    return loss


def errors_of(results: tuple[float, float], truth: tuple[Any, dict[str, Any]]) -> list[float]:
    """The relative errors of the value and the derivative; infinite where one is not finite, 0 where it has none."""
    errors = []
    for result, exact in zip(results, (truth[0], truth[1]["x"]), strict=True):
        with mp.workdps(50):
            is_exact = mp.isnan(exact) or result == exact
            error = 0.0 if is_exact else float(abs(result - exact) / abs(exact)) if exact else abs(result)
        errors.append(error if math.isfinite(result) or is_exact else math.inf)
    return errors


@pytest.mark.sampled(24)
@pytest.mark.parametrize("program", LOSSES.values(), ids=list(LOSSES))
def test_nothing_is_lost_that_jax_keeps(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "DIGITS", 420)
    monkeypatch.setattr(judge, "STEP", "1e-100")
    loss = jax.jit(jax.value_and_grad(jax_loss(program)))
    for x in POINTS:
        ours, theirs = [], []
        for near in (x * (1 + step * 1e-4) for step in range(4)):
            truth = judge.value_and_gradient(program, {"x": near})
            result = trace(program, x=near)
            ours.append(errors_of((result.value, result.gradients["x"]), truth))
            value, slope = loss(near)
            theirs.append(errors_of((float(value), float(slope)), truth))
        for mine, other in zip(map(max, zip(*ours, strict=True)), map(max, zip(*theirs, strict=True)), strict=True):
            assert mine <= max(1e-13, 4 * other), x  # 1 - p may be rounded twice


def test_binary_cross_entropy_where_it_saturates() -> None:
    program = "s = sigmoid(x); -(y*log(s) + (1 - y)*log(1 - s))"
    result = trace(program, x=36.7, y=0)
    assert result.gradients["x"] == pytest.approx(0.99999999999999988, rel=1e-15)
    assert result.value == pytest.approx(36.7, rel=1e-15)
    on_arrays = trace(program, x=np.array([36.7, 700.0]), y=0, upstream=np.ones(2))
    assert on_arrays.gradients["x"] == pytest.approx([1.0, 1.0], rel=1e-15)
    _, gradient = compile_formula(program)(x=36.7, y=0.0)
    assert gradient[0] == pytest.approx(0.99999999999999988, rel=1e-15)


@pytest.mark.parametrize("formula", ["1 - sigmoid(x)", "1 - tanh(x)", "tanh(x) + 1", "1 - tanh(x)^2"])
def test_complements_have_all_digits(formula: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "DIGITS", 420)
    for x in (*POINTS, 350.0, -350.0):
        value, _ = judge.value_and_gradient(formula, {"x": x})
        assert trace(formula, x=x, wrt=[]).value == pytest.approx(float(value), rel=1e-14, abs=0)


def test_formulas_stay_as_they_are() -> None:
    assert "1 - v1" in str(derivative("log(1 - sigmoid(x))", "x"))
    assert str(parse("s = sigmoid(x); 1 - s")) == "s = sigmoid(x)\n1 - s"
    (step,) = trace("sigmoid(x)", x=40).forward
    assert step.value == 1.0


def test_only_sums_with_one_are_complements() -> None:
    graph = parse("s = sigmoid(x); t = tanh(x); (2 - s) + (s - 1) + (1 - x) + (1 - s^3) + (1 - t^2) + (1 - s)")
    assert len(graph.complements) == 2
