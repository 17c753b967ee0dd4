"""What the page asks Python for: command lines of graphdiff, run here, circuits, and the points of plots.

Requests and replies are JSON, so that what is typed is data on its whole way.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from math import isfinite
from typing import Any

from graphdiff.cli import draw
from graphdiff.cli.captured import run_captured
from graphdiff.cli.failures import failure_of
from graphdiff.cli.formula_request import FormulaRequest
from graphdiff.cli.tracing import accuracy_of, collapsed, make_trace
from graphdiff.drawing.circuit import LIMIT
from graphdiff.drawing.circuit import circuit as draw_circuit
from graphdiff.drawing.picture import Picture
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.output import name_output
from graphdiff.page.page import fragment
from graphdiff.passes.trace_graph import with_all_steps

SAMPLES = 241
"""The points of a plot."""
LONGEST_TITLE = 200


def answer(request: str) -> str:
    """The reply to a request: {"words": […]}, {"circuit": […]}, also words, or {"plot": {…}}."""
    question = json.loads(request)
    if "plot" in question:
        return json.dumps(plot(**question["plot"]))
    if "circuit" in question:
        return json.dumps(circuit(question["circuit"]))
    return json.dumps(command(question["words"]))


def circuit(words: Sequence[str]) -> dict[str, Any]:
    """The circuit, the steps and the tables of a `draw` command with a point: like its page, for page.js to run in a
    part of the page."""
    drawing: dict[str, Any] = {}

    def show() -> int:
        with draw.command.make_context("draw", list(words[1:])) as context:
            options = context.params
            request = FormulaRequest(*[options[name] for name in FormulaRequest._fields])
            formula, graph, origin = request.read()
            if options["collapse"] and formula.output is None:
                graph = name_output(graph)
            trace = make_trace(graph, formula.point, formula.wrt, options["upstream"], options["allow_nonfinite"])
            accuracy = accuracy_of(trace)
            if options["collapse"]:
                trace = collapsed(trace)
            gates = draw_circuit(with_all_steps(trace), None, LIMIT, True, False, {})
            picture = Picture(gates, shorten(origin.expression, LONGEST_TITLE))
            drawing["body"], drawing["data"] = fragment(trace, origin.expression, accuracy, picture)
        return 0

    return {**run_captured(words, lambda _: show())._asdict(), **drawing}


def command(words: Sequence[str]) -> dict[str, Any]:
    """Run a command line: its exit status, and what it writes to both streams."""
    return run_captured(words)._asdict()


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
