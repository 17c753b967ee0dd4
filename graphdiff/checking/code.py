"""Generated code at a point: the value and the gradients that it returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.checking.runner import Function, run
from graphdiff.errors import GraphdiffError
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import shape_of
from graphdiff.targets.generate import NAME, generate
from graphdiff.targets.registry import RUNNABLE, Signature


class Results(NamedTuple):
    """What generated code returned: the value, and the gradient by each input, its entries in row-major order."""

    value: float
    gradients: Mapping[str, Sequence[float]]


def code_results(trace: Trace, target: str, point: Mapping[str, Any]) -> Results:
    """Run generated code in a language at a trace's point.

    Raises GraphdiffError: "usage" if it cannot be run, or its compiler, interpreter or library is missing; "value" if
    the language does not support the formula.
    """
    if target not in RUNNABLE:
        raise GraphdiffError("usage", f"cannot run {target} code", hint=f"choose one of {', '.join(RUNNABLE)}")
    graph = trace.graph
    wrt = [name for name, gradient in trace.gradients.items() if gradient is not None]
    values = {
        name: 0.0 if trace.values[index] is None else trace.values[index] for name, index in graph.input_indices.items()
    }
    shapes = {name: shape_of(value) for name, value in values.items()}
    text, parameters = generate(graph, target, wrt, shapes, NAME, list(point))
    signature = Signature(NAME, [shapes[name] for name in parameters], [shapes[name] for name in wrt])
    operands = [values[name] for name in parameters]
    ((value, gradients),) = run(RUNNABLE[target], [Function(text, signature)], [(0, operands)])
    return Results(value, dict(zip(wrt, gradients, strict=True)))
