"""The gradient of a trace on the sides of its kinks: in 64 bits, for any number of operations.

A small step in some direction shows on which side of each kink that direction lies. With the derivatives of these
sides, the backward pass gives the limit of the gradient from that direction. This holds where operations bend, as abs
and max do; at jumps and conditions it does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple, TypeAlias

from graphdiff.accuracy.directions import MOST_AXES
from graphdiff.accuracy.evaluation import Place, digits_of, entries_of, reader_of
from graphdiff.graph.function import Function
from graphdiff.graph.node import Node
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import BLOCKER, SWITCH, Primitive
from graphdiff.passes.cotangents import NodeBackward, Piece, Pieces
from graphdiff.passes.forward import evaluate, forward
from graphdiff.passes.trace import Trace, backward_steps, seed_of
from graphdiff.passes.values import Value, is_finite, shape_of, to_list

PAIRS = 4
"""The number of random directions, each followed both ways."""
STEEPEST = 1e5
"""A value that changes by more than this times as much as the operands jumps."""
SHORTENING = 2.0**-6
"""Moves are examined by a step that is so much shorter."""
MOST_CURVATURE = 0.01
"""The most by which moves may differ relatively, if those by two steps are scaled alike."""


class Sizes(NamedTuple):
    """What is small beside the numbers of an interpreter.

    Attributes:
        step: The length of a step, relative to the largest entry of each input.
        nudge: How far a number is moved to one side of a kink, relative to the largest operand.
        least_nudge: How far 0 is moved if all operands are 0.
        same, negligible: Gradients are the same if they differ by no more than this, relative to each other, or to the
            largest entry.
    """

    step: Any
    nudge: Any
    least_nudge: Any
    same: Any
    negligible: Any


OF_FLOATS = Sizes(2.0**-26, 2.0**-48, 1e-150, 1e-9, 1e-12)
GUARD_DIGITS = 15
"""The last digits of numbers with many digits, which random rounding errors may change, and comparisons distrust."""


def sizes_of(op: Any) -> Sizes:
    """The sizes for an interpreter."""
    if not op.is_typed:
        return OF_FLOATS
    digits = op.functions.mp.dps
    reported = digits_of(op)
    powers = -digits // 2, GUARD_DIGITS - digits, -10 * digits, -reported - 2, -reported - GUARD_DIGITS // 2
    return Sizes(*[op.functions.mp.mpf(10) ** power for power in powers])


class Sides(NamedTuple):
    """The gradients on the sides that were looked at.

    Attributes:
        steps: The steps of the backward pass on one side.
        gradients: The gradients on that side.
        op: The interpreter that was used.
        is_common: For each gradient, 1 in the entries that are the same on all sides, 0 in the others.
        is_inside: Whether the function has values at all steps, which an edge of its domain may be nearer than.
    """

    steps: list[NodeBackward]
    gradients: Mapping[str, Value]
    op: Numeric
    is_common: Mapping[str, Value]
    is_inside: bool = True


def may_jump(node: Node, values: Sequence[Value], op: Numeric) -> bool:
    """Whether an operation, or one inside a function, is a condition or a step. Inside a function, comparisons that
    choose between equal values are neither, as in leaky_relu."""
    operation = node.operation
    if not isinstance(operation, Function):
        return operation is not None and operation.backward_pattern in (BLOCKER, SWITCH)
    graph = operation.graph
    needed = [each for each in graph.nodes if graph.needed[each.index]]
    switches = [each for each in needed if each.operation is not None and each.operation.backward_pattern is SWITCH]
    conditions = {each.operands[0] for each in switches}
    with op.quiet():
        inner = forward(graph, [values[operand] for operand in node.operands], op, values[node.index])
        return not all(_chooses_equals(graph.nodes[each.operands[0]], each, inner, op) for each in switches) or any(
            may_jump(each, inner, op) for each in needed if each not in switches and each.index not in conditions
        )


def _chooses_equals(condition: Node, switch: Node, values: Sequence[Value], op: Numeric) -> bool:
    """Whether a condition is a comparison, and both branches are equal where it is at a tie."""
    comparison = condition.operation
    if not isinstance(comparison, Primitive) or comparison.kink is None:
        return False
    at_tie = comparison.kink(op, values[condition.index], *(values[operand] for operand in condition.operands))
    _, x, y = switch.operands
    differs = op.mul(at_tie, op.ne(values[x], values[y]))
    return not any(entry for _, entry in entries_of(differs))


def gradients_on_sides(trace: Trace, at_kinks: Sequence[int], examines_moves: bool) -> Sides | None:
    """The gradients of a trace on the sides of the kinks that these operations are at; None where one jumps, or
    if moves are examined, where they may not show the sides: a curve may turn to another side nearer to the point."""
    graph, op = trace.graph, trace.op
    indices = [graph.input_indices[name] for name in trace.gradients]
    sides: Sides | None = None
    with op.quiet():
        seed = seed_of(trace)
        for direction in _directions(trace):
            nearby = _nearby(trace, direction)
            moves = _moves(trace, nearby, at_kinks)
            if moves is None or (examines_moves and not _show_sides(trace, direction, at_kinks, moves)):
                return None
            pieces = _pieces(trace, moves)
            steps, gradients, used = backward_steps(graph, trace.values, op, seed, indices, sides is None, pieces)
            numbers = {name: _as_operand(op, each) for name, each in gradients.items() if each is not None}
            if sides is None:
                ones = {name: op.broadcast_like(op.constant(1.0), each) for name, each in numbers.items()}
                sides = Sides(steps, gradients, used, ones)
            masks = {name: are_same(op, sides.gradients[name], each) for name, each in numbers.items()}
            is_common = {name: op.mul(sides.is_common[name], masks[name]) for name in masks}
            is_inside = sides.is_inside and is_finite(nearby[graph.output])
            sides = sides._replace(is_common=is_common, is_inside=is_inside)
    assert sides is not None
    return sides


def _as_operand(op: Numeric, value: Value) -> Any:
    return op.constant(value) if isinstance(value, float) else value


def are_same(op: Numeric, gradient: Value, other: Value) -> Value:
    """1 in the entries of two gradients that are the same, 0 in the others."""
    sizes = sizes_of(op)
    tolerance = op.add(op.mul(op.abs(gradient), sizes.same), sizes.negligible * _largest(op, gradient))
    return op.le(op.abs(op.sub(gradient, other)), tolerance)


def _largest(op: Numeric, value: Value) -> Any:
    """The size of the largest entry."""
    return reader_of(op)(op.amax(op.abs(value)) if shape_of(value) else abs(value))


def _directions(trace: Trace) -> Iterator[Mapping[int, Any]]:
    """Moves of the inputs, by their indices: along each axis, then in random directions, each both ways."""
    random = Random(0)
    indices = [trace.graph.input_indices[name] for name, each in trace.gradients.items() if each is not None]
    values = {index: trace.values[index] for index in indices if trace.values[index] is not None}
    step = sizes_of(trace.op).step
    lengths = {index: step * (_largest(trace.op, value) or 1.0) for index, value in values.items()}
    lists = {index: to_list(value) for index, value in values.items()}
    places = [(index, place) for index, value in lists.items() for place, _ in entries_of(value)]
    moves = [{index: _unit(lists[index], place, lengths[index])} for index, place in places if len(places) <= MOST_AXES]
    for _ in range(PAIRS if len(places) > 1 else 0):
        moves.append({index: _draw(value, lengths[index], random) for index, value in lists.items()})
    for move in moves:
        constants = {index: trace.op.constant(each) for index, each in move.items()}
        yield constants
        yield {index: trace.op.neg(each) for index, each in constants.items()}


def _unit(value: Any, at: Place, length: Any, place: Place = ()) -> Any:
    """Nested lists of 0, with a length in one place."""
    if isinstance(value, list):
        return [_unit(row, at, length, (*place, index)) for index, row in enumerate(value)]
    return length if place == at else 0.0


def _draw(value: Any, length: Any, random: Random) -> Any:
    """Nested lists of random numbers, of at least half a length."""
    if isinstance(value, list):
        return [_draw(row, length, random) for row in value]
    return random.choice((-1, 1)) * random.uniform(0.5, 1) * length


Moves: TypeAlias = Mapping[int, list[Any]]
"""How far the operands of operations move, and their value, by their indices."""


def _nearby(trace: Trace, direction: Mapping[int, Any]) -> Sequence[Any]:
    """The values of all nodes after a step in a direction."""
    op = trace.op
    inputs = [
        op.add(trace.values[index], direction[index]) if index in direction else trace.values[index]
        for index in trace.graph.inputs
    ]
    return forward(trace.graph, inputs, op)


def _moves(trace: Trace, nearby: Sequence[Any], at_kinks: Sequence[int]) -> Moves | None:
    """Where a step to these values leads the operations at kinks; None where a value jumps, as atan2 does."""
    op = trace.op
    moves: dict[int, list[Any]] = {}
    for index in at_kinks:
        numbers = (*trace.graph.nodes[index].operands, index)
        moves[index] = [op.sub(nearby[number], trace.values[number]) for number in numbers]
        *operands, value = [_largest(op, move) for move in moves[index]]
        if not value <= STEEPEST * max(operands):
            return None
    return moves


def _show_sides(trace: Trace, direction: Mapping[int, Any], at_kinks: Sequence[int], moves: Moves) -> bool:
    """Whether a shorter step leads to the same sides, and so would one as short as you like: all moves at a kink, that
    of the value too, become shorter alike, and keep their directions."""
    op = trace.op
    nearby = _nearby(trace, {index: op.mul(step, SHORTENING) for index, step in direction.items()})
    shorter = _moves(trace, nearby, at_kinks)
    if shorter is None:
        return False
    for index, each in moves.items():
        lengths = [(_largest(op, far), _largest(op, near)) for far, near in zip(each, shorter[index], strict=True)]
        growths = [far / near if near else 0.0 for far, near in lengths if far]
        if growths and not max(growths) <= min(growths) * (1 + MOST_CURVATURE):
            return False
        for far, near, (length, _) in zip(each, shorter[index], lengths, strict=True):
            if not _largest(op, op.sub(op.mul(near, max(growths, default=0.0)), far)) <= 2 * MOST_CURVATURE * length:
                return False
    return True


def _pieces(trace: Trace, moves: Moves) -> Pieces:
    """Numbers on the sides where these moves lead."""
    op = trace.op
    pieces: dict[int, Piece] = {}
    for index, (*operands, _) in moves.items():
        farthest = max(_largest(op, move) for move in operands)
        if farthest:
            pieces[index] = beside_kink(trace, trace.graph.nodes[index], [op.div(move, farthest) for move in operands])
    return pieces


def beside_kink(trace: Trace, node: Node, moves: Sequence[Any]) -> Piece:
    """The value and the operands of an operation on one side of its kink: these are moved in proportion to moves of at
    most 1, by so little that only the kink is left."""
    op, values = trace.op, [trace.values[operand] for operand in node.operands]
    sizes = sizes_of(op)
    size = max(_largest(op, value) for value in values) * sizes.nudge or sizes.least_nudge
    values = [op.add(value, op.mul(move, size)) for value, move in zip(values, moves, strict=True)]
    return Piece(evaluate(node, values, op), values)
