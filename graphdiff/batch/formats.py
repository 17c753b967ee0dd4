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

PARQUET, ARROW, XLSX = "parquet", "arrow", "xlsx"
FORMATS = ["csv", "jsonl", PARQUET, ARROW, XLSX]
OUTPUT_FORMATS = ["csv", "jsonl", PARQUET, ARROW]
BINARY = {PARQUET, ARROW, XLSX}
TITLES = {"csv": "CSV", "jsonl": "JSON lines", PARQUET: "Parquet", ARROW: "Arrow", XLSX: "an Excel workbook"}
PLAIN = TableOptions()
NAMES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": PARQUET,
    ".pq": PARQUET,
    ".arrow": ARROW,
    ".feather": ARROW,
    ".ipc": ARROW,
}
"""The formats by file name extension, of tables that are read or written."""
INPUT_NAMES = {**NAMES, ".arrows": ARROW, ".xlsx": XLSX, ".xlsm": XLSX}
STARTS = {b"PAR1": PARQUET, b"ARROW1": ARROW, b"FEA1": ARROW, b"\xff\xff\xff\xff": ARROW, b"PK\x03\x04": XLSX}
"""The formats by the first bytes of a file."""
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
CELLS = ("decimal", "thousands", "missing", "comment", "skip")
OPTIONS = {"csv": ("separator", *CELLS, "encoding"), "jsonl": ("encoding",), XLSX: (*CELLS, "sheet")}
"""The options that a format has."""


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
    return INPUT_NAMES.get(os.path.splitext(without_compression(name))[1].lower())


def output_format(form: str) -> str:
    """The format of the result for a table in this format: that of the table, if it can be written."""
    return form if form in OUTPUT_FORMATS else OUTPUT_FORMATS[0]


def delimiter_of_name(name: str) -> str | None:
    """The delimiter of a CSV file by its name: a tab for .tsv; None for other names."""
    return "\t" if without_compression(name).lower().endswith(".tsv") else None


def format_of(file: BufferedReader, name: str) -> str:
    """The format of a file: a binary one by its first bytes, others by the file's name, else by the first bytes."""
    first = file.peek(1)
    for start, form_of_start in STARTS.items():
        if first.startswith(start):
            return form_of_start
    if first.startswith(OLD_EXCEL):
        return XLSX
    form = format_of_name(name)
    if form is not None:
        return form
    return "jsonl" if first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") else "csv"


def reader_of(form: str, file: BufferedReader, label: str, options: TableOptions = PLAIN) -> Reader:
    """The reader of a table in this format; label is the name of its file in messages.

    Raises GraphdiffError if the file is not such a table; "usage" if the format has no use for an option.
    """
    for name in TableOptions._fields[1:]:
        if getattr(options, name) != getattr(PLAIN, name) and name not in OPTIONS.get(form, ()):
            those = " and ".join(TITLES[each] for each, names in OPTIONS.items() if name in names)
            raise GraphdiffError("usage", f"the option {name} is for {those}, and {label} is {TITLES[form]}")
    if form in BINARY:
        return _binary_reader(form, file, label, options)
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
    if form in BINARY:
        module = _module(form)
        writer: Writer = (module.ParquetWriter if form == PARQUET else module.ArrowWriter)(file, reader, results)
        return writer
    if form == "csv":
        from graphdiff.batch.csv_writer import CsvWriter

        return CsvWriter(file, reader, results, delimiter)
    from graphdiff.batch.json_lines import JsonWriter

    return JsonWriter(file, reader, results)


def _has_descriptor(file: BufferedReader) -> bool:
    """Whether the file is one of the operating system's, not one in memory or decompressed."""
    try:
        return file.fileno() >= 0
    except OSError:
        return False


def _binary_reader(form: str, file: BufferedReader, label: str, options: TableOptions) -> Reader:
    if form == PARQUET:
        reader: Reader = _module(PARQUET).ParquetReader(file, label)
    elif form == ARROW:
        reader = _module(ARROW).ArrowReader(file, label)
    else:
        if file.peek(1).startswith(OLD_EXCEL):
            message = f"{label} is a workbook of Excel 97 (.xls), or has a password"
            raise GraphdiffError("file", message, hint="save it as .xlsx without a password, or as .csv")
        reader = _module(XLSX).XlsxReader(file, label, options)
    return reader


def _module(form: str) -> Any:
    """The module of a format that needs a library.

    Raises GraphdiffError("file") if the library is not installed.
    """
    try:
        return import_module(f"graphdiff.batch.{form}")
    except ImportError:
        library, extra = ("openpyxl", "xlsx") if form == XLSX else ("pyarrow", "parquet")
        message = f"{TITLES[form]} requires {library}"
        raise GraphdiffError("file", message, hint=f"pip install 'graphdiff-cli[{extra}]'") from None
