"""Traces collapsed to their named nodes: numbers are those of the whole trace, local derivatives those of formulas."""

from __future__ import annotations

import pickle
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphdiff
from graphdiff.algebra.collapse import collapse
from graphdiff.algebra.expand import expand_gates
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import FormulaGate
from graphdiff.graph.graph import Graph
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.collapse import collapse_trace
from graphdiff.passes.forward import evaluate
from graphdiff.passes.paths import chain_rules
from graphdiff.passes.trace import Trace
from graphdiff.writing.text import operation_of
from support import examples

STEP = 1e-6
"""Of differences, whose error is about its square."""


def assert_is_whole(whole: Trace, collapsed: Trace) -> None:
    """The numbers are those of the whole trace, and edges and paths add up to them."""
    assert collapsed.value is whole.value
    assert collapsed.gradients is whole.gradients
    values = {label: value for label, value in zip(whole.graph.labels, whole.values, strict=True) if value is not None}
    upstreams = {step.label: step.upstream for step in whole.backward}
    for forward in collapsed.forward:
        np.testing.assert_array_equal(forward.value, values[forward.label])
    for backward in collapsed.backward:
        np.testing.assert_array_equal(backward.upstream, upstreams[backward.label])
    for fan in collapsed.accumulations:
        total = sum(np.asarray(term.value) for term in fan.terms)
        np.testing.assert_allclose(total, fan.gradient, rtol=1e-9, atol=1e-9)
    for rule in chain_rules(collapsed, 50):
        if rule.path_count:
            terms = [*(path.value for path in rule.paths), *([] if rule.rest is None else [rule.rest])]
            total = sum(np.asarray(term) for term in terms)
            np.testing.assert_allclose(total, np.asarray(rule.total), rtol=1e-9, atol=1e-9)


def assert_local(collapsed: Trace) -> None:
    """Every edge agrees with differences of its gate."""
    for step in collapsed.backward:
        node = step.node
        operands = [collapsed.values[index] for index in node.operands]
        for edge in step.edges:
            chance = np.random.default_rng(edge.slot)
            direction = chance.uniform(-1, 1, np.shape(operands[edge.slot]))[()]
            sides = [
                evaluate(node, moved(operands, edge.slot, sign * STEP * direction), collapsed.op) for sign in (1, -1)
            ]
            difference = np.sum(step.upstream * (np.asarray(sides[0]) - np.asarray(sides[1]))) / (2 * STEP)
            expected = np.sum(np.asarray(edge.downstream) * direction)
            assert expected == pytest.approx(difference, rel=1e-4, abs=1e-5), (step.label, edge.operand)


def moved(operands: Sequence[Any], slot: int, move: Any) -> list[Any]:
    result = [*operands]
    result[slot] = operands[slot] + (float(move) if isinstance(operands[slot], float) else move)
    return result


def nested(draws: random.Random, names: Sequence[str], depth: int) -> str:
    """A random formula of names and numbers."""
    if depth == 0 or draws.random() < 0.1:
        return draws.choice([*names, *names, "2", "0.5"])
    parts = [nested(draws, names, depth - 1) for _ in range(2)]
    forms = ["{0} + {1}", "({0})*({1})", "{0} - ({1})", "sin({0})", "exp(-({0})^2)", "tanh({0})", "({0})/(3 + ({1})^2)"]
    return draws.choice(forms).format(*parts)


def random_program(seed: int) -> str:
    draws = random.Random(seed)
    names = ["x", "y", "z"]
    lines = []
    for number in range(4):
        lines.append(f"n{number} = {nested(draws, names, 3)}")
        names.append(f"n{number}")
    return "\n".join([*lines, " + ".join([*names[3:], "x + y + z"])])


