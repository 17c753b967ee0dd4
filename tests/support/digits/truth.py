"""The true value and gradient of a formula at a point, in as many bits as it takes to be certain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from mpmath import libmp
from mpmath.libmp import from_float

from support.digits.arithmetic import NAN, UNKNOWN, ZERO, Arithmetic, Number, magnitude, special
from support.digits.evaluation import Evaluation
from support.digits.limits import LEAST, limit_of_partials
from support.digits.program import Program, entries_of

NOISY_BITS = 200
LEVELS = (400, 1400, 4400)
"""Bits of the evaluations of which the first to agree with another is taken."""
AGREEMENT = 60
"""Bits in which two evaluations agree that are both right: 18 digits."""
FEWEST_BITS = 10
"""A value in whose first bits two evaluations differ is rounding alone."""


@dataclass(frozen=True, slots=True)
class TrueNumber:
    """A number as it should be.

    Attributes:
        number: It; NAN if there is none, UNKNOWN if it could not be decided.
        scale: The power of two of the largest term that it was summed from, those inside its terms too.
        least_scale: That of the largest term of a derivative's own sum; if that is smaller, of the largest term where
            operations with an exact result count as no rounding.
    """

    number: Number
    scale: int
    least_scale: int


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a formula at a point.

    Attributes:
        value: The value.
        gradients: The gradient by each input's entries, row by row.
        kink: Whether a tie, a jump or a point without a local derivative was met.
        differentiable: Whether it is, in all inputs together; None if that could not be decided.
    """

    value: TrueNumber
    gradients: dict[str, list[TrueNumber]]
    kink: bool
    differentiable: bool | None


def has_one_slope(text: str, point: Mapping[str, Any]) -> bool | None:
    """Whether a formula is differentiable, from its values alone; None if they do not show it, as where it has none on
    one side."""
    return limit_of_partials(Program(text, point), _entries(point))[1]


def _entries(point: Mapping[str, Any]) -> list[Number]:
    return [from_float(float(x)) for value in point.values() for x in flat(value)]


def true_numbers(text: str, point: Mapping[str, Any]) -> Truth:
    """The truth of a formula in Python's syntax but for ^, at a point of numbers and nested lists."""
    program = Program(text, point)
    entries = _entries(point)
    evaluation, numbers = _settled(program, entries)
    value = numbers[0]
    slopes = [
        replace(slope, least_scale=min(slope.least_scale, evaluation.term_scales.get(index, LEAST)))
        for index, slope in enumerate(numbers[1:])
    ]
    differentiable: bool | None = value.number not in (NAN, UNKNOWN)
    if evaluation.kink and differentiable:
        partials, differentiable = limit_of_partials(program, entries)
        slopes = [replace(slope, number=number) for number, slope in zip(partials, slopes, strict=True)]
    elif not differentiable:
        slopes = [TrueNumber(value.number, 0, 0) for _ in entries]
    by_entry = iter(slopes)
    gradients = {name: [next(by_entry) for _ in entries_of(entry)] for name, entry in program.inputs.items()}
    return Truth(value, gradients, evaluation.kink, differentiable)


def flat(value: Any) -> list[float]:
    """A number's or nested lists' numbers, row by row."""
    return [x for entry in value for x in flat(entry)] if isinstance(value, list) else [value]


Run = tuple[int, list[Number]]
"""Bits, and the value and the gradient in them."""


def _settled(program: Program, entries: Sequence[Number]) -> tuple[Evaluation, list[TrueNumber]]:
    """An evaluation, and the value and gradient as the chain rule has it."""
    runs: list[Run] = []
    for bits in LEVELS:
        evaluation = Evaluation(program, entries, Arithmetic(bits, seed=bits))
        results = _results(evaluation)
        if not runs:
            noisy = Arithmetic(NOISY_BITS, seed=1, noisy=True)
            before = Evaluation(program, entries, noisy, evaluation.decisions)
            runs.append((NOISY_BITS, _results(before)))
        near_tie = evaluation.of.near_tie or not _certain(evaluation.differences, before.differences)
        noise = _unresolved(evaluation.values, before.values)
        has_noise = bool(bits < LEVELS[-1] and noise)
        before = evaluation
        again = cache(partial(_again, program, entries, bits))
        if bits == LEVELS[-1]:
            runs.append((bits, again()[1]))
        numbers = [_decided(place, bits, result, runs, again) for place, result in enumerate(results)]
        runs.append((bits, results))
        if not (near_tie or has_noise) and all(number.number != UNKNOWN for number in numbers):
            return evaluation, _with_own_scales(program, entries, evaluation, noise, numbers)
        if UNKNOWN in results and not has_noise:
            break
    if near_tie or (bits == LEVELS[-1] and _hides(program, evaluation, again()[0])):
        numbers = [TrueNumber(UNKNOWN, 0, 0) for _ in numbers]
    return evaluation, numbers


