"""Graph → index notation: the value of each node, by the rule of its operation; all shapes are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphdiff.algebra.constants import number_of
from graphdiff.algebra.readable import MINUS, ONE, Ratio
from graphdiff.graph.function import Function, Operation
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import Shape
from graphdiff.textbook.matrices.entry_rules import ENTRY_RULES
from graphdiff.textbook.matrices.index_algebra import IndexAlgebra, Rule
from graphdiff.textbook.matrices.index_notation import Value, number
from graphdiff.textbook.matrices.matrix_rules import MATRIX_RULES

RULES: Mapping[Operation, Rule] = {
    PRIMITIVES[name]: rule for name, rule in (*ENTRY_RULES.items(), *MATRIX_RULES.items())
}
RESOLVED = frozenset(["dot", "trace"])
"""The functions of the language that are what their definition is in index notation."""


def value_of(algebra: IndexAlgebra, node: Node, operands: Sequence[Value], shape: Shape) -> Value:
    """The value of a constant or an operation of a graph, by the rule of the operation if it has one that applies."""
    operation = node.operation
    if operation is None:
        plain = number_of(node)
        return algebra.atoms.constant(node.parameters["value"]) if plain is None else number(Ratio(plain))
    if isinstance(operation, Function):
        if operation.is_prelude and operation.name in RESOLVED:
            return _value_of_body(algebra, operation.graph, operands)
    elif operation.reflection is not None and _is_negative(operands[0]):
        # sigmoid(-x) = 1 - sigmoid(x)
        opposite = algebra.atoms.apply(operation, [algebra.atoms.scale(operands[0], MINUS)], {}, shape)
        return algebra.add([number(ONE), algebra.atoms.scale(opposite, MINUS)], shape)
    rule = RULES.get(operation)
    value = rule(algebra, operands, shape, node.parameters) if rule else None
    if value is not None:
        return value
    if operation.is_elementwise:
        return algebra.atoms.apply(operation, operands, node.parameters, shape)
    return algebra.atoms.call(operation, operands, node.parameters, shape)


def _value_of_body(algebra: IndexAlgebra, body: Graph, operands: Sequence[Value]) -> Value:
    """The value of a function with these operands."""
    values = dict(zip(body.inputs, operands, strict=True))
    shapes = infer_shapes(body, [operand.shape for operand in operands])
    for node in body.nodes:
        if body.needed[node.index] and not node.is_input:
            inner = [values[operand] for operand in node.operands]
            values[node.index] = value_of(algebra, node, inner, shapes[node.index] or ())
    return values[body.output]


def _is_negative(value: Value) -> bool:
    """Whether a formula begins with a minus, however its terms are ordered."""
    return bool(value.terms) and all(term.coefficient.above < 0 for term in value.terms)
