"""The reports of what stands in two fields, "formula" and "point", as the command line makes them.

A session is given what runs a command line, and keeps the last replies. Requests and replies are plain dictionaries, so
that they can be sent to another process, or as JSON to a page's worker.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError
from graphdiff.reading.parse import read

NAME_OF_VALUE = re.compile(r"([^\W\d]\w*)\s*=")
KEPT = 64
"""The number of replies that a session keeps."""
WITH_POINT = {"eval": True, "draw": True, "explain": True, "check": True, "compile": True, "diff": False}
"""The commands that report a formula, and whether they are given the point."""


class Reply(NamedTuple):
    """What a command line wrote, and its exit status."""

    status: int
    out: str
    err: str


Run = Callable[[Sequence[str]], Reply]


def words_of(command: str, formula: str, point: str, options: Sequence[str] = ()) -> list[str]:
    """The words of a command on what stands in the fields: data, which no option can hide in."""
    at = [f"--at={point}"] if point.strip() and WITH_POINT.get(command, True) else []
    return [command, *at, *options, "--", formula]


class Session:
    """Answers requests about a formula and a point; what did not change is not computed again."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._replies: OrderedDict[tuple[str, ...], Reply] = OrderedDict()

    def request(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The reply to {"words": […]}, any command line; or to {"formula", "point"}, the state of the fields.

        The reply to words has "status", "out" and "err". A state has "report", the document of `eval --json`, or None
        where there is an error; "error", the error as text with its caret; "field", "formula" or "point", where the
        error is; "notes", the warnings; and "inputs" and "missing", the names of inputs, and of those without a value.
        """
        if "words" in request:
            return self.run(request["words"])._asdict()
        return self._state(request["formula"], request["point"])

    def run(self, words: Sequence[str]) -> Reply:
        """The reply to a command line: a kept one, if it reads and writes no file."""
        if any(word.startswith(("-o", "--out", "--at=@")) or "=@" in word for word in words):
            return self._run(words)
        key = tuple(words)
        reply = self._replies.pop(key, None) or self._run(words)
        self._replies[key] = reply
        if len(self._replies) > KEPT:
            self._replies.popitem(last=False)
        return reply

    def _state(self, formula: str, point: str) -> dict[str, Any]:
        if not formula.strip():
            return {"report": None, "error": "", "field": "formula", "notes": "", "inputs": [], "missing": []}
        reply = self.run(words_of("eval", formula, point, ["--json"]))
        if reply.status == 0:
            report = json.loads(reply.out)
            names = {"inputs": list(report["at"]), "missing": []}
            return {"report": report, "error": "", "field": "", "notes": reply.err.strip(), **names}
        text = self.run(words_of("eval", formula, point)).err.strip()
        inputs = _inputs_of(formula)
        given = set(NAME_OF_VALUE.findall(point))
        names = {"inputs": inputs, "missing": [name for name in inputs if name not in given]}
        return {"report": None, "error": text, "field": _field_of(reply.err), "notes": "", **names}


def _inputs_of(formula: str) -> list[str]:
    """The names of the inputs of a formula; none if it cannot be read."""
    try:
        return list(read(formula).input_names)
    except GraphdiffError:
        return []


def _field_of(error: str) -> str:
    """The field that an error, as JSON, points into."""
    try:
        source = json.loads(error)["error"]["source"]
    except (ValueError, KeyError):  # a bug, whose traceback is the text
        return "formula"
    return "point" if source == "--at" else "formula"
