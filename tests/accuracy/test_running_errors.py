"""Bounds of the errors of large graphs, against errors worked out in many digits."""

from __future__ import annotations

import pytest
from mpmath import mp

import graphdiff
from graphdiff.accuracy.running_errors import MANY_NODES, ROUNDING, running_errors

TERMS = range(1, MANY_NODES // 2)


def test_errors_of_terms_that_share_nothing() -> None:
    trace = graphdiff.trace(" + ".join(f"sin(x*{number})" for number in TERMS), x=0.7)
    bounds = running_errors(trace)
    with mp.workdps(40):
        right = {
            "value": mp.fsum(mp.sin(mp.mpf(0.7) * number) for number in TERMS),
            "d_x": mp.fsum(number * mp.cos(mp.mpf(0.7) * number) for number in TERMS),
        }
        errors = {"value": abs(trace.value - right["value"]), "d_x": abs(trace.gradients["x"] - right["d_x"])}
    arguments = [0.7 * number for number in TERMS]
    largest = {
        "value": ROUNDING * sum(arguments),
        "d_x": ROUNDING * sum(each * number for each, number in zip(arguments, TERMS, strict=True)),
    }
    for name, bound in bounds.items():
        assert errors[name] < bound < largest[name] / 10


def test_errors_that_all_terms_share() -> None:
    """The error of 1 + x, half a unit in the last place, is in each term."""
    x = 1.49 * 2**-52
    trace = graphdiff.trace("u = 1 + x - 1; " + " + ".join(f"{number}*u" for number in TERMS), x=x)
    assert running_errors(trace)["value"] > abs((1 + x - 1) - x) * sum(TERMS)


def test_errors_that_arrive_at_all_terms() -> None:
    """The gradient that arrives at each term is exp of the sum, with its error."""
    trace = graphdiff.trace("exp(" + " + ".join(f"{number}*x" for number in TERMS) + ")", x=1e-7)
    with mp.workdps(40):
        total = sum(TERMS)
        error = abs(trace.gradients["x"] - total * mp.exp(mp.mpf(1e-7) * total))
    assert running_errors(trace)["d_x"] > error


@pytest.mark.parametrize(
    "formula", ["1/(1 + exp(lgamma(a + b) - lgamma(a) - lgamma(b)))", "1/exp(lgamma(a + b) - lgamma(a))"]
)
def test_errors_of_a_quotient_whose_derivative_underflows(formula: str) -> None:
    """The derivative of 1/u is smaller than all floats where u > 1e162."""
    result = graphdiff.trace(formula, a=1.1e10, b=17.7)
    exact = graphdiff.trace(formula, a=1.1e10, b=17.7, precision=40)
    assert running_errors(result)["value"] > abs(result.value - exact.value)
    (listed,) = [each for each in result.accuracy if each.of == "value"]
    assert listed.right == pytest.approx(float(exact.value), rel=1e-9, abs=0)
