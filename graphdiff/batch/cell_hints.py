"""Hints about cells that are not numbers: the option that reads such a cell, or how to clean its column."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from graphdiff.errors import Hint, shorten

if TYPE_CHECKING:
    from graphdiff.batch.table_options import TableOptions

SPREADSHEET_ERRORS = ("#n/a", "#div/0!", "#name?", "#null!", "#num!", "#ref!", "#value!")
WORDS_FOR_MISSING = ("na", "n/a", "n.a.", "nan", "null", "nil", "none", "missing", "unknown", "\\n")
MISSING_VALUES = {*WORDS_FOR_MISSING, *SPREADSHEET_ERRORS, "-", "--", "---", ".", "..", "…", "?"}
"""What tables write for a missing value."""
READINGS = [*((".", sign) for sign in ", '_"), (",", None), (",", "."), (",", " "), (",", "'")]
"""The decimal points and separators of thousands that are tried."""
SIGNS = "$€£¥₹"
SHARES = {"%": 100, "‰": 1000}
BEFORE = re.compile(rf"([+-]?)([{SIGNS}]|[A-Z]{{3}})\s*(?=[+-]?[\d.,])")
"""A currency before a number, and the number's sign before that."""
AFTER = re.compile(rf"(?<=[\d.,])\s*([^\W\d_°µ][^,;\s]{{0,14}}|[°µ%‰*{SIGNS}][^\W\d_]{{0,4}})$")
"""What follows a number: a unit, a currency, or a mark."""
SIMPLE = re.compile(rf"[^\W\d_]+|[°µ%‰*{SIGNS}][^\W\d_]*")
"""What may stand in a command line as it is."""
KINDS: list[tuple[str, str]] = [
    (r".*(±|\+/-|\+-).*", Hint("uncertainties stand in a column of their own", "uncertain_cell")),
    (
        r"[+-]?[\d.,]+\(\d+\)([eE][+-]?\d+)?",
        Hint("the digits in parentheses are an uncertainty, which stands in a column of its own", "uncertain_digits"),
    ),
    (
        r"[<>≤≥~≈]\s*[+-]?[\d.,]+",
        Hint("it is a bound or an estimate: a number has to stand for it, or it is missing", "bound"),
    ),
    (r"\([\d.,\s]+\)", "parentheses around an amount mean a minus sign: write it so"),
    (
        r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*",
        "it is a date: write it as a number of days",
    ),
    (r"\d{1,2}:\d{2}(:\d{2}.*)?", "it is a time: write it as a number of hours or seconds"),
    (r"[+-]?\d+\s*/\s*\d+|[+-]?\d+\s+\d+\s*/\s*\d+", "fractions are written as decimals: 0.5 for 1/2"),
    (r"0[xX][0-9a-fA-F]+", "hexadecimal numbers are written as decimal ones: 31 for 0x1f"),
    (r"[+-]?[\d.,]+\s*[x×*·]\s*10\s*\^?\s*[-+]?\d+", "powers of ten are written so: 1.2e3"),
    (r"[+-]?\d{1,2}(,\d{2})+,\d{3}(\.\d*)?", "its commas group digits by two: remove them from the column"),
    (r"yes|no|y|n|on|off", "of words only true and false are numbers, 1 and 0"),
    (r"'.*", "it begins with an apostrophe: remove it from the column"),
]
"""What some cells are: a regular expression, and the hint."""


def hint_of(text: str, options: TableOptions) -> Hint | str | None:
    """How a text that is not a number may be read, or changed; None for any other text."""
    lower = text.lower()
    if lower in MISSING_VALUES:
        return _reading(text, options) or Hint("it may mean a missing value", "missing", cell=text)
    reading = _reading(text, options)
    if reading is not None:
        return reading
    for pattern, hint in KINDS:
        if re.fullmatch(pattern, lower):
            return Hint(str(hint), hint.topic, cell=text) if isinstance(hint, Hint) else hint
    return _extra_hint(text, options) or _digits_hint(text)


def _reading(text: str, options: TableOptions) -> Hint | None:
    """The options that read a text as a number."""
    if options.has_plain_numbers and re.fullmatch(r"[+-]?\d{1,3},\d{3}", text):
        return Hint("its comma separates thousands, or is a decimal one", "comma")
    for decimal, thousands in READINGS:
        if options._replace(decimal=decimal, thousands=thousands).plain(text) is None:
            continue
        if thousands in (None, options.thousands):
            return Hint("its decimal point is a comma", "decimal", decimal=decimal)
        if decimal == options.decimal:
            return Hint(f"'{thousands}' separates its thousands", "thousands", thousands=thousands)
        form = f"its decimal point is a comma, and '{thousands}' separates its thousands"
        return Hint(form, "decimal_and_thousands", decimal=decimal, thousands=thousands)
    return None


def _digits_hint(text: str) -> str | None:
    """A hint for digits other than 0 to 9: ½, １２."""
    if len(text) > 40 or text.isascii():
        return None
    for character in text:
        value = unicodedata.numeric(character, None)
        if value is not None and not character.isascii():
            return f"'{character}' is not one of the digits 0 to 9: write {value:g} for it"
    return None


def _extra_hint(text: str, options: TableOptions) -> Hint | str | None:
    """A hint for a number with a currency, a unit or a mark."""
    before = BEFORE.match(text)
    match = before or AFTER.search(text)
    extra = match[match.lastindex or 0] if match else ""
    if not extra or extra[0].isnumeric():
        return None
    rest = before[1] + text[before.end() :] if before else AFTER.sub("", text)
    reading = None
    if options.plain(rest) is None:
        reading = _reading(rest, options)
        if reading is None:
            return None
    then = "" if reading is None else f"; {reading}"
    noun = "currency" if before or extra in SIGNS else "sign" if extra == "*" else "unit"
    kind = f"it has the {noun} '{shorten(extra)}'"
    if extra in SHARES:
        kind = f"it has the sign '{extra}' (divide by {SHARES[extra]} in the formula)"
    words = f"{kind}, which has to be removed from the column{then}"
    if not SIMPLE.fullmatch(extra):
        return words
    pattern = f"[{extra}]" if extra in "$*" else extra
    return Hint(words, "extra", kind=kind, pattern=pattern if before else f" *{pattern}", then=then)
