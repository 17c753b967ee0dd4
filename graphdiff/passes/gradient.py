"""The value and the gradient at a point, without the steps of a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.graph.graph import Graph
from graphdiff.passes.forward import forward
from graphdiff.passes.kinks import nodes_at_kinks
from graphdiff.passes.point import differentiation_indices
from graphdiff.passes.trace import backward_steps, bind_inputs, initial_cotangent, trace
from graphdiff.passes.values import plain


def value_and_gradient(
    source: str | Graph,
    point: Mapping[str, Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] | None = None,
    upstream: Any = None,
    language: str | None = None,
    **values: Any,
) -> tuple[Any, dict[str, Any]]:
    """Evaluate and differentiate at a point, without the steps. Arrays may share memory with one another and the point.

    Args:
        source: A formula or a program, or its graph.
        point: The value of each input by name: a number, nested lists or an array.
        wrt: The input or the inputs to differentiate by; all by default.
        upstream: The gradient that arrives at the output, in the shape of the value; 1 by default.
        language: The language of the text, as `parse` takes it.
        **values: The values of inputs, in place of `point` or besides it.

    Returns:
        The value, and the gradients by input name in the shapes of the inputs.

    Raises:
        GraphdiffError: As by `trace`; "value" if the value is an array and there is no upstream.
    """
    graph, full_point, inputs, op = bind_inputs(source, point, values, wrt, language)
    with op.quiet():
        node_values = forward(graph, inputs, op)
        seed = initial_cotangent(graph, node_values[graph.output], upstream, op)
        indices = differentiation_indices(graph, full_point, wrt)
        _, gradients, _ = backward_steps(graph, node_values, op, seed, indices, False)
        at_kinks = nodes_at_kinks(graph, node_values, op, indices)
    if at_kinks:
        gradients = dict(trace(graph, full_point, wrt=wrt, upstream=upstream).gradients)
    return plain(node_values[graph.output]), gradients
