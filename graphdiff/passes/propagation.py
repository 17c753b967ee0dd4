"""The law of propagation of uncertainty: u² = Σ (∂f/∂x · u(x))² + 2 Σ r(x, y) · (∂f/∂x · u(x)) · (∂f/∂y · u(y)).

Source: JCGM 100:2008, equations (10) and (16).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.operations.shapes import shape_text
from graphdiff.passes.correlation import read_correlations
from graphdiff.passes.cotangents import Cotangent
from graphdiff.passes.nonlinearity import nodes_with_kinks_nearby, second_order
from graphdiff.passes.point import check_names, check_not_index, value_by, value_of
from graphdiff.passes.trace import Trace, backward_steps, trace_by
from graphdiff.passes.uncertainty import Contribution, Correlation, CorrelationTerm, UncertainInput, Uncertainty
from graphdiff.passes.values import Value, shape_of, to_list
from graphdiff.source import normalize_names

ROUNDED = 1e-14
"""A sum of squares and covariances that is smaller, relative to the squares, comes from rounding."""
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
    inputs = uncertain_inputs(trace, normalize_names(uncertainty))
    correlations = read_correlations(inputs, correlation or {})
    u = numpy.concatenate([each.u.ravel() for each in inputs]) if inputs else numpy.zeros(0)
    gradients = _jacobian(trace, inputs)
    result = _combine(shape_of(trace.value), inputs, u, gradients, correlations)
    kinks = nodes_with_kinks_nearby(trace, inputs, correlations)
    if not shape_of(trace.value) and not kinks and numpy.isfinite(gradients).all():
        second = second_order(trace, inputs, gradients[0], correlations, float(result.standard))
        result = result._replace(second_order=second)
    origin = _propagate_again, (trace, uncertainty, correlation)
    return replace(trace, uncertainty=result._replace(kinks=kinks), origin=origin)


def _propagate_again(trace: Trace, uncertainty: Any, correlation: Any) -> Trace:
    return propagate(trace, uncertainty, correlation)


def uncertain_inputs(trace: Trace, uncertainty: Mapping[str, Any]) -> list[UncertainInput]:
    """The inputs that have an uncertainty, in their order."""
    graph = trace.graph
    check_names(graph, list(uncertainty))
    inputs: list[UncertainInput] = []
    for name in graph.input_names:
        if name not in uncertainty or name not in trace.point:
            continue
        label = shorten(name)
        check_not_index(graph, name)
        shape = shape_of(trace.point[name])
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
        inputs.append(UncertainInput(name, numpy.broadcast_to(own, shape)))
    return inputs


def _plain(value: Any) -> Any:
    """Nested lists where an array is one of another library."""
    return value.tolist() if len(getattr(value, "shape", ())) and hasattr(value, "tolist") else value


def _jacobian(trace: Trace, uncertain: Sequence[UncertainInput]) -> Any:
    """The derivative of each entry of the output by each entry of these inputs, as a matrix."""
    graph, op, output = trace.graph, trace.op, trace.values[trace.graph.output]
    names = [each.name for each in uncertain]
    shape = shape_of(output)
    inputs = [trace.values[index] for index in graph.inputs]
    indices = [graph.input_indices[name] for name in names]
    if not shape:
        is_whole = to_list(trace.upstream) == 1 and all(name in trace.gradients for name in names)
        whole = trace if is_whole else trace_by(graph, inputs, op, trace.point, indices, None)
        return _row(whole.gradients, names)[None, :]
    count, width = int(numpy.prod(shape)), sum(each.u.size for each in uncertain)
    if count * width > MOST_ENTRIES:
        message = f"the Jacobian of the output has {float(count * width):.2g} entries"
        raise GraphdiffError("limit", message, hint=f"to propagate uncertainties, the limit is {MOST_ENTRIES:,}")
    rows = []
    with op.quiet():
        for place in range(count):
            unit = numpy.zeros(count)
            unit[place] = 1.0
            seed = Cotangent(op.broadcast_like(op.constant(unit.reshape(shape).tolist()), output))
            _, gradients, _ = backward_steps(graph, trace.values, op, seed, indices, False)
            rows.append(_row(gradients, names))
    return numpy.array(rows)


def _row(gradients: Mapping[str, Value], names: Sequence[str]) -> Any:
    """The derivatives by the entries of these inputs, from gradients by input."""
    rows = [numpy.asarray(to_list(gradients[name]), dtype=float).ravel() for name in names]
    return numpy.concatenate(rows) if rows else numpy.zeros(0)


class Terms(NamedTuple):
    """The terms of the square of the uncertainty of each output, a row each, divided by the square of a scale, so that
    none overflows: the squares of all contributions, what each correlation adds, and their total."""

    scale: Any
    squares: Any
    products: Any
    total: Any

    @property
    def standard(self) -> Any:
        """The standard uncertainty of each output."""
        return (numpy.sqrt(self.total) * self.scale)[:, 0]


def terms_of(signed: Any, correlations: Sequence[Correlation]) -> Terms:
    """The terms from gradient · u of each output, a row each, by each input."""
    largest = numpy.max(numpy.abs(signed), axis=1, initial=0.0)
    scale = numpy.where(numpy.isfinite(largest) & (largest > 0), largest, 1.0)[:, None]
    scaled = signed / scale
    squares = scaled**2
    products = numpy.zeros((len(signed), len(correlations)))
    for place, (first, second, coefficient) in enumerate(correlations):
        products[:, place] = 2 * coefficient * scaled[:, first] * scaled[:, second]
    independent = squares.sum(axis=1, keepdims=True)
    total = independent + products.sum(axis=1, keepdims=True)
    total = numpy.where(total < ROUNDED * independent, 0.0, total)  # what cancels is 0
    return Terms(scale, squares, products, total)


def _combine(
    shape: tuple[int, ...],
    inputs: Sequence[UncertainInput],
    u: Any,
    gradients: Any,
    correlations: Sequence[Correlation],
) -> Uncertainty:
    """The uncertainty of each entry of the output, for which the Jacobian has a row each."""

    def values(matrix: Any) -> list[Value]:
        """The columns of a matrix, each in the shape of the output."""
        return [column.reshape(shape) for column in matrix.T] if shape else matrix[0].tolist()

    with numpy.errstate(all="ignore"):
        signed = numpy.where(u == 0, 0.0, gradients * u)
        terms = terms_of(signed, correlations)
        whole = numpy.where(terms.total == 0, numpy.nan, terms.total)
        columns = zip(
            u.tolist(), values(gradients), values(numpy.abs(signed)), values(terms.squares / whole), strict=True
        )
        entries = [(each.name, index) for each in inputs for index in numpy.ndindex(each.u.shape)]
        contributions = [Contribution(*entry, *numbers) for entry, numbers in zip(entries, columns, strict=True)]
        pairs = zip(correlations, values(terms.products * terms.scale**2), values(terms.products / whole), strict=True)
        correlation_terms = [
            CorrelationTerm(
                (entries[first][0], entries[second][0]),
                (entries[first][1], entries[second][1]),
                coefficient,
                covariance,
                share,
            )
            for (first, second, coefficient), covariance, share in pairs
        ]
        (standard,) = values(terms.standard[:, None])
    return Uncertainty(standard, contributions, correlation_terms, None, ())
