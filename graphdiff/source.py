"""Where a formula came from."""

from __future__ import annotations

import re
from typing import NamedTuple

Span = tuple[int, int]
"""Offsets [start, end) in characters of a source's text."""
PRELUDE = "prelude.gd"
"""The name of the source in grammar/ that every program may call."""
LONGEST_TEXT = 10_000_000
"""How many characters a program may have."""


class Source(NamedTuple):
    """The text of a formula or a program.

    Attributes:
        text: The text.
        name: What errors call it, such as the name of its file; None for an expression that needs no name.
    """

    text: str
    name: str | None = None


def normalized(text: str) -> str:
    """Text in which what looks the same is the same: é in one character or in two, Ω and the ohm sign, μ and the
    micro sign, and the italic letters of a formula that was copied, which mean the letters."""
    if text.isascii():
        return text
    from unicodedata import normalize

    text = normalize("NFC", text)
    return re.sub("[\u00b5\U0001d400-\U0001d7ff]", lambda letter: normalize("NFKC", letter.group()), text)
