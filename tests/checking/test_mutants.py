"""A check never agrees with a wrong derivative: of the mutants of rules, where they change a number."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from graphdiff import check
from graphdiff.checking.row import CheckRow
from graphdiff.checking.verdict import AGREES
from graphdiff.graph.graph import Graph
from graphdiff.operations.registry import PRIMITIVES
from support.mutants import DERIVATIVES, Target, equivalents, mutants, targets
from support.samples import graph_of, inputs_with_derivatives, special_points

EQUIVALENTS = equivalents()
POINTS = 16


def user_of(target: Target) -> str:
    """The first elementwise operation with this rule, or nothing."""
    return min((name for name in target.users if PRIMITIVES[name].is_elementwise), default="")


RULES = [target for target in targets() if target.purpose == DERIVATIVES and user_of(target)]


def rows_of(graph: Graph, numbers: Sequence[float]) -> Sequence[CheckRow]:
    """The rows of a check; none if it raises an exception, as many mutants do."""
    point = dict(zip(graph.input_names, numbers, strict=True))
    try:
        return check(graph, point, wrt=inputs_with_derivatives(graph), allow_nonfinite=True).rows
    except Exception:
        return ()


@pytest.mark.sampled(50)
@pytest.mark.parametrize(
    "target",
    # Each multiple is a kink of mod, and kinks are examined.
    [
        pytest.param(target, id=target.name, marks=pytest.mark.slow if target.name.startswith("mod ") else ())
        for target in RULES
    ],
)
def test_a_wrong_derivative_is_not_called_right(target: Target) -> None:
    primitive = PRIMITIVES[user_of(target)]
    graph = graph_of(primitive)
    right = [(point, rows_of(graph, point)) for point in special_points(primitive, POINTS)]
    for mutant in mutants(target):
        if mutant.name in EQUIVALENTS:
            continue
        with mutant.alive():
            for point, rows in right:
                for row, other in zip(rows, rows_of(graph, point), strict=False):
                    if other.verdict == AGREES:
                        assert other.analytic == pytest.approx(row.analytic, rel=1e-12, abs=0), (mutant.name, point)
