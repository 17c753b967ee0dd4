"""Arrow IPC files and streams, and Feather."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphdiff import GraphdiffError
from graphdiff.batch.formats import reader_of

pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
feather = pytest.importorskip("pyarrow.feather")
ipc = pytest.importorskip("pyarrow.ipc")

Command = Callable[..., Any]
COLUMNS = {"x": [1.5, -3.25], "y": [2, 4], "k": ["007", None], "v": [[1.0], [2.0, 3.0]]}


def file_of(table: Any, is_stream: bool = False, **options: Any) -> bytes:
    buffer = io.BytesIO()
    new = ipc.new_stream if is_stream else ipc.new_file
    with new(buffer, table.schema, options=ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=1)
    return buffer.getvalue()


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("is_pipe", [False, True])
def test_files_and_streams(
    is_pipe: bool, is_stream: bool, compression: str | None, command: Command, tmp_path: Path
) -> None:
    content = file_of(pyarrow.table(COLUMNS), is_stream, compression=compression)
    path = tmp_path / "points"
    path.write_bytes(content)
    data = ["--data", "-"] if is_pipe else ["--data", str(path)]
    target = tmp_path / "result.arrow"
    line = ["map", "x*y*sum(v)", *data, "--wrt", "x,v", "-o", str(target)]
    result = command(*line, **({"stdin": content} if is_pipe else {}))
    assert (result.status, result.err) == (0, "")
    table = feather.read_table(target)
    assert table.select(list(COLUMNS)).to_pydict() == COLUMNS
    assert table.schema.field("y").type == pyarrow.int64()
    assert table["value"].to_pylist() == [3.0, -65.0]
    assert table["d_v"].to_pylist() == [[3.0], [-13.0, -13.0]]


def test_feather(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "points.feather"
    feather.write_feather(pyarrow.table(COLUMNS), str(path))
    result = command("map", "x*y", "--data", str(path), "--format", "jsonl", "--wrt", "x")
    assert json.loads(result.out.splitlines()[1]) == {
        "x": -3.25, "y": 4, "k": None, "v": [2.0, 3.0], "value": -13.0, "d_x": 4.0,
    }  # fmt: skip
    result = command("map", "x*y", "--data", "-", stdin=b"FEA1" + bytes(80))
    assert result.status == 2
    assert "standard input is Feather of version 1" in result.err


def test_results_of_other_formats(command: Command, tmp_path: Path) -> None:
    target = tmp_path / "result.feather"
    result = command("map", "x*y", "--data", "-", "-o", str(target), "--wrt", "x", stdin=b"x,y,k\n1.5,2,a\n-3.25,4,\n")
    assert result.status == 0
    columns = {"x": [1.5, -3.25], "y": [2.0, 4.0], "k": ["a", ""], "value": [3.0, -13.0], "d_x": [2.0, 4.0]}
    assert feather.read_table(target).to_pydict() == columns
    result = command("map", "x", "--data", "-", "--wrt", "x", "-o", str(target), stdin=b"x\n")
    assert result.status == 0
    assert feather.read_table(target).to_pydict() == {"x": [], "value": [], "d_x": []}


@pytest.mark.parametrize("form", ["arrow", "stream", "parquet"])
def test_dictionaries(form: str, command: Command, tmp_path: Path) -> None:
    """Categories, of which a stream and a Parquet file may have other ones in each part."""
    parquet = pytest.importorskip("pyarrow.parquet")
    parts = [{"x": [1.0], "k": pyarrow.array([text]).dictionary_encode()} for text in ("a", "b")]
    table = pyarrow.concat_tables([pyarrow.table(part) for part in parts])
    if form == "parquet":
        buffer = io.BytesIO()
        parquet.write_table(table, buffer, row_group_size=1)
        content = buffer.getvalue()
    else:
        content = file_of(table.unify_dictionaries() if form == "arrow" else table, form == "stream")
    target = tmp_path / "result.arrow"
    assert command("map", "x", "--data", "-", "-o", str(target), stdin=content).status == 0
    assert feather.read_table(target)["k"].to_pylist() == ["a", "b"]


def test_many_files(command: Command, tmp_path: Path) -> None:
    folder, target = tmp_path / "parts", tmp_path / "results"
    folder.mkdir()
    (folder / "a.arrow").write_bytes(file_of(pyarrow.table(COLUMNS)))
    (folder / "b.arrows").write_bytes(file_of(pyarrow.table(COLUMNS), is_stream=True))
    assert command("map", "x*y", "--data", str(folder), "-o", str(target), "--wrt", "x").status == 0
    for name in ("a.arrow", "b.arrows"):
        assert feather.read_table(target / name)["value"].to_pylist() == [3.0, -13.0]


def test_errors(command: Command) -> None:
    content = file_of(pyarrow.table({"x": [1.0, None], "y": ["a", "b"]}))
    result = command("map", "x", "--data", "-", "--format", "csv", stdin=content)
    assert "row 2, column 'x': the cell is empty" in result.err
    result = command("map", "y", "--data", "-", "--format", "csv", stdin=content)
    assert "row 1, column 'y': 'a' is not a number" in result.err
    result = command("map", "x", "--data", "-", "--decimal", ",", stdin=content)
    assert "the option decimal is for CSV and an Excel workbook, and standard input is Arrow" in result.err


@pytest.mark.parametrize("is_stream", [False, True])
def test_damaged_files(is_stream: bool) -> None:
    """An error of the file, or other values; never another exception, nor the end of the process."""
    good = file_of(pyarrow.table(COLUMNS), is_stream, compression="lz4")
    choices = random.Random(21)
    kinds = set()
    for _ in range(300):
        data = bytearray(good)
        if choices.random() < 0.3:
            del data[choices.randrange(len(data)) :]
        for _ in range(choices.randrange(4)):
            if data:
                data[choices.randrange(len(data))] = choices.randrange(256)
        raw: Any = io.BytesIO(bytes(data))
        try:
            reader = reader_of("arrow", io.BufferedReader(raw), "the table")
            for chunk in reader.chunks([0]):
                chunk.cells()
        except GraphdiffError as error:
            kinds.add(error.kind)
    assert kinds <= {"file", "limit", "value"}
