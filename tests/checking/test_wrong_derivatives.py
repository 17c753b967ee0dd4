"""A sample of the wrong derivatives of tests/wrong_derivatives.py."""

from __future__ import annotations

import pytest

from graphdiff import check
from support.wrong_derivatives import RIGHT, cases, is_called_right


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", range(100, 104))
def test_no_wrong_derivative_is_called_right(seed: int) -> None:
    assert [case for case in cases(25, seed) if is_called_right(case)] == []


def test_no_right_derivative_is_called_wrong() -> None:
    for case in cases(25, 100, (RIGHT,)):
        result = check(case.text, x=case.x, allow_nonfinite=True)
        assert result.count("differs") == 0, case
