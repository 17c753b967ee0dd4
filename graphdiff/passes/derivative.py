"""The derivative as a graph: the backward pass run on symbols, by the same rules as on numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphdiff.errors import GraphdiffError, Hint
from graphdiff.graph.graph import Graph
from graphdiff.language.build import parse
from graphdiff.operations.shapes import Shape, shape_text
from graphdiff.passes.derivative_builder import DerivativeBuilder, Shapes
from graphdiff.passes.point import derivatives_by
from graphdiff.passes.tangent import along

READ_ORDER = 2
"""Up to which order the backward pass is run, whose formulas are those that a person writes."""
MOST_NODES = 50_000
"""How large a derivative of that order, or of a higher one, may be to be differentiated again: with each order it
doubles, and the limit of a graph would be met after minutes."""


def derivative(
    source: str | Graph, /, wrt: str | None = None, *, order: int = 1, shapes: Shapes | None = None
) -> Graph:
    """Differentiate a formula by one of its inputs, as a graph.

    The result can be printed, traced, compiled and differentiated again.

    Args:
        source: A formula or a program, or its graph.
        wrt: The input to differentiate by; needed if there are several.
        order: How often to differentiate, 1 or more.
        shapes: The shapes of inputs that are arrays, by name.

    Returns:
        The derivative: of a number in the shape of `wrt`, of an array by a number in the shape of the array.

    Raises:
        GraphdiffError: As by `parse`; "name" if `wrt` or a name in `shapes` is not an input; "usage" if `order` is
            below 1, or `wrt` is missing; "limit" if a derivative of lower order is too large to be differentiated
            again; "value" if shapes do not fit, or both the formula and `wrt` are arrays.
    """
    graph = parse(source)
    if order < 1:
        raise GraphdiffError("usage", f"there is no derivative of order {order}", hint="the lowest order is 1")
    index = input_index(graph, wrt)
    name = graph.labels[index]
    for done in range(order):
        if done >= READ_ORDER and len(graph.nodes) > MOST_NODES:
            raise GraphdiffError(
                "limit",
                f"the derivative of order {done} has {len(graph.nodes):,} operations; "
                f"where it is differentiated again, the limit is {MOST_NODES:,}",
                hint=f"the highest order of this formula is {done}",
            )
        symbols = DerivativeBuilder(graph, shapes, [name])
        output_shape = symbols.shapes[graph.output] or ()
        if output_shape and symbols.shapes[index]:
            raise GraphdiffError(
                "value",
                f"{'its derivative' if done else 'the formula'} is an array of shape {shape_text(output_shape)}, "
                f"and so is {name}: their derivative is a {'Hessian' if done else 'Jacobian'}",
                hint=Hint("differentiate a number: one entry, or sum(…)", "hessian" if done else "jacobian", name=name),
            )
        # By a number it is the tangent as well: an array has no other, and that of high order has far fewer nodes.
        is_tangent = output_shape or (done >= READ_ORDER and not symbols.shapes[index])
        found = [along(symbols, {index: symbols.op.constant(1.0)})] if is_tangent else symbols.gradients([index])
        graph = symbols.result(found)
        index = graph.input_indices[name]
    return graph


def gradient_graph(
    graph: Graph,
    wrt: Sequence[str],
    shapes: Shapes | None = None,
    inputs: Sequence[str] = (),
    keeps_gates: bool = True,
) -> tuple[Graph, Mapping[int, Shape]]:
    """A graph of several outputs that share their nodes: the value, then the gradient by each input of wrt; and the
    shapes of its nodes. pi and e are constants unless wrt or inputs has them; functions are their bodies unless it
    keeps gates.

    Raises GraphdiffError("value") where shapes do not fit, or the value is an array and a gradient is wanted.
    """
    symbols = DerivativeBuilder(graph, shapes, [*wrt, *inputs], keeps_gates)
    shape = symbols.shapes[graph.output]
    if shape and wrt:
        raise GraphdiffError(
            "value",
            f"the output is an array of shape {shape_text(shape)}: only a number has a gradient",
            graph.source,
            graph.nodes[graph.output].span,
            "make it a number: sum(…)",
        )
    return symbols.result(
        [symbols.nodes[graph.output], *symbols.gradients([graph.input_indices[name] for name in wrt])]
    ), symbols.op.shapes


def input_index(graph: Graph, wrt: str | None) -> int:
    """The input that is differentiated by; it may be left out where there is one.

    Raises GraphdiffError where there is no such input, or no one.
    """
    names = derivatives_by(graph, wrt)
    if len(names) != 1:
        hint = f"name one of {', '.join(names)}" if names else "the formula has no inputs"
        raise GraphdiffError("usage", "by which input?", hint=hint)
    return graph.input_indices[names[0]]
