"""Gates with their own derivatives, held against the derivatives of their bodies at a point."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from graphdiff.algebra.expand import expand_gates
from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.checking.rounding import QUANTUM
from graphdiff.checking.verdict import AGREES, DIFFERS, NOT_CHECKABLE, Verdict
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import Primitive
from graphdiff.passes.backward import Cotangent, NodeBackward, backward
from graphdiff.passes.forward import forward
from graphdiff.passes.kinks import kinks
from graphdiff.passes.trace import Trace
from graphdiff.passes.trace_graph import Unsimplified
from graphdiff.passes.values import Value, plain, shape_of, to_list
from graphdiff.writing.text import operation_of

SEVERITY = (AGREES, NOT_CHECKABLE, DIFFERS)
BODY_ROUNDING = 2.0**-50
"""Of each operation, relative to its value: no kernel is off by more than 4 ulp."""
HIDES = 1e-3
"""Where rounding may have changed this part of a number, it says nothing."""


class GateCheck(NamedTuple):
    """A gate's own derivative by one parameter, at one call; of arrays that at the entry which agrees least.

    gate, parameter  their names
    call             the call, in the labels of the graph that it stands in: `sigma(v4)`
    place            the entry's indices; () of a number
    given, true      its own derivative there, and that of its body
    error, bound     how far they are apart, and how far rounding may bring them
    verdict          "agrees": they are the same but for rounding; "differs"; "not checkable"
    reason           why it is not checkable
    """

    gate: str
    parameter: str
    call: str
    place: tuple[int, ...]
    given: float
    true: float
    error: float
    bound: float
    verdict: Verdict
    reason: str


def gate_checks(trace: Trace) -> list[GateCheck]:
    """Every derivative that a program gives a gate, at each of its calls and where a trace was made; of calls inside
    functions too.

    A derivative by a parameter that the body does not use passes nothing back, and is left out.
    """
    with trace.op.quiet():
        return list(_checks(trace.graph, trace.values, trace.op))


def _checks(graph: Graph, values: Sequence[Any], op: Numeric) -> Iterator[GateCheck]:
    """Recursion goes only as deep as calls nest, which language/program bounds."""
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
    body = expand_gates(function.graph)
    both = _both(function, body, slots)
    # In the shape of the value, no entry's derivative is summed with another's.
    used = [both.needed[index] for index in both.inputs]
    inputs = [op.expanded(operand, y) if use else operand for operand, use in zip(operands, used, strict=True)]
    choices = _choices(body, slots, inputs, y, op)
    computed = _with_rounding(both, inputs, op)
    for slot, given, true in zip(slots, computed[: len(slots)], computed[len(slots) :], strict=True):
        bound = op.add(given.bound, true.bound)
        mine, bodys, bounds = (_entries(op.expanded(part, y)) for part in (given.value, true.value, bound))
        found = [
            GateCheck(
                function.name,
                function.inputs[slot],
                call,
                place,
                *_judged(mine[place], bodys[place], bounds[place], choices.get(place)),
            )
            for place in mine
        ]
        if found:
            yield max(found, key=lambda each: (SEVERITY.index(each.verdict), each.error))


def _both(function: Function, body: Graph, slots: Sequence[int]) -> Graph:
    """The gate's own derivatives and then its body's, as one graph that is computed as it is written."""
    op = NodeInterpreter(GraphBuilder(), Unsimplified)
    symbols = [op.symbol(name) for name in body.input_names]
    values = forward(body, symbols, op)
    partials = [expand_gates(function.partials[slot]) for slot in slots]
    given = [forward(partial, [*symbols, values[body.output]], op)[partial.output] for partial in partials]
    wanted = [body.inputs[slot] for slot in slots]
    true = backward(body, values, op, Cotangent(1.0), body.active(wanted))
    found = [*given, *(true[index].value if index in true else 0.0 for index in wanted)]
    return Graph(op.builder.nodes, op.builder.inputs, [op.lifted(each).index for each in found])


def _choices(
    body: Graph, slots: Sequence[int], inputs: Sequence[Any], y: Any, op: Numeric
) -> dict[tuple[int, ...], str]:
    """For each entry at a kink of the body what a rule chose there."""
    steps: list[NodeBackward] = []
    active = body.active([body.inputs[slot] for slot in slots])
    backward(body, forward(body, inputs, op, y), op, Cotangent(op.expanded(1.0, y)), active, steps.append)
    choices: dict[tuple[int, ...], str] = {}
    for step in steps:
        for kink in kinks(step, op):
            at_kink = _entries(op.expanded(kink.at_kink, y))
            choices.update({place: kink.choice for place, is_at in at_kink.items() if is_at})
    return choices


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
        bound = op.add(op.mul(op.abs(y), BODY_ROUNDING), QUANTUM)
        for slot, operand in enumerate(node.operands):
            if bounds[operand] is not None:
                local = node.operation.partials[slot](op, y, *operands, **node.parameters)
                moved = op.mul(op.abs(local), bounds[operand])
                if (
                    node.operation.backward_pattern.selects
                ):  # what it leaves may be infinite; elsewhere that tells of overflow
                    moved = op.where(op.eq(local, 0.0), 0.0, moved)
                bound = op.add(bound, moved)
        bounds[node.index] = bound
    return [_Rounded(values[index], 0.0 if bounds[index] is None else bounds[index]) for index in graph.outputs]


def _entries(value: Value) -> dict[tuple[int, ...], float]:
    """The numbers of a value by their indices."""
    entries: dict[tuple[int, ...], Any] = {(): to_list(plain(value))}
    for _ in shape_of(plain(value)):
        entries = {(*place, index): each for place, row in entries.items() for index, each in enumerate(row)}
    return entries


def _judged(
    given: float, true: float, bound: float, kink: str | None
) -> tuple[float, float, float, float, Verdict, str]:
    """The fields of a GateCheck from the numbers on."""
    error = abs(given - true)
    is_telling = bound <= HIDES * max(abs(given), abs(true))
    verdict, reason = NOT_CHECKABLE, ""
    if not math.isfinite(error):
        whose = "its own" if math.isfinite(true) else "its body's"
        reason = f"{whose} derivative is not finite"
    elif error == 0 or (is_telling and error <= bound):
        verdict = AGREES
    elif kink is not None:
        reason = f"its body is at a kink: {kink}"
    elif not is_telling:
        reason = "rounding hides the difference"
    else:
        verdict = DIFFERS
    return given, true, error, bound, verdict, reason
