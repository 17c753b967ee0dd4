"""The values of a point in a JSON file, some of which are strings with uncertainties: {"x": "2±0.1"}."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from graphdiff.cli.constant import UncertainValue
from graphdiff.cli.expression import file_label
from graphdiff.cli.files import check_value
from graphdiff.cli.uncertain_value import is_uncertain, read_uncertain, with_sign
from graphdiff.errors import shorten
from graphdiff.operations.literal import Literal
from graphdiff.source import Source, normalize_text


def check_values(
    values: Mapping[str, Any], path: str, is_precise: bool, note: Callable[[str], None]
) -> dict[str, UncertainValue]:
    """The values of a point in a file, with their uncertainties: "2±0.1". note takes what could be read in another way.

    Raises GraphdiffError if one is neither a finite number nor an array of them.
    """
    return {name: _uncertain_value(value, name, path, is_precise, note) for name, value in values.items()}


def _uncertain_value(value: Any, name: str, path: str, is_precise: bool, note: Callable[[str], None]) -> UncertainValue:
    """A value of a file; strings in it are values with uncertainties."""
    text = _text_of(value, note)
    if text is None:
        return UncertainValue(check_value(value, name, path, is_precise), None)
    source = Source(normalize_text(text), f"'{shorten(name)}' in {file_label(path)}", is_precise)
    return read_uncertain(source, 0, len(source.text), name, note)


def _text_of(value: Any, note: Callable[[str], None]) -> str | None:
    """The text of a value, or of nested lists, with strings that are values with uncertainties; None if there are
    none."""
    if isinstance(value, list):
        texts = [_text_of(each, note) for each in value]
        if all(text is None for text in texts):
            return None
        return f"[{', '.join(_text(each) if text is None else text for each, text in zip(value, texts, strict=True))}]"
    return with_sign(value.strip(), note) if isinstance(value, str) and is_uncertain(value) else None


def _text(value: Any) -> str:
    """JSON of a value without uncertainties: a number, or nested lists of them."""
    return (
        f"[{', '.join(map(_text, value))}]"
        if isinstance(value, list)
        else value.text
        if isinstance(value, Literal)
        else json.dumps(value)
    )
