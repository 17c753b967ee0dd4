"""Parquet, by pyarrow: this module is imported only where it is used."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow
import pyarrow.compute
import pyarrow.parquet

from graphdiff.batch.lines import BLOCK, LONGEST_LINE
from graphdiff.batch.table import Cells, Chunk, Column, Reader, Results, check_names, checked_value, column_of
from graphdiff.errors import GraphdiffError, shortened
from graphdiff.graph.shapes import MOST_ELEMENTS

BROKEN = (pyarrow.ArrowException, OSError, ValueError)
"""What a file that is damaged makes pyarrow raise."""
TEXTS = [getattr(pyarrow.types, f"is_{kind}") for kind in ("string", "large_string", "binary", "large_binary")]
"""Whether a type is that of texts, whose length a cell's type does not tell."""
ROWS_READ = 1 << 14
ROWS_WRITTEN = 1 << 17
"""Rows of a group: the least that Parquet compresses well."""


class ParquetChunk(Chunk):
    """Rows as a record batch."""

    unit = "row"

    def __init__(self, batch: Any, first: int) -> None:
        super().__init__(range(first, first + batch.num_rows))
        self.batch = batch

    def read_column(self, position: int) -> Column:
        column = self.batch.column(position)
        kind = column.type
        if (pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind)) and not column.null_count:
            numbers = column.cast(pyarrow.float64(), safe=False)
            if pyarrow.compute.all(pyarrow.compute.is_finite(numbers)).as_py() is not False:
                return Column(numbers.to_numpy(), {})
        if pyarrow.types.is_decimal(kind):
            column = column.cast(pyarrow.float64())
        return column_of(column.to_pylist(), lambda cell: checked_value(cell, lambda: str(cell)))

    def cells(self) -> list[Cells]:
        try:
            return [column.to_pylist() for column in self.batch.columns]
        except BROKEN as error:
            raise GraphdiffError(
                "file", f"{self.place(0)} and the following hold what no text is: {shortened(str(error), 120)}"
            ) from None


class ParquetReader:
    """The rows of one file."""

    def __init__(self, file: BinaryIO, called: str) -> None:
        if not file.seekable():  # what a Parquet file holds stands at its end
            spooled = tempfile.TemporaryFile()  # noqa: SIM115
            shutil.copyfileobj(file, spooled)
            spooled.seek(0)
            file = spooled
        self._called = called
        try:
            self._file = pyarrow.parquet.ParquetFile(file, pre_buffer=False, buffer_size=BLOCK)
        except BROKEN as error:
            raise self._broken(error) from None
        self._check_values()
        self.schema = self._file.schema_arrow
        self.names: Sequence[str] | None = self.schema.names
        self._done = 0

    def chunks(self, positions: Sequence[int]) -> Iterator[ParquetChunk]:
        """The rows. Raises GraphdiffError: "file" where the file is broken, "limit" for a row beyond LONGEST_LINE."""
        try:
            for batch in self._file.iter_batches(batch_size=ROWS_READ):
                for piece in _pieces(batch):
                    if _size(piece) > LONGEST_LINE:
                        message = f"row {self._done + 1:,} of {self._called} has more than {LONGEST_LINE:,} bytes"
                        raise GraphdiffError("limit", message)
                    yield ParquetChunk(piece, self._done + 1)
                    self._done += piece.num_rows
        except BROKEN as error:
            raise self._broken(error) from None

    def progress(self) -> tuple[int, int | None]:
        """Rows read, of how many."""
        return self._done, self._file.metadata.num_rows

    def _check_values(self) -> None:
        """Raises GraphdiffError("limit") where lists of a few rows have more values than are read at once."""
        metadata, schema = self._file.metadata, self._file.schema
        # Only of lists: pyarrow aborts the process where it is asked for a column's metadata that are damaged.
        lists = [place for place in range(len(schema)) if schema.column(place).max_repetition_level]
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            for place in lists:
                column = group.column(place)
                if column.num_values > max(MOST_ELEMENTS, group.num_rows):
                    raise GraphdiffError(
                        "limit",
                        f"the lists in '{shortened(column.path_in_schema)}' of {self._called} hold "
                        f"{column.num_values:,} numbers in {group.num_rows:,} rows; the limit is {MOST_ELEMENTS:,}",
                        hint="write it with smaller row groups",
                    )

    def _broken(self, error: Exception) -> GraphdiffError:
        return GraphdiffError("file", f"{self._called} is no Parquet file, or is broken: {shortened(str(error), 120)}")


