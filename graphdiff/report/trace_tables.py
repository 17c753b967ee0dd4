"""The tables of a trace as cells of text: forward pass, backward pass, fan-out, gradients."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from graphdiff.errors import shortened
from graphdiff.operations.shapes import shape_text, size_of
from graphdiff.passes.steps import Accumulation, BackwardEdge, BackwardStep, ForwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, plain, shape_of
from graphdiff.report.numbers import (
    LARGEST_SHOWN,
    LARGEST_SUBSTITUTED,
    bracketed,
    one_line,
    rows_shown,
    shown,
    substituted,
)
from graphdiff.writing.text import operation_of

FORWARD, FAN_OUT, GRADIENTS = "Forward pass", "Fan-out: a copy gate adds gradients", "Gradients"
BACKWARD = "Backward pass: upstream × local = downstream"
LONGEST_PROGRAM = 20
"""Lines of the expression that are shown."""
LONGEST_POINT = 20
"""Inputs whose values stand above the tables; all of them stand in the last."""
LONGEST_SUM = 12
"""Terms of a fan-out that are written out."""


class Column(NamedTuple):
    """A folded column gives way where a window is narrow."""

    name: str
    is_number: bool = False
    is_folded: bool = False


KINK = Column("kink", is_folded=True)


class Room(NamedTuple):
    """How many entries an array may have to be written out: a value, and a local derivative."""

    entries: int
    local_entries: int


FULL = Room(LARGEST_SHOWN, LARGEST_SHOWN)


class Section(NamedTuple):
    """One table; omitted counts the rows that the limit left out."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    omitted: int


def sections(trace: Trace, digits: int, limit: int, jacobian: bool = False, room: Room = FULL) -> Iterator[Section]:
    """The tables of a trace that have rows, each cut to limit rows (0: all); arrays are written out as far as there is
    room for them."""
    kinks = any(step.kink for step in trace.backward[: limit or None])
    forward = trace.forward
    gradients = trace.gradients.items()
    formulas = trace.gradient_formulas if trace.has_arrays else {}
    accumulations = trace.accumulations
    found = [
        _section(
            FORWARD,
            [
                Column("step", True),
                Column("node"),
                Column("operation", is_folded=True),
                Column("numbers", is_folded=True),
                Column("value", True),
            ],
            (_forward_row(trace, step, digits, room) for step in forward),
            len(forward),
            limit,
        ),
        _section(
            BACKWARD,
            [
                Column("step", True),
                Column("node"),
                Column("gate", is_folded=trace.has_arrays),
                Column("upstream", True),
                Column("input"),
                Column("formula", is_folded=True),
                Column("local", True),
                Column("downstream", True),
                *([KINK] if kinks else []),
            ],
            (row for step in trace.backward for row in _backward_rows(step, digits, kinks, jacobian, room)),
            sum(len(step.sources) for step in trace.backward),
            limit,
        ),
        _section(
            FAN_OUT,
            [Column("sum", is_folded=True)],
            ([_sum_text(accumulation, digits, room)] for accumulation in accumulations),
            len(accumulations),
            limit,
        ),
        _section(
            GRADIENTS,
            [
                Column("input"),
                Column("value", True),
                *([Column("formula", is_folded=True)] if formulas else []),
                Column("gradient", True),
            ],
            (
                [
                    shortened(name),
                    _input_text(trace, name, digits, room),
                    *([formulas.get(name, "")] if formulas else []),
                    shown(gradient, digits, room.entries),
                ]
                for name, gradient in gradients
            ),
            len(gradients),
            limit,
        ),
    ]
    return (section for section in found if section.rows)


def heading(trace: Trace, expression: str, digits: int) -> tuple[list[str], str]:
    """The lines of the expression without comments, and a line of its point and its value."""
    return program_lines(expression), result_line(trace, digits)


def program_lines(expression: str) -> list[str]:
    """Those without comments, each on a line of a message, and not too many."""
    code = (re.sub(r"\s*#.*", "", line) for line in expression.split("\n"))
    lines = [shortened(line.rstrip(), 160) for line in code if line.strip()]
    return [*lines[:LONGEST_PROGRAM], *["…"] * (len(lines) > LONGEST_PROGRAM)]


