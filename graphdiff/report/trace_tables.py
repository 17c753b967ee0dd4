"""The tables of a trace, with their columns, as cells of text: forward pass, backward pass, fan-out and gradients."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from graphdiff.errors import count_text, shorten
from graphdiff.operations.shapes import shape_text, size_of
from graphdiff.passes.steps import Accumulation, BackwardEdge, BackwardStep, ForwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, plain, shape_of
from graphdiff.report import uncertainty
from graphdiff.report.numbers import (
    LARGEST_SHOWN,
    LARGEST_SUBSTITUTED,
    format_rows,
    format_value,
    one_line,
    parenthesize,
    substitution_text,
)
from graphdiff.writing.text import operation_of

FORWARD, FAN_OUT, GRADIENTS = "Forward pass", "Fan-out: a copy gate adds gradients", "Gradients"
BACKWARD = "Backward pass: upstream × local = downstream"
LONGEST_LINE = 160
"""Characters of a line of the expression in the heading, if the window is not wider."""
LONGEST_PROGRAM = 20
"""Lines of the expression in the heading."""
LONGEST_POINT = 20
"""Inputs whose values are in the heading; the last table lists all of them."""
LONGEST_SUM = 12
"""Terms of a fan-out's sum that are written out."""


class Column(NamedTuple):
    """The heading and the alignment of a column. Where the window is narrow, one that is folded shrinks, and as the
    last resort one that is spare is left out if the table fits then."""

    name: str
    is_number: bool = False
    is_folded: bool = False
    is_spare: bool = False


KINK = Column("kink", is_folded=True)


class Room(NamedTuple):
    """The largest arrays that are written out, in entries: of values, and of local derivatives."""

    entries: int
    local_entries: int


FULL = Room(LARGEST_SHOWN, LARGEST_SHOWN)


