"""Whether the gradient of a trace depends on what the rules of operations at kinks choose.

The gradient is a polynomial in these choices. If it is the same for some random ones, it is the same for all, but for
a small chance: then all pieces of a continuous function have one gradient, and no limit need be computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from graphdiff.graph.function import Function, Operation
from graphdiff.operations.primitive import BLOCKER, SWITCH
from graphdiff.passes.backward import Cotangent, Pieces
from graphdiff.passes.forward import evaluate
from graphdiff.passes.trace import Trace, backward_steps
from graphdiff.passes.values import Value, shape_of, to_list

DRAWS = 16
"""The number of random choices: a single one that matters is missed by all of them once in 65,536 times."""
SAME = 1e-11
"""Gradients are the same if they differ by no more than this, relatively."""
NUDGE = 2.0**-48
"""How far a number is moved to one side of a kink, relative to the largest operand."""
LEAST_NUDGE = 1e-150
"""How far 0 is moved if all operands are 0."""


def choices_matter(trace: Trace, at_kinks: Sequence[int]) -> bool:
    """Whether other choices at these operations give another gradient, or a jump may be among them."""
    graph, op = trace.graph, trace.op
    if any(_may_jump(graph.nodes[index].operation) for index in at_kinks):
        return True
    indices = [graph.input_indices[name] for name in trace.gradients]
    for seed in range(DRAWS):
        with op.quiet():
            pieces = _random_pieces(trace, at_kinks, Random(seed))
            start = Cotangent(op.broadcast_like(trace.upstream, trace.values[graph.output]))
            gradients = backward_steps(graph, trace.values, op, start, indices, False, pieces)[1]
        for name, gradient in trace.gradients.items():
            if gradient is not None and not _are_same(gradient, gradients[name]):
                return True
    return False


def _may_jump(operation: Operation | None) -> bool:
    """Whether an operation, or one inside a function, is a condition or a step."""
    if isinstance(operation, Function):
        return any(_may_jump(node.operation) for node in operation.needed_nodes())
    return operation is not None and operation.backward_pattern in (BLOCKER, SWITCH)


def _random_pieces(trace: Trace, at_kinks: Sequence[int], random: Random) -> Pieces:
    """Numbers on random sides of the kinks."""
    pieces: dict[int, tuple[Any, list[Any]]] = {}
    for index in at_kinks:
        node = trace.graph.nodes[index]
        values = [trace.values[operand] for operand in node.operands]
        size = max(_largest(value) for value in values) * NUDGE or LEAST_NUDGE
        operands = [_move(trace, value, size, random) for value in values]
        pieces[index] = evaluate(node, operands, trace.op), operands
    return pieces


def _move(trace: Trace, value: Value, size: float, random: Random) -> Any:
    if not shape_of(value):
        return trace.op.constant(float(value) + size * random.uniform(-1, 1))
    import numpy

    moves = numpy.random.default_rng(random.getrandbits(32)).uniform(-size, size, shape_of(value))
    return trace.op.add(value, trace.op.constant(moves))


def _largest(value: Value) -> float:
    if not shape_of(value):
        return abs(float(value))
    import numpy

    return float(numpy.max(numpy.abs(numpy.asarray(to_list(value)))))


def _are_same(gradient: Value, other: Value) -> bool:
    if not shape_of(gradient):
        return bool(abs(gradient - other) <= SAME * abs(gradient))
    import numpy

    first, second = numpy.asarray(to_list(gradient)), numpy.asarray(to_list(other))
    return bool(numpy.all(numpy.abs(first - second) <= SAME * numpy.abs(first)))
