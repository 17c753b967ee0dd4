"""Traces → worksheet: for each variant the circuit with empty boxes, the tables with blanks, and the key of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graphdiff.drawing.circuit import BEFORE, Circuit, Gate, Label, Wire, circuit
from graphdiff.drawing.picture import Picture
from graphdiff.errors import shorten
from graphdiff.passes.trace import Trace
from graphdiff.report.numbers import DIGITS, format_rows, one_line
from graphdiff.report.trace_tables import program_lines
from graphdiff.worksheet.tables import Table, Task, make_tables

TASKS = {
    "gradients": Task(False, False, True, "Find the gradients: on each edge, upstream × local = downstream."),
    "locals": Task(False, True, False, "Find the local derivative on each edge."),
    "forward": Task(True, False, False, "Find the value of each gate."),
    "all": Task(True, True, True, "Find all values, local derivatives and gradients: upstream × local = downstream."),
}
"""What --blank names."""
ROUNDING = "Three significant digits are enough."
ROOM = 7
"""Characters of an empty box in the circuit."""
BLANK = "_____"
"""An empty box where there is only text."""
LONGEST_TITLE = 80
"""Characters of the title of a document."""


class Sheet(NamedTuple):
    """One variant.

    number      its number, from 1
    point       the values of the inputs as `x = …, y = …`
    blank       the circuit with empty boxes
    key         the same circuit with all numbers
    tables      the tables, whose answers are blanks in the sheet
    leads_down  whether the output is below the inputs in the circuit
    """

    number: int
    point: str
    blank: Circuit
    key: Circuit
    tables: Sequence[Table]
    leads_down: bool = False

    def picture(self, title: str, is_key: bool) -> Picture:
        """The circuit as a picture."""
        return Picture(self.key if is_key else self.blank, title, leads_down=self.leads_down)


class Worksheet(NamedTuple):
    """All variants of an exercise on one formula.

    lines    the lines of the formula
    task     what it asks for
    """

    lines: Sequence[str]
    task: Task
    sheets: Sequence[Sheet]

    @property
    def title(self) -> str:
        """The formula on one line."""
        return shorten("; ".join(self.lines), LONGEST_TITLE)


def make_worksheet(
    traces: Sequence[Trace], expression: str, task: Task, digits: int, limit: int, leads_down: bool = False
) -> Worksheet:
    """The worksheet of a formula traced at one point for each variant.

    Raises GraphdiffError("limit") where the circuit has more gates than limit; 0 stands for no limit.
    """
    sheets = [_make_sheet(number, trace, task, digits, limit) for number, trace in enumerate(traces, 1)]
    return Worksheet(program_lines(expression), task, [sheet._replace(leads_down=leads_down) for sheet in sheets])


def _make_sheet(number: int, trace: Trace, task: Task, digits: int, limit: int) -> Sheet:
    values = {name: one_line(format_rows(value, max(digits, DIGITS))) for name, value in trace.point.items()}
    point = ", ".join(f"{shorten(name)} = {value}" for name, value in values.items())
    whole = circuit(trace, digits, limit, has_names=True, has_locals=task.locals)
    blank, key = _Blanks(whole, task, False), _Blanks(whole, task, True)
    return Sheet(number, point, blank.circuit(), key.circuit(), make_tables(trace, task, digits, whole.zeros))


class _Blanks:
    """Makes the circuit of a sheet, in which the numbers that the task asks for are blank, or of its key, which has
    them in the same places. Numbers that would give them away are left out of both."""

    def __init__(self, whole: Circuit, task: Task, is_key: bool) -> None:
        self.whole = whole
        self.task = task
        self.is_key = is_key

    def circuit(self) -> Circuit:
        gates = {index: self.gate(gate) for index, gate in self.whole.gates.items()}
        return self.whole._replace(gates=gates, wires=[self.wire(wire) for wire in self.whole.wires])

    def gate(self, gate: Gate) -> Gate:
        """A gate whose value is asked for, unless it is given, and whose gradient is, unless it is the output's."""
        asks_value = self.task.values and gate.kind == "operation"
        value = self.blank(gate.value) if asks_value else gate.value
        gradient = gate.gradient if gate.node == self.whole.output else self.blank(gate.gradient)
        return gate._replace(value=value, gradient=gradient if self.task.gradients else None)

    def wire(self, wire: Wire) -> Wire:
        return wire._replace(
            downstream=self.blank(wire.downstream) if self.task.gradients else None, local=self.blank(wire.local)
        )

    def blank(self, label: Label | None) -> Label | None:
        """An empty box, or in a key its content in the same room."""
        if label is None:
            return None
        if self.is_key:
            return label._replace(room=ROOM)
        return Label((BLANK,) * len(label.lines), BEFORE, max(ROOM, *map(len, label.lines)), is_blank=True)
