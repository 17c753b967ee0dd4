"""How a table is read: what its cells look like, where that does not follow from the file."""

from __future__ import annotations

import re
from typing import NamedTuple

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.operations.literal import check_range, read_number

BLANKS = "blanks"
"""The separator of columns that are aligned by spaces or tabs."""
SPACES = "[ \u00a0\u2009\u202f]"
"""What separates thousands if a space does."""
MINUS = "\u2212"
BOOLEANS = {"true": "1", "false": "0"}
NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(?i:inf|infinity|nan)"


class MissingValueError(GraphdiffError):
    """The error of a cell without a value."""

    def __init__(self) -> None:
        super().__init__("value", "the cell is empty")

    def __reduce__(self) -> tuple[type[MissingValueError], tuple[()]]:
        return MissingValueError, ()


class TableOptions(NamedTuple):
    """How the cells of a table are written. Which of them a format has, says
    batch/formats.py.

    Attributes:
        origin: The format; None for that of the file.
        separator: What separates cells: a character, or BLANKS; None to find out from the header.
        decimal: The decimal point, "." or ",".
        thousands: What separates thousands, which are groups of three digits; None if nothing does.
        missing: The texts of missing values. If there are any, empty cells are missing too.
        comment: What lines that are left out begin with; None if there are none.
        skip: The number of lines before the header.
        encoding: The encoding of text; None for UTF-8, or UTF-16 if its mark is at the start.
        sheet: The name of a workbook's sheet, or its number from 1; None for the first.
    """

    origin: str | None = None
    separator: str | None = None
    decimal: str = "."
    thousands: str | None = None
    missing: tuple[str, ...] = ()
    comment: str | None = None
    skip: int = 0
    encoding: str | None = None
    sheet: str | None = None

    @property
    def has_plain_numbers(self) -> bool:
        """Whether numbers are written as in programs."""
        return self.decimal == "." and self.thousands is None and not self.missing

    def number(self, cell: str) -> float:
        """The number in a cell; true and false are 1 and 0.

        Raises GraphdiffError("value") if it is not a number written so; MissingValueError if it is empty, or missing.
        """
        text = cell.strip()
        if not text or text in self.missing:
            raise MissingValueError
        plain = self.plain(text)
        if plain is None:
            from graphdiff.batch.cell_hints import hint_of  # lazy: most cells are numbers

            raise GraphdiffError("value", f"'{shorten(text)}' is not a number", hint=hint_of(text, self))
        number = read_number(plain)
        check_range(number, plain)
        return float(number)

    def plain(self, text: str) -> str | None:
        """The number as in programs; None if the text is not a number written so."""
        text = BOOLEANS.get(text.lower(), text).replace(MINUS, "-", 1)
        if self.thousands is not None:
            separator = _pattern(self.thousands)
            whole, _, rest = text.partition(self.decimal)
            if re.search(separator, whole) and not re.fullmatch(rf"[+-]?\d{{1,3}}({separator}\d{{3}})+", whole):
                return None
            if re.search(separator, rest):
                return None
            text = re.sub(separator, "", text)
        if self.decimal != ".":
            text = "" if "." in text else text.replace(self.decimal, ".", 1)
        return text if re.fullmatch(NUMBER, text) else None


def _pattern(separator: str) -> str:
    """The regular expression of a separator of thousands."""
    return SPACES if separator == " " else "['\u2019]" if separator == "'" else re.escape(separator)