class Section(NamedTuple):
    """One table of text; omitted_rows is the number of rows beyond the limit."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    omitted_rows: int


def sections(trace: Trace, digits: int, limit: int, jacobian: bool = False, room: Room = FULL) -> Iterator[Section]:
    """The tables of a trace that have rows, with at most limit rows each (0: all).

    jacobian writes out Jacobians of any size, room limits other arrays.
    """
    for section in (
        _forward_section(trace, digits, limit, room),
        _backward_section(trace, digits, limit, jacobian, room),
        _fan_out_section(trace, digits, limit, room),
        _gradients_section(trace, digits, limit, room),
        _uncertainty_section(trace, digits, limit),
    ):
        if section.rows:
            yield section


def _forward_section(trace: Trace, digits: int, limit: int, room: Room) -> Section:
    columns = [
        Column("step", True),
        Column("node"),
        Column("operation", is_folded=True),
        Column("numbers", is_folded=True),
        Column("value", True),
    ]
    forward = trace.forward
    rows = (_forward_row(trace, step, digits, room) for step in forward)
    return section_of(FORWARD, columns, rows, len(forward), limit)


def _backward_section(trace: Trace, digits: int, limit: int, jacobian: bool, room: Room) -> Section:
    backward = trace.backward
    kinks = any(step.kink for step in backward[: limit or None])
    columns = [
        Column("step", True, is_spare=True),
        Column("node"),
        Column("pattern", is_folded=trace.has_arrays, is_spare=True),
        Column("upstream", True),
        Column("input"),
        Column("formula", is_folded=True),
        Column("local", True),
        Column("downstream", True),
        *([KINK] if kinks else []),
    ]
    rows = (row for step in backward for row in _backward_rows(step, digits, kinks, jacobian, room))
    return section_of(BACKWARD, columns, rows, sum(len(step.sources) for step in backward), limit)


def _fan_out_section(trace: Trace, digits: int, limit: int, room: Room) -> Section:
    accumulations = trace.accumulations
    rows = ([_sum_text(accumulation, digits, room)] for accumulation in accumulations)
    return section_of(FAN_OUT, [Column("sum", is_folded=True)], rows, len(accumulations), limit)


def _gradients_section(trace: Trace, digits: int, limit: int, room: Room) -> Section:
    formulas = trace.gradient_formulas if trace.has_arrays else {}
    columns = [
        Column("input"),
        Column("value", True),
        *([Column("formula", is_folded=True)] if formulas else []),
        Column("gradient", True),
    ]
    rows = (
        [
            shorten(name),
            _input_text(trace, name, digits, room),
            *([formulas.get(name, "")] if formulas else []),
            format_value(gradient, digits, room.entries),
        ]
        for name, gradient in trace.gradients.items()
    )
    return section_of(GRADIENTS, columns, rows, len(trace.gradients), limit)


def _uncertainty_section(trace: Trace, digits: int, limit: int) -> Section:
    columns = [Column(name, is_number=name != "input", is_folded=name == "input") for name in uncertainty.COLUMNS]
    if trace.uncertainty is None:
        return Section(uncertainty.TITLE, columns, [], 0)
    count = len(trace.uncertainty.contributions) + len(trace.uncertainty.correlations)
    return section_of(uncertainty.TITLE, columns, uncertainty.rows(trace.uncertainty, digits), count, limit)


def heading(trace: Trace, expression: str, digits: int, width: int = LONGEST_LINE) -> tuple[list[str], str]:
    """The lines of the expression without comments, and one line with the point and the value."""
    return program_lines(expression, max(width, LONGEST_LINE)), result_line(trace, digits)


def program_lines(expression: str, width: int = LONGEST_LINE) -> list[str]:
    """The lines of an expression without comments and blank lines, truncated where they are long or many."""
    code = (re.sub(r"(`[^`]*`)|\s*#.*", r"\1", line) for line in expression.split("\n"))
    lines = [shorten(line.rstrip(), width) for line in code if line.strip()]
    more = len(lines) - LONGEST_PROGRAM
    return lines if more <= 0 else [*lines[:LONGEST_PROGRAM], f"… {count_text(more, 'more line')}"]


def result_line(trace: Trace, digits: int) -> str:
    """The point and the value: `at x = -2, y = 5, z = -4: value -12`."""
    values = [
        uncertainty.with_input_uncertainty(trace, name, _named_value(name, value, digits), digits)
        for name, value in trace.point.items()
    ]
    point = ", ".join(values[:LONGEST_POINT] + ["…"] * (len(values) > LONGEST_POINT))
    at = f"at {point}: " if point else ""
    value = one_line(format_value(trace.value, digits))
    if trace.uncertainty is not None:
        value = uncertainty.uncertain_text(trace.value, trace.uncertainty.standard, digits)
    return f"{at}value {value}"


def _named_value(name: str, value: Value, digits: int) -> str:
    name = shorten(name)
    if size_of(shape_of(value)) > LARGEST_SUBSTITUTED:
        return f"{name} of shape {shape_text(shape_of(value))}"
    return f"{name} = {one_line(format_value(value, digits))}"


def omission(section: Section) -> str:
    """The note below a truncated table."""
    return f"… {section.omitted_rows:,} more row{'s' if section.omitted_rows != 1 else ''}; --limit 0 shows all"


def section_of(title: str, columns: Sequence[Column], rows: Iterable[Sequence[str]], count: int, limit: int) -> Section:
    visible_rows = list(islice(rows, limit) if limit else rows)
    return Section(title, columns, visible_rows, count - len(visible_rows))


def _forward_row(trace: Trace, step: ForwardStep, digits: int, room: Room) -> list[str]:
    return [
        str(step.step),
        shorten(step.label),
        operation_of(trace.graph, step.node),
        substitution_text(step.node, trace.values, digits, min(room.entries, LARGEST_SUBSTITUTED)),
        format_value(step.value, digits, room.entries),
    ]


def _backward_rows(step: BackwardStep, digits: int, kinks: bool, jacobian: bool, room: Room) -> Iterator[list[str]]:
    start = [
        str(step.step),
        shorten(step.label),
        step.node.operation.backward_pattern.name if step.node.operation else "",
        format_value(step.upstream, digits, room.entries),
    ]
    for number, edge in enumerate(step.edges):
        row = start if number == 0 else [""] * len(start)
        row = [
            *row,
            shorten(edge.operand),
            formula_text(edge),
            _local_text(edge, digits, jacobian, room),
            format_value(edge.downstream, digits, room.entries),
        ]
        if kinks:
            row.append((step.kink or "") if number == 0 else "")
        yield row


def formula_text(edge: BackwardEdge) -> str:
    """The formula of a local derivative, and the axes that downstream is summed over."""
    axes = edge.local.summed_axes
    note = f", summed over ax{'i' if len(axes) == 1 else 'e'}s {', '.join(map(str, axes))}" if axes else ""
    return edge.local.formula + note


def _local_text(edge: BackwardEdge, digits: int, jacobian: bool, room: Room) -> str:
    """The numbers of a local derivative; for a dense one the shape of the Jacobian, and its entries where they are
    few."""
    shape = edge.local.jacobian_shape
    if edge.local.structure == "diagonal":
        return format_value(edge.local.values, digits, room.local_entries)
    gap = " " if room == FULL else "\n"  # two lines where there is little room
    label = f"Jacobian{gap}{shape_text(shape)}" if shape else ""
    if size_of(shape) > room.local_entries and not jacobian:
        return label
    return f"{label}\n{format_rows(edge.local.jacobian(), digits)}".strip()


def _sum_text(accumulation: Accumulation, digits: int, room: Room) -> str:
    """A fan-out: `b = 7 (through x) + 2 (through y) = 9`."""
    terms = [
        f"{parenthesize(one_line(format_value(term.value, digits, room.entries)))} (through {shorten(term.through)})"
        for term in accumulation.terms[:LONGEST_SUM]
    ]
    more = len(accumulation.terms) - LONGEST_SUM
    if more > 0:
        terms.append(f"… {more:,} more …")
    gradient = one_line(format_value(accumulation.gradient, digits, room.entries))
    return f"{shorten(accumulation.label)} = {' + '.join(terms)} = {gradient}"


def _input_text(trace: Trace, name: str, digits: int, room: Room) -> str:
    value = trace.values[trace.graph.input_indices[name]]
    return "" if value is None else format_value(plain(value), digits, room.entries)
