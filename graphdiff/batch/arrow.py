"""Arrow IPC files and streams, and Feather of version 2, which is the same; read and written by pyarrow.

This module is imported only for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow
import pyarrow.ipc

from graphdiff.batch.parquet import BATCH_ROWS, READ_ERRORS, ParquetChunk, ParquetWriter, pieces
from graphdiff.batch.seekable import seekable
from graphdiff.batch.table import Chunk, Reader, Results
from graphdiff.errors import GraphdiffError, shorten

DAMAGED = (*READ_ERRORS, MemoryError)
"""The exceptions for a damaged file; it may claim any size."""
FILE, FEATHER = b"ARROW1", b"FEA1"
"""The first bytes of a file, and of Feather of version 1."""


class ArrowReader:
    """The rows of an Arrow IPC file or stream, one record batch after the other."""

    def __init__(self, file: Any, label: str) -> None:
        self._label = label
        first = file.peek(len(FILE))
        if first.startswith(FEATHER):
            message = f"{label} is Feather of version 1"
            hint = "read it with pyarrow.feather.read_table, and write it again with write_feather"
            raise GraphdiffError("file", message, hint=hint)
        self.is_stream = not first.startswith(FILE)
        try:
            if self.is_stream:
                self._file = pyarrow.ipc.open_stream(file)
            else:
                self._file = pyarrow.ipc.open_file(seekable(file))
            self.schema = self._file.schema
            self.names: Sequence[str] | None = self.schema.names
        except DAMAGED as error:
            raise self._read_error(error) from None
        self._batches_done = 0

    def chunks(self, positions: Sequence[int]) -> Iterator[ParquetChunk]:
        """Read the rows.

        Raises GraphdiffError: "file" if the file is damaged, "limit" for a row longer than LONGEST_LINE.
        """
        done = 0
        try:
            for batch in self._batches():
                batch.validate(full=True)
                for start in range(0, batch.num_rows, BATCH_ROWS):
                    for piece in pieces(batch.slice(start, BATCH_ROWS), self._label, done):
                        yield ParquetChunk(piece, done + 1)
                        done += piece.num_rows
                self._batches_done += 1
        except DAMAGED as error:
            raise self._read_error(error) from None

    def progress(self) -> tuple[int, int | None]:
        """The record batches that have been read, and the number of them; None for a stream."""
        return self._batches_done, None if self.is_stream else self._file.num_record_batches

    def _batches(self) -> Iterator[Any]:
        if self.is_stream:
            yield from self._file
        else:
            yield from map(self._file.get_batch, range(self._file.num_record_batches))

    def _read_error(self, error: Exception) -> GraphdiffError:
        reason = shorten(" ".join(str(error).split()), 120)
        message = f"{self._label} is not an Arrow file or stream, or is damaged: {reason}"
        return GraphdiffError("file", message, hint="copy it again from its source, or write it again")


class ArrowWriter(ParquetWriter):
    """Writes an Arrow IPC file, which is Feather of version 2, too."""

    title = "Arrow"

    def __init__(self, file: BinaryIO, reader: Reader, results: Sequence[str]) -> None:
        super().__init__(file, reader, results)
        # A file has one dictionary for each column; Parquet and streams may have several, one after the other.
        self._keeps_dictionaries = isinstance(reader, ArrowReader) and not reader.is_stream

    def write(self, chunk: Chunk, results: Results) -> None:
        if isinstance(chunk, ParquetChunk) and not self._keeps_dictionaries:
            chunk.decode_dictionaries()
        super().write(chunk, results)

    def _open(self) -> Any:
        return pyarrow.ipc.new_file(self._file, self._schema)
