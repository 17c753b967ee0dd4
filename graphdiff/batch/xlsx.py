"""Sheets of Excel workbooks (.xlsx, .xlsm), read by openpyxl. This module is imported only for them.

openpyxl reads a sheet row by row, so that memory stays flat, and gives error cells as their texts. All other formats of
spreadsheets have to be saved as one of these, or as CSV.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO
from zipfile import ZipFile

from openpyxl.packaging.manifest import Manifest
from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHARED_STRINGS

from graphdiff.batch.seekable import seekable
from graphdiff.batch.table import Cells, Chunk, Column, column_of
from graphdiff.batch.table_options import MissingValueError, TableOptions
from graphdiff.errors import GraphdiffError, Hint, shorten

CHUNK_ROWS = 1 << 12
"""Rows to read at once."""
MOST_ROW_BYTES = 1 << 24
"""The most bytes, decompressed, of a row of a sheet: parsers of XML may take quadratic time for a long text."""
MOST_TEXT_BYTES = 1 << 28
"""The most bytes, decompressed, of the texts that the cells of a workbook share, which are kept in memory."""
MOST_PART_BYTES = 1 << 25
"""The most bytes, decompressed, of another part of a workbook that is read as a whole, such as its styles."""
FORMULA = "a cell with a formula is empty until a spreadsheet program has computed and saved it"


class XlsxChunk(Chunk):
    """Rows of a sheet."""

    unit = "row"
    has_integer_type = False

    def __init__(
        self, rows: Sequence[Sequence[Any]], numbers: Sequence[int], sheet: str, options: TableOptions
    ) -> None:
        super().__init__(numbers)
        self.rows = rows
        self.sheet = sheet
        self.options = options

    def place(self, row: int) -> str:
        return f"sheet '{shorten(self.sheet)}', {super().place(row)}"

    def read_column(self, position: int) -> Column:
        return column_of([cells[position] for cells in self.rows], self._number)

    def cells(self) -> list[Cells]:
        return [[_plain(cell) for cell in column] for column in zip(*self.rows, strict=True)]

    def _number(self, cell: Any) -> float:
        if isinstance(cell, str):  # as people write numbers into cells that are formatted as text
            return self.options.number(cell)
        if cell is None:
            error = MissingValueError()
            error.hint = FORMULA
            raise error
        if not isinstance(cell, (bool, int, float)):
            raise GraphdiffError("value", f"{_plain(cell)} is a date or a time, not a number")
        return float(cell)


class XlsxReader:
    """The rows of a sheet, below a row with the names of the columns."""

    def __init__(self, file: BinaryIO, label: str, options: TableOptions) -> None:
        self._label = label
        self._options = options
        self._done = 0
        with self._reporting():
            self._book = _Book(seekable(file))
            self._sheet = self._find_sheet(self._book.wb.worksheets, options.sheet)
            self._sheet.reset_dimensions()  # some programs write wrong ones
            self._rows = self._read_rows()
            header = next(self._rows, None)
            following = next(self._rows, None)
        if header is None:
            raise self._no_header()
        self._start = [following] if following else []
        names = [_text(cell) for cell in header[1]]
        self._check_header(header[0], names, following[1] if following else ())
        self.names: Sequence[str] | None = names

    def chunks(self, positions: Sequence[int]) -> Iterator[XlsxChunk]:
        """Read the rows, without empty ones.

        Raises GraphdiffError: "value" for a row with more cells than the header, to which no name belongs; "file" if
        the file is damaged.
        """
        assert self.names is not None
        count = len(self.names)
        while True:
            with self._reporting():
                read = [*self._start, *islice(self._rows, CHUNK_ROWS)]
            self._start = []
            if not read:
                return
            numbers, rows = [], []
            for number, cells in read:
                if len(cells) > count:
                    place = f"sheet '{shorten(self._sheet.title)}', row {number}"
                    message = f"{place}: expected {count} cell{'s' * (count != 1)}, got {len(cells)}"
                    raise GraphdiffError("value", message, hint="each column needs a name in the header")
                numbers.append(number)
                rows.append([*cells, *[None] * (count - len(cells))])
            self._done = numbers[-1]
            yield XlsxChunk(rows, numbers, self._sheet.title, self._options)

    def progress(self) -> tuple[int, int | None]:
        """The number of the last row that has been read."""
        return self._done, None

    def _read_rows(self) -> Iterator[tuple[int, Sequence[Any]]]:
        """The number and the cells of each row that is not empty, without empty cells at its end."""
        for number, row in enumerate(self._sheet.iter_rows(values_only=True), 1):
            self._book.archive.read_bytes = 0
            if number <= self._options.skip:
                continue
            cells = list(row)
            while cells and (cells[-1] is None or cells[-1] == ""):
                cells.pop()
            comment = self._options.comment
            if cells and not (comment is not None and _text(cells[0]).startswith(comment)):
                yield number, cells

    def _find_sheet(self, sheets: Sequence[Any], name: str | None) -> Any:
        """The sheet of a name, or a number from 1; without one, the first.

        Raises GraphdiffError("name") if there is none.
        """
        titles = [sheet.title for sheet in sheets]
        if name in titles:
            return sheets[titles.index(name)]
        wanted = 1 if name is None else int(name) if name.isdecimal() and len(name) < 6 else 0
        if 1 <= wanted <= len(sheets):
            return sheets[wanted - 1]
        hint = f"its sheets are {', '.join(map(shorten, titles[:20]))}" if titles else None
        what = "no sheet with cells" if name is None else f"no sheet '{shorten(name)}'"
        raise GraphdiffError("name", f"{self._label} has {what}", hint=hint)

    def _no_header(self) -> GraphdiffError:
        others = [sheet.title for sheet in self._book.wb.worksheets if sheet is not self._sheet]
        hint: str | Hint = "the first row should name the columns"
        if others:
            names = ", ".join(map(shorten, others[:20]))
            hint = Hint(f"its other sheets are {names}", "sheet", names=names)
        return GraphdiffError("file", f"sheet '{shorten(self._sheet.title)}' of {self._label} is empty", hint=hint)

    def _check_header(self, number: int, names: Sequence[str], following: Sequence[Any]) -> None:
        """Raises GraphdiffError("file") for a title above the table, which is in one cell, mostly a merged one."""
        cells = sum(cell is not None and cell != "" for cell in following)
        if sum(map(bool, names)) == 1 and cells > 1:
            title = next(filter(None, names))
            raise GraphdiffError(
                "file",
                f"row {number} of sheet '{shorten(self._sheet.title)}' has one name for several columns: "
                f"'{shorten(title)}'",
                hint=Hint("it may be a title above the names of the columns", "skip", count=str(number)),
            )

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        """Report what openpyxl raises for a damaged file; it has no exception of its own for that."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about what it leaves out, such as validation rules
                yield
        except GraphdiffError:
            raise
        except MemoryError:
            raise
        except Exception as error:
            reason = shorten(" ".join(str(error).split()), 120)
            raise GraphdiffError(
                "file",
                f"{self._label} is not an Excel workbook, or is damaged: {reason}",
                hint="open it in a spreadsheet program, and save it as .xlsx or .csv",
            ) from None


