"""Shape inference: the shapes of all nodes, and errors that name the place where operands do not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.function import Function, is_loop
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.indexing import index_shape
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.shapes import MOST_AXES, Shape, broadcast, nested_shape, shape_text, size_of
from graphdiff.source import PRELUDE

if TYPE_CHECKING:
    from graphdiff.graph.loop import Loop

MOST_ELEMENTS = 100_000_000
"""The most numbers that all arrays of one evaluation may hold together: 0.8 GB."""


_LATEST: WeakKeyDictionary[Graph, tuple[tuple[Shape | None, ...], list[Shape | None]]] = WeakKeyDictionary()
"""The latest result for each graph, which is mostly asked for again with the same shapes."""


def infer_shapes(graph: Graph, inputs: Sequence[Shape | None]) -> list[Shape | None]:
    """Infer the shape of every node from those of the inputs, in the order of graph.inputs; None if no output needs it.

    Raises GraphdiffError with its place in the text: "value" if operands do not fit one another, "limit" if an array
    would have more than MOST_AXES axes, or all arrays, inputs too, together more than MOST_ELEMENTS numbers.
    """
    key = tuple(inputs)
    latest = _LATEST.get(graph)
    if latest is not None and latest[0] == key:
        return latest[1]
    inference = _Inference()
    for index, shape in zip(graph.inputs, inputs, strict=True):
        _check_size(graph, index, shape)
        try:
            inference.count(shape or ())
        except GraphdiffError as error:
            message = f"{shorten(graph.labels[index])}: {error.message}"
            raise GraphdiffError(error.kind, message, graph.source, graph.nodes[index].span) from None
    shapes = inference.run(graph, inputs)
    _LATEST[graph] = key, shapes
    return shapes


def input_shapes(graph: Graph, shapes: Mapping[str, Shape]) -> list[Shape]:
    """The shapes of a graph's inputs, given those of arrays by name; the graph itself may have that of an input."""
    return [
        tuple(shapes.get(name, graph.nodes[index].parameters.get("shape", ())))
        for name, index in graph.input_indices.items()
    ]


def _check_size(graph: Graph, index: int, shape: Shape | None) -> None:
    """Raise GraphdiffError("value") if a program that depends on the size of an input was read for another one."""
    node = graph.nodes[index]
    expected: Shape | None = node.parameters.get("shape")
    if expected is not None and shape is not None and shape != expected:
        raise GraphdiffError(
            "value",
            f"'{shorten(graph.labels[index])}' is {shape_text(shape)}; the formula was read for {shape_text(expected)}",
            graph.source,
            node.span,
            "read the formula again for this size",
        )


def shape_of_loop(loop: Loop, operands: Sequence[Shape]) -> Shape:
    """The shape of a loop on operands of these shapes."""
    return _Inference().loop_shape(loop, operands)


def step_shapes(loop: Loop, operands: Sequence[Shape]) -> list[Shape]:
    """The shapes of the inputs of a loop's body, for operands of these shapes."""
    body, graph = loop.body, loop.body.graph
    carried, sequences, captures = body.split(operands)
    read: list[Shape] = []
    places = graph.inputs[1 + len(carried) :]
    for sequence, entries, index in zip(sequences, body.sequences, places, strict=False):
        try:
            first, _ = (index_shape(sequence, items=entries.at(place)) for place in (0, body.count - 1))
        except GraphdiffError as error:
            raise GraphdiffError(
                error.kind,
                f"in a loop of {body.count} steps, {error.message}",
                graph.source,
                graph.nodes[index].span,
                error.hint,
            ) from None
        read.append(first)
    return [(), *carried, *read, *captures]


