"""Formulas as people write them, and random programs, against an independent reference at 50 digits."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given

from graphdiff.algebra.expand import expand_gates
from graphdiff.graph.function import Operation
from graphdiff.language.program import prelude
from graphdiff.operations.registry import FUNCTIONS, OPERATORS
from graphdiff.passes.gradient import value_and_gradient
from graphdiff.reading.parse import parse
from graphdiff.targets.vectorize import instructions_of
from graphdiff.targets.writer import OF_SCIPY
from support import judge
from support.formulas import EACH_FORMULA, FORMULAS, Formula
from support.random_formulas import POINTS, check_range, programs, repeatable_examples
from support.rounding import MARGIN, ROUNDING, TINY, results_of, sample_roundings
from support.samples import graph_of

RELATIVE = 1e-12
"""What a formula's value and derivatives may be off by, and more only where terms cancel."""


@pytest.mark.sampled(16)
@EACH_FORMULA
def test_value_and_gradient_are_the_judges(formula: Formula) -> None:
    text, point, _ = formula
    value, gradient = value_and_gradient(text, point)
    true_value, true_gradient = judge.value_and_gradient(text, point)
    assert abs(value - true_value) <= RELATIVE * abs(true_value)
    assert gradient.keys() == true_gradient.keys()
    errors = {name: abs(gradient[name] - true) for name, true in true_gradient.items()}
    assert all(error == error for error in errors.values())
    doubtful = [name for name, error in errors.items() if error > RELATIVE * abs(true_gradient[name])]
    if doubtful:
        results = results_of(text, point)
        samples = sample_roundings(text, point, results)
        for name in doubtful:
            assert errors[name] <= MARGIN * max(abs(near[name] - true_gradient[name]) for _, near in samples)


def test_there_are_many_formulas_each_with_its_own_name() -> None:
    assert len(FORMULAS) >= 300
    assert len({formula.identifier for formula in FORMULAS}) == len(FORMULAS)


def is_of_scipy(operation: Operation) -> bool:
    """Whether an elementwise function needs SciPy, so that most languages lack it."""
    code = instructions_of(expand_gates(graph_of(operation)), {}, opens_definitions=True)
    return any(each.function in OF_SCIPY for each in code.instructions)


def test_every_function_and_every_operator_occurs() -> None:
    """Except functions of SciPy, which C and JavaScript lack: the formulas are written in every language."""
    texts = "\n".join(formula.text for formula in FORMULAS)
    called = set(re.findall(r"\w+(?=\()", texts))
    functions: list[tuple[str, Operation]] = [*FUNCTIONS.items(), *prelude().items()]
    elementwise = {name for name, function in functions if function.is_elementwise and not is_of_scipy(function)}
    assert elementwise - called == set()
    assert [symbol for symbol, _ in OPERATORS if symbol not in texts and symbol != "@"] == []


def test_some_formulas_are_long_and_some_are_deep() -> None:
    assert sum(len(formula.text) > 1000 for formula in FORMULAS) >= 5
    assert sum(formula.depth >= 25 for formula in FORMULAS) >= 5


@pytest.mark.slow
@repeatable_examples(500)
@given(programs(), POINTS)
def test_random_programs(program: str, point: dict[str, float]) -> None:
    """What graphdiff computes is no farther from the truth than its roundings can bring it."""
    graph = parse(program)
    assume(not graph.defaults)  # the judge takes them for constants
    point = {name: value for name, value in point.items() if name in graph.input_names}
    results = results_of(program, point, check_range)
    samples = sample_roundings(program, point, results)
    true_value, true_gradient = judge.value_and_gradient(program, point)
    value, gradient = value_and_gradient(program, point)
    assert gradient.keys() == true_gradient.keys()
    largest = max(abs(true) for true in [true_value, *true_gradient.values()])
    for result, true, nearby in [
        (value, true_value, [value for value, _ in samples]),
        *((gradient[name], true_gradient[name], [near[name] for _, near in samples]) for name in point),
    ]:
        distance = max(abs(near - true) for near in nearby)
        assume(distance <= 1e-9 * largest)  # NaN, too, is no number to be near to
        assert abs(result - true) <= MARGIN * (distance + ROUNDING * abs(true)) + TINY
