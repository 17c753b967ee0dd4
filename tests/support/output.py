"""The output of commands, prepared for comparisons."""

from __future__ import annotations


def without_trailing_spaces(text: str) -> str:
    """The lines of a text, without the spaces at their ends."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())
