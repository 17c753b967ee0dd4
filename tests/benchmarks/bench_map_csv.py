"""graphdiff map from CSV to CSV against Polars with handwritten gradients, as whole processes; and its memory is
constant up to 10^7 rows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from support.neuron import INPUTS
from support.neuron_tables import MILLION, by_graphdiff, by_hand, peaks

pytest.importorskip("orjson", reason="the extra csv is not installed")


def write_table(path: Path, millions: int) -> Path:
    """Random points, with all their digits; the same million again and again."""
    chance = np.random.default_rng(0)
    blocks = []
    for _ in range(10):
        rows = chance.normal(size=(MILLION // 10, len(INPUTS))).tolist()
        blocks.append("".join(f"{','.join(map(repr, row))}\n" for row in rows))
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(INPUTS) + "\n")
        for _ in range(millions):
            file.writelines(blocks)
    return path


def test_rows_of_csv(tmp_path: Path, compare: Callable[..., None]) -> None:
    pytest.importorskip("polars", reason="polars is not installed")
    table = write_table(tmp_path / "points.csv", 1)
    ours, theirs = tmp_path / "ours.csv", tmp_path / "theirs.csv"
    compare(
        "map of 10^6 rows of CSV, Polars by hand",
        1.5,
        lambda: by_graphdiff(table, ours),
        lambda: by_hand("csv", table, theirs),
        rounds=7,
    )
    one, other = (np.loadtxt(path, delimiter=",", skiprows=1, max_rows=20_000) for path in (ours, theirs))
    # Where the value is near 1, 1 - value loses digits by hand.
    np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    with open(ours, "rb") as file:
        assert sum(1 for _ in file) == MILLION + 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is read from /proc")
def test_memory_is_flat(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        found = peaks(write_table, tmp_path / "points.csv")
    assert found[10] <= 1.1 * found[1]
