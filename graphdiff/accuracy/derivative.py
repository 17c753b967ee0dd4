"""The value of a derivative formula at a point, of any order: the right one, or with what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any, Literal, NamedTuple

from graphdiff.accuracy.evaluation import entries_of
from graphdiff.accuracy.inaccuracy import Inaccuracy
from graphdiff.algebra.readable import make_readable
from graphdiff.graph.graph import Graph
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.trace import Trace, trace
from graphdiff.passes.values import Value, is_finite, to_list
from graphdiff.source import normalize_names
from graphdiff.writing.text import graph_text


class DerivativeValue(NamedTuple):
    """The value of a derivative at a point.

    Attributes:
        value: A number or an array. Where a kink was met, or the formula gives no number, it is the true derivative if
            that exists.
        accuracy: The entries that are off by more than 1e-6, relative to the right ones.
        differentiable: None where no kink was met and the formula, or its right value, is finite; else whether the
            function is as often differentiable there by all inputs together.
    """

    value: Value
    accuracy: tuple[Inaccuracy, ...]
    differentiable: bool | Literal["unknown"] | None


def derivative_value(
    function: Graph,
    formula: Graph,
    by: Sequence[str],
    point: Mapping[str, Any],
    shapes: Shapes,
    direction: Mapping[str, Any] | None = None,
    precision: int | None = None,
) -> DerivativeValue:
    """The value at a point of the formula of a function's derivative by these inputs, one after the other, or along a
    direction; to precision digits.

    Raises GraphdiffError as trace does.
    """
    return derivative_values(function, [(by, formula)], point, shapes, direction, precision)[0]


def derivative_values(
    function: Graph,
    formulas: Sequence[tuple[Sequence[str], Graph]],
    point: Mapping[str, Any],
    shapes: Shapes,
    direction: Mapping[str, Any] | None = None,
    precision: int | None = None,
) -> list[DerivativeValue]:
    """The same for several derivatives, each with its inputs, of which a formula may lack those that it does not need.

    One trace of the function serves all, unless it is at a kink.
    """
    point = normalize_names(point)
    names = dict.fromkeys(direction or [name for by, _ in formulas for name in by])
    whole = results_at(function, point, precision, list(names))
    values: list[DerivativeValue] = []
    for by, formula in formulas:
        is_own = whole.differentiable is None or list(names) == list(direction or dict.fromkeys(by))
        base = whole if is_own else results_at(function, point, precision, list(dict.fromkeys(by)))
        values.append(_value_beside(base, formula, by, point, shapes, direction, precision))
    return values


def _value_beside(
    base: Trace,
    formula: Graph,
    by: Sequence[str],
    point: Mapping[str, Any],
    shapes: Shapes,
    direction: Mapping[str, Any] | None,
    precision: int | None,
) -> DerivativeValue:
    """The value of a derivative, given the trace of the function."""
    own_point = {each: value for each, value in point.items() if each in formula.input_indices}
    last = results_at(formula, own_point, precision)
    name = "_".join(["d", *by])
    accuracy = tuple(_by_name(each, name, formula) for each in last.accuracy)
    listed = [each.index for each in accuracy if each.right is not None]
    # What overflows has a right value at the point itself; what has none there may have a limit.
    has_values = all(entry - entry == 0 or place in listed for place, entry in entries_of(to_list(last.value)))
    if base.differentiable is None and has_values:
        return DerivativeValue(last.value, accuracy, None)
    if not is_finite(base.value):
        return DerivativeValue(last.value, (), None if base.differentiable is None else "unknown")
    limits = import_module("graphdiff.accuracy.derivative_limits")
    result: DerivativeValue = limits.value_by_limits(base, last, by, point, shapes, direction, precision)
    return result


def results_at(graph: Graph, point: Mapping[str, Any], precision: int | None, wrt: Sequence[str] = ()) -> Trace:
    """The trace of a graph, of which only the value and the gradients by wrt are used."""
    if precision is None:
        return trace(graph, point, wrt=wrt, upstream=1.0)
    from graphdiff.precise.evaluation import precise_trace, results_of

    return precise_trace(graph, point, wrt, 1.0, precision, results_of)


def _by_name(inaccuracy: Inaccuracy, name: str, formula: Graph) -> Inaccuracy:
    """The inaccuracy of a derivative, with its cause as a formula of the inputs, since a derivative has no labels."""
    cause = inaccuracy.cause
    if cause is not None and cause.node in formula.labels:
        part = make_readable(Graph(formula.nodes, formula.inputs, [formula.labels.index(cause.node)], formula.names))
        cause = cause._replace(expression=graph_text(part, shares=False), span=None)
    return replace(inaccuracy, of=name, cause=cause)
