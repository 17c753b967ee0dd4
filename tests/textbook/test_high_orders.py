"""Derivatives of order 12 of elementary functions do not swell, and are right."""

from __future__ import annotations

import pytest

from support.textbook.corpus import Row
from support.textbook.high_orders import FORMULAS, HIGH_ORDERS, judge_high_order


@pytest.mark.slow
@pytest.mark.parametrize("row", HIGH_ORDERS, ids=FORMULAS)
def test_order_12(row: Row) -> None:
    assert not judge_high_order(row)
