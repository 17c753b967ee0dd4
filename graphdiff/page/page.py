"""Trace → one HTML file: the circuit, the tables, and the scripts to step through the backward pass and edit inputs.

The file needs no network access, and its Content-Security-Policy forbids it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

from graphdiff.accuracy.lost_numbers import NOTE
from graphdiff.drawing.circuit import LARGEST_LABEL, LONGEST_NAME, MOST_ROWS, WIDEST_ROW, Circuit, Label
from graphdiff.drawing.picture import WHOLE, Picture
from graphdiff.drawing.svg import svg
from graphdiff.errors import shorten
from graphdiff.page.embedding import answers_script, document
from graphdiff.page.marks import Writer, here_html
from graphdiff.page.tables import Tables
from graphdiff.passes.steps import BackwardEdge, BackwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.trace_graph import with_all_steps
from graphdiff.report.accuracy import notes
from graphdiff.report.html import escape_html
from graphdiff.report.numbers import DIGITS, ENTRIES_A_LINE, LARGEST_SHOWN
from graphdiff.report.trace_tables import heading
from graphdiff.writing.text import operation_of

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy

ROOM = 7
"""Characters reserved for a number in the circuit: enough for -1e-300, and for two decimals below 1000."""
LONGEST_LABEL = 160
"""Characters of the title, and of an operation in a label for screen readers."""
SCRIPTS_ON_NUMBERS = ("inputs.js", "practice.js")
"""The scripts that need the generated function."""


def page(
    trace: Trace,
    expression: str,
    accuracy: Sequence[Inaccuracy],
    picture: Picture,
    digits: int | None,
    is_presentation: bool = False,
) -> str:
    """The page of a trace, which opens at the picture's step. The picture is of with_all_steps(trace). A presentation
    is large, without tables and inputs."""
    from graphdiff.page.editing import editing_script  # lazy: a fragment needs neither generated code nor slips
    from graphdiff.page.practice import practice_data

    page = _TracePage(trace, expression, accuracy, picture, digits, is_presentation)
    editing = editing_script(trace)
    choices = {step.node.index: step.kink or "" for step in trace.backward}
    body = page.body({node: choices.get(node, "") for node in editing.kinks}, editing.refusal)
    practice = practice_data(trace, page.trace, picture.circuit, page.zeros)
    scripts = [*map(_file, ("whole.js", "page.js")), editing.source, *map(_file, SCRIPTS_ON_NUMBERS)]
    lines, _ = heading(page.trace, expression, page.writer.digits)
    title = shorten("; ".join(lines), LONGEST_LABEL)
    data = {**editing.data, **practice, **page.data()}
    return document(title, body, _file("page.css"), answers_script() + "".join(scripts), data)


def fragment(
    trace: Trace, expression: str, accuracy: Sequence[Inaccuracy], picture: Picture
) -> tuple[str, dict[str, Any]]:
    """The body of the page of a trace as HTML, for a document that computes new numbers itself, and the data of
    page.js. Its inputs cannot be edited, and it has nothing to practise."""
    page = _TracePage(trace, expression, accuracy, picture, None, False)
    kinks = {step.node.index: step.kink for step in trace.backward if step.kink}
    return page.body(kinks, ""), page.data()


class _TracePage:
    """What a page shows of a trace."""

    def __init__(
        self,
        trace: Trace,
        expression: str,
        accuracy: Sequence[Inaccuracy],
        picture: Picture,
        digits: int | None,
        is_presentation: bool,
    ) -> None:
        self.trace = with_all_steps(trace)
        self.zeros = {" ".join(map(str, key)) for key in picture.circuit.zeros}
        self.expression = expression
        self.is_presentation = is_presentation
        self.notes = [*notes(trace, accuracy), *([NOTE] if picture.circuit.zeros else [])]
        self.picture = picture._replace(circuit=_roomy(picture.circuit))
        self.circuit = picture.circuit
        self.writer = Writer(digits or DIGITS, digits, self.zeros)

    def body(self, kinks: Mapping[int, str], note: str) -> str:
        """The body as HTML. kinks are the choices at nodes that are, or may come, at a kink."""
        self.tables = Tables(self.trace, self.circuit, self.writer, kinks)
        lines, _ = heading(self.trace, self.expression, self.writer.digits)
        return Template(_file("page.html")).substitute(
            program=' class="program"' if len(lines) > 1 else "",
            formula="\n".join(map(escape_html, lines)),
            value=self.writer.number(f"value {self.trace.graph.output}", self.trace.value, "line"),
            circuit=svg(self.picture._replace(until=WHOLE)),
            step_lines="\n".join(self.step_lines()),
            tables="\n".join([*self.tables.html(), *map(here_html, self.notes)]),
            note=escape_html(note),
        )

    def step_lines(self) -> Iterator[str]:
        """The explanation of each step, like the captions of pictures."""
        yield '<div data-until="-1"><p>before the backward pass: only the values are known</p></div>'
        start = f'the gradient of the output by itself is <span class="gradient">{self.seed()}</span>'
        yield f'<div data-until="0"><p>step 0: {start}</p></div>'
        for step, caption in zip(self.trace.backward, self.circuit.captions, strict=True):
            lines = "".join(
                f'<p data-edge="{step.node.index} {edge.slot}">{self.multiplication(step, edge)}</p>'
                for edge in step.edges
            )
            yield f'<div data-until="{step.step}"><p>{escape_html(caption[0])}</p>{lines}</div>'
        value = self.writer.number(f"value {self.trace.graph.output}", self.trace.value, "label", "line")
        end = f'all gradients are known; the value is <span class="value">{value}</span>'
        yield f'<div data-until="{len(self.circuit.captions) + 1}"><p>{end}</p></div>'

    def seed(self) -> str:
        trace, output = self.trace, self.trace.graph.output
        if trace.backward:
            return self.writer.number(f"upstream {output}", trace.backward[0].upstream, "label", "line")
        gradient = trace.gradients.get(trace.graph.labels[output], 1.0)
        return self.writer.number(f"gradient {output}", gradient, "label", "line")

    def multiplication(self, step: BackwardStep, edge: BackwardEdge) -> str:
        key = f"{step.node.index} {edge.slot}"
        number = self.writer.number
        downstream = f'<span class="gradient">{number(f"downstream {key}", edge.downstream, "label", "line")}</span>'
        name = f"<b>{escape_html(shorten(edge.operand, LONGEST_NAME))}</b>"
        if edge.local.values is None:
            return f"{name}: {self.tables.formula(edge)} = {downstream}"
        upstream = number(f"upstream {step.node.index}", step.upstream, "label", "line", "signed")
        local = number(f"local {key}", edge.local.values, "label", "line", "signed")
        return f'{name}: <span class="gradient">{upstream}</span> × {local} = {downstream}'

    def data(self) -> dict[str, Any]:
        """What the scripts need to know beyond the document itself."""
        graph = self.trace.graph
        labels = {index: shorten(graph.labels[index]) for index in self.circuit.gates}
        names = {
            index: f"{labels[index]} = {shorten(operation_of(graph, graph.nodes[index]), LONGEST_LABEL)}"
            if graph.nodes[index].operation is not None
            else f"{gate.kind} {labels[index]}"
            for index, gate in self.circuit.gates.items()
        }
        return {
            "zeros": sorted(self.zeros),
            "isPresentation": self.is_presentation,
            "digits": self.writer.digits,
            "labelDigits": self.writer.label_digits,
            "room": ROOM,
            "entriesALine": ENTRIES_A_LINE,
            "largestShown": LARGEST_SHOWN,
            "largestLabel": LARGEST_LABEL,
            "mostRows": MOST_ROWS,
            "widestRow": WIDEST_ROW,
            "sums": [
                (fan.node.index, [(term.step.node.index, term.step.edges[0].slot) for term in fan.terms])
                for fan in self.trace.accumulations
            ],
            "opens": min(self.picture.until, len(self.circuit.captions) + 1),
            "steps": [step.node.index for step in self.trace.backward],
            "gates": names,
            "wires": [
                {
                    "name": f"{labels[wire.source]} to {labels[wire.target]}",
                    "source": wire.source,
                    "end": (wire.target, wire.slot),
                }
                for wire in self.circuit.wires
            ],
        }


def _roomy(circuit: Circuit) -> Circuit:
    """The circuit with room for the numbers at other points."""

    def widen(label: Label | None) -> Label | None:
        return None if label is None else label._replace(room=ROOM)

    gates = {
        index: gate._replace(value=widen(gate.value), gradient=widen(gate.gradient))
        for index, gate in circuit.gates.items()
    }
    wires = [wire._replace(downstream=widen(wire.downstream)) for wire in circuit.wires]
    return circuit._replace(gates=gates, wires=wires)


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
