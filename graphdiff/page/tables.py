"""The tables of a page: those of report/trace_tables, with numbers and formulas marked and rows linked to the
circuit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphdiff.drawing.circuit import Circuit
from graphdiff.errors import shorten
from graphdiff.operations.shapes import shape_text, size_of
from graphdiff.page.marks import Writer, formula
from graphdiff.passes.formula import gradient_formulas
from graphdiff.passes.steps import Accumulation, BackwardEdge, BackwardStep, ForwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Unknown, plain, shape_of
from graphdiff.report.html import escape_html
from graphdiff.report.numbers import LARGEST_SHOWN, LARGEST_SUBSTITUTED
from graphdiff.report.trace_tables import (
    BACKWARD,
    FAN_OUT,
    FORWARD,
    GRADIENTS,
    KINK,
    LONGEST_SUM,
    Section,
    formula_text,
    sections,
)
from graphdiff.writing.spelling import spell

_KINDS = {FORWARD: "forward", BACKWARD: "backward", FAN_OUT: "fan-out", GRADIENTS: "gradients"}


class Row:
    """The data attributes that link a row to the circuit, and the cells that differ from the section's."""

    def __init__(self, cells: Mapping[str, str], **links: int | None) -> None:
        self.cells = cells
        self.links = "".join(f' data-{name}="{number}"' for name, number in links.items() if number is not None)


class Tables:
    """Writes the tables of a trace beside its circuit; kinks are the choices at the nodes that may be at a kink."""

    def __init__(self, trace: Trace, circuit: Circuit, writer: Writer, kinks: Mapping[int, str]) -> None:
        self.trace = trace
        self.circuit = circuit
        self.writer = writer
        self.kinks = kinks
        self.elsewhere = [
            value if value is None or node.is_constant else Unknown(shape_of(value))
            for node, value in zip(trace.graph.nodes, trace.values, strict=True)
        ]
        """The values that are the same at every point, and the shapes of all others."""
        self.steps = {step.node.index: step.step for step in trace.backward}
        self.wires = {(wire.target, wire.slot): number for number, wire in enumerate(circuit.wires)}
        self.known: dict[int, int] = {}
        """The step that completes the gradient of each node."""
        for step in trace.backward:
            for source, _ in step.sources:
                self.known[source] = step.step

    def html(self) -> Iterator[str]:
        trace = self.trace
        rows = {
            FORWARD: map(self.forward, trace.forward),
            BACKWARD: (row for step in trace.backward for row in self.backward(step)),
            FAN_OUT: map(self.fan_out, trace.accumulations),
            GRADIENTS: self.gradients(),
        }
        for section in sections(trace, self.writer.digits, limit=0):
            if section.title == BACKWARD and self.kinks and section.columns[-1] != KINK:
                section = section._replace(
                    columns=[*section.columns, KINK], rows=[[*cells, ""] for cells in section.rows]
                )
            yield from _table(section, rows[section.title])

    def forward(self, step: ForwardStep) -> Row:
        index = step.node.index
        cells = {
            "numbers": self.substitution(step),
            "value": self.writer.number(f"value {index}", step.value),
        }
        return Row(cells, gate=index, step=self.steps.get(index))

    def substitution(self, step: ForwardStep) -> str:
        """The operation with its operands' numbers, as substitution_text in report/numbers writes it."""
        node, trace = step.node, self.trace
        assert node.operation is not None
        parts = []
        for piece in spell(node.operation, range(len(node.operands)), node.parameters):
            if isinstance(piece, str):
                parts.append(escape_html(piece))
                continue
            place, least = piece
            index = node.operands[place]
            value = plain(trace.values[index])
            forms = ["whole", "line", *(["signed"] if least > 0 else [])]
            if size_of(shape_of(value)) > LARGEST_SUBSTITUTED:
                parts.append(shape_text(shape_of(value)))
            elif trace.graph.nodes[index].is_constant:
                parts.append(escape_html(self.writer.text(value, *forms)))
            else:
                parts.append(self.writer.number(f"value {index}", value, *forms))
        return "".join(parts)

    def backward(self, step: BackwardStep) -> Iterator[Row]:
        index = step.node.index
        for number, edge in enumerate(step.edges):
            key = f"{index} {edge.slot}"
            cells = {
                "formula": self.formula(edge),
                "local": self.local(edge, key),
                "downstream": self.writer.number(f"downstream {key}", edge.downstream),
            }
            if number == 0:
                cells["upstream"] = self.writer.number(f"upstream {index}", step.upstream)
                if index in self.kinks:
                    cells["kink"] = f'<span data-kink="{index}">{escape_html(self.kinks[index])}</span>'
            wire = self.wires.get((index, edge.slot))
            yield Row(cells, gate=index, step=step.step, wire=wire, edge=number)

    def formula(self, edge: BackwardEdge) -> str:
        elsewhere = edge._replace(local=edge.local._replace(point=self.elsewhere))
        return formula(formula_text(edge), formula_text(elsewhere))

    def local(self, edge: BackwardEdge, key: str) -> str:
        local, shape = edge.local, edge.local.jacobian_shape
        if local.structure == "diagonal":
            return self.writer.number(f"local {key}", local.values)
        label = f"Jacobian {shape_text(shape)}" if shape else ""
        if size_of(shape) > LARGEST_SHOWN:
            return label
        return f"{label}\n{self.writer.number(f'jacobian {key}', local.jacobian(), 'whole')}".strip()

    def fan_out(self, accumulation: Accumulation) -> Row:
        index = accumulation.node.index
        terms = []
        for term in accumulation.terms[:LONGEST_SUM]:
            (edge,) = term.step.edges
            key = f"downstream {term.step.node.index} {edge.slot}"
            number = self.writer.number(key, edge.downstream, "line", "signed")
            terms.append(f"{number} (through {escape_html(shorten(term.through))})")
        more = len(accumulation.terms) - LONGEST_SUM
        if more > 0:
            terms.append(f"… {more:,} more …")
        gradient = self.writer.number(f"gradient {index}", accumulation.gradient, "line")
        total = f"{escape_html(shorten(accumulation.label))} = {' + '.join(terms)} = {gradient}"
        cells = {"sum": f"<span>{total}</span>"}  # which the script hides: a row needs a cell that screen readers find
        return Row(cells, gate=index if index in self.circuit.gates else None, since=self.known[index])

    def gradients(self) -> Iterator[Row]:
        trace, writer = self.trace, self.writer
        indices = [trace.graph.input_indices[name] for name in trace.gradients]
        here = trace.gradient_formulas if trace.has_arrays else {}
        formulas = gradient_formulas(trace.graph, self.elsewhere, indices) if here else {}
        for index, (name, gradient) in zip(indices, trace.gradients.items(), strict=True):
            value = trace.values[index]
            cells = {} if value is None else {"value": writer.number(f"value {index}", plain(value))}
            if gradient is not None:
                cells["gradient"] = writer.number(f"gradient {index}", gradient)
            if name in here:
                cells["formula"] = formula(here[name], formulas.get(index, ""))
            yield Row(cells, gate=index, since=self.known.get(index, 0))


