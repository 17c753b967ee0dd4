"""Partial derivatives at kinks, by their definition: from values at smaller and smaller distances in many bits."""

from __future__ import annotations

import random
from collections.abc import Sequence

from mpmath import libmp
from mpmath.libmp import from_int, mpf_add, mpf_mul, mpf_neg

from support.digits.arithmetic import NAN, UNKNOWN, ZERO, Arithmetic, Number, magnitude, special
from support.digits.evaluation import Evaluation
from support.digits.program import Program

DISTANCE, FAR_DISTANCE = 200, 1500
"""The first distance is 2 to the power of minus it, relative to the input; the second its square. The other distance is
for programs with far larger or smaller numbers."""
AGREEMENT = 50
LARGEST = 3000
"""The largest power of two in a value for which more bits are taken."""
RANDOM_DIRECTIONS = 24
LEAST = -1100
"""The power of two below all floats."""
OUTSIDE: Number = libmp.fninf
"""In place of a slope where the way leaves the domain of the program."""


class Limits:
    """The slopes of a program from a point in several directions."""

    def __init__(self, program: Program, entries: Sequence[Number], distance: int = DISTANCE) -> None:
        self.program, self.entries, self.distance = program, entries, distance
        constants = [operation.constant for operation in program.operations if operation.constant]
        sizes = [abs(magnitude(x)) for x in (*entries, *constants) if x[1]]
        least = -4 * max(sizes, default=0) if max(sizes, default=0) > 12 else 0
        self.sizes = [magnitude(x) - 1 if x[1] else least for x in entries]
        """Powers of two: the units of the distances."""
        first = Evaluation(program, entries, Arithmetic(DISTANCE))
        largest = max(0, *(min(magnitude(x), LARGEST) for x in first.values))
        if any(operation.name in ("floor", "ceil", "round", "sin", "cos", "tan") for operation in program.operations):
            least -= largest  # steps and periods are small beside large numbers
            self.sizes = [size - largest for size in self.sizes]
        self.sharp = any(abs(magnitude(x)) > DISTANCE // 2 for x in first.values if x[1])
        """Whether the distance may not be small beside what the program does."""
        self.bits = 2 * distance + 1200 - 2 * least + largest
        self.noise = largest - self.bits + 50
        """The power of two above the error of a value."""
        self.start = self._value([ZERO] * len(entries), 0)

    def _value(self, direction: Sequence[Number], distance: int, seed: int = 0) -> Number:
        """The value at a distance of a power of two."""
        moved = [
            mpf_add(x, libmp.mpf_shift(step, size - distance)) if step[1] else x
            for x, step, size in zip(self.entries, direction, self.sizes, strict=True)
        ]
        of = Arithmetic(self.bits, seed=distance + seed)
        value = Evaluation(self.program, moved, of).value
        return UNKNOWN if of.near_tie else value

    def _slope(self, direction: Sequence[Number]) -> Number:
        """The one-sided slope; NAN if there is none, UNKNOWN if that is not certain, OUTSIDE without a value."""
        slopes = []
        for distance in (self.distance, 2 * self.distance):
            value = self._value(direction, distance)
            either = special(value, self.start)
            if either:
                return OUTSIDE if either == NAN else either
            slopes.append(libmp.mpf_shift(libmp.mpf_sub(value, self.start, self.bits, "n"), distance))
        noise = self.noise + distance
        error = libmp.mpf_sub(value, self._value(direction, distance, 1), 30, "n")
        if error[1] and magnitude(error) + distance > max(noise, magnitude(slopes[1]) - AGREEMENT):
            return UNKNOWN  # the program magnifies rounding
        return limit(*slopes, distance=self.distance, noise=noise)

    def partials(self) -> tuple[list[Number], bool | None]:
        """The derivative by each entry, and whether the program is differentiable in all of them together."""
        number = len(self.entries)
        partials = []
        verdicts = set()
        for place in range(number):
            pair = [
                self._slope([from_int(sign) if other == place else ZERO for other in range(number)]) for sign in (1, -1)
            ]
            verdict, partial = self._partial(pair[0], pair[1], self.sizes[place])
            verdicts.add(verdict)
            partials.append(partial)
        differentiable = False if False in verdicts else None if None in verdicts else True
        if differentiable and number > 1:
            differentiable = self._is_linear(partials)
        scaled = [
            partial if special(partial) else libmp.mpf_shift(partial, -size)
            for partial, size in zip(partials, self.sizes, strict=True)
        ]
        return scaled, differentiable

    def _partial(self, ahead: Number, back: Number, size: int) -> tuple[bool | None, Number]:
        """Whether there is a derivative between two slopes, and it. On the edge of a domain nothing is said of it, nor
        where floats of the slopes are 0."""
        if NAN in (ahead, back):
            return False, NAN
        if OUTSIDE in (ahead, back):
            return None, NAN
        if UNKNOWN in (ahead, back):
            return None, UNKNOWN
        if close(ahead, mpf_neg(back) if back[1] else back):
            return True, ahead
        is_below_floats = all(magnitude(slope) - size < LEAST for slope in (ahead, back) if slope[1])
        return (None, ZERO) if is_below_floats else (False, NAN)

    def _is_linear(self, partials: Sequence[Number]) -> bool | None:
        """Whether slopes in random directions are those of the partials. In half of the directions the entries
        contribute alike, so that none hides what the others do."""
        draws = random.Random(len(partials))
        powers = [magnitude(partial) if partial[1] else 0 for partial in partials]
        for number in range(RANDOM_DIRECTIONS):
            shifts = [min(powers) - power if number % 2 else 0 for power in powers]
            steps = [from_int(draws.choice((-1, 1)) * draws.randrange(3, 97)) for _ in partials]
            direction = [libmp.mpf_shift(step, shift) for step, shift in zip(steps, shifts, strict=True)]
            slope = self._slope(direction)
            if slope in (NAN, UNKNOWN, OUTSIDE):
                return False if slope == NAN else None
            expected, largest = ZERO, -(10**9)
            for step, partial in zip(direction, partials, strict=True):
                expected = mpf_add(expected, mpf_mul(step, partial), self.bits, "n")
                largest = max(largest, magnitude(mpf_mul(step, partial)) if partial[1] else -(10**9))
            difference = libmp.mpf_sub(slope, expected, 60, "n")
            if difference[1] and magnitude(difference) > max(largest, magnitude(slope)) - AGREEMENT:
                return False
        return True


def limit_of_partials(program: Program, entries: Sequence[Number]) -> tuple[list[Number], bool | None]:
    """The derivative by each entry, and whether the program is differentiable, at distances that are small enough."""
    limits = Limits(program, entries)
    return (Limits(program, entries, FAR_DISTANCE) if limits.sharp else limits).partials()


def limit(far: Number, near: Number, *, distance: int, noise: int) -> Number:
    """What slopes at a distance and at its square converge to; what is below the noise is 0."""
    if near == ZERO or magnitude(near) < noise:
        return ZERO if far == ZERO or magnitude(far) < -distance // 2 else UNKNOWN
    if far == ZERO:
        return UNKNOWN
    change = magnitude(near) - magnitude(far)
    if close(far, near):
        return near
    if change < -distance // 4:
        return ZERO
    logarithmic = magnitude(far) > 0 and 0 <= change <= 2
    return NAN if change > 20 or logarithmic else UNKNOWN


def close(a: Number, b: Number) -> bool:
    """Whether two numbers agree in many more bits than are judged."""
    difference = libmp.mpf_sub(a, b, 30, "n")
    return not difference[1] or bool(a[1] and magnitude(difference) < magnitude(a) - AGREEMENT)
