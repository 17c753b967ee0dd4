"""Local derivatives and gradients as printable formulas: the rules run on symbols."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Any

from graphdiff.algebra.node_interpreter import NodeInterpreter, UnknownRankError
from graphdiff.algebra.readable import make_readable
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import FormulaGate, Function, Operation, is_loop
from graphdiff.graph.graph import Graph, needed_part
from graphdiff.graph.node import Node
from graphdiff.operations.interpreter import FLOATS, Numeric
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.registry import CONSTANTS, PRIMITIVES
from graphdiff.operations.shapes import axes_of, size_of
from graphdiff.passes.backward import backward, edges_of
from graphdiff.passes.cotangents import Cotangent, NodeBackward
from graphdiff.passes.forward import forward
from graphdiff.passes.values import Unknown, interpreter_of, is_precise, shape_of, to_list
from graphdiff.writing.text import expression_length, expression_text

LARGEST_FUNCTION = 100
LONGEST_FORMULA = 1000
"""Beyond so many operations or operands, or characters, a function's derivative is named rather than spelled out."""
LONGEST_RULE = 150
"""The same, in characters, for the rule of an operation that is not elementwise."""

LARGEST_CHAIN = 30
LONGEST_GRADIENT = 60
"""A gradient is written as one formula up to so many operations and characters."""

_WHERE, _NEG, _COUNT = (PRIMITIVES[name] for name in ("where", "neg", "count"))


class _FormulaBuilder(NodeInterpreter):
    """Builds formulas as people write them.

    Where the output y of f(x) has a symbol, f(-x) is written in terms of y. Where the symbols have values,
    where(c, a, b) is written as the branch that c selects. Where shapes are known, a count is a number.
    """

    def __init__(self, builder: GraphBuilder, numbers: Numeric = FLOATS) -> None:
        super().__init__(builder, keeps_gates=True)
        self.numbers = numbers
        self.values: dict[int, Any] = {}
        self.outputs: dict[tuple[Operation, int], Node] = {}
        """The symbols of outputs, by operation and operand."""

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Node:
        nodes = [self.lift(operand) for operand in operands]
        if primitive is _WHERE:
            condition_holds = self.uniform(self.value(nodes[0]))
            branch = nodes[1] if condition_holds else nodes[2]
            shape = self.simplifier.shape_of(primitive, nodes, parameters)
            if condition_holds is not None and (shape is None or self.shape(branch) == shape):
                return branch
        if primitive.reflection is not None and nodes[0].operation is _NEG:
            output = self.outputs.get((primitive, nodes[0].operands[0]))
            if output is not None:
                reflection: Node = primitive.reflection(self, output)
                return reflection
        node = super().apply(primitive, *nodes, **parameters)
        if primitive is _COUNT and (shape := self.shape(nodes[0])) is not None:
            counted_shape = tuple([shape[axis] for axis in axes_of(parameters.get("axis"), shape)])
            return self.lift(float(size_of(counted_shape)))
        return node

    def know(self, operation: Operation, operands: Sequence[Node], y: Node) -> None:
        """Remember that y is the output of an operation, or of the last one in a gate's formula."""
        if isinstance(operation, FormulaGate):
            last = operation.graph.nodes[operation.graph.output]
            if isinstance(last.operation, Primitive) and last.operation.reflection is not None:
                inner = forward(operation.graph, operands, self)
                self.know(last.operation, [self.lift(inner[last.operands[0]])], y)
        elif isinstance(operation, Primitive) and operation.reflection is not None:
            self.outputs[operation, operands[0].index] = y

    def broadcast_like(self, value: Any, like: Any) -> Any:
        """Write a symbol that is broadcast to another shape as the symbol itself."""
        value, shape = self.lift(value), self.shape(self.lift(like))
        if not value.is_input or shape is None or self.shape(value) == shape:
            return value
        symbol = self.symbol(value.name or "", shape)
        if value.index in self.values:
            self.values[symbol.index] = self.values[value.index]
        return symbol

    def value(self, node: Node) -> Any:
        """The node's value at the point; None where an input that it needs has no value."""
        graph = Graph(self.builder.nodes, self.builder.inputs, [node.index])
        inputs = [self.values.get(index) for index in graph.inputs]
        if any(value is None and graph.needed[index] for index, value in zip(graph.inputs, inputs, strict=True)):
            return None
        return forward(graph, inputs, self.interpreter_of(graph, inputs))[node.index]

    def interpreter_of(self, graph: Graph, values: Sequence[Any]) -> Numeric:
        """The interpreter for a graph at these values."""
        return self.numbers if self.numbers.is_typed else interpreter_of(graph, values)

    def uniform(self, condition: Any) -> bool | None:
        """The truth value of a condition, if it is known and the same in all entries."""
        if condition is None or isinstance(condition, float) or is_precise(condition):
            return None if condition is None else bool(condition)
        op = self.interpreter_of(Graph([], [], []), [condition])
        least, most = (to_list(reduce(op.ne(condition, 0.0))) for reduce in (op.amin, op.amax))
        return bool(least) if least == most else None


