"""Excel workbooks: sheets as people keep them, each read right, or refused with the option that reads it."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from graphdiff import GraphdiffError
from graphdiff.batch.formats import reader_of
from graphdiff.batch.table_options import TableOptions

openpyxl = pytest.importorskip("openpyxl", reason="the extra xlsx is not installed")

Command = Callable[..., Any]
Rows = Sequence[Sequence[Any]]
PLAIN: Rows = [["x", "y"], [1.5, 2], [-3.25, 4]]
PRODUCTS = [3.0, -13.0]


def workbook(*sheets: tuple[str, Rows], errors: Sequence[str] = (), merged: str = "") -> bytes:
    """A workbook with these sheets; errors are the cells of the first that have errors, merged its merged cells."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    for cell in errors:
        book.worksheets[0][cell].data_type = "e"
    if merged:
        book.worksheets[0].merge_cells(merged)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


class Case(NamedTuple):
    """A workbook; words are the options that read it, hint is what the message says without them."""

    name: str
    content: bytes
    words: Sequence[str] = ()
    hint: str | None = None
    products: Sequence[float | None] = PRODUCTS


def case(
    name: str, rows: Rows, words: str = "", hint: str | None = None, products: Any = PRODUCTS, **more: Any
) -> Case:
    return Case(name, workbook(("Data", rows), **more), words.split(), hint, products)


