"""Derivatives as formulas: text that reads back, LaTeX, JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.algebra.readable import readable
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.passes.values import Value, strict
from graphdiff.report.json_document import to_json, versioned
from graphdiff.report.numbers import one_line, shown
from graphdiff.writing.text import expression_length, graph_text

LONGEST_WHOLE = 120
"""Longer formulas are written with a line for each part that is used more than once."""


class Derivative(NamedTuple):
    """A derivative by these inputs, one after the other; by none of them it is along a direction.

    value is its value at a point, where one is given.
    """

    by: tuple[str, ...]
    graph: Graph
    value: Value | None = None


def derivatives_text(derivatives: Sequence[Derivative], digits: int) -> str:
    """A program: of one derivative its formula, of several a line `d_x = …` for each; the value after a #."""
    graph = readable(*[derivative.graph for derivative in derivatives])
    heads = [""] if len(derivatives) == 1 else _heads(derivatives, graph)
    lines = graph_text(graph, heads, shares=not _are_short(graph)).split("\n")
    for place, derivative in enumerate(reversed(derivatives), 1):
        if derivative.value is not None:
            lines[-place] += f"  # {one_line(shown(derivative.value, digits))}"
    return "\n".join(lines)


def derivatives_latex(derivatives: Sequence[Derivative], whole: str | None, shapes: Mapping[str, Shape]) -> str:
    """The same in LaTeX: ∂f/∂x = … for each of several, where f is called whole; shapes are those of the inputs."""
    from graphdiff.writing.latex import derivative_latex

    graph = readable(*[derivative.graph for derivative in derivatives])
    by = [derivative.by for derivative in derivatives] if len(derivatives) > 1 else None
    return derivative_latex(graph, by, whole, not _are_short(graph), shapes)


def derivatives_json(derivatives: Sequence[Derivative], expression: str) -> str:
    """One strict JSON document: what each derivative is by, its formula, and where there is a point its value."""
    found: list[dict[str, Any]] = []
    for derivative in derivatives:
        graph = readable(derivative.graph)
        entry: dict[str, Any] = {"by": list(derivative.by), "formula": graph_text(graph, shares=not _are_short(graph))}
        if derivative.value is not None:
            entry["value"] = strict(derivative.value)
        found.append(entry)
    return to_json(versioned({"expression": expression, "derivatives": found}))


def _heads(derivatives: Sequence[Derivative], graph: Graph) -> list[str]:
    """d_x, and d_x_y of the second order; no name that the formulas have."""
    mark = "d"
    while any("_".join([mark, *derivative.by]) in graph.names_in_use for derivative in derivatives):
        mark += "d"
    return ["_".join([mark, *derivative.by]) for derivative in derivatives]


def _are_short(graph: Graph) -> bool:
    """Whether each formula, written out whole, is short enough to read."""
    if expression_length(graph) > LONGEST_WHOLE:
        return False
    lines = graph_text(graph, [""] * len(graph.outputs), shares=False).split("\n")
    return max(map(len, lines)) <= LONGEST_WHOLE
