"""Columns of Parquet: which cells are numbers, rows without results, and how columns are stored."""

from __future__ import annotations

import io
import math
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
parquet = pytest.importorskip("pyarrow.parquet")

from graphdiff import GraphdiffError  # noqa: E402
from graphdiff.batch import parquet as own  # noqa: E402
from graphdiff.batch.formats import reader_of, writer_of  # noqa: E402
from graphdiff.batch.table import Results  # noqa: E402

FLOATS = [0.1, -0.0, 5e-324, 1.7976931348623157e308, None, 2.0, math.nan, math.inf, 3.0]
INTEGERS = [0, 2**53 + 1, None, -(2**63), 2**63 - 1, 7]


def reader(table: Any, **options: Any) -> Any:
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, **options)
    return reader_of("parquet", io.BufferedReader(io.BytesIO(buffer.getvalue())), "it")


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (FLOATS, "float64"),
        (FLOATS[:3] + FLOATS[4:], "float32"),
        ([1.5, None, 0.25, 65504.0], "float16"),
        (INTEGERS, "int64"),
        ([2**64 - 1, None, 2**63 + 1025], "uint64"),
        ([None, None], "float64"),
        ([None] * 9 + [1.0], "float64"),
        ([127, -128, None], "int8"),
        ([1.5, 2.5], "float64"),
    ],
)
@pytest.mark.parametrize("start", [0, 1])
def test_numbers_and_cells_that_are_none(cells: list[Any], kind: str, start: int) -> None:
    """Each number as Python's own conversion has it; each other cell with an error. A chunk may be part of a batch."""
    if kind == "float16":
        cells = [None if cell is None else np.float16(cell) for cell in cells]
    batch = pyarrow.record_batch({"x": pyarrow.array(cells, kind)}).slice(start)
    column = own.ParquetChunk(batch, 1).column(0)
    own_cells = batch.column(0).to_pylist()
    wrong = {row for row, cell in enumerate(own_cells) if cell is None or not math.isfinite(cell)}
    assert set(column.errors) == wrong
    assert all(isinstance(error, GraphdiffError) for error in column.errors.values())
    expected = [math.nan if row in wrong else float(cell) for row, cell in enumerate(own_cells)]
    np.testing.assert_array_equal(column.values, np.array(expected, np.float64))
    assert np.signbit(column.values).tolist() == np.signbit(expected).tolist()


def test_memory_of_odd_length() -> None:
    """A buffer may be longer than its cells, by bytes that are none."""
    buffer = pyarrow.py_buffer(np.array([1, 2, 3]).tobytes() + b"abc")
    batch = pyarrow.record_batch({"x": pyarrow.Array.from_buffers(pyarrow.int64(), 3, [None, buffer])})
    assert own.ParquetChunk(batch, 1).column(0).values.tolist() == [1, 2, 3]
    assert own.ParquetChunk(batch.slice(0, 0), 1).column(0).values.tolist() == []


def test_rows_without_results() -> None:
    """They are missing values, of the rows that are named and no others."""
    source = reader(pyarrow.table({"x": [float(row) for row in range(20)]}))
    target = io.BytesIO()
    writer = writer_of("parquet", target, source, ["value"])
    (chunk,) = source.chunks([0])
    values = np.arange(40.0)[::2]
    writer.write(chunk, Results([values], [0, 8, 19]))
    writer.close()
    result = parquet.read_table(target)["value"]
    assert result.to_pylist() == [None if row in (0, 8, 19) else 2.0 * row for row in range(20)]
    assert result.null_count == 3


