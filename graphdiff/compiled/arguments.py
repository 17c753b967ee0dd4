"""The arguments of a call of a compiled function, by position or by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.passes.point import check_names
from graphdiff.source import normalize_names


def arguments(
    graph: Graph, inputs: Sequence[str], values: Sequence[Any], keywords: Mapping[str, Any]
) -> dict[str, Any]:
    """The values that a call passes, by the name of the input.

    Raises GraphdiffError: "usage" if there are too many or an input is passed twice, "name" if a name is not an input.
    """
    if len(values) > len(inputs):
        raise GraphdiffError(
            "usage",
            f"{len(values)} values for {len(inputs)} inputs",
            hint=f"the inputs are {shorten(', '.join(inputs), 200)}" if inputs else "the formula has no inputs",
        )
    point = dict(zip(inputs, values, strict=False))
    others = normalize_names(keywords)
    check_names(graph, others)
    for name in others:
        if name in point:
            raise GraphdiffError("usage", f"'{shorten(name)}' is passed twice", hint="pass it by position or by name")
    return point | others
