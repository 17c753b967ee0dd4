"""Both passes of a trace again, in other arithmetic, at its point or near it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import floor, log10
from typing import Any, NamedTuple, TypeAlias

from graphdiff.errors import GraphdiffError
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.shapes import size_of
from graphdiff.passes.backward import backward
from graphdiff.passes.cotangents import NO_PIECES, Cotangent, NodeBackward, Piece, Pieces
from graphdiff.passes.forward import forward
from graphdiff.passes.trace import Trace, pieces_of
from graphdiff.passes.values import shape_of, to_list

Place: TypeAlias = tuple[int, ...]
"""The indices of an entry; () of a number."""
Key: TypeAlias = tuple[str, Place]
"""An entry of the value ("value") or of the gradient by x ("d_x")."""


DIGITS = 12
"""The digits of right values beside those of 64-bit arithmetic."""
MOST_POWER = 400
"""Powers of ten that the numbers of a point reach; floats reach 324."""


class Problem(NamedTuple):
    """What is evaluated: a graph at a point, and its gradient.

    Attributes:
        graph: The graph.
        inputs: The values of the inputs in the order of graph.inputs: floats or nested lists.
        indices: The indices of the inputs to differentiate by.
        upstream: The gradient that arrives at the output: a float, or nested lists.
        op: The interpreter of the inputs.
        digits: The number of digits that right results have.
        pieces: Numbers beside kinks by which some nodes differentiate (see passes/backward.py): floats or nested lists.
        extremes: The powers of ten of the smallest number that is met at the point, or distance from a kink, as far as
            it is known and below 0, and of the largest number, if above 0.
    """

    graph: Graph
    inputs: Sequence[Any]
    indices: Sequence[int]
    upstream: Any
    op: Numeric
    digits: int
    pieces: Pieces = NO_PIECES
    extremes: tuple[int, int] = (0, 0)

    @property
    def names(self) -> dict[int, str]:
        """What the gradient by each input is called, by the input's index."""
        return {index: f"d_{self.graph.labels[index]}" for index in self.indices}

    def value_of(self, index: int) -> Any:
        """The value of the input with this index."""
        return self.inputs[self.graph.inputs.index(index)]


class Evaluation(NamedTuple):
    """The numbers of both passes in the arithmetic of op: the value of each node, the step of each node that passes a
    gradient back, the gradient by each input, and the results by their names."""

    op: Numeric
    values: Sequence[Any]
    steps: Mapping[int, NodeBackward]
    gradients: Mapping[int, Any]
    outputs: Mapping[str, Any]

    @property
    def results(self) -> dict[Key, Any]:
        """Each entry of the results."""
        return {(name, place): entry for name, value in self.outputs.items() for place, entry in entries_of(value)}


Move: TypeAlias = Callable[[Numeric, Sequence[Any]], Sequence[Any]]
"""(op, inputs) -> inputs near the point, in the numbers of op."""


def problem_of(trace: Trace) -> Problem:
    """What a trace evaluates."""
    graph = trace.graph
    # An input that the output does not need may have no value. Any number will do, and its gradient is 0.
    inputs = [0.0 if trace.values[index] is None else to_list(trace.values[index]) for index in graph.inputs]
    indices = [graph.input_indices[name] for name, gradient in trace.gradients.items() if gradient is not None]
    pieces = {
        index: Piece(to_list(piece.y), [to_list(operand) for operand in piece.operands])
        for index, piece in pieces_of(trace).items()
    }
    return Problem(graph, inputs, indices, to_list(trace.upstream), trace.op, digits_of(trace.op), pieces)


def digits_of(op: Any) -> int:
    """The number of digits that right results have, where op computes the numbers of a trace."""
    return op.functions.mp.reported if op.is_typed else DIGITS


def reader_of(op: Any) -> Callable[[Any], Any]:
    """What converts a number to one of op: a float, or where op is typed a number of mpmath."""
    read: Callable[[Any], Any] = op.read if op.is_typed else float
    return read


def power_of_ten(number: Any) -> int:
    """The power of ten below the size of a number that is not 0, a float or one of mpmath."""
    if isinstance(number, float):
        return floor(log10(abs(number)))
    mp = number.context
    return int(mp.floor(mp.log10(abs(number))))  # which may be beyond the floats


