"""The formulas of earlier sessions, in the user's folder of cached files, which only the user can read."""

from __future__ import annotations

import json

from graphdiff.language.cache import read_cached, write_cached

NAME = "live-history.json"
LONGEST = 200
"""The most formulas that are kept."""


def read_history() -> list[tuple[str, str]]:
    """Pairs of a formula and a point, the last one last; none if the file is missing or not a history."""
    try:
        pairs = json.loads(read_cached(NAME) or b"[]")
        return [(formula, point) for formula, point in pairs if isinstance(formula, str) and isinstance(point, str)]
    except (ValueError, TypeError):
        return []


def write_history(pairs: list[tuple[str, str]]) -> None:
    """Keep the last pairs, each once."""
    once = list(dict.fromkeys(reversed(pairs)))[:LONGEST]
    write_cached(NAME, json.dumps(once[::-1]))
