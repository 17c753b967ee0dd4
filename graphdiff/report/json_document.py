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
    """Strict JSON on one line, numbers by their shortest decimals."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False)
