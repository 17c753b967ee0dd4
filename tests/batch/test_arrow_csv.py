"""CSV by Arrow: the same bytes, and the same errors, as without it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphdiff.batch import arrow_csv, arrow_decimals, csv_rows, lines
from graphdiff.batch.csv_rows import CsvReader

Command = Callable[..., Any]
ORJSON, ARROW = "orjson", "pyarrow"
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
    "NA",
    " NA",
    '"NA"',
    "  ",
    '""',
    '"1.5"',
    '" 1.5 "',
    '"1""5"',
    '"1"5',
    '1"5"',
    '"1',
    '"1\n5"',
    '"a\n","b\n"',
    '""""',
    "-0.0",
]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some rows a block."""
    monkeypatch.setattr(lines, "BLOCK", 40)


@pytest.fixture
def chunks(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What Arrow reads of each block: None if it cannot."""
    found: list[Any] = []
    read = arrow_csv.BlockReader.read

    def record(*arguments: Any) -> Any:
        found.append(read(*arguments))
        return found[-1]

    monkeypatch.setattr(arrow_csv.BlockReader, "read", record)
    return found


def both(command: Command, monkeypatch: pytest.MonkeyPatch, table: bytes, *words: str) -> list[Any]:
    """What map does with Arrow and without it."""
    line = ["map", "x*y", "--data", "-", "--from", "csv", *words]
    with_arrow = command(*line, stdin=table)
    with monkeypatch.context() as patch:
        patch.setattr(CsvReader, "_arrow_reader", lambda *arguments: False)
        return [with_arrow, command(*line, stdin=table)]


