"""graphdiff map: what a formula needs to know of the table before it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.mark.parametrize(
    "formula",
    [
        "sum(x[k]*w[k] for k in range(len(x)))",
        r"\sum_{k=1}^n x_k w_k",
        "def f(x, w):\n  s = 0*w[0]\n  for k in range(len(x)):\n    s = s + x[k]*w[k]\n  return s",
    ],
)
@pytest.mark.parametrize("place", ["pipe", "file"])
def test_the_first_row_gives_sizes(formula: str, place: str, command: Command, tmp_path: Path) -> None:
    table = b'\n{"x": [1, 2], "w": [3, 4]}\n{"x": [5, 6], "w": [7, 8]}\n'
    path = tmp_path / "table.jsonl"
    path.write_bytes(table)
    result = command("map", formula, "--data", "-" if place == "pipe" else str(path), stdin=table)
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [row["value"] for row in rows] == [11, 83]
    assert [row["d_x"] for row in rows] == [[3, 4], [7, 8]]


def test_the_first_row_gives_names(command: Command) -> None:
    result = command("map", r"\frac{rate}{x}", "--data", "-", "--wrt", "x", stdin=b"rate,x\n6,2\n")
    assert result.out == "rate,x,value,d_x\n6,2,3.0,-1.5\n"
