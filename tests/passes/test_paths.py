"""Paths: their number, their products, and their sum, which is the gradient."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from graphdiff import trace
from graphdiff.passes.paths import chain_rule, chain_rules
from graphdiff.passes.values import to_list
from support.random_arrays import programs
from support.random_formulas import repeatable_examples


def test_paths_of_a_fan_out() -> None:
    """Lecture system 4: ∂z/∂b = ∂z/∂x ∂x/∂b + ∂z/∂y ∂y/∂b = 7·1 + 2·1 = 9."""
    rule = chain_rule(trace("x = a+b; y = b+c; z = x*y", a=-1, b=3, c=4), "b", 0)
    edges = [[(s.label, s.edges[0].operand, s.edges[0].local.values) for s in path.steps] for path in rule.paths]
    assert edges == [[("z", "x", 7.0), ("x", "b", 1.0)], [("z", "y", 2.0), ("y", "b", 1.0)]]
    assert [path.value for path in rule.paths] == [7, 2]
    assert (rule.path_count, rule.rest, rule.gradient) == (2, None, 9)


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
def test_the_rest_is_the_sum_of_all_other_paths(limit: int) -> None:
    """f(x) = ((x² + x)² + (x² + x))²: its derivative by hand, its paths 2·(2·2 + 1)... counted by hand."""
    x = 0.7
    rule = chain_rule(trace("a = x*x + x; b = a*a + a; b*b", x=x), "x", limit)
    a, slope_a = x * x + x, 2 * x + 1
    b, slope_b = a * a + a, (2 * a + 1) * slope_a
    assert rule.path_count == 2 * 3 * 3
    assert len(rule.paths) == min(limit, 18)
    assert (rule.rest is None) == (limit >= 18)
    total = math.fsum([*(path.value for path in rule.paths), rule.rest or 0.0])
    assert total == pytest.approx(2 * b * slope_b, rel=1e-14)
    assert rule.gradient == pytest.approx(total, rel=1e-14)


def test_each_path_is_the_product_of_its_edges() -> None:
    result = trace("u = sin(x)*y; v = exp(u) + x/y; v*u + log(v)", x=0.4, y=1.7)
    for rule in chain_rules(result, 0):
        for path in rule.paths:
            locals_: list[float] = [step.edges[0].local.values or 0.0 for step in path.steps]
            assert path.value == pytest.approx(math.prod(locals_), rel=1e-15)
            assert [step.edges[0].operand for step in path.steps[:-1]] == [step.label for step in path.steps[1:]]
        assert rule.gradient == pytest.approx(math.fsum(path.value for path in rule.paths), rel=1e-14)


@pytest.mark.slow
@pytest.mark.slow
@repeatable_examples(80)
@given(programs())
def test_paths_of_random_programs_add_up(program: tuple[str, dict[str, Any]]) -> None:
    """The gradients of a trace are tested elsewhere, against finite differences."""
    text, point = program
    for limit in (1, 5):
        for rule in chain_rules(trace(text, point), limit):
            parts = [path.value for path in rule.paths] + ([] if rule.rest is None else [rule.rest])
            total = sum(np.asarray(to_list(part)) for part in parts)
            scale = max(float(np.max(np.abs(np.asarray(to_list(part))))) for part in parts)
            assert np.shape(total) == np.shape(np.asarray(rule.gradient))
            assert total == pytest.approx(np.asarray(rule.gradient), rel=1e-9, abs=1e-12 * (1 + scale))


def test_random_paths_against_jax() -> None:
    """Random sums and products, summed over all paths on Python's floats."""
    jax = pytest.importorskip("jax", reason="JAX is the judge; it is in the test extra")
    jax.config.update("jax_enable_x64", True)
    chance = np.random.default_rng(7)
    for _ in range(20):
        lines, names = [], ["x", "y"]
        for number in range(8):
            first, second = chance.choice(names, 2)
            sign = chance.choice(["+", "*", "-"])
            lines.append(f"n{number} = {first}{sign}{second}")
            names.append(f"n{number}")
        body = "\n".join([*lines, "n7*0.5 + n6"])

        def judge(x: Any, y: Any, lines: list[str] = lines) -> Any:
            scope = {"x": x, "y": y}
            for line in lines:
                name, formula = line.split(" = ")
                scope[name] = eval(formula, {}, scope)
            return scope["n7"] * 0.5 + scope["n6"]

        expected = jax.grad(judge, (0, 1))(0.8, -1.2)
        result = trace(body + "\n", {name: value for name, value in {"x": 0.8, "y": -1.2}.items() if name in body})
        for rule in chain_rules(result, 0):
            slope = float(expected["xy".index(rule.name)])
            assert math.fsum(path.value for path in rule.paths) == pytest.approx(slope, rel=1e-9, abs=1e-9)


def test_too_many_to_be_counted() -> None:
    text = "\n".join(["v0 = x", *[f"v{k + 1} = v{k}*0.5 + v{k}*0.5" for k in range(400)]])
    rule = chain_rule(trace(text, x=3), "x", 4)
    assert (rule.path_count, len(rule.paths), rule.rest) == (None, 4, pytest.approx(1))


def test_no_path() -> None:
    result = trace("u = 2*y; where(x > 0, z, x) + floor(w)*0", x=1, y=2, z=3, w=4)
    counts = {rule.name: (rule.path_count, rule.gradient) for rule in chain_rules(result, 0)}
    assert counts["y"] == (0, 0)
    assert counts["z"] == (1, 1)
    (index,) = [rule for rule in chain_rules(trace("x[i]", x=[1, 2], i=1), 0) if rule.name == "i"]
    assert (index.path_count, index.gradient) == (0, None)


def test_a_closed_gate_passes_nothing() -> None:
    """Even where the other factor is infinite: 0 · inf does not belong to the gradient."""
    rule = chain_rule(trace("where(x > 0, sqrt(x), 1)", x=0), "x", 0)
    assert {path.value for path in rule.paths} == {0}
    assert rule.gradient == 0


def test_an_input_as_output() -> None:
    rule = chain_rule(trace("x", x=[1, 2], upstream=[3, 4]), "x", 0)
    assert [(path.steps, to_list(path.value)) for path in rule.paths] == [((), [3, 4])]


def test_the_seed_of_no_path_is_a_number() -> None:
    graph = trace("y = w*2; z = x*3", w=[1, 2], x=3, upstream=2)
    assert [(rule.name, rule.path_count, rule.seed) for rule in chain_rules(graph, 0)] == [("w", 0, 2.0), ("x", 1, 2.0)]
    assert all(isinstance(rule.seed, float) for rule in chain_rules(graph, 0))


@pytest.mark.slow
def test_deep_and_wide() -> None:
    deep = chain_rule(trace("-(" * 100_000 + "x" + ")" * 100_000, x=3), "x", 12)
    assert (deep.path_count, deep.gradient, deep.rest) == (1, 1, None)
    wide = chain_rule(trace("+".join(["x"] * 50_000), x=3), "x", 3)
    assert (wide.path_count, len(wide.paths), wide.rest) == (50_000, 3, 49_997)
