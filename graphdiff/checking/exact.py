"""Derivatives in many digits: by differences of the formula's values, and, to see what rounding did, by its rules.

A step may be as small as it takes where numbers have as many digits as it takes. A difference is trusted if a step that
is smaller still, with more digits, gives the same: then neither rounding nor the step can have moved it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from graphdiff.accuracy.evaluation import digits_of, isfinite, power_of_ten
from graphdiff.algebra.expand import expand_gates
from graphdiff.checking.differences import Comparison, Derivative, Limit
from graphdiff.checking.directions import Direction, entries
from graphdiff.checking.floats import MEANINGFUL, NEGLIGIBLE
from graphdiff.checking.rule_gradient import RuleGradient
from graphdiff.checking.values import ScalarFunction
from graphdiff.checking.verdict import AGREES, DIFFERS, LOST, NOT_CHECKABLE
from graphdiff.operations.ieee import QUANTUM
from graphdiff.passes.forward import forward
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import plain
from graphdiff.precise.interpreter import precise_interpreter

LEAST_DIGITS = 20
"""Derivatives have at least so many digits."""
EXTREMES = 2
"""The step is small beside the product of so many of the most extreme numbers of the trace."""
FINER = 10
"""The second step has so many digits more behind the point, and its numbers three times as many more."""
DEEPEST = 340
"""A derivative is 0 if it is in so many digits behind the point: all floats are larger."""
FARTHEST = 1000
"""The powers of ten of more extreme numbers are taken to be this."""
MOST_DIGITS = 4000
MOST_ATTEMPTS = 4
"""No more attempts are made with more than MOST_DIGITS, and so many times as many as the first one has."""
CONVERGED = 1e-12
"""Two differences agree if they are so close, relative to the larger."""
VANISHING = 1e-6
"""A difference that the second step makes smaller by such a factor has the limit 0; the factor is about 1e-10."""
NEGLIGIBLE_JUMP = 1e-20
"""The differences below and above may differ by rounding as much as this, relative to the larger."""
CONSTANT_ERROR = 2.0**-48
"""Few roundings move a sum by more than this, relative to its terms."""
NO_RULE = "its rule gives no number in many digits"
CAUSES = "rounding, overflow or underflow leaves fewer than 3 digits"


class ExactDerivatives:
    """The derivatives of a trace's scalar output, with at least LEAST_DIGITS digits, or those of the trace."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        digits = max(LEAST_DIGITS, digits_of(trace.op))
        logarithms = {max(-FARTHEST, min(power_of_ten(size), FARTHEST)) for size in _sizes_of(trace)}
        extremes = sorted(map(abs, logarithms), reverse=True)[:EXTREMES]
        self._step_digits = digits + FINER + sum(extremes)
        self._more_digits = digits + FINER + max([0, *logarithms])
        self._functions: dict[int, ScalarFunction] = {}

    def derivative(self, direction: Direction) -> Derivative:
        """The limits of the differences below and above the point."""
        step = self._step_digits
        for exponent, depth in [
            (step, step),
            (step, max(2 * step, DEEPEST)),
            (2 * step, 4 * step),
            (4 * step, 12 * step),
        ]:
            digits = exponent + depth + self._more_digits
            if digits > max(MOST_DIGITS, MOST_ATTEMPTS * (step + self._more_digits)) and exponent > step:
                break
            coarse = self._differences(direction, exponent, digits)
            fine = self._differences(direction, exponent + FINER, digits + 3 * FINER)
            resolution = self._power(-depth, digits)
            sides = [_limit(one, other, resolution) for one, other in zip(coarse, fine, strict=True)]
            middle = _limit(sum(coarse) / 2, sum(fine) / 2, resolution)
            are_finite = [math.isfinite(abs(side.value)) for side in sides]
            is_resolved = resolution <= CONVERGED * abs(middle.value) or depth >= DEEPEST
            is_settled = middle.bound < math.inf and is_resolved
            if is_settled or not all(are_finite):
                break
        jumps = [abs(below - above) for below, above in (coarse, fine)]
        has_kink = not jumps[1] <= max(VANISHING * jumps[0], NEGLIGIBLE_JUMP * max(map(abs, fine)), resolution)
        return Derivative(middle, sides[0], sides[1], all(are_finite) and has_kink, *are_finite)

    @cached_property
    def _by_rules(self) -> RuleGradient:
        return RuleGradient(self._trace, self._function(2 * self._step_digits + self._more_digits).op)

    def compare(self, direction: Direction, analytic: Any, limit: Limit, follows_rules: bool) -> Comparison:
        """The verdict on a derivative, given the limit of its differences.

        It is right if the rules, run in many digits, give this limit; what the trace has instead is then rounding,
        overflow or underflow. Where the trace does not follow the rules, as at a kink where they keep to a convention
        although the derivative exists, its own number decides.
        """
        value, change = limit
        if abs(value) <= change:
            value = 0 * value
        if self._trace.op.is_typed:
            # All its digits are right whatever cancels, but for the rounding of the last one.
            slack = change + self._power(1 - digits_of(self._trace.op), self._step_digits) * abs(value)
            return Comparison(slack, not value, AGREES if abs(value - analytic) <= slack else DIFFERS)
        is_zero = abs(2 * value) < QUANTUM
        by_rules = sum(direction.terms(self._by_rules.gradients))
        size = sum(map(abs, direction.terms(self._by_rules.sizes)))
        if not math.isfinite(size):  # an infinite term says nothing about the others
            size = abs(value)
        error, rule_error = abs(value - analytic), abs(by_rules - value)
        slack = change + CONSTANT_ERROR * max(size, abs(value))
        rounding = 0.0 if rule_error <= slack else sum(map(abs, direction.terms(self._by_rules.constant_errors)))
        if not math.isfinite(rule_error) or (not follows_rules and error <= slack):
            return Comparison(slack, is_zero, *((AGREES,) if error <= slack else (NOT_CHECKABLE, NO_RULE)))
        if rule_error > slack + rounding:
            return Comparison(slack, is_zero, DIFFERS)
        bound = abs(by_rules - analytic) + rounding + (rule_error if is_zero else max(rule_error, change))
        # Where all digits of the terms cancel, the derivative is 0 as far as floats can tell.
        is_zero = is_zero or abs(value) <= bound <= CONSTANT_ERROR * size
        most = max(QUANTUM, NEGLIGIBLE * size) if is_zero else MEANINGFUL * abs(value)
        return Comparison(bound, is_zero, AGREES) if bound <= most else Comparison(bound, is_zero, LOST, CAUSES)

    def _differences(self, direction: Direction, exponent: int, digits: int) -> tuple[Any, Any]:
        """(f(0) - f(-h))/h and (f(h) - f(0))/h for h = 10^-exponent, along a direction."""
        function = self._function(digits)
        step = self._power(-exponent, digits)
        along = function.along(direction)
        middle = function.value()
        return (middle - along(-step)) / step, (along(step) - middle) / step

    def _power(self, exponent: int, digits: int) -> Any:
        """10^exponent in so many digits."""
        return self._arithmetic(digits).mpf(10) ** exponent

    def _arithmetic(self, digits: int) -> Any:
        """mpmath with so many digits."""
        op: Any = self._function(digits).op
        return op.functions.mp

    def _function(self, digits: int) -> ScalarFunction:
        """The formula in arithmetic with so many digits."""
        if digits not in self._functions:
            op = precise_interpreter(self._trace.op, digits)
            graph = self._trace.graph
            inputs = [self._trace.values[index] for index in graph.inputs]
            self._functions[digits] = ScalarFunction(graph, inputs, op, number=op.number)
        return self._functions[digits]


def _sizes_of(trace: Trace) -> Iterator[Any]:
    """The absolute values of the numbers of a trace, those inside gates included, but for 0 and what is not finite."""
    graph = expand_gates(trace.graph)
    with trace.op.quiet():
        values = forward(graph, [trace.values[index] for index in trace.graph.inputs], trace.op)
    for value in values:
        for entry in [] if value is None else entries(plain(value)):
            if entry and isfinite(entry):
                yield abs(entry)


def _limit(coarse: Any, fine: Any, resolution: Any) -> Limit:
    """The limit of differences that are known to a resolution, of which the second has the smaller step; its bound is
    infinite if there is none."""
    change = abs(fine - coarse)
    converges = change <= CONVERGED * abs(fine) or abs(fine) <= max(VANISHING * abs(coarse), resolution)
    return Limit(fine, change + resolution if converges else math.inf)
