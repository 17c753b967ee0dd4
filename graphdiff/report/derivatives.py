"""Derivatives as formulas: text that can be parsed again, LaTeX, JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.passes.values import Value, strict
from graphdiff.reading.parse import Origin
from graphdiff.report.document import inaccuracy_document
from graphdiff.report.json_document import to_json, versioned
from graphdiff.report.numbers import format_value, one_line
from graphdiff.textbook.form import textbook_form
from graphdiff.writing.spelling import plain_number_text
from graphdiff.writing.text import expression_length, graph_text

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy

LONGEST_WHOLE = 120
"""Characters; longer formulas get a line for each subexpression that is used more than once."""


class Derivative(NamedTuple):
    """A derivative by these inputs, in order; with no inputs it is along a direction. form is what is printed in place
    of its graph: the matrix that the columns of a Jacobian are. notes say what is to be known of it, in sentences.

    value is its value at the point, None without a point; accuracy has what is wrong with it. differentiable is None
    where no kink was met; else whether the derivative exists there, and value is by convention where it does not.
    """

    by: tuple[str, ...]
    graph: Graph
    value: Value | None = None
    accuracy: Sequence[Inaccuracy] = ()
    differentiable: bool | Literal["unknown"] | None = None
    form: Graph | None = None
    notes: Sequence[str] = ()

    @property
    def printed(self) -> Graph:
        """The graph that is printed."""
        return self.graph if self.form is None else self.form


def derivatives_text(derivatives: Sequence[Derivative], shapes: Mapping[str, Shape], digits: int) -> str:
    """A program: the formula of a single derivative, or a line `d_x = …` for each of several; values follow a #, and
    notes are comments below."""
    graph, notes = textbook_form([derivative.printed for derivative in derivatives], shapes)
    heads = [""] if len(derivatives) == 1 else _heads(derivatives, graph)
    lines = graph_text(graph, heads, shares=not _are_short(graph)).split("\n")
    shared, formulas = lines[: -len(derivatives)], lines[-len(derivatives) :]
    for derivative, formula, own_notes in zip(derivatives, formulas, notes, strict=True):
        value = ""
        if derivative.value is not None:
            value = f"  # {one_line(format_value(derivative.value, digits))}{_remark(derivative)}"
        shared += [formula + value, *[f"# {note}" for note in _all_notes(derivative, own_notes)]]
    return "\n".join(shared)


def derivatives_latex(derivatives: Sequence[Derivative], whole: str | None, shapes: Mapping[str, Shape]) -> str:
    """The derivatives in LaTeX: ∂f/∂x = … for each of several. whole is the name of f, shapes those of its inputs."""
    from graphdiff.writing.latex import derivative_latex

    graph = textbook_form([derivative.printed for derivative in derivatives], shapes).graph
    by = [derivative.by for derivative in derivatives] if len(derivatives) > 1 else None
    return derivative_latex(graph, by, whole, not _are_short(graph), shapes)


def derivatives_json(derivatives: Sequence[Derivative], shapes: Mapping[str, Shape], origin: Origin) -> str:
    """A strict JSON document: the inputs, the formula and, at a point, the value of each derivative."""
    entries: list[dict[str, Any]] = []
    for derivative in derivatives:
        graph = textbook_form([derivative.printed], shapes).graph
        entry: dict[str, Any] = {"by": list(derivative.by), "formula": graph_text(graph, shares=not _are_short(graph))}
        if derivative.value is not None:
            entry["value"] = strict(derivative.value)
            entry["accuracy"] = [inaccuracy_document(each) for each in derivative.accuracy]
            entry["differentiable"] = derivative.differentiable
        entries.append(entry)
    return to_json(versioned({**origin.document(), "derivatives": entries}))


def _all_notes(derivative: Derivative, notes: Sequence[str]) -> list[str]:
    """What is to be known of a formula: its own notes after those of the formulas that it is made from."""
    return list(dict.fromkeys([*derivative.notes, *notes]))


def _remark(derivative: Derivative) -> str:
    """What is to be known of the value."""
    remark = ", at a kink" if derivative.differentiable is True else ""
    if derivative.differentiable is False:
        remark = ", by convention: not differentiable here"
    elif derivative.differentiable == "unknown":
        remark = ", by convention: it is not known whether the derivative exists here"
    if not derivative.accuracy:
        return remark
    first = derivative.accuracy[0]
    if not first.index and first.right is not None:
        return f"{remark}, wrong: the right value is {plain_number_text(first.right)}"
    count = len(derivative.accuracy)
    return f"{remark}, wrong in {count:,} {'entry' if count == 1 else 'entries'}"


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
