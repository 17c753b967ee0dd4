"""The exception that graphdiff raises: what is wrong, where, and what to do about it; and how messages quote user text.

report/diagnostic formats it for the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphdiff.source import Source, Span


class GraphdiffError(Exception):
    """Invalid input: an expression, a value, an option or a file.

    kind is one of "syntax", "name", "value", "usage", "file", "limit", "nonfinite" and "cluster".
    span is the place in source that the error points to, as offsets [start, end) in characters.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        source: Source | None = None,
        span: Span | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(kind, message, source, span, hint)  # all arguments, for pickle
        self.kind = kind
        self.message = message
        self.source = source
        self.span = span
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


def shortened(text: str, width: int = 40) -> str:
    """User text for a message: on one line, with control characters escaped, and its middle left out if it is long."""
    if len(text) > width:
        half = width // 2 - 1
        text = f"{text[:half]}…{text[-half:]}"
    return "".join(character if character.isprintable() else escaped(character) for character in text)


def escaped(character: str) -> str:
    """A character that cannot be printed, as its code point: <U+XXXX>."""
    return f"<U+{ord(character):04X}>"
