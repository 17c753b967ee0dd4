"""Where a formula came from, and how a piece of it is quoted in a message."""

from __future__ import annotations

from typing import NamedTuple

Span = tuple[int, int]
"""Offsets [start, end) in characters of a source's text."""


class Source(NamedTuple):
    """A text and what messages call it: a file's name, "--at", or nothing for the expression itself."""

    text: str
    name: str | None = None


def shortened(text: str, width: int = 40) -> str:
    """The text on one line of a message: control characters escaped, its middle left out where it is long."""
    if len(text) > width:
        half = width // 2 - 1
        text = f"{text[:half]}…{text[-half:]}"
    return "".join(character if character.isprintable() else escaped(character) for character in text)


def escaped(character: str) -> str:
    """A character that cannot be shown as itself, as the standard's U+XXXX."""
    return f"<U+{ord(character):04X}>"
