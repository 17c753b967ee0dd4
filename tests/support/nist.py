"""The Statistical Reference Datasets of NIST for nonlinear regression: data, models and certified results."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy

FOLDER = Path(__file__).parent.parent / "fitting" / "nist"
NAMES = sorted(path.stem for path in FOLDER.glob("*.dat"))


class Dataset(NamedTuple):
    """A dataset: its equation in graphdiff's language, its columns, its two starts, and the certified parameters and
    standard errors by name."""

    equation: str
    columns: dict[str, list[float]]
    starts: list[dict[str, float]]
    parameters: dict[str, float]
    errors: dict[str, float]
    squares: float


def read_dataset(name: str) -> Dataset:
    text = (FOLDER / f"{name}.dat").read_text("ascii")
    model = re.search(r"^ *((?:y|log\[y\]) *=.*?)\+ *e *$\s+Starting", text, re.MULTILINE | re.DOTALL)
    assert model is not None
    equation = " ".join(model[1].split())
    rows = re.findall(r"^\s*(b\d+) =\s*(\S+)\s+(\S+)\s+(\S+)\s+(\S+)", text, re.MULTILINE)
    header, *lines = text[text.rindex("Data:") :].splitlines()
    table = numpy.array([[float(cell) for cell in line.split()] for line in lines if line.strip()]).T
    squares = re.search(r"Residual Sum of Squares:\s+(\S+)", text)
    assert squares is not None
    return Dataset(
        equation.replace("[", "(").replace("]", ")"),
        dict(zip(header.split()[1:], table.tolist(), strict=True)),
        [{row[0]: float(row[column]) for row in rows} for column in (1, 2)],
        {row[0]: float(row[3]) for row in rows},
        {row[0]: float(row[4]) for row in rows},
        float(squares[1]),
    )
