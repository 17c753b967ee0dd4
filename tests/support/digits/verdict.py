"""Whether the numbers of a trace, and what it says about them, are right."""

from __future__ import annotations

import math
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from mpmath import mp, mpf

import graphdiff
from support.digits.arithmetic import NAN, UNKNOWN
from support.digits.formulas import random_case
from support.digits.truth import TrueNumber, Truth, flat, has_one_slope, true_numbers

WRONG, RIGHT = mpf("1e-6"), mpf("1e-10")
"""Relative errors: a larger one than the first has to be listed, a smaller one than the second must not be."""
CERTAIN = mpf("2e-12")
"""Of the right value that is given."""
LARGEST, LEAST = mpf(2) ** 1024, mpf(2) ** -1022
LONGEST = 10
"""Seconds that the judge takes for a formula."""
SLACK = 0.2
"""Of the number of right digits."""
FAILURES = [
    *("silent wrong", "wrong right", "wrong digits", "wrong float", "wrong key"),
    *("wrong differentiable", "exception"),
]
"""What must not happen; false alarms may, rarely."""


def plain(value: Any) -> Any:
    """A number or nested lists."""
    return value.tolist() if hasattr(value, "tolist") else value


class Verdicts:
    """Counts of what was judged, and the failures as lines."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.seconds: dict[str, float] = {"trace and accuracy": 0.0, "judge": 0.0}
        self.failures: list[str] = []
        self.undecided: list[str] = []

    def add(self, text: str, point: Mapping[str, Any], trace: Any, accuracy: Sequence[Any]) -> None:
        """Judge every number of the trace of a formula at a point, and what its accuracy says of them."""
        self.line = f"{text!r} at {dict(point)!r}"
        truth = true_numbers(text, point)
        self.counts["formulas"] += 1
        self.counts["kinks"] += truth.kink
        listed = {(each.of, tuple(each.index)): each for each in accuracy}
        for key, given, right in self._numbers(trace, truth):
            self._number(key, given, right, listed.pop(key, None))
        for key in listed:
            self._fail("wrong key", f"{key} is listed, which is not a number of the trace")
        if trace.differentiable is False and not truth.kink:  # the chain rule does not see the edge of a domain
            truth = replace(truth, differentiable=has_one_slope(text, point))
        self._differentiable(trace, truth)

    def _numbers(self, trace: Any, truth: Truth) -> Iterator[tuple[tuple[str, tuple[int, ...]], float, TrueNumber]]:
        yield ("value", ()), float(trace.value), truth.value
        for name, rights in truth.gradients.items():
            gradient = plain(trace.gradients[name])
            for place, (given, right) in enumerate(zip(flat(gradient), rights, strict=True)):
                yield (f"d_{name}", _index(gradient, place)), given, right

    def fail(self, kind: str, message: str) -> None:
        """Count a failure."""
        self.counts[kind] += 1
        self.failures.append(f"{kind}: {message}")

    def _fail(self, kind: str, message: str) -> None:
        self.fail(kind, f"{self.line}: {message}")

    def _number(self, key: tuple[str, tuple[int, ...]], given: float, right: TrueNumber, listed: Any) -> None:
        self.counts["numbers"] += 1
        name = key[0] + "".join(f"[{place}]" for place in key[1])
        if right.number == UNKNOWN:
            self.counts["undecided"] += 1
            self.undecided.append(f"{name} of {self.line}")
            return
        if right.number == NAN:
            self.counts["without a truth"] += 1
            return
        truth = mp.make_mpf(right.number)
        error = relative_error(given, truth, right.scale)
        self.counts["right"] += error < RIGHT
        if listed is None:
            if error > WRONG:
                self._fail("silent wrong", f"{name} is {given!r}, right is {decimal(truth)}")
            elif error > RIGHT:
                self.counts["between"] += 1
            return
        self.counts["listed"] += 1
        if listed.float != given and not (math.isnan(listed.float) and math.isnan(given)):
            self._fail("wrong float", f"{name} is {given!r}, listed as {listed.float!r}")
        if listed.right is None:
            self.counts["listed without a right value"] += 1
            return
        if not LEAST < abs(truth) < LARGEST:
            if truth == 0 and relative_error(given, truth, right.least_scale) < RIGHT:
                self._fail("false alarm", f"{name} is {given!r}, right is 0")
            return
        if error < RIGHT:
            self._fail("false alarm", f"{name} is {given!r}, right is {decimal(truth)}")
        if not abs(mpf(listed.right) - truth) <= CERTAIN * abs(truth):
            self._fail("wrong right", f"{name} should be {decimal(truth)}, right is given as {listed.right!r}")
        digits = -mp.log10(error) if mp.isfinite(error) and error else mpf(0)
        if digits > 0 and not abs(digits - listed.digits) < SLACK:
            self._fail("wrong digits", f"{name} has {mp.nstr(digits, 3)}, given as {listed.digits!r}")

    def _differentiable(self, trace: Any, truth: Truth) -> None:
        said = trace.differentiable
        self.counts[f"differentiable: {said}"] += 1
        if UNKNOWN in (truth.value.number, *(right.number for rights in truth.gradients.values() for right in rights)):
            return
        exists = truth.value.number != NAN
        if exists and said in (True, False) and truth.differentiable is not None and said != truth.differentiable:
            self._fail("wrong differentiable", f"it is said to be {said}")
        finite = all(map(math.isfinite, (x for name in truth.gradients for x in flat(plain(trace.gradients[name])))))
        if exists and said is None and truth.differentiable is False and finite:
            self._fail("wrong differentiable", "it is not, but no kink is said to be met")

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong, and at most 1 in 100 right numbers is listed."""
        failures = sum(self.counts[kind] for kind in FAILURES)
        return failures == 0 and self.counts["false alarm"] <= self.counts["right"] / 100

    def merge(self, other: Verdicts) -> None:
        """Add what another has counted."""
        self.counts += other.counts
        for name, seconds in other.seconds.items():
            self.seconds[name] += seconds
        self.failures += other.failures
        self.undecided += other.undecided