def replaced(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """A workbook with another text in a part."""
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as source, ZipFile(buffer, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            assert name != part or old in data
            target.writestr(name, data.replace(old, new) if name == part else data)
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
DAY = datetime.date(2026, 12, 1)
CASES = [
    case("a sheet", PLAIN),
    case("empty rows, and an empty column", [[], ["", "x", "y"], [], ["", 1.5, 2], [], ["", -3.25, 4], []]),
    case("numbers as text", [["x", "y"], ["1.5", "2"], [" -3.25", "4 "]]),
    case("true and false", [["x", "y"], [True, 2], [False, 4]], products=[2.0, 0.0]),
    case("decimal commas as text", [["x", "y"], ["1,5", 2], ["-3,25", 4]], "--decimal ,", "--decimal , reads it"),
    case("thousands as text", [["x", "y"], ["1,234.5", 2]], "--thousands ,", '--thousands ","', [2469.0]),
    case("a merged title", [["Results of May"], *PLAIN], "--skip 1", "--skip 1 leaves it out", merged="A1:B1"),
    case("a title and an empty row", [["Results"], [], *PLAIN], "--skip 1", "--skip 1 leaves it out"),
    case("comments", [["# from a device"], *PLAIN, ["# the end"]], "--comment #", "--skip 1"),
    case("n/a", [["x", "y"], [1.5, 2], ["n/a", 4]], "--na n/a", 'row 3, column \'x\': \'n/a\'', [3.0, None]),
    case("an error", [["x", "y"], [1.5, 2], ["#N/A", 4]], "--na #N/A", '--na "#N/A"', [3.0, None], errors=["A3"]),
    case("a division by 0", [["x", "y"], ["#DIV/0!", 4]], "--na #DIV/0!", '--na "#DIV/0!"', [None], errors=["A2"]),
    case("an empty cell", [["x", "y"], [1.5, 2], [None, 4]], "--na NA", "column 'x': the cell is empty", [3, None]),
    case("a formula without a value", [["x", "y"], ["=B2*2", 2]], hint="until a spreadsheet program has computed"),
    case("a date", [["x", "y"], [DAY, 2]], hint="row 2, column 'x': 2026-12-01 is a date or a time"),
    case("units below the names", [["x", "y"], ["cm", "kg"], [1, 2]], hint="row 2, column 'x': 'cm' is not a number"),
    case("a total below", [*PLAIN, ["Total", 6]], hint="row 4, column 'x': 'Total' is not a number"),
    case("a note at the right", [*PLAIN, [1, 2, "look!"]], hint="row 4: expected 2 cells, got 3"),
    case("no names", PLAIN[1:], hint="the first line should name the columns"),
    case("two columns of a name", [["x", "y", "x"], [1, 2, 3]], hint="duplicate column 'x'"),
    case("nothing", [], hint="sheet 'Data' of 'book.xlsx' is empty"),
    Case("a second sheet", workbook(("Notes", [["read me"]]), ("May", PLAIN)), ("--sheet", "May"), "no column"),
    Case("a sheet by number", workbook(("Notes", []), ("May", PLAIN)), ("--sheet", "2"), "are May; --sheet"),
    Case("a sheet that is called 2", workbook(("2", PLAIN), ("May", [["a"]])), ("--sheet", "2")),
    Case("gzip", gzip.compress(workbook(("Data", PLAIN)))),
    Case("the value of a formula", replaced(
        workbook(("Data", [["x", "y"], ["=B2-0.5", 2], [-3.25, 4]])), SHEET, b"<v></v>", b"<v>1.5</v>"
    )),
    Case("a wrong size", replaced(workbook(("Data", PLAIN)), SHEET, b'ref="A1:B3"', b'ref="A1:A2"')),
    Case("an .xls file", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), hint="or has a password"),
    Case("cut short", workbook(("Data", PLAIN))[:2000], hint="is not an Excel workbook, or is damaged"),
    Case("another archive", gzip.decompress(gzip.compress(b"PK\x03\x04")), hint="is not an Excel workbook"),
]  # fmt: skip


@pytest.mark.parametrize("table", CASES, ids=lambda table: table.name)
def test_workbooks(table: Case, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("book.xlsx").write_bytes(table.content)
    line = ["map", "x*y", "--data", "book.xlsx", "--wrt", "x"]
    plain = command(*line)
    if table.hint is not None:
        assert plain.status == 2
        assert table.hint in plain.err
    if table.hint is None or table.words:
        result = command(*line, *table.words)
        assert result.status == 0
        rows = csv.DictReader(io.StringIO(result.out))
        assert [float(row["value"]) if row["value"] else None for row in rows] == pytest.approx(table.products)


def test_other_cells(command: Command) -> None:
    """Whole numbers, dates, times and texts, in each format of results."""
    moment, clock, span = datetime.datetime(2026, 12, 1, 9, 30), datetime.time(9, 30), datetime.timedelta(hours=30)
    rows: Rows = [
        ["x", "id", "code", "day", "moment", "clock", "span", "ok"],
        [2, 7, "007", DAY, moment, clock, span, True],
    ]
    content = workbook(("Data", rows))
    result = command("map", "x", "--data", "-", stdin=content)
    assert result.out.splitlines()[1] == "2,7,007,2026-12-01,2026-12-01 09:30:00,09:30:00,30:00:00,true,2.0,1.0"
    result = command("map", "x", "--data", "-", "--format", "jsonl", stdin=content)
    record = json.loads(result.out)
    assert (record["id"], record["code"], record["day"], record["ok"]) == (7, "007", "2026-12-01", True)


def test_whole_numbers_and_others_in_one_column(command: Command, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    content = workbook(("Data", [["x", "k"], *([row, row if row < 5000 else row / 2] for row in range(6000))]))
    target = tmp_path / "result.parquet"
    assert command("map", "x", "--data", "-", "-o", str(target), stdin=content).status == 0
    table = parquet.read_table(target)
    assert str(table.schema.field("k").type) == "double"
    assert table["k"].to_pylist()[5001] == 2500.5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--sheet", "June"], "has no sheet 'June'\n  its sheets are Data"),
        (["--sheet", "0"], "has no sheet '0'"),
        (["--separator", ";"], "the option separator is for CSV, and standard input is an Excel workbook"),
        (["--encoding", "latin-1"], "the option encoding is for CSV and JSON lines"),
        (["--format", "xlsx"], "'xlsx' is not one of"),
        (["-o", "result.xlsx"], "unknown table format '.xlsx'"),
    ],
)
def test_wrong_options(words: list[str], message: str, command: Command) -> None:
    result = command("map", "x*y", "--data", "-", *words, stdin=workbook(("Data", PLAIN)))
    assert (result.status, result.out) == (2, "")
    assert message in result.err


def test_sheet_of_another_format(command: Command) -> None:
    result = command("map", "x*y", "--data", "-", "--sheet", "2", stdin=b"x,y\n1,2\n")
    assert "the option sheet is for an Excel workbook, and standard input is CSV" in result.err


def test_many_workbooks(command: Command, tmp_path: Path) -> None:
    folder, target = tmp_path / "books", tmp_path / "results"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.xlsx").write_bytes(workbook(("Notes", []), ("May", PLAIN)))
    result = command("map", "x*y", "--data", str(folder), "--sheet", "May", "-o", str(target), "--wrt", "x")
    assert result.status == 0
    for name in ("a", "b"):
        assert (target / f"{name}.csv").read_text() == "x,y,value,d_x\n1.5,2,3.0,2.0\n-3.25,4,-13.0,4.0\n"


def test_fit_of_a_sheet(command: Command, tmp_path: Path) -> None:
    pytest.importorskip("scipy", reason="the extra scipy is not installed")
    rows: Rows = [["when", "x", "y"], *([DAY, x, 3 * x - 1] for x in range(8))]
    path, out = tmp_path / "book.xlsx", tmp_path / "rows.csv"
    path.write_bytes(workbook(("Notes", []), ("May", rows)))
    line = ["fit", "y = a*x + b", "--data", str(path), "--start", "a=1,b=0", "--json", "-o", str(out)]
    result = command(*line, "--sheet", "May")
    assert [each["estimate"] for each in json.loads(result.out)["parameters"]] == pytest.approx([3, -1])
    assert out.read_text().startswith("when,x,y,")


def read(content: bytes) -> int:
    """The number of rows of a workbook."""
    raw: Any = io.BytesIO(content)
    reader = reader_of("xlsx", io.BufferedReader(raw), "the table", TableOptions())
    return sum(map(len, reader.chunks([])))


def test_far_cells() -> None:
    """A cell at the end of a sheet takes no memory for those before it."""
    content = workbook(("Data", PLAIN))
    assert read(replaced(content, SHEET, b'<row r="3"', b'<row r="1048000"')) == 2
    with pytest.raises(GraphdiffError, match="expected 2 cells, got 16384"):
        read(replaced(content, SHEET, b'r="B3"', b'r="XFD3"'))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        (SHEET, b"</sheetData>", b'<row r="4">' + b"<c/>" * 6_000_000 + b"</row></sheetData>"),
        (SHEET, b"<sheetData>", b"<!--" + b" " * 20_000_000 + b"--><sheetData>"),
        ("xl/styles.xml", b"<fonts", b"<!--" + b" " * 40_000_000 + b"--><fonts"),
        ("xl/sharedStrings.xml", b"<si>", b"<!--" + b" " * 280_000_000 + b"--><si>"),
    ],
    ids=["cells", "sheet", "styles", "texts"],
)
def test_bombs(part: str, old: bytes, new: bytes) -> None:
    content = workbook(("Data", PLAIN))
    with pytest.raises(GraphdiffError, match=r"bytes") as caught:
        read(replaced(content, part, old, new))
    assert caught.value.kind == "limit"
