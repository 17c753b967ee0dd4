"""Mutation testing: a derivative rule with another sign, twice as large or with one operand changed fails a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from graphdiff.operations.registry import PRIMITIVES
from support.mutants import DERIVATIVES, Target, equivalents, mutants, targets
from support.rules import arrays, elementwise, third_derivatives, values

Test = Callable[[], None]
EQUIVALENTS = equivalents()
RULES = [target for target in targets() if target.purpose == DERIVATIVES]


def guards_of(target: Target) -> Iterator[Test]:
    """The tests of the rule's operations, then those of all conventions."""
    for primitive in (PRIMITIVES[name] for name in sorted(target.users)):
        if primitive.is_elementwise:
            yield partial(elementwise.assert_first_derivatives, primitive)
        if primitive.parameters is not None:
            yield partial(elementwise.assert_all_of_a_tie_goes_to_one_operand, primitive)
        for sample in primitive.samples:
            yield partial(arrays.assert_adjoint, primitive, sample)
            yield partial(values.assert_value, primitive, sample)
            yield partial(arrays.assert_second_derivatives, primitive, sample)
    yield from (partial(elementwise.assert_convention, *row) for row in elementwise.CONVENTIONS)
    yield from (partial(elementwise.assert_on_every_side, *row) for row in elementwise.PIECES)
    yield from (partial(arrays.assert_tie, *row) for row in arrays.TIES)
    yield from (partial(third_derivatives.assert_extreme, *row) for row in third_derivatives.EXTREMES)


def fails(test: Test) -> bool:
    try:
        test()
    except Exception:
        return True
    return False


@pytest.mark.sampled(80)
@pytest.mark.parametrize("target", RULES, ids=lambda target: target.name)
def test_mutants_are_found(target: Target) -> None:
    guards = list(guards_of(target))
    detectors = set()
    for mutant in mutants(target):
        if mutant.is_basic and mutant.name not in EQUIVALENTS:
            with mutant.alive():
                detector = next(filter(fails, guards), None)
            assert detector, f"no test fails with {mutant.name}"
            detectors.add(detector)
    for guard in detectors:
        guard()


@pytest.mark.slow
def test_equivalents_are_mutants() -> None:
    of = {name.split(": ")[0] for name in EQUIVALENTS}
    assert set(EQUIVALENTS) == {
        mutant.name
        for target in targets()
        if target.name in of
        for mutant in mutants(target)
        if mutant.name in EQUIVALENTS
    }
