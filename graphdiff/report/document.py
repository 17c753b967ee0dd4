"""The trace as data: JSON, JSON lines and CSV, whose fields and columns are a contract with users."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from graphdiff.errors import GraphdiffError
from graphdiff.graph.function import Operation, is_loop
from graphdiff.operations.shapes import size_of
from graphdiff.passes.steps import BackwardEdge, BackwardStep, ForwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, strict
from graphdiff.report.json_document import to_json, versioned
from graphdiff.report.numbers import LARGEST_SHOWN
from graphdiff.report.uncertainty import uncertainty_document, uncertainty_rows
from graphdiff.writing.text import operation_of

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy
    from graphdiff.passes.paths import ChainRule
    from graphdiff.reading.parse import Origin

MOST_ENTRIES = 20_000_000
"""Numbers that a document may hold: about 400 MB of text."""


def check_size(trace: Trace) -> None:
    """Raise GraphdiffError("limit") where the steps hold more numbers than MOST_ENTRIES."""
    entries = sum(step.entries for step in trace.backward)
    if entries > MOST_ENTRIES:
        raise GraphdiffError(
            "limit",
            f"the steps hold {float(entries):.2g} numbers; a document has at most {MOST_ENTRIES:,}",
            hint="a table summarizes large arrays; value_and_gradient in Python returns the gradients alone",
        )


def document(trace: Trace, origin: Origin, accuracy: Sequence[Inaccuracy], jacobian: bool = False) -> dict[str, Any]:
    """A whole trace in the types of strict JSON; new versions only add fields.

    Raises GraphdiffError("limit") where it would hold more than MOST_ENTRIES numbers, as the other formats do.
    """
    check_size(trace)
    return {
        **origin.document(),
        "at": {name: strict(value) for name, value in trace.point.items()},
        "value": strict(trace.value),
        "gradients": {name: strict(gradient) for name, gradient in trace.gradients.items()},
        **_accuracy(trace, accuracy),
        "uncertainty": uncertainty_document(trace.uncertainty),
        "forward": [_forward(trace, step) for step in trace.forward],
        "backward": [
            {**_backward(step), "edges": [_edge(edge, jacobian) for edge in step.edges]} for step in trace.backward
        ],
        "accumulated": [
            {
                "node": accumulation.label,
                "terms": [{"through": term.through, "value": strict(term.value)} for term in accumulation.terms],
                "gradient": strict(accumulation.gradient),
            }
            for accumulation in trace.accumulations
        ],
    }


def trace_json(trace: Trace, origin: Origin, accuracy: Sequence[Inaccuracy], jacobian: bool) -> str:
    """A trace as one JSON document."""
    return to_json(versioned(document(trace, origin, accuracy, jacobian)))


def trace_json_lines(trace: Trace, origin: Origin, accuracy: Sequence[Inaccuracy], jacobian: bool) -> Iterator[str]:
    """One JSON document per line: where the text is in another language or ambiguous, how it was read; the forward
    steps, then the edges of the backward pass; where numbers are inaccurate or a kink was met, what is known of them;
    the uncertainty of the output, where it has one.
    """
    check_size(trace)
    if origin.read_as is not None or origin.notes:
        yield to_json(versioned({"pass": "reading", **origin.document()}))
    for forward in trace.forward:
        yield to_json(versioned({"pass": "forward", **_forward(trace, forward)}))
    for backward in trace.backward:
        for edge in backward.edges:
            yield to_json(versioned({"pass": "backward", **_backward(backward), **_edge(edge, jacobian)}))
    if accuracy or trace.differentiable is not None:
        yield to_json(versioned({"pass": "accuracy", **_accuracy(trace, accuracy)}))
    if trace.uncertainty is not None:
        yield to_json(versioned({"pass": "uncertainty", "uncertainty": uncertainty_document(trace.uncertainty)}))


def trace_csv(trace: Trace, jacobian: bool) -> Iterator[str]:
    """A CSV header, then one row per edge of the backward pass; arrays are cells of JSON. Where the output has an
    uncertainty, columns of it and rows for what contributes to it follow, the last of them for the whole."""
    import csv
    from io import StringIO

    check_size(trace)
    columns = ["step", "node", "op", "gate", "upstream", "operand", "formula", "local", "downstream", "kink"]
    uncertain = [] if trace.uncertainty is None else uncertainty_rows(trace, trace.uncertainty)
    columns += ["u", "contribution", "share"] if uncertain else []
    buffer = StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="", restval="", extrasaction="ignore")

    def take_line() -> str:
        line = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return line

    writer.writeheader()
    yield take_line()
    for step in trace.backward:
        for edge in step.edges:
            cells = {**_backward(step), **_edge(edge, jacobian)}
            writer.writerow({name: to_json(cell) if isinstance(cell, list) else cell for name, cell in cells.items()})
            yield take_line()
    for cells in uncertain:
        writer.writerow({name: to_json(cell) if isinstance(cell, list) else cell for name, cell in cells.items()})
        yield take_line()


def chain_rules_json(trace: Trace, origin: Origin, accuracy: Sequence[Inaccuracy], limit: int) -> str:
    """A JSON document of the chain rule for each input: at most limit paths each (0: as many as chain_rules lists), and
    the sum of all others."""
    from graphdiff.passes.paths import chain_rules  # lazy: eval does not need it

    return to_json(
        versioned(
            {
                **origin.document(),
                "at": {name: strict(value) for name, value in trace.point.items()},
                "output": trace.graph.labels[trace.graph.output],
                "value": strict(trace.value),
                "gradients": {name: strict(gradient) for name, gradient in trace.gradients.items()},
                **_accuracy(trace, accuracy),
                "uncertainty": uncertainty_document(trace.uncertainty),
                "chain_rules": [_chain_rule(rule) for rule in chain_rules(trace, limit)],
            }
        )
    )


def _accuracy(trace: Trace, accuracy: Sequence[Inaccuracy]) -> dict[str, Any]:
    """How right the numbers are: the fields that several documents share."""
    return {
        "accuracy": [inaccuracy_document(each) for each in accuracy],
        "differentiable": trace.differentiable,
        "limits": list(trace.limits),
    }


def inaccuracy_document(inaccuracy: Inaccuracy) -> dict[str, Any]:
    """An inaccurate number as JSON."""
    cause = inaccuracy.cause
    return {
        "of": inaccuracy.of,
        "index": list(inaccuracy.index),
        "float": strict(inaccuracy.float),
        "right": strict(inaccuracy.right),
        "digits": strict(inaccuracy.digits),
        "cause": cause and {**cause._asdict(), "span": cause.span and list(cause.span)},
        "hint": inaccuracy.hint,
    }


def _chain_rule(rule: ChainRule) -> dict[str, Any]:
    """The chain rule for one input as JSON; count is null where there are too many paths to count."""
    return {
        "input": rule.name,
        "gradient": strict(rule.gradient),
        "count": rule.path_count,
        "paths": [
            {
                "edges": [
                    {"node": step.label, "upstream": strict(step.upstream), **_edge(edge, False)}
                    for step in path.steps
                    for edge in step.edges
                ],
                "value": strict(path.value),
            }
            for path in rule.paths
        ],
        "rest": strict(rule.rest),
    }


def _forward(trace: Trace, step: ForwardStep) -> dict[str, Any]:
    assert step.node.operation is not None
    return {
        "step": step.step,
        "node": step.label,
        "op": step.node.operation.name,
        "operands": [trace.graph.labels[operand] for operand in step.node.operands],
        "expression": operation_of(trace.graph, step.node),
        **_loop(step.node.operation),
        "value": strict(step.value),
    }


def _loop(operation: Operation) -> dict[str, Any]:
    """How many steps a loop has, and the names of what it carries from step to step."""
    if not is_loop(operation):
        return {}
    return {"count": operation.body.count, "carried": list(operation.body.carried)}


def _backward(step: BackwardStep) -> dict[str, Any]:
    assert step.node.operation is not None
    return {
        "step": step.step,
        "node": step.label,
        "op": step.node.operation.name,
        "gate": step.node.operation.backward_pattern.name,
        "upstream": strict(step.upstream),
        **({"kink": step.kink} if step.kink else {}),
    }


def _local_values(edge: BackwardEdge, jacobian: bool) -> Value | None:
    """The numbers of a local derivative: the diagonal for an elementwise operation, else the Jacobian if it is small or
    requested."""
    if edge.local.values is None and (jacobian or size_of(edge.local.jacobian_shape) <= LARGEST_SHOWN):
        return edge.local.jacobian()
    return edge.local.values


def _edge(edge: BackwardEdge, jacobian: bool) -> dict[str, Any]:
    local = edge.local
    arrays: dict[str, Any] = {}
    if local.jacobian_shape:
        arrays = {"structure": local.structure, "jacobian_shape": list(local.jacobian_shape)}
    if local.summed_axes:
        arrays["summed_axes"] = list(local.summed_axes)
    return {
        "operand": edge.operand,
        "formula": local.formula,
        "local": strict(_local_values(edge, jacobian)),
        **arrays,
        "downstream": strict(edge.downstream),
    }
