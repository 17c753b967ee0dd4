"""Loops in generated code: what each language returns is that of the trace, and no step is written out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from graphdiff import compile, parse, trace
from graphdiff.graph.graph import Graph
from graphdiff.targets.definitions import execute
from graphdiff.targets.generate import source_of
from graphdiff.targets.registry import Target
from support.languages import EACH_LANGUAGE, EACH_NESTED, expressible, run_all, skip_without
from support.programs import Case, assert_is_the_trace

PROGRAMS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "newton": ("fold(h/2 + x/(2*h) for t in range(5), h=1)", {"x": 2.0}),
    "two-values": (
        "p, v = fold((p + dt*v, v - dt*k*p) for t in range(10), p=p0, v=v0); p*v",
        {"p0": 1.0, "v0": 0.5, "dt": 0.1, "k": 3.0},
    ),
    "exchange": ("a, b = fold((b, a + b*x) for t in range(4), a=x, b=1); a*b", {"x": 1.3}),
    "entries": (
        "h = fold(tanh(h*w + x[t]*x[t+1]) for t in range(3), h=h0); h",
        {"h0": 1.0, "w": 0.5, "x": [1.0, 2.0, 3.0, 0.5]},
    ),
    "rows": (
        "h = scan(tanh(W@h + r) for r in x, h=h0); sum(h^2)",
        {"h0": [1.0, 0.0], "x": [[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]], "W": [[1.0, 0.2], [0.1, 0.4]]},
    ),
    "part-of-the-result": (
        "h = scan(tanh(W@h + r*t) for t in range(3), h=h0); sum(h[:, 0])",
        {"h0": [1.0, 0.0], "r": [1.0, 0.5], "W": [[1.0, 0.2], [0.1, 0.4]]},
    ),
    "nested": ("h = fold(fold(g*h*a + t for k in range(2), g=h) for t in range(3), h=h0); h", {"h0": 0.2, "a": 1.3}),
    "nested-scan": (
        "h = scan(scan(g*x + t for k in range(2), g=h[0]) for t in range(3), h=[y, y]); sum(h)",
        {"x": 0.3, "y": 0.4},
    ),
    "backward-counter": (
        "h = fold(sigmoid(h*a) + max(h, a) for t in range(3, 0, -1), h=h0); h",
        {"h0": 0.2, "a": 1.3},
    ),
    "choice": (
        "h = fold(where(h > a, h*a, h + t/a) for t in range(-2, 5, 2), h=h0); h*exp(-h)",
        {"h0": 0.2, "a": 1.3},
    ),
    "function": ("f(y) = fold(h*y + sin(h) for t in range(3), h=y); f(x)*f(z)", {"x": 0.2, "z": 1.3}),
    "no-steps": ("h = fold(h*x for t in range(0), h=h0); h", {"h0": 0.2, "x": 1.3}),
    "one-step": ("h = scan(h*x + t for t in range(1), h=h0); sum(h)", {"h0": 0.2, "x": 1.3}),
    "stride": (
        "h = scan(h*x[t] + y[2*t+1] for t in range(3), h=1); mean((h - z)^2)",
        {"x": [1.0, 2.0, 3.0], "y": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], "z": [1.0, 1.0, 1.0]},
    ),
    "reversed": ("h = fold(h*x[4-t] + 1/(t+1) for t in range(5), h=1); h", {"x": [1.0, 2.0, 3.0, 1.0, 2.0]}),
    "along-a-scan": (
        "h = scan(h*0.5 + u for u in scan(k*x + 1 for t in range(3), k=y), h=1); sum(h)",
        {"x": 0.3, "y": 0.4},
    ),
    "matrix": ("m = fold(m@A for t in range(5), m=[[1, 0], [0, 1]]); sum(m^2)", {"A": [[1.0, 0.2], [0.1, 0.4]]}),
    "unchanged": (
        "h = fold(h + x[t]@W for t in range(2), h=[0, 0]); h@h",
        {"x": [[1.0, 2.0], [3.0, 4.0]], "W": [[1.0, 0.2], [0.1, 0.4]]},
    ),
}
OSCILLATOR = "p, v = fold((p + dt*v, v - dt*k*p) for t in range({steps}), p=p0, v=v0); p*v"


def read(text: str, point: Mapping[str, Any]) -> Graph:
    return parse(text, shapes={name: np.shape(value) for name, value in point.items()})


@pytest.mark.sampled(2)
@EACH_LANGUAGE
def test_every_language(target: Target) -> None:
    skip_without(target)
    cases = [Case(name, read(text, point), point, list(point)) for name, (text, point) in PROGRAMS.items()]
    ready = expressible(target, cases)
    assert len(ready) == len(cases)
    for each, results in zip(ready, run_all(target, ready, [[each.case.point] for each in ready]), strict=True):
        assert_is_the_trace(each.case, results)


@pytest.mark.parametrize("language", ["python", "numpy", "jax", "torch", "c", "javascript", "rust"])
def test_the_code_does_not_grow_with_the_steps(language: str) -> None:
    short, long = (source_of(OSCILLATOR.format(steps=steps), language) for steps in (100, 900))
    assert short.replace("100", "900").replace("99", "899") == long


def test_a_stack_that_is_too_large_for_a_local_array_is_in_the_workspace_in_c() -> None:
    text = source_of(OSCILLATOR.format(steps=10_000), "c")
    assert "#define f_WORKSPACE 20000\n" in text
    assert "workspace" not in source_of(OSCILLATOR.format(steps=100), "c")


@pytest.mark.slow
@EACH_NESTED
def test_loops_in_nests(target: Target) -> None:
    skip_without(target)
    cases = [Case(name, read(text, point), point, list(point)) for name, (text, point) in PROGRAMS.items()]
    ready = expressible(target, cases, unrolled=-1)
    assert len(ready) == len(cases)
    for each, results in zip(ready, run_all(target, ready, [[each.case.point] for each in ready]), strict=True):
        assert_is_the_trace(each.case, results)


@pytest.mark.parametrize("name", ["two-values", "exchange", "nested", "choice", "function", "no-steps"])
def test_columns(name: str) -> None:
    text, point = PROGRAMS[name]
    graph, names = read(text, point), list(point)
    function = compile(graph, batch=True, backend="numpy")
    factors = np.linspace(0.8, 1.2, 3)
    for columns in (names, names[:1], names[-1:]):
        values = {each: point[each] * (factors if each in columns else 1.0) for each in names}
        value, derivatives = function(**values)
        for place, factor in enumerate(factors):
            expected = trace(graph, {each: point[each] * (factor if each in columns else 1.0) for each in names})
            assert value[place] == pytest.approx(expected.value, rel=1e-13)
            for each, derivative in zip(function.wrt, derivatives, strict=True):
                assert derivative[place] == pytest.approx(expected.gradients[each], rel=1e-12, abs=1e-13)


def test_dtypes_stay() -> None:
    text, point = PROGRAMS["rows"]
    arrays = {name: np.asarray(value, np.float32) for name, value in point.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    value, derivatives = execute(compile(read(text, point), backend="numpy", shapes=shapes).source)["f"](**arrays)
    assert {np.asarray(each).dtype for each in (value, *derivatives)} == {np.dtype(np.float32)}
    column = np.ones(2, np.float32)
    result, _ = compile(OSCILLATOR.format(steps=3), batch=True, backend="numpy")(p0=column, v0=1.0, dt=0.1, k=2.0)
    assert result.dtype == np.float32
