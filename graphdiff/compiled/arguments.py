"""What a call of a compiled function gives its inputs, by position or by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.passes.point import check_names
from graphdiff.source import normalize_text


def arguments(graph: Graph, inputs: Sequence[str], values: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each input that a call gives one.

    Raises GraphdiffError: "usage" where there are too many or one is given twice, "name" where one is no input.
    """
    if len(values) > len(inputs):
        raise GraphdiffError(
            "usage",
            f"{len(values)} values for {len(inputs)} inputs",
            hint=f"its inputs are {shorten(', '.join(inputs), 200)}" if inputs else "it has no inputs",
        )
    point = dict(zip(inputs, values, strict=False))
    others = {normalize_text(name): value for name, value in named.items()}
    check_names(graph, list(others))
    for name in others:
        if name in point:
            raise GraphdiffError("usage", f"'{shorten(name)}' is given twice", hint="by position, or by name")
    return point | others