@pytest.mark.parametrize(
    ("header", "row", "words"),
    [
        ("x,name,y", "{k}.5,a{k},{k}.25", []),
        ("x;name;y", "{k},5;a{k};{k},25", ["--decimal", ","]),
        ("x\tname\ty", '"{k}.5"\t"a ""quoted"", name"\t{k}.25', []),
        ("x,name,y", '"{k},5","a,b","{k},25"', ["--decimal", ","]),
        ("x,name,y\r", '{k}.5,"",{k}.25\r', []),
    ],
)
def test_arrow_reads_blocks_after_the_first(
    header: str,
    row: str,
    words: list[str],
    small_blocks: None,
    chunks: list[Any],
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = "".join(f"{line}\n" for line in [header, *(row.format(k=k) for k in range(60))]).encode()
    with_arrow, without = both(command, monkeypatch, table, *words)
    assert len(chunks) > 10
    assert None not in chunks
    assert with_arrow == without
    assert with_arrow.status == 0
    assert re.search("[,;\t]3525[.,]375[,;\t]59[.,]25[,;\t]59[.,]5$", with_arrow.out.strip())


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("place", [0, *(pytest.param(place, marks=pytest.mark.slow) for place in (1, 2))])
def test_a_cell_of_any_kind(
    cell: str, place: int, small_blocks: None, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [["1.5", "text", "2"] for _ in range(30)]
    rows[20][place] = cell
    table = "x,other,y\n" + "".join(",".join(row) + "\n" for row in rows)
    for words in ([], ["--on-error", "null"], ["--format", "jsonl", "--on-error", "null"], ["--na", "NA,-2"]):
        with_arrow, without = both(command, monkeypatch, table.encode(), *words)
        assert with_arrow == without


def test_rows_without_finite_results(small_blocks: None, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    table = "x,y\n" + "".join("1e200,1e200\n" if k % 7 == 0 else f"{k}.5,2\n" for k in range(60))
    with_arrow, without = both(command, monkeypatch, table.encode(), "--on-error", "null")
    assert with_arrow == without
    assert "9 of 60 rows have no results" in with_arrow.err


def test_lines_that_end_as_in_windows(small_blocks: None, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = "1.5,2\r\n" * 20
    for odd in ("", "1,2\n", "1,\r2\r\n", "\r\n", "1,\r\n"):
        with_arrow, without = both(command, monkeypatch, f"x,y\r\n{plain}{odd}{plain}".encode(), "--on-error", "null")
        assert with_arrow == without
    monkeypatch.setattr(CsvReader, "_read_numbers", lambda *arguments: pytest.fail("a block was not read by Arrow"))
    monkeypatch.setattr(csv_rows, "LONG_BLOCK", 0)
    table = f"x,y\r\n{plain}".encode()
    assert command("map", "x*y", "--data", "-", "--from", "csv", stdin=table).status == 0


def test_zeros_and_numbers_that_are_too_small(
    small_blocks: None, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cell in ("0", "-0.0", "0e5", "0E-999", "1e-400", "1E-400", f"0.{'0' * 330}1", f"0.{'0' * 400}"):
        table = "x,y\n" + "1,2\n" * 30 + f"{cell},2\n" + "1,2\n" * 30
        with_arrow, without = both(command, monkeypatch, table.encode(), "--on-error", "null")
        assert with_arrow == without
        is_too_small = "1" in cell.lower().split("e")[0]
        assert ("too small" in with_arrow.err) == is_too_small, cell


@pytest.mark.parametrize("cell", ["1.5", "1,5", "5", "-1.000,5", "NA", "1,5,5", ",5", "1e-5", "1,5e3", ""])
def test_decimal_commas(cell: str, small_blocks: None, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    table = "x;y\n" + "1,5;2\n" * 20 + f"{cell};2\n" + "1,5;2\n" * 20
    words = ["--decimal", ",", "--on-error", "null", "--na", "NA"]
    with_arrow, without = both(command, monkeypatch, table.encode(), *words)
    assert with_arrow == without


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("abc", ["--na", "-2"]),
        ("true", []),
        ("1e400", []),
        ('"1,234.5"', ["--thousands", ","]),
        ("1 234", ["--thousands", "space"]),
        ("1.234", ["--thousands", ".", "--decimal", ","]),
    ],
)
def test_cells_that_python_reads(
    cell: str,
    words: list[str],
    small_blocks: None,
    chunks: list[Any],
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Blocks with such cells are read by Arrow all the same."""
    table = "x;y\n" + f"1;2\n-2;3\n{cell};2\n" * 20
    with_arrow, without = both(command, monkeypatch, table.encode(), "--on-error", "null", *words)
    assert with_arrow == without
    assert chunks
    assert None not in chunks


def test_blank_lines_of_one_column(small_blocks: None, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    table = "x\n" + "1.5\n" * 20 + "\n" + "1.5\n" * 20
    monkeypatch.setattr(csv_rows, "LONG_BLOCK", 0)
    line = ["map", "x^2", "--data", "-", "--from", "csv"]
    assert command(*line, stdin=table.encode()).out.count("1.5,2.25,3.0\n") == 40
    assert command("map", "w^2", "--at", "w=1", *line[2:], stdin=table.encode()).out.count("1.5,1.0,2.0\n") == 40


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


@pytest.fixture(params=[ORJSON, ARROW])
def texts_of(request: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The function that writes columns, by one library or the other."""
    if request.param == ORJSON:
        pytest.importorskip(ORJSON, reason="orjson is not installed")
    else:
        monkeypatch.setattr(arrow_decimals, ORJSON, None)
    return arrow_decimals.texts_of


def test_the_shortest_decimals(texts_of: Callable[..., Any]) -> None:
    random = np.random.default_rng(1)
    powers = 10.0 ** np.arange(-330, 309)
    numbers = np.concatenate(
        [
            random.normal(size=2000) * 10.0 ** random.integers(-12, 18, 2000),
            random.integers(-(10**17), 10**17, 500).astype(float),
            *(powers, np.nextafter(powers, 0), np.nextafter(powers, math.inf), -powers),
            [0.0, -0.0, 5e-324, 1.7976931348623157e308, 2.0**53, 123456789.125, math.inf, -math.inf, math.nan],
        ]
    )
    assert texts_of([numbers], (), ",").to_pylist() == [f",{number!r}" for number in numbers.tolist()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows_of_several_columns(delimiter: str, texts_of: Callable[..., Any]) -> None:
    columns = [np.array([0.5, 1e-9, math.nan]), np.array([3.0, math.inf, 2e-300]), np.array([-0.0, 1e300, 4.25])]
    cells = [["0.5", "3.0", "-0.0"], ["1e-09", "inf", "1e+300"], ["", "", ""]]
    texts = texts_of(columns, {2}, delimiter).to_pylist()
    assert texts == ["".join(f"{delimiter}{cell}" for cell in row) for row in cells]