class _GeneralBuilder(_FormulaBuilder):
    """Notices when a formula depends on values."""

    is_asked_for_values = False

    def value(self, node: Node) -> Any:
        self.is_asked_for_values = True


def local_formula(
    graph: Graph, node: Node, slot: int, values: Sequence[Any], numbers: Numeric = FLOATS
) -> Graph | None:
    """The derivative of a node by the operand in a slot, in the labels of its operands and of the node; None where it
    is too long to spell out.

    For an operation that is not elementwise it is the downstream in terms of upstream (see upstream_name). values are
    those of all nodes of the graph, as a trace has them, or Unknown; numbers is the interpreter of that trace.
    """
    assert node.operation is not None
    if len(node.operands) > LARGEST_FUNCTION:
        return None
    if isinstance(node.operation, Primitive) and node.operation.is_elementwise and not node.parameters:
        operands_as_written = tuple([_written(graph, index, values[index]) for index in node.operands])
        formula = _general_formula(node.operation, slot, operands_as_written, graph.labels[node.index])
        if formula is not None:
            return formula
    builder = GraphBuilder()
    op = _FormulaBuilder(builder, numbers)
    symbols = {index: _symbol(op, graph, index, values[index]) for index in dict.fromkeys((*node.operands, node.index))}
    operands = [symbols[index] for index in node.operands]
    op.know(node.operation, operands, symbols[node.index])
    if node.operation.is_elementwise:
        op.shapes.clear()  # the formula holds entry by entry: nothing is broadcast or summed
    return _formula(op, node, slot, symbols[node.index], operands, graph.labels[node.index], graph.names_in_use)


def _written(graph: Graph, index: int, value: Any) -> tuple[str, type | None]:
    """How an operand is written: the label of its node, or a constant, which has a type."""
    constant = None if value is None else _constant(graph, index, value)
    return (graph.labels[index], None) if constant is None else (repr(constant), type(constant))


@lru_cache(maxsize=2048)
def _general_formula(
    operation: Primitive, slot: int, operands: tuple[tuple[str, type | None], ...], label: str
) -> Graph | None:
    """The derivative of an elementwise operation, whose operands are written so; None if it depends on their values.

    Reports write the formula of an edge more than once, and at a point nearby most formulas are the same.
    """
    if any(kind not in (None, float) for _, kind in operands):
        return None
    builder = GraphBuilder()
    op = _GeneralBuilder(builder)
    symbols = {each: op.symbol(each[0]) if each[1] is None else op.constant(float(each[0])) for each in operands}
    nodes = [symbols[each] for each in operands]
    y = op.symbol(label)
    op.shapes.clear()  # as in local_formula
    op.know(operation, nodes, y)
    formula = _formula(op, builder.apply(operation, nodes), slot, y, nodes, label, frozenset())
    return None if op.is_asked_for_values else formula


def formula_text(formula: Graph | None, operation: Operation, slot: int, names: frozenset[str], least: int = 0) -> str:
    """A local derivative as text, in parentheses where it binds less tightly than least; `∂f/∂x` where formula is
    None."""
    if formula is None:
        return _derivative_name(operation, slot)
    return expression_text(formula, formula.output, lambda node: node.name, names, is_formula=True, least=least)


def gradient_formulas(
    graph: Graph, values: Sequence[Any], input_indices: Sequence[int], numbers: Numeric = FLOATS
) -> dict[int, str]:
    """The gradients by these inputs as formulas in the labels of the graph's nodes; long ones are left out.

    values are those of all nodes of the graph, as a trace has them, or Unknown; numbers is the interpreter of that
    trace.
    """
    if sum(node.operation is not None and graph.needed[node.index] for node in graph.nodes) > LARGEST_CHAIN:
        return {}
    op, symbols = symbols_of(graph, values, numbers)
    shape = shape_of(values[graph.output])
    seed = op.symbol(upstream_name(graph.labels[graph.output]), shape) if shape else op.constant(1.0)
    cotangents = backward(graph, symbols, op, Cotangent(seed), graph.active_slots(input_indices))
    outputs = {index: op.lift(cotangent.value).index for index, cotangent in cotangents.items()}
    whole = Graph(op.builder.nodes, op.builder.inputs, list(outputs.values()))
    formulas = {}
    for index, output in outputs.items():
        formula = make_readable(needed_part(whole, output, ()), sorts=False)
        if expression_length(formula) <= LONGEST_RULE:
            text = expression_text(formula, formula.output, lambda node: node.name, graph.names_in_use, is_formula=True)
            if len(text) <= LONGEST_GRADIENT:
                formulas[index] = text
    return formulas


