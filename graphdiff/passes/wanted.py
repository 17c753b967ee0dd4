"""What generated code computes, as a graph: values, and gradients, Jacobians, Hessians or products with these.

A Jacobian is computed by one pass with a first axis of directions: in forward mode if the inputs to differentiate by
have at most as many entries as the outputs, otherwise in reverse mode.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphdiff.algebra.fuse import smooth_powers
from graphdiff.errors import GraphdiffError, Hint
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.shapes import Shape, shape_text, size_of
from graphdiff.passes.batched import Batched, Value
from graphdiff.passes.batching import Batching
from graphdiff.passes.derivative_builder import DerivativeBuilder, Shapes
from graphdiff.passes.request import Request
from graphdiff.passes.sparse.pattern import Pattern
from graphdiff.passes.tangent import tangents_along

OF_A_NUMBER = {"gradient": "a gradient", "hessian": "a Hessian", "hvp": "a Hessian"}
"""What only a number has."""


class Wanted(NamedTuple):
    """A graph whose outputs are the values and then what is wanted of them, number by number and array by array.

    shapes     the shapes of its nodes
    values     the shapes of the values
    wrt        the shapes of the inputs to differentiate by
    direction  the inputs that are the parts of the direction, or of the upstream, with their shapes
    pattern    where the entries of a sparse matrix are
    """

    graph: Graph
    shapes: Mapping[int, Shape]
    values: Sequence[Shape]
    wrt: Sequence[Shape]
    direction: Mapping[str, Shape]
    pattern: Pattern | None = None


def wanted_graph(graph: Graph, request: Request, shapes: Shapes | None = None, keeps_gates: bool = False) -> Wanted:
    """The graph of what is wanted of a graph, for the shapes of its inputs; those without a shape are numbers.

    The Jacobian of each output has blocks, one for each input of wrt; a Hessian has such a row of blocks for each input
    of wrt. keeps_gates leaves calls of functions as they are in a gradient; otherwise their bodies replace them.
    Raises GraphdiffError("value") where shapes do not match, or what only a number has is wanted of something else;
    NotSparseError where what is sparse has to be computed in another way.
    """
    graph = smooth_powers(graph)
    names = [*request.wrt, *request.inputs]
    second_order = request.want in ("hessian", "hvp")
    builder = DerivativeBuilder(graph, shapes, names, keeps_gates=keeps_gates or second_order)
    values = [builder.shapes[index] or () for index in graph.outputs]
    if request.want in OF_A_NUMBER and request.wrt and values != [()]:
        raise _not_a_number(graph, values, OF_A_NUMBER[request.want])
    wrt = [builder.shapes[graph.input_indices[name]] or () for name in request.wrt]
    parts: list[Node] = []
    if second_order:
        gradient = builder.result([*_values(builder), *builder.gradients(_indices(builder, request.wrt))])
        builder = DerivativeBuilder(gradient, _shapes_in(gradient, shapes), names, keeps_gates=False)
    outputs = _values(builder)
    pattern = None
    if request.sparse:
        from graphdiff.passes.sparse.matrix import sparse_matrix  # lazy: it needs NumPy

        rows = builder.graph.outputs[1 if second_order else 0 :]
        entries, pattern = sparse_matrix(builder, _indices(builder, request.wrt), rows, second_order)
        outputs = [*outputs[: len(values)], *entries]
    elif request.want == "gradient":
        outputs += builder.gradients(_indices(builder, request.wrt)) if request.wrt else []
    elif request.want == "jacobian":
        outputs += _jacobian(builder, request.wrt, values, wrt)
    elif request.want == "hessian":
        outputs = [outputs[0], *_hessian(builder, request.wrt, wrt)]
    elif request.want in ("jvp", "vjp", "hvp"):
        products, parts = _products(builder, request, values, wrt)
        outputs = [*outputs[: len(values)], *products]
    direction = {part.name or "": builder.op.shape(part) or () for part in parts}
    return Wanted(builder.result(outputs), builder.op.shapes, values, wrt, direction, pattern)


def _not_a_number(graph: Graph, values: Sequence[Shape], what: str) -> GraphdiffError:
    """The error of something that only a number has."""
    if len(values) > 1:
        return GraphdiffError(
            "value", f"there are {len(values)} outputs: only a number has {what}", hint="choose one, or use a Jacobian"
        )
    hint = "reduce it to a number, e.g. with sum(…)"
    return GraphdiffError(
        "value",
        f"the output is an array of shape {shape_text(values[0])}: only a number has {what}",
        graph.source,
        graph.nodes[graph.output].span,
        Hint(f"{hint}, or pass want='jacobian'", "want") if what == OF_A_NUMBER["gradient"] else hint,
    )


def _shapes_in(graph: Graph, shapes: Shapes | None) -> Shapes:
    return {name: shape for name, shape in (shapes or {}).items() if name in graph.input_indices}


def _indices(builder: DerivativeBuilder, names: Sequence[str]) -> list[int]:
    return [builder.graph.input_indices[name] for name in names]


def _values(builder: DerivativeBuilder) -> list[Node]:
    return [builder.nodes[index] for index in builder.graph.outputs]


def _symbols(builder: DerivativeBuilder, name: str, of: Sequence[str], shapes: Sequence[Shape]) -> list[Node]:
    """New inputs, one for each of some names, with names that no other input has."""
    symbols: list[Node] = []
    taken = {*builder.graph.names_in_use}
    for each, shape in zip(of, shapes, strict=True):
        own = name if len(of) == 1 else f"{name}_{each}"
        while own in taken:
            own += "_"
        taken.add(own)
        symbols.append(builder.op.symbol(own, shape, {"shape": shape} if shape else {}))
    builder.inputs += symbols
    return symbols


def _products(
    builder: DerivativeBuilder, request: Request, values: Sequence[Shape], wrt: Sequence[Shape]
) -> tuple[list[Node], list[Node]]:
    """The products with a Jacobian or a Hessian, and the parts of the direction or the upstream."""
    op, indices, count = builder.op, _indices(builder, request.wrt), request.directions
    name, of, shapes = "direction", request.wrt, wrt
    if request.want == "vjp":
        name, of, shapes = "upstream", request.outputs or [""], values
    lead = () if count is None else (count,)
    parts = _symbols(builder, name, of, [(*lead, *shape) for shape in shapes])
    singles = parts if count is None else [op.symbol("", shape) for shape in shapes]
    if request.want == "vjp":
        products = builder.cotangents(indices, list(zip(builder.graph.outputs, singles, strict=True)))
    else:
        tangents = tangents_along(builder, dict(zip(indices, singles, strict=True)))
        products = tangents if request.want == "jvp" else tangents[1:]
    if count is not None:
        batching = Batching(op, count)
        pairs = zip(singles, parts, shapes, strict=True)
        many = {single.index: Batched(part, shape) for single, part, shape in pairs}
        products = [batching.whole(each) for each in batching.rebuild(products, many)]
    return products, parts


def _jacobian(
    builder: DerivativeBuilder, wrt: Sequence[str], values: Sequence[Shape], shapes: Sequence[Shape]
) -> list[Node]:
    """The blocks of the Jacobian of each output."""
    is_forward = sum(map(size_of, shapes)) <= sum(map(size_of, values))
    if is_forward:
        columns = [_along_input(builder, name, builder.graph.outputs) for name in wrt]
        return [column[row] for row in range(len(values)) for column in columns]
    return [block for row in range(len(values)) for block in _from_output(builder, row, wrt)]


def _along_input(builder: DerivativeBuilder, name: str, outputs: Sequence[int]) -> list[Node]:
    """The derivative of each of these outputs by an input, in forward mode."""
    op, graph = builder.op, builder.graph
    index = graph.input_indices[name]
    shape = builder.shapes[index] or ()
    if not shape:
        tangents = tangents_along(builder, {index: op.lift(1.0)})
        return [tangents[graph.outputs.index(output)] for output in outputs]
    symbol = op.symbol("", shape)
    tangents = tangents_along(builder, {index: symbol})
    roots = [tangents[graph.outputs.index(output)] for output in outputs]
    batching = Batching(op, size_of(shape))
    seeds = Batched(None, shape)
    blocks: list[Node] = []
    for value, output in zip(batching.rebuild(roots, {symbol.index: seeds}), outputs, strict=True):
        own = builder.shapes[output] or ()
        if isinstance(value, Batched) and value.node is not None:
            order = (*range(1, len(own) + 1), 0)
            columns = op.transpose(batching.whole(value), axes=order) if own else batching.whole(value)
            blocks.append(op.reshape(columns, shape=own + shape) if len(shape) != 1 else columns)
        else:
            blocks.append(_block(batching, value, own, shape))
    return blocks


def _from_output(builder: DerivativeBuilder, place: int, wrt: Sequence[str]) -> list[Node]:
    """The derivative of an output by each input of wrt, in reverse mode."""
    op, graph = builder.op, builder.graph
    shape = builder.shapes[graph.outputs[place]] or ()
    symbol = op.symbol("", shape) if shape else op.lift(1.0)
    gradients = builder.cotangents(_indices(builder, wrt), [(graph.outputs[place], symbol)])
    if not shape:
        return gradients
    batching = Batching(op, size_of(shape))
    results = batching.rebuild(gradients, {symbol.index: Batched(None, shape)})
    return [
        _block(batching, value, shape, builder.shapes[graph.input_indices[name]] or ())
        for value, name in zip(results, wrt, strict=True)
    ]


def _block(batching: Batching, value: Value, rows: Shape, columns: Shape) -> Node:
    """A block of a Jacobian from its rows; a value that does not depend on the direction is 0."""
    op = batching.op
    block: Node = batching.whole(value) if isinstance(value, Batched) else op.zeros(shape=rows + columns)
    return op.reshape(block, shape=rows + columns) if op.shape(block) != rows + columns else block


def _hessian(builder: DerivativeBuilder, wrt: Sequence[str], shapes: Sequence[Shape]) -> list[Node]:
    """The blocks of a Hessian, given the graph of the value and its gradient: those above the diagonal, transposed, are
    those below it."""
    op = builder.op
    blocks: dict[tuple[int, int], Node] = {}
    for column, name in enumerate(wrt):
        gradients = builder.graph.outputs[1 : column + 2]
        for row, block in enumerate(_along_input(builder, name, gradients)):
            blocks[row, column] = block
            if row < column:
                first, second = len(shapes[row]), len(shapes[column])
                order = (*range(first, first + second), *range(first))
                is_same = first == 0 or second == 0
                blocks[column, row] = block if is_same else op.transpose(block, axes=order)
    return [blocks[row, column] for row in range(len(wrt)) for column in range(len(wrt))]
