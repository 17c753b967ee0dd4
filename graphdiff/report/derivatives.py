"""Derivatives as formulas: text that can be parsed again, LaTeX, JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.passes.values import Value, strict
from graphdiff.reading.parse import Origin
from graphdiff.report.numbers import format_value, one_line
from graphdiff.textbook.form import are_short, textbook_form
from graphdiff.textbook.notes import TOO_LONG
from graphdiff.writing.spelling import plain_number_text
from graphdiff.writing.text import graph_text

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy
    from graphdiff.textbook.steps.derivation import Derivation


class Derivative(NamedTuple):
    """A derivative by these inputs, in order; with no inputs it is along a direction.

    graph is the formula before it is rewritten for reading, notes what is to be known of the formulas that it is made
    from. value is its value at the point, None without a point; accuracy has what is wrong with it. differentiable is
    None where no kink was met; else whether the derivative exists there, and value is by convention where it does not.
    derivations are those of each order, where they are asked for.
    """

    by: tuple[str, ...]
    graph: Graph
    notes: Sequence[str] = ()
    value: Value | None = None
    accuracy: Sequence[Inaccuracy] = ()
    differentiable: bool | Literal["unknown"] | None = None
    derivations: Sequence[Derivation] = ()


def derivatives_text(derivatives: Sequence[Derivative], shapes: Mapping[str, Shape], digits: int) -> str:
    """A program: the formula of a single derivative, or a line `d_x = …` for each of several; values follow a #, and
    notes are comments below."""
    if derivatives[0].derivations:
        from graphdiff.report.derivation import derivation_text

        return "\n".join(_written_derivations(derivatives, digits, derivation_text))
    graph, notes = textbook_form([derivative.graph for derivative in derivatives], shapes)
    heads = [""] if len(derivatives) == 1 else _heads(derivatives, graph)
    lines = graph_text(graph, heads, shares=not are_short(graph)).split("\n")
    shared, formulas = lines[: -len(derivatives)], lines[-len(derivatives) :]
    for derivative, formula, own_notes in zip(derivatives, formulas, notes, strict=True):
        value = _value_text(derivative, digits)
        own_lines = [f"# {note}" for note in _all_notes(derivative, own_notes) if note != TOO_LONG]
        shared += [formula + (f"  # {value}" if value else ""), *own_lines]
    if any([TOO_LONG in own_notes for own_notes in notes]):
        shared.append(f"# {TOO_LONG}")
    return "\n".join(shared)


def derivatives_markdown(derivatives: Sequence[Derivative], shapes: Mapping[str, Shape], digits: int) -> Iterator[str]:
    """The same program in Markdown; derivations as nested lists."""
    if derivatives[0].derivations:
        from graphdiff.report.derivation import derivation_markdown

        yield from _written_derivations(derivatives, digits, derivation_markdown)
    else:
        yield from ("```text", derivatives_text(derivatives, shapes, digits), "```")


def derivatives_latex(
    derivatives: Sequence[Derivative], whole: str | None, shapes: Mapping[str, Shape], digits: int
) -> Iterable[str] | str:
    """The derivatives in LaTeX: ∂f/∂x = … for each of several; derivations as a document. whole is the name of f,
    shapes those of its inputs."""
    from graphdiff.writing.latex import derivative_latex

    if derivatives[0].derivations:
        from graphdiff.report.derivation_latex import derivation_latex

        return derivation_latex([(steps, _value_text(each, digits)) for each, steps in _derivations(derivatives)])
    graph, notes = textbook_form([derivative.graph for derivative in derivatives], shapes)
    by = [derivative.by for derivative in derivatives] if len(derivatives) > 1 else None
    all_notes = [_all_notes(*each) for each in zip(derivatives, notes, strict=True)]
    return derivative_latex(graph, by, whole, not are_short(graph), shapes, all_notes)


def derivatives_json(derivatives: Sequence[Derivative], shapes: Mapping[str, Shape], origin: Origin) -> str:
    """A strict JSON document: the inputs, the formula and, at a point, the value of each derivative."""
    from graphdiff.report.document import inaccuracy_document
    from graphdiff.report.json_document import to_json, versioned

    entries: list[dict[str, Any]] = []
    for derivative in derivatives:
        graph, (notes,) = textbook_form([derivative.graph], shapes)
        entry: dict[str, Any] = {
            "by": list(derivative.by),
            "formula": graph_text(graph, shares=not are_short(graph)),
            "notes": _all_notes(derivative, notes),
        }
        if derivative.value is not None:
            entry["value"] = strict(derivative.value)
            entry["accuracy"] = [inaccuracy_document(each) for each in derivative.accuracy]
            entry["differentiable"] = derivative.differentiable
        if derivative.derivations:
            from graphdiff.report.derivation import derivation_documents

            entry["steps"] = derivation_documents(derivative.derivations, _programs(derivative.derivations))
        entries.append(entry)
    return to_json(versioned({**origin.document(), "derivatives": entries}))


def _derivations(derivatives: Sequence[Derivative]) -> Iterator[tuple[Derivative, list[Derivation]]]:
    """Each derivative with its derivations but those that the derivatives before it have; the last with all notes."""
    before: list[Derivation] = []
    for derivative in derivatives:
        *others, last = derivative.derivations
        notes = _all_notes(derivative, last.notes, [note for each in others for note in each.notes])
        new = [each for each in others if not any(each is other for other in before)]
        yield derivative, [*new, last._replace(notes=tuple(notes))]
        before += new


def _written_derivations(
    derivatives: Sequence[Derivative], digits: int, write: Callable[..., Iterator[str]]
) -> Iterator[str]:
    """The derivations of each derivative, with its value at the end."""
    for number, (derivative, steps) in enumerate(_derivations(derivatives)):
        if number:
            yield ""
        yield from write(steps, _programs(steps), _value_text(derivative, digits))


def _programs(derivations: Sequence[Derivation]) -> list[str]:
    """What each derivation ends with."""
    return [graph_text(each.form, shares=not are_short(each.form)) for each in derivations]


def _value_text(derivative: Derivative, digits: int) -> str:
    """The value at the point; empty without one."""
    if derivative.value is None:
        return ""
    return f"{one_line(format_value(derivative.value, digits))}{_remark(derivative)}"


def _all_notes(derivative: Derivative, notes: Sequence[str], known: Sequence[str] = ()) -> list[str]:
    """The notes on a formula: those on the formulas that it is made from, except the known ones, then its own."""
    return list(dict.fromkeys([*[note for note in derivative.notes if note not in known], *notes]))


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