def _table(section: Section, rows: Iterator[Row]) -> Iterator[str]:
    classes = [_classes(section, place) for place in range(len(section.columns))]
    yield f'<div class="scrolled"><table class="{_KINDS[section.title]}" role="table">'
    yield f"<caption>{escape_html(section.title)}</caption>"
    names = "".join(
        f'<th role="columnheader" scope="col" class="{each}">{column.name}</th>'
        for column, each in zip(section.columns, classes, strict=True)
    )
    yield f'<thead role="rowgroup"><tr role="row">{names}</tr></thead>'
    yield '<tbody role="rowgroup">'
    for texts, row in zip(section.rows, rows, strict=True):
        cells = (
            _cell(column.name, row.cells.get(column.name, escape_html(text)), each, is_first=place == 0)
            for place, (column, text, each) in enumerate(zip(section.columns, texts, classes, strict=True))
        )
        yield f'<tr role="row"{row.links}>{"".join(cells)}</tr>'
    yield "</tbody></table></div>"


def _cell(name: str, content: str, classes: str, is_first: bool) -> str:
    """A cell with its column's name, which narrow windows show before it; the cell of a node, or of an input in the
    first column, is the header of its row."""
    attributes = f'class="{classes}{"" if content else " empty"}" data-name="{name}"'
    if content and (name == "node" or (name == "input" and is_first)):
        return f'<th role="rowheader" scope="row" {attributes}>{content}</th>'
    return f'<td role="cell" {attributes}>{content}</td>'


def _classes(section: Section, place: int) -> str:
    """The classes of a column's cells: its name, and its alignment, which for arrays is left."""
    column = section.columns[place]
    likes = {
        "number": column.is_number,
        "folded": column.is_folded,
        "array": column.is_number and any("\n" in row[place] for row in section.rows),
    }
    return " ".join([column.name, *(like for like, is_so in likes.items() if is_so)])
