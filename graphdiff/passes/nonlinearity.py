"""Where the law of propagation of uncertainty, which is of first order, is not enough: curvature and kinks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy

from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import size_of
from graphdiff.passes.correlation import correlation_matrix
from graphdiff.passes.derivative_builder import DerivativeBuilder
from graphdiff.passes.forward import forward
from graphdiff.passes.kinks import decisions
from graphdiff.passes.request import Request
from graphdiff.passes.tangent import tangents_along
from graphdiff.passes.trace import Trace
from graphdiff.passes.uncertainty import Correlation, SecondOrder, UncertainInput
from graphdiff.passes.values import interpreter_of, shape_of, to_list, to_tuples
from graphdiff.passes.wanted import wanted_graph

MOST_ENTRIES, MOST_NODES = 40, 2000
"""Uncertain numbers, and operations of the formula, with which second derivatives are examined."""
SIGNIFICANT = 0.1
"""Second-order terms that are larger, as a fraction of the first-order uncertainty, are reported."""
DRAWS, SEED = 200, 1
"""Draws of the inputs with which kinks are looked for."""
FAR = 0.16
"""The probability that a normal variable is more than one standard deviation above its mean."""
MOST_AXES = 20
"""Entries up to which kinks are looked for one standard uncertainty away, too."""


def nodes_with_kinks_nearby(
    trace: Trace, inputs: Sequence[UncertainInput], correlations: Sequence[Correlation]
) -> list[str]:
    """The nodes that have a kink within about one standard uncertainty of the point.

    A linear quantity that decides on which side of a kink a node is, such as the difference of the operands of max, has
    another sign in FAR of all normal draws about the point if it is one of its own standard uncertainties away from 0.
    Of few inputs, points are tried as well that are one standard uncertainty away.
    """
    graph = trace.graph
    if not graph.nodes_with_kinks or not inputs:
        return []
    u = numpy.concatenate([each.u.ravel() for each in inputs])
    point = dict(zip(graph.input_names, _floats(trace), strict=True))
    op = interpreter_of(graph, [value for value in point.values() if value is not None])

    def decide(step: Any) -> list[tuple[int, Any]]:
        place = {**point, **{name: point[name] + move for name, move in _by_input(inputs, step).items()}}
        values = forward(graph, [None if each is None else op.constant(each) for each in place.values()], op)
        return [(index, numpy.asarray(decision)) for index, decision in decisions(graph, values, op)]

    with op.quiet():
        here = decide(numpy.zeros(len(u)))
        counts: list[Any] = [0] * len(here)
        for draw in _draws(len(u), correlations):
            for place, ((_, decision), (_, own)) in enumerate(zip(decide(u * draw), here, strict=True)):
                counts[place] = counts[place] + (decision != own)
        near = {index for (index, _), count in zip(here, counts, strict=True) if numpy.max(count) > FAR * DRAWS}
        for direction in directions(len(u), correlations, DRAWS) if len(u) <= MOST_AXES else ():
            changed = zip(decide(u * direction), here, strict=True)
            near.update(index for (index, decision), (_, own) in changed if (decision != own).any())
    return [graph.labels[index] for index in sorted(near)]


def directions(count: int, correlations: Sequence[Correlation], draws: int) -> Iterator[Any]:
    """Directions, in standard uncertainties, to points that are one standard uncertainty away: along each of so many
    entries, and so many random ones."""
    factor = _Factor(correlations)
    for direction in numpy.eye(count):
        yield from (factor.apply(sign * direction) for sign in (1, -1))
    generator = numpy.random.default_rng(SEED)
    for _ in range(draws if count > 1 else 0):
        draw = generator.standard_normal(count)
        yield factor.apply(draw / numpy.linalg.norm(draw))


def _draws(count: int, correlations: Sequence[Correlation]) -> Iterator[Any]:
    """Draws from the distribution of so many entries, in standard uncertainties."""
    factor = _Factor(correlations)
    generator = numpy.random.default_rng(SEED)
    for _ in range(DRAWS):
        yield factor.apply(generator.standard_normal(count))


class _Factor:
    """A square root of the matrix of correlations."""

    def __init__(self, correlations: Sequence[Correlation]) -> None:
        self._places, matrix = correlation_matrix(correlations)
        values, vectors = numpy.linalg.eigh(matrix) if self._places else (numpy.zeros(0), matrix)
        self._factor = vectors * numpy.sqrt(numpy.maximum(values, 0))

    def apply(self, direction: Any) -> Any:
        """Correlate the components of a direction."""
        direction[self._places] = self._factor @ direction[self._places]
        return direction


def _floats(trace: Trace) -> list[Any]:
    """The values of the inputs in 64 bits: floats, or NumPy arrays; None for one without a value."""
    values = [trace.values[index] for index in trace.graph.inputs]
    return [
        None if value is None else numpy.array(to_list(value), dtype=float) if shape_of(value) else float(value)
        for value in values
    ]


def second_order(
    trace: Trace, inputs: Sequence[UncertainInput], gradient: Any, correlations: Sequence[Correlation], standard: float
) -> SecondOrder | None:
    """What second and third derivatives say of the uncertainty of an output that is a number; None where the formula is
    too large, or has derivatives that are not finite.

    With the covariance matrix Σ of normal inputs, the gradient g and the Hessian H, the mean is f + ½ tr(HΣ), and the
    variance gᵀΣg + ½ tr(HΣHΣ) + gᵀΣ ∇tr(HΣ), up to the fourth power of the standard uncertainties.
    """
    graph = trace.graph
    u = numpy.concatenate([each.u.ravel() for each in inputs]) if inputs else numpy.zeros(0)
    if len(u) > MOST_ENTRIES or len(graph.nodes) > MOST_NODES:
        return None
    with numpy.errstate(all="ignore"):
        covariance = numpy.diag(u**2)
        for first, second, coefficient in correlations:
            covariance[first, second] = covariance[second, first] = coefficient * u[first] * u[second]
        try:
            hessian, third = _higher_derivatives(trace, inputs, covariance @ gradient)
        except GraphdiffError:  # it has an operation without second derivatives, or would be too large
            return None
        return _combine(hessian, third, covariance, standard)


def _combine(hessian: Any, third: Any, covariance: Any, standard: float) -> SecondOrder | None:
    product = hessian @ covariance
    shift, curvature = float(numpy.trace(product)) / 2, float(numpy.trace(product @ product)) / 2
    more = curvature + float(numpy.trace(third @ covariance))
    if not math.isfinite(more):
        return None
    square = 1 + more / standard / standard if standard else more  # so that no square of a tiny number is 0
    size = max(abs(shift), math.sqrt(max(curvature, 0.0) / 2))
    whole = math.sqrt(square) * (standard or 1.0) if square >= 0 else math.nan
    return SecondOrder(shift, whole, size > SIGNIFICANT * standard)


def _higher_derivatives(trace: Trace, inputs: Sequence[UncertainInput], direction: Any) -> tuple[Any, Any]:
    """The Hessian by the entries of these inputs, and its derivative along a direction."""
    graph = trace.graph
    point = zip(graph.input_names, _floats(trace), strict=True)
    values = {name: value for name, value in point if value is not None}
    shapes = {name: shape_of(value) for name, value in values.items() if shape_of(value)}
    names = [each.name for each in inputs]
    wanted = wanted_graph(graph, Request("hessian", names, inputs=list(values)), shapes)
    hessian = wanted.graph
    builder = DerivativeBuilder(hessian, shapes, list(values), keeps_gates=False)
    tangents = {}
    for name, step in _by_input(inputs, direction).items():
        index = hessian.input_indices[name]
        tangents[index] = builder.op.expand_like(builder.op.constant(to_tuples(step)), builder.nodes[index])
    third = builder.result(tangents_along(builder, tangents))
    return _matrix(hessian, values, names, wanted.wrt), _matrix(third, values, names, wanted.wrt)


def _by_input(inputs: Sequence[UncertainInput], vector: Any) -> dict[str, Any]:
    """The parts of a vector of all entries, each in the shape of its input: a float, or an array."""
    parts: dict[str, Any] = {}
    start = 0
    for name, u in inputs:
        part = vector[start : start + u.size].reshape(u.shape)
        parts[name] = part if u.shape else float(part)
        start += u.size
    return parts


def _matrix(graph: Graph, values: Mapping[str, Any], names: Sequence[str], shapes: Sequence[Any]) -> Any:
    """The blocks after the first output of a graph, by each two inputs of these shapes, as one matrix."""
    inputs = [values.get(name) for name in graph.input_names]
    op = interpreter_of(graph, [value for value in inputs if value is not None])
    with op.quiet():
        results = forward(graph, [None if value is None else op.constant(value) for value in inputs], op)
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
