"""How far rounding may have moved the value and the gradient of a trace on floats.

Running error analysis: Higham, Accuracy and Stability of Numerical Algorithms (2002), section 3.3. Each number gets a
first-order bound of its error, from the bounds of the numbers it is made of. That costs a fraction of the trace.

In large graphs, the errors of terms that share nothing add up as independent ones do: by their squares. The bound of a
sum of n terms then grows with the square root of n, not with n: Higham and Mary, A New Approach to Probabilistic
Rounding Error Analysis (2019).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import hypot, inf, nan, sqrt
from sys import float_info
from typing import Any, NamedTuple

from graphdiff.graph.complements import ComplementNode
from graphdiff.graph.function import Function, is_loop
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations import ieee
from graphdiff.operations.ieee import QUANTUM
from graphdiff.operations.interpreter import FLOATS
from graphdiff.operations.primitive import (
    DISTRIBUTOR,
    SIGN_FLIPPER,
    SIGNED_DISTRIBUTOR,
    SWAP_MULTIPLIER,
    Primitive,
)
from graphdiff.passes.backward import edges_of
from graphdiff.passes.cotangents import NO_PIECES, Inside, NodeBackward
from graphdiff.passes.forward import forward
from graphdiff.passes.trace import Trace

ROUNDING = 2.0**-51
"""The relative error of an operation: library functions and rules are accurate to about two units in the last place."""
LINEAR_RANGE = 1e-3
"""Relative errors up to which functions are taken to be linear."""
MANY_NODES = 5_000
"""Errors of separate terms are taken to be independent in graphs with more nodes."""
LINEAR = (DISTRIBUTOR, SIGNED_DISTRIBUTOR, SIGN_FLIPPER)
"""The patterns whose local derivatives are 1 or -1."""


def running_errors(trace: Trace) -> dict[str, float]:
    """Bounds of the errors of the value, under "value", and of the gradient by each input x, under "d_x"; not finite
    where a number in between overflows. An input that no gradient reaches is left out."""
    graph = trace.graph
    errors = _Errors(graph, trace.values, {})
    gradients = errors.backward(trace.steps, {graph.output: 0.0})
    return {
        "value": errors.of[graph.output],
        **{f"d_{graph.labels[index]}": error for index, error in gradients.items()},
    }


class Bounds(NamedTuple):
    """Bounds of the errors of all numbers of a trace: of the value of each node, of the gradients by operations and by
    inputs, and of the local derivative by the operand in a slot and what it receives. One that is left out is 0."""

    values: Sequence[float]
    upstreams: Mapping[int, float]
    inputs: Mapping[int, float]
    locals: Mapping[tuple[int, int], float]
    downstreams: Mapping[tuple[int, int], float]


def error_bounds(trace: Trace) -> Bounds:
    """The bounds of all numbers of a trace."""
    upstreams: dict[int, float] = {}
    downstreams: dict[tuple[int, int], float] = {}

    def record(index: int, upstream: float, edges: Sequence[tuple[int, float]]) -> None:
        upstreams[index] = upstream
        downstreams.update({(index, slot): error for slot, error in edges})

    errors = _Errors(trace.graph, trace.values, {})
    inputs = errors.backward(trace.steps, {trace.graph.output: 0.0}, record)
    local_errors = {(step.node.index, slot): error for step in trace.steps for slot, error in errors.local_errors(step)}
    return Bounds(errors.of, upstreams, inputs, local_errors, downstreams)


class _Errors:
    """The bounds of the errors of a graph's values, given those of its inputs that are not exact.

    of holds the bound of each node. Where errors may be taken to be independent, is_separate tells of each node whether
    the errors in it are in no other operand of any node that it leads to.
    """

    def __init__(self, graph: Graph, values: Sequence[Any], input_errors: Mapping[int, float]) -> None:
        self.graph = graph
        self.of = [0.0] * len(graph.nodes)
        for index, error in input_errors.items():
            self.of[index] = error
        self._values = values
        self._locals: list[Sequence[float]] = [()] * len(graph.nodes)
        self._bodies: dict[int, _Errors] = {}
        uses: list[int] = []
        if len(graph.nodes) > MANY_NODES and not any(input_errors.values()):
            uses = [0] * len(graph.nodes)
            for node in graph.nodes:
                for operand in node.operands:
                    uses[operand] += 1
        self.is_separate = is_separate = [bool(uses)] * len(graph.nodes)
        of, complements = self.of, graph.complements
        for node in graph.nodes:
            operation, y = node.operation, values[node.index]
            if operation is None or y is None:
                continue
            if uses:
                for operand in node.operands:
                    if of[operand] and not (uses[operand] == 1 and is_separate[operand]):
                        is_separate[node.index] = False
            if complements and node.index in complements:
                error = self._error_of_complement(complements[node.index], y)
            elif operation.backward_pattern in LINEAR:
                # A difference of numbers within a factor of 2 is exact: Sterbenz 1974.
                is_exact = abs(y) <= min([abs(values[operand]) for operand in node.operands])
                error = 0.0 if is_exact else ROUNDING * abs(y)
                if is_separate[node.index]:
                    error = hypot(error, *[of[operand] for operand in node.operands])
                else:
                    for operand in node.operands:
                        error += of[operand]
            elif operation.backward_pattern is SWAP_MULTIPLIER:
                first, second = node.operands
                error = of[first] * (abs(values[second]) + of[second]) + of[second] * abs(values[first])
                error += ROUNDING * abs(y)
                if y or (values[first] and values[second]) or of[first] or of[second]:
                    error += QUANTUM
            else:
                error = self._error_of(node)
            of[node.index] = error

    def _error_of_complement(self, complement: ComplementNode, y: float) -> float:
        values = {operand: self._values[operand] for operand in complement.operands}
        error = ROUNDING * abs(y) + QUANTUM
        for operand, value in values.items():
            shifted = [value + self.of[operand], value - self.of[operand]]
            error += max(abs(complement.evaluate({**values, operand: each}, FLOATS) - y) for each in shifted)
        return error

    def _error_of(self, node: Node) -> float:
        values, of, y = self._values, self.of, self._values[node.index]
        operation = node.operation
        operands = [values[operand] for operand in node.operands]
        if isinstance(operation, Function):
            errors = [of[operand] for operand in node.operands]
            body = self._bodies[node.index] = _Errors(
                operation.graph,
                forward(operation.graph, operands, FLOATS, y),
                dict(zip(operation.graph.inputs, errors, strict=True)),
            )
            return body.of[operation.graph.output]
        assert operation is not None
        local = [
            partial(FLOATS, y, *operands, **node.parameters) if operation.passes_to(slot) else nan
            for slot, partial in enumerate(operation.partials)
        ]
        self._locals[node.index] = local
        error = _rounding(operation, y, operands)
        if operation.kink is not None and 0.0 in operands:
            error += self._error_by_sign_of_zero(node, operation, y, operands)
        for slot, operand in enumerate(node.operands):
            if of[operand] and not operation.is_index(slot):
                # Another branch may be the right one, a large error may change more than the derivative tells, and the
                # derivative may have underflowed.
                is_linear = of[operand] <= LINEAR_RANGE * abs(operands[slot]) and operation.passes_to(slot)
                if is_linear and not operation.backward_pattern.selects and abs(local[slot]) >= float_info.min:
                    error += abs(local[slot]) * of[operand]
                else:
                    error += self._change(node, slot, y, lambda *xs: operation.kernel(ieee, *xs, **node.parameters))
        if error or operation.backward_pattern.selects:
            return error
        # An error may underflow where no operand is exactly 0.
        return QUANTUM if all(values[operand] or of[operand] for operand in node.operands) else 0.0

    def _error_by_sign_of_zero(self, node: Node, operation: Primitive, y: float, operands: list[float]) -> float:
        """How far the value would move if operands that are -0 by computation were 0: atan2 jumps between them."""
        nodes = self.graph.nodes
        is_computed = [not nodes[operand].is_input for operand in node.operands]
        zeros = [0.0 if x == 0 and known else x for x, known in zip(operands, is_computed, strict=True)]
        return abs(operation.kernel(ieee, *zeros, **node.parameters) - y)  # type: ignore[no-any-return]

    def _change(self, node: Node, slot: int, value: float, function: Callable[..., float]) -> float:
        """How far a function of the operands moves from its value if one of them moves by its error: up or down, and to
        0, which is false, where the function may not be linear in that range."""
        operation, operands = node.operation, [self._values[operand] for operand in node.operands]
        assert operation is not None
        operand, error = operands[slot], self.of[node.operands[slot]]
        moved = [operand + error]
        if operation.has_kinks or operation.backward_pattern.selects or error > LINEAR_RANGE * abs(operand):
            moved.append(operand - error)
            if abs(operand) < error:
                moved.append(0.0)
        farthest = 0.0
        for operands[slot] in moved:
            change = abs(function(*operands) - value)
            if change != change:
                return inf
            farthest = max(farthest, change)
        return farthest

    def backward(
        self,
        steps: Sequence[NodeBackward],
        seed_errors: Mapping[int, float],
        record: Callable[[int, float, Sequence[tuple[int, float]]], None] | None = None,
    ) -> dict[int, float]:
        """The bound of the error of the gradient by each active input, given the steps of a backward pass and the
        bounds of the errors of the gradients that it starts from. record is called with each operation, the bound of
        its upstream, and those of what it passes back, by slot.

        Errors that arrive at one node only, on their way to one input, are independent of those of other ways.
        """
        errors = dict(seed_errors)
        squares: dict[int, float] = {}
        of, values = self.of, self._values
        for step in steps:
            node = step.node
            upstream, shared = abs(step.upstream.value), errors.pop(node.index, 0.0)
            independent = sqrt(squares.pop(node.index, 0.0))
            upstream_error = shared + independent
            assert node.operation is not None
            if node.operation.backward_pattern in LINEAR:
                downstream = [(slot, upstream_error) for slot in step.slots]
            elif node.operation.backward_pattern is SWAP_MULTIPLIER:
                downstream = []
                for slot in step.slots:
                    other = node.operands[1 - slot]
                    local = abs(values[other])
                    error = local * (upstream_error + ROUNDING * upstream) + (upstream + upstream_error) * of[other]
                    if (local or of[other]) and (upstream or upstream_error):
                        error += QUANTUM
                    downstream.append((slot, error))
            else:
                least = QUANTUM if upstream or upstream_error else 0.0
                downstream = [
                    (
                        slot,
                        local * (upstream_error + ROUNDING * upstream)
                        + (upstream + upstream_error) * local_error
                        + least,
                    )
                    for slot, local, local_error in self._local_derivatives(step)
                    if local or local_error
                ]
            if record is not None:
                record(node.index, upstream_error, downstream)
            is_separate = self.is_separate[node.index] and not shared and (not independent or len(downstream) == 1)
            for slot, error in downstream:
                operand = node.operands[slot]
                if is_separate:
                    squares[operand] = squares.get(operand, 0.0) + error * error
                else:
                    errors[operand] = errors.get(operand, 0.0) + error
        for index, square in squares.items():
            errors[index] = errors.get(index, 0.0) + sqrt(square)
        if any(error and not self.graph.nodes[index].is_input for index, error in errors.items()):
            # Rounding may have closed an edge, so that no step shows what passes through it.
            return dict.fromkeys(self.graph.inputs, inf)
        return errors

    def local_errors(self, step: NodeBackward) -> Iterator[tuple[int, float]]:
        """The bounds of the errors of the local derivatives, by slot."""
        assert step.node.operation is not None
        if step.node.operation.backward_pattern is SWAP_MULTIPLIER:
            yield from ((slot, self.of[step.node.operands[1 - slot]]) for slot in step.slots)
        elif step.node.operation.backward_pattern not in LINEAR:
            yield from ((slot, error) for slot, _, error in self._local_derivatives(step))

    def _local_derivatives(self, step: NodeBackward) -> Iterator[tuple[int, float, float]]:
        """The size of the local derivative by each slot, and the bound of its error."""
        node, operation = step.node, step.node.operation
        if isinstance(operation, Function):
            yield from self._derivatives_of_function(step, operation)
            return
        assert operation is not None
        for slot in step.slots:
            local = self._locals[node.index][slot]
            yield slot, abs(local), self._local_error(step, operation, slot, local)

    def _derivatives_of_function(self, step: NodeBackward, function: Function) -> Iterator[tuple[int, float, float]]:
        node = step.node
        own = [slot for slot in step.slots if slot < len(function.partials)]
        for slot in own:
            partial = function.partials[slot]
            values = forward(partial, [*step.operands, step.y], FLOATS)
            errors = [self.of[index] for index in (*node.operands, node.index)]
            bounds = _Errors(partial, values, dict(zip(partial.inputs, errors, strict=True)))
            yield slot, abs(values[partial.output]), bounds.of[partial.output]
        if len(own) == len(step.slots):
            return
        inner_steps: list[NodeBackward] = []
        body = self._bodies[node.index]
        if is_loop(function):  # the steps written out
            step = step._replace(inside=Inside(body._values, NO_PIECES))
        edges = edges_of(step._replace(slots=step.slots[len(own) :]), FLOATS, inner_steps.append)
        inner_errors = body.backward(inner_steps, {function.graph.output: 0.0})
        for edge in edges:
            error = inner_errors.get(function.graph.inputs[edge.slot])
            if error is not None:
                yield edge.slot, abs(edge.local), error

    def _local_error(self, step: NodeBackward, operation: Primitive, slot: int, local: float) -> float:
        """How far the local derivative moves if the operands, and the value, move by their errors."""
        node, of = step.node, self.of
        partial = operation.partials[slot]
        if not _keeps_digits(operation, step.operands):
            return inf

        def derivative(*xs: float) -> float:
            # Beside a kink, as that of hypot at 0, it takes the value there too.
            y = step.y if operation.kink is None else operation.kernel(ieee, *xs, **node.parameters)
            return partial(FLOATS, y, *xs, **node.parameters)  # type: ignore[no-any-return]

        # A derivative may underflow, but where an operand that is 0 makes it 0.
        is_zero = not all([x or of[operand] for x, operand in zip(step.operands, node.operands, strict=True)])
        may_underflow = not is_zero and (step.y or of[node.index]) and not operation.backward_pattern.selects
        error = QUANTUM if may_underflow else 0.0
        for other, operand in enumerate(node.operands):
            if of[operand] and not operation.is_index(other):
                error += self._change(node, other, local, derivative)
        if of[node.index]:
            error += abs(partial(FLOATS, step.y + of[node.index], *step.operands, **node.parameters) - local)
        return error


def _rounding(operation: Primitive, y: float, operands: Sequence[float]) -> float:
    """The bound of the error of one operation on exact operands."""
    if operation.backward_pattern.selects:
        return 0.0
    if y == 0 and not all(operands):
        return 0.0
    return ROUNDING * abs(y) + QUANTUM if _keeps_digits(operation, operands) else inf


def _keeps_digits(operation: Primitive, operands: Sequence[float]) -> bool:
    """Whether an operation and its rules are as accurate as ROUNDING says, at these operands."""
    return operation.keeps_digits is None or operation.keeps_digits(*operands)
