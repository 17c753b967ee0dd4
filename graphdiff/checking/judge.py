"""The numeric derivative of a formula at a point, and why there may be none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from graphdiff.algebra.expand import expand_gates
from graphdiff.checking.differences import LEVELS, Estimate, estimate
from graphdiff.checking.parts import Part, entries
from graphdiff.checking.precise import Precise, PreciseNumbers
from graphdiff.checking.rounding import ROUNDING, RoundedFloats
from graphdiff.checking.values import Evaluated
from graphdiff.graph.function import Operation
from graphdiff.operations.interpreter import FLOATS, Numeric
from graphdiff.operations.primitive import BLOCKER
from graphdiff.passes.backward import Cotangent, backward
from graphdiff.passes.forward import forward
from graphdiff.passes.kinks import kink_of
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import plain, to_list
from graphdiff.writing.text import operation_of

if TYPE_CHECKING:
    from graphdiff.checking.arrays import PreciseArrays

DRAWS = 8
"""How many other roundings are tried at the point."""
NEARBY_DRAWS = 2
"""How many at the ends of the largest step."""
MARGIN = 4
"""How much farther rounding may move a result than in the worst of these draws."""
TIGHT = 1e-6
"""A bound this small, relative to the derivative, is good enough: no other steps are tried."""
MEANINGFUL = 1e-3
"""With a larger one, relative to the slopes that there are, nothing is said."""
SHRINKING = [2.0**-power for power in (2, 12, 22, 32, 40)]
"""The largest steps of one estimate after the other, relative to the number; the smallest has 2^-6 of its largest."""
FINER = 2.0**-2
"""From step to step where it is looked whether smaller ones show something else."""
FAR = (8, 18, 28)
SMALLEST_STEP, SMALLEST, SMALLEST_NORMAL = 2.0**-1060, 2.0**-1070, 2.0**-1022
"""The least step, and what underflow may take from a value, and from a derivative: all that it is."""
UNSETTLED = "the differences do not settle: rounding, or a jump nearby"
HIDDEN = "rounding hides it: the value changes less than it is rounded"
JUMP = "every step leads over a jump of the value"
TOO_FAST = "the value changes faster than steps can follow"
NONFINITE = "the {} itself is not finite"
UNREACHED = "the output does not depend on it"


class Judged(NamedTuple):
    """The numeric derivative, written with all its digits where it has more than a float, and the bound of what it and
    the trace's may differ by; None where there is none, and why. slopes are those from below and above."""

    numeric: Any = None
    digits: str = ""
    bound: float | None = None
    told: str = ""
    slopes: tuple[float, float] | None = None


