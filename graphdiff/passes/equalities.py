"""Check that what a program says is equal is equal at a point."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.assigned import with_inputs
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import nested_entries
from graphdiff.passes.trace import value
from graphdiff.passes.values import to_list

TOLERANCE = 1e-9
"""How far two values may be apart, relative to the larger: by rounding, and by decimals that were typed."""


def check_equalities(graph: Graph, point: Mapping[str, Any]) -> None:
    """Raise GraphdiffError("value") for the first equation of a program whose sides differ at a point. Equations of
    which an input has no value are left out, and numbers that are not finite are equal to any."""
    for left, right, span in graph.equalities:
        sides = []
        for side in (left, right):
            side_graph = with_inputs(side, point)
            given = {name: each for name, each in point.items() if name in side_graph.input_indices}
            try:
                sides.append(to_list(value(side_graph, given)))
            except GraphdiffError as error:
                if error.kind != "name":
                    raise
        if len(sides) == 2 and not _are_equal(*sides):
            texts = " and ".join(shorten(str(side)) for side in sides)
            raise GraphdiffError(
                "value", f"the sides of this equation differ at the point: {texts}", graph.source, span
            )


def _are_equal(left: Any, right: Any) -> bool:
    entries, others = nested_entries(left), nested_entries(right)
    scale = max([abs(each) for each in (*entries, *others) if math.isfinite(each)], default=0.0)
    return len(entries) == len(others) and not any(
        abs(one - other) > TOLERANCE * scale for one, other in zip(entries, others, strict=True)
    )
