"""Derivatives as graphs: the backward pass run on symbols, by the same rules as on numbers."""

from __future__ import annotations

from collections.abc import Sequence

from graphdiff.algebra.fuse import smooth_powers
from graphdiff.errors import GraphdiffError, Hint
from graphdiff.graph.graph import Graph, needed_part
from graphdiff.graph.node import Node
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import shape_text
from graphdiff.passes.derivative_builder import DerivativeBuilder, Shapes
from graphdiff.passes.point import derivatives_by
from graphdiff.passes.tangent import tangent_along
from graphdiff.reading.parse import read

READ_ORDER = 2
"""Derivatives up to this order are made by the backward pass, whose formulas are the ones people write."""
MOST_NODES = 50_000
"""A derivative of READ_ORDER or higher with more nodes is not differentiated again: its size doubles with each order,
and the limit on graphs would only be reached after minutes."""


def derivative(
    source: str | Graph,
    /,
    wrt: str | None = None,
    *,
    order: int = 1,
    shapes: Shapes | None = None,
    language: str | None = None,
) -> Graph:
    """Differentiate a formula by one of its inputs, as a graph.

    The result can be printed, traced, compiled and differentiated again.

    Args:
        source: A formula or a program, or its graph.
        wrt: The input to differentiate by; needed if there are several.
        order: How often to differentiate, 1 or more.
        shapes: The shapes of inputs that are arrays, by name.
        language: The language of the text, as `parse` takes it.

    Returns:
        The derivative: of a number in the shape of `wrt`, of an array by a number in the shape of the array.

    Raises:
        GraphdiffError: As by `parse`; "name" if `wrt` or a name in `shapes` is not an input; "usage" if `order` is
            below 1, or `wrt` is missing; "limit" if a derivative of lower order is too large to be differentiated
            again; "value" if shapes do not fit, or both the formula and `wrt` are arrays.
    """
    graph = read(source, wrt=wrt, language=language, shapes=lambda: shapes)
    if order < 1:
        raise GraphdiffError("usage", f"invalid order {order}", hint="the lowest order is 1")
    name = graph.labels[input_index(graph, wrt)]
    for lower in range(order):
        graph = _differentiate(graph, [name], lower, shapes)
    return graph


def derivatives(
    graph: Graph, wrt: Sequence[str], order: int = 1, shapes: Shapes | None = None, kept: Sequence[str] = ()
) -> list[Graph]:
    """The derivative by each input of wrt, of this order, as derivative() makes it.

    The first derivatives come from one backward pass. Each result has the nodes that it needs, the input to
    differentiate by, and the inputs that are kept.
    """
    # pi and e are constants in the derivatives by other inputs, unless they are kept.
    own = [name for name in wrt if name in CONSTANTS and name not in kept]
    common = [name for name in wrt if name not in own]
    first: dict[str, Graph] = {}
    for names in [*([common] if common else []), *([name] for name in own)]:
        whole = _differentiate(graph, names, 0, shapes, kept)
        for name, output in zip(names, whole.outputs, strict=True):
            first[name] = needed_part(whole, output, [whole.input_indices[each] for each in (name, *kept)])
    results: list[Graph] = []
    for name in wrt:
        result = first[name]
        for lower in range(1, order):
            result = _differentiate(result, [name], lower, shapes_in(result, shapes))
        results.append(result)
    return results


def shapes_in(graph: Graph, shapes: Shapes | None) -> Shapes:
    """The shapes of the inputs that a graph has."""
    return {name: shape for name, shape in (shapes or {}).items() if name in graph.input_indices}


def _differentiate(
    graph: Graph, names: Sequence[str], lower: int, shapes: Shapes | None, kept: Sequence[str] = ()
) -> Graph:
    """A graph of the derivative, by each of these inputs, of a formula that is itself a derivative of order lower; pi
    and e are constants, unless they are kept or among these inputs."""
    if lower >= READ_ORDER and len(graph.nodes) > MOST_NODES:
        raise GraphdiffError(
            "limit",
            f"the derivative of order {lower} has {len(graph.nodes):,} operations; "
            f"to differentiate it again, the limit is {MOST_NODES:,}",
            hint=f"the highest order for this formula is {lower}",
        )
    graph = smooth_powers(graph)
    builder = DerivativeBuilder(graph, shapes, [*names, *kept])
    output_shape = builder.shapes[graph.output] or ()
    outputs: list[Node] = []
    by_backward_pass: list[int] = []
    for name in names:
        index = graph.input_indices[name]
        if output_shape and builder.shapes[index]:
            raise GraphdiffError(
                "value",
                f"{'its derivative' if lower else 'the formula'} is an array of shape {shape_text(output_shape)}, "
                f"and so is {name}: use a {'Hessian' if lower else 'Jacobian'}",
                hint=Hint("reduce it to a number, e.g. with sum(…)", "hessian" if lower else "jacobian", name=name),
            )
        # By a number the tangent is the derivative too: the only way for an array, and far smaller for high orders.
        if output_shape or (lower >= READ_ORDER and not builder.shapes[index]):
            outputs.append(tangent_along(builder, {index: builder.op.constant(1.0)}))
        else:
            by_backward_pass.append(index)
    return builder.result(outputs or builder.gradients(by_backward_pass))


def input_index(graph: Graph, wrt: str | None) -> int:
    """The index of the input to differentiate by, which need not be named where there is only one.

    Raises GraphdiffError: "name" where wrt is not an input, "usage" where it is omitted and there is not exactly one.
    """
    names = derivatives_by(graph, wrt)
    if len(names) != 1:
        hint = f"choose one of {', '.join(names)}" if names else "the formula has no inputs"
        raise GraphdiffError("usage", "the input to differentiate by is missing", hint=hint)
    return graph.input_indices[names[0]]
