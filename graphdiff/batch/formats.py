"""The format of a table, and its readers and writers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from io import BufferedReader
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, BinaryIO

from graphdiff.batch.lines import Lines
from graphdiff.errors import GraphdiffError, Hint

if TYPE_CHECKING:
    from graphdiff.batch.table import Reader, Writer

PARQUET = "parquet"
FORMATS = ["csv", "jsonl", PARQUET]
NAMES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": PARQUET,
    ".pq": PARQUET,
}
"""The formats by file name extension."""
COMPRESSIONS = {b"\x1f\x8b": "gunzip -c", b"\x28\xb5\x2f\xfd": "zstd -dc", b"BZh": "bunzip2 -c", b"\xfd7zXZ": "xz -dc"}
"""The commands that decompress files, by the first bytes of the file."""


def open_table(path: str, label: str) -> BufferedReader:
    """Open the file of a table; label is its name in messages.

    Raises GraphdiffError("file") if it cannot be read.
    """
    try:
        file = open(path, "rb")  # noqa: SIM115
        file.peek(1)
    except OSError as error:
        raise GraphdiffError("file", f"cannot read {label}: {error.strerror or error}") from None
    return file


def format_of_name(name: str) -> str | None:
    """The format by the extension of a file's name; None if there is none of this extension."""
    return NAMES.get(os.path.splitext(name)[1].lower())


def delimiter_of_name(name: str) -> str | None:
    """The delimiter of a CSV file by its name: a tab for .tsv; None for other names."""
    return "\t" if name.lower().endswith(".tsv") else None


def format_of(file: BufferedReader, name: str) -> str:
    """The format of a file by its name, else by its first bytes; Parquet always by its first bytes."""
    first = file.peek(1)
    if first.startswith(b"PAR1"):
        return PARQUET
    form = format_of_name(name)
    if form is not None:
        return form
    return "jsonl" if first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") else "csv"


def reader_of(form: str, file: BufferedReader, label: str) -> Reader:
    """The reader of a table in this format; label is the name of its file in messages.

    Raises GraphdiffError if the file is not such a table, or is compressed.
    """
    first = file.peek(1)
    for start, decompress in COMPRESSIONS.items():
        if first.startswith(start):
            hint = Hint("decompress it", "unpack", command=decompress)
            raise GraphdiffError("file", f"{label} is compressed", hint=hint)
    if form == PARQUET:
        reader: Reader = _parquet().ParquetReader(file, label)
        return reader
    status = os.fstat(file.fileno()) if _has_descriptor(file) else None
    lines = Lines(file, label, status.st_size if status is not None and S_ISREG(status.st_mode) else None)
    if form == "csv":
        from graphdiff.batch.csv_rows import CsvReader

        return CsvReader(lines)
    from graphdiff.batch.json_lines import JsonReader

    return JsonReader(lines)


def writer_of(
    form: str, file: BinaryIO, reader: Reader, results: Sequence[str], delimiter: str | None = None
) -> Writer:
    """The writer of the reader's rows in a format, with results of these names; delimiter is for CSV, by default that
    of the reader or a comma."""
    if form == PARQUET:
        writer: Writer = _parquet().ParquetWriter(file, reader, results)
        return writer
    if form == "csv":
        from graphdiff.batch.csv_rows import CsvWriter

        return CsvWriter(file, reader, results, delimiter)
    from graphdiff.batch.json_lines import JsonWriter

    return JsonWriter(file, reader, results)


def _has_descriptor(file: BufferedReader) -> bool:
    """Whether the file is one of the operating system's, not one in memory."""
    try:
        return file.fileno() >= 0
    except OSError:
        return False


def _parquet() -> Any:
    try:
        return import_module("graphdiff.batch.parquet")
    except ImportError:
        raise GraphdiffError("file", "Parquet requires pyarrow", hint="pip install 'graphdiff-cli[parquet]'") from None