def result_line(trace: Trace, digits: int) -> str:
    """`at x = -2, y = 5, z = -4: value -12`"""
    values = [_named_value(name, value, digits) for name, value in trace.point.items()]
    point = ", ".join(values[:LONGEST_POINT] + ["…"] * (len(values) > LONGEST_POINT))
    at = f"at {point}: " if point else ""
    return f"{at}value {one_line(shown(trace.value, digits))}"


def _named_value(name: str, value: Value, digits: int) -> str:
    name = shortened(name)
    if size_of(shape_of(value)) > LARGEST_SUBSTITUTED:
        return f"{name} of shape {shape_text(shape_of(value))}"
    return f"{name} = {one_line(shown(value, digits))}"


def omission(section: Section) -> str:
    """What is said below a table that was cut."""
    return f"… {section.omitted:,} more rows; --limit 0 shows all"


def _section(title: str, columns: Sequence[Column], rows: Iterable[Sequence[str]], count: int, limit: int) -> Section:
    kept = list(islice(rows, limit) if limit else rows)
    return Section(title, columns, kept, count - len(kept))


def _forward_row(trace: Trace, step: ForwardStep, digits: int, room: Room) -> list[str]:
    return [
        str(step.step),
        shortened(step.label),
        operation_of(trace.graph, step.node),
        substituted(step.node, trace.values, digits, min(room.entries, LARGEST_SUBSTITUTED)),
        shown(step.value, digits, room.entries),
    ]


def _backward_rows(step: BackwardStep, digits: int, kinks: bool, jacobian: bool, room: Room) -> Iterator[list[str]]:
    start = [
        str(step.step),
        shortened(step.label),
        step.node.operation.backward_pattern.name if step.node.operation else "",
        shown(step.upstream, digits, room.entries),
    ]
    for number, edge in enumerate(step.edges):
        row = start if number == 0 else [""] * len(start)
        row = [
            *row,
            shortened(edge.operand),
            formula_text(edge),
            _local_text(edge, digits, jacobian, room),
            shown(edge.downstream, digits, room.entries),
        ]
        if kinks:
            row.append((step.kink or "") if number == 0 else "")
        yield row


def formula_text(edge: BackwardEdge) -> str:
    """The local derivative, and the axes over which downstream is summed."""
    axes = edge.local.summed_axes
    summed = f", summed over ax{'i' if len(axes) == 1 else 'e'}s {', '.join(map(str, axes))}" if axes else ""
    return edge.local.formula + summed


def _local_text(edge: BackwardEdge, digits: int, jacobian: bool, room: Room) -> str:
    """The numbers of the local derivative; of a dense one the Jacobian's shape, and its numbers where they are few."""
    shape = edge.local.jacobian_shape
    if edge.local.structure == "diagonal":
        return shown(edge.local.values, digits, room.local_entries)
    gap = " " if room == FULL else "\n"  # where there is little room one below the other
    told = f"Jacobian{gap}{shape_text(shape)}" if shape else ""
    if size_of(shape) > room.local_entries and not jacobian:
        return told
    return f"{told}\n{rows_shown(edge.local.jacobian(), digits)}".strip()


def _sum_text(accumulation: Accumulation, digits: int, room: Room) -> str:
    """`b = 7 (through x) + 2 (through y) = 9`"""
    terms = [
        f"{bracketed(one_line(shown(term.value, digits, room.entries)))} (through {shortened(term.through)})"
        for term in accumulation.terms[:LONGEST_SUM]
    ]
    more = len(accumulation.terms) - LONGEST_SUM
    if more > 0:
        terms.append(f"… {more:,} more …")
    gradient = one_line(shown(accumulation.gradient, digits, room.entries))
    return f"{shortened(accumulation.label)} = {' + '.join(terms)} = {gradient}"


def _input_text(trace: Trace, name: str, digits: int, room: Room) -> str:
    value = trace.values[trace.graph.input_indices[name]]
    return "" if value is None else shown(plain(value), digits, room.entries)
