"""The rows of tests/textbook/formulas.tsv and exercises.tsv: a formula, and its derivative as a person writes it."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy
import pytest

from graphdiff.operations.registry import CONSTANTS
from graphdiff.reading.parse import parse

FOLDER = Path(__file__).parent.parent.parent / "textbook"
RANGE = (0.1, 0.9)
"""What numbers are drawn from unless the row says otherwise: inside the domains of most functions."""


class Row(NamedTuple):
    """A formula with its derivative as a person writes it.

    section is the heading that it stands under; kind is "derivative", "hessian" or "jacobian"; order is 1 for most.
    """

    section: str
    name: str
    formula: str
    by: str
    kind: str
    order: int
    shapes: dict[str, tuple[int, ...]]
    ranges: dict[str, tuple[float, float]]
    person: str

    @property
    def identifier(self) -> str:
        """The name in letters that every terminal shows."""
        return re.sub(r"[^\w']+", "-", self.name.encode("ascii", "ignore").decode())

    @property
    def is_scalar(self) -> bool:
        """Whether all inputs are numbers."""
        return not self.shapes

    def command(self) -> list[str]:
        """The words after `graphdiff` that print the derivative."""
        words = ["diff", self.formula, "--wrt", self.by]
        if self.order > 1:
            words += ["--order", str(self.order)]
        if self.kind != "derivative":
            words.append(f"--{self.kind}")
        for name, shape in self.shapes.items():
            words += ["--shape", f"{name}={'x'.join(map(str, shape))}"]
        return words

    def point(self, seed: int) -> dict[str, Any]:
        """Values for the inputs, drawn at random; square matrices are far from singular."""
        chance = random.Random(f"{self.name} {seed}")
        names = [name for name in parse(self.formula).input_names if name not in CONSTANTS]
        return {name: self._value(name, chance) for name in names}

    def _value(self, name: str, chance: random.Random) -> Any:
        low, high = self.ranges.get(name, RANGE)
        shape = self.shapes.get(name, ())
        if not shape:
            return chance.uniform(low, high)
        entries = numpy.array([chance.uniform(low, high) for _ in range(int(numpy.prod(shape)))]).reshape(shape)
        return entries + numpy.eye(*shape) if len(shape) == 2 and shape[0] == shape[1] else entries


def read_rows(path: Path) -> list[Row]:
    """The rows of a file, whose first lines describe its columns."""
    rows = []
    section = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("#"):
            section = line.removeprefix("# ")
        else:
            name, formula, by, kind, inputs, person = line.split("\t")
            word, _, order = kind.partition(" ")
            values = dict(each.split("=") for each in inputs.split(",") if each)
            shapes = {each: tuple(map(int, text.split("x"))) for each, text in values.items() if ".." not in text}
            ranges = {each: _range(text) for each, text in values.items() if ".." in text}
            kind = "derivative" if word == "order" else word
            rows.append(Row(section, name, formula, by, kind, int(order or 1), shapes, ranges, person))
    return rows


def _range(text: str) -> tuple[float, float]:
    low, _, high = text.partition("..")
    return float(low), float(high)


ROWS = read_rows(FOLDER / "formulas.tsv")
ALL_ROWS = [*ROWS, *read_rows(FOLDER / "exercises.tsv")]
EACH_ROW = pytest.mark.parametrize("row", ALL_ROWS, ids=[row.identifier for row in ALL_ROWS])
"""A test for every row of both files."""
