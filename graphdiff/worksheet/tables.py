"""The tables of one variant: cells of text, and answers where a sheet has a blank and its key the number."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from graphdiff.accuracy.lost_numbers import Key
from graphdiff.errors import shorten
from graphdiff.exercises.feedback import Feedback, FeedbackTable
from graphdiff.passes.steps import BackwardEdge, BackwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, plain
from graphdiff.report.numbers import format_rows, format_value, one_line, substitution_text
from graphdiff.report.trace_tables import BACKWARD, FORWARD, GRADIENTS, Column, formula_text
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
    """A blank: what it asks for in words, the right value and its text; find_feedback returns the feedback on common
    slips, which few formats have."""

    name: str
    value: Value
    text: str
    find_feedback: Callable[[], Sequence[Feedback]]

    @property
    def feedback(self) -> Sequence[Feedback]:
        """The feedback on common slips."""
        return self.find_feedback()


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


def make_tables(trace: Trace, task: Task, digits: int, zeros: Collection[Key]) -> list[Table]:
    """The tables of a trace that have rows: its forward pass, and what the task needs of its backward pass. zeros are
    the numbers that are rounding errors alone, in place of which they have 0."""
    writer = _Tables(trace, task, digits, zeros)
    parts = [writer.forward()]
    if task.locals or task.gradients:
        parts.append(writer.backward())
    if task.gradients:
        parts += [writer.sums(), writer.gradients()]
    return [table for table in parts if table.rows]


class _Tables:
    def __init__(self, trace: Trace, task: Task, digits: int, zeros: Collection[Key]) -> None:
        self.trace = trace
        self.task = task
        self.digits = digits
        self.zeros = zeros
        self.feedback = FeedbackTable(trace)
        self.receivers = {source for step in trace.backward for source, _ in step.sources}
        """The nodes that receive a gradient, which the output alone does not."""

    def forward(self) -> Table:
        asks = self.task.values
        columns = [Column("node"), Column("operation"), *([] if asks else [Column("numbers")]), Column("value", True)]
        rows = []
        for step in self.trace.forward:
            label = shorten(step.label)
            numbers = [] if asks else [substitution_text(step.node, self.trace.values, self.digits)]
            feedback = partial(self.feedback.of_value, step.node.index) if asks else None
            value = self.cell(f"value of {label}", step.value, feedback, "value", step.node.index)
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
                place = step.node.index, edge.slot
                feedback = partial(self.feedback.of_downstream, *place)
                name = f"downstream from {node} to {operand}"
                row.append(self.cell(name, edge.downstream, feedback, "downstream", *place))
            yield row

    def upstream(self, step: BackwardStep) -> Cell:
        """The upstream of a node; that of the output is given."""
        index = step.node.index
        feedback = partial(self.feedback.of_gradient, index) if index in self.receivers else None
        return self.cell(f"upstream of {shorten(step.label)}", step.upstream, feedback, "upstream", index)

    def local(self, name: str, edge: BackwardEdge) -> Cell:
        """The local derivative of an elementwise operation; of any other there is only the formula."""
        if edge.local.values is None:
            return formula_text(edge) if self.task.locals else ""
        place = edge.local.step.node.index, edge.slot
        feedback = partial(self.feedback.of_local, *place) if self.task.locals else None
        return self.cell(name, edge.local.values, feedback, "local", *place)

    def sums(self) -> Table:
        columns = [Column("node"), Column("sum of the downstreams from"), Column("gradient", True)]
        rows = []
        for fan in self.trace.accumulations:
            label = shorten(fan.label)
            nodes = ", ".join(shorten(term.through) for term in fan.terms)
            feedback = partial(self.feedback.of_gradient, fan.node.index)
            kind = "gradient" if fan.node.is_input else "upstream"
            gradient = self.cell(f"gradient of {label}", fan.gradient, feedback, kind, fan.node.index)
            rows.append([label, nodes, gradient])
        return Table(SUMS, columns, rows)

    def gradients(self) -> Table:
        trace = self.trace
        columns = [Column("input"), Column("value", True), Column("gradient", True)]
        rows: list[list[Cell]] = []
        for name, gradient in trace.gradients.items():
            index = trace.graph.input_indices[name]
            value = trace.values[index]
            text = "" if value is None else self.text(plain(value))
            feedback = partial(self.feedback.of_gradient, index)
            cell = self.cell(f"gradient of {shorten(name)}", gradient, feedback, "gradient", index)
            rows.append([shorten(name), text, cell])
        return Table(GRADIENTS, columns, rows)

    def cell(
        self, name: str, value: Value | None, find_feedback: Callable[[], Sequence[Feedback]] | None, *key: Any
    ) -> Cell:
        """An answer, or without feedback the text of a number that is given; key is that of the number."""
        value = 0.0 if key in self.zeros else value
        if value is None or find_feedback is None:
            return self.text(value)
        return Answer(name, value, self.text(value), find_feedback)

    def text(self, value: Value | None) -> str:
        return one_line(format_value(value, self.digits) if value is None else format_rows(value, self.digits))
