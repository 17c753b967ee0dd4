"""Mutation testing: a derivative rule with another sign, twice as large or with one operand changed fails a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
import test_array_values as values
import test_every_array_operation as arrays
import test_every_operation as elementwise
import test_third_derivatives as third
from mutants import DERIVATIVES, Target, equivalents, mutants, targets

from graphdiff.operations.registry import PRIMITIVES

Test = Callable[[], None]
EQUIVALENTS = equivalents()
RULES = [target for target in targets() if target.purpose == DERIVATIVES]


def rows_of(test: Callable[..., None]) -> Iterator[Test]:
    """A parametrised test at each of its rows."""
    (mark,) = (mark for mark in vars(test)["pytestmark"] if mark.name == "parametrize")
    for row in mark.args[1]:
        yield partial(test, *row)


def guards_of(target: Target) -> Iterator[Test]:
    """The tests of the rule's operations, then those of all conventions."""
    for primitive in (PRIMITIVES[name] for name in sorted(target.users)):
        if primitive.is_elementwise:
            yield partial(elementwise.test_first_derivatives, primitive)
        if primitive.parameters is not None:
            yield partial(elementwise.test_all_of_a_tie_goes_to_one_operand, primitive)
        for sample in primitive.samples:
            yield partial(arrays.test_adjoint, primitive, sample)
            yield partial(values.test_value, primitive, sample)
            yield partial(arrays.test_second_derivatives, primitive, sample)
    for test in (elementwise.test_conventions, elementwise.test_on_every_side, arrays.test_ties, third.test_extremes):
        yield from rows_of(test)


def fails(test: Test) -> bool:
    try:
        test()
    except Exception:
        return True
    return False


@pytest.mark.sampled(8)
@pytest.mark.parametrize("target", RULES, ids=lambda target: target.name)
def test_mutants_are_found(target: Target) -> None:
    guards = list(guards_of(target))
    biting = set()
    for mutant in mutants(target):
        if mutant.is_basic and mutant.name not in EQUIVALENTS:
            with mutant.alive():
                found = next(filter(fails, guards), None)
            assert found, f"no test fails with {mutant.name}"
            biting.add(found)
    for guard in biting:
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
