"""The right value and gradient at a point, and near it: evaluated in many digits, with random roundings, until the
results do not depend on them.

Numbers of the text and the point are the floats that they were read as; derivatives follow the operations' own rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, NamedTuple

from graphdiff.accuracy.evaluation import Evaluation, Key, Move, Problem, entries_of, evaluate
from graphdiff.accuracy.interpreters import rounded_precise_interpreter
from graphdiff.errors import GraphdiffError

SPARE_FIRST_DIGITS = 28
"""The digits beyond those of right results that are tried first; then twice as many, and so on."""
MARGIN = 20
"""The digits beyond the spread of all numbers that are tried at least."""
SPARE_DIGITS = 60
"""The digits beyond the spread of all numbers at which a result that still is rounding alone is taken to be 0."""
DEEPEST = 350
"""The digits that are tried at least before a result is taken to be 0: a float may be so much smaller than 1."""
LEAST_SHRINKAGE = 10
"""The digits by which a result must shrink at least to be taken to be 0."""
MOST_SPREAD = 1300
"""The spread in digits that is considered: that of floats is 632."""
LEAST_FLOAT = 2.0**-1074
"""Where the spread is larger, only what is smaller may be taken to be 0: many large numbers hide it."""
SPARE_SETTLED_DIGITS = 6
"""Results are right if those of two sequences of random roundings agree in so many digits more than right ones have."""


class Right(NamedTuple):
    """Right results by their keys, None where rounding hides one, and the last evaluation. scales are the sizes of the
    terms of those that are 0, or smaller than any float, because terms cancel."""

    results: Mapping[Key, Any]
    evaluation: Evaluation | None
    scales: Mapping[Key, Any] = {}


class _Pair:
    """Two evaluations with different random roundings.

    Attributes:
        evaluation: The first of them.
        first, second: Their results.
        digits: How many digits the results have.
        distance: The most that operands are away from edges of domains where rounding may have moved them; else 0.
    """

    def __init__(self, problem: Problem, digits: int, move: Move | None) -> None:
        pair = [evaluate(problem, rounded_precise_interpreter(problem.op, digits, seed), move) for seed in (1, 2)]
        self.evaluation = pair[0]
        self.first, self.second = [each.results for each in pair]
        functions: list[Any] = [each.op.functions for each in pair]
        self.digits = min(digits, *(each.digits_of_results for each in functions))
        self.distance = max(each.distance_from_edges for each in functions)

    def settled(self, keys: Sequence[Key], digits: Mapping[str, int], other_digits: int) -> dict[Key, Any]:
        """The results that agree, in so many digits: those of their names, or else other_digits."""
        pairs = {key: (self.first[key], self.second[key]) for key in keys}
        needed = {key: digits.get(key[0], other_digits) for key in keys}
        return {key: one for key, (one, other) in pairs.items() if _is_settled(one, other, needed[key])}


def right_results(
    problem: Problem,
    keys: Sequence[Key],
    move: Move | None = None,
    digits: int | None = None,
    most_digits: float = inf,
    value_digits: int | None = None,
) -> Right:
    """The results under these keys, right to the digits of the problem and more, values to value_digits; None for one
    that rounding hides in all digits, or in most_digits."""
    digits = digits or problem.digits + SPARE_FIRST_DIGITS
    settled_digits = problem.digits + SPARE_SETTLED_DIGITS
    digits_by_name = {"value": value_digits or settled_digits}
    nothing = dict.fromkeys(keys)
    try:
        pair = _Pair(problem, digits, move)
        spread = _spread(pair.evaluation)
        is_beyond, spread = spread > MOST_SPREAD, min(spread, MOST_SPREAD)
        enough = min(spread if is_beyond else max(2 * (spread + SPARE_DIGITS), DEEPEST), most_digits / 2)
        if digits < spread + MARGIN:  # a number may be lost beside another
            digits = spread + MARGIN
            if digits > most_digits:
                return Right(nothing, pair.evaluation)
            pair = _Pair(problem, digits, move)
        right: dict[Key, Any] = {}
        scales: dict[Key, Any] = {}
        earlier: _Pair | None = None
        while True:
            rest = [key for key in keys if key not in right]
            is_last = earlier is not None and (pair.digits < digits or digits >= enough)
            settled = pair.settled(rest, digits_by_name, settled_digits) if not pair.distance or is_last else {}
            right |= settled
            # Rounding is 10^-digits of the terms.
            below = [key for key, number in settled.items() if 0 < abs(number) < LEAST_FLOAT]
            scales |= {key: abs(pair.first[key] - pair.second[key]) * 10**pair.digits for key in below}
            rest = [key for key in rest if key not in right]
            if not rest:
                break
            if earlier is not None and is_last:
                shrinkage = (pair.digits - earlier.digits) // 4  # of a fourth root of rounding
                largest = LEAST_FLOAT if is_beyond else inf
                for key in rest:
                    right[key] = _unsettled(pair.first[key], pair.second[key], earlier.first[key], shrinkage, largest)
                    if pair.distance and key[0] != "value":  # at the edge of sqrt, its derivative is by chance
                        right[key] = None
                zeros = [key for key in rest if right[key] == 0 and pair.first[key]]
                power = pair.digits // 2 if pair.distance else pair.digits
                scales |= {key: max(abs(pair.first[key]), abs(pair.second[key])) * 10**power for key in zeros}
                break
            earlier, digits = pair, 2 * digits
            pair = _Pair(problem, digits, move)
    except GraphdiffError:
        return Right(nothing, None)
    if earlier is not None and 0 < earlier.distance < pair.distance * 10**LEAST_SHRINKAGE:  # it is not rounding
        return Right(nothing, pair.evaluation)
    return Right(right, pair.evaluation, scales)


def _is_settled(first: Any, second: Any, digits: int) -> bool:
    """Whether two numbers agree in so many digits, and are finite: more digits may make finite what is not."""
    return isfinite(first) and bool(abs(first - second) * 10**digits <= abs(first))


def _unsettled(first: Any, second: Any, earlier: Any, shrinkage: int, largest: float) -> Any:
    """The result that all digits leave so: one that is not finite; 0 for rounding alone, which shrinks with each digit,
    here by shrinkage digits at least, to no more than largest; else None."""
    if not isfinite(first):
        return first if first == second or (first != first and second != second) else None
    if not isfinite(second) or shrinkage < LEAST_SHRINKAGE:
        return None
    rounding = max(abs(first), abs(second))
    return first * 0 if rounding * 10**shrinkage <= abs(earlier) and rounding <= largest else None


def isfinite(number: Any) -> bool:
    """Whether a number of any kind is neither infinite nor NaN."""
    return bool(number - number == 0)


def _spread(evaluation: Evaluation) -> int:
    """How many digits lie between the largest and the smallest number of an evaluation."""
    magnitudes = [
        entry._mpf_[2] + entry._mpf_[3]
        for value in (*evaluation.values, *(step.upstream.value for step in evaluation.steps.values()))
        if value is not None
        for _, entry in entries_of(value)
        if hasattr(entry, "_mpf_") and entry._mpf_[1]
    ]
    return int((max(magnitudes) - min(magnitudes)) * 302 // 1000) if magnitudes else 0
