"""SymPy expressions have the values and derivatives that SymPy itself gives them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphdiff import GraphdiffError, trace
from graphdiff.language.program import Program
from graphdiff.reading.sympy_expression import is_sympy, read_sympy

sympy = pytest.importorskip("sympy", reason="SymPy is the judge; it is in the test extra")

x, y, z = sympy.symbols("x y z")
k = sympy.Symbol("k")
POINT = {"x": 0.7, "y": 1.9, "z": -0.4}
EXPRESSIONS = {
    str(expression): expression
    for expression in [
        x**2 + 3 * x * y - z / 2 + 1,
        (x - y) / (x + y) ** 2,
        -x * y / (2 * z),
        1 / sympy.sqrt(x) + sympy.cbrt(y) + x ** sympy.Rational(-3, 4),
        sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi),
        sympy.E**x + sympy.E + y**x,
        sympy.log(x) * sympy.log(y, 2),
        sympy.sin(x) ** 2 + sympy.cos(2 * y) * sympy.tan(x),
        sympy.sec(x) + sympy.csc(y) + sympy.cot(x),
        sympy.asin(x) + sympy.acos(z) + sympy.atan(y),
        sympy.acot(x) + sympy.asec(y) + sympy.acsc(y),
        sympy.atan2(y, x),
        sympy.sinh(x) + sympy.cosh(y) + sympy.tanh(z),
        sympy.coth(x) + sympy.sech(y) + sympy.csch(x),
        sympy.asinh(x) + sympy.acosh(y) + sympy.atanh(z),
        sympy.acoth(y) + sympy.asech(x) + sympy.acsch(y),
        sympy.Abs(x - y) + sympy.sign(z) * x,
        sympy.Max(x, y, 1) * sympy.Min(x, z),
        sympy.floor(5 * x) + sympy.ceiling(y) * x,
        sympy.Mod(7 * x, y) + x,
        sympy.erf(x) + sympy.erfc(y),
        sympy.loggamma(x) + sympy.digamma(y) + sympy.polygamma(2, x),
        sympy.Piecewise((x**2, x > y), (sympy.sin(x), x > 0), (0, True)),
        sympy.Piecewise((x, x < 0), (-y, (x >= 0) & (y > 1)), (z, True)),
        sympy.Piecewise((x, sympy.Or(x > y, z > 0)), (y, sympy.Not(x > 2)), (z, True)),
        sympy.Heaviside(x) * y + sympy.Heaviside(z),
        sympy.sinc(x),
        sympy.Sum(x**k / sympy.factorial(5), (k, 0, 5)),
        sympy.Product(x + k, (k, 1, 4)),
        sympy.Sum(k * x * y, (k, 1, 3)) * sympy.EulerGamma,
        sympy.Matrix([[x, y], [z, 2]]).det() * sympy.GoldenRatio,
        sympy.Rational(1, 3) * x + sympy.Float("0.1") * y - sympy.Integer(7) / 11 * z,
        sympy.diff(sympy.exp(-(x**2)) * sympy.sin(y), x, 2),
        sympy.integrate(x * sympy.exp(x), x) + sympy.series(sympy.cos(y), y, 0, 6).removeO(),
        sympy.sqrt(x**2 + y**2 + z**2),
        1 / (1 + sympy.exp(-(x * y + z))),
        sympy.log(sympy.exp(x) + sympy.exp(y) + sympy.exp(z)),
        ((x + 1) ** 20).expand(),
        (x**y) ** z,
        sympy.sqrt(sympy.sqrt(x + sympy.sqrt(y))),
        sympy.simplify(sympy.sin(x) ** 2 + sympy.cos(x) ** 2 * y),
        sympy.exp(sympy.exp(x)) - sympy.tanh(x / y),
    ]
}


def graph_of(expression: Any) -> Any:
    source, reading = read_sympy(expression)
    return Program(source, reading.statements).graph()


@pytest.mark.sampled(4)
@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expressions(text: str) -> None:
    expression = EXPRESSIONS[text]
    graph = graph_of(expression)
    point = {name: value for name, value in POINT.items() if name in graph.input_names}
    result = trace(graph, point)
    numbers = {
        symbol: sympy.Float(POINT[symbol.name], 30) for symbol in expression.free_symbols if symbol.name in POINT
    }
    assert set(point) == {symbol.name for symbol in numbers}
    assert result.value == pytest.approx(float(expression.evalf(30, subs=numbers)), rel=1e-12)
    for symbol in numbers:
        derivative = sympy.diff(expression, symbol).doit().evalf(30, subs=numbers)
        truth = 0.0 if derivative.has(sympy.Derivative, sympy.Subs, sympy.DiracDelta) else float(derivative)
        if not derivative.has(sympy.Derivative, sympy.Subs):
            assert result.gradients[symbol.name] == pytest.approx(truth, rel=1e-11, abs=1e-13)


def test_matrices_and_lambdas() -> None:
    matrix = sympy.Matrix([[x, 1], [2, y]])
    assert str(graph_of(matrix)) == "[[x, 1], [2, y]]"
    product = sympy.MatrixSymbol("A", 2, 3) * sympy.MatrixSymbol("B", 3, 2)
    assert str(graph_of(sympy.Trace(product))) == "trace(A @ B)"
    assert str(graph_of(sympy.IndexedBase("w")[0] * x)) == "x*w[0]"
    assert str(graph_of(sympy.frac(x))) == "x - floor(x)"
    assert graph_of(sympy.Lambda((y, x), x**2)).input_names == ("y", "x")


def test_shared_parts() -> None:
    """A part that is used many times is computed once."""
    expression = x
    for _ in range(30):
        expression = sympy.sin(expression) + sympy.cos(expression)
    graph = graph_of(expression)
    assert len(graph.nodes) < 500
    value = 0.7
    for _ in range(30):
        value = float(np.sin(value) + np.cos(value))
    assert trace(graph, x=0.7).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (sympy.Derivative(sympy.Function("f")(x), x), "'Derivative' cannot be read"),
        (sympy.Function("f")(x), "'undefined function f' cannot be read"),
        (sympy.I * x, "'ImaginaryUnit' cannot be read"),
        (sympy.oo, "'Infinity' cannot be read"),
        (sympy.Symbol("a b"), "'a b' is not a valid name"),
        (sympy.Dummy("x") + x, "two different symbols are called 'x'"),
        (sympy.Integer(10) ** 400 * x, "too large for a 64-bit float"),
        (sympy.DiracDelta(x), "'DiracDelta' cannot be read"),
    ],
    ids=str,
)
def test_refused(expression: Any, message: str) -> None:
    assert is_sympy(expression)
    with pytest.raises(GraphdiffError) as caught:
        graph_of(expression)
    assert message in caught.value.message
