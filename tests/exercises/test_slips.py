"""Wrong answers by known slips: the slip that was made comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from graphdiff.exercises.grader import Grader
from graphdiff.exercises.slips import Slip
from graphdiff.reading.parse import parse
from support.slips import Formula, TrueSlip, answers, edge_of, possible_slips, random_formula


def made(count: int, seed: int) -> Iterator[tuple[Formula, list[TrueSlip], TrueSlip, dict[str, str]]]:
    """Formulas with all slips that are possible, one that was made, of each kind in turn, and the answers it gives."""
    random = Random(seed)
    for _ in range(count):
        formula = random_formula(random, random.randint(2, 7))
        slips = possible_slips(formula)
        kinds = sorted({slip.kind for slip in slips})
        for kind in random.sample(kinds, min(5, len(kinds))):
            slip = random.choice([slip for slip in slips if slip.kind == kind])
            yield formula, slips, slip, answers(formula, [slip])


def is_same(named: Slip, slip: TrueSlip, formula: Formula, slips: list[TrueSlip]) -> bool:
    """Whether a slip is the one that was made, or of its kind at an edge where it gives the same answers."""
    if named.kind != slip.kind:
        return False
    given = answers(formula, [slip])
    alike = [each for each in slips if each.kind == slip.kind and answers(formula, [each]) == given]
    return named.edge in [edge_of(formula, each) for each in alike]


def counts_of(count: int, seed: int) -> Counter[str]:
    """How often the slip that was made is the first, or among the first two, of those that are named."""
    counts: Counter[str] = Counter()
    for formula, slips, slip, given in made(count, seed):
        right = answers(formula)
        graded = Grader(parse(formula.text), formula.point).grade(given)
        assert [answer.verdict != "right" for answer in graded.answers] == [
            given[answer.name] != right[answer.name] for answer in graded.answers
        ], (formula.text, formula.point, given)
        wrong = next(answer for answer in graded.answers if answer.verdict != "right")
        places = [is_same(each, slip, formula, slips) for each in wrong.slips]
        counts.update(made=1, first=any(places[:1]), second=any(places[:2]))
    return counts


def test_the_slip_that_was_made_comes_first() -> None:
    counts = counts_of(12, 1)
    assert counts["first"] >= 0.9 * counts["made"], counts


@pytest.mark.slow
def test_a_thousand_slips() -> None:
    counts = counts_of(220, 0)
    assert counts["made"] >= 1000
    assert counts["first"] >= 0.9 * counts["made"], counts
    assert counts["second"] >= 0.97 * counts["made"], counts


def named_pair(formula: Formula, given: dict[str, str]) -> list[str]:
    """The kinds of the slips that explain the wrong answers first."""
    named: dict[tuple[str, tuple[str, str] | None], None] = {}
    for answer in Grader(parse(formula.text), formula.point).grade(given).answers:
        slips = [slip for slip in answer.slips if slip.is_one_of_two] or answer.slips[:1]
        named.update({(slip.kind, slip.edge): None for slip in slips})
    return sorted(kind for kind, _ in named)


@pytest.mark.parametrize("count", [8, pytest.param(300, marks=pytest.mark.slow)])
def test_two_slips_at_once(count: int) -> None:
    random, hits, tried = Random(3), 0, 0
    while tried < count:
        formula = random_formula(random, random.randint(3, 7))
        slips = possible_slips(formula)
        pair = random.sample(slips, 2) if len(slips) > 1 else []
        given = answers(formula, pair)
        if not pair or edge_of(formula, pair[0]) == edge_of(formula, pair[1]):
            continue
        if given in (answers(formula), answers(formula, pair[:1]), answers(formula, pair[1:])):
            continue  # one slip alone, or none, gives these answers
        tried += 1
        hits += named_pair(formula, given) == sorted(slip.kind for slip in pair)
    assert hits >= 0.8 * tried