class Judge:
    """Judges the derivatives of a trace whose output is a number; from so many digits, where they are given."""

    def __init__(self, trace: Trace, digits: int | None) -> None:
        self.trace = trace
        self.digits = digits
        self.value: float = trace.value
        self.gradients = {name: entries(found) for name, found in trace.gradients.items() if found is not None}
        graph = trace.graph
        inputs = [trace.values[index] for index in graph.inputs]
        self._rounded = [Evaluated(graph, inputs, _rounded(trace.op, seed), trace.op) for seed in range(DRAWS)]
        self._values = Evaluated(graph, inputs, trace.op)
        if digits is not None:
            # Steps are small beside every number that is given, and numbers have the digits that this takes.
            known = [trace.values[node.index] for node in graph.nodes if node.operation is None]
            sizes = [abs(entry) for value in known if value is not None for entry in entries(plain(value)) if entry]
            self._least = min([1.0, *sizes])
            range_digits = math.ceil(math.log10(max([1.0, *sizes])) - math.log10(self._least))
            ops = [_precise(trace.op, 2 * digits + range_digits + more) for more in (20, 50)]
            self._values, self._finer = [Evaluated(graph, inputs, op, number=op.number) for op in ops]
            self._mp = ops[0].functions.mp
        with trace.op.quiet():
            found = [(step.node, kink_of(step, trace.op)) for step in trace.steps]
        self._kinks = [(node, kink) for node, kink in found if kink is not None]

    @cached_property
    def value_noise(self) -> float:
        """How far rounding may move the value."""
        return max(_noise(self.value, each.value()) for each in self._rounded)

    @cached_property
    def gradient_noise(self) -> Mapping[str, Sequence[float]]:
        """How far rounding may move each entry of each gradient."""
        graph = self.trace.graph
        wanted = {graph.input_indices[name]: name for name in self.gradients}
        noise = {name: [0.0] * len(found) for name, found in self.gradients.items()}
        for each in self._rounded:
            op = each.op
            with op.quiet():
                found = backward(
                    graph, forward(graph, each.inputs, op), op, Cotangent(op.constant(1.0)), graph.active(wanted)
                )
            for index, cotangent in found.items():
                name = wanted[index]
                moved = entries(plain(cotangent.value))
                noises = [_noise(value, other) for value, other in zip(self.gradients[name], moved, strict=True)]
                noise[name] = [max(pair) for pair in zip(noise[name], noises, strict=True)]
        return {name: [each + SMALLEST_NORMAL for each in found] for name, found in noise.items()}

    def judged(self, part: Part) -> Judged:
        """The numeric derivative along a part of the inputs."""
        graph = self.trace.graph
        active = graph.active([graph.input_indices[name] for name in part.speeds])
        if active[graph.output] is None:
            return Judged(0.0, "", 0.0, UNREACHED)
        analytic, rounding = part.along(self.gradients), part.bound_along(self.gradient_noise)
        if not math.isfinite(self.value + analytic):
            return Judged(told=NONFINITE.format("derivative" if math.isfinite(self.value) else "value"))
        if not math.isfinite(rounding + self.value_noise):
            return Judged(told=HIDDEN)
        kinks = [f"{operation_of(graph, node)}: {kink}" for node, kink in self._kinks if active[node.index] is not None]
        tried: list[Estimate] = []
        good: list[tuple[Estimate, Any]] = []
        for steps, is_far in self._steps(part):
            if is_far and (good or kinks or any(each.is_odd for each in tried)):
                break
            for largest in steps:
                found = self._estimate(part, largest, abs(analytic))
                tried.append(found)
                value, error = found.derivative
                bound = error + rounding
                size = found.typical if is_far else max(abs(analytic), abs(value), found.typical, rounding / ROUNDING)
                is_still = found.is_finite and found.typical == analytic == 0
                bend = max([abs(each.jump.value) for each in tried if each.has_kink], default=math.inf)
                if found.is_odd or abs(found.jump.value) + found.jump.bound >= bend:
                    continue  # what larger steps saw may be there still
                if not (bound <= MEANINGFUL * size or is_still):
                    continue
                agrees = abs(value - analytic) <= bound and not any(_contradict(each, (found, bound)) for each in good)
                good.append((found, bound))
                if is_still:
                    break
                is_best = all(bound <= other for _, other in good)
                if agrees and is_best and bound <= TIGHT * max(abs(analytic), abs(value)):
                    return self._compared(found, bound)
        if good:
            return self._chosen(part, good, analytic, tried, kinks)
        return _unchecked(tried, kinks, analytic, self.value_noise)

    def _chosen(
        self,
        part: Part,
        good: Sequence[tuple[Estimate, Any]],
        analytic: float,
        tried: Sequence[Estimate],
        kinks: Sequence[str],
    ) -> Judged:
        """The estimate with the smallest bound, of those that no smaller steps contradict."""
        left = [each for place, each in enumerate(good) if not any(_contradict(each, one) for one in good[place + 1 :])]
        best, bound = min(left, key=lambda pair: pair[1])
        agrees = abs(best.derivative.value - analytic) <= bound
        if kinks and not agrees:
            return _at_kink(tried, kinks[0])
        is_far = best.largest > max(part.size, 1.0)
        if self.digits is not None or (agrees and not is_far):
            return self._compared(best, bound)
        if is_far and not agrees:  # a formula may be another one there
            return _unchecked(tried, kinks, analytic, self.value_noise)
        told = self._objection(part, best)
        if told == TOO_FAST and _is_hidden(tried[0], self.value_noise):
            told = HIDDEN
        return Judged(told=told) if told else self._compared(best, bound)

    def _objection(self, part: Part, found: Estimate) -> str:
        """Why an estimate is not the derivative: steps smaller than its own show steeper slopes, or its own lead over a
        jump; empty where it may be."""
        function = self._values.along(part)
        smallest = step = found.largest / 2 ** (LEVELS - 1)
        while step >= math.ulp(part.size):
            for end in (step, -step):
                value = function(end)
                excess = abs(value - self.value) - MARGIN * found.typical * step
                if excess > 0 and excess > 2 * MARGIN * max(self.value_noise, *self._noises_at(part, end, value)):
                    return TOO_FAST
            step *= FINER
        moved = self._values.moved(part)
        pieces = [self._pieces(moved(step)) for step in (-smallest, 0.0, smallest)]
        return "" if pieces[0] == pieces[1] == pieces[2] else JUMP

    def _pieces(self, inputs: Sequence[Any]) -> list[Any]:
        """What the operations that are constant between jumps are at these inputs."""
        graph = expand_gates(self.trace.graph)
        with self.trace.op.quiet():
            values = forward(graph, inputs, self.trace.op)
        jumping = [node.index for node in graph.nodes if graph.needed[node.index] and _jumps(node.operation)]
        return [to_list(plain(values[index])) for index in jumping]

    def _noises_at(self, part: Part, step: Any, value: float) -> list[float]:
        """How far rounding moves the value so far from the point."""
        return [_noise(value, each.along(part)(step)) for each in self._rounded[:NEARBY_DRAWS]]

    def _compared(self, found: Estimate, bound: Any) -> Judged:
        """The derivative that an estimate tells."""
        value = found.derivative.value
        digits = "" if self.digits is None else self._mp.nstr(value, self.digits, strip_zeros=False)
        return Judged(value, digits, float(bound))

    def _estimate(self, part: Part, largest: Any, slope: float) -> Estimate:
        """The derivative from steps up to this one, where it may be as large as slope."""
        function = self._values.along(part)
        if self.digits is not None:
            middle, finer = self._values.value(), self._finer.value()
            noise = MARGIN * (abs(middle - finer) + abs(middle) * self._mp.eps)
            return estimate(function, middle, largest, noise, 0)
        ends = [(step, function(step)) for step in (largest, -largest)]
        noises = [noise for step, value in ends for noise in self._noises_at(part, step, value)]
        noise = max([self.value_noise, *filter(math.isfinite, noises)])
        # A step that is a power of 2 is taken exactly, unless the sum is in need of one more digit.
        steps = (largest, -largest, largest / 2 ** (LEVELS - 1))
        is_exact = part.entry_count == 1 and all((part.at + step) - part.at == step for step in steps)
        slip = 0.0 if is_exact else slope * math.ulp(part.size)
        return estimate(function, self.value, largest, noise + SMALLEST, slip)

    def _steps(self, part: Part) -> Iterator[tuple[Sequence[Any], bool]]:
        """The largest steps to be tried, group by group: relative to the number; to 1; and, as a last resort, farther
        than it is from 0. Whether they are far is told too: there nothing is seen of what is fine."""
        if self.digits is not None:
            yield [self._least * self._mp.mpf(10) ** (-0.6 * self.digits)], False
            return
        own = math.ldexp(0.5, math.frexp(part.size)[1]) if part.size else 0.0
        if own:
            yield [own * each for each in SHRINKING if own * each >= SMALLEST_STEP], False
        if own < 2.0**-4:
            yield [each for each in SHRINKING if each > own], False
        yield [(own or 1.0) * 2.0**power for power in FAR], True


