"""Derivatives as formulas: text that can be parsed again, LaTeX, JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.algebra.readable import make_readable
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.passes.values import Value, strict
from graphdiff.report.json_document import to_json, versioned
from graphdiff.report.numbers import format_value, one_line
from graphdiff.writing.text import expression_length, graph_text

LONGEST_WHOLE = 120
"""Characters; longer formulas get a line for each subexpression that is used more than once."""


class Derivative(NamedTuple):
    """A derivative by these inputs, in order; with no inputs it is along a direction.

    value is its value at the point, None without a point.
    """

    by: tuple[str, ...]
    graph: Graph
    value: Value | None = None


def derivatives_text(derivatives: Sequence[Derivative], digits: int) -> str:
    """A program: the formula of a single derivative, or a line `d_x = …` for each of several; values follow a #."""
    graph = make_readable(*[derivative.graph for derivative in derivatives])
    heads = [""] if len(derivatives) == 1 else _heads(derivatives, graph)
    lines = graph_text(graph, heads, shares=not _are_short(graph)).split("\n")
    for place, derivative in enumerate(reversed(derivatives), 1):
        if derivative.value is not None:
            lines[-place] += f"  # {one_line(format_value(derivative.value, digits))}"
    return "\n".join(lines)


def derivatives_latex(derivatives: Sequence[Derivative], whole: str | None, shapes: Mapping[str, Shape]) -> str:
    """The derivatives in LaTeX: ∂f/∂x = … for each of several. whole is the name of f, shapes those of its inputs."""
    from graphdiff.writing.latex import derivative_latex

    graph = make_readable(*[derivative.graph for derivative in derivatives])
    by = [derivative.by for derivative in derivatives] if len(derivatives) > 1 else None
    return derivative_latex(graph, by, whole, not _are_short(graph), shapes)


def derivatives_json(derivatives: Sequence[Derivative], expression: str) -> str:
    """A strict JSON document: the inputs, the formula and, at a point, the value of each derivative."""
    entries: list[dict[str, Any]] = []
    for derivative in derivatives:
        graph = make_readable(derivative.graph)
        entry: dict[str, Any] = {"by": list(derivative.by), "formula": graph_text(graph, shares=not _are_short(graph))}
        if derivative.value is not None:
            entry["value"] = strict(derivative.value)
        entries.append(entry)
    return to_json(versioned({"expression": expression, "derivatives": entries}))


def _heads(derivatives: Sequence[Derivative], graph: Graph) -> list[str]:
    """The names d_x, d_x_y and so on, with further d's where the formulas use such a name."""
    mark = "d"
    while any("_".join([mark, *derivative.by]) in graph.names_in_use for derivative in derivatives):
        mark += "d"
    return ["_".join([mark, *derivative.by]) for derivative in derivatives]


def _are_short(graph: Graph) -> bool:
    """Whether every formula fits one line when written without shared parts."""
    if expression_length(graph) > LONGEST_WHOLE:
        return False
    lines = graph_text(graph, [""] * len(graph.outputs), shares=False).split("\n")
    return max(map(len, lines)) <= LONGEST_WHOLE
