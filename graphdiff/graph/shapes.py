"""The shapes of all nodes for given shapes of the inputs: where operands that do not fit are found and told."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from graphdiff.errors import GraphdiffError, shortened
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.shapes import MOST_AXES, Shape, broadcast, nested_shape, shape_text, size_of
from graphdiff.source import PRELUDE

MOST_ELEMENTS = 100_000_000
"""How many numbers all arrays of one evaluation may hold together: 0.8 GB of them."""


_LAST: WeakKeyDictionary[Graph, tuple[tuple[Shape | None, ...], list[Shape | None]]] = WeakKeyDictionary()
"""What was found last for each graph: it is asked for one point's shapes again and again, seldom for another's."""


def shapes(graph: Graph, inputs: Sequence[Shape | None]) -> list[Shape | None]:
    """The shape of every node, given the inputs' in the order of graph.inputs; None where no output needs it.

    Raises GraphdiffError with the place in the text: "value" where operands do not fit one another, "limit" where
    the arrays together would be larger than MOST_ELEMENTS.
    """
    key = tuple(inputs)
    known = _LAST.get(graph)
    if known is not None and known[0] == key:
        return known[1]
    found = _Inference().run(graph, inputs)
    _LAST[graph] = key, found
    return found


class _Inference:
    """One run; its arrays are counted together, those inside functions too."""

    def __init__(self) -> None:
        self.elements = 0

    def run(self, graph: Graph, inputs: Sequence[Shape | None]) -> list[Shape | None]:
        found: list[Shape | None] = [None] * len(graph.nodes)
        for index, shape in zip(graph.inputs, inputs, strict=True):
            found[index] = shape
        for node in graph.nodes:
            if node.operation is None:
                if node.is_constant:
                    found[node.index] = nested_shape(node.parameters["value"])
            elif graph.needed[node.index]:
                try:
                    found[node.index] = self._shape(node, [found[operand] or () for operand in node.operands])
                except GraphdiffError as error:
                    raise placed(error, graph, node, found) from None
        return found

    def _shape(self, node: Node, operands: Sequence[Shape]) -> Shape:
        operation = node.operation
        assert operation is not None
        if isinstance(operation, Function):
            y = self.run(operation.graph, operands)[operation.graph.output] or ()
            for name, partial in zip(operation.inputs, operation.partials, strict=False):
                local = self.run(partial, [*operands, y])[partial.output] or ()
                if broadcast(local, y) != y:
                    raise GraphdiffError(
                        "value", f"its derivative by {name} is {shape_text(local)}, but its value is {shape_text(y)}"
                    )
            return y
        if operation.shape is None:
            shape = broadcast(*operands)
        else:
            shape = operation.shape(*operands, **node.parameters)
        if len(shape) > MOST_AXES:
            raise GraphdiffError("limit", f"an array can have at most {MOST_AXES} axes, not {len(shape)}")
        self.elements += size_of(shape)
        if self.elements > MOST_ELEMENTS:
            is_large = 10 * size_of(shape) > self.elements
            what = (
                f"with this array of shape {shape_text(shape)} there are"
                if is_large
                else "the arrays up to this point hold"
            )
            raise GraphdiffError("limit", f"{what} {float(self.elements):.2g} numbers; the limit is {MOST_ELEMENTS:,}")
        return shape


def placed(
    error: GraphdiffError, graph: Graph, node: Node, found: Sequence[Shape | None] | None = None
) -> GraphdiffError:
    """The error of one operation with its name, its place, and the shapes of its operands.

    Inside a function of the prelude the place is that of the call, inside one of the program that in its body.
    In the hint of a rule {a} and {b} stand for the first and the last operand.
    """
    operation = node.operation
    assert operation is not None
    is_inside = graph.source is not None and graph.source.name == PRELUDE
    if is_inside or error.span is not None:
        return error
    labels = [shortened(graph.labels[operand]) for operand in node.operands[:3]]
    told = [
        f"{label} is {shape_text(shape)}"
        for operand, label in dict(zip(node.operands, labels, strict=False)).items()
        if found and (shape := found[operand]) is not None and not graph.nodes[operand].is_constant
    ]
    name, hints = operation.name, [", ".join(told)]
    if isinstance(operation, Primitive):
        from graphdiff.writing.text import operation_of

        name = operation.alone_as or (operation.name if operation.is_called else "")
        name = name if operation.operator is None else shortened(operation_of(graph, node))
        way = (
            (error.hint or "").replace("{a}", labels[0] if labels else "").replace("{b}", labels[-1] if labels else "")
        )
        hints = [*hints, way] if "{a}" in (error.hint or "") else [way or hints[0]]
    message = f"{name}: {error.message}" if name else error.message
    return GraphdiffError(error.kind, message, graph.source, node.span, "; ".join(filter(None, hints)) or None)
