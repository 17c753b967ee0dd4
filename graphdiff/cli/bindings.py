"""Lists of names and of NAME=VALUE on the command line, in which a name may stand in backticks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphdiff.source import Span

_TOKEN = re.compile(r"`[^`\n]*`|[()\[\]{},=]", re.DOTALL)


def pieces(text: str) -> Iterator[Span]:
    """The spans between the commas outside brackets and backticks."""
    start = depth = 0
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth -= 1
        elif token == "," and depth <= 0:
            yield start, match.start()
            start = match.end()
    yield start, len(text)


def equal_sign(text: str) -> int | None:
    """The place of the first "=" outside backticks; None if there is none."""
    return next((match.start() for match in _TOKEN.finditer(text) if match.group() == "="), None)


def bare(name: str) -> str:
    """A name without spaces around it and without its backticks."""
    name = name.strip()
    return name[1:-1].strip() if len(name) > 2 and name[0] == name[-1] == "`" else name


def names_in(text: str) -> list[str]:
    """The names of a list x,y."""
    return [name for start, end in pieces(text) if (name := bare(text[start:end]))]
