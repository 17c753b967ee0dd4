"""Check the derivatives that a program defines for its own gates against those of the gates' bodies, at a point."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from graphdiff.accuracy.rounding import QUANTUM
from graphdiff.algebra.expand import expand_gates
from graphdiff.algebra.node_interpreter import NodeInterpreter
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
"""The relative error of each operation: no kernel is off by more than 4 ulp."""
MEANINGFUL = 1e-3
"""A comparison means something if rounding may have changed at most this part of the numbers."""


class GateCheck(NamedTuple):
    """A gate's own derivative with respect to one parameter, at one call; for arrays at the entry that agrees least.

    gate, parameter  their names
    call             the call, in the labels of the graph that contains it: `sigma(v4)`
    place            the indices of the entry; () for a number
    own, true        the gate's own derivative there, and that of its body
    error, bound     their difference, and the most that rounding can explain
    verdict          "agrees": equal up to rounding; "differs"; "not checkable"
    reason           why it is not checkable
    """

    gate: str
    parameter: str
    call: str
    place: tuple[int, ...]
    own: float
    true: float
    error: float
    bound: float
    verdict: Verdict
    reason: str


def gate_checks(trace: Trace) -> list[GateCheck]:
    """Check every derivative that a program defines for a gate, at each call of the gate and at the point of a trace,
    including calls inside functions.

    A derivative with respect to a parameter that the body does not use passes nothing back, and is left out.
    """
    with trace.op.quiet():
        return list(_checks(trace.graph, trace.values, trace.op))


def _checks(graph: Graph, values: Sequence[Any], op: Numeric) -> Iterator[GateCheck]:
    """Recursion is as deep as calls are nested, which language/program limits."""
    for node in graph.nodes:
        function = node.operation
        if not isinstance(function, Function) or not graph.needed[node.index]:
            continue
        operands = [values[operand] for operand in node.operands]
        slots = [slot for slot in range(len(function.partials)) if function.passes_to(slot)]
        if slots:
            yield from _compare(function, slots, operation_of(graph, node), values[node.index], operands, op)
        yield from _checks(function.graph, forward(function.graph, operands, op, values[node.index]), op)


def _compare(
    function: Function, slots: Sequence[int], call: str, y: Any, operands: Sequence[Any], op: Numeric
) -> Iterator[GateCheck]:
    body = expand_gates(function.graph)
    both = _both_derivatives(function, body, slots)
    # Inputs in the shape of the value, so that the derivatives of entries are not summed.
    used = [both.needed[index] for index in both.inputs]
    inputs = [op.broadcast_like(operand, y) if use else operand for operand, use in zip(operands, used, strict=True)]
    choices = _choices(body, slots, inputs, y, op)
    derivatives = _with_rounding(both, inputs, op)
    for slot, own, true in zip(slots, derivatives[: len(slots)], derivatives[len(slots) :], strict=True):
        bound = op.add(own.bound, true.bound)
        owns, trues, bounds = (_entries(op.broadcast_like(value, y)) for value in (own.value, true.value, bound))
        checks = [
            GateCheck(
                function.name,
                function.inputs[slot],
                call,
                place,
                *_judge(owns[place], trues[place], bounds[place], choices.get(place)),
            )
            for place in owns
        ]
        if checks:
            yield max(checks, key=lambda each: (SEVERITY.index(each.verdict), each.error))


def _both_derivatives(function: Function, body: Graph, slots: Sequence[int]) -> Graph:
    """The gate's own derivatives and then those of its body, as one graph that is not simplified."""
    op = NodeInterpreter(GraphBuilder(), Unsimplified)
    symbols = [op.symbol(name) for name in body.input_names]
    values = forward(body, symbols, op)
    partials = [expand_gates(function.partials[slot]) for slot in slots]
    own = [forward(partial, [*symbols, values[body.output]], op)[partial.output] for partial in partials]
    inputs = [body.inputs[slot] for slot in slots]
    true = backward(body, values, op, Cotangent(1.0), body.active_slots(inputs))
    outputs = [*own, *(true[index].value if index in true else 0.0 for index in inputs)]
    return Graph(op.builder.nodes, op.builder.inputs, [op.lift(each).index for each in outputs])


def _choices(
    body: Graph, slots: Sequence[int], inputs: Sequence[Any], y: Any, op: Numeric
) -> dict[tuple[int, ...], str]:
    """The choice of a derivative rule at each entry that is at a kink of the body."""
    steps: list[NodeBackward] = []
    active = body.active_slots([body.inputs[slot] for slot in slots])
    backward(body, forward(body, inputs, op, y), op, Cotangent(op.broadcast_like(1.0, y)), active, steps.append)
    choices: dict[tuple[int, ...], str] = {}
    for step in steps:
        for kink in kinks(step, op):
            at_kink = _entries(op.broadcast_like(kink.at_kink, y))
            choices.update({place: kink.choice for place, is_at in at_kink.items() if is_at})
    return choices


class _Bounded(NamedTuple):
    """A value, and the bound of its rounding error."""

    value: Any
    bound: Any


def _with_rounding(graph: Graph, inputs: Sequence[Any], op: Numeric) -> list[_Bounded]:
    """Each output with a first-order bound of its rounding error, by running error analysis: see Higham, Accuracy and
    Stability of Numerical Algorithms (2002), section 3.3."""
    values = forward(graph, inputs, op)
    bounds: list[Any] = [None] * len(graph.nodes)
    for node in graph.nodes:
        if node.operation is None or not graph.needed[node.index]:
            continue
        assert isinstance(node.operation, Primitive)  # the graph is expanded and elementwise
        y, operands = values[node.index], [values[operand] for operand in node.operands]
        bound = op.add(op.mul(op.abs(y), BODY_ROUNDING), QUANTUM)
        for slot, operand in enumerate(node.operands):
            if bounds[operand] is not None:
                local = node.operation.partials[slot](op, y, *operands, **node.parameters)
                effect = op.mul(op.abs(local), bounds[operand])
                if node.operation.backward_pattern.selects:  # an operand that is not selected may be infinite
                    effect = op.where(op.eq(local, 0.0), 0.0, effect)
                bound = op.add(bound, effect)
        bounds[node.index] = bound
    return [_Bounded(values[index], 0.0 if bounds[index] is None else bounds[index]) for index in graph.outputs]


def _entries(value: Value) -> dict[tuple[int, ...], float]:
    """The entries of a value by their indices."""
    entries: dict[tuple[int, ...], Any] = {(): to_list(plain(value))}
    for _ in shape_of(plain(value)):
        entries = {(*place, index): each for place, row in entries.items() for index, each in enumerate(row)}
    return entries


def _judge(own: float, true: float, bound: float, kink: str | None) -> tuple[float, float, float, float, Verdict, str]:
    """The fields of a GateCheck from the numbers on."""
    error = abs(own - true)
    is_meaningful = bound <= MEANINGFUL * max(abs(own), abs(true))
    verdict, reason = NOT_CHECKABLE, ""
    if not math.isfinite(error):
        owner = "its own derivative" if math.isfinite(true) else "the derivative of its body"
        reason = f"{owner} is not finite"
    elif error == 0 or (is_meaningful and error <= bound):
        verdict = AGREES
    elif kink is not None:
        reason = f"its body is at a kink: {kink}"
    elif not is_meaningful:
        reason = "rounding hides the difference"
    else:
        verdict = DIFFERS
    return own, true, error, bound, verdict, reason
