"""Where the law of propagation of uncertainty, which is of first order, is not enough: curvature and kinks."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy

from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import size_of
from graphdiff.passes.derivative_builder import DerivativeBuilder
from graphdiff.passes.forward import forward
from graphdiff.passes.kinks import decisions
from graphdiff.passes.request import Request
from graphdiff.passes.tangent import tangents_along
from graphdiff.passes.trace import Trace
from graphdiff.passes.uncertainty import SecondOrder, UncertainEntry
from graphdiff.passes.values import interpreter_of, shape_of, to_list, to_tuples
from graphdiff.passes.wanted import wanted_graph

MOST_ENTRIES, MOST_NODES = 40, 2000
"""Uncertain numbers, and operations of the formula, with which second derivatives are examined."""
SIGNIFICANT = 0.1
"""Second-order terms that are larger, as a fraction of the first-order uncertainty, are reported."""
DIRECTIONS, SEED = 64, 1
"""Random directions in which kinks are looked for, beside those of the inputs."""
MOST_AXES = 200
"""Directions of inputs in which kinks are looked for."""


def nodes_with_kinks_nearby(trace: Trace, entries: Sequence[UncertainEntry], correlations: Any) -> list[str]:
    """The nodes that are at a kink, or on another side of one at some point about one standard uncertainty away: where
    (x - μ)ᵀ Σ⁻¹ (x - μ) = 1."""
    graph = trace.graph
    if not graph.nodes_with_kinks or not entries:
        return []
    inputs = _floats(trace)
    op = interpreter_of(graph, [value for value in inputs if value is not None])
    here: dict[int, list[Any]] = {}
    found: set[int] = set()
    with op.quiet():
        for place, step in enumerate([numpy.zeros(len(entries)), *_steps(entries, correlations)]):
            values = forward(graph, [_constant(op, each) for each in _moved(graph, inputs, entries, step)], op)
            now: dict[int, list[Any]] = {}
            for index, decision in decisions(graph, values, op):
                now.setdefault(index, []).append(decision)
            here = here if place else now
            found.update(index for index, each in now.items() if each != here[index])
    return [graph.labels[index] for index in sorted(found)]


def _steps(entries: Sequence[UncertainEntry], correlations: Any) -> Iterator[Any]:
    """Steps to points that are one standard uncertainty away: in the direction of each input, and in random ones."""
    count = len(entries)
    factor = numpy.eye(count) if correlations is None else _square_root(correlations)
    scale = numpy.array([entry.u for entry in entries])
    for place in range(min(count, MOST_AXES)):
        for sign in (1, -1):
            yield sign * scale * factor[:, place]
    generator = random.Random(SEED)
    for _ in range(DIRECTIONS if count > 1 else 0):
        direction = numpy.array([generator.gauss(0, 1) for _ in range(count)])
        yield scale * (factor @ direction) / numpy.linalg.norm(direction)


def _square_root(matrix: Any) -> Any:
    """The symmetric square root of a matrix that is positive semidefinite."""
    values, vectors = numpy.linalg.eigh(matrix)
    return (vectors * numpy.sqrt(numpy.maximum(values, 0))) @ vectors.T


def _floats(trace: Trace) -> list[Any]:
    """The values of the inputs in 64 bits: floats, or NumPy arrays; None for one without a value."""
    values = [trace.values[index] for index in trace.graph.inputs]
    return [
        None if value is None else numpy.array(to_list(value), dtype=float) if shape_of(value) else float(value)
        for value in values
    ]


def _constant(op: Any, value: Any) -> Any:
    return None if value is None else op.constant(value)


def _moved(graph: Graph, inputs: Sequence[Any], entries: Sequence[UncertainEntry], step: Any) -> list[Any]:
    """The values of the inputs with a step added to the uncertain ones."""
    moved = dict(zip(graph.input_names, inputs, strict=True))
    moved.update({name: value.copy() for name, value in moved.items() if isinstance(value, numpy.ndarray)})
    for entry, change in zip(entries, step, strict=True):
        if entry.place:
            moved[entry.input][entry.place] += change
        elif moved[entry.input] is not None:
            moved[entry.input] += float(change)
    return list(moved.values())


def second_order(
    trace: Trace, entries: Sequence[UncertainEntry], gradient: Any, correlations: Any, standard: float
) -> SecondOrder | None:
    """What second and third derivatives say of the uncertainty of an output that is a number; None where the formula is
    too large, or has derivatives that are not finite.

    With the covariance matrix Σ of normal inputs, the gradient g and the Hessian H, the mean is f + ½ tr(HΣ), and the
    variance gᵀΣg + ½ tr(HΣHΣ) + gᵀΣ ∇tr(HΣ), up to the fourth power of the standard uncertainties.
    """
    graph = trace.graph
    if len(entries) > MOST_ENTRIES or len(graph.nodes) > MOST_NODES:
        return None
    u = numpy.array([entry.u for entry in entries])
    with numpy.errstate(all="ignore"):
        return _second_order(trace, entries, gradient, u, correlations, standard)


def _second_order(
    trace: Trace, entries: Sequence[UncertainEntry], gradient: Any, u: Any, correlations: Any, standard: float
) -> SecondOrder | None:
    covariance = numpy.outer(u, u) * (numpy.eye(len(entries)) if correlations is None else correlations)
    try:
        hessian, third = _higher_derivatives(trace, entries, covariance @ gradient)
    except GraphdiffError:  # it has an operation without second derivatives, or would be too large
        return None
    product = hessian @ covariance
    shift, curvature = float(numpy.trace(product)) / 2, float(numpy.trace(product @ product)) / 2
    more = curvature + float(numpy.trace(third @ covariance))
    if not math.isfinite(more):
        return None
    square = 1 + more / standard / standard if standard else more  # so that no square of a tiny number is 0
    size = max(abs(shift), math.sqrt(max(curvature, 0.0) / 2))
    whole = math.sqrt(square) * (standard or 1.0) if square >= 0 else math.nan
    return SecondOrder(shift, whole, size > SIGNIFICANT * standard)


def _higher_derivatives(trace: Trace, entries: Sequence[UncertainEntry], direction: Any) -> tuple[Any, Any]:
    """The Hessian by these entries, and its derivative along a direction."""
    graph, inputs = trace.graph, _floats(trace)
    values = {name: value for name, value in zip(graph.input_names, inputs, strict=True) if value is not None}
    shapes = {name: shape_of(value) for name, value in values.items() if shape_of(value)}
    names = list(dict.fromkeys(entry.input for entry in entries))
    wanted = wanted_graph(graph, Request("hessian", names, inputs=list(values)), shapes)
    hessian = wanted.graph
    builder = DerivativeBuilder(hessian, shapes, list(values), keeps_gates=False)
    steps = _by_input(entries, direction, values)
    tangents = {
        hessian.input_indices[name]: builder.op.expand_like(
            builder.op.constant(to_tuples(step)), builder.nodes[hessian.input_indices[name]]
        )
        for name, step in steps.items()
    }
    third = builder.result(tangents_along(builder, tangents))
    return _matrix(hessian, values, names, wanted.wrt), _matrix(third, values, names, wanted.wrt)


def _by_input(entries: Sequence[UncertainEntry], direction: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """A direction as a value for each input."""
    steps: dict[str, Any] = {name: numpy.zeros(shape_of(values[name])) for name in {each.input for each in entries}}
    for entry, component in zip(entries, direction, strict=True):
        steps[entry.input][entry.place] = component
    return {name: step if step.shape else float(step) for name, step in steps.items()}


def _matrix(graph: Graph, values: Mapping[str, Any], names: Sequence[str], shapes: Sequence[Any]) -> Any:
    """The blocks after the first output of a graph, by each two inputs of these shapes, as one matrix."""
    inputs = [values.get(name) for name in graph.input_names]
    op = interpreter_of(graph, [value for value in inputs if value is not None])
    with op.quiet():
        results = forward(graph, [_constant(op, value) for value in inputs], op)
    blocks = iter([to_list(results[index]) for index in graph.outputs[1:]])
    return numpy.block(
        [
            [
                numpy.asarray(next(blocks), dtype=float).reshape(size_of(shapes[row]), size_of(shapes[column]))
                for column in range(len(names))
            ]
            for row in range(len(names))
        ]
    )
