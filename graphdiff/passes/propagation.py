"""The law of propagation of uncertainty: u² = Σ (∂f/∂x · u(x))² + 2 Σ r(x, y) · (∂f/∂x · u(x)) · (∂f/∂y · u(y)).

Source: JCGM 100:2008, equations (13) and (16).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.operations.shapes import shape_text
from graphdiff.passes.correlation import correlation_matrix
from graphdiff.passes.cotangents import Cotangent
from graphdiff.passes.nonlinearity import nodes_with_kinks_nearby, second_order
from graphdiff.passes.point import check_names, value_by, value_of
from graphdiff.passes.trace import Trace, backward_steps, trace_by
from graphdiff.passes.uncertainty import Contribution, CorrelationTerm, UncertainEntry, Uncertainty
from graphdiff.passes.values import Value, shape_of, to_list
from graphdiff.source import normalize_names

MOST_ENTRIES = 10_000_000
"""Numbers that the Jacobian of an output that is an array may have."""


def propagate(
    trace: Trace, uncertainty: Mapping[str, Any], correlation: Mapping[tuple[str, str], float] | None = None
) -> Trace:
    """A trace with the uncertainty of its output, from standard uncertainties of inputs by name, in the shapes of the
    inputs or one for all entries, and correlation coefficients by pairs of inputs or entries: ("x", "w[0]").

    Raises GraphdiffError: "name" if a name is not an input, "value" if a number is not an uncertainty or a correlation,
    or correlations contradict one another; "limit" if the Jacobian has more than MOST_ENTRIES entries.
    """
    entries = uncertain_entries(trace, normalize_names(uncertainty))
    correlations = correlation_matrix(entries, correlation or {})
    u = numpy.array([entry.u for entry in entries])
    gradients = _jacobian(trace, entries)
    with numpy.errstate(all="ignore"):
        contributions = numpy.where(u == 0, 0.0, gradients * u)
    kinks = nodes_with_kinks_nearby(trace, entries, correlations)
    result = _combine(shape_of(trace.value), entries, gradients, contributions, correlations)
    if not shape_of(trace.value) and not kinks and numpy.isfinite(gradients).all():
        second = second_order(trace, entries, gradients[0], correlations, float(result.standard))
        result = result._replace(second_order=second)
    origin = _propagate_again, (trace, uncertainty, correlation)
    return replace(trace, uncertainty=result._replace(kinks=kinks), origin=origin)


def _propagate_again(trace: Trace, uncertainty: Any, correlation: Any) -> Trace:
    return propagate(trace, uncertainty, correlation)


def uncertain_entries(trace: Trace, uncertainty: Mapping[str, Any]) -> list[UncertainEntry]:
    """The entries of inputs that have an uncertainty, in the order of the inputs."""
    graph = trace.graph
    check_names(graph, list(uncertainty))
    entries: list[UncertainEntry] = []
    for name in graph.input_names:
        if name not in uncertainty:
            continue
        value = trace.values[graph.input_indices[name]]
        label = shorten(name)
        if graph.is_index[graph.input_indices[name]]:
            raise GraphdiffError("value", f"'{label}' is an index, which has no uncertainty", hint="leave it out")
        if value is None and name not in trace.point:
            continue
        shape = shape_of(trace.point[name] if value is None else value)
        own = numpy.asarray(to_list(value_of(_plain(uncertainty[name]), value_by(name))), dtype=float)
        if own.shape not in ((), shape):
            raise GraphdiffError(
                "value",
                f"the uncertainty of '{label}' is {shape_text(own.shape)}, but its value is {shape_text(shape)}",
                hint="give one uncertainty for all entries, or one for each",
            )
        wrong = own[~(numpy.isfinite(own) & (own >= 0))]
        if wrong.size:
            message = f"the uncertainty of '{label}' is {wrong.flat[0]:g}"
            raise GraphdiffError("value", message, hint="a standard uncertainty is a number from 0: x=2±0.1")
        own = numpy.broadcast_to(own, shape)
        entries += [UncertainEntry(name, index, float(own[index])) for index in numpy.ndindex(shape)]
    return entries


def _plain(value: Any) -> Any:
    """Nested lists where an array is one of another library."""
    return value.tolist() if len(getattr(value, "shape", ())) and hasattr(value, "tolist") else value


def _jacobian(trace: Trace, entries: Sequence[UncertainEntry]) -> Any:
    """The derivative of each entry of the output by each of these entries, as a matrix."""
    graph, op, output = trace.graph, trace.op, trace.values[trace.graph.output]
    names = list(dict.fromkeys(entry.input for entry in entries))
    shape = shape_of(output)
    inputs = [trace.values[index] for index in graph.inputs]
    indices = [graph.input_indices[name] for name in names]
    if not shape:
        is_whole = to_list(trace.upstream) == 1 and all(name in trace.gradients for name in names)
        whole = trace if is_whole else trace_by(graph, inputs, op, trace.point, indices, None)
        return _row(whole.gradients, entries)[None, :]
    count = int(numpy.prod(shape))
    if count * len(entries) > MOST_ENTRIES:
        message = f"the Jacobian of the output has {float(count * len(entries)):.2g} entries"
        raise GraphdiffError("limit", message, hint=f"to propagate uncertainties, the limit is {MOST_ENTRIES:,}")
    rows = []
    with op.quiet():
        for place in range(count):
            unit = numpy.zeros(count)
            unit[place] = 1.0
            seed = Cotangent(op.broadcast_like(op.constant(unit.reshape(shape).tolist()), output))
            _, gradients, _ = backward_steps(graph, trace.values, op, seed, indices, False)
            rows.append(_row(gradients, entries))
    return numpy.array(rows)


def _row(gradients: Mapping[str, Value], entries: Sequence[UncertainEntry]) -> Any:
    """The derivatives by these entries, from gradients by input."""
    by_input = {name: numpy.asarray(to_list(gradients[name]), dtype=float) for name in {each.input for each in entries}}
    return numpy.array([by_input[entry.input][entry.place] for entry in entries])


def _combine(
    shape: tuple[int, ...], entries: Sequence[UncertainEntry], gradients: Any, contributions: Any, correlations: Any
) -> Uncertainty:
    """The uncertainty of each entry of the output; contributions, signed, has a row for each."""
    largest = numpy.max(numpy.abs(contributions), axis=1, initial=0.0)
    scale = numpy.where(numpy.isfinite(largest) & (largest > 0), largest, 1.0)  # so that no square overflows
    scaled = contributions / scale[:, None]
    with numpy.errstate(all="ignore"):
        total = numpy.sum(scaled**2, axis=1)
        pairs = []
        if correlations is not None:
            pairs = [(i, j) for i, j in combinations(range(len(entries)), 2) if correlations[i, j]]
            total = numpy.einsum("ki,ij,kj->k", scaled, correlations, scaled)
            total = numpy.where(total > numpy.sum(scaled**2, axis=1) * len(entries) * 1e-15, total, 0.0)
        denominator = numpy.where(total == 0, numpy.nan, total)

        def value(numbers: Any) -> Value:
            return numbers.reshape(shape) if shape else float(numbers[0])

        parts = [
            Contribution(
                *entry,
                value(gradients[:, place]),
                value(numpy.abs(contributions[:, place])),
                value(scaled[:, place] ** 2 / denominator),
            )
            for place, entry in enumerate(entries)
        ]
        terms = []
        for i, j in pairs:
            covariance = 2 * correlations[i, j] * scaled[:, i] * scaled[:, j]
            one, other = entries[i], entries[j]
            terms.append(
                CorrelationTerm(
                    (one.input, other.input),
                    (one.place, other.place),
                    float(correlations[i, j]),
                    value(covariance * scale**2),
                    value(covariance / denominator),
                )
            )
        return Uncertainty(value(numpy.sqrt(total) * scale), parts, terms, None, ())
