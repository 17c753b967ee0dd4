"""--fuse and --expand: different graphs of the same function."""

from __future__ import annotations

import numpy as np
import pytest

from graphdiff import Graph, GraphdiffError, parse, trace, value_and_gradient
from graphdiff.algebra.expand import expand_gates
from graphdiff.algebra.fuse import fuse_gates
from graphdiff.language.program import prelude


def assert_equal(first: Graph, second: Graph, point: dict[str, float]) -> None:
    """The same value and gradients to rounding."""
    value, gradients = value_and_gradient(first, point)
    other_value, other_gradients = value_and_gradient(second, point)
    assert other_value == pytest.approx(value, rel=1e-14)
    assert other_gradients == pytest.approx(gradients, rel=1e-13)


POINT = {"x": 0.4, "y": -0.7, "k": 1.3}


@pytest.mark.parametrize(
    ("formula", "expected_text"),
    [
        ("1/(1+exp(-x))", "sigmoid(x)"),
        ("1/(exp(-x)+1)", "sigmoid(x)"),
        ("1/(1+exp(-k*x))", "sigmoid(k*x)"),
        ("1/(1+exp(-x/k))", "sigmoid(x/k)"),
        ("1/(1+exp(-(k*x+y)))", "sigmoid(k*x + y)"),
        ("exp(x*y)/(1+exp(x*y))", "sigmoid(x*y)"),
        ("exp(x*y)/(1+exp(x*k))", "exp(x*y)/(1 + exp(x*k))"),
        ("log(1+exp(x))", "softplus(x)"),
        ("log1p(exp(x))", "softplus(x)"),
        ("log(x+1)", "log1p(x)"),
        ("exp(x)-1", "expm1(x)"),
        ("sqrt(y^2+x^2)", "hypot(y, x)"),
        ("(exp(x)-exp(-x))/(exp(x)+exp(-x))", "tanh(x)"),
        ("(exp(2x)-1)/(exp(2x)+1)", "tanh(x)"),
        ("1-erf(x)", "erfc(x)"),
        ("log(exp(x)+exp(y))", "logaddexp(x, y)"),
        ("log(exp(x)+exp(y)+k)", "log(exp(x) + exp(y) + k)"),
        ("log(1/(1+exp(-x)))", "log_sigmoid(x)"),
        ("1/(1+exp(-1/(1+exp(-x))))", "sigmoid(sigmoid(x))"),
        ("1/(2+exp(-x))", "1/(2 + exp(-x))"),
        ("p = 1/(1+exp(-x)); exp(p)", "p = sigmoid(x)\nexp(p)"),
        ("s = exp(-x); s*1/(1+s)", "s = exp(-x)\ns*1/(1 + s)"),
        ("s = exp(-x); s + 1/(1+s)", "s = exp(-x)\ns + sigmoid(x)"),
        ("f(u) = 1/(1+exp(-u)); f(x)", "f(u) = sigmoid(u)\nf(x)"),
    ],
)
def test_fused(formula: str, expected_text: str) -> None:
    graph = parse(formula)
    assert str(fuse_gates(graph)) == expected_text
    point = {name: POINT[name] for name in graph.input_names}
    assert_equal(graph, fuse_gates(graph), point)


@pytest.mark.parametrize(
    ("formula", "expected_text"),
    [
        ("log(sum(exp(x)))", "logsumexp(x)"),
        ("log(sum(e^x))", "logsumexp(x)"),
        ("log(sum(exp(x), axis=-1, keepdims=true))", "logsumexp(x, axis=-1, keepdims=true)"),
        ("log(sum(exp(x*y), axis=(0, 1)))", "logsumexp(x*y, axis=(0, 1))"),
        ("log(sum(exp(x) + 1))", "log(sum(exp(x) + 1))"),
        ("exp(x)/sum(exp(x))", "softmax(x, axis=None)"),
        ("exp(x)/sum(exp(x), keepdims=true)", "softmax(x, axis=None)"),
        ("p = exp(x*y); p/sum(p)", "softmax(x*y, axis=None)"),
        ("exp(x)/sum(exp(x), axis=-1, keepdims=true)", "softmax(x)"),
        ("exp(x)/sum(exp(x), axis=(0, 1), keepdims=true)", "softmax(x, axis=(0, 1))"),
        # without keepdims the sum is broadcast along the first axes
        ("exp(x)/sum(exp(x), axis=0)", "softmax(x, axis=0)"),
        ("exp(x)/sum(exp(x), axis=1)", "exp(x)/sum(exp(x), axis=1)"),
        ("exp(x)/sum(exp(x), axis=-1)", "exp(x)/sum(exp(x), axis=-1)"),
        ("exp(x)/sum(exp(y))", "exp(x)/sum(exp(y))"),
        ("exp(x - max(x))/sum(exp(x - max(x)))", "softmax(x - max(x), axis=None)"),
        ("log(exp(x)/sum(exp(x)))", "log_softmax(x, axis=None)"),
        (
            "p = exp(x)/sum(exp(x), axis=-1, keepdims=true); sum(p*log(p))",
            "p = softmax(x)\nsum(p*log_softmax(x))",
        ),
        ("sqrt(sum(x^2))", "norm(x)"),
        ("sqrt(sum(x*x, axis=0))", "norm(x, axis=0)"),
        ("sqrt(sum((x - y)^2, axis=1, keepdims=true))", "norm(x - y, axis=1, keepdims=true)"),
        ("sqrt(sum(x*y))", "sqrt(sum(x*y))"),
        ("s(u) = exp(u)/sum(exp(u)); s(x)", "s(u) = softmax(u, axis=None)\ns(x)"),
    ],
)
def test_fused_on_arrays(formula: str, expected_text: str) -> None:
    """The function is the same for all shapes."""
    graph = parse(formula)
    gates = fuse_gates(graph, constants=("e", "pi"))
    assert str(gates) == expected_text
    assert str(parse(expected_text)) == expected_text
    for shape in ((3,), (3, 3), (2, 3, 3)):
        point = {
            name: np.cos(np.arange(np.prod(shape)) + place).reshape(shape)
            for place, name in enumerate(name for name in graph.input_names if name != "e")
        }
        try:
            expected_trace = trace(graph, point, upstream=1)
        except GraphdiffError:  # no axis 1, or shapes that do not fit
            continue
        actual = trace(gates, point, upstream=1)
        assert np.allclose(actual.value, expected_trace.value, rtol=1e-13)
        for name in point:
            gradient, expected = np.asarray(actual.gradients[name]), np.asarray(expected_trace.gradients[name])
            assert np.allclose(gradient, expected, rtol=1e-11, atol=1e-13)


