"""What the page asks Python for: a command line of graphdiff, run here, or the points of a plot. Requests and replies are
JSON, so that what is typed is data on its whole way."""

from __future__ import annotations

import io
import json
import sys
import traceback
from collections.abc import Sequence
from functools import lru_cache
from math import isfinite
from typing import Any

from graphdiff.cli.exit_status import EXIT_BUG, EXIT_WRONG
from graphdiff.cli.failures import failure_of
from graphdiff.cli.main import run
from graphdiff.cli.output import Messages

SAMPLES = 241
"""The points of a plot."""


def answer(request: str) -> str:
    """The reply to a request: {"words": […]} or {"plot": {…}}."""
    question = json.loads(request)
    reply = plot(**question["plot"]) if "plot" in question else command(question["words"])
    return json.dumps(reply)


def command(words: Sequence[str]) -> dict[str, Any]:
    """Run a command line: its exit status, and what it writes to both streams."""
    streams = sys.stdin, sys.stdout, sys.stderr
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    sys.stdin, sys.stdout, sys.stderr = io.TextIOWrapper(io.BytesIO(), "utf-8"), out, err
    try:
        status = _guarded(words)
        return {"status": status, "out": _text(out), "err": _text(err)}
    finally:
        sys.stdin, sys.stdout, sys.stderr = streams


def _guarded(words: Sequence[str]) -> int:
    try:
        return run(words)
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            traceback.print_exc()
            return EXIT_BUG
        Messages(words).fail(failure)
        return EXIT_WRONG
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8", "replace")


@lru_cache(maxsize=8)
def _compiled(formula: str, name: str, language: str | None) -> Any:
    import graphdiff

    return graphdiff.compile(formula, name, language=language)


def plot(
    formula: str, name: str, at: dict[str, Any], start: float, stop: float, language: str | None = None
) -> dict[str, Any]:
    """Values and derivatives by one input at equal distances, null where they are not finite; the others as in at."""
    from graphdiff.errors import GraphdiffError

    try:
        function = _compiled(formula, name, language)
        others = {each: at[each] for each in function.inputs if each in at}
        xs = [start + (stop - start) * place / (SAMPLES - 1) for place in range(SAMPLES)]
        pairs = [function(**{**others, name: x}) for x in xs]
    except GraphdiffError as error:
        return {"refusal": error.message}
    except ImportError as error:
        failure = failure_of(error)
        return {"refusal": failure.message if failure else str(error)}
    return {
        "x": xs,
        "value": [_finite(value) for value, _ in pairs],
        "derivative": [_finite(derivative) for _, derivative in pairs],
    }


def _finite(number: Any) -> float | None:
    while isinstance(number, (tuple, list)):
        (number,) = number
    return float(number) if isfinite(number) else None
