"""LANGUAGES: the languages that formulas are read in, and how a text or a file of each is recognised.

A new language is one row here and one folder beside it, which is imported when a text in the language is read.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from graphdiff.source import Source

_FENCE = re.compile(r"\s*+(?P<mark>```++|~~~++)[ \t]*+(?P<label>\w*+)[^\n`]*+\n")
OWN = "graphdiff"
"""The name of our own language."""


class Language(NamedTuple):
    """How a language is recognised, and what reads it.

    Attributes:
        title: Its name for people.
        suffix: How the names of its files end.
        mark: What a text in it has, and none in our own, as a regular expression.
        reader: The module and the function that read a text; both empty for our own.
    """

    title: str
    suffix: str
    mark: str
    reader: tuple[str, str]


LANGUAGES: dict[str, Language] = {
    OWN: Language("graphdiff", ".gd", r"(?!)", ("", "")),
    "python": Language(
        "Python",
        ".py",
        r"(?m)^[^\S\n]*(?:def|import|from|@)\b|(?<![\\\w])lambda\b(?:(?!lambda\b)[^\n\\{}])*:"
        r"|(?<![\\\w.])(?:np|numpy|jnp|math|torch)\.[A-Za-z]|\.backward\(",
        ("graphdiff.reading.python.read", "read_python"),
    ),
    "latex": Language(
        "LaTeX",
        ".tex",
        r"\\(?:[A-Za-z]{2}|[^A-Za-z\s\w(]|\()|\$|[\^_]\{",
        ("graphdiff.reading.latex.reader", "read_latex"),
    ),
}
"""By the name that --language has; texts are tried in this order."""


def reader_of(name: str) -> Callable[..., Any]:
    """The function that reads a text in a language; it is imported."""
    module, function = LANGUAGES[name].reader
    reader: Callable[..., Any] = getattr(import_module(module), function)
    return reader


def without_fence(source: Source) -> Source:
    """The text inside a Markdown code fence, in the language that the fence names."""
    match = _FENCE.match(source.text)
    if match is None or not (body := source.text[match.end() :].rstrip()).endswith(match["mark"]):
        return source
    text = body.removesuffix(match["mark"]).rstrip(" \t").removesuffix("\n")
    suffix = f".{match['label'].lower()}"
    names = (name for name, language in LANGUAGES.items() if suffix in (language.suffix, f".{name}"))
    return source._replace(text=text, language=source.language or next(names, None))


def language_of_file(path: str) -> str | None:
    """The language by the end of a file's name, or None."""
    suffix = os.path.splitext(path)[1].lower()
    return next((name for name, language in LANGUAGES.items() if language.suffix == suffix), None)


def language_of_mark(text: str) -> str | None:
    """The language by a mark in a text that is not in our own, or None."""
    return next((name for name, language in LANGUAGES.items() if re.search(language.mark, text)), None)
