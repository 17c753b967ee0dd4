"""The format of a table, and its readers and writers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from io import BufferedReader
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, BinaryIO

from graphdiff.batch.compression import decompressed, without_compression
from graphdiff.batch.encoding import in_utf8
from graphdiff.batch.lines import Lines
from graphdiff.batch.table_options import TableOptions
from graphdiff.errors import GraphdiffError

if TYPE_CHECKING:
    from graphdiff.batch.table import Reader, Writer

PARQUET = "parquet"
FORMATS = ["csv", "jsonl", PARQUET]
TITLES = {"csv": "CSV", "jsonl": "JSON lines", PARQUET: "Parquet"}
PLAIN = TableOptions()
NAMES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": PARQUET,
    ".pq": PARQUET,
}
"""The formats by file name extension."""
OPTIONS_OF_CSV = ("separator", "decimal", "thousands", "missing", "comment", "skip")
"""The options of tables in other formats than CSV have no use for."""


def open_table(path: str, label: str) -> BufferedReader:
    """Open the content of the file of a table; label is its name in messages.

    Raises GraphdiffError("file") if it cannot be read.
    """
    try:
        return decompressed(open(path, "rb"), label)
    except OSError as error:
        raise GraphdiffError("file", f"cannot read {label}: {error.strerror or error}") from None


def format_of_name(name: str) -> str | None:
    """The format by the extension of a file's name; None if there is none of this extension."""
    return NAMES.get(os.path.splitext(without_compression(name))[1].lower())


def delimiter_of_name(name: str) -> str | None:
    """The delimiter of a CSV file by its name: a tab for .tsv; None for other names."""
    return "\t" if without_compression(name).lower().endswith(".tsv") else None


def format_of(file: BufferedReader, name: str) -> str:
    """The format of a file by its name, else by its first bytes; Parquet always by its first bytes."""
    first = file.peek(1)
    if first.startswith(b"PAR1"):
        return PARQUET
    form = format_of_name(name)
    if form is not None:
        return form
    return "jsonl" if first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") else "csv"


def reader_of(form: str, file: BufferedReader, label: str, options: TableOptions = PLAIN) -> Reader:
    """The reader of a table in this format; label is the name of its file in messages.

    Raises GraphdiffError if the file is not such a table; "usage" if the format has no use for an option.
    """
    for name in OPTIONS_OF_CSV if form != "csv" else ():
        if getattr(options, name) != getattr(PLAIN, name):
            raise GraphdiffError("usage", f"the option {name} is for CSV, and {label} is {TITLES[form]}")
    if form == PARQUET:
        reader: Reader = _parquet().ParquetReader(file, label)
        return reader
    status = os.fstat(file.fileno()) if _has_descriptor(file) else None
    file = in_utf8(file, options.encoding, label)
    lines = Lines(file, label, status.st_size if status is not None and S_ISREG(status.st_mode) else None)
    if form == "csv":
        from graphdiff.batch.csv_rows import CsvReader

        return CsvReader(lines, options)
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
    """Whether the file is one of the operating system's, not one in memory or decompressed."""
    try:
        return file.fileno() >= 0
    except OSError:
        return False


def _parquet() -> Any:
    try:
        return import_module("graphdiff.batch.parquet")
    except ImportError:
        raise GraphdiffError("file", "Parquet requires pyarrow", hint="pip install 'graphdiff-cli[parquet]'") from None
