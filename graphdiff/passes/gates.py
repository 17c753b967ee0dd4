"""Gates with their own derivatives, held against the derivatives of their bodies at a point."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from graphdiff.graph.graph import Function, Graph, GraphBuilder
from graphdiff.graph.rewrite import expanded
from graphdiff.graph.symbolic import Symbolic
from graphdiff.graph.text import operation_of
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import Primitive
from graphdiff.passes.backward import Cotangent, NodeBackward, backward
from graphdiff.passes.forward import forward
from graphdiff.passes.kinks import kink_of
from graphdiff.passes.trace import Trace
from graphdiff.passes.trace_graph import AsWritten
from graphdiff.passes.values import Value, plain, to_list

AGREES, DIFFERS, NOT_CHECKABLE = "agrees", "differs", "not checkable"

ROUNDING = 2.0**-50
"""Of each operation, relative to its value: no kernel is off by more than 4 ulp."""
HIDES = 1e-3
"""Where rounding may have changed this part of a number, it says nothing."""


class GateCheck(NamedTuple):
    """A gate's own derivative by one parameter, at one call.

    gate, parameter  their names
    call             the call, in the labels of the graph that it stands in: `sigma(v4)`
    given, true      its own derivative there, and that of its body: numbers, or arrays in the shape of its value
    error            the largest difference between the two
    verdict          "agrees": they are the same but for rounding; "differs"; "not checkable"
    reason           why it is not checkable
    """

    gate: str
    parameter: str
    call: str
    given: Value
    true: Value
    error: float
    verdict: str
    reason: str = ""


def check_gates(trace: Trace) -> list[GateCheck]:
    """Every derivative that a program gives a gate, at each of its calls and where a trace was made; of calls inside
    functions too.

    A derivative by a parameter that the body does not use passes nothing back, and is left out.
    """
    with trace.op.quiet():
        return list(_checks(trace.graph, trace.values, trace.op))


def _checks(graph: Graph, values: Sequence[Any], op: Numeric) -> Iterator[GateCheck]:
    """Recursion goes only as deep as calls nest, which graph/program bounds."""
    for node in graph.nodes:
        function = node.operation
        if not isinstance(function, Function) or not graph.needed[node.index]:
            continue
        operands = [values[operand] for operand in node.operands]
        slots = [slot for slot in range(len(function.partials)) if function.passes_to(slot)]
        if slots:
            yield from _compared(function, slots, operation_of(graph, node), values[node.index], operands, op)
        yield from _checks(function.graph, forward(function.graph, operands, op, values[node.index]), op)


def _compared(
    function: Function, slots: Sequence[int], call: str, y: Any, operands: Sequence[Any], op: Numeric
) -> Iterator[GateCheck]:
    body = expanded(function.graph)
    both = _both(function, body, slots)
    # In the shape of the value, no entry's derivative is summed with another's.
    used = [both.needed[index] for index in both.inputs]
    inputs = [op.expanded(operand, y) if use else operand for operand, use in zip(operands, used, strict=True)]
    kink = _kink(body, slots, inputs, y, op)
    computed = _with_rounding(both, inputs, op)
    for slot, given, true in zip(slots, computed[: len(slots)], computed[len(slots) :], strict=True):
        bound = op.add(given.bound, true.bound)
        rows = [_entries(op.expanded(part, y)) for part in (given.value, true.value, bound)]
        verdicts = [_verdict(*row, kink) for row in zip(rows[0], rows[1], rows[2], strict=True)]
        verdict, reason = max(verdicts, key=lambda found: (AGREES, NOT_CHECKABLE, DIFFERS).index(found[0]))
        errors = [abs(own - true_one) for own, true_one in zip(rows[0], rows[1], strict=True)]
        error = math.nan if any(map(math.isnan, errors)) else max(errors)
        values = plain(given.value), plain(true.value)
        yield GateCheck(function.name, function.inputs[slot], call, *values, error, verdict, reason)


def _both(function: Function, body: Graph, slots: Sequence[int]) -> Graph:
    """The gate's own derivatives and then its body's, as one graph that is computed as it is written."""
    op = Symbolic(GraphBuilder(), AsWritten)
    symbols = [op.symbol(name) for name in body.input_names]
    values = forward(body, symbols, op)
    partials = [expanded(function.partials[slot]) for slot in slots]
    given = [forward(partial, [*symbols, values[body.output]], op)[partial.output] for partial in partials]
    wanted = [body.inputs[slot] for slot in slots]
    true = backward(body, values, op, Cotangent(1.0), body.active(wanted))
    found = [*given, *(true[index].value if index in true else 0.0 for index in wanted)]
    return Graph(op.builder.nodes, op.builder.inputs, [op.lifted(each).index for each in found])


def _kink(body: Graph, slots: Sequence[int], inputs: Sequence[Any], y: Any, op: Numeric) -> str | None:
    """What the rules of a body chose at these inputs, where they had to."""
    steps: list[NodeBackward] = []
    active = body.active([body.inputs[slot] for slot in slots])
    backward(body, forward(body, inputs, op, y), op, Cotangent(op.expanded(1.0, y)), active, steps.append)
    return next(filter(None, (kink_of(step, op) for step in steps)), None)


class _Rounded(NamedTuple):
    """A value, and how far rounding may have moved it."""

    value: Any
    bound: Any


def _with_rounding(graph: Graph, inputs: Sequence[Any], op: Numeric) -> list[_Rounded]:
    """Each output with the effect of rounding to first order: a running error analysis, see e.g. Higham,
    Accuracy and Stability of Numerical Algorithms (2002), section 3.3."""
    values = forward(graph, inputs, op)
    bounds: list[Any] = [None] * len(graph.nodes)
    for node in graph.nodes:
        if node.operation is None or not graph.needed[node.index]:
            continue
        assert isinstance(node.operation, Primitive)  # it is expanded, and elementwise
        y, operands = values[node.index], [values[operand] for operand in node.operands]
        bound = op.mul(op.abs(y), ROUNDING)
        for slot, operand in enumerate(node.operands):
            if bounds[operand] is not None:
                local = node.operation.partials[slot](op, y, *operands, **node.parameters)
                moved = op.mul(op.abs(local), bounds[operand])
                bound = op.add(bound, op.where(op.eq(local, 0.0), 0.0, moved))
        bounds[node.index] = bound
    return [_Rounded(values[index], 0.0 if bounds[index] is None else bounds[index]) for index in graph.outputs]


def _entries(value: Value) -> list[float]:
    entries = [to_list(plain(value))]
    while isinstance(entries[0], list):
        entries = [entry for row in entries for entry in row]
    return entries


def _verdict(given: float, true: float, rounding: float, kink: str | None) -> tuple[str, str]:
    difference = abs(given - true)
    if not math.isfinite(given) or not math.isfinite(true):
        whose = "its own" if math.isfinite(true) else "its body's"
        return NOT_CHECKABLE, f"{whose} derivative is not finite"
    if difference == 0:
        return AGREES, ""
    if kink is not None:
        return NOT_CHECKABLE, f"its body is at a kink: {kink}"
    if not rounding <= HIDES * max(abs(given), abs(true)):
        return NOT_CHECKABLE, "rounding hides the difference"
    return (AGREES if difference <= rounding else DIFFERS), ""
