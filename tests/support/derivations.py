"""Every step of a derivation against differences of what it differentiates, in many digits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.forward import evaluate, forward
from graphdiff.passes.values import interpreter_of
from graphdiff.precise.interpreter import precise_interpreter
from graphdiff.textbook.steps.derivation import Derivation

DIGITS = 80
WIDTH = 1e-24
"""The step of central differences relative to the input, whose error is about its square."""
TOLERANCE = 1e-12


class Board:
    """The numbers of a derivation at a point: of formulas, by their nodes, and of derivatives, by differences."""

    def __init__(self, derivation: Derivation, point: Mapping[str, Any], direction: Any = None) -> None:
        """point has the inputs, direction is a value for the differential of an array."""
        self.derivation = derivation
        self.graph = derivation.graph
        has_arrays = direction is not None or not self.graph.is_elementwise or any(derivation.shapes.values())
        self.op = precise_interpreter(interpreter_of(self.graph, [[0.0]]) if has_arrays else FLOATS, DIGITS)
        self.letters = {step.inner[0]: step.inner[1] for step in derivation.steps if step.inner is not None}
        self.point = {name: self.op.constant(value) for name, value in point.items()}
        if derivation.differential is not None:
            self.point[derivation.differential] = self.op.constant(direction)
        self.variable = derivation.steps[0].of.variable
        self.base = self.values({}, {})
        self.differences = {symbol: self.difference(symbol) for symbol in derivation.unresolved}
        self.resolved = self.values({}, self.differences)

    def values(self, moved: Mapping[str, Any], derivatives: Mapping[int, Any]) -> list[Any]:
        """The value of each node; moved has those of some symbols, derivatives those that are still to be taken."""
        values: list[Any] = []
        for node in self.graph.nodes:
            name = node.name or ""
            if node.operation is not None:
                operands = [values[operand] for operand in node.operands]
                is_known = all(operand is not None for operand in operands)
                values.append(evaluate(node, operands, self.op) if is_known else None)
            elif node.is_constant:
                values.append(self.op.constant(node.parameters["value"]))
            elif name in moved:
                values.append(moved[name])
            elif node.index in self.derivation.unresolved:
                values.append(derivatives.get(node.index))
            elif node.index in self.derivation.definitions:
                values.append(values[self.derivation.definitions[node.index]])
            else:
                values.append(values[self.letters[name]] if name in self.letters else self.point[name])
        return values

    def difference(self, symbol: int) -> Any:
        """The derivative that a symbol stands for, by central differences."""
        variable, of = self.derivation.unresolved[symbol]
        is_differential = self.derivation.differential is not None
        along = self.point[self.derivation.differential or ""] if is_differential else self.op.constant(1.0)
        starts = [self.base[node.index] for node in self.graph.nodes if node.is_input and node.name == variable]
        start = starts[0] if starts else self.op.constant(1.0)
        (one,) = self.op.entries(self.op.constant(1.0))
        width = min(abs(entry) or one for entry in self.op.entries(start)) * WIDTH
        step = self.op.mul(width, along)
        after, before = (self.values({variable: side(start, step)}, {})[of] for side in (self.op.add, self.op.sub))
        return self.op.div(self.op.sub(after, before), self.op.mul(width, 2.0))

    def errors(self) -> list[tuple[str, str, float]]:
        """For each step its rule, which of its sides, and by how much that is wrong, relative to 1 or to its size."""
        symbols = {unresolved: symbol for symbol, unresolved in self.derivation.unresolved.items()}
        rows = []
        for step in self.derivation.steps:
            if not all(math.isfinite(entry) for entry in self.op.entries(self.base[step.of.of])):
                continue  # a branch that is not taken may have no value at the point
            expected = self.differences[symbols[step.of]]
            rows.append((step.rule, "gives", self.distance(self.resolved[step.gives], expected)))
            rows.append((step.rule, "result", self.distance(self.base[step.result], expected)))
        if self.derivation.differential is None:
            form = self.derivation.form
            inputs = [self.point.get(name, self.op.constant(0.0)) for name in form.input_names]
            value = forward(form, inputs, self.op)[form.output]
            rows.append((self.derivation.ending, "gives", self.distance(value, self.base[self.graph.output])))
        return rows

    def distance(self, value: Any, expected: Any) -> float:
        """The largest difference of entries, relative to the largest one, or to 1 where all are 0."""
        values, expectations = self.op.entries(value), self.op.entries(expected)
        if len(values) != len(expectations):
            return float("inf")
        largest = max(abs(each) for each in expectations)
        scale = largest if largest > TOLERANCE**2 else 1.0
        return max(float(abs(one - other) / scale) for one, other in zip(values, expectations, strict=True))


def wrong_steps(steps: Derivation, point: Mapping[str, Any], direction: object = None) -> list[object]:
    """The steps that are wrong at a point: rule, side and error."""
    return [row for row in Board(steps, point, direction).errors() if not row[2] < TOLERANCE]
