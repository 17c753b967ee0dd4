"""The trace in the Python API."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import graphdiff
from graphdiff import GraphdiffError, check, compile, parse, trace, value_and_gradient
from graphdiff.algebra.rewrite import select_outputs

PRODUCT = {"x": -2, "y": 5, "z": -4}


def test_value_and_gradient() -> None:
    expected = (-12.0, {"x": -4.0, "y": -4.0, "z": 3.0})
    assert value_and_gradient("(x + y) * z", x=-2, y=5, z=-4) == expected
    assert value_and_gradient("(x + y) * z", PRODUCT) == expected
    assert value_and_gradient(parse("(x + y) * z"), {"x": -2, "y": 5}, z=-4) == expected


def test_steps() -> None:
    result = trace("(x + y) * z", PRODUCT)
    assert [(step.step, step.label, step.value) for step in result.forward] == [(1, "v1", 3), (2, "v2", -12)]
    first, second = result.backward
    assert (first.label, first.upstream, second.label, second.upstream) == ("v2", 1, "v1", -4)
    assert [(edge.operand, edge.local.formula, edge.local.values, edge.downstream) for edge in first.edges] == [
        ("v1", "z", -4, -4),
        ("z", "v1", 3, 3),
    ]
    local = first.edges[0].local
    assert (local.structure, local.jacobian_shape) == ("diagonal", ())
    assert (result.value, result.gradients, result.point) == (-12, {"x": -4, "y": -4, "z": 3}, PRODUCT)
    assert repr(result) == "<Trace of value -12.0 and gradients {'x': -4.0, 'y': -4.0, 'z': 3.0}>"


def test_a_trace_twice_is_the_same() -> None:
    """Nothing is kept on a graph: a second backward pass does not add to the first."""
    graph = parse("x*x*y")
    assert trace(graph, {"x": 3, "y": 2}).gradients == trace(graph, {"x": 3, "y": 2}).gradients


def test_two_edges_to_one_operand() -> None:
    result = trace("x*x", {"x": 3})
    (fan_out,) = result.accumulations
    assert [(term.through, term.value) for term in fan_out.terms] == [("v1", 3), ("v1", 3)]
    assert result.gradients == {"x": 6}


def test_fan_out_of_many_terms_adds_from_the_last() -> None:
    """The terms, added in order, are the gradient to the last bit; a compensated sum would differ."""
    for formula in (" + ".join(f"x*{k / 7}" for k in range(50)), "x*1e16 + x*1 + x*-1e16 + x*0.1*10"):
        result = trace(formula, {"x": 1})
        (fan_out,) = result.accumulations
        total = 0.0
        for term in reversed(fan_out.terms):
            total += term.value
        assert total == fan_out.gradient == result.gradients["x"]


def test_constants_and_inputs_alone() -> None:
    assert value_and_gradient("x", x=3) == (3, {"x": 1})
    assert value_and_gradient("2 + 3") == (5, {})
    assert trace("a = x; a", {"x": 3}).forward == []


def test_what_the_output_does_not_need() -> None:
    """It is not evaluated, and its input is listed with gradient 0, with or without a value."""
    assert value_and_gradient("a = log(y); x^2", x=3) == (9, {"x": 6, "y": 0})
    assert value_and_gradient("f(x, y) = x^2", x=3, y=1) == (9, {"x": 6, "y": 0})
    assert value_and_gradient("f(u) = k*u; x^2", x=3, k=2) == (9, {"x": 6, "k": 0})
    assert len(trace("a = log(y); x^2", {"x": 3}).forward) == 1


def test_wrt() -> None:
    result = trace("(x + y)*z", PRODUCT, wrt=["y"])
    assert result.gradients == {"y": -4}
    assert [[edge.operand for edge in step.edges] for step in result.backward] == [["v1"], ["y"]]
    assert trace("xx*y", {"xx": 1, "y": 2}, wrt="xx").gradients == {"xx": 2}
    with pytest.raises(GraphdiffError, match="'q' is an intermediate value, not an input"):
        trace("q = x*2; q^2", {"x": 1}, wrt="q")
    with pytest.raises(GraphdiffError, match="no input 'w'"):
        trace("(x + y)*z", PRODUCT, wrt=["w"])


def test_upstream() -> None:
    assert trace("(x + y)*z", PRODUCT, upstream=2).gradients == {"x": -8, "y": -8, "z": 6}


def test_constants_that_can_be_shadowed() -> None:
    assert value_and_gradient("pi*x", x=1) == (math.pi, {"x": math.pi})
    assert value_and_gradient("pi*x", x=1, pi=3) == (3, {"pi": 1, "x": 3})
    assert value_and_gradient("e = 2*x; e^2", x=1) == (4, {"x": 8})
    assert trace("e*x", {"x": 1}, wrt=["e"]).gradients == {"e": 1}


def test_automatic_names_skip_names_in_use() -> None:
    assert [step.label for step in trace("v1*v2 + v3*x", {"v1": 1, "v2": 2, "v3": 3, "x": 4}).forward] == [
        "v4",
        "v5",
        "v6",
    ]


def test_output() -> None:
    graph = select_outputs(parse("q = x + y; f = q*z"), ["q"])
    assert value_and_gradient(graph, x=1, y=2) == (3, {"x": 1, "y": 1, "z": 0})
    assert value_and_gradient(select_outputs(parse("(x + y)*z"), ["v1"]), x=1, y=2)[0] == 3
    for name in ("w", "2", "v3"):
        with pytest.raises(GraphdiffError, match=f"no node is named '{name}'"):
            select_outputs(parse("q = x + y; 2*q*z"), [name])


def test_a_selected_node_keeps_its_label() -> None:
    graph = parse("a = x*2 + 1; (x + y)*z - sin(y)")
    assert [step.label for step in trace(graph, {"x": 1, "y": 2, "z": 3}).forward] == ["v1", "v2", "v3", "v4"]
    assert [step.label for step in trace(select_outputs(graph, ["v3"]), {"y": 2}).forward] == ["v3"]
    assert [step.label for step in trace(select_outputs(graph, ["a"]), {"x": 2}).forward] == ["v5", "a"]


@pytest.mark.parametrize(
    ("formula", "point", "kinks"),
    [
        ("max(x, y)", {"x": 1, "y": 1}, ["tie: all to x"]),
        ("max(x, 1)", {"x": 1}, ["tie: all to 1"]),
        ("abs(x)", {"x": 0}, ["slope 0 at 0"]),
        ("relu(x)", {"x": 0}, ["tie: all to 0"]),
        ("hypot(x, y)", {"x": 0, "y": 0}, ["slope 0 at 0"]),
        ("clip(x, 0, 1)", {"x": 1}, ["slope 0 at a bound, which takes the gradient"]),
        ("floor(x)", {"x": 1}, ["slope 0 at a jump"]),
        ("round(x)", {"x": 1.5}, ["slope 0 at a jump"]),
        ("max(x, y)", {"x": 1, "y": 2}, [None]),
        ("relu(x)", {"x": 1}, [None]),
        ("where(x > 0, x, abs(x - 1))", {"x": 1}, [None]),
    ],
)
def test_kinks(formula: str, point: dict[str, float], kinks: list[str | None]) -> None:
    assert [step.kink for step in trace(formula, point).backward] == kinks


@pytest.mark.parametrize(
    ("formula", "x", "slope"),
    [
        ("where(x > 0, log(x), x)", 0, 1),
        ("where(x > 0, x*log(x), 0)", 0, 0),
        ("where(x >= 1, sqrt(x - 1), x)", 1 - 1e-9, 1),
        ("max(0, log(x))", 0, 0),
        ("max(2, sqrt(x))", 0, 0),
        ("relu(log(x))", 0, 0),
        ("clip(log(x), -1, 1)", 0, 0),
        ("x + 0*(log(x) > 0)", 0, 1),
        ("x + sign(sqrt(x))", 0, 1),
    ],
)
def test_a_closed_gate_sends_nothing_back(formula: str, x: float, slope: float) -> None:
    """Not even 0 · inf = NaN: the derivative exists."""
    assert value_and_gradient(formula, x=x)[1] == {"x": slope}


def test_an_indeterminate_slope_is_nan() -> None:
    """sqrt(x)^2 has 0 · inf on its only path; a 0 would be wrong."""
    assert math.isnan(value_and_gradient("sqrt(x)^2", x=0)[1]["x"])


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ({"x": 1}, "no value for y, z"),
        ({"x": "one", "y": 1, "z": 1}, "the value of 'x' is not a number: 'one'"),
        ({"x": None, "y": 1, "z": 1}, "the value of 'x' is not a number: None"),
        ({"x": 10**400, "y": 1, "z": 1}, "the value of 'x' is too large"),
        ({"x": 1, "y": 1, "z": 1, "w": 1}, "the expression has no input 'w'"),
    ],
)
def test_points_that_do_not_fit(point: dict[str, object], message: str) -> None:
    with pytest.raises(GraphdiffError, match=message):
        value_and_gradient("(x + y)*z", point)


def test_a_joined_name_is_a_hint() -> None:
    with pytest.raises(GraphdiffError) as caught:
        value_and_gradient("xy + x", x=1, y=2)
    assert caught.value.hint == "did you mean x*y instead of xy?"


def test_formulas_of_gates() -> None:
    """A gate's printed derivative is that of its graph, simplified, in the labels at the call."""

    def formulas(text: str, **point: float) -> list[str]:
        return [edge.local.formula for step in trace(text, point).backward for edge in step.edges]

    assert formulas("s(u) = 1/(1+exp(-u)); s(x)", x=1) == ["exp(-x)/(1 + exp(-x))^2"]
    assert formulas("f(u, v) = u^2*v; f(x, y)", x=1, y=2) == ["2*x*y", "x^2"]
    assert formulas("leaky_relu(x, 0.1)", x=-1) == ["0.1"]
    assert formulas("leaky_relu(x, 0.1)", x=1) == ["1"]
    assert formulas("x^3", x=2) == ["3*x^2"]
    assert formulas("x^n", x=2, n=3) == ["n*x^(n - 1)", "v1*log(x)"]
    assert formulas("1/x", x=2) == ["-1/x^2"]
    assert formulas("k*x", k=2, x=1) == ["x", "k"]
    assert formulas("c + x", c=2, x=1) == ["1", "1"]
    long = "f(u) = " + "*".join(["sin(u)"] * 100) + "; f(x)"
    assert formulas(long, x=1) == ["∂f/∂u"]
    doubling = "g(u) = u*u + u; f(u) = " + "g(" * 24 + "u" + ")" * 24 + "; f(x)"
    assert formulas(doubling, x=1) == ["∂f/∂u"]  # its text would have 10^8 letters
    many = ", ".join(f"u{i}" for i in range(200))
    assert formulas(
        f"f({many}) = {many.replace(',', ' +')}; f({many.replace('u', 'x')})", **{f"x{i}": 1 for i in range(200)}
    )[:2] == ["∂f/∂u0", "∂f/∂u1"]
    assert formulas("x^3.141592653589793", x=2) == ["pi*x^(pi - 1)"]
    assert formulas("x^1.1", x=2) == ["1.1*x^0.1"]
    assert formulas("e = 3; pi*erf(x)*e", x=2, pi=3)[-1] == "2*exp(-x^2)/sqrt(3.141592653589793)"


