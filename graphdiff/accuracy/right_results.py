"""The right value and gradient at a point, and near it: evaluated in many digits, with random roundings, until the
results do not depend on them.

Numbers of the text and the point are the floats that they were read as; derivatives follow the operations' own rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import inf
from typing import Any, NamedTuple

from graphdiff.accuracy.absorption import absorbed_digits, is_rounding
from graphdiff.accuracy.evaluation import Evaluation, Key, Move, Problem, entries_of, evaluate, isfinite, work_on
from graphdiff.accuracy.interpreters import rounded_precise_interpreter
from graphdiff.errors import GraphdiffError
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import SWITCH

SPARE_FIRST_DIGITS = 28
"""The digits beyond those of right results that are tried first; then twice as many, and so on."""
MARGIN = 20
"""The digits beyond those that hold every number beside a larger one that are tried at least."""
SPARE_DIGITS = 60
"""The digits beyond the spread of all numbers at which a result that still is rounding alone is taken to be 0."""
DEEPEST = 350
"""The digits that are tried at least before a result is taken to be 0: a float may be so much smaller than 1."""
LEAST_SHRINKAGE = 10
"""The digits by which a result must shrink at least to be taken to be 0."""
MOST_SPREAD = 1300
"""The spread in digits that is considered: that of floats is 632."""
MOST_DIGITS, MOST_WORK = 5000, 600
"""The digits that are tried to tell a number from a larger one that holds it, in this many operations on numbers; in
more operations, fewer digits, but not fewer than MOST_SPREAD."""
LEAST_FLOAT = 2.0**-1074
"""Where the spread is larger, only what is smaller may be taken to be 0: many large numbers hide it."""
SPARE_SETTLED_DIGITS = 6
"""Results are right if those of two sequences of random roundings agree in so many digits more than right ones have."""


class Right(NamedTuple):
    """Right results by their keys, None where rounding hides one, and the last evaluation. needs_more says whether more
    digits than are tried might show them."""

    results: Mapping[Key, Any]
    evaluation: Evaluation | None
    needs_more: bool = False


class _Pair:
    """Two evaluations with different random roundings.

    Attributes:
        evaluation, other: They.
        first, second: Their results.
        working_digits, digits: With how many digits they are computed, and how many of them the results have.
        distance: The most that operands are away from edges of domains from which rounding may have moved them; 0 if
            there are none.
    """

    def __init__(self, problem: Problem, digits: int, move: Move | None, merges_ties: bool = False) -> None:
        ops = [rounded_precise_interpreter(problem.op, digits, seed, merges_ties=merges_ties) for seed in (1, 2)]
        self.evaluation, self.other = pair = [evaluate(problem, op, move) for op in ops]
        self._nodes_with_kinks = problem.graph.nodes_with_kinks
        self.first, self.second = [each.results for each in pair]
        functions: list[Any] = [each.op.functions for each in pair]
        self.working_digits = digits
        self.digits = min(digits, *(each.digits_of_results for each in functions))
        self.distance = _distance_from_edges(*[each.distances_from_edges for each in functions])

    @cached_property
    def is_hidden(self) -> bool:
        """Whether a value in between is rounding alone and yet not small, as 0 divided by 0 is: a function such as tanh
        may hide that."""
        least = self.evaluation.op.functions.mp.mpf(10) ** -(self.digits // 4)  # type: ignore[attr-defined]
        return any(
            abs(one) > least and is_rounding(one, other)
            for value, other_value in zip(self.evaluation.values, self.other.values, strict=True)
            if value is not None
            for (_, one), (_, other) in zip(entries_of(value), entries_of(other_value), strict=True)
        )

    @cached_property
    def is_undecided(self) -> bool:
        """Whether rounding alone decides on which side of a kink an operation is."""
        differences = [_differences(self._nodes_with_kinks, each) for each in (self.evaluation, self.other)]
        return any(is_rounding(one, other) for one, other in zip(*differences, strict=True))

    def results(self, key: Key) -> tuple[Any, Any]:
        """Both results under a key."""
        return self.first[key], self.second[key]

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
    settled_digits = problem.digits + SPARE_SETTLED_DIGITS
    digits_by_name = {"value": value_digits or settled_digits}
    nothing = dict.fromkeys(keys)
    try:
        pair, absorbed, is_lost = _first_pair(problem, move, digits or problem.digits + SPARE_FIRST_DIGITS, most_digits)
        spread = max(_spread(pair.evaluation), absorbed)
        is_beyond, spread = spread > MOST_SPREAD, min(spread, max(MOST_SPREAD, absorbed))
        enough = min(spread if is_beyond else max(2 * (spread + SPARE_DIGITS), DEEPEST), most_digits / 2)
        right: dict[Key, Any] = {}
        earlier: _Pair | None = None
        extended: set[Key] = set()
        while True:
            rest = [key for key in keys if key not in right]
            is_last = earlier is not None and (pair.digits < pair.working_digits or pair.working_digits >= enough)
            if is_last and pair.is_undecided:  # what no digits tell apart is equal
                pair = _Pair(problem, pair.working_digits, move, merges_ties=True)
            may_settle = (is_last or not (pair.distance or pair.is_undecided)) and not pair.is_hidden
            right |= pair.settled(rest, digits_by_name, settled_digits) if may_settle else {}
            rest = [key for key in rest if key not in right]
            if not rest:
                break
            hidden = _hidden(rest, earlier, pair) - extended if earlier is not None and is_last else set()
            if earlier is not None and is_last and not hidden:
                shrinkage = (pair.digits - earlier.digits) // 4  # of a fourth root of rounding
                largest = LEAST_FLOAT if is_beyond else inf
                for key in rest:
                    right[key] = _unsettled(pair.results(key), earlier.results(key), shrinkage, largest)
                    # At the edge of sqrt its derivative is by chance, and so is the sign of a number that is lost.
                    is_by_chance = pair.is_hidden or (pair.distance and key[0] != "value")
                    if is_by_chance or (is_lost and right[key] != right[key]):
                        right[key] = None
                break
            extended |= hidden
            earlier, pair = pair, _Pair(problem, 2 * pair.working_digits, move)
    except GraphdiffError:
        return Right(nothing, None)
    if earlier is not None and 0 < earlier.distance < pair.distance * 10**LEAST_SHRINKAGE:  # it is not rounding
        return Right(nothing, pair.evaluation)
    return Right(right, pair.evaluation, is_lost or pair.is_hidden)


def _first_pair(problem: Problem, move: Move | None, digits: int, most_digits: float) -> tuple[_Pair, int, bool]:
    """A pair with so many digits, or as many as hold each number beside larger ones, how many these are, and whether a
    number is lost all the same, because they would be more than are tried.

    Raises GraphdiffError where they are more than most_digits.
    """
    while True:
        pair = _Pair(problem, digits, move)
        absorbed = absorbed_digits(problem.graph, pair.evaluation, pair.other)
        work = max(work_on(problem.graph, pair.evaluation.values), 1)
        is_lost = absorbed > min(MOST_DIGITS, max(MOST_SPREAD, MOST_DIGITS * MOST_WORK // work))
        if is_lost:
            absorbed = min(_spread(pair.evaluation), MOST_SPREAD)
        if absorbed + MARGIN <= digits:
            return pair, absorbed, is_lost
        digits = absorbed + 2 * MARGIN
        if digits > most_digits:
            raise GraphdiffError("limit", "a number is lost beside another")


def _distance_from_edges(first: Sequence[Any], second: Sequence[Any]) -> Any:
    """The largest of these distances from edges, of two evaluations, without those that both agree on inside."""
    if len(first) != len(second):
        return max(map(abs, (*first, *second)))
    pairs = zip(first, second, strict=True)
    return max([0, *(abs(one) for one, other in pairs if one < 0 or not _is_settled(one, other, MARGIN))])


def _differences(nodes_with_kinks: Sequence[Node], evaluation: Evaluation) -> Iterator[Any]:
    """What tells the side of each kink: the operand of an operation, or the difference of two, entry by entry."""
    op = evaluation.op
    for node in nodes_with_kinks:
        first, *others = [evaluation.values[operand] for operand in node.operands]
        assert node.operation is not None
        is_comparison = len(others) > 0 and node.operation.backward_pattern is not SWITCH
        yield from (entry for _, entry in entries_of(op.sub(first, others[0]) if is_comparison else first))


def _is_settled(first: Any, second: Any, digits: int) -> bool:
    """Whether two numbers agree in so many digits, and are finite: more digits may make finite what is not."""
    return isfinite(first) and bool(abs(first - second) * 10**digits <= abs(first))


def _hidden(keys: Sequence[Key], earlier: _Pair, pair: _Pair) -> set[Key]:
    """The results of which both roundings were hidden by chance in the earlier pair, as max(u, 0) hides them."""
    return {key for key in keys if not any(earlier.results(key)) and any(pair.results(key))}


def _unsettled(results: tuple[Any, Any], earlier: tuple[Any, Any], shrinkage: int, largest: float) -> Any:
    """The result that all digits leave so: one that is not finite; 0 for rounding alone, which shrinks with each digit,
    here by shrinkage digits at least, to no more than largest; else None. By chance max(u, 0) hides one rounding."""
    first, second = results
    if not isfinite(first):
        return first if first == second or (first != first and second != second) else None
    if not isfinite(second) or shrinkage < LEAST_SHRINKAGE:
        return None
    rounding = max(abs(first), abs(second))
    is_rounding_alone = rounding * 10**shrinkage <= max(map(abs, earlier)) and rounding <= largest
    return first * 0 if is_rounding_alone else None


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
