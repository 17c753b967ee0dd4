"""The neuron at the rows of a table, as whole processes: by graphdiff map, and by Polars with handwritten gradients."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from support.neuron import TEXT

MILLION = 10**6
OURS = """
import sys
from graphdiff.cli.main import run

sys.exit(run(sys.argv[1:]))
"""
BY_HAND = """
import sys
import polars
from polars import col

data = polars.read_FORMAT(sys.argv[1])
data = data.with_columns(value=1 / (1 + (-(col.w0 * col.x0 + col.w1 * col.x1 + col.w2)).exp()))
slope = col.value * (1 - col.value)
data = data.with_columns(
    d_w0=slope * col.x0, d_x0=slope * col.w0, d_w1=slope * col.x1, d_x1=slope * col.w1, d_w2=slope
)
data.write_FORMAT(sys.argv[2])
"""
# Not getrusage, whose peak is that of the parent before exec as well.
PEAK = """
import re, sys
from graphdiff.cli.main import run

status = run(sys.argv[1:])
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
sys.exit(status)
"""


def by_graphdiff(table: Path, result: Path) -> None:
    _run(OURS, "map", TEXT, "--data", str(table), "-o", str(result))


def by_hand(form: str, table: Path, result: Path) -> None:
    """By Polars, from and to a format."""
    _run(BY_HAND.replace("FORMAT", form), str(table), str(result))


def peaks(write_table: Callable[[Path, int], Path], table: Path) -> dict[int, int]:
    """The most memory that graphdiff takes for 1, 3 and 10 million rows, in KiB, as Linux reports it."""
    result = table.with_stem("result")
    found = {}
    for millions in (1, 3, 10):
        words = ["map", TEXT, "--data", str(write_table(table, millions)), "-o", str(result)]
        found[millions] = min(int(_run(PEAK, *words)) for _ in range(3))
    print("".join(f" {peak / 1024:.0f} MiB for {millions}·10^6 rows" for millions, peak in found.items()))
    return found


def _run(code: str, *words: str) -> str:
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, check=True, text=True).stdout
