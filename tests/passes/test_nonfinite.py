"""A number that is not finite is traced to the node that produced it."""

from __future__ import annotations

import pytest

from graphdiff import trace
from graphdiff.accuracy.nonfinite import nonfinite_error


@pytest.mark.parametrize(
    ("formula", "point", "place", "message"),
    [
        ("log(x) + y", {"x": -1, "y": 1}, "log(x)", "the value is nan: log(x) is nan"),
        ("y*sqrt(x - 2)", {"x": 1, "y": 1}, "sqrt(x - 2)", "the value is nan: sqrt(v1) is nan"),
        ("exp(x)*y", {"x": 1000, "y": 1}, "exp(x)", "the value is inf: exp(x) is inf"),
        ("9^9^9^9", {}, "9^9^9", "the value is inf: 9^v1 is inf"),
        ("1/(x - 1)", {"x": 1}, "1/(x - 1)", "the value is inf: 1/v1 is inf"),
        ("q = x/y; q + 1", {"x": 0, "y": 0}, "x/y", "the value is nan: x/y is nan"),
        (
            "sqrt(x) + y",
            {"x": 0, "y": 1},
            "sqrt(x)",
            "the gradient by x is inf: the derivative of sqrt(x) by x is inf",
        ),
        ("1/(1+exp(-x))", {"x": -800}, "exp(-x)", "the gradient by x is nan: exp(v1) is inf; the right value is 0"),
        (
            "x*1e200*(y*1e200)*0",
            {"x": 1e200, "y": 1},
            "x*1e200",
            "the value is nan: x*1e+200 is inf; the right value is 0",
        ),
        (
            "1e308*x + 1e308*x",
            {"x": 0.5},
            "x",
            "the gradient by x is inf: the sum of the gradients that arrive at x is inf",
        ),
        (
            "q = x*y; 1e308*q + 1e308*q",
            {"x": 0.5, "y": 0.5},
            "x*y",
            "the gradient by x is inf: the sum of the gradients that arrive at q is inf; the right value is 1e+308",
        ),
        ("where(x > 0, log(x), 1/x)", {"x": 0}, "1/x", "the value is inf: 1/x is inf"),
        ("max(-exp(-1/x), y)*exp(y)", {"x": 1e-300, "y": 1000}, "exp(y)", "the value is inf: exp(y) is inf"),
        ("f(u) = log(u); f(x)", {"x": -1}, "f(x)", "the value is nan: f(x) is nan"),
    ],
)
def test_origin(formula: str, point: dict[str, float], place: str, message: str) -> None:
    result = trace(formula, point)
    assert not result.is_finite
    error = nonfinite_error(result)
    assert error.message == message
    assert error.span is not None
    assert formula[error.span[0] : error.span[1]] == place


def test_the_stable_way_is_named_where_there_is_one() -> None:
    hint = nonfinite_error(trace("1/(1+exp(-x))", {"x": -800})).hint
    assert hint == "use sigmoid"
    assert "softplus" in (nonfinite_error(trace("log(1 + exp(x))", {"x": 800})).hint or "")
    assert "hypot" in (nonfinite_error(trace("sqrt(x^2 + y^2)", {"x": 0, "y": 0})).hint or "")
    assert "logaddexp" in (nonfinite_error(trace("log(exp(x) + exp(y))", {"x": 800, "y": 1})).hint or "")
    hint = nonfinite_error(trace("relu(x) - log(1/(1 + exp(-x)))", {"x": -800})).hint
    assert hint == "use log_sigmoid"
    scores = [1000.0, 999.0]
    hint = nonfinite_error(trace("log(sum(exp(x)))", {"x": scores})).hint
    assert hint == "use logsumexp"
    hint = nonfinite_error(trace("p = exp(x)/sum(exp(x)); p[0]", {"x": scores})).hint
    assert hint == "use softmax"
    hint = nonfinite_error(trace("p = exp(x)/sum(exp(x)); -log(p)[1]", {"x": [1000.0, 0.0]})).hint
    assert hint == "use log_softmax"
    assert "norm" in (nonfinite_error(trace("sqrt(sum(x^2))", {"x": [1e200, 1e200]})).hint or "")
    assert "norm" in (nonfinite_error(trace("sqrt(sum(x^2))", {"x": [0.0, 0.0]})).hint or "")
    assert nonfinite_error(trace("log(x)", {"x": -1})).hint == "allow_nonfinite=True reports it"
    hint = nonfinite_error(trace("x^y", {"x": -2, "y": 3})).hint
    assert hint == "allow_nonfinite=True reports it, wrt=… can leave it out"


def test_an_intermediate_infinity_is_not_an_error() -> None:
    assert trace("1/(1 + exp(x))", {"x": 1000}, wrt=[]).is_finite
    assert trace("where(x > 0, log(x), x)", {"x": 0}).is_finite
