"""The one exception: what is wrong, where, and what to do, as data that report/diagnostic draws; and how user text
is quoted in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphdiff.source import Source, Span


class GraphdiffError(Exception):
    """Something the user gave cannot be used.

    kind is one of "syntax", "name", "value", "usage", "file", "limit", "nonfinite" and "cluster".
    span is where in source, as offsets [start, end) in characters.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        source: Source | None = None,
        span: Span | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(kind, message, source, span, hint)  # what it is pickled by
        self.kind = kind
        self.message = message
        self.source = source
        self.span = span
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


def shortened(text: str, width: int = 40) -> str:
    """The text on one line of a message: control characters escaped, its middle left out where it is long."""
    if len(text) > width:
        half = width // 2 - 1
        text = f"{text[:half]}…{text[-half:]}"
    return "".join(character if character.isprintable() else escaped(character) for character in text)


def escaped(character: str) -> str:
    """A character that cannot be shown as itself, as the standard's U+XXXX."""
    return f"<U+{ord(character):04X}>"
