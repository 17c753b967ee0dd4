"""Where formulas stand in a text, and which bars in them are no brackets: what a look ahead decides."""

from __future__ import annotations

import re

from graphdiff.errors import GraphdiffError
from graphdiff.reading.latex import commands
from graphdiff.source import Source, Span

_OPENING = re.compile(rf"(?<!\\)(?:\$\$|\$|\\\[|\\\(|\\begin\{{({commands.DISPLAYS})\}}(?:\{{\d+\}})?)")
_CLOSING = {"$$": "$$", "$": "$", r"\[": r"\]", r"\(": r"\)"}
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_TEXT = re.compile(r"\\(?:text[a-z]*|mbox|hbox)\s*\{[^{}]*\}")
_FORMULA_IN_TEXT = re.compile(r"(\\(?:text[a-z]*|mbox|hbox)\s*\{[^{}$]*)\$([^{}$]*)\$([\s.,;]*)\}")
_LONGEST_HEAD = 200
"""How far behind a bar in brackets, as in `p(x | y)`, another one is looked for."""
_BRACKET = re.compile(r"\\(?:[lr][vV]ert|mid|[vV]ert)(?![A-Za-z])|\\[{}|]|[()\[\]{}|‖∥]")


def with_formulas_outside(text: str) -> str:
    r"""A text with `\text{if }x > 0` for `\text{if $x > 0$}`, as long as it was."""
    return _FORMULA_IN_TEXT.sub(lambda match: f"{match[1]}}}{match[2]}  {' ' * len(match[3])}", text)


def find_formulas(source: Source) -> tuple[list[Span], str]:
    """The places of formulas, if they are marked, and what stands between them.

    Raises GraphdiffError("syntax") for a mark that is never closed.
    """
    text, outside, position = source.text, "", 0
    spans: list[Span] = []
    whole = _TEXT.sub(lambda match: match.group().replace("$", " "), text)  # marks in a text begin no formula
    while (match := _OPENING.search(whole, position)) is not None:
        closing = f"\\end{{{match[1]}}}" if match[1] else _CLOSING[match[0]]
        end = whole.find(closing, match.end())
        while end > 0 and closing[0] == "$" and text[end - 1] == "\\":
            end = whole.find(closing, end + 1)
        if end < 0:
            message, hint = f"'{match[0]}' was never closed", f"the matching '{closing}' is missing"
            raise GraphdiffError("syntax", message, source, match.span(), hint)
        outside += text[position : match.start()]
        spans.append((match.end(), end))
        position = end + len(closing)
    outside = _COMMENT.sub("", outside + text[position:]).strip(" \n\t.,;:") if spans else ""
    return spans, outside


def stands_alone(text: str, position: int) -> bool:
    """Whether no second bar follows a bar in the same brackets, as in `p(x | y)` and `D(p \\| q)`."""
    depth = 0
    for match in _BRACKET.finditer(text, position, position + _LONGEST_HEAD):
        bracket = match.group()
        if bracket in ("(", "[", "{", r"\{", r"\lvert", r"\lVert"):
            depth += 1
        elif bracket in (")", "]", "}", r"\}", r"\rvert", r"\rVert"):
            depth -= 1
            if depth < 0:
                return True
        elif depth == 0:
            return False
    return False