class _Inference:
    """One run, which counts the entries of all arrays, those inside functions too."""

    def __init__(self) -> None:
        self.elements = 0

    def run(self, graph: Graph, inputs: Sequence[Shape | None]) -> list[Shape | None]:
        shapes: list[Shape | None] = [None] * len(graph.nodes)
        for index, shape in zip(graph.inputs, inputs, strict=True):
            shapes[index] = shape
        for node in graph.nodes:
            if node.operation is None:
                if node.is_constant:
                    shapes[node.index] = nested_shape(node.parameters["value"])
            elif graph.needed[node.index]:
                try:
                    shapes[node.index] = self._shape(node, [shapes[operand] or () for operand in node.operands])
                except GraphdiffError as error:
                    raise locate_error(error, graph, node, shapes) from None
        return shapes

    def _shape(self, node: Node, operands: Sequence[Shape]) -> Shape:
        operation = node.operation
        assert operation is not None
        if is_loop(operation):
            shape = self.loop_shape(operation, operands)
            self.count(shape)
            return shape
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
        self.count(shape)
        return shape

    def loop_shape(self, loop: Loop, operands: Sequence[Shape]) -> Shape:
        """The shape of a loop, whose carried values have the same shapes in all steps."""
        body, graph = loop.body, loop.body.graph
        carried, _, _ = body.split(operands)
        shapes = self.run(graph, step_shapes(loop, operands))
        for name, before, index in zip(body.carried, carried, graph.outputs, strict=False):
            after = shapes[index] or ()
            if after != before and body.count:
                raise GraphdiffError(
                    "value",
                    f"'{shorten(name)}' starts as {shape_text(before)}, but a step makes it {shape_text(after)}",
                    graph.source,
                    graph.nodes[index].span,
                    "start with a value of the shape that every step has",
                )
        shape = shapes[graph.outputs[loop.output]] or ()
        return (body.count, *shape) if loop.stacks else carried[loop.output]

    def count(self, shape: Shape) -> None:
        """Count the entries of an array.

        Raises GraphdiffError("limit") if it has too many axes, or there are too many entries.
        """
        if len(shape) > MOST_AXES:
            raise GraphdiffError("limit", f"an array can have at most {MOST_AXES} axes, not {len(shape)}")
        self.elements += size_of(shape) if shape else 0
        if self.elements > MOST_ELEMENTS:
            is_large = 10 * size_of(shape) > self.elements
            what = (
                f"with this array of shape {shape_text(shape)} there are"
                if is_large
                else "the arrays up to this point hold"
            )
            raise GraphdiffError("limit", f"{what} {float(self.elements):.2g} numbers; the limit is {MOST_ELEMENTS:,}")


def locate_error(
    error: GraphdiffError, graph: Graph, node: Node, shapes: Sequence[Shape | None] | None = None
) -> GraphdiffError:
    """Add the operation's name, its place in the text and the shapes of its operands to an error.

    Inside a function of the prelude, the place is that of the call; inside a function of the program, that in its body.
    In the hint of a primitive's error, {a} and {b} stand for the labels of the first and the last operand.
    """
    operation = node.operation
    assert operation is not None
    is_inside = graph.source is not None and graph.source.name == PRELUDE
    if is_inside or error.span is not None:
        return error
    labels = [shorten(graph.labels[operand]) for operand in node.operands[:3]]
    operand_shapes = [
        f"{label} is {shape_text(shape)}"
        for operand, label in dict(zip(node.operands, labels, strict=False)).items()
        if shapes and (shape := shapes[operand]) is not None and not graph.nodes[operand].is_constant
    ]
    name, hints = operation.name, [", ".join(operand_shapes)]
    if isinstance(operation, Primitive):
        from graphdiff.writing.text import operation_of

        name = operation.alone_as or (operation.name if operation.is_called else "")
        name = name if operation.operator is None else shorten(operation_of(graph, node))
        way = (
            (error.hint or "").replace("{a}", labels[0] if labels else "").replace("{b}", labels[-1] if labels else "")
        )
        hints = [*hints, way] if "{a}" in (error.hint or "") else [way or hints[0]]
    message = f"{name}: {error.message}" if name else error.message
    return GraphdiffError(error.kind, message, graph.source, node.span, "; ".join(filter(None, hints)) or None)
