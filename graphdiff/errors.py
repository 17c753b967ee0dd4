"""The one exception: what is wrong, where, and what to do. Data only; report/diagnostic draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphdiff.expression.source import Source, Span


class GraphdiffError(Exception):
    """Something the user gave cannot be used.

    kind is one of "syntax", "name", "value", "usage", "file", "limit" and "nonfinite".
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
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.source = source
        self.span = span
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message