def test_the_printed_formula_is_the_number() -> None:
    """Every formula, evaluated by the language itself at the step's own numbers, is the local derivative."""
    text = "f(u) = u*tanh(u); q = atan2(x, y)*hypot(x, y); gelu(q) + f(x)^3 + clip(y, 0, 5) + sigmoid(x*y)/erf(x)"
    result = trace(text, {"x": 0.7, "y": 1.2})
    values = dict(zip(result.graph.labels, result.values, strict=True))
    checks = 0
    for step in result.backward:
        for edge in step.edges:
            graph = parse(edge.local.formula)
            point = {name: values[name] for name in graph.input_names if name in values}
            assert value_and_gradient(graph, point)[0] == pytest.approx(edge.local.values, rel=1e-12)
            checks += 1
    assert checks > 20


def test_version() -> None:
    assert graphdiff.__version__


@pytest.mark.parametrize(
    "use",
    [
        lambda point: trace("μ*2", point),
        lambda point: trace("μ*2", point, precision=20),
        lambda point: check("μ*2", point),
        lambda point: value_and_gradient("μ*2", point),
        lambda point: compile("μ*2", backend="numpy")(**point),
    ],
)
def test_a_name_that_is_written_in_two_ways(use: Callable[[Any], Any]) -> None:
    """The micro sign and mu are one name."""
    with pytest.raises(GraphdiffError, match="duplicate name 'μ'"):
        use({"\u00b5": 1, "\u03bc": 2})


def test_formulas_of_other_traces_are_not_mistaken_for_these() -> None:
    """Formulas that hold at every point are kept from one trace to the next."""

    def formulas(text: str, **point: float) -> list[str]:
        return [edge.local.formula for step in trace(text, point).backward for edge in step.edges]

    assert formulas("x * y", x=1, y=2) == ["y", "x"]
    assert formulas("x * x", x=1) == ["x", "x"]
    assert formulas("x * 2", x=1) == formulas("x * 2", x=3) == ["2"]
    assert formulas("x * -0.0", x=1) == ["-0.0"]
    assert formulas("x * 0.0", x=1) == ["0"]
    assert formulas("leaky_relu(x, 0.1)", x=-1) == ["0.1"]
    assert formulas("leaky_relu(x, 0.1)", x=1) == ["1"]
    assert formulas("x * pi", x=1) == ["3.141592653589793"]
    assert formulas("x * pi", x=1, pi=3) == ["pi", "x"]
