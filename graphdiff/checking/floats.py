"""Derivatives by differences of 64-bit floats, for formulas too large for many digits."""

from __future__ import annotations

import math
from typing import Any

from graphdiff.algebra.expand import expand_gates
from graphdiff.checking.differences import LEVELS, Comparison, Derivative, Estimate, Limit, estimate
from graphdiff.checking.directions import Direction, entries
from graphdiff.checking.noise import Noise
from graphdiff.checking.values import ScalarFunction
from graphdiff.checking.verdict import AGREES, DIFFERS, LOST, NOT_CHECKABLE
from graphdiff.graph.function import Operation
from graphdiff.operations.primitive import BLOCKER
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import plain, to_list

MEANINGFUL = 1e-3
"""A bound larger than this, relative to the derivative, is too large to decide anything."""
NEGLIGIBLE = 1e-6
"""A derivative of 0 has a bound at most this, relative to the terms that it is the sum of."""
SHRINKING = [2.0**-power for power in (2, 12, 22, 32, 40)]
"""The largest step of each estimate in turn, relative to the number; the smallest step is 2^-6 of the largest."""
SMALLEST_STEP, SMALLEST = 2.0**-1060, 2.0**-1070
"""The smallest step, and the most that underflow may take from a value."""
TIGHT = 1e-6
"""A bound this small, relative to the derivative, is good enough: no smaller steps are tried."""
HIDDEN = "rounding hides the difference"


class FloatDerivatives:
    """The derivatives of a trace's scalar output along directions."""

    def __init__(self, trace: Trace, noise: Noise) -> None:
        self._trace = trace
        self._noise = noise
        self._function = ScalarFunction(trace.graph, [trace.values[index] for index in trace.graph.inputs], trace.op)
        gradients = {name: entries(value) for name, value in trace.gradients.items() if value is not None}
        self._sizes = {name: list(map(abs, gradient)) for name, gradient in gradients.items()}

        graph = expand_gates(trace.graph)
        self._jumping = [each.index for each in graph.nodes if graph.needed[each.index] and _is_jumping(each.operation)]
        self._expanded = ScalarFunction(graph, [trace.values[index] for index in trace.graph.inputs], trace.op)

    def derivative(self, direction: Direction) -> Derivative:
        """The estimate with the smallest bound among those that no estimate from smaller steps contradicts."""
        unit = math.ldexp(0.5, math.frexp(direction.size)[1]) if direction.size else 1.0
        slope = direction.bound_along(self._sizes)
        steps = [unit * each for each in SHRINKING if unit * each >= SMALLEST_STEP] or [SMALLEST_STEP]
        attempts: list[Estimate] = []
        for largest in steps:
            attempts.append(self._estimate(direction, largest, slope))
            if len(attempts) > 1 and _confirms(*attempts[-2:]):
                break
        finest = attempts[-1]
        bends = [each for each in attempts if each.has_kink]
        # A kink that larger steps crossed may still be there.
        bend = max([abs(each.jump.value) for each in bends], default=math.inf)
        smooth = [
            each
            for each in attempts
            if each.is_finite and not each.has_kink and abs(each.jump.value) + each.jump.bound < bend
        ]
        smooth = [
            each for place, each in enumerate(smooth) if not any(_contradict(each, one) for one in smooth[place + 1 :])
        ]
        if not smooth:
            last = bends[-1] if bends else finest
            return Derivative(
                last.derivative, last.below, last.above, bool(bends), *(last.finite_below, last.finite_above)
            )
        best = min(smooth, key=lambda each: each.derivative.bound)
        limit = best.derivative if not self._jumps(direction, best) else Limit(best.derivative.value, math.inf)
        return Derivative(limit, best.below, best.above, False, True, True)

    def compare(self, direction: Direction, analytic: float, limit: Limit, _follows_rules: bool) -> Comparison:
        """The verdict on a derivative, given the limit of its differences."""
        rounding, error = self._noise.along(direction), abs(limit.value - analytic)
        bound = limit.bound + rounding
        size = max(abs(analytic), abs(limit.value))
        is_zero = abs(limit.value) <= limit.bound
        terms = direction.bound_along(self._sizes)
        if limit.value == analytic == 0 or bound <= MEANINGFUL * size or (is_zero and bound <= NEGLIGIBLE * terms):
            return Comparison(bound, is_zero, AGREES if error <= bound else DIFFERS)
        if limit.bound <= MEANINGFUL * abs(limit.value) and error <= bound:
            return Comparison(bound, False, LOST)
        return Comparison(bound, is_zero, NOT_CHECKABLE, HIDDEN)

    def _estimate(self, direction: Direction, largest: float, slope: float) -> Estimate:
        """Estimate the derivative from steps up to the largest, if it may be as large as slope."""
        function = self._function.along(direction)
        ends = [(step, function(step)) for step in (largest, -largest)]
        noises = [noise for step, value in ends for noise in self._noise.nearby(direction, step, value)]
        noise = max([self._noise.of_value, *filter(math.isfinite, noises)])
        # Adding a power of 2 is exact, unless the sum needs one more digit.
        steps = (largest, -largest, largest / 2 ** (LEVELS - 1))
        at = direction.at
        is_exact = direction.entry_count == 1 and all((at + step) - at == step for step in steps)
        slip = 0.0 if is_exact else slope * math.ulp(direction.size)
        return estimate(function, self._trace.value, largest, noise + SMALLEST, slip)

    def _jumps(self, direction: Direction, estimate: Estimate) -> bool:
        """Whether even the smallest steps of an estimate cross a jump."""
        smallest = estimate.largest / 2 ** (LEVELS - 1)
        if not self._jumping:
            return False
        values_at = self._expanded.values_along(direction)
        pieces: list[list[Any]] = []
        for step in (-smallest, 0.0, smallest):
            values = values_at(step)
            pieces.append([to_list(plain(values[index])) for index in self._jumping])
        return any(each != pieces[0] for each in pieces)


def _is_jumping(operation: Operation | None) -> bool:
    return operation is not None and operation.backward_pattern is BLOCKER


def _confirms(coarse: Estimate, fine: Estimate) -> bool:
    """Whether two estimates from steps of different sizes agree, and at least one of them is sharp."""
    are_smooth = all(each.is_finite and not each.has_kink for each in (coarse, fine))
    sharpest = min(coarse.derivative.bound, fine.derivative.bound)
    return are_smooth and not _contradict(coarse, fine) and bool(sharpest <= TIGHT * abs(fine.derivative.value))


def _contradict(coarse: Estimate, fine: Estimate) -> bool:
    """Whether two estimates with their bounds cannot both be right."""
    distance = abs(coarse.derivative.value - fine.derivative.value)
    return bool(distance > coarse.derivative.bound + fine.derivative.bound)
