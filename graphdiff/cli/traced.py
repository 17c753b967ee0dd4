"""The trace that a command reports."""

from __future__ import annotations

from collections.abc import Sequence

from graphdiff.cli.inputs import split_names
from graphdiff.cli.point import read_constant, read_point
from graphdiff.expression.source import Source
from graphdiff.graph.build import parse, rewritten, with_named_output
from graphdiff.passes.trace import Trace, trace


def traced(
    source: Source,
    at: Sequence[str],
    wrt: str | None,
    output: str | None,
    upstream: str | None,
    fuse: bool,
    expand: bool,
    allow_nonfinite: bool,
    names_output: bool = False,
) -> Trace:
    """The trace at the point of --at; on request an output without a name is called f.

    Raises GraphdiffError: "nonfinite" where the value or a gradient is not finite, unless that is allowed.
    """
    graph = parse(source)
    point = read_point(graph, at)
    graph = rewritten(graph, point, expand, fuse, output)
    if names_output:
        graph = with_named_output(graph)
    names = split_names(wrt)
    cotangent = None if upstream is None else read_constant(upstream, "--upstream")
    found = trace(graph, point, wrt=names, upstream=cotangent)
    if not found.is_finite and not allow_nonfinite:
        from graphdiff.passes.nonfinite import nonfinite_error

        raise nonfinite_error(found, names)
    return found
