"""graphdiff map from Parquet to Parquet against Polars with handwritten gradients, as whole processes; and its memory
is constant up to 10^7 rows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")

import pyarrow  # noqa: E402

MILLION = 10**6
NEURON = "1/(1+exp(-(w0*x0+w1*x1+w2)))"
NAMES = ["w0", "x0", "w1", "x1", "w2"]
BY_HAND = """
import sys
import polars
from polars import col

data = polars.read_parquet(sys.argv[1])
data = data.with_columns(value=1 / (1 + (-(col.w0 * col.x0 + col.w1 * col.x1 + col.w2)).exp()))
slope = col.value * (1 - col.value)
data = data.with_columns(
    d_w0=slope * col.x0, d_x0=slope * col.w0, d_w1=slope * col.x1, d_x1=slope * col.w1, d_w2=slope
)
data.write_parquet(sys.argv[2])
"""
OURS = """
import sys
from graphdiff.cli.main import run

sys.exit(run(sys.argv[1:]))
"""
# Not getrusage, whose peak is that of the parent before exec as well.
PEAK = """
import re, sys
from graphdiff.cli.main import run

status = run(sys.argv[1:])
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
sys.exit(status)
"""


def write_table(path: Path, millions: int) -> Path:
    """Random points, a million in each group."""
    chance = np.random.default_rng(0)
    schema = pyarrow.schema([(name, pyarrow.float64()) for name in NAMES])
    with parquet.ParquetWriter(path, schema) as writer:
        for _ in range(millions):
            columns = [chance.normal(size=MILLION) for _ in NAMES]
            writer.write_table(pyarrow.table(columns, schema=schema))
    return path


def run(code: str, *words: str) -> str:
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, check=True, text=True).stdout


def test_rows_of_parquet(tmp_path: Path, compare: Callable[..., None]) -> None:
    pytest.importorskip("polars", reason="polars is not installed")
    table = str(write_table(tmp_path / "points.parquet", 3))
    ours, theirs = str(tmp_path / "ours.parquet"), str(tmp_path / "theirs.parquet")
    compare(
        "map of 3·10^6 rows of Parquet, Polars by hand",
        1.0,
        lambda: run(OURS, "map", NEURON, "--data", table, "-o", ours),
        lambda: run(BY_HAND, table, theirs),
        rounds=7,
    )
    one, other = parquet.read_table(ours), parquet.read_table(theirs)
    assert one.num_rows == 3 * MILLION
    # Where the value is near 1, 1 - value loses digits by hand.
    for name in [*NAMES, "value", *(f"d_{each}" for each in NAMES)]:
        np.testing.assert_allclose(one[name].to_numpy(), other[name].to_numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is read from /proc")
def test_memory_is_flat(tmp_path: Path, capsys: Any) -> None:
    peaks = {}
    for millions in (1, 3, 10):
        table = write_table(tmp_path / "points.parquet", millions)
        out = str(tmp_path / "out.parquet")
        peaks[millions] = min(int(run(PEAK, "map", NEURON, "--data", str(table), "-o", out)) for _ in range(3))
    with capsys.disabled():
        print("".join(f" {peak / 1024:.0f} MiB for {count}·10^6 rows" for count, peak in peaks.items()))
    assert peaks[10] <= 1.1 * peaks[1]
