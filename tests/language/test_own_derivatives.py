"""A definition with its own derivative: its syntax, its meaning, and its errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from graphdiff import GraphdiffError, derivative, parse, trace, value_and_gradient
from graphdiff.algebra.expand import expanded
from graphdiff.algebra.fuse import fused

SIGMA = "sigma(u) = 1/(1 + exp(-u)) with y*(1 - y)"


@pytest.mark.parametrize(
    ("text", "point", "gradients"),
    [
        # the word gate may stand before a definition, and need not
        ("gate f(u) = u^2 with 5*u; f(x)", {"x": 3}, {"x": 15}),
        ("f(u) = u^2 with 5*u; f(x)", {"x": 3}, {"x": 15}),
        ("gate f(u) = u^2; f(x)", {"x": 3}, {"x": 6}),
        ("gate f(u) = u^2 with 5*u", {"u": 3}, {"u": 15}),
        # y is the value, unless a parameter is called so
        ("f(u) = u^2 with y; f(x)", {"x": 3}, {"x": 9}),
        ("f(u, y) = u*y with y, u; f(a, b)", {"a": 3, "b": 4}, {"a": 4, "b": 3}),
        ("f(u) = u^2 with y; f(x)*y", {"x": 3, "y": 2}, {"x": 18, "y": 9}),
        # one by each parameter, in their order; what begins an operand may begin a derivative
        ("f(u, v) = u*v with 2, 3; f(a, b)", {"a": 3, "b": 4}, {"a": 2, "b": 3}),
        ("f(u) = cos(u) with -sin(u); f(x)", {"x": 0}, {"x": 0}),
        ("f(u) = (u) with (2)u; f(x)", {"x": 3}, {"x": 6}),
        ("f(u) = u² with √y; f(x)", {"x": 3}, {"x": 3}),
        ("f(u) = u with .5; f(x)", {"x": 3}, {"x": 0.5}),
        ("f(u) = u with u > 2 # a step\nf(x)", {"x": 3}, {"x": 1}),
        ("f(u, k=2) = k*u with 10*k; f(x) + f(x, k=3)", {"x": 1}, {"x": 50}),
        # names of the program: by those of the body holds its derivative, and those of `with` alone have none
        ("f(u) = k*u with 7; f(x)", {"x": 3, "k": 2}, {"x": 7, "k": 3}),
        ("f(u) = u^2 with k*u; f(x)", {"x": 3, "k": 2}, {"x": 6, "k": 0}),
        ("k = 2*x; f(u) = u^2 with k; f(x)", {"x": 3}, {"x": 6}),
        ("reverse(u, k) = u with -k, 0; reverse(a, b)", {"a": 3, "b": 2}, {"a": -2, "b": 0}),
        ("step(u) = round(u) with 1; step(x)^2", {"x": 2.2}, {"x": 4}),
        ("circle(r) = pi*r^2 with 2*pi*r; circle(x)/pi", {"x": 3}, {"x": 6}),
        # the derivative of one gate may use another, defined behind it too
        ("f(u) = g(u) with g(u); g(u) = u^2 with 100; f(x)", {"x": 3}, {"x": 9}),
        # gate, with and y are names as any other
        ("gate*with + y", {"gate": 2, "with": 3, "y": 5}, {"gate": 3, "with": 2, "y": 1}),
        ("gate = 2*x; with = 3*x; y = gate + with; y^2", {"x": 1}, {"x": 50}),
        ("gate(with) = 2*with; gate(x) + gate (x)", {"x": 1}, {"x": 4}),
        ("with(gate) = 2*gate; with(x) + 2 with (x)", {"x": 1}, {"x": 6}),
        ("(gate)with", {"gate": 2, "with": 3}, {"gate": 3, "with": 2}),
        ("2 with + 3", {"with": 3}, {"with": 2}),
        ("f(with) = 2with; f(x)", {"x": 3}, {"x": 2}),
        ("f(with) = 1 + with - 2; f(x)", {"x": 3}, {"x": 1}),
        ("f(with) = with with 3*with; f(x)", {"x": 3}, {"x": 9}),
        ("f(gate) = gate^2 with gate; f(x)", {"x": 3}, {"x": 3}),
        ("without = 2*x; with_ = 3*x; without*with_", {"x": 1}, {"x": 12}),
    ],
)
def test_meaning(text: str, point: dict[str, float], gradients: dict[str, float]) -> None:
    graph = parse(text)
    assert value_and_gradient(graph, point)[1] == gradients
    assert value_and_gradient(fused(graph), point)[1] == gradients
    again = parse(str(graph))
    assert value_and_gradient(again, point)[1] == gradients
    assert str(again) == str(graph)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        (f"gate {SIGMA}; sigma(x)", f"{SIGMA}\nsigma(x)"),
        (f"gate {SIGMA}", f"{SIGMA}\nsigma(u)"),
        ("mul(a,b)=a*b with b,a;q=mul(x,k);q*q", "mul(a, b) = a*b with b, a\nq = mul(x, k)\nq*q"),
        ("f(u)=u with -u;g(u)=f(u)^2;g(x)", "f(u) = u with -u\ng(u) = f(u)^2\ng(x)"),
        ("h(u)=u;f(u)=u with h(u);f(x)", "h(u) = u\nf(u) = u with h(u)\nf(x)"),
        ("f(u)=max(u,0) with u>0;f(3)*x", "f(u) = max(u, 0) with u > 0\nf(3)*x"),
        ("f(u,k=2)=k*u with k;f(x)+f(x,3)", "f(u) = 2*u with 2\nf_2(u) = 3*u with 3\nf(x) + f_2(x)"),
    ],
)
def test_printed(text: str, printed: str) -> None:
    assert str(parse(text)) == printed
    assert str(parse(printed)) == printed


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("f(u) = u with 1, 2; f(x)", "1, 2", "f has 1 parameter and, after 'with', 2 derivatives", "by u"),
        ("f(u, v) = u with 1; f(x, x)", "1", "f has 2 parameters and, after 'with', 1 derivative", "by u, v"),
        ("f() = 3 with 1; x", "1", "f has 0 parameters and, after 'with', 1 derivative", None),
        ("q = 3*x with 2", "with", "'with' gives a gate its own derivative, and this defines none", "sigma(u) = "),
        ("gate x = 3", "gate x", "what stands left of '=' is a name or a definition f(x, y)", "gate f(x) = …"),
        (
            "gat f(u) = u with 1; f(x)",
            "gat f(u)",
            "what stands left of '=' is a name or a definition f(x, y)",
            "did you mean f(u) = …?",
        ),
        ("f(u) = u with 1 with 2", "with", "a second 'with'", "','"),
        ("f(u) = (u with 1)", "u with", "'with' is no operator", "behind its definition"),
        ("x with 2", "x with", "'with' is no operator", "behind its definition"),
        ("f(u) = u with; f(x)", "u with", "'with' is no operator", "behind its definition"),
        ("gate f(u)", "gate f(u)", "'gate' is no operator", "gate f(x) = …"),
        ("f(u) = u with 1,; f(x)", ";", "the line ends too early", "brackets"),
        ("f(u) = u with +; f(x)", ";", "the line ends too early", "brackets"),
        ("f(u) = u with 2 3; f(x)", "2 3", "two numbers side by side", "2*3"),
        ("f(u) = u with g(u); f(x)", "g", "unknown function 'g'", None),
        ("f(u) = u with f(u); f(x)", "f", "function 'f' calls itself", "recursion"),
        (
            "f(u) = sum(u) with 1; f(x)",
            "sum(u)",
            "a gate with its own derivative works entry by entry: sum has no place in it",
            "without 'with'",
        ),
        (
            "f(u) = u with dot(u, u); f(x)",
            "dot(u, u)",
            "a gate with its own derivative works entry by entry: dot has no place in it",
            "without 'with'",
        ),
        (
            "f(u) = u + [1, 2] with 1; x",
            "[1, 2]",
            "a gate with its own derivative works entry by entry: an array has no place in it",
            "without 'with'",
        ),
        (
            "f(u) = u*y with y; f(x)",
            "y",
            "'y' is the gate's value here, and in its body a name of the program",
            "rename",
        ),
    ],
)
def test_errors(text: str, place: str, message: str, hint: str | None) -> None:
    with pytest.raises(GraphdiffError) as caught:
        parse(text)
    error = caught.value
    assert error.message == message
    assert error.span is not None
    assert text[slice(*error.span)] == place
    assert hint is None or hint in (error.hint or "")


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("f(u) = u^2 with 2*k; f(x)", "k", "--at k=1"),
        ("f(u) = u^2*k; g(u) = f(u); g(x)", "k", "--at k=1"),
        ("f(u) = u^2 with; f(x)", "with", "f(x) = x^2 with 2*x"),
    ],
)
def test_a_missing_value_is_told_where_it_stands(text: str, place: str, hint: str) -> None:
    with pytest.raises(GraphdiffError, match=f"no value for {place}") as caught:
        trace(text, x=1)
    assert caught.value.span is not None
    assert text[slice(*caught.value.span)] == place
    assert hint in (caught.value.hint or "")


def test_a_derivative_larger_than_the_value_is_refused() -> None:
    with pytest.raises(GraphdiffError, match=r"reverse: its derivative by u is \(2,\), its value a number"):
        trace("reverse(u, k) = u with -k, 0; sum([1, 1]*reverse(a, b))", a=1, b=[1, 2])


def test_expanded_the_derivative_of_the_body_holds() -> None:
    graph = parse("f(u) = u^2 with 100; g(u) = f(u) + u; g(x) + f(2*x)")
    assert value_and_gradient(graph, x=3)[1] == {"x": 301}
    assert value_and_gradient(expanded(graph), x=3)[1] == {"x": 31}
    assert str(expanded(graph)) == "x^2 + x + (2*x)^2"


def test_a_tie_with_a_constant_goes_to_it_in_the_derivative_too() -> None:
    """The second derivative by u of a gate whose own derivative is max(u, v), at u = v."""
    for call, slope in (("f(x, 0)", 0), ("f(x, k)", 1)):
        graph = derivative(f"f(u, v) = u + v with max(u, v), 0; {call}", "x")
        assert value_and_gradient(graph, dict.fromkeys(graph.input_names, 0))[1]["x"] == slope


def test_it_is_shown_as_one_gate_with_its_own_derivative(command: Callable[..., Any]) -> None:
    words = (f"gate {SIGMA}; s = sigma(w*x)", "--at", "w=2,x=0.5")
    document = json.loads(command("eval", *words, "--json").out)
    step = document["backward"][0]
    assert (step["op"], step["node"]) == ("sigma", "s")
    assert [edge["formula"] for edge in step["edges"]] == ["s*(1 - s)"]
    assert step["edges"][0]["local"] == pytest.approx(0.19661193324148185, rel=1e-14)
    assert "s*(1 - s)" in command("eval", *words).out
    assert "s*(1 - s) · x = 0.196612 · 0.5" in command("explain", *words).out
    assert "sigma" in command("draw", *words).out
    assert command("eval", *words, "--expand").out.partition("Forward")[2].count("sigma") == 0
    latex = command("compile", words[0], "--to", "latex").out
    assert r"\frac{\partial \operatorname{sigma}}{\partial u} = " in latex
    assert "sigma(u) = 1/(1 + exp(-u)) with y*(1 - y)" in command("diff", words[0], "--wrt", "w").out


def test_it_works_on_rows(command: Callable[..., Any]) -> None:
    done = command("map", "f(u) = u^2 with 100*u; f(x)", "--data", "-", stdin=b"x\n1\n2\n")
    assert done.out.split() == ["x,value,d_x", "1,1.0,100.0", "2,4.0,200.0"]


def test_size() -> None:
    """Neither many gates nor the word over and over costs more than time in proportion."""
    many = "; ".join(f"f{i}(u) = u with {i}" for i in range(3000))
    assert value_and_gradient(f"{many}; f2999(x)", x=1)[1] == {"x": 2999}
    with pytest.raises(GraphdiffError):
        parse("f(u) = u" + " with" * 10**5)
    with pytest.raises(GraphdiffError):
        parse("f(u) = u" + " with u" * 10**5)
    lines = ["f0(u) = u with u", *(f"f{i}(u) = u with f{i - 1}(u)*f{i - 1}(u)" for i in range(1, 60)), "f59(y)"]
    with pytest.raises(GraphdiffError, match="operations; the limit is 1,000,000"):
        parse("\n".join(lines))