class _Archive(ZipFile):
    """The parts of a workbook. Of a sheet, no more than a limit is read at once, though a few bytes can be gigabytes.

    Attributes:
        texts: The name of the part with the shared texts.
        read_bytes: The bytes that have been read since the last row.
    """

    texts: str | None = None
    read_bytes = 0

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        self._check_size(str(name), MOST_PART_BYTES)
        return super().read(name, pwd)

    def open(self, name: Any, *args: Any, **options: Any) -> Any:
        if name == self.texts:
            self._check_size(name, MOST_TEXT_BYTES)
        part = super().open(name, *args, **options)
        read = part.read

        def read_counted(size: int = -1) -> bytes:
            data = read(size)
            self.read_bytes += len(data)
            if name != self.texts and self.read_bytes > MOST_ROW_BYTES:
                message = f"a row of '{shorten(name)}' in the workbook has more than {MOST_ROW_BYTES:,} bytes"
                raise GraphdiffError("limit", message, hint="save the sheet as CSV")
            return data

        part.read = read_counted  # type: ignore[method-assign]
        return part

    def _check_size(self, name: str, most: int) -> None:
        # No more is decompressed than the archive says.
        size = self.getinfo(name).file_size
        if size > most:
            message = f"'{shorten(name)}' in the workbook has {size:,} bytes; the limit is {most:,}"
            raise GraphdiffError("limit", message, hint="save the sheet as CSV")


class _Book(ExcelReader):  # type: ignore[misc]  # openpyxl has no types
    """A workbook of which only what the cells of sheets need is read."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, read_only=True, data_only=True, keep_links=False)
        self.archive = _Archive(file)
        self.read()

    def read_strings(self) -> None:
        package: Manifest = self.package
        part = package.find(SHARED_STRINGS)
        self.archive.texts = None if part is None else part.PartName[1:]
        super().read_strings()
        self.archive.read_bytes = 0

    def read_chartsheet(self, sheet: Any, rel: Any) -> None:
        """A chart has no cells."""

    def read_properties(self) -> None: ...

    def read_custom(self) -> None: ...

    def read_theme(self) -> None: ...


def _plain(cell: Any) -> Any:
    """A cell as a number, a text, or None; dates and times as in ISO 8601."""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        minutes, seconds = divmod(cell.total_seconds(), 60)
        return f"{minutes // 60:.0f}:{minutes % 60:02.0f}:{seconds:02.0f}"
    return cell


def _text(cell: Any) -> str:
    """A cell of the header."""
    return "" if cell is None else str(_plain(cell)).strip()
