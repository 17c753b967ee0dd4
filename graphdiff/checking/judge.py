"""The derivative of a trace along a direction, against differences: a row of a check."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

from graphdiff.accuracy.evaluation import digits_of, isfinite
from graphdiff.checking.differences import Derivative
from graphdiff.checking.directions import Direction, entries, is_affordable
from graphdiff.checking.exact import ExactDerivatives
from graphdiff.checking.floats import FloatDerivatives
from graphdiff.checking.noise import Noise
from graphdiff.checking.row import CheckRow
from graphdiff.checking.verdict import AGREES, DIFFERS
from graphdiff.passes.kinks import kink_of
from graphdiff.passes.trace import Trace
from graphdiff.writing.text import operation_of

FLOAT_DIGITS = 17
"""The most digits of a 64-bit float."""
UNSETTLED = "the differences do not converge"
NONFINITE = "the {} itself is not finite"
UNREACHED = "the output does not depend on it"
NO_CONVENTION = "the derivative exists at the kink"


class Judge:
    """Judges the derivatives of a trace with a scalar output.

    Differences have at least the digits of a trace with many digits; else many where the formula is small enough, or
    those of floats.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.gradients = {name: entries(value) for name, value in trace.gradients.items() if value is not None}
        self.is_precise = trace.op.is_typed or is_affordable(trace)

    @cached_property
    def noise(self) -> Noise:
        """The effect of rounding in 64 bits."""
        return Noise(self.trace)

    @cached_property
    def _derivatives(self) -> ExactDerivatives | FloatDerivatives:
        if self.is_precise:
            return ExactDerivatives(self.trace)
        return FloatDerivatives(self.trace, self.noise)

    @cached_property
    def kinks(self) -> dict[int, str]:
        """The choice that the rule of each operation makes that is at a kink, by its node."""
        op, values = self.trace.op, self.trace.values
        with op.quiet():
            choices = {
                step.node.index: kink_of(
                    step._replace(y=values[step.node.index], operands=[values[each] for each in step.node.operands]), op
                )
                for step in self.trace.steps
            }
        return {index: choice for index, choice in choices.items() if choice is not None}

    @cached_property
    def _effective(self) -> set[int]:
        """The nodes on which the output depends, as far as it can be differentiated."""
        graph = self.trace.graph
        effective = {graph.output}
        for node in reversed(graph.nodes):
            if node.index in effective and node.operation is not None:
                slots = node.operation.differentiable_slots(list(range(len(node.operands))))
                effective.update(node.operands[slot] for slot in slots)
        return effective

    def kink_along(self, direction: Direction) -> str:
        """The first operation that is at a kink and moves along a direction, and its choice; empty if there is none."""
        graph = self.trace.graph
        if not self.kinks:
            return ""
        active = graph.active_slots([graph.input_indices[name] for name in direction.speeds])
        nodes = [graph.nodes[index] for index in self.kinks if active[index] is not None]
        return f"{operation_of(graph, nodes[0])}: {self.kinks[nodes[0].index]}" if nodes else ""

    def row(self, direction: Direction) -> CheckRow:
        """Compare the derivative along a direction with differences."""
        analytic = direction.along(self.gradients)
        row = CheckRow(direction.name, direction.place, direction.entry_count, analytic)
        if not any(self.trace.graph.input_indices[name] in self._effective for name in direction.speeds):
            verdict = DIFFERS if analytic else AGREES
            return row._replace(numeric=0.0, error=abs(analytic), bound=0.0, verdict=verdict, reason=UNREACHED)
        if not isfinite(self.trace.value + analytic):
            return row._replace(reason=NONFINITE.format("derivative" if isfinite(self.trace.value) else "value"))
        derivative = self._derivatives.derivative(direction)
        kink = self.kink_along(direction)
        if not derivative.limit.bound < math.inf or derivative.has_kink:
            return self._without_derivative(row, derivative, kink)
        value, change = limit = derivative.limit
        follows_rules = not self.trace.op.is_typed and analytic == direction.along(self.noise.rule_gradients)
        bound, is_zero, verdict, reason = self._derivatives.compare(direction, analytic, limit, follows_rules)
        if abs(value) <= change:
            value = 0 * value
        error = abs(value - analytic)
        return row._replace(
            numeric=self._report(value),
            numeric_text=self._text(value),
            digits=None if is_zero else self._digits(float(error / abs(value))),
            error=float(error) if error > change else 0.0,
            bound=float(bound),
            verdict=verdict,
            reason=f"{NO_CONVENTION}: {kink}" if verdict == DIFFERS and kink else reason,
        )

    def _digits(self, relative_error: float) -> float:
        """The number of significant digits in which two numbers agree that are so far apart."""
        most = float(digits_of(self.trace.op) if self.trace.op.is_typed else FLOAT_DIGITS)
        return min(most, max(0.0, -math.log10(relative_error))) if relative_error else most

    def _report(self, number: Any) -> Any:
        """A derivative with the digits of the trace."""
        if not self.trace.op.is_typed:
            return float(number)
        from graphdiff.precise.context import context_of

        return context_of(digits_of(self.trace.op)).mpf(number)

    def _text(self, number: Any) -> str:
        """A derivative with all digits of a trace that has many, else empty."""
        if not self.trace.op.is_typed:
            return ""
        result = self._report(number)
        return str(result.context.nstr(result, digits_of(self.trace.op), strip_zeros=False))

    def _without_derivative(self, row: CheckRow, derivative: Derivative, kink: str) -> CheckRow:
        """Why the differences give no derivative."""
        if not (derivative.finite_below or derivative.finite_above):
            return row._replace(reason="the value is not finite next to the point")
        if not (derivative.finite_below and derivative.finite_above):
            side = "above" if derivative.finite_below else "below"
            return row._replace(reason=f"at the edge of the domain: the value is not finite just {side}")
        sides = derivative.below, derivative.above
        has_slopes = derivative.has_kink and all(side.bound < math.inf for side in sides)
        reason = f"at a kink: {kink}" if kink else "at a kink" if has_slopes else UNSETTLED
        slopes = (self._report(sides[0].value), self._report(sides[1].value)) if has_slopes else None
        return row._replace(reason=reason, slopes=slopes)
