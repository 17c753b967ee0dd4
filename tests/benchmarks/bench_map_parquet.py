"""graphdiff map from Parquet to Parquet against Polars with handwritten gradients, as whole processes; and its memory
is constant up to 10^7 rows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from support.neuron import INPUTS
from support.neuron_tables import MILLION, by_graphdiff, by_hand, peaks

parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")

import pyarrow  # noqa: E402


def write_table(path: Path, millions: int) -> Path:
    """Random points, a million in each group."""
    chance = np.random.default_rng(0)
    schema = pyarrow.schema([(name, pyarrow.float64()) for name in INPUTS])
    with parquet.ParquetWriter(path, schema) as writer:
        for _ in range(millions):
            columns = [chance.normal(size=MILLION) for _ in INPUTS]
            writer.write_table(pyarrow.table(columns, schema=schema))
    return path


def test_rows_of_parquet(tmp_path: Path, compare: Callable[..., None]) -> None:
    pytest.importorskip("polars", reason="polars is not installed")
    table = write_table(tmp_path / "points.parquet", 3)
    ours, theirs = tmp_path / "ours.parquet", tmp_path / "theirs.parquet"
    compare(
        "map of 3·10^6 rows of Parquet, Polars by hand",
        1.0,
        lambda: by_graphdiff(table, ours),
        lambda: by_hand("parquet", table, theirs),
        rounds=7,
    )
    one, other = parquet.read_table(ours), parquet.read_table(theirs)
    assert one.num_rows == 3 * MILLION
    # Where the value is near 1, 1 - value loses digits by hand.
    for name in [*INPUTS, "value", *(f"d_{each}" for each in INPUTS)]:
        np.testing.assert_allclose(one[name].to_numpy(), other[name].to_numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is read from /proc")
def test_memory_is_flat(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        found = peaks(write_table, tmp_path / "points.parquet")
    assert found[10] <= 1.1 * found[1]
