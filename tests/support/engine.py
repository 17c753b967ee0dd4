"""JavaScript in this process, by V8: one engine for many programs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

READ = """
'use strict';
var read = (text) => JSON.parse(text, (key, value) => typeof value === 'string' ? Number(value) : value);
var write = (results) => JSON.stringify(results, (key, value) =>
    typeof value === 'number' && !(Math.abs(value) < Infinity) ? String(value) : value);
"""
"""JSON has neither NaN nor infinities, which are strings here."""


class Engine:
    """Runs functions; each is its source and its name."""

    def __init__(self, run: Any) -> None:
        self._run = run
        run(READ)

    def call(self, source: str, name: str, points: Sequence[Sequence[Any]]) -> list[Any]:
        """What a function returns at each of the points, in strict code."""
        points_text = json.dumps(json.dumps(_strings(points)))
        text = f"'use strict';\n{source}\nreturn write(read({points_text}).map((point) => {name}(...point)));"
        results = self._run(f"(function () {{{text}\n}})()")
        return [_floats(each) for each in json.loads(results)]


def _strings(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_strings(each) for each in value]
    text = {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    return float(value) if math.isfinite(value) else text


def _floats(value: Any) -> Any:
    return [_floats(each) for each in value] if isinstance(value, list) else float(value)


def start_engine() -> Iterator[Engine]:
    """An engine, closed at the end; skips the test where the library is missing."""
    mini_racer = pytest.importorskip("py_mini_racer", reason="JavaScript runs in mini-racer; it is in the test extra")
    with mini_racer.MiniRacer() as racer:  # which must be closed: it may wait for ever at the end of Python
        yield Engine(racer.eval)
