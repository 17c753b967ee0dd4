"""The script that recomputes a page's numbers when an input is edited, and the meaning of its results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.passes.trace import Trace
from graphdiff.passes.trace_graph import trace_graph, with_all_steps
from graphdiff.passes.values import strict
from graphdiff.report.numbers import LARGEST_SHOWN
from graphdiff.targets.javascript import trace_source

FUNCTION = "numbersAt"


class EditingScript(NamedTuple):
    """The generated function and what the page needs to call it.

    source   JavaScript source of the function, "" where the inputs cannot be edited
    data     its inputs, and the meaning of its results, as JSON
    kinks    the nodes that may be at a kink
    refusal  a sentence about what cannot be edited, and why; "" where everything can
    """

    source: str
    data: Mapping[str, Any]
    kinks: Mapping[int, Any]
    refusal: str


def editing_script(trace: Trace) -> EditingScript:
    """The script that computes the numbers of a trace at other points."""
    try:
        trace_numbers = trace_graph(trace, LARGEST_SHOWN)
        source, parameters = trace_source(trace_numbers, FUNCTION)
    except GraphdiffError as error:
        return _refuse(f"The inputs of this page cannot be edited: {error.message}.")
    if {number.node for number in trace_numbers.numbers if number.kind == "upstream"} != {
        step.node.index for step in with_all_steps(trace).backward
    }:
        return _refuse("The inputs of this page cannot be edited: at other points the backward pass has more steps.")
    kinks: dict[int, list[tuple[int, str]]] = {}
    numbers = []
    for number in trace_numbers.numbers:
        if number.kind == "kink":
            kinks.setdefault(number.node, []).append((number.output, number.text))
        else:
            slot = "" if number.slot is None else f" {number.slot}"
            numbers.append((f"{number.kind} {number.node}{slot}", number.output))
    inputs = [
        {"name": name, "node": trace.graph.input_indices[name], "value": strict(trace.point[name])}
        for name in parameters
    ]
    fixed_names = [shorten(name) for name in trace.point if name not in parameters]
    note = f"{', '.join(fixed_names)}: an index cannot be edited." if fixed_names else ""
    return EditingScript(source, {"inputs": inputs, "numbers": numbers, "kinks": kinks}, kinks, note)


def _refuse(sentence: str) -> EditingScript:
    return EditingScript("", {"inputs": [], "numbers": [], "kinks": {}}, {}, sentence)