def _with_own_scales(
    program: Program,
    entries: Sequence[Number],
    evaluation: Evaluation,
    noise: Set[int],
    numbers: Sequence[TrueNumber],
) -> list[TrueNumber]:
    """The numbers, where they are 0 with the size of the terms of an evaluation in which each value in between that is
    not 0 has no other error than its own rounding."""
    if not any(each.number == ZERO or (each.number[1] and magnitude(each.number) < LEAST) for each in numbers):
        return list(numbers)
    known = {index: value for index, value in enumerate(evaluation.values) if value[1] and index not in noise}
    runs = [
        _results(
            Evaluation(program, entries, Arithmetic(LEVELS[0], seed=seed, noisy=True), evaluation.decisions, known)
        )
        for seed in range(4)
    ]
    result = []
    for number, one, *others in zip(numbers, *runs, strict=True):
        differences = [libmp.mpf_sub(one, other, 30, "n") for other in others if not special(one, other)]
        own = max([LEAST, *(magnitude(each) + LEVELS[0] for each in differences if each[1])])
        result.append(replace(number, scale=min(number.scale, own), least_scale=min(number.least_scale, own)))
    return result


def _certain(differences: Sequence[Number], before: Sequence[Number]) -> bool:
    """Whether what comparisons compare differs alike in two evaluations, if it is not equal."""
    return len(differences) == len(before) and all(
        not number[1] or magnitude(libmp.mpf_sub(number, other, 40, "n")) < magnitude(number) - 20
        for number, other in zip(differences, before, strict=True)
        if not special(number, other) and number != other
    )


def _unresolved(values: Sequence[Number], before: Sequence[Number]) -> set[int]:
    """The values that are rounding alone, which functions such as tanh may hide."""
    return {
        index
        for index, (value, other) in enumerate(zip(values, before, strict=True))
        if value[1] and value != other and not special(value, other)
        if magnitude(libmp.mpf_sub(value, other, 40, "n")) >= magnitude(value) - FEWEST_BITS
    }


def _hides(program: Program, evaluation: Evaluation, again: Evaluation) -> bool:
    """Whether what is rounding alone in most bits is not certainly 0, or whether 0 is divided by it."""
    values, unresolved = evaluation.values, _unresolved(evaluation.values, again.values)
    divisions = [operation for operation in program.operations if operation.name == "div"]
    return any(magnitude(values[index]) > LEAST for index in unresolved) or any(
        operation.operands[1] in unresolved and values[operation.operands[0]] == ZERO for operation in divisions
    )


def _results(evaluation: Evaluation) -> list[Number]:
    return [evaluation.value, *evaluation.gradient()]


def _again(program: Program, entries: Sequence[Number], bits: int) -> tuple[Evaluation, list[Number]]:
    evaluation = Evaluation(program, entries, Arithmetic(bits, seed=3))
    return evaluation, _results(evaluation)


def _decided(
    place: int, bits: int, result: Number, runs: Sequence[Run], again: Callable[[], tuple[Evaluation, list[Number]]]
) -> TrueNumber:
    """The result if another evaluation confirms it, 0 if it is certainly smaller than any float, else UNKNOWN."""
    others = [(other_bits, results[place]) for other_bits, results in runs]
    if result == NAN:  # which random roundings can make of a root of 0
        certain = all(other == NAN for _, other in others) and again()[1][place] == NAN
        return TrueNumber(NAN if certain else UNKNOWN, 0, 0)
    differences = [
        (other_bits, libmp.mpf_sub(result, other, 30, "n"))
        for other_bits, other in others
        if not special(result, other)
    ]
    if not differences:
        return TrueNumber(ZERO if result == ZERO else UNKNOWN, 0, 0)
    scales = [magnitude(difference) + other_bits if difference[1] else LEAST for other_bits, difference in differences]
    scale = max(scales)
    # The first evaluation rounds exact results too; more bits make more results exact.
    least_scale = min([each for each in scales[1:] if each > LEAST], default=scale)
    closest = min(magnitude(difference) if difference[1] else 10 * LEAST for _, difference in differences)
    if (result == ZERO == again()[1][place]) or closest < magnitude(result) - AGREEMENT:
        return TrueNumber(result, scale, least_scale)
    if bits > LEVELS[0] and max(scale, magnitude(result) + bits - 20) < bits + LEAST:
        return TrueNumber(ZERO, scale, least_scale)
    return TrueNumber(UNKNOWN, scale, least_scale)