def test_e_to_the_power_is_exp_unless_e_is_bound() -> None:
    for text in ("1/(1+e^-x)", "1/(1+e^(-x))", "s(u) = 1/(1+e^-u); s(x)"):
        assert "sigmoid(" in str(fuse_gates(parse(text), constants=("e", "pi")))
        assert "sigmoid(" not in str(fuse_gates(parse(text)))
    for text in ("e = 2; 1/(1+e^-x)", "s(e) = 1/(1+e^-x); s(x)"):
        assert "sigmoid(" not in str(fuse_gates(parse(text), constants=("e", "pi")))


def test_fusing_many_products_takes_linear_space() -> None:
    """p1 = -x*x, p2 = p1*x, …: each product without its sign is added once."""
    products = "; ".join(f"p{i} = p{i - 1}*x" if i else "p0 = -x" for i in range(300))
    graph = parse(f"{products}; " + " + ".join(f"1/(1+exp(p{i}))" for i in range(300)))
    assert len(fuse_gates(graph).nodes) < 3 * len(graph.nodes)


def test_fusing_is_stable_where_the_formula_is_not() -> None:
    for x in (-800.0, 800.0):
        _, gradients = value_and_gradient(fuse_gates(parse("1/(1+exp(-x))")), x=x)
        assert gradients == {"x": 0.0}


def test_expanded() -> None:
    graph = parse("sigma(u) = 1/(1+exp(-k*u)); g(u) = sigma(u)^2; f = g(x) + relu(y)")
    expanded_graph = expand_gates(graph)
    assert str(expanded_graph) == "f = (1/(1 + exp(-k*x)))^2 + max(0, y)"
    assert expanded_graph.input_names == graph.input_names
    assert_equal(graph, expanded_graph, POINT)
    # A body has the place of its call.
    assert {node.span for node in expanded_graph.nodes if node.operation and node.operation.name == "exp"} == {(51, 55)}


def test_expanding_a_gate_that_returns_its_operand() -> None:
    graph = expand_gates(parse("same(u) = u; a = same(x); a*y"))
    assert str(graph) == "x*y"
    assert value_and_gradient(graph, x=2, y=3) == (6, {"x": 3, "y": 2})


@pytest.mark.parametrize(
    ("formula", "slope"),
    [
        ("max(x, 0)", 0),
        ("f(a, b) = max(a, b); f(x, 0)", 0),
        ("f(a, b) = max(a, b); f(0, x)", 0),
        ("f(a, b) = max(a, b); g(u) = f(u, 0)*2; g(x)", 0),
        ("k = 0; f(a) = max(a, k); f(x)", 0),
        ("f(a, b) = max(a, b); f(x, 0*y)", 1),
        ("f(a, b) = max(a, b); f(x, 0) + f(x, y)", 1),
    ],
)
def test_a_constant_takes_ties_inside_a_function_too(formula: str, slope: float) -> None:
    """The gradient is the same for every form of the graph."""
    graph = parse(formula)
    for same in (graph, expand_gates(graph), fuse_gates(graph), parse(str(graph))):
        assert value_and_gradient(same, dict.fromkeys(graph.input_names, 0))[1]["x"] == slope


@pytest.mark.parametrize("name", [name for name, function in prelude().items() if function.is_elementwise])
def test_prelude(name: str) -> None:
    """Each function, expanded, has the same value and gradient, and uses only its parameters."""
    function = prelude()[name]
    assert not function.captures
    point = {parameter: 0.3 + 0.2 * index for index, parameter in enumerate(function.inputs)}
    graph = parse(f"{name}({', '.join(function.inputs)})")
    assert_equal(graph, expand_gates(graph), point)
    (step,) = trace(graph, point).forward
    assert step.value == value_and_gradient(graph, point)[0]
