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
    data     its inputs, the meaning of its results, and the numbers of the trace that it does not give, as JSON
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
    data = {"inputs": inputs, "numbers": numbers, "numbersHere": _gradients_at_kinks(trace), "kinks": kinks}
    return EditingScript(source, data, kinks, note)


def _gradients_at_kinks(trace: Trace) -> dict[str, Any]:
    """The numbers of the backward pass by the names that the page has for them, if the trace is at a kink: there the
    function follows the conventions, and the trace may not."""
    if trace.differentiable is None:
        return {}
    numbers: dict[str, Any] = {}
    for step in with_all_steps(trace).backward:
        index = step.node.index
        numbers[f"upstream {index}"] = step.upstream
        for edge in step.edges:
            numbers[f"local {index} {edge.slot}"] = edge.local.values
            numbers[f"downstream {index} {edge.slot}"] = edge.downstream
    for name, gradient in trace.gradients.items():
        numbers[f"gradient {trace.graph.input_indices[name]}"] = gradient
    return {name: strict(number) for name, number in numbers.items() if number is not None}


def _refuse(sentence: str) -> EditingScript:
    return EditingScript("", {"inputs": [], "numbers": [], "numbersHere": {}, "kinks": {}}, {}, sentence)
