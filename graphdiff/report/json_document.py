"""What the JSON documents of the command line have in common: their version, and how they are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

VERSION = 1
"""The version of what docs/reference/json.md promises: within one, fields are only ever added."""


def versioned(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A document with its version as the first field."""
    return {"version": VERSION, **fields}


def to_json(data: Any) -> str:
    """Strict JSON on one line, numbers by their shortest decimals, or with all digits that were asked for."""
    try:
        return json.dumps(data, ensure_ascii=False, allow_nan=False)
    except TypeError:  # it has numerals, which the json module cannot write
        return _to_json(data)


def _to_json(data: Any) -> str:
    from graphdiff.passes.numerals import Numeral

    if isinstance(data, Numeral):
        return data.text
    if isinstance(data, Mapping):
        return f"{{{', '.join(f'{to_json(key)}: {to_json(value)}' for key, value in data.items())}}}"
    return f"[{', '.join(map(to_json, data))}]"
