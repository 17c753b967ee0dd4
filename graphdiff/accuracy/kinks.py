"""The gradient of a trace at a kink: the true one where it exists, with the steps of one side of each kink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from graphdiff.accuracy.decisions import are_certain, distances_from_kinks
from graphdiff.accuracy.directions import directions_for
from graphdiff.accuracy.evaluation import (
    Evaluation,
    Key,
    entries_of,
    map_entries,
    power_of_ten,
    powers_of_extremes,
    problem_of,
    reader_of,
    work_of,
)
from graphdiff.accuracy.evaluation import evaluate as evaluate_graph
from graphdiff.accuracy.interpreters import rounded_precise_interpreter
from graphdiff.accuracy.limits import Differentiable, are_affordable, limits_of
from graphdiff.accuracy.sides import Sides, Sizes, are_same, beside_kink, gradients_on_sides, may_jump, sizes_of
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import SWITCH
from graphdiff.operations.shapes import size_of
from graphdiff.passes.cotangents import Piece, Pieces
from graphdiff.passes.kinks import nodes_at_kinks
from graphdiff.passes.trace import Trace, backward_steps, seed_of
from graphdiff.passes.values import Value, is_finite, plain, shape_of, to_list

RESOLUTION, MORE_RESOLUTION = 700, 4
"""Digits that tell a number from 0 if 64-bit arithmetic could: they span its range. With many digits, so many times as
many are added."""
LEAST_POWER = -75
"""Where a number is smaller than this power of ten, small steps from it may underflow in 64 bits."""
SAME_32 = 1e-4
"""A gradient by 32-bit floats is that of the steps if they differ by no more than this, relatively."""


def resolve(trace: Trace, at_kinks: Sequence[int]) -> Trace:
    """A trace whose operations of these indices are at kinks, with every partial derivative that exists.

    Where the convention gives another gradient, the steps become those of one side of each kink, if they give the true
    gradient.
    """
    inputs = [trace.values[index] for index in trace.graph.inputs]
    if not all(map(is_finite, inputs)):
        return replace(trace, differentiable="unknown")
    entries = sum(size_of(shape_of(gradient)) for gradient in trace.gradients.values() if gradient is not None)
    problem = problem_of(trace)
    is_large = not are_affordable(work_of(trace), directions_for(entries), problem.digits)
    jumps = any(may_jump(trace.graph.nodes[index], trace.values, trace.op) for index in at_kinks)
    least, largest = (0, 0) if is_large else powers_of_extremes(trace)
    may_underflow = least < LEAST_POWER and not trace.op.is_typed
    has_value = is_finite(trace.value)
    if has_value and not jumps and (is_large or (are_certain(trace) and not may_underflow)):
        sides = gradients_on_sides(trace, at_kinks, examines_moves=not is_large)
        if sides is not None:
            has_one = not any(_is_any(trace.op.eq(mask, 0.0)) for mask in sides.is_common.values())
            differentiable: Differentiable = "unknown" if has_one and not sides.is_inside else has_one
            if differentiable is True or is_large:
                return _from_sides(trace, sides, differentiable)
    if is_large:
        return replace(trace, differentiable="unknown")
    exact = evaluate_graph(problem, rounded_precise_interpreter(trace.op, _resolution(trace.op), 1, merges_ties=True))
    at_kinks = nodes_at_kinks(trace.graph, exact.values, exact.op, problem.indices)
    if not at_kinks:  # rounding alone led there
        return trace
    problem = problem._replace(extremes=(min(least, _power_of_nearest_kink(trace, exact)), largest))
    gradients = {f"d_{name}": to_list(each) for name, each in trace.gradients.items() if each is not None}
    keys = [(name, place) for name, each in gradients.items() for place, _ in entries_of(each)]
    limits = limits_of(problem, keys)
    partials = {key: reader_of(trace.op)(limit) for key, limit in limits.partials.items()}
    sizes = sizes_of(trace.op)
    if str(getattr(trace.values[trace.graph.output], "dtype", "")).endswith("float32"):
        sizes = sizes._replace(same=SAME_32)
    wrong = {key[0][2:] for key in partials if not _is_same(_entry(gradients, key), partials[key], sizes)}
    trace = replace(trace, differentiable=limits.differentiable, partials=partials)
    if not wrong:
        return trace
    true = {
        name: with_entries(
            trace, trace.gradients[name], {key[1]: each for key, each in partials.items() if key[0] == f"d_{name}"}
        )
        for name in wrong
    }
    if limits.nearby is not None and limits.at_point is not None:
        op, indices = trace.op, problem.indices
        with op.quiet():
            pieces = _pieces(trace, limits.nearby, limits.at_point, at_kinks)
            seed = seed_of(trace)
            steps, by_steps, op = backward_steps(trace.graph, trace.values, op, seed, indices, True, pieces)
        by_key = {f"d_{name}": to_list(each) for name, each in by_steps.items()}
        if all(_is_same(_entry(by_key, key), partial, sizes) for key, partial in partials.items()):
            return replace(trace, steps=steps, op=op, gradients={**trace.gradients, **by_steps, **true})
    return replace(trace, gradients={**trace.gradients, **true}, limits=tuple(sorted(wrong)))


def _from_sides(trace: Trace, sides: Sides, differentiable: Differentiable) -> Trace:
    """The trace with the gradient that all sides have in common; with the steps of one of them where that is all of
    it, and is not what the convention gives."""
    op = trace.op
    wrong = []
    gradients = dict(trace.gradients)
    with op.quiet():
        for name, mask in sides.is_common.items():
            differs = op.mul(mask, op.eq(are_same(op, sides.gradients[name], gradients[name]), 0.0))
            if _is_any(differs):
                wrong.append(name)
                gradients[name] = plain(op.where(mask, sides.gradients[name], gradients[name]))
    if not wrong or differentiable is not True:
        return replace(trace, differentiable=differentiable, gradients=gradients, limits=tuple(sorted(wrong)))
    return replace(trace, differentiable=True, steps=sides.steps, op=sides.op, gradients=sides.gradients)


def _is_any(value: Value) -> bool:
    """Whether any entry is not 0."""
    return any(entry for _, entry in entries_of(value))


def _power_of_nearest_kink(trace: Trace, exact: Evaluation) -> int:
    """The power of ten of the smallest distance from a kink that is more than rounding; at most 0."""
    rounding = exact.op.functions.mp.mpf(10) ** -(_resolution(trace.op) // 2)  # type: ignore[attr-defined]
    distances = distances_from_kinks(trace.graph, exact.values, exact.op)
    nearest = min((distance for distance in distances if distance > rounding), default=1)
    return power_of_ten(nearest) if nearest < 1 else 0


def _resolution(op: Any) -> int:
    """Digits that tell a number from 0 if those of op could."""
    return RESOLUTION + (MORE_RESOLUTION * op.functions.mp.dps if op.is_typed else 0)


def _entry(values: Mapping[str, Value], key: Key) -> Any:
    entry: Any = values[key[0]]
    for index in key[1]:
        entry = entry[index]
    return entry


def _is_same(number: Any, other: Any, sizes: Sizes) -> bool:
    return bool(number == other or abs(number - other) <= sizes.same * abs(other))


def with_entries(trace: Trace, value: Value, entries: Mapping[tuple[int, ...], float]) -> Value:
    """A value with other numbers in some entries, given by their indices."""

    def fill(part: Any, place: tuple[int, ...]) -> Any:
        if isinstance(part, list):
            return [fill(row, (*place, index)) for index, row in enumerate(part)]
        return entries.get(place, part)

    return plain(trace.op.constant(fill(to_list(value), ())))


def _pieces(trace: Trace, nearby: Evaluation, at_point: Evaluation, at_kinks: Sequence[int]) -> Pieces:
    """Numbers on the side of each kink where a point nearby is."""
    pieces: dict[int, Piece] = {}
    op = trace.op
    for node in trace.graph.nodes:
        if node.operation is None or not trace.graph.needed[node.index]:
            continue
        operands = [trace.values[operand] for operand in node.operands]
        if node.operation.backward_pattern is SWITCH:
            condition = nearby.values[node.operands[0]]
            operands[0] = op.constant(map_entries(lambda entry: float(entry != 0), condition))
            pieces[node.index] = Piece(trace.values[node.index], operands)
        elif node.index in at_kinks:
            pairs = [(nearby.values[operand], at_point.values[operand]) for operand in node.operands]
            moves = [map_entries(lambda x, y: x - y, *pair) for pair in pairs]
            farthest = max(abs(entry) for move in moves for _, entry in entries_of(move))
            if farthest:
                pieces[node.index] = beside_kink(trace, node, [_scaled(move, farthest, op) for move in moves])
    return pieces


def _scaled(move: Any, farthest: Any, op: Numeric) -> Value:
    """A move with many digits, divided by the farthest, as a value of op."""
    read = reader_of(op)
    return op.constant(map_entries(lambda entry: read(entry / farthest), move))
