"""Parts on a real cluster of processes, one of which is killed while it works, and the errors of a cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
if os.name == "nt":
    pytest.skip("platform: named pipes and signals of POSIX", allow_module_level=True)

pytestmark = pytest.mark.slow
Command = Callable[..., Any]
PRODUCT = ["map", "(x+y)*z", "--engine", "dask"]
PARTS = 20
ROWS = 50
PIPED = 10_000
"""Rows of a part that comes through a pipe: more than the pipe and a reader's buffer hold."""


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Two worker processes with one thread each; new ones for every test, because some tests end or disable them."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50
    ) as running:
        yield running


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    with distributed.Client(cluster, set_as_default=False) as connected:
        yield connected


@pytest.fixture
def on_cluster(command: Command, cluster: Any) -> Command:
    """Runs `graphdiff map "(x+y)*z"` on the cluster."""
    return lambda *words: command(*PRODUCT, "--scheduler", cluster.scheduler_address, *words)


def write_points(folder: Path, form: str, sizes: list[int]) -> list[int]:
    """Write files of this many rows with random points and consecutive ids, and return the ids."""
    folder.mkdir()
    chance = np.random.default_rng(1)
    first = 0
    for number, size in enumerate(sizes):
        ids = np.arange(first, first + size)
        columns = dict(zip("xyz", chance.normal(size=(3, size)), strict=True))
        path = folder / f"{number:02}.{form}"
        if form == "parquet":
            pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
            pytest.importorskip("pyarrow.parquet").write_table(pyarrow.table({"id": ids, **columns}), path)
        else:
            rows = zip(ids.tolist(), *(column.tolist() for column in columns.values()), strict=True)
            path.write_text("id,x,y,z\n" + "".join(",".join(map(repr, row)) + "\n" for row in rows))
        first += size
    return list(range(first))


def read_ids(folder: Path) -> list[int]:
    """The ids in all files, in order."""
    ids: list[int] = []
    for path in sorted(folder.iterdir()):
        if path.suffix == ".parquet":
            ids += pytest.importorskip("pyarrow.parquet").read_table(path)["id"].to_pylist()
        else:
            ids += [int(line.partition(",")[0]) for line in path.read_text().splitlines()[1:]]
    return ids


def wait_for(happened: Callable[[], bool]) -> None:
    """Wait until a condition holds. Raises TimeoutError if it does not in time."""
    end = time.monotonic() + 60
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.01)


def kill(process: int) -> None:
    """End a worker's process; its nanny removes it."""

    def is_gone() -> bool:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        return False

    os.kill(process, signal.SIGKILL)
    wait_for(is_gone)


