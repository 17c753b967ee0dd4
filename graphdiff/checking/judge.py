"""The numeric derivative of a formula at a point, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from graphdiff.accuracy.interpreters import rounded_interpreter
from graphdiff.accuracy.rounding import ROUNDING
from graphdiff.algebra.expand import expand_gates
from graphdiff.checking.differences import LEVELS, Estimate, estimate
from graphdiff.checking.directions import Direction, entries
from graphdiff.checking.values import ScalarFunction
from graphdiff.graph.function import Operation
from graphdiff.operations.primitive import BLOCKER
from graphdiff.passes.backward import Cotangent, backward
from graphdiff.passes.forward import forward
from graphdiff.passes.kinks import kink_of
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import plain, to_list
from graphdiff.precise.interpreter import precise_interpreter
from graphdiff.writing.text import operation_of

DRAWS = 8
"""The number of random roundings at the point."""
NEARBY_DRAWS = 2
"""The number of random roundings at the ends of the largest step."""
MARGIN = 4
"""Rounding may move a result this many times farther than in the worst of these draws."""
TIGHT = 1e-6
"""A bound this small, relative to the derivative, is good enough: no other steps are tried."""
MEANINGFUL = 1e-3
"""A bound larger than this, relative to the slopes, is too large to decide anything."""
SHRINKING = [2.0**-power for power in (2, 12, 22, 32, 40)]
"""The largest step of each estimate in turn, relative to the number; the smallest step is 2^-6 of the largest."""
FINER = 2.0**-2
"""The ratio of the steps that look for steeper slopes below the smallest step of an estimate."""
FAR = (8, 18, 28)
"""The powers of 2 of steps larger than the number itself."""
SMALLEST_STEP, SMALLEST, SMALLEST_NORMAL = 2.0**-1060, 2.0**-1070, 2.0**-1022
"""The smallest step, and the most that underflow may take from a value and from a derivative."""
UNSETTLED = "the differences do not converge: rounding, or a jump nearby"
HIDDEN = "hidden by rounding: the value changes less than its rounding error"
JUMP = "every step crosses a jump of the value"
TOO_FAST = "the value changes faster than the steps can resolve"
NONFINITE = "the {} itself is not finite"
UNREACHED = "the output does not depend on it"


class Judgement(NamedTuple):
    """The numeric derivative, in digits with all of them if it has more than a float, and the most that it and the
    derivative of the trace may differ by; None if there is none, for the reason given. slopes are the one-sided
    derivatives from below and above."""

    numeric: Any = None
    digits: str = ""
    bound: float | None = None
    reason: str = ""
    slopes: tuple[float, float] | None = None


class Judge:
    """Judges the derivatives of a trace with a scalar output, from differences with this many digits (None: floats)."""

    def __init__(self, trace: Trace, digits: int | None) -> None:
        self.trace = trace
        self.digits = digits
        self.value: float = trace.value
        self.gradients = {name: entries(value) for name, value in trace.gradients.items() if value is not None}
        graph = trace.graph
        inputs = [trace.values[index] for index in graph.inputs]
        self._randomly_rounded = [
            ScalarFunction(graph, inputs, rounded_interpreter(trace.op, seed), trace.op) for seed in range(DRAWS)
        ]
        self._function = ScalarFunction(graph, inputs, trace.op)
        if digits is not None:
            # Steps are small relative to every number in the formula, and numbers have enough digits for such steps.
            leaves = [trace.values[node.index] for node in graph.nodes if node.operation is None]
            sizes = [abs(entry) for value in leaves if value is not None for entry in entries(plain(value)) if entry]
            self._least = min([1.0, *sizes])
            range_digits = math.ceil(math.log10(max([1.0, *sizes])) - math.log10(self._least))
            ops = [precise_interpreter(trace.op, 2 * digits + range_digits + more) for more in (20, 50)]
            self._function, self._finer = [ScalarFunction(graph, inputs, op, number=op.number) for op in ops]
            self._mp = ops[0].functions.mp
        with trace.op.quiet():
            kinks = [(step.node, kink_of(step, trace.op)) for step in trace.steps]
        self._kinks = [(node, kink) for node, kink in kinks if kink is not None]

    @cached_property
    def value_noise(self) -> float:
        """How far rounding may move the value."""
        return max(_noise(self.value, each.value()) for each in self._randomly_rounded)

    @cached_property
    def gradient_noise(self) -> Mapping[str, Sequence[float]]:
        """How far rounding may move each entry of each gradient."""
        graph = self.trace.graph
        names = {graph.input_indices[name]: name for name in self.gradients}
        noise = {name: [0.0] * len(gradient) for name, gradient in self.gradients.items()}
        for each in self._randomly_rounded:
            op = each.op
            with op.quiet():
                cotangents = backward(
                    graph, forward(graph, each.inputs, op), op, Cotangent(op.constant(1.0)), graph.active_slots(names)
                )
            for index, cotangent in cotangents.items():
                name = names[index]
                others = entries(plain(cotangent.value))
                noises = [_noise(value, other) for value, other in zip(self.gradients[name], others, strict=True)]
                noise[name] = [max(pair) for pair in zip(noise[name], noises, strict=True)]
        return {name: [each + SMALLEST_NORMAL for each in bounds] for name, bounds in noise.items()}

    def judge(self, direction: Direction) -> Judgement:
        """Estimate the derivative along a direction."""
        graph = self.trace.graph
        active = graph.active_slots([graph.input_indices[name] for name in direction.speeds])
        if active[graph.output] is None:
            return Judgement(0.0, "", 0.0, UNREACHED)
        analytic, rounding = direction.along(self.gradients), direction.bound_along(self.gradient_noise)
        if not math.isfinite(self.value + analytic):
            return Judgement(reason=NONFINITE.format("derivative" if math.isfinite(self.value) else "value"))
        if not math.isfinite(rounding + self.value_noise):
            return Judgement(reason=HIDDEN)
        kinks = [f"{operation_of(graph, node)}: {kink}" for node, kink in self._kinks if active[node.index] is not None]
        attempts: list[Estimate] = []
        good: list[tuple[Estimate, Any]] = []
        for steps, is_far in self._steps(direction):
            if is_far and (good or kinks or any(each.is_irregular for each in attempts)):
                break
            for largest in steps:
                attempt = self._estimate(direction, largest, abs(analytic))
                attempts.append(attempt)
                value, error = attempt.derivative
                bound = error + rounding
                typical = attempt.typical
                size = typical if is_far else max(abs(analytic), abs(value), typical, rounding / ROUNDING)
                is_constant = attempt.is_finite and typical == analytic == 0
                bend = max([abs(each.jump.value) for each in attempts if each.has_kink], default=math.inf)
                if attempt.is_irregular or abs(attempt.jump.value) + attempt.jump.bound >= bend:
                    continue  # the kink that larger steps crossed may still be there
                if not (bound <= MEANINGFUL * size or is_constant):
                    continue
                is_consistent = not any(_contradict(each, (attempt, bound)) for each in good)
                agrees = abs(value - analytic) <= bound and is_consistent
                good.append((attempt, bound))
                if is_constant:
                    break
                is_best = all(bound <= other for _, other in good)
                if agrees and is_best and bound <= TIGHT * max(abs(analytic), abs(value)):
                    return self._judgement(attempt, bound)
        if good:
            return self._choose(direction, good, analytic, attempts, kinks)
        return _not_checkable(attempts, kinks, analytic, self.value_noise)

    def _choose(
        self,
        direction: Direction,
        good: Sequence[tuple[Estimate, Any]],
        analytic: float,
        attempts: Sequence[Estimate],
        kinks: Sequence[str],
    ) -> Judgement:
        """Choose the estimate with the smallest bound among those that no estimate from smaller steps contradicts."""
        rest = [each for place, each in enumerate(good) if not any(_contradict(each, one) for one in good[place + 1 :])]
        best, bound = min(rest, key=lambda pair: pair[1])
        agrees = abs(best.derivative.value - analytic) <= bound
        if kinks and not agrees:
            return _at_kink(attempts, kinks[0])
        is_far = best.largest > max(direction.size, 1.0)
        if self.digits is not None or (agrees and not is_far):
            return self._judgement(best, bound)
        if is_far and not agrees:  # the formula may behave differently so far away
            return _not_checkable(attempts, kinks, analytic, self.value_noise)
        reason = self._objection(direction, best)
        if reason == TOO_FAST and _is_hidden(attempts[0], self.value_noise):
            reason = HIDDEN
        return Judgement(reason=reason) if reason else self._judgement(best, bound)

    def _objection(self, direction: Direction, estimate: Estimate) -> str:
        """Why an estimate may be wrong: smaller steps show steeper slopes, or its own steps cross a jump; "" if
        neither."""
        function = self._function.along(direction)
        smallest = step = estimate.largest / 2 ** (LEVELS - 1)
        while step >= math.ulp(direction.size):
            for end in (step, -step):
                value = function(end)
                excess = abs(value - self.value) - MARGIN * estimate.typical * step
                if excess > 0 and excess > 2 * MARGIN * max(self.value_noise, *self._noises_at(direction, end, value)):
                    return TOO_FAST
            step *= FINER
        inputs = self._function.inputs_along(direction)
        pieces = [self._pieces(inputs(step)) for step in (-smallest, 0.0, smallest)]
        return "" if pieces[0] == pieces[1] == pieces[2] else JUMP

    def _pieces(self, inputs: Sequence[Any]) -> list[Any]:
        """The values, at these inputs, of the operations that are constant between jumps."""
        graph = expand_gates(self.trace.graph)
        with self.trace.op.quiet():
            values = forward(graph, inputs, self.trace.op)
        jumping = [node.index for node in graph.nodes if graph.needed[node.index] and _jumps(node.operation)]
        return [to_list(plain(values[index])) for index in jumping]

    def _noises_at(self, direction: Direction, step: Any, value: float) -> list[float]:
        """How far rounding moves the value at this step from the point."""
        return [_noise(value, each.along(direction)(step)) for each in self._randomly_rounded[:NEARBY_DRAWS]]

    def _judgement(self, estimate: Estimate, bound: Any) -> Judgement:
        """The derivative of an estimate."""
        value = estimate.derivative.value
        digits = "" if self.digits is None else self._mp.nstr(value, self.digits, strip_zeros=False)
        return Judgement(value, digits, float(bound))

    def _estimate(self, direction: Direction, largest: Any, slope: float) -> Estimate:
        """Estimate the derivative from steps up to the largest, if it may be as large as slope."""
        function = self._function.along(direction)
        if self.digits is not None:
            middle, finer = self._function.value(), self._finer.value()
            noise = MARGIN * (abs(middle - finer) + abs(middle) * self._mp.eps)
            return estimate(function, middle, largest, noise, 0)
        ends = [(step, function(step)) for step in (largest, -largest)]
        noises = [noise for step, value in ends for noise in self._noises_at(direction, step, value)]
        noise = max([self.value_noise, *filter(math.isfinite, noises)])
        # Adding a power of 2 is exact, unless the sum needs one more digit.
        steps = (largest, -largest, largest / 2 ** (LEVELS - 1))
        at = direction.at
        is_exact = direction.entry_count == 1 and all((at + step) - at == step for step in steps)
        slip = 0.0 if is_exact else slope * math.ulp(direction.size)
        return estimate(function, self.value, largest, noise + SMALLEST, slip)

    def _steps(self, direction: Direction) -> Iterator[tuple[Sequence[Any], bool]]:
        """The largest steps to try, group by group, and whether they are far: relative to the number; relative to 1;
        and, as a last resort, larger than the number itself, where fine structure cannot be seen."""
        if self.digits is not None:
            yield [self._least * self._mp.mpf(10) ** (-0.6 * self.digits)], False
            return
        own = math.ldexp(0.5, math.frexp(direction.size)[1]) if direction.size else 0.0
        if own:
            yield [own * each for each in SHRINKING if own * each >= SMALLEST_STEP], False
        if own < 2.0**-4:
            yield [each for each in SHRINKING if each > own], False
        yield [(own or 1.0) * 2.0**power for power in FAR], True


def _contradict(coarse: tuple[Estimate, Any], fine: tuple[Estimate, Any]) -> bool:
    """Whether two estimates with their bounds cannot both be right."""
    return bool(abs(coarse[0].derivative.value - fine[0].derivative.value) > coarse[1] + fine[1])


def _noise(value: float, other: float) -> float:
    """How far rounding may move a value, from its distance to the other, which was rounded randomly."""
    noise = MARGIN * (abs(other - value) + ROUNDING * abs(value))
    return noise if math.isfinite(noise) else math.inf


def _jumps(operation: Operation | None) -> bool:
    return operation is not None and operation.backward_pattern is BLOCKER


def _is_hidden(estimate: Estimate, noise: float) -> bool:
    """Whether the value changes no more than rounding moves it."""
    return not estimate.is_irregular and bool(estimate.typical * estimate.largest <= 2**LEVELS * noise)


def _not_checkable(attempts: Sequence[Estimate], kinks: Sequence[str], analytic: float, noise: float) -> Judgement:
    """Why no attempt gives the derivative."""
    finest = min(attempts, key=lambda each: each.largest)
    if not finest.is_finite:
        if not (finest.finite_below or finest.finite_above):
            return Judgement(reason="the value is not finite next to the point")
        side = "above" if finest.finite_below else "below"
        return Judgement(reason=f"at the edge of the domain: the value is not finite just {side}")
    if kinks:
        return _at_kink(attempts, kinks[0])
    if any(_is_hidden(each, noise) and abs(analytic) <= each.derivative.bound for each in attempts):
        return Judgement(reason=HIDDEN)
    distances = [each.largest for each in attempts if each.has_kink]
    if distances:
        return _at_kink(attempts, within=min(distances))
    return Judgement(reason=UNSETTLED)


def _at_kink(attempts: Sequence[Estimate], kink: str = "", within: Any = None) -> Judgement:
    """The judgement at a kink, with the one-sided derivatives from the smallest steps that determine them well."""
    reason = f"at a kink: {kink}" if within is None else f"a kink within {float(within):.1g} of the point"
    for each in sorted(attempts, key=lambda each: each.largest):
        sides = each.below, each.above
        if each.has_kink and all(side.bound <= MEANINGFUL * each.typical for side in sides):
            return Judgement(reason=reason, slopes=(float(sides[0].value), float(sides[1].value)))
    return Judgement(reason=reason)
