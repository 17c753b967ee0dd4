"""A wrong derivative differs from the differences, and the others agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from graphdiff import check, trace
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import PRIMITIVES

WRONG: dict[str, Callable[[Any, Any], Any]] = {
    "sign": lambda op, local: op.neg(local),
    "factor": lambda op, local: op.mul(1.001, local),
    "half": lambda op, local: op.mul(0.5, local),
    "term": lambda op, local: op.add(local, 1e-4),
}


def with_rule(primitive: Primitive, slot: int, rule: Callable[..., Any]) -> Graph:
    """A graph of one operation with another derivative with respect to one operand."""
    partials = [*primitive.partials]
    partials[slot] = rule
    changed = replace(primitive, partials=tuple(partials))
    builder = GraphBuilder()
    node = builder.apply(changed, [builder.input(name) for name in primitive.inputs])
    return Graph(builder.nodes, builder.inputs, [node.index])


@pytest.mark.sampled(20)
@pytest.mark.parametrize("mistake", WRONG)
@pytest.mark.parametrize(
    "primitive", [each for each in PRIMITIVES.values() if each.is_elementwise], ids=lambda each: each.name
)
def test_a_wrong_rule_differs(primitive: Primitive, mistake: str) -> None:
    chance = np.random.default_rng(1)
    point = {
        name: float(chance.uniform(*bounds)) for name, bounds in zip(primitive.inputs, primitive.sample, strict=True)
    }
    for slot, name in enumerate(primitive.inputs):
        if not primitive.passes_to(slot):
            continue
        right = primitive.partials[slot]

        def rule(op: Any, *operands: Any, right: Callable[..., Any] = right, **parameters: Any) -> Any:
            return WRONG[mistake](op, right(op, *operands, **parameters))

        graph = with_rule(primitive, slot, rule)
        names = [each for place, each in enumerate(primitive.inputs) if primitive.passes_to(place)]
        is_zero = trace(graph, point, wrt=names).gradients[name] == 0  # of which every multiple is right
        rows = {row.input: row.verdict for row in check(graph, point, wrt=names).rows}
        expected = dict.fromkeys(names, "agrees")
        assert rows == expected | {name: "agrees" if is_zero else "differs"}


def test_the_sharpest_differences_decide() -> None:
    """Other estimates have bounds larger than the error of this derivative."""
    result = check("gate f(u) = u^2 with 2*u + 1e-9; f(x)", x=3)
    assert result.count("differs") == len(result.rows) == 2


def test_a_wrong_operand_differs() -> None:
    graph = with_rule(PRIMITIVES["mul"], 0, lambda op, f, x, y: x)
    rows = {row.input: row.verdict for row in check(graph, x=2.0, y=3.0).rows}
    assert rows == {"x": "differs", "y": "agrees"}


@pytest.mark.slow
def test_one_wrong_entry_among_many_differs() -> None:
    """One of 4,000 entries has a wrong derivative, and the random directions detect it."""
    mul = PRIMITIVES["mul"]
    wrong = np.ones(4000)
    wrong[2345] = -1

    def rule(op: Any, f: Any, x: Any, y: Any) -> Any:
        return op.mul(y, op.constant(wrong))

    builder = GraphBuilder()
    x, y = builder.input("x"), builder.input("y")
    product = builder.apply(replace(mul, partials=(rule, mul.partials[1])), [x, y])
    total = builder.apply(PRIMITIVES["sum"], [product])
    graph = Graph(builder.nodes, builder.inputs, [total.index])
    result = check(graph, x=np.cos(np.arange(4000.0)), y=2 + np.sin(np.arange(4000.0)), wrt="x")
    assert result.entries[0] < result.entries[1] == 4000
    along = [row.verdict for row in result.rows if row.entry_count > 1]
    assert "differs" in along
    right = check("sum(x*y)", x=np.cos(np.arange(4000.0)), y=2.0, wrt="x")
    assert right.count("agrees") == len(right.rows) == right.entries[0] + 2
