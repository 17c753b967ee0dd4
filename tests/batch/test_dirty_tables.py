"""Tables as people find them: each is read right, or refused with the option that reads it."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zstandard

Command = Callable[..., Any]
NUMBERS = [(1.5, 2.0), (-3.25, 4.0)]
"""The rows of most tables: x and y."""
PRODUCTS = [3.0, -13.0]


class Dirty(NamedTuple):
    """A table.

    Attributes:
        name: What is odd about it.
        content: Its bytes.
        words: The options that read it.
        hint: What the message says without them; None if it is read without them.
        products: x*y in each row; None for a row without results.
    """

    name: str
    content: bytes
    words: Sequence[str] = ()
    hint: str | None = None
    products: Sequence[float | None] = PRODUCTS


def text(name: str, content: str, words: str = "", hint: str | None = None, products: Any = PRODUCTS) -> Dirty:
    return Dirty(name, content.encode(), words.split("~") if words else (), hint, products)


PLAIN = b"x,y\n1.5,2\n-3.25,4\n"
CELLS = {
    "$1.5": "it has the currency '$'; remove it from the column, in CSV by: sed '2,$s/[$]//g' FILE",
    "-$1.5": "the currency '$'",
    "$-1.5": "the currency '$'",
    "1.5 €": "sed '2,$s/ *€//g' FILE",
    "USD 1.5": "the currency 'USD'",
    "5%": "it has the sign '%' (divide by 100 in the formula); remove it from the column",
    "12 kg": "it has the unit 'kg'; remove it from the column, in CSV by: sed '2,$s/ *kg//g' FILE",
    "12 m/s": "it has the unit 'm/s', which has to be removed",
    "5 °C": "the unit '°C'",
    "5*": "the sign '*'",
    "½": "'½' is not one of the digits 0 to 9: write 0.5 for it",
    "１２": "write 1 for it",
    "1/2": "fractions are written as decimals",
    "1 234": '--thousands " " reads it',
    "1_000": '--thousands "_" reads it',
    "12,34,567": "its commas group digits by two",
    "<0.05": 'take it as missing with --na "<0.05"',
    "5(2)": "its uncertainty stands in a column of its own",
    "5+-0.1": "uncertainties stand in a column of their own",
    "(123)": "parentheses around an amount mean a minus sign",
    "2024-01-05": "it is a date",
    "12:30": "it is a time",
    "0x1F": "hexadecimal numbers",
    "1.2×10^3": "powers of ten are written so: 1.2e3",
    "yes": "only true and false are numbers",
    "'5": "it begins with an apostrophe",
    "?": '--na "?" takes it as a missing value',
    "12 kg; ls": "--on-error null",
    "5 $(ls)": "--on-error null",
    "<5 $(ls)": "--on-error null",
}
"""Cells that are not numbers, and what the hint says."""
TABLES = [
    text("commas", "x,y\n1.5,2\n-3.25,4\n"),
    text("semicolons", "x;y\n1.5;2\n-3.25;4\n"),
    text("tabs", "x\ty\n1.5\t2\n-3.25\t4\n"),
    text("bars", "x|y\n1.5|2\n-3.25|4\n"),
    text("blanks", "x     y\n1.5   2\n-3.25 4\n"),
    text("blanks and tabs before and after", "  x \t y\n 1.5  2 \n -3.25\t 4\n"),
    text("a table of Markdown", "| x | y |\n|---|---:|\n| 1.5 | 2 |\n| -3.25 | 4 |\n"),
    text("a table drawn with bars", "| x     | y |\n+-------+---+\n| 1.5   | 2 |\n| -3.25 | 4 |\n"),
    text("blanks by name", "x\ty z\n1.5\t2 3\n-3.25\t4 3\n", "--separator~blanks", "no column"),
    text("a separator of its own", "x~y\n1.5~2\n-3.25~4\n".replace("~", "^"), "--separator~^", "no column"),
    text("the separator of Excel", "sep=|\nx|y\n1.5|2\n-3.25|4\n"),
    text("decimal commas", "x;y\n1,5;2\n-3,25;4,0\n", "--decimal~,", "--decimal , reads it"),
    text("decimal commas between tabs", "x\ty\n1,5\t2\n-3,25\t4\n", "--decimal~,", "--decimal , reads it"),
    text("quoted decimal commas", 'x,y\n"1,5",2\n"-3,25",4\n', "--decimal~,", "--decimal , reads it"),
    text("thousands", 'x,y\n"1,234.5",2\n"-3,000,000",4\n', "--thousands~,", '--thousands ","', [2469.0, -12e6]),
    text(
        "thousands by points",
        "x;y\n1.234,5;2\n-3.000;4\n",
        "--decimal~,~--thousands~.",
        '--thousands "."',
        [2469, -12e3],
    ),
    text("thousands by spaces", "x;y\n1 234.5;2\n-3 000;4\n", "--thousands~space", '--thousands " "', [2469.0, -12e3]),
    text(
        "thousands by spaces that do not break",
        "x;y\n1\u00a0234,5;2\n-3\u202f000;4\n",
        "--decimal~,~--thousands~space",
        '--thousands " "',
        [2469.0, -12e3],
    ),
    text("thousands of the Swiss", "x;y\n1'234.5;2\n-3’000;4\n", "--thousands~'", '--thousands "\'"', [2469.0, -12e3]),
    text(
        "an ambiguous comma",
        'x,y\n"1,234",2\n"-3,000",4\n',
        "--thousands~,",
        "--thousands , reads it as a whole",
        [2468, -12e3],
    ),
    text("a minus sign", "x,y\n1.5,2\n−3.25,4\n"),
    text("plus signs and points", "x,y\n+1.5,2.\n-3.25,+4e0\n"),
    text("exponents", "x,y\n15e-1,0.2E+1\n-325E-2,.4e1\n"),
    text("spaces around numbers", "x, y\n 1.5 ,  2\n-3.25\u00a0,4 \n"),
    text("quoted numbers", '"x","y"\n"1.5","2"\n"-3.25","4"\n'),
    text("true and false", "x,y\nTRUE,2\nfalse,4\nTrue,3\n", products=[2.0, 0.0, 3.0]),
    text("NA", "x,y\n1.5,2\n1,NA\n-3.25,4\n", "--na~NA", '--na "NA"', [3.0, None, -13.0]),
    text("n/a and empty cells", "x,y\nn/a,2\n,4\n-3.25,4\n", "--na~NA,n/a", '--na "n/a"', [None, None, -13.0]),
    text("a dash", "x,y\n1.5,2\n-,4\n", "--na~-", '--na "-"', [3.0, None]),
    text("an empty cell", "x,y\n1.5,2\n,4\n", "--na~NA", "the cell is empty", [3.0, None]),
    text(
        "errors of a spreadsheet", "x,y\n1.5,2\n#DIV/0!,4\n", "--na~#DIV/0!", "'#DIV/0!' is not a number", [3.0, None]
    ),
    text("-999", "x,y\n1.5,2\n-999,4\n", "--na~-999", None, [3.0, -3996.0]),
    text("comments", "# made by a device\nx,y\n1.5,2\n# a pause\n-3.25,4\n", "--comment~#", "--comment '#'"),
    text("comments of MATLAB", "% made by a device\nx,y\n1.5,2\n-3.25,4\n", "--comment~%", "--comment '%'"),
    text(
        "comments beside blanks", "// a\nx y\n1.5 2\n// b\n-3.25 4\n", "--comment~//", "leaves out lines that begin so"
    ),
    text(
        "title lines", "Experiment 7\n2026-12-01\n\nx,y\n1.5,2\n-3.25,4\n", "--skip~2", "the columns are Experiment 7"
    ),
    text("empty lines", "\n\nx,y\n\n1.5,2\n\n\n-3.25,4\n\n"),
    text("ends of lines of Windows", "x,y\r\n1.5,2\r\n-3.25,4\r\n"),
    text("names with units", "x (cm),y (kg)\n1.5,2\n-3.25,4\n", "--as~x=x (cm)~--as~y=y (kg)", '--as x="x (cm)" takes'),
    text("a name with a hyphen", "x-axis,y\n1.5,2\n-3.25,4\n", "--as~x=x-axis", "write `x-axis` in backticks"),
    text("no end of the last line", "x,y\n1.5,2\n-3.25,4"),
    text("a separator at the ends", "x,y,\n1.5,2,\n-3.25,4,\n"),
    text("a short row", "x,y,z\n1.5,2,1\n-3.25,4\n", hint="expected 3 cells, got 2"),
    text("a long row", "x,y\n1.5,2,1\n-3.25,4\n", hint="line 2: expected 2 cells, got 3"),
    text("no names", "1.5,2\n-3.25,4\n", hint="the first line should name the columns"),
    text("units below the names", "x,y\ncm,kg\n1.5,2\n", hint="line 2, column 'x': 'cm' is not a number"),
    text("a total below", "x,y\n1.5,2\n-3.25,4\nTotal,6\n", hint="line 4, column 'x': 'Total' is not a number"),
    text("two columns of a name", "x,x,y\n1.5,2,1\n", hint="duplicate column 'x'"),
    *(text(f"the cell {cell}", f"x\ty\n{cell}\t2\n", hint=hint) for cell, hint in CELLS.items()),
    text("money and thousands", 'x,y\n"$1,234.50",2\n', hint="the currency '$'"),
    text("money and thousands again", 'x,y\n"$1,234.50",2\n', hint="; ',' separates its thousands"),
    text("an open quote", 'x,y\n"1.5,2\n-3.25,4\n', hint="a quote is not closed"),
    text("a cell that is too long", f"x,y\n{'1' * 200_000},2\n", hint="a cell has more than 131,072 characters"),
    text("nothing", "", hint="has no header"),
    Dirty("the mark of UTF-8", b"\xef\xbb\xbf" + PLAIN),
    Dirty("UTF-16", "x,y\n1.5,2\n-3.25,4\n".encode("utf-16")),
    Dirty("UTF-16 the other way", b"\xfe\xff" + "x,y\n1.5,2\n-3.25,4\n".encode("utf-16-be")),
    Dirty("Latin-1", b"x,y,where\n1.5,2,K\xf6ln\n-3.25,4,Bonn\n", ("--encoding", "latin-1"), "--encoding cp1252"),
    Dirty("Windows", b"x,y,what\n1.5,2,\x80\n-3.25,4,a\n", ("--encoding", "cp1252"), "--encoding cp1252"),
    Dirty("gzip", gzip.compress(PLAIN)),
    Dirty("two members of gzip", gzip.compress(PLAIN[:9]) + gzip.compress(PLAIN[9:])),
    Dirty("bzip2", bz2.compress(PLAIN)),
    Dirty("xz", lzma.compress(PLAIN)),
    Dirty("Zstandard", zstandard.compress(PLAIN)),
    Dirty("gzip cut short", gzip.compress(PLAIN)[:-9], hint="the file is damaged or cut short"),
    Dirty("gzip with another checksum", gzip.compress(PLAIN)[:-8] + bytes(8), hint="the file is damaged"),
]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_dirty_tables(table: Dirty, command: Command, tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_bytes(table.content)
    line = ["map", "x*y", "--data", str(path), "--from", "csv", "--wrt", "x"]
    plain = command(*line)
    is_refused = table.hint is not None
    if is_refused:
        assert plain.status == 2
        assert str(table.hint) in plain.err
    if is_refused and not table.words:
        return
    result = command(*line, *table.words)
    assert result.status == 0
    if table.name == "-999":
        assert _products(plain.out) == table.products
        assert _products(result.out) == [3.0, None]
    else:
        assert _products(result.out) == pytest.approx(table.products)


def _products(out: str) -> list[float | None]:
    """The column `value` of a result, whatever separates its cells, and whatever its decimal point is."""
    delimiter = max(",;\t|^", key=out.splitlines()[0].count)
    rows = list(csv.DictReader(io.StringIO(out), delimiter=delimiter))
    return [float(row["value"].replace(",", ".")) if row["value"] else None for row in rows]


def test_other_cells_stay_as_they_are(command: Command) -> None:
    """Decimals, dates, leading zeros, quotes."""
    rows = ["x;code;when;note\n", '1,5;007;2026-12-01;"a; b"\n', '2,0;1e400;01.12.;" c"\n']
    result = command("map", "x*2", "--data", "-", "--decimal", ",", stdin="".join(rows).encode())
    assert result.out.splitlines() == [
        "x;code;when;note;value;d_x",
        '1,5;007;2026-12-01;"a; b";3,0;2,0',
        '2,0;1e400;01.12.;" c";4,0;2,0',
    ]


@pytest.mark.parametrize(
    ("suffix", "decompress"),
    [("gz", gzip.decompress), ("bz2", bz2.decompress), ("xz", lzma.decompress), ("zst", zstandard.decompress)],
)
def test_compressed_results(
    suffix: str, decompress: Callable[[bytes], bytes], command: Command, tmp_path: Path
) -> None:
    target = tmp_path / f"result.csv.{suffix}"
    assert command("map", "x*y", "--data", "-", "-o", str(target), "--wrt", "x", stdin=PLAIN).status == 0
    content = io.BytesIO(target.read_bytes())
    text = zstandard.ZstdDecompressor().stream_reader(content).read() if suffix == "zst" else decompress(content.read())
    assert text == b"x,y,value,d_x\n1.5,2,3.0,2.0\n-3.25,4,-13.0,4.0\n"
    again = command("map", "x*y*value", "--data", str(target), "--wrt", "y")
    assert again.status == 2  # its columns have the names of results
    assert command("map", "x - y", "--as", "x=value", "--data", str(target)).status == 2


def test_many_compressed_files(command: Command, tmp_path: Path) -> None:
    folder, target = tmp_path / "parts", tmp_path / "results"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.csv.gz").write_bytes(gzip.compress(PLAIN))
    assert command("map", "x*y", "--data", str(folder), "-o", str(target), "--wrt", "x").status == 0
    for name in ("a", "b"):
        assert gzip.decompress((target / f"{name}.csv.gz").read_bytes()).startswith(b"x,y,value,d_x\n1.5,2,3.0")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--separator", "ab"], "'ab' cannot separate cells"),
        (["--thousands", "x"], "'x' cannot separate thousands"),
        (["--thousands", ",", "--decimal", ","], "',' cannot be the decimal point and separate thousands"),
        (["--encoding", "no-such"], "unknown encoding 'no-such'"),
        (["--encoding", "base64"], "unknown encoding 'base64'"),
        (["--comment", ""], "--comment needs a text"),
        (
            ["--from", "jsonl", "--decimal", ","],
            "the option decimal is for CSV and an Excel workbook, and standard input is JSON lines",
        ),
        (["--from", "jsonl", "--na", "NA"], "the option missing is for CSV"),
    ],
)
def test_wrong_options(words: list[str], message: str, command: Command) -> None:
    result = command("map", "x*y", "--data", "-", *words, stdin=PLAIN)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
