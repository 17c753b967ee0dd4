"""LaTeX read as a graph, and the files of LaTeX formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from graphdiff.graph.graph import Graph
from graphdiff.language.program import Program
from graphdiff.language.tree import Statement
from graphdiff.operations.shapes import Shape
from graphdiff.reading.latex.reader import read_latex
from graphdiff.reading.reading import Reading
from graphdiff.source import Source

FOLDER = Path(__file__).parent.parent / "reading"


class LatexFormula(NamedTuple):
    """A line of latex_formulas.tsv: meaning is the same formula for support/judge.py."""

    origin: str
    latex: str
    meaning: str
    point: dict[str, float]


def read_latex_formulas() -> list[LatexFormula]:
    """The formulas of the file, whose first lines describe its format."""
    formulas = []
    for line in (FOLDER / "latex_formulas.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            origin, latex, meaning, point = line.split("\t")
            values = dict(pair.split("=") for pair in point.split())
            formulas.append(LatexFormula(origin, latex, meaning, {name: float(text) for name, text in values.items()}))
    return formulas


def read_refused() -> list[str]:
    """Texts that are no formulas that graphdiff computes."""
    return (FOLDER / "latex_refused.txt").read_text("utf-8").splitlines()[1:]


def ranks_of(point: Mapping[str, Any]) -> dict[str, int]:
    return {name: np.ndim(value) for name, value in point.items()}


def read(text: str, ranks: Mapping[str, int] | None = None, shapes: Mapping[str, Shape] = {}) -> tuple[Graph, Reading]:
    """The graph that a LaTeX text means, and how it was read; loops along arrays need the shapes of these."""
    reading = read_latex(Source(text), ranks or {})
    return graph_of(text, reading.statements, shapes), reading


def graph_of(text: str, statements: Sequence[Statement], shapes: Mapping[str, Shape] = {}) -> Graph:
    return Program(Source(text), statements, shapes=lambda: shapes).graph()
