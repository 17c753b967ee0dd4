"""The reports of a formula, a point and options, as the command line makes them, computed again at each change.

The page of web/ and the screen of `graphdiff live` ask the same session. It is given what runs a command line, and
keeps the last replies. Requests and replies are plain dictionaries, so that they can be sent to another process, or as
JSON to a page's worker.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError
from graphdiff.live.command_lines import Fields, shell_line, words_of
from graphdiff.reading.parse import read
from graphdiff.source import Source

NAME_OF_VALUE = re.compile(r"([^\W\d]\w*)\s*=")
KEPT = 64
"""The number of replies that a session keeps."""
NOTHING: dict[str, Any] = {"result": None, "error": "", "field": "", "notes": "", "inputs": [], "missing": []}
"""The state of empty fields."""


class Reply(NamedTuple):
    """What a command line wrote, and its exit status."""

    status: int
    out: str
    err: str


Run = Callable[[Sequence[str]], Reply]


class Session:
    """Answers requests about a formula and a point; what did not change is not computed again."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._replies: OrderedDict[tuple[str, ...], Reply] = OrderedDict()

    def request(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The reply to {"words": […]}, any command line; or to the fields, {"formula", "point", "options"}.

        The reply to words has "status", "out" and "err". That to the fields has "result", or None where there is an
        error; "error", the error as text with its caret; "field", "formula" or "point", where the error is; "notes",
        the warnings; and "inputs" and "missing", the names of inputs, and of those without a value. A result has
        "value", "gradients", "at", all as in `eval --json`, and "steps", the number of backward steps.

        With "command", a command on these fields, and "more", options of its own, the reply has "report": what a reply
        to words has, and "line", the command line for a shell, in which "shown" stands for "more". A circuit has no
        numbers where the fields have no result.
        """
        if "words" in request:
            return self.run(request["words"])._asdict()
        fields = Fields(request["formula"], request["point"], request.get("options", {}))
        if not fields.formula.strip():
            return {**NOTHING, "report": {**Reply(0, "", "")._asdict(), "line": ""}}
        state = self._state(fields)
        command = request.get("command")
        if command is not None:
            has_point = command != "draw" or state["result"] is not None
            more = request.get("more", ())
            reply = self.run(words_of(command, fields, more, has_point))
            line = shell_line(words_of(command, fields, request.get("shown", more), has_point))
            state["report"] = {**reply._asdict(), "line": line}
        return state

    def run(self, words: Sequence[str]) -> Reply:
        """The reply to a command line: a kept one, if it reads and writes no file."""
        if any(word == "-o" or word.startswith("--out=") or "=@" in word for word in words):
            return self._run(words)
        key = tuple(words)
        reply = self._replies.pop(key, None) or self._run(words)
        self._replies[key] = reply
        if len(self._replies) > KEPT:
            self._replies.popitem(last=False)
        return reply

    def _state(self, fields: Fields) -> dict[str, Any]:
        reply = self.run(words_of("eval", fields, ["--json"]))
        if reply.status == 0:
            document = json.loads(reply.out)
            result = {name: document[name] for name in ("value", "gradients", "at")}
            result["steps"] = len(document["backward"])
            return {**NOTHING, "result": result, "notes": reply.err.strip(), "inputs": list(document["at"])}
        text = self.run(words_of("eval", fields)).err.strip()
        inputs = _inputs_of(fields)
        given = set(NAME_OF_VALUE.findall(fields.point))
        missing = [name for name in inputs if name not in given]
        return {**NOTHING, "error": text, "field": _field_of(reply.err), "inputs": inputs, "missing": missing}


def _inputs_of(fields: Fields) -> list[str]:
    """The names of the inputs of a formula; none if it cannot be read."""
    try:
        language = fields.options.get("language")
        return list(read(Source(fields.formula, language=str(language) if language else None)).input_names)
    except GraphdiffError:
        return []


def _field_of(error: str) -> str:
    """The field that an error, as JSON, points into."""
    try:
        source = json.loads(error)["error"]["source"]
    except (ValueError, KeyError):  # a bug, whose traceback is the text
        return "formula"
    return "point" if source == "--at" else "formula"
