"""graphdiff map: dialects of CSV, and tables in other formats."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_dialects(command: Command, delimiter: str, mark: str, ending: str) -> None:
    rows = [["x", "name", "y"], ["1", "a b", "2"], ["3", "", "4"]]
    table = mark + "".join(delimiter.join(cells) + ending for cells in rows)
    for text in (table, table.removesuffix(ending), f"{table}{ending}"):
        result = command("map", "(x+y)*z", "--data", "-", "--at", "z=1", "--wrt", "x", stdin=text.encode())
        assert (result.status, result.err) == (0, "")
        added = ["value", "d_x"], ["3.0", "1.0"], ["7.0", "1.0"]
        joined = [delimiter.join([*cells, *more]) for cells, more in zip(rows, added, strict=True)]
        assert result.out == mark + "".join(line + ending for line in joined)


def test_formats_by_name_and_by_first_bytes(command: Command, tmp_path: Path) -> None:
    (tmp_path / "points").write_bytes(b' {"x": 2}\n')
    (tmp_path / "points.tsv").write_bytes(b"x\tk\n2\ta\n")
    squares = ["map", "x^2", "--data"]
    assert command(*squares, str(tmp_path / "points")).out == '{"x": 2, "value": 4.0, "d_x": 4.0}\n'
    assert command(*squares, str(tmp_path / "points.tsv")).out == "x\tk\tvalue\td_x\n2\ta\t4.0\t4.0\n"
    out = tmp_path / "out.jsonl"
    result = command(*squares, str(tmp_path / "points.tsv"), "-o", str(out))
    assert (result.out, result.err) == ("", "")
    assert json.loads(out.read_text()) == {"x": 2, "k": "a", "value": 4, "d_x": 4}
    command(*squares, str(tmp_path / "points.tsv"), "-o", str(out), "--format", "csv")
    assert out.read_text() == "x\tk\tvalue\td_x\n2\ta\t4.0\t4.0\n"
    tabs = tmp_path / "out.tsv"
    command(*squares, "-", "-o", str(tabs), stdin=b'k,x\n"a\tb, c",1.50\n')
    assert tabs.read_text() == 'k\tx\tvalue\td_x\n"a\tb, c"\t1.50\t2.25\t3.0\n'
    result = command(*squares, "-", "--from", "csv", stdin=b"{x,x\n1,2\n")
    assert result.out == "{x,x,value,d_x\n1,2,4.0,4.0\n"


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("form", "table", "message"),
    [
        ("csv", '{"x": 1}\n{"x": 1, "k": 2}', "line 2 has the name 'k', which the first row does not have"),
        ("jsonl", "x,k,k\n1,2,3\n", "duplicate column 'k', which JSON lines does not allow"),
        ("parquet", "x,k,k\n1,2,3\n", "duplicate column 'k', which Parquet does not allow"),
        (
            "parquet",
            '{"x": 1, "k": 2}\n{"x": 1, "k": "a"}\n',
            "line 1 and the following, column 'k': values of different types",
        ),
    ],
)
def test_what_a_format_cannot_hold(command: Command, tmp_path: Path, form: str, table: str, message: str) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    result = command("map", "x", "--data", "-", "--format", form, "-o", str(tmp_path / "out"), stdin=table.encode())
    assert (result.status, os.listdir(tmp_path)) == (2, [])
    assert message in result.err


def test_parquet(command: Command, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table(
        {
            "when": pyarrow.array([1, None, 3], pyarrow.timestamp("ms")),
            "x": pyarrow.array([1, 2, 3], pyarrow.int16()),
            "y": pyarrow.array([0.5, None, 2.0], pyarrow.float32()),
            "v": [[1.0], [2.0], None],
        }
    )
    path, out = tmp_path / "points.parquet", tmp_path / "out.parquet"
    parquet.write_table(table, path)
    result = command("map", "x*y", "--data", str(path), "-o", str(out))
    assert result.status == 2
    assert "row 2, column 'y': the cell is empty" in result.err
    assert not out.exists()
    result = command("map", "x*y", "--data", str(path), "-o", str(out), "--on-error", "null")
    assert "1 of 3 rows" in result.err
    result_table = parquet.read_table(out)
    assert result_table.select(table.column_names).equals(table)
    assert result_table.select(["value", "d_x", "d_y"]).to_pylist() == [
        {"value": 0.5, "d_x": 0.5, "d_y": 1},
        {"value": None, "d_x": None, "d_y": None},
        {"value": 6, "d_x": 2, "d_y": 3},
    ]
    result = command(
        "map", "sum(v*x)", "--data", "-", "--on-error", "null", "--format", "jsonl", stdin=path.read_bytes()
    )
    assert json.loads(result.out.splitlines()[1]) == {
        "when": None,
        "x": 2,
        "y": None,
        "v": [2],
        "value": 4,
        "d_v": [2],
        "d_x": 2,
    }
    result = command("map", "log(x)", "--data", "-", "--allow-nonfinite", "-o", str(out), stdin=b"k,x\na,0\n")
    assert parquet.read_table(out).to_pylist() == [{"k": "a", "x": 0, "value": -math.inf, "d_x": math.inf}]
    command("map", "x", "--data", "-", "-o", str(out), stdin=b"k,x\n")
    assert parquet.read_table(out).column_names == ["k", "x", "value", "d_x"]


def test_parquet_requires_pyarrow(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "graphdiff.batch.parquet", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = command("map", "x", "--data", "-", stdin=b"PAR1")
    assert (result.status, "pip install 'graphdiff-cli[parquet]'" in result.err) == (2, True)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ('{"x": 1, "x": 2}', "x"),
        ('{"x": 1, "k": {"a": 1, "a": 2}, "y": "a:b", "k": 3}', "k"),
        ('{"µ": 1, "x": 2, "µ": 1}', "µ"),
    ],
)
def test_a_name_that_is_twice_in_a_line(command: Command, row: str, name: str) -> None:
    for data, line in ((row, 1), ('{"x": 1, "k": 2}\n' + row, 2)):
        answer = command("map", "2*x", "--data", "-", "--from", "jsonl", stdin=data.encode())
        assert (answer.status, answer.err) == (2, f"error: line {line} has the name '{name}' twice\n")


def test_objects_in_a_line_are_not_judged(command: Command) -> None:
    row = '{"x": 1, "k": {"a": 1, "a": 2}, "t": "12:30"}\n'
    answer = command("map", "2*x", "--data", "-", "--from", "jsonl", stdin=row.encode())
    assert answer.out == row[:-2] + ', "value": 2.0, "d_x": 2.0}\n'


def test_decimals_and_dates_of_parquet_are_text(command: Command, tmp_path: Path) -> None:
    """What is written can be read: by graphdiff the numbers, by others the dates."""
    pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {
        "x": pyarrow.array([Decimal("1.10"), Decimal("-0.05")]),
        "wide": pyarrow.array([Decimal("123456789012345678901234567890.5"), None], pyarrow.decimal128(38, 1)),
        "day": [date(2024, 2, 29)] * 2,
        "time": [datetime(2024, 2, 29, 12, 30, 0, 5)] * 2,
        "bytes": [b"ab", b"\xff"],
        "true": [True, None],
        "list": [[Decimal("1.5")], []],
        "text": ['say "hi", then', "2"],
    }
    path = tmp_path / "points.parquet"
    parquet.write_table(pyarrow.table(columns), path)
    result = command("map", "2*x", "--data", str(path), "--format", "csv")
    first, second = csv.DictReader(io.StringIO(result.out))
    assert (first["x"], second["x"], first["wide"], second["wide"]) == ("1.10", "-0.05", str(columns["wide"][0]), "")
    assert (first["day"], first["time"]) == ("2024-02-29", "2024-02-29 12:30:00.000005")
    assert (first["bytes"], second["bytes"], first["true"], first["list"]) == ("ab", "\\xff", "true", '["1.5"]')
    assert first["text"] == 'say "hi", then'
    again = command("map", "3*x", "--data", "-", "--from", "csv", "--format", "csv", stdin=_without_results(result.out))
    assert [row["value"] for row in csv.DictReader(io.StringIO(again.out))] == [repr(3 * 1.1), repr(3 * -0.05)]
    lines = command("map", "2*x", "--data", str(path), "--format", "jsonl").out.splitlines()
    assert json.loads(lines[0]) == {
        **{"x": "1.10", "wide": str(columns["wide"][0]), "day": "2024-02-29", "time": "2024-02-29 12:30:00.000005"},
        **{"bytes": "ab", "true": True, "list": ["1.5"], "text": 'say "hi", then', "value": 2.2, "d_x": 2.0},
    }


def _without_results(text: str) -> bytes:
    rows = [row[:-2] for row in csv.reader(io.StringIO(text))]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_many_columns(form: str, command: Command, tmp_path: Path) -> None:
    """The time to find a name that stands twice grows with their number, not with its square."""
    names = [f"c{number}" for number in range(50_000)]
    path = tmp_path / f"wide.{form}"
    if form == "csv":
        path.write_text(",".join(["x", *names, "last", "last"]) + "\n" + ",".join("1" * 50_003) + "\n")
    else:
        path.write_text("{" + ", ".join(f'"{name}": 1' for name in ["x", *names, "last", "last"]) + "}\n")
    start = time.process_time()
    done = command("map", "x", "--data", str(path), "--format", "jsonl")
    assert (done.status, "'last'" in done.err) == (2, True)
    assert time.process_time() - start < 5