@pytest.mark.parametrize("shape", [(), (2, 3)], ids=["numbers", "arrays"])
def test_random_programs(shape: tuple[int, ...]) -> None:
    for seed in range(6):
        text = random_program(seed)
        chance = np.random.default_rng(seed)
        point: dict[str, Any] = {name: chance.uniform(-2, 2, shape)[()] for name in "xyz"}
        if shape:
            point["y"] = point["y"][0]  # is broadcast
            text = f"{text.rsplit(chr(10), 1)[0]}\ns = {text.rsplit(chr(10), 1)[1]}\nsum(cos(s))"
        whole = graphdiff.trace(text, point)
        collapsed = collapse_trace(whole)
        assert len(collapsed.forward) <= 6
        assert_is_whole(whole, collapsed)
        assert_local(collapsed)
        again = graphdiff.trace(collapse(whole.graph).graph, point)
        np.testing.assert_allclose(again.value, whole.value, rtol=1e-12)
        for name, gradient in whole.gradients.items():
            np.testing.assert_allclose(again.gradients[name], gradient, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("program", examples.PROGRAMS, ids=lambda path: path.stem)
@pytest.mark.sampled(8)
def test_examples(program: Path) -> None:
    source, point = examples.read(program)
    whole = graphdiff.trace(source, point)
    assert_is_whole(whole, collapse_trace(whole))


PROGRAM = "z = w*x + b; a = sigmoid(z); L = -(y*log(a) + (1-y)*log(1-a))"


def edges(trace: Trace) -> dict[tuple[str, str], tuple[str, Any]]:
    return {
        (step.label, edge.operand): (edge.local.formula, edge.local.values)
        for step in trace.backward
        for edge in step.edges
    }


def test_a_course() -> None:
    trace = collapse_trace(graphdiff.trace(PROGRAM, w=2, x=1, b=-1, y=1))
    assert [step.label for step in trace.backward] == ["L", "a", "z"]
    locals_by_edge = edges(trace)
    assert locals_by_edge["L", "a"] == ("(1 - y)/(1 - a) - y/a", pytest.approx(-1 / trace.forward[1].value))
    assert locals_by_edge["a", "z"][0] == "(1 - a)*a"
    assert locals_by_edge["z", "w"] == ("x", 1.0)
    assert operation_of(trace.graph, trace.forward[0].node) == "w*x + b"
    assert {step.label: step.node.operation and step.node.operation.name for step in trace.forward} == {
        "z": "z",
        "a": "sigmoid",
        "L": "L",
    }


@pytest.mark.parametrize("text", [PROGRAM, "a = sigmoid(w*x + b); L = -(y*log(a) + (1-y)*log(1-a))"], ids=len)
def test_digits_are_kept(text: str) -> None:
    """Of 1 - a, where a is rounded to 1."""
    whole = graphdiff.trace(text, w=40, x=1, b=0, y=0)
    collapsed = collapse_trace(whole)
    assert_is_whole(whole, collapsed)
    assert whole.gradients["w"] == pytest.approx(1)
    by_edge = {(step.label, edge.operand): edge.downstream for step in collapsed.backward for edge in step.edges}
    last = ("z", "w") if ("z", "w") in by_edge else ("a", "w")
    assert by_edge[last] == pytest.approx(1)
    assert edges(collapsed)["L", "a"][1] == pytest.approx(float(np.exp(40) + 1))


def test_kinks() -> None:
    tie = collapse_trace(graphdiff.trace("m = 2*max(x, y) + x; m^2", x=1, y=1))
    assert tie.differentiable is False
    assert [step.kink for step in tie.backward if step.label == "m"] == ["tie: all to x"]
    smooth = collapse_trace(graphdiff.trace("f = relu(x) - relu(-x); g = 3*f + 1", x=0))
    assert (smooth.differentiable, smooth.gradients["x"]) == (True, 3.0)
    assert edges(smooth)["f", "x"] == ("x > 0", 1.0)
    inner = collapse_trace(graphdiff.trace("f = relu(2*x) - relu(-2*x)", x=0))
    assert edges(inner)["f", "x"] == ("where(2*x > 0, 2, 0) + where(-2*x > 0, 2, 0)", 2.0)
    limit = collapse_trace(graphdiff.trace("s = where(x == 0, 1, sin(x)/x + x); 2*s", x=0))
    assert limit.limits == ("x",)
    (rule,) = chain_rules(limit, 9)
    assert (rule.total, rule.gradient) == (0.0, 2.0)


def test_accuracy() -> None:
    whole = graphdiff.trace("u = 1 - exp(-x); u/x", x=1e-12)
    assert collapse_trace(whole).accuracy == whole.accuracy != ()


def test_precision() -> None:
    """All numbers have the digits that were asked for: 1/9 is 0.111… in both."""
    collapsed = collapse_trace(graphdiff.trace("u = x*x + 1/3; v = u*u*y", x=0, y=3, precision=40))
    by_edge = {(step.label, edge.operand): str(edge.downstream) for step in collapsed.backward for edge in step.edges}
    assert by_edge["v", "y"].startswith(f"0.{'1' * 39}")


def test_pickles() -> None:
    trace = collapse_trace(graphdiff.trace(PROGRAM, w=2, x=1, b=-1, y=1))
    again = pickle.loads(pickle.dumps(trace))
    assert edges(again) == edges(trace)
    assert [step.label for step in again.forward] == ["z", "a", "L"]


@pytest.mark.parametrize(
    ("text", "gates"),
    [
        ("1/(1+exp(-(w*x+b)))", {"v6": "1/(1 + exp(-(w*x + b)))"}),
        ("q = x + y; q*z", {"q": "x + y", "v1": "q*z"}),
        ("q = 2*3; q*x + 1", {"q": "2*3", "v2": "q*x + 1"}),
        ("n = 3; q = (x + n)*2; q", {"q": "(x + n)*2"}),
        ("a = x*x*x; a/(a + 1)", {"a": "x*x*x", "v3": "a/(a + 1)"}),
        ("-(x + y)*2", {"v3": "-(x + y)*2"}),
        ("`a b` = x + 1; `a b`^2*`<b>`", {"a b": "x + 1", "v2": "`a b`^2*`<b>`"}),
        ("f(u) = u^2; y = f(x) + f(2*x)", {"y": "f(x) + f(2*x)"}),
        ("c = 3; f(u) = u^2 + c*d; d = x + 1; y = f(x)*2", {"d": "x + 1", "y": "f(x)*2"}),
        ("x", {}),
        ("2", {}),
    ],
    ids=str,
)
def test_gates(text: str, gates: Mapping[str, str]) -> None:
    graph = collapse(graphdiff.parse(text)).graph
    nodes = [node for node in graph.nodes if node.operation is not None]
    assert {graph.labels[node.index]: operation_of(graph, node) for node in nodes} == gates
    point = {name: 0.5 + place for place, name in enumerate(graph.input_names)}
    whole = graphdiff.trace(text, point)
    assert_is_whole(whole, collapse_trace(whole))


def test_unnamed_nodes_of_several_gates_stay() -> None:
    """The argument of a function that is opened up is such a node, where the function's body uses it twice."""
    graph = expand_gates(graphdiff.parse("f(u) = u*exp(u); y = f(x + 1)"))
    assert [node.operation is not None for node in collapse(graph).graph.nodes] == [False, True]
    builder = GraphBuilder()
    x = builder.input("x")
    shared = builder.apply(PRIMITIVES["exp"], [x])
    one, other = (builder.rename(builder.apply(PRIMITIVES[name], [shared]), name) for name in ("sin", "cos"))
    output = builder.apply(PRIMITIVES["mul"], [one, other])
    graph = collapse(Graph(builder.nodes, builder.inputs, [output.index])).graph
    assert list(graph.labels) == ["x", "v1", "sin", "cos", "v2"]


def test_long_formulas_are_calls() -> None:
    text = "s = " + " + ".join(f"sin({number}*x)" for number in range(200)) + "; s^2"
    whole = graphdiff.trace(text, x=0.3)
    collapsed = collapse_trace(whole)
    assert_is_whole(whole, collapsed)
    gate = collapsed.forward[0].node
    assert operation_of(collapsed.graph, gate) == "s(x)"
    assert not isinstance(gate.operation, FormulaGate)
    assert edges(collapsed)["s", "x"][0] == "∂s/∂x"


def test_large_formulas() -> None:
    text = "s = " + " + ".join(["x*y"] * 500) + "; s*2"
    collapsed = collapse_trace(graphdiff.trace(text, x=1, y=2))
    assert len(collapsed.forward) == 2
    assert collapsed.gradients == {"x": 2000.0, "y": 1000.0}
