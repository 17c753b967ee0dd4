"""The formulas of formulas_in_the_wild.txt."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

import pytest

PATH = Path(__file__).parent.parent / "formulas_in_the_wild.txt"


class Formula(NamedTuple):
    """A line of formulas_in_the_wild.txt."""

    text: str
    point: dict[str, float]
    origin: str

    @property
    def identifier(self) -> str:
        """The origin in letters that every terminal shows."""
        plain = unicodedata.normalize("NFKD", self.origin).encode("ascii", "ignore").decode()
        return re.sub(r"\W+", "-", plain)

    @property
    def depth(self) -> int:
        """How many brackets are open at once where most are."""
        opened = [0]
        for bracket in re.findall("[()]", self.text):
            opened.append(opened[-1] + (1 if bracket == "(" else -1))
        return max(opened)


def read_formulas() -> list[Formula]:
    """The formulas of the file, whose first lines describe its format."""
    formulas = []
    for line in PATH.read_text("utf-8").split("\n"):
        if line.strip() and not line.startswith("#"):
            formula, origin = line.rsplit("#", 1)
            text, point = formula.rsplit("@", 1)
            values = dict(re.findall(r"([^\s=,]+)=([^\s=,]+)", point))
            formulas.append(
                Formula(text.strip(), {name: float(value) for name, value in values.items()}, origin.strip())
            )
    return formulas


FORMULAS = read_formulas()
EACH_FORMULA = pytest.mark.parametrize("formula", FORMULAS, ids=[formula.identifier for formula in FORMULAS])
"""A test for every formula."""