@pytest.fixture
def beside() -> Iterator[Callable[..., None]]:
    """Run a function in a thread, which has to end with the test."""
    threads: list[threading.Thread] = []

    def start(function: Callable[..., None], *values: Any) -> None:
        threads.append(threading.Thread(target=function, args=values, daemon=True))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_worker_is_killed(
    form: str, command: Command, on_cluster: Command, client: Any, beside: Callable[..., None], tmp_path: Path
) -> None:
    """Two parts are pipes, each of which keeps a worker waiting for rows, and one of these workers is killed. Every row
    is in the result once, and is the same as in a local run."""
    points, here, there = tmp_path / "points", tmp_path / "here", tmp_path / "there"
    ids = write_points(points, form, [ROWS] * PARTS + [PIPED] * 2)
    assert command("map", "(x+y)*z", "--data", str(points), "-o", str(here)).status == 0
    pipes = sorted(points.iterdir())[PARTS:]
    contents = [pipe.read_bytes() for pipe in pipes]
    for pipe in pipes:
        pipe.unlink()
        os.mkfifo(pipe)
    partial_files: list[Path] = []

    def feed() -> None:
        opened = [open(pipe, "wb", buffering=0) for pipe in pipes]  # noqa: SIM115 - waits until a worker opens it
        for pipe, file, content in zip(pipes, opened, contents, strict=True):
            file.write(content[: len(content) // 2])
            # Both workers have opened their pipes: a worker that starts a part again finds a file with all its rows.
            whole = tmp_path / "whole"
            whole.write_bytes(content)
            whole.replace(pipe)
        kill(next(iter(client.run(os.getpid).values())))
        partial_files.extend(tmp_path.glob(".there.*.part/.*.part"))
        for file, content in zip(opened, contents, strict=True):
            with closing(file), suppress(BrokenPipeError):  # the killed worker does not read its pipe
                file.write(content[len(content) // 2 :])

    beside(feed)
    words = [word for pipe in pipes for word in ("--data", str(pipe))]
    result = on_cluster("--data", str(points / f"*.{form}"), *words, "-o", str(there))
    assert (result.status, result.out, result.err) == (0, "", "")
    assert read_ids(there) == ids
    assert {path.name: path.read_bytes() for path in there.iterdir()} == {
        path.name: path.read_bytes() for path in here.iterdir()
    }
    assert sorted(os.listdir(tmp_path)) == ["here", "points", "there"]
    if form == "csv":  # a Parquet file is read completely before anything is written
        assert len(partial_files) == 2


def test_workers_that_die_again_and_again(
    on_cluster: Command, cluster: Any, client: Any, beside: Callable[..., None], tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    (tmp_path / "first.csv").write_text("x,y,z\n1,2,3\n")

    def end() -> None:
        with open(pipe, "wb"):
            for process in client.run(os.getpid).values():
                kill(process)

    beside(end)
    cluster.scheduler.allowed_failures = 0
    result = on_cluster("--data", str(tmp_path / "*.csv"), "--data", str(pipe), "-o", str(tmp_path / "out"))
    assert (result.status, result.out) == (2, "")
    assert "1 workers died at" in result.err
    assert sorted(os.listdir(tmp_path)) == ["first.csv", "pipe.csv"]


@pytest.mark.parametrize("engine", ["local", "dask"])
def test_the_first_error_in_the_order_of_files(
    engine: str, command: Command, on_cluster: Command, tmp_path: Path
) -> None:
    points = tmp_path / "points"
    write_points(points, "csv", [ROWS] * PARTS)
    for name in ("17", "11", "05"):
        with open(points / f"{name}.csv", "a") as file:
            file.write("1,2,3,?\n")
    run: Command = on_cluster if engine == "dask" else partial(command, "map", "(x+y)*z")
    result = run("--data", str(points), "-o", str(tmp_path / "out"))
    assert result.status == 2
    assert result.err.startswith("error: '")
    assert f"05.csv': line {ROWS + 2}, column 'z': '?' is not a number" in result.err
    assert os.listdir(tmp_path) == ["points"]
    result = run("--data", str(points), "-o", str(tmp_path / "out"), "--on-error", "null")
    assert result.status == 0
    assert f"3 of {PARTS * ROWS + 3:,} rows have no results; the first error: '" in result.err
    assert f"05.csv': line {ROWS + 2}" in result.err


def test_options_reach_the_workers(on_cluster: Command, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n-800\n")
    words = ["--data", str(tmp_path / "*.csv"), "--at", "y=2,z=1", "-o", str(tmp_path / "out")]
    assert on_cluster(*words, "--wrt", "z", "--format", "jsonl").status == 0
    assert (tmp_path / "out" / "a.jsonl").read_text() == '{"x": -800.0, "value": -798.0, "d_z": -798.0}\n'
    (tmp_path / "a.csv").write_text("x\n1e308\n")
    result = on_cluster("--data", str(tmp_path / "*.csv"), "--at", "y=1e308,z=10", "-o", str(tmp_path / "other"))
    assert result.status == 3
    assert "a.csv': line 2, column 'value': the value is inf" in result.err


def test_files_that_a_worker_has_not(on_cluster: Command, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y,z\n1,2,3\n")
    words = ["--data", str(tmp_path / "a.csv"), "--data", str(tmp_path / "b.csv")]
    result = on_cluster(*words, "-o", str(tmp_path / "out"))
    assert result.status == 2
    assert "b.csv': cannot read the file: No such file" in result.err
    assert "in a shared folder" in result.err


def other_version() -> None:
    import graphdiff

    graphdiff.__version__ = "0.0.1"


def no_module() -> None:
    sys.modules["graphdiff.batch.parts"] = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (other_version, "a worker has graphdiff 0.0.1, not "),
        (no_module, "ModuleNotFoundError: import of graphdiff.batch.parts halted"),
    ],
)
def test_workers_of_another_kind(
    spoil: Callable[[], None], message: str, on_cluster: Command, client: Any, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("x,y,z\n1,2,3\n")
    client.run(spoil)
    result = on_cluster("--data", str(tmp_path / "a.csv"), "-o", str(tmp_path / "out"))
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert "every worker: pip install graphdiff-cli==" in result.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "-"], "standard input cannot be one of several tables"),
        (["--data", "{points}"], "several tables need an output folder"),
        (["--data", "{points}", "-o", "{points}"], "it exists and is not an empty folder"),
    ],
)
def test_wrong_command_lines(words: list[str], message: str, command: Command, tmp_path: Path) -> None:
    points = tmp_path / "points"
    write_points(points, "csv", [1])
    result = command(*PRODUCT, *(word.format(points=points, out=tmp_path / "out") for word in words))
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert os.listdir(tmp_path) == ["points"]


def test_dask_wants_its_library(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "graphdiff.batch.cluster", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    (tmp_path / "a.csv").write_text("x,y,z\n1,2,3\n")
    result = command(*PRODUCT, "--data", str(tmp_path / "a.csv"), "-o", str(tmp_path / "out"))
    assert (result.status, "pip install 'graphdiff-cli[dask]'" in result.err) == (2, True)


def test_a_cluster_of_its_own_ends_at_ctrl_c(tmp_path: Path) -> None:
    """A terminal sends it to every process. Without the address of a scheduler, the command starts the cluster."""
    points, pipe = tmp_path / "points", tmp_path / "pipe.csv"
    write_points(points, "csv", [1, 1])
    words = [sys.executable, "-m", "graphdiff", *PRODUCT, "-o", str(tmp_path / "out"), "--data", str(points)]
    assert subprocess.run(words, capture_output=True, check=True).stderr == b""
    assert read_ids(tmp_path / "out") == [0, 1]
    os.mkfifo(pipe)
    words[words.index("-o") + 1] = str(tmp_path / "other")
    with (
        subprocess.Popen([*words, "--data", str(pipe)], stderr=subprocess.PIPE, start_new_session=True) as process,
        open(pipe, "wb"),  # now a worker waits for rows
    ):
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (130, b"")
    assert sorted(os.listdir(tmp_path)) == ["out", "pipe.csv", "points"]
