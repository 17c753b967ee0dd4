"""Parse and trace of a sum of 10^5 terms against Lark's bare LALR parse, with positions, of the same text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lark import Lark

from graphdiff import parse, trace
from graphdiff.expression.resources import read_grammar_file
from graphdiff.expression.tables import GRAMMAR

TERMS = 10**5
TEXT = " + ".join(f"sin(x*{number})*y" for number in range(1, TERMS + 1))


@pytest.mark.parametrize("side", ["yardstick", "graphdiff"])
def test_large_sum(side: str, measure: Callable[..., None]) -> None:
    if side == "graphdiff":
        measure(side, "10^5 terms", 3, lambda: trace(parse(TEXT), {"x": 0.5, "y": 2.0}), rounds=1)
    else:
        bare = Lark(read_grammar_file(GRAMMAR), parser="lalr", propagate_positions=True)
        measure(side, "10^5 terms", 3, lambda: bare.parse(TEXT), rounds=1)
