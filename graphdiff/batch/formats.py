"""Which format a table has, and what reads and writes it."""

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

FORMATS = ["csv", "jsonl", "parquet"]
NAMES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
"""The formats by the end of a file's name."""
PACKED = {b"\x1f\x8b": "gunzip -c", b"\x28\xb5\x2f\xfd": "zstd -dc", b"BZh": "bunzip2 -c", b"\xfd7zXZ": "xz -dc"}
"""What unpacks files that begin so."""


def open_table(path: str, called: str) -> BufferedReader:
    """The file of a table; called is what messages call it.

    Raises GraphdiffError("file") where it cannot be read.
    """
    try:
        file = open(path, "rb")  # noqa: SIM115
        file.peek(1)
    except OSError as error:
        raise GraphdiffError("file", f"cannot read {called}: {error.strerror or error}") from None
    return file


def format_of_name(name: str) -> str | None:
    """The format that a file's name tells."""
    return NAMES.get(os.path.splitext(name)[1].lower())


def delimiter_of_name(name: str) -> str | None:
    """What stands between the cells of a CSV file, where its name tells."""
    return "\t" if name.lower().endswith(".tsv") else None


def format_of(file: BufferedReader, name: str) -> str:
    """The format by the file's name, else by its first bytes."""
    first = file.peek(1)
    if first.startswith(b"PAR1"):
        return "parquet"
    told = format_of_name(name)
    if told is not None:
        return told
    return "jsonl" if first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") else "csv"


def reader_of(form: str, file: BufferedReader, called: str) -> Reader:
    """What reads a table of this format; called is what messages call its file.

    Raises GraphdiffError where the file is none, or is packed.
    """
    first = file.peek(1)
    for begin, unpack in PACKED.items():
        if first.startswith(begin):
            raise GraphdiffError("file", f"{called} is packed", hint=Hint("unpack it", "unpack", command=unpack))
    if form == "parquet":
        reader: Reader = _parquet().ParquetReader(file, called)
        return reader
    status = os.fstat(file.fileno()) if _has_number(file) else None
    lines = Lines(file, called, status.st_size if status is not None and S_ISREG(status.st_mode) else None)
    if form == "csv":
        from graphdiff.batch.csv_rows import CsvReader

        return CsvReader(lines)
    from graphdiff.batch.json_lines import JsonReader

    return JsonReader(lines)


def writer_of(
    form: str, file: BinaryIO, reader: Reader, results: Sequence[str], delimiter: str | None = None
) -> Writer:
    """What writes the reader's rows in a format, with results of these names; the delimiter is that of CSV, the
    reader's or a comma unless given."""
    if form == "parquet":
        writer: Writer = _parquet().ParquetWriter(file, reader, results)
        return writer
    if form == "csv":
        from graphdiff.batch.csv_rows import CsvWriter

        return CsvWriter(file, reader, results, delimiter)
    from graphdiff.batch.json_lines import JsonWriter

    return JsonWriter(file, reader, results)


def _has_number(file: BufferedReader) -> bool:
    """Whether the system knows the file."""
    try:
        return file.fileno() >= 0
    except OSError:
        return False


def _parquet() -> Any:
    try:
        return import_module("graphdiff.batch.parquet")
    except ImportError:
        raise GraphdiffError("file", "Parquet needs pyarrow", hint="pip install 'graphdiff-cli[parquet]'") from None
