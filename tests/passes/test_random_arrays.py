"""Random array programs, of random shapes that broadcast, against finite differences."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given

from graphdiff import value_and_gradient
from support.random_arrays import programs
from support.random_formulas import repeatable_examples


@pytest.mark.slow
@repeatable_examples(150)
@given(programs())
def test_against_finite_differences(program: tuple[str, dict[str, Any]]) -> None:
    text, point = program
    _, gradients = value_and_gradient(text, point)
    chance = np.random.default_rng(1)
    for name, value in point.items():
        direction = chance.normal(size=value.shape)

        def difference(h: float, name: str = name, value: Any = value, direction: Any = direction) -> float:
            above, below = (
                value_and_gradient(text, {**point, name: value + side * h * direction})[0] for side in (1, -1)
            )
            return float((above - below) / (2 * h))

        steps = [difference(h) for h in (1e-3, 5e-4, 2.5e-4)]
        fourth = [(4 * finer - coarser) / 3 for coarser, finer in itertools.pairwise(steps)]
        expected = (16 * fourth[1] - fourth[0]) / 15  # Richardson's extrapolation, and how far it still moves
        error = abs(expected - fourth[1])
        assert np.shape(gradients[name]) == value.shape
        assert np.sum(gradients[name] * direction) == pytest.approx(expected, rel=1e-6, abs=1e-6 + 10 * error)
        assume(error < 1e-3 * (1 + abs(expected)))
