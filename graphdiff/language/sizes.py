"""Sizes by name: `len(x)` and `x.shape[0]`, as numbers where a constant may stand, elsewhere as an operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphdiff.errors import Hint, shorten
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import infer_shapes
from graphdiff.language.statics import as_count
from graphdiff.language.tree import Call, Expression, Name, Number
from graphdiff.operations.registry import CONSTANTS, OPERATORS
from graphdiff.operations.shapes import Shape, nested_shape, shape_text

if TYPE_CHECKING:
    from graphdiff.language.scope import Scope


def size_of_count(tree: Call, axis: int, scope: Scope) -> float:
    """The number of entries along an axis of the array that a call of count is about.

    Raises GraphdiffError("value") if its shape is not known yet, or it has no such axis.
    """
    array, program = tree.arguments[0], scope.program
    while (outside := scope.outside(array)) is not None:
        array, scope = outside
    if scope.builder is not program.builder:
        hint = "write the formula without the function"
        raise scope.error("value", "the size of a parameter is not known here", tree.span, hint)
    shape = program.known_sizes.get(id(array))
    if shape is None:
        shape = program.known_sizes[id(array)] = _shape_of(program.node_builder.build(array, scope), tree, scope)
    if not -len(shape) <= axis < len(shape):
        what = "a number" if not shape else f"an array of shape {shape_text(shape)}"
        raise scope.error("value", f"this is {what}, which has no axis {axis}", tree.span)
    return float(shape[axis])


def _shape_of(node: Node, tree: Call, scope: Scope) -> Shape:
    """The shape of a node for the shapes of inputs that are known, which the graph then requires."""
    program = scope.program
    nodes = list(program.builder.nodes)
    inputs: dict[int, Shape] = {}
    for index in _sources_of(node, nodes):
        source = nodes[index]
        assert source.name is not None
        is_number = source.name in CONSTANTS
        shape = nested_shape(source.parameters["value"]) if source.is_constant else () if is_number else None
        shape = program.shapes.get(source.name, shape)
        if shape is None:
            label = shorten(source.name)
            hint = Hint(f"give '{label}' a value, or its shape: shapes={{'{label}': (3,)}}", "size", name=label)
            raise scope.error("value", f"the size of '{label}' is not known", tree.span, hint)
        inputs[index] = shape
        nodes[index] = source._replace(parameters={})
        program.builder.nodes[index] = source._replace(parameters={**source.parameters, "shape": shape})
    graph = Graph(nodes, [*inputs], [node.index], source=program.source)
    return infer_shapes(graph, [*inputs.values()])[node.index] or ()


def _sources_of(node: Node, nodes: Sequence[Node]) -> list[int]:
    """The inputs, and the constants with a name, which may become inputs, on which a node depends."""
    needed = {node.index}
    for each in reversed(nodes[: node.index + 1]):
        if each.index in needed:
            needed.update(each.operands)
    return [each.index for each in nodes if each.index in needed and each.operation is None and each.name is not None]


def is_size(tree: Expression, scope: Scope) -> bool:
    """Whether a tree is arithmetic with sizes and with constants."""
    stack = [tree]
    while stack:
        tree = stack.pop()
        if isinstance(tree, Call) and not tree.keywords and (tree.function, len(tree.arguments)) in OPERATORS:
            stack.extend(tree.arguments)
        elif isinstance(tree, Name):
            if tree.name not in scope.program.bodies and scope.constant(tree.name) is None:
                return False
        elif not isinstance(tree, Number) and as_count(tree, scope) is None:
            return False
    return True
