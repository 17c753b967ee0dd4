"""Text → graph → text: the printed program parses to the same graph."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphdiff import parse
from support.random_formulas import repeatable_examples
from support.same_graph import canonical


@pytest.mark.parametrize(
    ("text", "expected_text"),
    [
        ("( x+y ) * z", "(x + y)*z"),
        ("q=exp(710); q^2", "q = exp(710)\nq^2"),
        ("((x))+((y*z))", "x + y*z"),
        ("x-(y-z)-(x-y)", "x - (y - z) - (x - y)"),
        ("x/(y/z)*(x*y)", "x/(y/z)*(x*y)"),
        ("-(x*y)", "-(x*y)"),
        ("-x*y", "-x*y"),
        ("(-x)^2", "(-x)^2"),
        ("-x^2", "-x^2"),
        ("(x^y)^z", "(x^y)^z"),
        ("x^y^z", "x^y^z"),
        ("x^-y", "x^(-y)"),
        ("x^-2", "x^(-2)"),
        ("-(-x)", "-(-x)"),
        ("x--y", "x - -y"),
        ("x*-2", "x*-2"),
        ("-2^2", "-2^2"),
        ("(-2)^2", "(-2)^2"),
        ("(x<y)<z", "(x < y) < z"),
        ("x+(y<z)", "x + (y < z)"),
        ("2x", "2*x"),
        ("x²", "x^2"),
        ("1e-7*1e22*0.1", "1e-07*1e+22*0.1"),
        ("3.141592653589793*x", "pi*x"),
        ("3.141592653589793*pi", "3.141592653589793*pi"),
        ("e = 2; 2.718281828459045*e*x", "e = 2\n2.718281828459045*e*x"),
        ("a = x*y; k = a; f(u) = k*u; b = f(x); b*y", "f(u) = k*u\na = x*y\nk = a\nb = f(x)\nb*y"),
        ("k = x; f(u) = k*u; f(y)", "f(u) = k*u\nk = x\nf(y)"),
        ("q=x+y;q*q", "q = x + y\nq*q"),
        ("x = y; x", "y"),
        ("sigma(u)=1/(1+exp(-u));sigma(x)", "sigma(u) = 1/(1 + exp(-u))\nsigma(x)"),
        ("max(x,y,z)", "max(max(x, y), z)"),
        ("relu(x)", "relu(x)"),
        ("x*stack(1, -(2))", "x*[1, -2]"),
        ("stack([1, 2], [3, 4])@x", "[[1, 2], [3, 4]] @ x"),
        ("sum((-k)^2*x for k in range(1, 3))", "(-1)^2*x + (-2)^2*x"),
        ("a = 1; x*[a, 2]*-a", "a = 1\nx*[a, 2]*-a"),
        ("true*sum(x, keepdims=true)", "true*sum(x, keepdims=true)"),
        ("maxpool2d(y, stride=[2])", "maxpool2d(y, stride=[2])"),
        ("sum(concat(stack(x, y)))", "sum(concat([[x, y]]))"),
        ("sum(x*concat([[[1, 2], [3, 4]]]))", "sum(x*concat([[[1, 2], [3, 4]]]))"),
    ],
)
def test_printed(text: str, expected_text: str) -> None:
    assert str(parse(text)) == expected_text
    if expected_text != "pi*x":
        assert canonical(parse(expected_text)) == canonical(parse(text))


NAMES = st.sampled_from(["x", "y", "z", "σ"])
NUMBERS = st.one_of(st.integers(0, 10**6), st.floats(0, 1e300, allow_nan=False)).map(repr)
EXPRESSIONS = st.recursive(
    NAMES | NUMBERS,
    lambda inner: st.one_of(
        st.builds("({}) {} ({})".format, inner, st.sampled_from("+-*/^<"), inner),
        st.builds("-({})".format, inner),
        st.builds("{}({})".format, st.sampled_from(["sin", "exp", "gelu"]), inner),
        st.builds("max({}, {})".format, inner, inner),
    ),
    max_leaves=30,
)


@pytest.mark.slow
@repeatable_examples(300)
@given(EXPRESSIONS, EXPRESSIONS)
def test_round_trip(first: str, second: str) -> None:
    graph = parse(f"f(u, x) = u*({second})\nq = {first}\nq + f(q, {second})")
    assert canonical(parse(str(graph))) == canonical(graph)