def powers_of_extremes(trace: Trace) -> tuple[int, int]:
    """The powers of ten of the smallest number of a trace, at most 0, and of the largest, at least 0. Numbers beyond
    MOST_POWER, infinities and 0 do not count."""
    numbers = _numbers(trace.graph, trace.values, trace.op)
    sizes = [abs(number) for number in numbers if number and isfinite(number)]
    powers = [
        power for power in map(power_of_ten, [min(sizes), max(sizes)] if sizes else ()) if abs(power) < MOST_POWER
    ]
    return min([0, *powers]), max([0, *powers])


def _numbers(graph: Graph, values: Sequence[Any], op: Numeric) -> Iterator[Any]:
    """All numbers that a graph with these values of its nodes computes, those inside functions too."""
    for node in graph.nodes:
        value, operation = values[node.index], node.operation
        if value is None:
            continue
        yield from (number for _, number in entries_of(value))
        if isinstance(operation, Function):
            with op.quiet():
                inner = forward(operation.graph, [values[operand] for operand in node.operands], op, value)
            yield from _numbers(operation.graph, inner, op)


def work_of(trace: Trace) -> int:
    """About how many operations on numbers one evaluation takes."""
    return work_on(trace.graph, trace.values)


def work_on(graph: Graph, values: Sequence[Any]) -> int:
    """The same for a graph with these values of its nodes."""
    work = 0
    for node in graph.nodes:
        if node.operation is not None and graph.needed[node.index]:
            own = [values[index] for index in (node.index, *node.operands)]
            size = max([1 if type(value) is float else size_of(shape_of(value)) for value in own])
            inner = node.operation.work if isinstance(node.operation, Function) else 1
            # A product of matrices has as many terms as the square root of the product of the three sizes.
            is_product = node.operation.name in ("matmul", "tensordot")
            work += 3 * inner * (size * int(size**0.5) if is_product else size)
    return work


def evaluate(
    problem: Problem, op: Numeric, move: Move | None = None, values: Sequence[Any] | None = None
) -> Evaluation:
    """Both passes in the numbers of op, at the point or near it; values are those of the nodes, if they are known.

    Raises GraphdiffError where the graph has no value there.
    """
    graph = problem.graph
    inputs: Sequence[Any] = [op.constant(value) for value in problem.inputs]
    if move is not None:
        inputs = move(op, inputs)
    steps: list[NodeBackward] = []
    try:
        with op.quiet():
            values = forward(graph, inputs, op) if values is None else values
            seed = op.broadcast_like(op.constant(problem.upstream), values[graph.output])
            active = graph.active_slots(problem.indices)
            pieces = NO_PIECES if move is not None else _constants(problem.pieces, op)
            cotangents = backward(graph, values, op, Cotangent(seed), active, steps.append, pieces)
    except ZeroDivisionError:
        raise GraphdiffError("value", "a matrix is singular") from None
    gradients = {
        index: cotangents[index].value if index in cotangents else op.broadcast_like(op.constant(0.0), values[index])
        for index in problem.indices
    }
    outputs = {"value": values[graph.output], **{name: gradients[index] for index, name in problem.names.items()}}
    return Evaluation(op, values, {step.node.index: step for step in steps}, gradients, outputs)


def _constants(pieces: Pieces, op: Numeric) -> Pieces:
    return {
        index: Piece(op.constant(piece.y), [op.constant(operand) for operand in piece.operands])
        for index, piece in pieces.items()
    }


def entries_of(value: Any) -> Iterator[tuple[Place, Any]]:
    """The entries of a number, an array or nested lists or tuples, with their indices."""
    if hasattr(value, "shape"):
        value = getattr(value, "entries", value).tolist()
    if isinstance(value, (list, tuple)):
        for index, row in enumerate(value):
            for place, entry in entries_of(row):
                yield (index, *place), entry
    else:
        yield (), value


def map_entries(function: Any, *values: Any) -> Any:
    """A function of entries, applied to numbers, arrays of numbers with many digits, or nested lists, all alike."""
    lists = [value.entries.tolist() if hasattr(value, "entries") else value for value in values]
    if isinstance(lists[0], list):
        return [map_entries(function, *row) for row in zip(*lists, strict=True)]
    return function(*lists)


def isfinite(number: Any) -> bool:
    """Whether a number of any kind is neither infinite nor NaN."""
    return bool(number - number == 0)
