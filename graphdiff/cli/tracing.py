"""The trace that a command line asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphdiff.cli.point import read_constant
from graphdiff.graph.graph import Graph
from graphdiff.passes.trace import Trace, trace


def traced(
    graph: Graph, point: Mapping[str, Any], names: list[str] | None, upstream: str | None, allow_nonfinite: bool
) -> Trace:
    """The trace by the inputs of these names, from the gradient of --upstream.

    Raises GraphdiffError, "nonfinite" where a number is not finite that is not allowed to be.
    """
    cotangent = None if upstream is None else read_constant(upstream, "--upstream")
    found = trace(graph, point, wrt=names, upstream=cotangent)
    if not found.is_finite and not allow_nonfinite:
        from graphdiff.passes.nonfinite import nonfinite_error

        raise nonfinite_error(found, names)
    return found
