"""The tables of one variant: cells of text, and answers where a sheet has a blank and its key the number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from graphdiff.errors import shorten
from graphdiff.passes.steps import BackwardEdge, BackwardStep, Term
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, plain
from graphdiff.report.numbers import format_rows, format_value, one_line, substitution_text
from graphdiff.report.trace_tables import BACKWARD, FORWARD, GRADIENTS, Column, formula_text
from graphdiff.worksheet.slips import Slip, downstream_slips, local_slips, sum_slips, value_slips
from graphdiff.writing.text import operation_of

SUMS = "Fan-out: gradients add up"


class Task(NamedTuple):
    """What a worksheet asks for: the values of gates, the local derivatives of edges, the gradients. What would give an
    answer away is left out."""

    values: bool
    locals: bool
    gradients: bool
    text: str


class Answer(NamedTuple):
    """A blank: what it asks for in words, the right value and its text, and common slips."""

    name: str
    value: Value
    text: str
    slips: Sequence[Slip]


Cell: TypeAlias = str | Answer


class Table(NamedTuple):
    """One table under its title."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

    def texts(self, blank: str | None) -> list[list[str]]:
        """The rows as text, with the answers, or with blank for each of them."""
        return [
            [cell if isinstance(cell, str) else cell.text if blank is None else blank for cell in row]
            for row in self.rows
        ]


def make_tables(trace: Trace, task: Task, digits: int) -> list[Table]:
    """The tables of a trace that have rows: its forward pass, and what the task needs of its backward pass."""
    writer = _Tables(trace, task, digits)
    parts = [writer.forward()]
    if task.locals or task.gradients:
        parts.append(writer.backward())
    if task.gradients:
        parts += [writer.sums(), writer.gradients()]
    return [table for table in parts if table.rows]


class _Tables:
    def __init__(self, trace: Trace, task: Task, digits: int) -> None:
        self.trace = trace
        self.task = task
        self.digits = digits
        self.terms: dict[int, list[Term]] = defaultdict(list)
        """What arrives at each node."""
        for step in trace.backward:
            for source, slot in step.sources:
                self.terms[source].append(Term(step.only(slot)))

    def forward(self) -> Table:
        asks = self.task.values
        columns = [Column("node"), Column("operation"), *([] if asks else [Column("numbers")]), Column("value", True)]
        rows = []
        for step in self.trace.forward:
            label = shorten(step.label)
            numbers = [] if asks else [substitution_text(step.node, self.trace.values, self.digits)]
            value = self.cell(f"value of {label}", step.value, value_slips(step.value) if asks else None)
            rows.append([label, operation_of(self.trace.graph, step.node), *numbers, value])
        return Table(FORWARD, columns, rows)

    def backward(self) -> Table:
        task = self.task
        columns = [
            Column("node"),
            *([Column("upstream", True)] if task.gradients else []),
            Column("input"),
            *([] if task.locals else [Column("formula")]),
            Column("local", True),
            *([Column("downstream", True)] if task.gradients else []),
        ]
        rows = [row for step in self.trace.backward for row in self.backward_rows(step)]
        return Table(BACKWARD if task.gradients else "Local derivatives", columns, rows)

    def backward_rows(self, step: BackwardStep) -> Iterator[list[Cell]]:
        task, node = self.task, shorten(step.label)
        for number, edge in enumerate(step.edges):
            operand = shorten(edge.operand)
            row: list[Cell] = ["" if number else node]
            if task.gradients:
                row.append("" if number else self.upstream(step))
            row.append(operand)
            if not task.locals:
                row.append(formula_text(edge))
            row.append(self.local(f"local derivative of {node} by {operand}", edge))
            if task.gradients:
                row.append(self.cell(f"downstream from {node} to {operand}", edge.downstream, downstream_slips(edge)))
            yield row

    def upstream(self, step: BackwardStep) -> Cell:
        """The upstream of a node; that of the output is given."""
        terms = self.terms[step.node.index]
        slips = self.gradient_slips(step.node.index, step.upstream) if terms else None
        return self.cell(f"upstream of {shorten(step.label)}", step.upstream, slips)

    def local(self, name: str, edge: BackwardEdge) -> Cell:
        """The local derivative of an elementwise operation; of any other there is only the formula."""
        if edge.local.values is None:
            return formula_text(edge) if self.task.locals else ""
        return self.cell(name, edge.local.values, local_slips(edge) if self.task.locals else None)

    def sums(self) -> Table:
        columns = [Column("node"), Column("sum of the downstreams from"), Column("gradient", True)]
        rows = []
        for fan in self.trace.accumulations:
            label = shorten(fan.label)
            nodes = ", ".join(shorten(term.through) for term in fan.terms)
            gradient = self.cell(
                f"gradient of {label}", fan.gradient, self.gradient_slips(fan.node.index, fan.gradient)
            )
            rows.append([label, nodes, gradient])
        return Table(SUMS, columns, rows)

    def gradients(self) -> Table:
        trace = self.trace
        columns = [Column("input"), Column("value", True), Column("gradient", True)]
        rows: list[list[Cell]] = []
        for name, gradient in trace.gradients.items():
            index = trace.graph.input_indices[name]
            value = trace.values[index]
            slips = None if gradient is None else self.gradient_slips(index, gradient)
            text = "" if value is None else self.text(plain(value))
            rows.append([shorten(name), text, self.cell(f"gradient of {shorten(name)}", gradient, slips)])
        return Table(GRADIENTS, columns, rows)

    def gradient_slips(self, index: int, gradient: Value) -> list[Slip]:
        """The slips of the gradient by a node."""
        terms = self.terms[index]
        return downstream_slips(terms[0].step.edges[0]) if len(terms) == 1 else sum_slips(terms, gradient)

    def cell(self, name: str, value: Value | None, slips: Sequence[Slip] | None) -> Cell:
        """An answer, or, where slips is None, the text of a number that is given."""
        return self.text(value) if value is None or slips is None else Answer(name, value, self.text(value), slips)

    def text(self, value: Value | None) -> str:
        return one_line(format_value(value, self.digits) if value is None else format_rows(value, self.digits))
