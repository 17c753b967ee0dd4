"""Data that another thread writes: all of it, in order, or none after an error."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from graphdiff.batch import lines
from graphdiff.batch.background import BackgroundWriter

Command = Callable[..., Any]


def piece(number: int, threads: set[str]) -> list[bytes]:
    threads.add(threading.current_thread().name)
    return [str(number).encode(), b"\n"]


def write_numbers(file: BinaryIO) -> set[str]:
    """Write numbers in all ways, and return the names of the threads that made them."""
    threads: set[str] = set()
    writer = BackgroundWriter(file)
    writer.write(b"numbers\n")
    for number in range(50):
        if number % 10 == 9:
            writer.write(b"".join(piece(number, set())))
        else:
            writer.write_later(lambda number=number: piece(number, threads))  # type: ignore[misc]
    writer.close()
    return threads


EXPECTED = b"numbers\n" + b"".join(b"%d\n" % number for number in range(50))


def test_pieces_stand_in_order(tmp_path: Path) -> None:
    with open(tmp_path / "numbers", "wb") as file:
        threads = write_numbers(file)
    assert (tmp_path / "numbers").read_bytes() == EXPECTED
    assert threads - {threading.current_thread().name}


def test_no_thread_writes_to_a_pipe_or_into_memory() -> None:
    memory = io.BytesIO()
    assert write_numbers(memory) == {threading.current_thread().name}
    assert memory.getvalue() == EXPECTED
    read_end, write_end = os.pipe()
    with open(read_end, "rb") as source, open(write_end, "wb") as file:
        assert write_numbers(file) == {threading.current_thread().name}
        file.close()
        assert source.read() == EXPECTED


def test_where_no_thread_can_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ThreadPoolExecutor, "submit", fail)
    with open(tmp_path / "numbers", "wb") as file:
        assert write_numbers(file) == {threading.current_thread().name}
    assert (tmp_path / "numbers").read_bytes() == EXPECTED


def test_nothing_follows_an_error(tmp_path: Path) -> None:
    def fail() -> list[bytes]:
        raise OSError("the disk is full")

    def write(file: BinaryIO) -> None:
        with closing(BackgroundWriter(file)) as writer:
            writer.write_later(lambda: piece(1, set()))
            writer.write_later(fail)
            for _ in range(50):
                writer.write_later(lambda: piece(2, set()))

    with open(tmp_path / "numbers", "wb") as file, pytest.raises(OSError, match="full"):
        write(file)
    assert (tmp_path / "numbers").read_bytes() == b"1\n"


def test_map_into_a_file(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK", 100)
    rows = [f"{k / 7},a{k},{k}.25" for k in range(200)]
    rows[150] = 'odd,"a,b",2'
    table = "\n".join(["x,name,y", *rows, ""])
    correct = table.replace("odd", "1.5")
    piped = command("map", "x*y", "--data", "-", stdin=correct.encode())
    (tmp_path / "table.csv").write_text(correct)
    for name in ("result.csv", "result.csv.gz"):
        assert command("map", "x*y", "--data", str(tmp_path / "table.csv"), "-o", str(tmp_path / name)).status == 0
    assert (tmp_path / "result.csv").read_text() == piped.out
    (tmp_path / "table.csv").write_text(table)
    result = command("map", "x*y", "--data", str(tmp_path / "table.csv"), "-o", str(tmp_path / "other.csv"))
    assert "line 152, column 'x'" in result.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["result.csv", "result.csv.gz", "table.csv"]
