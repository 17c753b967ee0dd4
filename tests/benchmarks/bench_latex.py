"""Reading LaTeX takes time linear in its length, up to 10^5 characters, for every kind of nesting and of repetition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from graphdiff.reading.latex.reader import read_latex
from graphdiff.source import Source

TEXTS: dict[str, Callable[[int], str]] = {
    "sums of fractions": lambda size: " + ".join([r"\frac{x_{1}}{2}"] * (size // 18)),
    "products": lambda size: "x y " * (size // 4),
    "brackets": lambda size: r"\left(" * (size // 13) + "x" + r"\right)" * (size // 13),
    "nested fractions": lambda size: r"\frac{1}{" * (size // 10) + "x" + "}" * (size // 10),
    "powers": lambda size: "x^{" * (size // 4) + "x" + "}" * (size // 4),
    "functions": lambda size: r"\sin " * (size // 5) + "x",
    "accents": lambda size: r"\hat{" * (size // 6) + "x" + "}" * (size // 6),
    "statements": lambda size: r" \\ ".join([f"a_{{{number}}} = x + {number}" for number in range(size // 22)]),
    "notes": lambda size: "x(y+1) " * (size // 7),
    "rows": lambda size: r"\begin{pmatrix}" + r" \\ ".join(["1 & 2"] * (size // 9)) + r"\end{pmatrix}",
    "transposes": lambda size: "A^T " * (size // 4),
}


@pytest.mark.parametrize("size", [1_000, 10_000, 100_000])
@pytest.mark.parametrize("kind", TEXTS)
def test_reading(benchmark: Any, kind: str, size: int) -> None:
    source = Source(TEXTS[kind](size))
    benchmark.pedantic(read_latex, (source, {}), rounds=1)
