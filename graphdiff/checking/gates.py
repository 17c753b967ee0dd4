"""Check the derivatives that a program defines for its own gates against differences of the gates' bodies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from graphdiff.accuracy.evaluation import digits_of
from graphdiff.accuracy.exact import isfinite
from graphdiff.algebra.expand import expand_gates
from graphdiff.checking.directions import along_entry, entries
from graphdiff.checking.judge import Judge
from graphdiff.checking.row import CheckRow
from graphdiff.checking.verdict import AGREES, DIFFERS, LOST, NOT_CHECKABLE
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import Numeric
from graphdiff.passes.forward import forward
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import plain, shape_of
from graphdiff.precise.trace import trace
from graphdiff.writing.text import operation_of

SEVERITY = (AGREES, NOT_CHECKABLE, LOST, DIFFERS)
MOST_ENTRIES = 100
"""The most entries of an array that are compared: those where the derivative is farthest from that of the body."""
NONFINITE = "its own derivative is not finite"

Place = tuple[int, ...]


def gate_rows(trace: Trace) -> list[CheckRow]:
    """Compare every derivative that a program defines for a gate, at each call of the gate and at the point of a trace,
    including calls inside functions: one row for each, for arrays at the entry that agrees least.

    A derivative with respect to a parameter that the body does not use passes nothing back, and is left out.
    """
    with trace.op.quiet():
        return list(_rows(trace.graph, trace.values, trace.op))


def _rows(graph: Graph, values: Sequence[Any], op: Numeric) -> Iterator[CheckRow]:
    """Recursion is as deep as calls are nested, which language/program limits."""
    for node in graph.nodes:
        function = node.operation
        if not isinstance(function, Function) or not graph.needed[node.index]:
            continue
        operands = [values[operand] for operand in node.operands]
        names = [function.inputs[slot] for slot in range(len(function.partials)) if function.passes_to(slot)]
        if names:
            gate = _Gate(function, names, digits_of(op) if op.is_typed else None)
            rows = [gate.rows(place, point) for place, point in gate.points(operands, values[node.index], op)]
            for of_parameter in zip(*rows, strict=True):
                worst = max(of_parameter, key=lambda row: (SEVERITY.index(row.verdict), row.error or 0.0))
                yield worst._replace(gate=operation_of(graph, node))
        yield from _rows(function.graph, forward(function.graph, operands, op, values[node.index]), op)


class _Gate:
    """A gate whose derivatives by these parameters are compared, as the graph of a single call; and its body."""

    def __init__(self, function: Function, parameters: Sequence[str], precision: int | None) -> None:
        builder = GraphBuilder()
        inputs = [builder.input(name) for name in function.graph.input_names]
        call = builder.apply(function, inputs)
        self._call = Graph(builder.nodes, builder.inputs, [call.index])
        self._body = expand_gates(function.graph)
        self._parameters = parameters
        self._precision = precision

    def points(self, operands: Sequence[Any], y: Any, op: Numeric) -> list[tuple[Place, dict[str, Any]]]:
        """The operands of a call by name at each entry of its value; if there are too many, at those where its own
        derivatives and those of its body by the rules are farthest apart."""
        names = self._call.input_names
        columns = [entries(plain(op.broadcast_like(operand, y))) for operand in operands]
        places = list(product(*map(range, shape_of(plain(y)))))
        points = [dict(zip(names, point, strict=True)) for point in zip(*columns, strict=True)]
        if len(places) > MOST_ENTRIES:
            point = dict(zip(names, columns, strict=True))
            of_both = zip(self._gradients(self._call, point), self._gradients(self._body, point), strict=True)
            distances = [max(map(_distance, *pair)) for pair in of_both]
            order = sorted(range(len(places)), key=distances.__getitem__, reverse=True)[:MOST_ENTRIES]
            places, points = [places[number] for number in order], [points[number] for number in order]
        return list(zip(places, points, strict=True))

    def _gradients(self, graph: Graph, point: Mapping[str, Any]) -> list[tuple[float, ...]]:
        """The derivatives by the parameters at each entry of the point."""
        gradients = trace(graph, point, wrt=self._parameters, upstream=1.0, precision=self._precision).gradients
        return list(zip(*[entries(gradients[name]) for name in self._parameters], strict=True))

    def rows(self, place: Place, point: Mapping[str, Any]) -> list[CheckRow]:
        """Compare each derivative at a point; place is that of the entry."""
        at_point = trace(self._call, point, wrt=self._parameters, precision=self._precision)
        judge = Judge(at_point)
        return [self._row(judge, name, point)._replace(place=place) for name in self._parameters]

    def _row(self, judge: Judge, name: str, point: Mapping[str, float]) -> CheckRow:
        row = judge.row(along_entry(name, 0, point[name], [point[name]]))
        if row.verdict != NOT_CHECKABLE:
            return row
        if not isfinite(judge.gradients[name][0]):
            return row._replace(reason=NONFINITE)
        body = Judge(trace(self._body, point, wrt=name, precision=self._precision))
        choices = list(body.kinks.values())
        if choices and row.analytic == body.gradients[name][0]:
            return row._replace(numeric=row.analytic, error=0.0, bound=0.0, verdict=AGREES, reason="")
        return row._replace(reason=f"its body is at a kink: {choices[0]}") if choices else row


def _distance(one: float, other: float) -> float:
    """How far two numbers are apart, relative to the larger; infinite where one of them is not finite."""
    size = max(abs(one), abs(other))
    return abs(one - other) / size if 0 < size < math.inf else 0.0 if size == 0 else math.inf