@contextmanager
def limited_time(verdicts: Verdicts) -> Iterator[None]:
    """Count the formula that takes the judge too long, or has exponents too large for it."""

    def interrupt(number: int, frame: Any) -> None:
        raise TimeoutError

    previous = signal.signal(signal.SIGVTALRM, interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
    try:
        yield
    except (TimeoutError, OverflowError, MemoryError) as error:
        verdicts.counts["beyond the judge"] += 1
        verdicts.undecided.append(f"{type(error).__name__} at {verdicts.line}")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)


def judge_cases(seed: int, first: int, last: int) -> Verdicts:
    """Verdicts on the random formulas from a number to another, that one left out."""
    verdicts = Verdicts()
    for number in range(first, last):
        text, point = random_case(random.Random(f"{seed} {number}"))
        begun = time.process_time()
        try:
            trace = graphdiff.trace(text, point)
            accuracy = trace.accuracy
        except Exception as error:
            verdicts.fail("exception", f"{text!r} at {point!r}: {type(error).__name__}: {error}")
            continue
        traced = time.process_time()
        with limited_time(verdicts):
            verdicts.add(text, point, trace, accuracy)
        verdicts.seconds["trace and accuracy"] += traced - begun
        verdicts.seconds["judge"] += time.process_time() - traced
    return verdicts


def _index(array: Any, place: int) -> tuple[int, ...]:
    """The indices of the entry at a place, row by row."""
    if not isinstance(array, list):
        return ()
    size = len(flat(array[0]))
    return (place // size, *_index(array[0], place % size))


def decimal(truth: mpf) -> str:
    """The number in 17 digits; a far larger or smaller one as its power of two."""
    power = mp.mag(truth) if truth else 0
    return mp.nstr(truth, 17) if abs(power) < 10**4 else f"about 2^{mp.nstr(mpf(power), 5)}"


def relative_error(given: float, truth: mpf, scale: int) -> mpf:
    """The error relative to the truth; if that is 0 as a float, to the largest term that it was summed from.

    0 for what is met by convention: a truth beyond the floats by 0, infinity or NaN, and one below them by the like.
    """
    if math.isnan(given):
        return mpf(0) if abs(truth) >= LARGEST else mp.inf
    if abs(truth) >= LARGEST:
        return mpf(0) if given == 0 or math.isinf(given) else mp.inf
    if abs(truth) < mpf(2) ** -1075:
        return abs(mpf(given)) / max(mp.ldexp(8, scale), LEAST)
    if abs(truth) < LEAST and abs(given) <= 2 * LEAST:
        return mpf(0)
    return abs(mpf(given) - truth) / abs(truth)
