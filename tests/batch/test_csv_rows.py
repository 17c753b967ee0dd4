"""Any CSV that Python's csv module writes is read as that module reads it, wherever blocks of the file end."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphdiff.batch import lines as lines_module
from graphdiff.batch.csv_rows import CsvReader
from graphdiff.batch.csv_writer import CsvWriter
from graphdiff.batch.lines import Lines
from graphdiff.batch.table import Results
from support.random_formulas import repeatable_examples

CELLS = st.lists(st.sampled_from([*"ab ,;\"\n'é", "\r\n"]), max_size=6).map("".join)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def reader_of(text: str) -> CsvReader:
    return CsvReader(Lines(io.BufferedReader(io.BytesIO(text.encode())), "the table", None))


@repeatable_examples(50)
@given(
    rows=st.lists(st.tuples(CELLS, NUMBERS, CELLS), max_size=8),
    block=st.integers(1, 60),
    ending=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    delimiter=st.sampled_from([",", ";", "\t"]),
)
def test_read_and_written(
    rows: Sequence[tuple[str, float, str]], block: int, ending: str, quoting: int, delimiter: str
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=ending, quoting=quoting, delimiter=delimiter)  # type: ignore[arg-type]
    writer.writerows([["k", "x", "note"], *rows])
    text = buffer.getvalue()
    first_lines = [2 + sum(f"{k}{note}".count("\n") for k, _, note in rows[:row]) + row for row in range(len(rows))]
    out = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines_module, "BLOCK", block)
        reader = reader_of(text)
        csv_writer = CsvWriter(out, reader, ["y"])
        numbers: list[float] = []
        for chunk in reader.chunks([1]):
            values = chunk.column(1).values
            assert not chunk.column(1).errors
            assert [cells[0] for cells in chunk.split()] == [rows[len(numbers) + row][0] for row in range(len(chunk))]
            for row in range(len(chunk)):
                assert chunk.place(row) == f"line {first_lines[len(numbers) + row]}"
            numbers += values.tolist()
            csv_writer.write(chunk, Results([values], ()))
    assert numbers == [number for _, number, _ in rows]
    again = list(csv.reader(io.StringIO(out.getvalue().decode(), newline=""), delimiter=delimiter))
    assert again == [["k", "x", "note", "y"], *([k, repr(x), note, repr(x)] for k, x, note in rows)]


def test_a_block_of_blank_lines() -> None:
    """Such a block gives NumPy nothing to read."""
    reader = reader_of("x\n\r\n\r\n")
    assert [len(chunk) for chunk in reader.chunks([0])] == [0]


def test_errors_of_numbers_are_reported_by_row() -> None:
    (chunk,) = reader_of("x\n1\n?\n3\n").chunks([0])
    column = chunk.column(0)
    assert np.array_equal(column.values, [1, np.nan, 3], equal_nan=True)
    assert {row: error.message for row, error in column.errors.items()} == {1: "'?' is not a number"}
