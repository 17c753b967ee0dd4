"""kill -9 at any moment: a result is complete or absent, and the next run removes what the killed one left."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

if os.name != "posix":
    pytest.skip("platform: signals and file modes of POSIX", allow_module_level=True)

Content = bytes | dict[str, bytes] | None
"""Of a file, of the files in a folder by their paths; None where there is nothing."""
GRAPHDIFF = [sys.executable, "-m", "graphdiff"]
KILLS = 3
ROWS = 20_000
FILES = 8
MAP = ["map", "(x+y)*x"]
CIRCUIT = [" + ".join(f"sin(x*{i})" for i in range(1, 15)), "--at", "x=0.5"]
WORK = {
    "csv": [*MAP, "--data", "in.csv", "-o", "out.csv"],
    "jsonl": [*MAP, "--data", "in.csv", "-o", "out.jsonl"],
    "parquet": [*MAP, "--data", "in.csv", "-o", "out.parquet"],
    "files": [*MAP, "--data", "points", "-o", "out"],
    "dask": [*MAP, "--data", "points", "-o", "out", "--engine", "dask"],
    "svg": ["draw", *CIRCUIT, "-o", "out.svg"],
    "page": ["draw", *CIRCUIT, "-o", "out.html"],
    "steps": ["draw", *CIRCUIT, "--steps", "out"],
    "compile": ["compile", CIRCUIT[0], "--to", "c", "-o", "out.c"],
}


def content(path: Path) -> Content:
    if path.is_dir():
        return {str(each.relative_to(path)): each.read_bytes() for each in path.rglob("*") if each.is_file()}
    return path.read_bytes() if path.exists() else None


def start_process(words: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*GRAPHDIFF, *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def count_kills(words: Sequence[str], folder: Path, kills: int) -> Counter[str]:
    """Kill a command this many times, at moments spread over the time that it takes, and count when the kills hit it.

    A file that it writes exists before, a folder does not. Raises AssertionError if a result is incomplete, or if
    leftovers accumulate."""
    rows = [f"{row / 7!r},{row % 11}" for row in range(ROWS)]
    (folder / "in.csv").write_text("\n".join(["x,y", *rows]))
    (folder / "points").mkdir()
    for number in range(FILES):
        (folder / "points" / f"{number}.csv").write_text("\n".join(["x,y", *rows[number::FILES]]))
    out = folder / next(word for word in words if word.startswith("out"))
    there = {"in.csv", "points"}
    start = time.monotonic()
    assert start_process(words, folder).wait(timeout=120) == 0
    duration = time.monotonic() - start
    assert set(os.listdir(folder)) == {*there, out.name}
    whole = content(out)
    assert whole
    before = b"before\n" if out.is_file() else None
    chance = random.Random(1)
    hits: Counter[str] = Counter()
    for number in range(kills):
        if before is not None:
            out.write_bytes(before)
        elif out.exists():
            shutil.rmtree(out)
        process = start_process(words, folder)
        time.sleep(duration * (number + chance.random()) / kills)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=60)
        left = set(os.listdir(folder)) - {*there, out.name}
        assert len(left) <= 1
        assert all(name.startswith(f".{out.name}.") and ".part" in name for name in left)
        current = content(out)
        assert current in (before, whole)
        hits["after" if current == whole else "within" if left else "before"] += 1
    if before is None and out.exists():
        shutil.rmtree(out)
    assert start_process(words, folder).wait(timeout=120) == 0
    assert set(os.listdir(folder)) == {*there, out.name}
    assert content(out) == whole
    return hits


@pytest.mark.slow
@pytest.mark.parametrize("name", WORK)
def test_whole_or_not_at_all(name: str, tmp_path: Path) -> None:
    library = {"parquet": "pyarrow", "dask": "distributed"}.get(name)
    if library is not None:
        pytest.importorskip(library, reason=f"the extra {name} is not installed")
    count_kills(WORK[name], tmp_path, 1 if name == "dask" else KILLS)  # a cluster takes its time to start
