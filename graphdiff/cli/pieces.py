"""The pieces of an option's text: x=1,y=2 at its commas, and each at its equal sign."""

from __future__ import annotations

from collections.abc import Iterator

from graphdiff.source import Span


def pieces(text: str) -> Iterator[Span]:
    """The spans between the commas outside brackets and backticks."""
    start = depth = 0
    is_quoted = False
    for position, character in enumerate(text):
        if character == "`":
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth <= 0:
            yield start, position
            start = position + 1
    yield start, len(text)


def equal_sign(text: str) -> int | None:
    """The place of the first "=" outside backticks; None if there is none."""
    place = text.find("=")
    while text.count("`", 0, max(place, 0)) % 2:
        place = text.find("=", place + 1)
    return None if place < 0 else place


def bare(name: str) -> str:
    """A name without spaces around it and without its backticks."""
    name = name.strip()
    return name[1:-1].strip() if len(name) > 2 and name[0] == name[-1] == "`" else name


def names_in(text: str) -> list[str]:
    """The names of a list x,y."""
    return [name for start, end in pieces(text) if (name := bare(text[start:end]))]
