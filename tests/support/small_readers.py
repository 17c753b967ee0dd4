"""Small readers of two languages, for tests of what surrounds readers: \\cdot for *, and a lambda of one line."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from graphdiff.language.parser import parse
from graphdiff.operations.shapes import Shape
from graphdiff.reading.languages import LANGUAGES
from graphdiff.reading.reading import Reading
from graphdiff.source import Source


def read_products(source: Source, ranks: Mapping[str, int], _point: Mapping[str, float] = {}) -> Reading:
    r"""Formulas with \cdot, a product of numbers or of arrays: with `@` where x has an axis."""
    symbol = "@" if ranks.get("x") else "*"
    text = re.sub(r"\\cdot", f"{symbol}    ", source.text.replace("$", " ")).replace("{", "(").replace("}", ")")
    return Reading(parse(source._replace(text=text)), [f"\\cdot is read as {symbol}"] if "cdot" in source.text else [])


def read_lambda(
    source: Source, function: str | None, shapes: Mapping[str, Shape], point: Mapping[str, float]
) -> Reading:
    """A lambda, whose parameters may have numbers as defaults: lambda x, a=2: a*x."""
    del function, shapes, point
    start = source.text.index("lambda") + len("lambda")
    end = source.text.index(":")
    values = {}
    for parameter in source.text[start:end].split(","):
        name, _, default = parameter.partition("=")
        if default:
            values[name.strip()] = float(default)
    return Reading(parse(source, end + 1), values=values)


def use_small_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read LaTeX and Python by these readers."""
    for name, function in (("latex", read_products), ("python", read_lambda)):
        language = LANGUAGES[name]._replace(reader=(__name__, function.__name__))
        monkeypatch.setitem(LANGUAGES, name, language)
