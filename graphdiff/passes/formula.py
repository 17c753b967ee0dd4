"""A printed local derivative: the rule of a node run on symbols, at the point where it was taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unicodedata import normalize

from graphdiff.graph.graph import Function, Graph, GraphBuilder, Node, Operation
from graphdiff.graph.symbolic import Symbolic, UnknownRankError
from graphdiff.graph.text import expression_length, expression_text
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import CONSTANTS, PRIMITIVES
from graphdiff.passes.backward import Cotangent, NodeBackward, edges_of
from graphdiff.passes.forward import forward
from graphdiff.passes.values import interpreter_of, shape_of, to_list

LARGEST_FUNCTION = 100
LONGEST_FORMULA = 1000
"""The derivative of a function of more operations or operands, or with a longer text, is named, not spelled out."""
LONGEST_RULE = 150
"""So is the rule of a function that is not elementwise: nobody reads a long one."""

_WHERE, _NEG, _DIV, _COUNT = (PRIMITIVES[name] for name in ("where", "neg", "div", "count"))


class _Written(Symbolic):
    """Builds formulas as they are written by hand.

    Of the gate's own operation f with operand x and output y, f(-x) is written in terms of y. At a point, where
    the symbols have values, of where(c, a, b) the branch is written that c takes there, and a count is a number.
    """

    def __init__(self, builder: GraphBuilder, gate: Operation, x: Node | None, y: Node) -> None:
        super().__init__(builder)
        self.values: dict[int, Any] = {}
        self._gate, self._x, self._y = gate, x, y

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Node:
        nodes = [self.lifted(operand) for operand in operands]
        if primitive is _WHERE:
            taken = self.uniform(self.value(nodes[0]))
            if taken is not None:
                return nodes[1] if taken else nodes[2]
        if (
            primitive is self._gate
            and primitive.reflection is not None
            and nodes[0].operation is _NEG
            and self._x is not None
            and nodes[0].operands == (self._x.index,)
        ):
            reflected: Node = primitive.reflection(self, self._y)
            return reflected
        if primitive is _DIV and nodes[0].operation is _DIV and nodes[0].operands[1] == nodes[1].index:
            # x/y/y, by which the numbers keep clear of overflow, is written x/y^2.
            return super().apply(_DIV, self.builder.nodes[nodes[0].operands[0]], self.pow(nodes[1], 2.0))
        node = super().apply(primitive, *nodes, **parameters)
        if primitive is _COUNT and (value := self.value(node)) is not None:
            return self.builder.constant(to_list(value))
        return node

    def value(self, node: Node) -> Any:
        """The node's value at the point, or None where a formula has no point."""
        graph = Graph(self.builder.nodes, self.builder.inputs, [node.index])
        inputs = [self.values.get(index) for index in graph.inputs]
        if any(value is None and graph.needed[index] for index, value in zip(graph.inputs, inputs, strict=True)):
            return None
        return forward(graph, inputs, interpreter_of(graph, inputs))[node.index]

    def uniform(self, condition: Any) -> bool | None:
        """What a condition is in every entry; None where it is not known, or not the same in all."""
        if condition is None or isinstance(condition, float):
            return None if condition is None else bool(condition)
        op = interpreter_of(Graph([], [], []), [condition])
        least, most = (to_list(reduce(op.ne(condition, 0.0))) for reduce in (op.amin, op.amax))
        return bool(least) if least == most else None


def local_formula(graph: Graph, node: Node, slot: int, values: Sequence[Any]) -> str:
    """∂node/∂(its operand slot) as a formula in the labels of its operands and of its output.

    Of an operation that is not elementwise what it passes back, in terms of upstream, which is the node's label with
    a bar. values are the trace's, of all nodes of the graph.
    """
    assert node.operation is not None
    if len(node.operands) > LARGEST_FUNCTION:
        return _named(node.operation, slot)
    builder = GraphBuilder()
    symbols: dict[int, Node] = {}
    for index in (*node.operands, node.index):
        if index not in symbols:
            constant = _constant(graph, index, values[index])
            symbols[index] = builder.input(graph.labels[index]) if constant is None else builder.constant(constant)
    operands = [symbols[index] for index in node.operands]
    op = _Written(builder, node.operation, operands[0], symbols[node.index])
    for index, symbol in symbols.items():
        value = values[index]
        if value is not None:
            op.values[symbol.index] = value
            op.shapes[symbol.index] = shape_of(value)
    return _formula(op, node, slot, symbols[node.index], operands, graph.labels[node.index], graph.names_in_use)


def _constant(graph: Graph, index: int, value: Any) -> Any:
    """What to write for a node: the number of a nameless constant, and of pi and e where they mean that."""
    node = graph.nodes[index]
    if node.is_constant and node.name is None:
        return node.parameters["value"]
    default = CONSTANTS.get(graph.labels[index]) if node.is_input else None
    return default if default is not None and shape_of(value) == () and default == value else None


def general_formula(operation: Operation, slot: int) -> str:
    """The derivative of an operation by one operand, everywhere, as a formula in the names of its inputs.

    Of one that is not elementwise it is the rule for the shapes of its first sample; empty where there is none.
    """
    if not operation.passes_to(slot):
        return ""
    builder = GraphBuilder()
    operands = [builder.input(name) for name in operation.inputs]
    samples = operation.samples if isinstance(operation, Primitive) else ()
    node = builder.apply(operation, operands, parameters=samples[0].parameters if samples else None)
    op = _Written(builder, operation, operands[0] if operands else None, node)
    for operand, shape in zip(operands, samples[0].shapes if samples else (), strict=False):
        op.shapes[operand.index] = shape
    return _formula(op, node, slot, node, operands, "y", frozenset(operation.inputs))


def _formula(
    op: _Written, node: Node, slot: int, y: Node, operands: Sequence[Node], label: str, names: frozenset[str]
) -> str:
    operation = node.operation
    assert operation is not None
    if isinstance(operation, Function) and operation.size > LARGEST_FUNCTION:
        return _named(operation, slot)
    upstream = op.builder.input(barred(label))
    if y.index in op.shapes:
        op.shapes[upstream.index] = op.shapes[y.index]
    graph = Graph(op.builder.nodes, op.builder.inputs, [y.index])
    step = NodeBackward(graph, node, y, list(operands), Cotangent(upstream), [slot])
    try:
        ((_, local, downstream),) = edges_of(step, op)
    except UnknownRankError:
        return _named(operation, slot)
    if local is None:
        local = 0.0 if downstream is None else downstream.value
    formula = Graph(op.builder.nodes, op.builder.inputs, [op.lifted(local).index])
    if expression_length(formula) > LONGEST_FORMULA:
        return _named(operation, slot)
    text = expression_text(formula, formula.output, lambda symbol: symbol.name, names, is_formula=True)
    return text if operation.is_elementwise or len(text) <= LONGEST_RULE else _named(operation, slot)


def barred(label: str) -> str:
    """The name of a node's upstream: the node's with a bar on its first letter."""
    return normalize("NFC", f"{label[0]}\N{COMBINING MACRON}{label[1:]}")


def _named(operation: Operation, slot: int) -> str:
    names = operation.graph.input_names if isinstance(operation, Function) else operation.inputs
    return f"∂{operation.name}/∂{names[slot] if slot < len(names) else slot + 1}"
