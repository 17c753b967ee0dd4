"""What a page needs in order to compute its numbers where an input is edited: a script, and what its results are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError, shortened
from graphdiff.passes.trace import Trace
from graphdiff.passes.trace_graph import trace_graph, with_all_steps
from graphdiff.passes.values import strict
from graphdiff.report.numbers import LARGEST_SHOWN
from graphdiff.targets.javascript import trace_source

FUNCTION = "numbersAt"


class Edited(NamedTuple):
    """The source of the function, what the script knows of its inputs and results, the nodes that may stand at a kink;
    and a sentence on what can't be edited, and why."""

    source: str
    data: Mapping[str, Any]
    kinks: Mapping[int, Any]
    refusal: str


def edited(trace: Trace) -> Edited:
    """What computes the numbers of a trace."""
    try:
        found = trace_graph(trace, LARGEST_SHOWN)
        source, parameters = trace_source(found, FUNCTION)
    except GraphdiffError as error:
        return _refused(f"The inputs of this page can't be edited: {error.message}.")
    if {number.node for number in found.numbers if number.kind == "upstream"} != {
        step.node.index for step in with_all_steps(trace).backward
    }:
        return _refused("The inputs of this page can't be edited: at other points the backward pass has further steps.")
    kinks: dict[int, list[tuple[int, str]]] = {}
    numbers = []
    for number in found.numbers:
        if number.kind == "kink":
            kinks.setdefault(number.node, []).append((number.output, number.text))
        else:
            slot = "" if number.slot is None else f" {number.slot}"
            numbers.append((f"{number.kind} {number.node}{slot}", number.output))
    inputs = [
        {"name": name, "node": trace.graph.input_indices[name], "value": strict(trace.point[name])}
        for name in parameters
    ]
    fixed = [shortened(name) for name in trace.point if name not in parameters]
    kept = f"{', '.join(fixed)}: an index stays as it is." if fixed else ""
    return Edited(source, {"inputs": inputs, "numbers": numbers, "kinks": kinks}, kinks, kept)


def _refused(sentence: str) -> Edited:
    return Edited("", {"inputs": [], "numbers": [], "kinks": {}}, {}, sentence)
