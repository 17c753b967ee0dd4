"""The two sides of an equation: `y = a*exp(-b*x)`, of which the left side is what the data have."""

from __future__ import annotations

import re
from typing import NamedTuple

from graphdiff.errors import GraphdiffError
from graphdiff.source import Source, normalize_text

OPENING, CLOSING = "([{", ")]}"
COMMENT = re.compile(r"#[^\n]*")
FUNCTION = re.compile(r"\s*([^\W\d]\w*)\s*\([\w\s,]*\)\s*")
"""A left side such as y(t), which names y."""
HINT = "write y = …, where y is a column of the data, or a formula of columns"


class Equation(NamedTuple):
    """The response and the program that computes the model: texts in which all else is blank, so that places in them
    are those in the whole text."""

    response: Source
    model: Source
    whole: Source

    @property
    def called(self) -> str | None:
        """The name y of a left side y(t), which is not a function that there is."""
        match = FUNCTION.fullmatch(self.response.text)
        return None if match is None else match[1]


def split_equation(source: Source) -> Equation:
    """Split the last equation of a program at its equals sign.

    Raises GraphdiffError("syntax") if it has none, or no left side.
    """
    source = source._replace(text=normalize_text(source.text))
    text = COMMENT.sub(lambda comment: " " * len(comment[0]), source.text)
    start, sign = _last_statement(text)
    if sign is None:
        span = start + len(text[start:]) - len(text[start:].lstrip()), len(text.rstrip())
        raise GraphdiffError("syntax", "there is no equation to fit", source, span, HINT)
    left = text[start:sign]
    if not left.strip():
        raise GraphdiffError("syntax", "the left side of the equation is missing", source, (sign, sign + 1), HINT)
    return Equation(
        source._replace(text=_blank(text[:start]) + left),
        source._replace(text=text[:start] + _blank(text[start : sign + 1]) + text[sign + 1 :]),
        source,
    )


def _last_statement(text: str) -> tuple[int, int | None]:
    """The start of the last statement that is not blank, and the place of its first equals sign."""
    begin, start, sign, depth = 0, 0, None, 0
    is_blank = True
    for place, character in enumerate(text):
        depth += (character in OPENING) - (character in CLOSING)
        if character in ";\n" and depth <= 0:
            begin, is_blank = place + 1, True
        elif is_blank and not character.isspace():
            start, sign, is_blank = begin, None, False
        if depth == 0 and character == "=" and sign is None and _is_assignment(text, place):
            sign = place
    return start, sign


def _is_assignment(text: str, place: int) -> bool:
    """Whether an equals sign is not part of a comparison."""
    return text[place + 1 : place + 2] != "=" and text[place - 1 : place] not in ("=", "<", ">", "!")


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
