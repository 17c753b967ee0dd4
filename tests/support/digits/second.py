"""The true second derivatives of a formula at a point: limits of differences of true gradients in many bits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mpmath import libmp
from mpmath.libmp import from_float, from_int, mpf_add, mpf_neg, mpf_shift

from support.digits.arithmetic import NAN, UNKNOWN, Arithmetic, Number, special
from support.digits.evaluation import Evaluation
from support.digits.limits import Limits, close, limit
from support.digits.program import Program
from support.digits.truth import flat

LEVELS = ((80, 1400), (130, 4400))
"""Distances, and the bits of evaluations: the first distance is 2 to the power of minus one of these, relative to the
input; the second its square."""


def true_second_derivatives(text: str, point: Mapping[str, Any]) -> list[list[Number]]:
    """The matrix of second derivatives by the entries of all inputs, in the order of the point.

    NaN where there is none, UNKNOWN where that is not certain: what two levels do not agree on.
    """
    first, second = (_second_derivatives(text, point, *level) for level in LEVELS)
    return [
        [a if a == b or (not special(a, b) and close(a, b)) else UNKNOWN for a, b in zip(*rows, strict=True)]
        for rows in zip(first, second, strict=True)
    ]


def _second_derivatives(text: str, point: Mapping[str, Any], distance: int, bits: int) -> list[list[Number]]:
    program = Program(text, point)
    entries = [from_float(float(x)) for value in point.values() for x in flat(value)]
    sizes = Limits(program, entries).sizes
    start = _gradient(program, entries, bits)
    columns = [_column(program, entries, start, place, size, distance, bits) for place, size in enumerate(sizes)]
    return [[column[row] for column in columns] for row in range(len(entries))]


def _gradient(program: Program, entries: list[Number], bits: int) -> list[Number]:
    evaluation = Evaluation(program, entries, Arithmetic(bits))
    if special(evaluation.value):  # a comparison of numbers that are not real may yet have a result
        return [UNKNOWN] * len(entries)
    gradient = evaluation.gradient()
    return Limits(program, entries).partials()[0] if evaluation.kink else gradient


def _column(
    program: Program, entries: list[Number], start: list[Number], place: int, size: int, first: int, bits: int
) -> list[Number]:
    """The derivative of the gradient by an entry."""
    slopes = []
    for sign in (1, -1):
        for distance in (first, 2 * first):
            moved = list(entries)
            moved[place] = mpf_add(entries[place], mpf_shift(from_int(sign), size - distance))
            gradient = _gradient(program, moved, bits)
            slopes.append([_slope(a, b, sign, distance, bits) for a, b in zip(gradient, start, strict=True)])
    far, near, far_back, near_back = slopes
    rows = zip(far, near, far_back, near_back, strict=True)
    return [_two_sided(row[:2], row[2:], size, first) for row in rows]


def _slope(there: Number, here: Number, sign: int, distance: int, bits: int) -> Number:
    """The slope in units of the distance."""
    either = special(there, here)
    if either:
        return either
    difference: Number = mpf_shift(libmp.mpf_sub(there, here, bits, "n"), distance)
    return mpf_neg(difference) if sign < 0 and difference[1] else difference


def _two_sided(ahead: tuple[Number, Number], back: tuple[Number, Number], size: int, distance: int) -> Number:
    either = special(*ahead, *back)
    if either:
        return either
    right, left = (limit(*pair, distance=distance, noise=-distance) for pair in (ahead, back))
    return special(right, left) or (mpf_shift(right, -size) if close(right, left) else NAN)
