"""Parquet, read and written by pyarrow. This module is imported only for Parquet files."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO

import numpy
import pyarrow
import pyarrow.parquet

from graphdiff.batch.arrow_numbers import array_of, numbers_of, validity_of
from graphdiff.batch.lines import BLOCK, LONGEST_LINE
from graphdiff.batch.seekable import seekable
from graphdiff.batch.table import Cells, Chunk, Column, Reader, Results, cell_value, check_names, column_of
from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.graph.shapes import MOST_ELEMENTS

READ_ERRORS = (pyarrow.ArrowException, OSError, ValueError)
"""The exceptions that pyarrow raises for a damaged file."""
TEXTS = [getattr(pyarrow.types, f"is_{kind}") for kind in ("string", "large_string", "binary", "large_binary")]
"""Tests for types of cells with any number of bytes."""
FEWEST_ROWS, BATCH_ROWS = 1 << 10, 1 << 16
"""The fewest and the most rows to read at once."""
BATCH_BYTES = 1 << 22
"""Bytes of rows to read at once."""
GROUP_ROWS = 1 << 17
"""Rows to write as one group: the fewest that Parquet compresses well."""


class ParquetChunk(Chunk):
    """Rows as a record batch."""

    unit = "row"

    def __init__(self, batch: Any, first: int) -> None:
        super().__init__(range(first, first + batch.num_rows))
        self.batch = batch

    def read_column(self, position: int) -> Column:
        column = self.batch.column(position)
        kind = column.type
        if pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind):
            return _column_of_numbers(column)
        if pyarrow.types.is_decimal(kind):
            column = column.cast(pyarrow.float64())
        return _column_of_cells(self._to_list(column, position))

    def cells(self) -> list[Cells]:
        return [self._to_list(column, position) for position, column in enumerate(self.batch.columns)]

    def decode_dictionaries(self) -> None:
        """Replace columns of indices into a dictionary by columns of its values."""
        columns = [
            column.dictionary_decode() if pyarrow.types.is_dictionary(column.type) else column
            for column in self.batch.columns
        ]
        self.batch = pyarrow.RecordBatch.from_arrays(columns, names=self.batch.schema.names)

    def _to_list(self, column: Any, position: int) -> Cells:
        """Raises GraphdiffError("value") for a date, time or duration that Python's types cannot hold."""
        try:
            cells: Cells = column.to_pylist()
        except (OverflowError, ValueError) as error:
            name = shorten(self.batch.schema.names[position])
            raise GraphdiffError(
                "value",
                f"{self.place(0)} and the following, column '{name}': {shorten(str(error), 120)}",
                hint=Hint("Parquet output keeps every value", "parquet_values"),
            ) from None
        return cells


def _column_of_cells(cells: Cells) -> Column:
    return column_of(cells, lambda cell: cell_value(cell, lambda: str(cell)))


def _column_of_numbers(column: Any) -> Column:
    """The column of an array of integers or floats."""
    numbers = numbers_of(column).astype(numpy.float64, copy=False)
    is_number = numpy.isfinite(numbers) & validity_of(column)
    if is_number.all():
        return Column(numbers, {})
    wrong = numpy.flatnonzero(~is_number).tolist()
    errors = _column_of_cells([column[row].as_py() for row in wrong]).errors
    return Column(numpy.where(is_number, numbers, numpy.nan), {wrong[each]: error for each, error in errors.items()})


