"""Where a formula came from."""

from __future__ import annotations

from typing import NamedTuple

Span = tuple[int, int]
"""Offsets [start, end) in characters of a source's text."""


class Source(NamedTuple):
    """A text and what messages call it: a file's name, "--at", or nothing for the expression itself."""

    text: str
    name: str | None = None
