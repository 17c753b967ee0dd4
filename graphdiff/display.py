"""Text in a terminal: how wide it is, and what cannot be shown as itself."""

from __future__ import annotations


def text_width(text: str) -> int:
    """The columns that a text takes: characters of East Asian scripts take two, combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(0 if category(each) in ("Mn", "Me") else 2 if east_asian_width(each) in "WF" else 1 for each in text)


def escape_character(character: str) -> str:
    """A character that cannot be shown as itself, as the standard's U+XXXX."""
    return f"<U+{ord(character):04X}>"


def printable(text: str) -> str:
    """The text on one line, its control characters escaped, so that a terminal obeys none of them."""
    return "".join(character if character.isprintable() else escape_character(character) for character in text)
