"""Wrong answers by known slips: the slip that was made comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

import graphdiff
from graphdiff.exercises.grader import Grader
from graphdiff.exercises.slips import Slip
from graphdiff.reading.parse import parse
from support.slips import FACTORS, Formula, TrueSlip, answers, edge_of, possible_slips, random_formula, slip_at


def made(count: int, seed: int) -> Iterator[tuple[Formula, TrueSlip, dict[str, str]]]:
    """Formulas with a slip that was made, of each kind in turn, and the answers that it gives."""
    random = Random(seed)
    for _ in range(count):
        formula = random_formula(random, random.randint(2, 7))
        slips = possible_slips(formula)
        kinds = sorted({slip.kind for slip in slips})
        for kind in random.sample(kinds, min(5, len(kinds))):
            slip = random.choice([slip for slip in slips if slip.kind == kind])
            yield formula, slip, answers(formula, [slip])


def is_named(slip: TrueSlip, named: Slip, formula: Formula) -> bool:
    """Whether a slip is the one that was made, or says that this one gives the same numbers."""
    return named.kind == slip.kind and edge_of(formula, slip) in (named.edge, *named.equivalent_edges)


def counts_of(count: int, seed: int) -> Counter[str]:
    """How often the slip that was made is the first, or among the first two, of those that are named."""
    counts: Counter[str] = Counter()
    for formula, slip, given in made(count, seed):
        right = answers(formula)
        graded = Grader(parse(formula.text), formula.point).grade(given)
        assert [answer.verdict != "right" for answer in graded.answers] == [
            given[answer.name] != right[answer.name] for answer in graded.answers
        ], (formula.text, formula.point, given)
        wrong = next(answer for answer in graded.answers if answer.verdict != "right")
        for each in wrong.slips if slip.kind in FACTORS else ():
            edges = [each.edge, *each.equivalent_edges] if each.kind == slip.kind and each.edge else []
            numbers = [answers(formula, [slip_at(formula, slip.kind, edge)], 9) for edge in edges if edge]
            assert all(given == numbers[0] for given in numbers), (formula.text, formula.point, each)
        places = [is_named(slip, each, formula) for each in wrong.slips]
        counts.update(made=1, first=any(places[:1]), second=any(places[:2]))
    return counts


def test_equivalent_edges() -> None:
    """A sign gives the same numbers anywhere on a chain, and the sentence says so."""
    (answer,) = graphdiff.grade("d = y^2; e = 3*d; f = e + x; f", {"x": 1, "y": 0.7}, {"d_y": -4.2}).answers
    (slip,) = answer.slips
    assert (slip.kind, slip.edge, slip.equivalent_edges) == ("sign", ("e", "f"), (("d", "e"), ("y", "d")))
    assert slip.message.endswith("this slip gives d_y = -4.2, as does the same slip from d to e or from y to d.")


def test_the_slip_that_was_made_comes_first() -> None:
    counts = counts_of(12, 1)
    assert counts["first"] >= 0.9 * counts["made"], counts


@pytest.mark.slow
def test_a_thousand_slips() -> None:
    counts = counts_of(220, 0)
    assert counts["made"] >= 1000
    assert counts["first"] >= 0.9 * counts["made"], counts
    assert counts["second"] >= 0.97 * counts["made"], counts


def are_named(pair: list[TrueSlip], formula: Formula, given: dict[str, str]) -> bool:
    """Whether the wrong answers are explained first by these two slips, and no other."""
    named: dict[tuple[str, tuple[str, str] | None], Slip] = {}
    for answer in Grader(parse(formula.text), formula.point).grade(given).answers:
        slips = [slip for slip in answer.slips if slip.is_one_of_two] or answer.slips[:1]
        named.update({(slip.kind, slip.edge): slip for slip in slips})
    orders = (pair, pair[::-1]) if len(named) == len(pair) else ()
    return any(all(map(is_named, order, named.values(), [formula] * 2)) for order in orders)


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
        hits += are_named(pair, formula, given)
    assert hits >= 0.8 * tried
