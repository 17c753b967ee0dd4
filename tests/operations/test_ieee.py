"""The functions on floats against NumPy, also where IEEE 754 has a value and Python's math raises an error."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from graphdiff.operations import ieee

OTHERS = {"sinc"}
"""Functions that are others in NumPy."""
NAMES = [name for name, each in vars(ieee).items() if callable(each) and hasattr(np, name) and name[0].islower()]
NAMES = [name for name in NAMES if name not in OTHERS]
SIZES = (0.0, 5e-324, 1e-300, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 709.0, 1e300, math.inf)
NUMBERS = [sign * size for size in SIZES for sign in (1.0, -1.0)] + [math.nan]
SIGNED_ZEROS = {"add", "subtract", "multiply", "negative", "divide", "sqrt", "sin", "atan", "atan2"}
"""Functions of which the sign of a 0 is IEEE 754's too."""


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", NAMES)
def test_special_numbers(name: str) -> None:
    function, judge = getattr(ieee, name), getattr(np, name)
    for operands in product(NUMBERS, repeat={"where": 3, "round": 1}.get(name) or judge.nin):
        if name == "pow" and operands[1] == 0.5:
            continue  # of which NumPy takes the root, which is NaN for -inf
        with np.errstate(all="ignore"):
            expected = float(judge(*map(np.float64, operands)))
        found = function(*operands)
        assert found == pytest.approx(expected, rel=1e-14, abs=0, nan_ok=True), operands
        if found == 0 and name in SIGNED_ZEROS:
            assert math.copysign(1.0, found) == math.copysign(1.0, expected), operands


def test_a_condition_is_a_number() -> None:
    assert [ieee.float_of(condition) for condition in (0.0, 1.0)] == [0.0, 1.0]


def test_all_of_them_are_compared() -> None:
    assert len(NAMES) > 35
