"""The pattern of a sparse matrix in C: the rows and the columns of its entries as constant arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import NamedTuple

from graphdiff.targets.results import Result, describe_pattern
from graphdiff.targets.spelling import WIDTH


class PatternText(NamedTuple):
    """The lines that define macros, the declarations of arrays, the lines that define these, and a sentence."""

    macros: Sequence[str] = ()
    constants: Sequence[str] = ()
    definitions: Sequence[str] = ()
    summary: str = ""


def names_of(name: str) -> list[str]:
    """The names that the pattern of a function with this name takes."""
    return [f"{name}_NONZEROS", f"{name}_rows", f"{name}_columns"]


def pattern_text(name: str, results: Sequence[Result], parameters: Mapping[str, str]) -> PatternText:
    """What a function with this name has besides its code; parameters has what inputs are called."""
    result = results[-1]
    if result.pattern is None:
        return PatternText()
    macro, *arrays = names_of(name)
    count = len(result.pattern.rows)
    macros = [f"#define {macro} {count}"]
    if not count:
        return PatternText(macros)
    constants = [f"const int {each}[{macro}]" for each in arrays]
    definitions: list[str] = []
    for each, numbers in zip(constants, (result.pattern.rows, result.pattern.columns), strict=True):
        values = ", ".join(map(str, numbers))
        definitions += [
            "",
            f"extern {each};",
            f"{each} = {{",
            *[f"    {line}" for line in wrap(values, WIDTH - 4)],
            "};",
        ]
    return PatternText(macros, constants, definitions, describe_pattern(result, parameters, *arrays))
