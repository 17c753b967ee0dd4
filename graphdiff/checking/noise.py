"""How far rounding may move the value and the gradients of a trace."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from graphdiff.accuracy.interpreters import rounded_interpreter, rounded_single_interpreter
from graphdiff.accuracy.rounding import ROUNDING, SINGLE_ROUNDING
from graphdiff.checking.directions import Direction, entries
from graphdiff.checking.values import ScalarFunction
from graphdiff.operations.interpreter import Numeric
from graphdiff.passes.backward import backward
from graphdiff.passes.conventions import gradients_by_convention
from graphdiff.passes.cotangents import Cotangent
from graphdiff.passes.forward import forward
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import plain

DRAWS = 8
"""The number of random roundings at the point."""
NEARBY_DRAWS = 2
"""The number of random roundings at another point."""
MARGIN = 4
"""Rounding may move a result this many times farther than in the worst of these draws."""
SMALLEST_NORMAL = 2.0**-1022
"""The most that underflow may take from a derivative."""
SMALLEST_SINGLE = 2.0**-126
"""The same of 32-bit floats."""


class Noise:
    """The effect of rounding on a trace with a scalar output, from random roundings of each operation: to 64 bits, or
    with float32 to 32."""

    def __init__(self, trace: Trace, float32: bool = False) -> None:
        self._trace = trace
        self._rounding = SINGLE_ROUNDING if float32 else ROUNDING
        self._smallest = SMALLEST_SINGLE if float32 else SMALLEST_NORMAL
        rounded = rounded_single_interpreter if float32 else rounded_interpreter
        inputs = [trace.values[index] for index in trace.graph.inputs]
        self._functions = [
            ScalarFunction(trace.graph, inputs, rounded(trace.op, seed), trace.op) for seed in range(DRAWS)
        ]

    @cached_property
    def of_value(self) -> float:
        """How far rounding may move the value."""
        return max(self._noise(self._trace.value, each.value()) for each in self._functions)

    @cached_property
    def of_gradients(self) -> Mapping[str, Sequence[float]]:
        """How far rounding may move each entry of each gradient, in row-major order."""
        noise = {name: [self._smallest] * len(gradient) for name, gradient in self.rule_gradients.items()}
        for each in self._functions:
            others = self._gradients(forward(self._trace.graph, each.inputs, each.op), each.op)
            for name, gradient in self.rule_gradients.items():
                noises = [self._noise(value, other) for value, other in zip(gradient, others[name], strict=True)]
                noise[name] = [max(pair) for pair in zip(noise[name], noises, strict=True)]
        return noise

    @cached_property
    def rule_gradients(self) -> Mapping[str, Sequence[float]]:
        """The gradients by the rules alone, with their conventions at kinks, as generated code computes them: the
        entries of each in row-major order."""
        gradients = gradients_by_convention(self._trace)
        return {name: entries(gradient) for name, gradient in gradients.items() if gradient is not None}

    def _gradients(self, values: Sequence[Any], op: Numeric) -> dict[str, list[float]]:
        graph = self._trace.graph
        gradients = {name: each for name, each in self._trace.gradients.items() if each is not None}
        names = {graph.input_indices[name]: name for name in gradients}
        with op.quiet():
            cotangents = backward(graph, values, op, Cotangent(op.constant(1.0)), graph.active_slots(names))
        zeros = {name: [0.0] * len(entries(gradient)) for name, gradient in gradients.items()}
        return zeros | {names[index]: entries(plain(each.value)) for index, each in cotangents.items()}

    def along(self, direction: Direction) -> float:
        """How far rounding may move the derivative along a direction."""
        return direction.bound_along(self.of_gradients)

    def nearby(self, direction: Direction, step: float, value: float) -> Iterator[float]:
        """How far rounding moves the value at this step from the point."""
        return (self._noise(value, each.along(direction)(step)) for each in self._functions[:NEARBY_DRAWS])

    def _noise(self, value: float, other: float) -> float:
        """How far rounding may move a value, from its distance to the other, which was rounded randomly."""
        noise = MARGIN * (abs(other - value) + self._rounding * abs(value))
        return noise if math.isfinite(noise) else math.inf