def test_groups_are_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """One is written while the next is read."""
    monkeypatch.setattr(own, "BATCH_ROWS", 10)
    monkeypatch.setattr(own, "GROUP_ROWS", 30)
    source = reader(pyarrow.table({"x": np.arange(1005.0), "k": [f"row {row}" for row in range(1005)]}))
    target = io.BytesIO()
    writer = writer_of("parquet", target, source, ["value"])
    for chunk in source.chunks([0]):
        writer.write(chunk, Results([chunk.column(0).values * 2], ()))
    writer.close()
    result = parquet.read_table(target)
    assert parquet.ParquetFile(target).num_row_groups == 34
    assert result["k"].to_pylist() == [f"row {row}" for row in range(1005)]
    np.testing.assert_array_equal(result["value"].to_numpy(), np.arange(1005.0) * 2)


class FullDisk(io.BytesIO):
    """A file that takes no more than its start."""

    def write(self, content: Any) -> int:
        if self.tell() > 100:
            raise OSError(28, "No space left on device")
        return super().write(content)


def test_a_group_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of the other thread arrives, at the next group or at the end."""
    monkeypatch.setattr(own, "GROUP_ROWS", 10)
    source = reader(pyarrow.table({"x": np.arange(100.0)}))
    writer = writer_of("parquet", FullDisk(), source, ["value"])

    def map_all() -> None:
        with closing(writer):
            for chunk in source.chunks([0]):
                writer.write(chunk, Results([chunk.column(0).values], ()))

    with pytest.raises(OSError, match="No space left"):
        map_all()


def test_dictionaries_are_for_all_but_floats() -> None:
    table = pyarrow.table(
        {
            "x": [0.5, 0.25],
            "n": [1, 1],
            "k.k": ["a", "a"],
            "lists": [[0.5], [0.25]],
            "texts": [["a"], ["a"]],
            "pair": [{"x": 0.5, "k": "a"}, {"x": 0.25, "k": "a"}],
        }
    )
    source = reader(table)
    target = io.BytesIO()
    writer = writer_of("parquet", target, source, ["value"])
    for chunk in source.chunks([0]):
        writer.write(chunk, Results([chunk.column(0).values], ()))
    writer.close()
    group = parquet.ParquetFile(target).metadata.row_group(0)
    columns = [group.column(place) for place in range(group.num_columns)]
    assert {each.path_in_schema: each.has_dictionary_page for each in columns} == {
        "x": False,
        "n": True,
        "k.k": True,
        "lists.list.element": False,
        "texts.list.element": True,
        "pair.x": False,
        "pair.k": True,
        "value": False,
    }
    assert parquet.read_table(target).drop(["value"]).equals(table)


@pytest.mark.parametrize(("length", "at_most"), [(8, 1 << 16), (10_000, 1 << 12)])
def test_batches_of_long_rows_are_short(length: int, at_most: int) -> None:
    rows = 1 << 13
    texts = pyarrow.array([f"{row}" + "a" * length for row in range(rows)])
    source = reader(pyarrow.table({"x": np.arange(float(rows)), "k": texts}), use_dictionary=False)
    assert max(len(chunk) for chunk in source.chunks([0])) <= at_most


def test_pandas_is_not_imported(tmp_path: Path) -> None:
    """Conversions of pyarrow import it where it is installed, which takes longer than 10^6 rows."""
    parquet.write_table(pyarrow.table({"x": [1.0, None], "n": [1, 2]}), tmp_path / "points.parquet")
    words = ["map", "x*n", "--data", str(tmp_path / "points.parquet"), "-o", str(tmp_path / "out.parquet")]
    code = (
        "import sys; from graphdiff.cli.main import run; status = run(sys.argv[1:]);"
        "sys.exit(status or any(name in sys.modules for name in ('pandas', 'pyarrow.compute')))"
    )
    done = subprocess.run([sys.executable, "-c", code, *words, "--on-error", "null"], capture_output=True)
    assert done.returncode == 0
    assert parquet.read_table(tmp_path / "out.parquet").to_pydict() == {
        "x": [1.0, None],
        "n": [1, 2],
        "value": [1.0, None],
        "d_x": [1.0, None],
        "d_n": [1.0, None],
    }
