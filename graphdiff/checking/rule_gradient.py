"""The gradient by the derivative rules in many digits: what rounding did to that of a trace is the difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from random import Random
from typing import Any

from graphdiff.accuracy.rounding import ROUNDING
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import Primitive
from graphdiff.passes.backward import backward, edges_of
from graphdiff.passes.cotangents import Cotangent, NodeBackward, add_to
from graphdiff.passes.forward import forward
from graphdiff.passes.trace import Trace

Entries = Mapping[str, Sequence[Any]]
"""A number for each entry of each gradient, in row-major order, by the input's name."""
MARGIN = 8
"""Another rounding of constants may move a gradient this many times farther than the one that is tried."""


class RuleGradient:
    """The gradients of a trace's scalar output, by an interpreter with many digits."""

    def __init__(self, trace: Trace, op: Any) -> None:
        graph = trace.graph
        self._graph = graph
        self._op = op
        self._names = {graph.input_indices[name]: name for name, each in trace.gradients.items() if each is not None}
        inputs = [None if trace.values[index] is None else op.constant(trace.values[index]) for index in graph.inputs]
        self._values = forward(graph, inputs, op)
        self._steps: list[NodeBackward] = []
        self.gradients = self._by_name(self._backward(op, self._steps.append))

    @cached_property
    def sizes(self) -> Entries:
        """What the terms of each sum add up to if none cancels: downstreams are replaced by their absolute values."""
        op = self._op
        pending = {self._graph.output: Cotangent(op.constant(1.0))}
        for step in self._steps:
            for edge in edges_of(step._replace(upstream=pending.pop(step.node.index)), op):
                if edge.downstream is not None:
                    size = edge.downstream._replace(value=op.abs(edge.downstream.value))
                    add_to(pending, step.node.operands[edge.slot], size, op)
        return self._by_name(pending)

    @cached_property
    def constant_errors(self) -> Entries:
        """How far the gradients may be off because the constants of rules, such as pi, are floats."""
        others = self._by_name(self._backward(_rounded_constants(self._op)))
        return {
            name: [MARGIN * abs(one - other) for one, other in zip(of, others[name], strict=True)]
            for name, of in self.gradients.items()
        }

    def _backward(self, op: Numeric, visit: Callable[[NodeBackward], None] | None = None) -> dict[int, Cotangent]:
        active = self._graph.active_slots(self._names)
        return backward(self._graph, self._values, op, Cotangent(op.constant(1.0)), active, visit)

    def _by_name(self, cotangents: Mapping[int, Cotangent]) -> Entries:
        named: dict[str, list[Any]] = {}
        for index, name in self._names.items():
            value = cotangents[index].value if index in cotangents else self._op.constant(0.0)
            like = self._values[index]
            named[name] = self._op.entries(value if like is None else self._op.broadcast_like(value, like))
        return named


def _rounded_constants(op: Any) -> Numeric:
    """The same interpreter, but with a random rounding error in each constant that is not a whole number."""
    random = Random(0)
    kind: Any = type(op)

    class RoundedConstants(kind):  # type: ignore[misc]
        def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
            operands = tuple(self.constant(each) if type(each) is float else each for each in operands)
            return super().apply(primitive, *operands, **parameters)

        def constant(self, value: Any) -> Any:
            number = super().constant(value)
            if type(value) is not float or value.is_integer():
                return number
            return number * super().constant(1 + random.choice((-1, 1)) * ROUNDING)

    rounded: Numeric = RoundedConstants(op.functions)
    return rounded