def _pieces(batch: Any) -> Iterator[Any]:
    """A batch in parts of no more than LONGEST_LINE bytes, or of one row: a few bytes of a file may be as many rows of
    one long text."""
    waiting = [batch]
    while waiting:
        piece = waiting.pop()
        if piece.num_rows > 1 and _size(piece) > LONGEST_LINE:
            half = piece.num_rows // 2
            waiting += [piece.slice(half), piece.slice(0, half)]
        else:
            yield piece


def _size(batch: Any) -> int:
    """How many bytes the cells of a batch have, or could have, where they are one text again and again."""
    size: int = batch.nbytes
    for column in batch.columns:
        if pyarrow.types.is_dictionary(column.type):
            cells = column.dictionary
            is_text = any(kind(cells.type) for kind in TEXTS)
            longest = pyarrow.compute.max(pyarrow.compute.binary_length(cells)).as_py() if is_text else 8
            size += len(column) * (longest or 0) - cells.nbytes
    return size


class ParquetWriter:
    """Columns of Parquet keep their types; those of another format get theirs from the first rows."""

    def __init__(self, file: BinaryIO, reader: Reader, results: Sequence[str]) -> None:
        self._file = file
        carried = list(reader.names or [])
        self._names = [*carried, *results]
        check_names(self._names, "Parquet")
        # What is written where there are no rows.
        known = reader.schema if isinstance(reader, ParquetReader) else [(name, pyarrow.string()) for name in carried]
        self._schema = pyarrow.schema([*known, *((name, pyarrow.float64()) for name in results)])
        self._is_known = False
        self._writer: Any = None
        self._waiting: list[Any] = []

    def write(self, chunk: Chunk, results: Results) -> None:
        """Raises GraphdiffError("value") where a column's values are of another type than in the rows before."""
        carried = chunk.batch.columns if isinstance(chunk, ParquetChunk) else chunk.cells()
        columns = []
        for position, cells in enumerate([*carried, *results.values()]):
            try:
                columns.append(self._array(position, cells))
            except (pyarrow.ArrowException, TypeError, ValueError, OverflowError) as error:
                raise GraphdiffError(
                    "value",
                    f"{chunk.place(0)} and the following, column '{shortened(self._names[position])}':"
                    f" not of one type: {shortened(str(error), 120)}",
                    hint="in Parquet all values of a column are; JSON lines take any",
                ) from None
        if not self._is_known:
            types = [column.type for column in columns]
            self._schema = pyarrow.schema(list(zip(self._names, types, strict=True)))
            self._is_known = True
        self._waiting.append(pyarrow.RecordBatch.from_arrays(columns, schema=self._schema))
        rows, size = (
            sum(column) for column in zip(*((each.num_rows, each.nbytes) for each in self._waiting), strict=True)
        )
        if rows >= ROWS_WRITTEN or size > LONGEST_LINE:
            self._write()

    def close(self) -> None:
        self._write()
        self._writer.close()

    def _array(self, position: int, cells: Any) -> Any:
        if isinstance(cells, pyarrow.Array):
            return cells
        if self._is_known:
            return pyarrow.array(cells, self._schema.types[position])
        array = pyarrow.array(cells)
        return array.cast(self._schema.types[position]) if pyarrow.types.is_null(array.type) else array

    def _write(self) -> None:
        if self._writer is None:
            self._writer = pyarrow.parquet.ParquetWriter(self._file, self._schema)
        if self._waiting:
            self._writer.write_table(pyarrow.Table.from_batches(self._waiting))
        self._waiting = []
