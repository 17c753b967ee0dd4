"""CSV by Arrow: the same bytes, and the same errors, as without it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphdiff.batch import lines
from graphdiff.batch.arrow_csv import _texts
from graphdiff.batch.csv_rows import CsvReader

Command = Callable[..., Any]
CELLS = [
    "1.5",
    "-2",
    "007",
    "1e-5",
    "",
    " 3 ",
    "1,5",
    '"a,b"',
    "'x'",
    "ü",
    "nan",
    "inf",
    "1_0",
    "0x1",
    "+4",
    "1e400",
    "\r",
]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some rows a block."""
    monkeypatch.setattr(lines, "BLOCK", 40)


def both(command: Command, monkeypatch: pytest.MonkeyPatch, table: bytes, *words: str) -> list[Any]:
    """What map does with Arrow and without it."""
    line = ["map", "x*y", "--data", "-", "--from", "csv", *words]
    with_arrow = command(*line, stdin=table)
    with monkeypatch.context() as patch:
        patch.setattr(CsvReader, "_read_by_arrow", lambda *arguments: None)
        return [with_arrow, command(*line, stdin=table)]


def test_arrow_reads_blocks_after_the_first(
    small_blocks: None, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = []
    read = CsvReader._read_by_arrow

    def record(*arguments: Any) -> Any:
        chunks.append(read(*arguments))
        return chunks[-1]

    monkeypatch.setattr(CsvReader, "_read_by_arrow", record)
    rows = "".join(f"{k / 7},a{k},{k}.25\n" for k in range(60))
    result = command("map", "x*y", "--data", "-", stdin=f"x,name,y\n{rows}".encode())
    assert result.status == 0
    assert len(chunks) > 10
    assert None not in chunks
    values = [line.split(",")[3] for line in result.out.splitlines()[1:]]
    assert values == [repr(k / 7 * (k + 0.25)) for k in range(60)]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_cell_of_any_kind(
    cell: str, place: int, small_blocks: None, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [["1.5", "text", "2"] for _ in range(30)]
    rows[20][place] = cell
    table = "x,other,y\n" + "".join(",".join(row) + "\n" for row in rows)
    for words in ([], ["--on-error", "null"], ["--format", "jsonl", "--on-error", "null"]):
        with_arrow, without = both(command, monkeypatch, table.encode(), *words)
        assert with_arrow == without


def test_lines_of_other_kinds(small_blocks: None, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = "1.5,2\n" * 20
    for odd in ("\n", "1\n", "1,2,3\n", "1,2\r\n", '"1","2"\n', '"1\n2",3\n', "1;2\n", "\x01,2\n", "1,2"):
        table = f"x,y\n{plain}{odd}{'' if odd == '1,2' else plain}"
        with_arrow, without = both(command, monkeypatch, table.encode(), "--on-error", "null")
        assert with_arrow == without


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.integers(-5, 5)), min_size=12))
def test_any_numbers(numbers: list[tuple[float, int]], command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(lines, "BLOCK", 40)
        table = "x,y\n" + "".join(f"{x!r},{y}\n" for x, y in numbers)
        with_arrow, without = both(command, monkeypatch, table.encode(), "--allow-nonfinite")
    assert with_arrow == without


@pytest.mark.sampled(1)
def test_the_shortest_decimals() -> None:
    random = np.random.default_rng(1)
    powers = 10.0 ** np.arange(-330, 309)
    numbers = np.concatenate(
        [
            random.normal(size=2000) * 10.0 ** random.integers(-12, 18, 2000),
            random.integers(-(10**17), 10**17, 500).astype(float),
            *(powers, np.nextafter(powers, 0), np.nextafter(powers, math.inf), -powers),
            [0.0, -0.0, 5e-324, 1.7976931348623157e308, 2.0**53, 123456789.125],
        ]
    )
    numbers = numbers[np.isfinite(numbers)]
    assert _texts(numbers).to_pylist() == list(map(repr, numbers.tolist()))