class ParquetReader:
    """The rows of a Parquet file."""

    def __init__(self, file: BinaryIO, label: str) -> None:
        file = seekable(file)
        self._label = label
        # A buffered column allocates what a damaged page claims to be long. A short file is read whole instead.
        buffer_size = BLOCK if file.seek(0, io.SEEK_END) > LONGEST_LINE else 0
        try:
            self._file = pyarrow.parquet.ParquetFile(file, pre_buffer=False, buffer_size=buffer_size)
            self._check_values()
            self.schema = self._file.schema_arrow
            self.names: Sequence[str] | None = self.schema.names
        except READ_ERRORS as error:
            raise self._read_error(error) from None
        self._done = 0

    def chunks(self, positions: Sequence[int]) -> Iterator[ParquetChunk]:
        """Read the rows.

        Raises GraphdiffError: "file" if the file is damaged, "limit" for a row longer than LONGEST_LINE.
        """
        try:
            for batch in self._file.iter_batches(batch_size=self._batch_rows()):
                batch.validate(full=True)
                for piece in pieces(batch, self._label, self._done):
                    yield ParquetChunk(piece, self._done + 1)
                    self._done += piece.num_rows
        except READ_ERRORS as error:
            raise self._read_error(error) from None
        if self._done != self._file.metadata.num_rows:  # pyarrow ends at a damaged page that has no rows
            raise self._read_error(f"it has {self._done:,} of {self._file.metadata.num_rows:,} rows")

    def progress(self) -> tuple[int, int | None]:
        """The rows that have been read, and the number of rows."""
        return self._done, self._file.metadata.num_rows

    def _batch_rows(self) -> int:
        """How many rows to read at once: fewer of long ones."""
        metadata = self._file.metadata
        if not metadata.num_row_groups:
            return BATCH_ROWS
        group = metadata.row_group(0)
        rows: int = BATCH_BYTES * group.num_rows // max(group.total_byte_size, 1)
        return min(max(rows, FEWEST_ROWS), BATCH_ROWS)

    def _check_values(self) -> None:
        """Raises GraphdiffError("limit") if the lists of a few rows have more values than can be read at once."""
        metadata, schema = self._file.metadata, self._file.schema
        lists = [place for place in range(len(schema)) if schema.column(place).max_repetition_level]
        for number in range(metadata.num_row_groups if lists else 0):
            # To read no rows opens the columns, and raises an exception if their metadata are damaged. To ask for the
            # metadata themselves would end the process then.
            for _ in self._file.reader.iter_batches(0, [number], lists):
                pass
            group = metadata.row_group(number)
            for place in lists:
                column = group.column(place)
                if column.num_values > max(MOST_ELEMENTS, group.num_rows):
                    raise GraphdiffError(
                        "limit",
                        f"the lists in '{shorten(column.path_in_schema)}' of {self._label} contain "
                        f"{column.num_values:,} numbers in {group.num_rows:,} rows; the limit is {MOST_ELEMENTS:,}",
                        hint="write it with smaller row groups",
                    )

    def _read_error(self, reason: object) -> GraphdiffError:
        reason = shorten(" ".join(str(reason).split()), 120)
        message = f"{self._label} is not a Parquet file, or is damaged: {reason}"
        return GraphdiffError("file", message, hint="copy it again from its source, or write it again")


def pieces(batch: Any, label: str, done: int) -> Iterator[Any]:
    """Split a batch into pieces of at most LONGEST_LINE bytes: a few bytes of a file can be many rows of one long text.
    label is the name of the file in messages, and done the number of rows before the batch.

    Raises GraphdiffError("limit") for a row longer than that.
    """
    waiting = [batch]
    while waiting:
        piece = waiting.pop()
        if piece.num_rows > 1 and _size(piece) > LONGEST_LINE:
            half = piece.num_rows // 2
            waiting += [piece.slice(half), piece.slice(0, half)]
            continue
        if _size(piece) > LONGEST_LINE:
            raise GraphdiffError("limit", f"row {done + 1:,} of {label} has more than {LONGEST_LINE:,} bytes")
        yield piece
        done += piece.num_rows


def _size(batch: Any) -> int:
    """The size of the cells of a batch in bytes; an upper bound if texts are repeated."""
    size: int = batch.nbytes
    for column in batch.columns:
        if pyarrow.types.is_dictionary(column.type):
            from pyarrow import compute  # lazy: few tables need it

            cells = column.dictionary
            is_text = any(kind(cells.type) for kind in TEXTS)
            longest = compute.max(compute.binary_length(cells)).as_py() if is_text else 8
            size += len(column) * (longest or 0) - cells.nbytes
    return size


