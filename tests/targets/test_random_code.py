"""The code of random programs returns in every language what traces have; `tests/random_code.py` tries more of them."""

from __future__ import annotations

import pytest

pytest.importorskip("jax", reason="the operations of random programs have their meaning in JAX")
from graphdiff.targets.registry import RUNNABLE
from support.code_runs import LANGUAGES, run_cases
from support.languages import skip_without
from support.random_code import Tally, expected, random_case

COUNT = 60


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_program(language: str) -> None:
    skip_without(RUNNABLE["sql" if language == "sqlite" else language])
    cases, tally = [random_case(seed) for seed in range(COUNT)], Tally()
    for place, numbers in run_cases(language, cases, tally).items():
        tally.compare(cases[place], numbers, *expected(cases[place])[:2])
    assert not tally.differences
    assert tally.agreed >= COUNT / 4
    assert tally.loose < tally.numbers / 100
