"""Parse and trace of a sum of 10^5 terms against Lark's bare LALR parse, with positions, of the same text."""

from __future__ import annotations

from collections.abc import Callable

from lark import Lark

from graphdiff import parse, trace
from graphdiff.language.resources import read_grammar_file
from graphdiff.language.tables import GRAMMAR

TERMS = 10**5
TEXT = " + ".join(f"sin(x*{number})*y" for number in range(1, TERMS + 1))


def test_large_sum(compare: Callable[..., None]) -> None:
    bare = Lark(read_grammar_file(GRAMMAR), parser="lalr", propagate_positions=True)
    compare("10^5 terms", 3, lambda: trace(parse(TEXT), {"x": 0.5, "y": 2.0}), lambda: bare.parse(TEXT), rounds=1)
