"""Loops on values: both passes step by step. Only the carried values of the steps are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphdiff.graph.loop import WHOLE, Entries, Loop, LoopBody
from graphdiff.operations.interpreter import Interpreter
from graphdiff.operations.primitive import GATHERER
from graphdiff.passes.cotangents import Cotangent, NodeBackward, add_to

ForwardPass = Callable[..., Sequence[Any]]
"""forward of passes/forward.py, which calls the functions here, so that they cannot import it."""
BackwardPass = Callable[..., Mapping[int, Cotangent]]
"""backward_from of passes/backward.py."""


def loop_value(loop: Loop, operands: Sequence[Any], op: Interpreter, forward: ForwardPass) -> Any:
    """The value of a loop, whose steps the forward pass evaluates."""
    body, graph = loop.body, loop.body.graph
    carried, sequences, captures = body.split(operands)
    outputs: dict[int, Any] = {}
    for place in body.places:
        values = forward(graph, _inputs(body, place, carried, sequences, captures, op), op)
        carried = [values[index] for index in graph.outputs[: len(body.carried)]]
        if loop.stacks:
            outputs[place] = values[graph.outputs[loop.output]]
    return op.stack(*[outputs[place] for place in range(body.count)]) if loop.stacks else carried[loop.output]


def loop_cotangents(
    seeds: Sequence[tuple[Loop, Cotangent]],
    operands: Sequence[Any],
    op: Interpreter,
    slots: Sequence[int],
    forward: ForwardPass,
    backward_from: BackwardPass,
    visit: Callable[[NodeBackward], None] | None = None,
) -> list[Cotangent | None]:
    """The cotangents of the operands in these slots, given those of the loop's values; None where nothing is passed.

    visit is called with each operation of each step, from the last step back.
    """
    loop = seeds[0][0]
    body, graph = loop.body, loop.body.graph
    active = graph.active_slots(loop.active_inputs(slots)[0])
    sequence_slots = body.sequence_slots
    pending = {each.output: seed for each, seed in seeds if not each.stacks}  # of the carried values after a step
    rows: dict[int, dict[int, Cotangent]] = {}  # of each sequence, by place
    sums: dict[int, Cotangent] = {}  # of the captures
    for place, inputs in reversed(list(_inputs_of_steps(body, operands, op, forward))):
        upstream: dict[int, Cotangent] = {}
        for number, cotangent in pending.items():
            add_to(upstream, graph.outputs[number], cotangent, op)
        for each, seed in seeds:
            if each.stacks:
                add_to(upstream, graph.outputs[each.output], _entry_of_cotangent(seed, place, op), op)
        gradients = backward_from(graph, forward(graph, inputs, op), op, upstream, active, visit)
        pending = {}
        for slot, index in enumerate(graph.inputs[1:]):
            if index not in gradients:
                continue
            if slot < sequence_slots.start:
                pending[slot] = gradients[index]
            elif slot < sequence_slots.stop:
                rows.setdefault(slot, {})[place] = gradients[index]
            else:
                add_to(sums, slot, gradients[index], op)
    stacks = {
        slot: _cotangent_of_sequence(rows[slot], operands[slot], entries, body.count, op)
        for slot, entries in zip(sequence_slots, body.sequences, strict=True)
        if slot in rows
    }
    return [pending.get(slot) or stacks.get(slot) or sums.get(slot) for slot in slots]


def _inputs_of_steps(
    body: LoopBody, operands: Sequence[Any], op: Interpreter, forward: ForwardPass
) -> Iterator[tuple[int, list[Any]]]:
    """The number of each step and the values of its inputs, in the order in which the steps run."""
    carried, sequences, captures = body.split(operands)
    last = body.places[-1] if body.count else None
    for place in body.places:
        inputs = _inputs(body, place, carried, sequences, captures, op)
        yield place, inputs
        if place != last:
            values = forward(body.graph, inputs, op)
            carried = [values[index] for index in body.graph.outputs[: len(body.carried)]]


def _inputs(
    body: LoopBody,
    place: int,
    carried: Sequence[Any],
    sequences: Sequence[Any],
    captures: Sequence[Any],
    op: Interpreter,
) -> list[Any]:
    """The values of the inputs of a step."""
    entries_of_step = [
        op.index(sequence, items=entries.at(place)) for sequence, entries in zip(sequences, body.sequences, strict=True)
    ]
    return [op.constant(body.counter_at(place)), *carried, *entries_of_step, *captures]


def _entry_of_cotangent(cotangent: Cotangent, place: int, op: Interpreter) -> Cotangent:
    value, is_open = cotangent
    items = WHOLE.at(place)
    return Cotangent(op.index(value, items=items), is_open if is_open is True else op.index(is_open, items=items))


def _cotangent_of_sequence(
    cotangents: Mapping[int, Cotangent], sequence: Any, entries: Entries, count: int, op: Interpreter
) -> Cotangent:
    """The cotangent of an array from those of the entries that steps read; nothing is passed to the others."""

    def place_all(values: Mapping[int, Any]) -> Any:
        rows = [
            op.broadcast_like(values.get(place, 0.0), op.index(sequence, items=entries.at(place)))
            for place in range(count)
        ]
        return op.place(op.stack(*rows), sequence, items=entries.of_all(count))

    value = place_all({place: cotangent.value for place, cotangent in cotangents.items()})
    if op.open_entries(GATHERER, value) is True and all(each.is_open is True for each in cotangents.values()):
        return Cotangent(value)
    marks = {place: 1.0 if each.is_open is True else each.is_open for place, each in cotangents.items()}
    return Cotangent(value, place_all(marks))
