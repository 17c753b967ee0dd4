"""What the page asks Python for: the reports of a session, circuits among them, and the points of plots.

Requests and replies are JSON, so that what is typed is data on its whole way.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from math import isfinite
from typing import Any

import click

from graphdiff.cli import draw
from graphdiff.cli.captured import run_captured
from graphdiff.cli.failures import failure_of
from graphdiff.cli.formula_request import FormulaRequest
from graphdiff.cli.main import run
from graphdiff.cli.output import Messages
from graphdiff.drawing.svg import svg
from graphdiff.errors import GraphdiffError
from graphdiff.live.session import Reply, Session
from graphdiff.page.page import fragment
from graphdiff.passes.trace import Trace

SAMPLES = 241
"""The points of a plot."""
PARTS = "--format=parts"
"""The option that makes `draw` write its page in parts, as JSON, for page.js to run in a part of this page."""


def answer(request: str) -> str:
    """The reply to a request of a session (graphdiff/live/session.py), or to {"plot": {…}}."""
    question = json.loads(request)
    return json.dumps(plot(**question["plot"]) if "plot" in question else SESSION.request(question))


def run_page(words: Sequence[str]) -> Reply:
    """Run a command line. With PARTS it writes "body" and "data", or a "picture" as SVG where there is no point."""
    return run_captured([word for word in words if word != PARTS], _write_parts if PARTS in words else run)


def _write_parts(words: Sequence[str]) -> int:
    with draw.command.make_context("draw", list(words[1:]), obj=Messages(words)) as context:
        chosen = context.params
        request = FormulaRequest(*[chosen[name] for name in FormulaRequest._fields])
        names = "upstream", "shape", "collapse", "limit", "digits", "allow_nonfinite"
        kept = {name: chosen[name] for name in names}
        drawing = draw.drawing_of(request, is_page=True, requires_point=False, **kept)
    if isinstance(drawing.subject, Trace):
        body, data = fragment(drawing.subject, drawing.expression, drawing.accuracy, drawing.picture)
        click.echo(json.dumps({"body": body, "data": data}))
    else:
        click.echo(json.dumps({"picture": svg(drawing.picture)}))
    return 0


SESSION = Session(run_page)


@lru_cache(maxsize=8)
def _compiled(formula: str, name: str, language: str | None) -> Any:
    import graphdiff

    return graphdiff.compile(formula, name, language=language)


def plot(
    formula: str, name: str, at: dict[str, Any], start: float, stop: float, language: str | None = None
) -> dict[str, Any]:
    """Values and derivatives by one input at equal distances, null where they are not finite; the others as in at."""
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
