"""The trace that several commands report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphdiff.cli.point import read_constant
from graphdiff.graph.graph import Graph
from graphdiff.passes.trace import Trace
from graphdiff.precise.trace import trace


def make_trace(
    graph: Graph,
    point: Mapping[str, Any],
    names: list[str] | None,
    upstream: str | None,
    allow_nonfinite: bool,
    precision: int | None = None,
) -> Trace:
    """Trace a graph with respect to the inputs of these names, starting from the gradient of --upstream.

    With a precision, all numbers are right to so many digits.

    Raises GraphdiffError: "nonfinite" if a number is not finite, unless that is allowed.
    """
    cotangent = None if upstream is None else read_constant(upstream, "--upstream", precision is not None)
    result = trace(graph, point, wrt=names, upstream=cotangent, precision=precision)
    if not result.is_finite and not allow_nonfinite:
        from graphdiff.passes.nonfinite import nonfinite_error

        raise nonfinite_error(result, names)
    return result