def _contradict(coarse: tuple[Estimate, Any], fine: tuple[Estimate, Any]) -> bool:
    """Whether two estimates with their bounds cannot both be right."""
    return bool(abs(coarse[0].derivative.value - fine[0].derivative.value) > coarse[1] + fine[1])


def _noise(value: float, other: float) -> float:
    """How far rounding may move a value that another rounding moves to the other."""
    noise = MARGIN * (abs(other - value) + ROUNDING * abs(value))
    return noise if math.isfinite(noise) else math.inf


def _jumps(operation: Operation | None) -> bool:
    return operation is not None and operation.backward_pattern is BLOCKER


def _is_hidden(found: Estimate, noise: float) -> bool:
    """Whether the value changes no more than rounding moves it."""
    return not found.is_odd and bool(found.typical * found.largest <= 2**LEVELS * noise)


def _unchecked(tried: Sequence[Estimate], kinks: Sequence[str], analytic: float, noise: float) -> Judged:
    """Why nothing could be said."""
    finest = min(tried, key=lambda each: each.largest)
    if not finest.is_finite:
        if not (finest.finite_below or finest.finite_above):
            return Judged(told="the value is not finite just beside the point")
        side = "above" if finest.finite_below else "below"
        return Judged(told=f"at the edge of the domain: the value is not finite just {side}")
    if kinks:
        return _at_kink(tried, kinks[0])
    if any(_is_hidden(each, noise) and abs(analytic) <= each.derivative.bound for each in tried):
        return Judged(told=HIDDEN)
    bent = [each.largest for each in tried if each.has_kink]
    if bent:
        return _at_kink(tried, within=min(bent))
    return Judged(told=UNSETTLED)


def _at_kink(tried: Sequence[Estimate], kink: str = "", within: Any = None) -> Judged:
    """A kink, with the slopes from both sides as the smallest steps tell them that tell them well."""
    told = f"at a kink: {kink}" if within is None else f"a kink within {float(within):.1g} of the point"
    for each in sorted(tried, key=lambda each: each.largest):
        sides = each.below, each.above
        if each.has_kink and all(side.bound <= MEANINGFUL * each.typical for side in sides):
            return Judged(told=told, slopes=(float(sides[0].value), float(sides[1].value)))
    return Judged(told=told)


def _rounded(op: Numeric, seed: int) -> Numeric:
    """The same interpreter with other roundings."""
    if op is FLOATS:
        return RoundedFloats(seed)
    from graphdiff.checking.arrays import RoundedArrays

    return RoundedArrays(seed)


def _precise(op: Numeric, digits: int) -> PreciseNumbers | PreciseArrays:
    """The same interpreter with so many digits.

    Raises GraphdiffError("value") where mpmath is missing.
    """
    functions = Precise(digits)
    if op is FLOATS:
        return PreciseNumbers(functions)
    from graphdiff.checking.arrays import PreciseArrays

    return PreciseArrays(functions)
