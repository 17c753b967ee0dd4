"""Damaged Parquet files: an error of the file, and never the end of the process or a result of fewer rows."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from graphdiff import GraphdiffError
from graphdiff.batch.formats import reader_of, writer_of
from graphdiff.batch.table import Results

pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
parquet = pytest.importorskip("pyarrow.parquet")

ROWS = 40
MOST_MEMORY = 1 << 24
"""Bytes that pyarrow may allocate for a file of a few KB, whatever lengths it claims."""
COLUMNS = {
    "x": [row / 7 for row in range(ROWS)],
    "list": [[1.0] * (row % 3) for row in range(ROWS)],
    "lists": [[[1.0, 2.0]] for _ in range(ROWS)],
    "text": [f"text {row % 5}" for row in range(ROWS)],
    "decimal": [Decimal(row).scaleb(-2) for row in range(ROWS)],
    "time": [datetime.datetime(2024, 1, 1, 0, row) for row in range(ROWS)],
    "date": [datetime.date(2024, 1, 1)] * ROWS,
    "duration": [datetime.timedelta(seconds=row) for row in range(ROWS)],
    "struct": [{"a": 1.0, "b": [row]} for row in range(ROWS)],
}


def file_of(columns: dict[str, Any], **options: Any) -> bytes:
    """The bytes of a Parquet file; a dictionary for each column of text."""
    buffer = io.BytesIO()
    table = pyarrow.table(columns)
    for position, field in enumerate(table.schema):
        if pyarrow.types.is_string(field.type):
            table = table.set_column(position, field.name, table.column(position).dictionary_encode())
    parquet.write_table(table, buffer, **options)
    return buffer.getvalue()


def flipped(content: bytes, step: int) -> Iterator[bytes]:
    """The file with one bit flipped, for every so manyth of its bits."""
    for bit in range(0, 8 * len(content), step):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        yield bytes(damaged)


def read(content: bytes, form: str = "csv") -> int | GraphdiffError:
    """Read a file and write it in a format: the number of its rows, or the error."""
    try:
        reader = reader_of("parquet", io.BufferedReader(io.BytesIO(content)), "it")
        writer = writer_of(form, io.BytesIO(), reader, [])
        rows = 0
        for chunk in reader.chunks([0]):
            chunk.column(0)
            writer.write(chunk, Results([], ()))
            rows += len(chunk)
    except GraphdiffError as error:
        return error
    return rows


def assert_handled(content: bytes, form: str = "csv") -> None:
    """All rows, or an error; and no more memory than a file of this size needs."""
    usual = pyarrow.default_memory_pool()
    pool = pyarrow.proxy_memory_pool(usual)
    pyarrow.set_memory_pool(pool)
    try:
        result = read(content, form)
    finally:
        pyarrow.set_memory_pool(usual)
    assert isinstance(result, GraphdiffError) or result == parquet.ParquetFile(io.BytesIO(content)).metadata.num_rows
    assert pool.max_memory() < MOST_MEMORY


@pytest.mark.parametrize("step", [401, pytest.param(7, marks=pytest.mark.slow)])
@pytest.mark.parametrize("options", [{"compression": "none"}, {"compression": "zstd", "data_page_version": "2.0"}])
def test_flipped_bits(options: dict[str, str], step: int) -> None:
    for number, content in enumerate(flipped(file_of(COLUMNS, **options), step)):
        assert_handled(content, ("csv", "jsonl", "parquet")[number % 3])


@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.slow)])
def test_flipped_bits_of_a_list(step: int) -> None:
    """pyarrow ends the process where it is asked for the metadata of a column, and they are damaged."""
    for content in flipped(file_of({"x": [1.0], "list": [[1.0]]}), step):
        assert_handled(content)


def damage(content: bytes, old: bytes, new: bytes) -> bytes:
    assert content.count(old) == 1
    return content.replace(old, new)


def test_text_that_is_not_utf_8() -> None:
    content = damage(file_of({"x": [1.0], "s": ["a text"]}, write_statistics=False), b"a text", b"a \xfext")
    error = read(content, "parquet")
    assert isinstance(error, GraphdiffError)
    assert (error.kind, "is damaged" in error.message) == ("file", True)
    assert error.hint


@pytest.mark.parametrize("kind", [pyarrow.timestamp("us"), pyarrow.duration("s")])
def test_times_that_python_has_no_type_for(kind: Any) -> None:
    """Only Parquet keeps them."""
    content = file_of({"x": [1.0], "time": pyarrow.array([2**62 + 1], kind)})
    assert read(content, "parquet") == 1
    error = read(content, "csv")
    assert isinstance(error, GraphdiffError)
    assert error.message.startswith("row 1 and the following, column 'time': ")
