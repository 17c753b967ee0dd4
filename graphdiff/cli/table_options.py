"""The options that say how a table is read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from graphdiff.batch.encoding import check_encoding
from graphdiff.batch.formats import FORMATS
from graphdiff.batch.table_options import BLANKS, TableOptions
from graphdiff.errors import GraphdiffError, shorten

TABS = {"tab": "\t", "\\t": "\t"}
THOUSANDS = {"space": " ", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'"}
OPTIONS = [
    click.option(
        "--from", "origin", type=click.Choice(FORMATS), show_default="from the file", help="The format of the table."
    ),
    click.option(
        "--separator",
        metavar="CHARACTER",
        show_default="from the header",
        help=f"What separates the cells of CSV: a character, tab, or {BLANKS} for columns aligned by spaces.",
    ),
    click.option(
        "--decimal", type=click.Choice([".", ","]), default=".", show_default=True, help="The decimal point of CSV."
    ),
    click.option(
        "--thousands", metavar="CHARACTER", help="What separates thousands in CSV: a comma, a point, ' or space."
    ),
    click.option(
        "--na",
        "missing",
        multiple=True,
        metavar="TEXTS",
        help="Texts of CSV that mean a missing value, as empty cells then do: NA,n/a. Such rows get no results.",
    ),
    click.option("--comment", metavar="TEXT", help="What lines of CSV begin with that are left out: '#'."),
    click.option("--skip", type=click.IntRange(0), default=0, metavar="N", help="Leave out N lines before the header."),
    click.option("--encoding", metavar="NAME", show_default="UTF-8", help="The encoding of the text: cp1252, latin-1."),
    click.option(
        "--sheet", metavar="NAME|NUMBER", show_default="the first", help="The sheet of an Excel workbook (.xlsx)."
    ),
]


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add these options to a command, which gets them as one argument, `table_options`."""

    @wraps(command)
    def with_options(**arguments: Any) -> Any:
        values = {name: arguments.pop(name) for name in TableOptions._fields}
        return command(table_options=_read(**values), **arguments)

    for option in reversed(OPTIONS):
        with_options = option(with_options)
    return with_options


def _read(
    origin: str | None,
    separator: str | None,
    decimal: str,
    thousands: str | None,
    missing: tuple[str, ...],
    comment: str | None,
    skip: int,
    encoding: str | None,
    sheet: str | None,
) -> TableOptions:
    separator = TABS.get(separator, separator) if separator is not None else None
    if separator not in (None, BLANKS) and (len(separator) != 1 or separator in '"\r\n' or separator.isalnum()):
        hint = f"one character that no cell has, tab, or {BLANKS}"
        raise GraphdiffError("usage", f"'{shorten(separator)}' cannot separate cells", hint=hint)
    thousands = THOUSANDS.get(thousands, thousands) if thousands is not None else None
    if thousands not in (None, ",", ".", "'", " ", "_"):
        hint = "it is a comma, a point, an apostrophe or a space"
        raise GraphdiffError("usage", f"'{shorten(thousands)}' cannot separate thousands", hint=hint)
    if thousands == decimal:
        raise GraphdiffError("usage", f"'{decimal}' cannot be the decimal point and separate thousands")
    if comment == "":
        raise GraphdiffError("usage", "--comment needs a text", hint="as in --comment '#'")
    texts = tuple(text.strip() for words in missing for text in words.split(","))
    return TableOptions(
        origin,
        separator,
        decimal,
        thousands,
        texts,
        comment,
        skip,
        None if encoding is None else check_encoding(encoding),
        sheet,
    )