class ParquetWriter:
    """Writes columns of Parquet with their types; columns of other formats get the types of their first rows."""

    title = "Parquet"

    def __init__(self, file: BinaryIO, reader: Reader, results: Sequence[str]) -> None:
        self._file = file
        names = list(reader.names or [])
        self._names = [*names, *results]
        check_names(self._names, self.title)
        # The schema of a table without rows.
        fields = getattr(reader, "schema", None) or [(name, pyarrow.string()) for name in names]
        self._schema = pyarrow.schema([*fields, *((name, pyarrow.float64()) for name in results)])
        self._is_known = False
        self._writer: Any = None
        self._waiting: list[Any] = []
        self._thread = ThreadPoolExecutor(1)
        """Writes a group while the next one is computed."""
        self._written: Future[None] | None = None

    def write(self, chunk: Chunk, results: Results) -> None:
        """Raises GraphdiffError("value") if the values of a column have another type than in earlier rows."""
        table_columns = chunk.batch.columns if isinstance(chunk, ParquetChunk) else chunk.cells()
        columns = []
        for position, cells in enumerate([*table_columns, *_result_columns(results)]):
            try:
                columns.append(self._array(position, cells, chunk.has_integer_type))
            except (pyarrow.ArrowException, TypeError, ValueError, OverflowError) as error:
                raise GraphdiffError(
                    "value",
                    f"{chunk.place(0)} and the following, column '{shorten(self._names[position])}':"
                    f" values of different types: {shorten(str(error), 120)}",
                    hint=Hint("a Parquet column has one type; JSON lines allow several", "jsonl_types"),
                ) from None
        if not self._is_known:
            types = [column.type for column in columns]
            self._schema = pyarrow.schema(list(zip(self._names, types, strict=True)))
            self._is_known = True
        self._waiting.append(pyarrow.RecordBatch.from_arrays(columns, schema=self._schema))
        rows, size = (
            sum(column) for column in zip(*((each.num_rows, each.nbytes) for each in self._waiting), strict=True)
        )
        if rows >= GROUP_ROWS or size > LONGEST_LINE:
            self._write()

    def close(self) -> None:
        try:
            self._write()
            self._wait()
            self._writer.close()
        finally:
            self._thread.shutdown()

    def _open(self) -> Any:
        """What writes tables into the file."""
        dictionaries = _columns_with_dictionaries(self._schema)
        return pyarrow.parquet.ParquetWriter(self._file, self._schema, use_dictionary=dictionaries)

    def _array(self, position: int, cells: Any, has_integer_type: bool) -> Any:
        if isinstance(cells, pyarrow.Array):
            kind = self._schema.types[position]
            return cells.cast(kind) if self._is_known and cells.type != kind else cells
        if self._is_known:
            return pyarrow.array(cells, self._schema.types[position])
        array = pyarrow.array(cells)
        if pyarrow.types.is_integer(array.type) and not has_integer_type:
            array = array.cast(pyarrow.float64(), safe=False)
        return array.cast(self._schema.types[position]) if pyarrow.types.is_null(array.type) else array

    def _write(self) -> None:
        if self._writer is None:
            self._writer = self._open()
        if self._waiting:
            table = pyarrow.Table.from_batches(self._waiting)
            self._waiting = []
            self._wait()
            self._written = self._thread.submit(self._writer.write_table, table)

    def _wait(self) -> None:
        """Raises the exception of the group that was being written."""
        written, self._written = self._written, None
        if written is not None:
            written.result()


def _columns_with_dictionaries(schema: Any) -> list[str]:
    """The columns of which equal values are stored once: all but floats, which are seldom equal; to look for those that
    are takes most of the time of writing."""
    file = io.BytesIO()
    pyarrow.parquet.write_metadata(schema, file)
    columns = pyarrow.parquet.ParquetFile(file).schema
    return [column.path for column in columns if column.physical_type not in ("FLOAT", "DOUBLE")]


def _result_columns(results: Results) -> list[Any]:
    """The results as arrays, or as lists if some are not numbers."""
    if results.are_floats():
        return [array_of(column, results.empty) for column in results.columns]
    return results.values()
