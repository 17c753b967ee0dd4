"""The text of a formula, and places in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from graphdiff.errors import GraphdiffError, shorten

T = TypeVar("T")

Span = tuple[int, int]
"""Offsets [start, end) into the text of a source, in characters."""
PRELUDE = "prelude.gd"
"""The file in grammar/ that defines the functions of every program."""
LONGEST_TEXT = 10_000_000
"""The most characters that a program may have."""


class Source(NamedTuple):
    """The text of a formula or a program.

    Attributes:
        text: The text.
        name: What errors call it, such as the name of its file; None for an expression that needs no name.
        is_precise: Whether numbers may be beyond the range of 64-bit floats, because more digits are computed.
        language: The language of the text: "graphdiff", "latex" or "python"; None to find out from the text.
        function: The function of a text in Python to read; None for the last one.
        names: Names of inputs that the text has shorter names for, by these: {"P": "Pressure (kPa)"}.
    """

    text: str
    name: str | None = None
    is_precise: bool = False
    language: str | None = None
    function: str | None = None
    names: Mapping[str, str] = {}


def normalize_names(values: Mapping[str, T]) -> dict[str, T]:
    """The values by their normalized names.

    Raises GraphdiffError("name") if two names are then the same, such as μ and the micro sign.
    """
    named = {normalize_text(name): value for name, value in values.items()}
    if len(named) < len(values):
        names = [normalize_text(name) for name in values]
        double = next(name for name in names if names.count(name) > 1)
        raise GraphdiffError("name", f"duplicate name '{shorten(double)}'", hint="it is written in two ways")
    return named


def by_input(values: Mapping[str, T], names: Mapping[str, str]) -> dict[str, T]:
    """The values by the names of inputs, of which names has those that others stand for.

    Raises GraphdiffError("name") if an input has two values.
    """
    named = {names.get(name, name): value for name, value in values.items()}
    if len(named) < len(values):
        short = next(name for name in values if name in names and names[name] in values)
        hint = f"'{shorten(short)}' stands for it"
        raise GraphdiffError("name", f"duplicate value for '{shorten(names[short])}'", hint=hint)
    return named


def normalize_text(text: str) -> str:
    """Replace characters that look the same by one of them: é as one character or two, Ω and the ohm sign, μ and the
    micro sign, and the mathematical italic letters of a copied formula."""
    if text.isascii():
        return text
    from unicodedata import normalize

    text = normalize("NFC", text)
    return re.sub("[\u00b5\U0001d400-\U0001d7ff]", lambda letter: normalize("NFKC", letter.group()), text)


def check_list_of_names(option: str, names: Any, source: Any = None) -> None:
    """Raise GraphdiffError("usage") if an option is not a name or several, or has several in one text, where the source
    has no name with a comma."""
    if isinstance(names, str):
        parts = [part.strip() for part in names.split(",")]
        may_be_one = "`" in source if isinstance(source, str) else names in getattr(source, "input_indices", ())
        if len(parts) > 1 and not may_be_one:
            hint = f"write a list of names: {option}={shorten(str(parts))}"
            raise GraphdiffError("usage", f"{option} is not a name: '{shorten(names)}'", hint=hint)
    elif not isinstance(names, Iterable) or not all([isinstance(name, str) for name in names]):
        hint = f"write a name or a list of names: {option}=['x', 'y']"
        raise GraphdiffError("usage", f"{option} is not a list of names: {shorten(repr(names))}", hint=hint)
