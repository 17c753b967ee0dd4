"""graphdiff map on 10^6 rows of CSV against pandas with handwritten gradients; and its memory is constant."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROWS = 10**6
NEURON = "1/(1+exp(-(w0*x0+w1*x1+w2)))"
NAMES = ["w0", "x0", "w1", "x1", "w2"]
TIMES = 4
# Not getrusage, whose peak is that of the parent before exec as well.
PEAK = """
import re, sys
from graphdiff.cli.main import run
status = run(sys.argv[1:])
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
sys.exit(status)
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "points.csv"
    write_table(path, ROWS)
    return path


def write_table(path: Path, count: int) -> None:
    """Random points, with all their digits."""
    chance = np.random.default_rng(0)
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(NAMES) + "\n")
        for _ in range(0, count, 10**5):
            rows = chance.normal(size=(10**5, len(NAMES))).tolist()
            file.writelines([",".join(map(repr, row)) + "\n" for row in rows])


def by_hand(source: Path, target: Path) -> None:
    """What one writes for this in pandas."""
    import pandas

    data = pandas.read_csv(source)
    value = 1 / (1 + np.exp(-(data.w0 * data.x0 + data.w1 * data.x1 + data.w2)))
    slope = value * (1 - value)
    data["value"] = value
    data["d_w0"] = slope * data.x0
    data["d_x0"] = slope * data.w0
    data["d_w1"] = slope * data.x1
    data["d_x1"] = slope * data.w1
    data["d_w2"] = slope
    data.to_csv(target, index=False)


def test_rows_of_csv(table: Path, tmp_path: Path, compare: Callable[..., None]) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    from graphdiff.cli.main import run

    words = ["map", NEURON, "--data", str(table), "-o", str(tmp_path / "ours.csv")]
    theirs = tmp_path / "theirs.csv"
    compare("map of 10^6 rows of CSV", 1, lambda: run(words), lambda: by_hand(table, theirs), rounds=3)
    assert same_numbers(tmp_path / "ours.csv", table, theirs)


def same_numbers(ours: Path, table: Path, theirs: Path) -> bool:
    """Whether the first rows of both are alike."""
    by_hand(table, theirs)
    one, other = (np.loadtxt(path, delimiter=",", skiprows=1, max_rows=1000) for path in (ours, theirs))
    return np.allclose(one, other, rtol=1e-12, atol=0)


def peak(path: Path) -> int:
    """The most memory that a process took for a table, in KiB, as Linux tells it."""
    words = ["map", NEURON, "--data", str(path), "-o", str(path.with_suffix(".out"))]
    done = subprocess.run([sys.executable, "-c", PEAK, *words], capture_output=True, check=True)
    path.with_suffix(".out").unlink()
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is read from /proc")
def test_memory_is_flat(table: Path, tmp_path: Path, capsys: Any) -> None:
    header, _, rows = table.read_bytes().partition(b"\n")
    large = tmp_path / "large.csv"
    with open(large, "wb") as file:
        file.write(header + b"\n")
        for _ in range(TIMES):
            file.write(rows)
    del rows
    few, many = peak(table), peak(large)
    with capsys.disabled():
        print(f" at most {few / 1024:.0f} MiB for {ROWS:,} rows, {many / 1024:.0f} MiB for {TIMES * ROWS:,}")
    assert many <= 1.1 * few