def symbols_of(graph: Graph, values: Sequence[Any], numbers: Numeric = FLOATS) -> tuple[NodeInterpreter, list[Node]]:
    """An interpreter that builds formulas, and for each node of the graph its symbol there, named by its label; the
    parameters are those of gradient_formulas."""
    op = _FormulaBuilder(GraphBuilder(), numbers)
    symbols = [_symbol(op, graph, node.index, values[node.index]) for node in graph.nodes]
    for node in graph.nodes:
        if node.operation is not None and graph.needed[node.index]:
            op.know(node.operation, [symbols[operand] for operand in node.operands], symbols[node.index])
    return op, symbols


def _symbol(op: _FormulaBuilder, graph: Graph, index: int, value: Any) -> Node:
    """The symbol or the constant that represents a node of the graph in a formula."""
    constant = None if value is None else _constant(graph, index, value)
    if constant is not None:
        symbol: Node = op.constant(constant)
    else:
        symbol = op.symbol(graph.labels[index], None if value is None else shape_of(value))
    if value is not None and not isinstance(value, Unknown):
        op.values[symbol.index] = value
    return symbol


def _constant(graph: Graph, index: int, value: Any) -> Any:
    """The constant to write for a node: an unnamed constant's value, or that of pi or e at its default; else None."""
    node = graph.nodes[index]
    if node.is_constant and node.name is None:
        return node.parameters["value"]
    default = CONSTANTS.get(graph.labels[index]) if node.is_input else None
    return default if default is not None and shape_of(value) == () and default == value else None


def general_formula(operation: Operation, slot: int) -> str:
    """The derivative of an operation by the operand in a slot, as a formula in the names of its inputs.

    For an operation that is not elementwise it is the rule for the shapes of its first sample. Empty where nothing is
    differentiated by that operand.
    """
    if not operation.passes_to(slot):
        return ""
    builder = GraphBuilder()
    operands = [builder.input(name) for name in sampled_inputs(operation)]
    samples = operation.samples
    node = builder.apply(operation, operands, parameters=samples[0].parameters if samples else None)
    op = _FormulaBuilder(builder)
    op.know(operation, operands, node)
    for operand, shape in zip(operands, samples[0].shapes if samples else (), strict=False):
        op.shapes[operand.index] = shape
    names = frozenset(operation.inputs)
    return formula_text(_formula(op, node, slot, node, operands, "y", names), operation, slot, names)


def sampled_inputs(operation: Operation) -> list[str]:
    """The names of an operation's inputs, as many as in its first sample."""
    names = list(operation.inputs)
    if operation.samples:
        further = [name for name in "abcdef" if name not in names]
        names = [*names, *further][: len(operation.samples[0].shapes)]
    return names


def _formula(
    op: _FormulaBuilder, node: Node, slot: int, y: Node, operands: Sequence[Node], label: str, names: frozenset[str]
) -> Graph | None:
    operation = node.operation
    assert operation is not None
    if isinstance(operation, Function) and not operation.partials and operation.size > LARGEST_FUNCTION:
        return None
    if is_loop(operation):
        return None
    upstream = op.symbol(upstream_name(label), op.shape(y))
    graph = Graph(op.builder.nodes, op.builder.inputs, [y.index])
    step = NodeBackward(graph, node, y, list(operands), Cotangent(upstream), [slot])
    try:
        ((_, local, downstream),) = edges_of(step, op)
    except UnknownRankError:
        return None
    if local is None:
        local = 0.0 if downstream is None else downstream.value
    formula = make_readable(Graph(op.builder.nodes, op.builder.inputs, [op.lift(local).index]), sorts=False)
    if expression_length(formula) > LONGEST_FORMULA:
        return None
    is_short = operation.is_elementwise or len(formula_text(formula, operation, slot, names)) <= LONGEST_RULE
    return formula if is_short else None


def upstream_name(label: str) -> str:
    """The symbol of a node's upstream in formulas: the label with a bar over its letters, but not over digits and
    subscripts."""
    from unicodedata import normalize

    letters = "".join(takewhile(str.isalpha, label)) or label[0]
    return normalize("NFC", "".join(f"{letter}\u0304" for letter in letters) + label[len(letters) :])


def _derivative_name(operation: Operation, slot: int) -> str:
    names = (*operation.inputs, *operation.captures)
    return f"∂{operation.name}/∂{names[slot] if slot < len(names) else slot + 1}"
