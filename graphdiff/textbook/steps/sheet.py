"""The working sheet of a derivation: its nodes, the variable, and the derivatives that are still to be taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, count
from typing import NamedTuple

from graphdiff.algebra.constants import number_of
from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.primitive import BLOCKER
from graphdiff.operations.registry import CONSTANTS, PRIMITIVES
from graphdiff.operations.shapes import Shape
from graphdiff.passes.derivative_builder import shapes_of_inputs
from graphdiff.textbook.steps.tidy import Tidier
from graphdiff.writing.text import functions_in, shared_nodes

_NEG, _WHERE = PRIMITIVES["neg"], PRIMITIVES["where"]
LETTERS = "uvwst"
"""What inner functions are called in the chain rule, as far as the formula has no such name."""


class Unresolved(NamedTuple):
    """A derivative that is still to be taken: of a node, by a variable."""

    variable: str
    of: int


class Sheet:
    """The nodes of one derivation. Nothing is simplified in the formula itself; what rules give is.

    A node that the formula names, or uses twice and writes only once, is a symbol, whose definition is another node. A
    derivative that is still to be taken is a symbol too, so that it can stand in formulas.

    Attributes:
        variable: The name of the input to differentiate by.
        seed: What the derivative of the variable is: 1, or for an array its differential, a symbol.
        zero: The derivative of a constant.
        root: The node to differentiate.
        tidier: Rewrites nodes that are not the formula's.
        unresolved: The derivatives that symbols stand for, by the index of the symbol.
        definitions: The nodes that symbols stand for, by the index of the symbol.
    """

    def __init__(self, graph: Graph, variable: str, shapes: Mapping[str, Shape], shares: bool) -> None:
        """Copy a graph; shares is whether operations with several uses have a name. shapes are those of the inputs."""
        self.variable = variable
        self.op = NodeInterpreter(GraphBuilder(), keeps_gates=True)
        self.unresolved: dict[int, Unresolved] = {}
        self.definitions: dict[int, int] = {}
        self._inner: dict[int, Node] = {}
        self._named: dict[int, Node] = {}
        self._symbols: dict[Unresolved, Node] = {}
        self._depends: list[bool] = []
        self._is_open: list[bool] = []
        self._names = {*graph.names_in_use, *graph.labels, "d", *CONSTANTS}
        all_shapes = shapes_of_inputs(
            graph, {name: shape for name, shape in shapes.items() if name in graph.input_indices}
        )
        node_shapes = infer_shapes(graph, [tuple(all_shapes.get(name, ())) for name in graph.input_names])
        self.variable_index = -1
        self.is_differential = bool(all_shapes.get(variable))
        taken = [*self._names, *(function.name for function in functions_in(graph))]
        self.prefix = next(each for each in _prefixes() if not any(each in name for name in taken))
        self.zero: Node = self.op.constant(0.0)
        self.seed: Node = self.op.constant(1.0)
        if self.is_differential:
            self.differential = self._new_name(f"{'d' * number}{variable}" for number in count(1))
            self.seed = self.op.symbol(self.differential, all_shapes[variable])
        self.root = self._copy(graph, node_shapes, shared_nodes(graph) if shares else set())
        self.tidier = Tidier(self.op, len(self.op.builder.nodes))

    def _copy(self, graph: Graph, shapes: Sequence[Shape | None], shared: set[int]) -> Node:
        """Add the nodes of the formula, whose output is returned unnamed."""
        nodes: dict[int, Node] = {}
        for node in graph.nodes:
            if not graph.needed[node.index]:
                continue
            if node.is_input:
                nodes[node.index] = self._input(node, shapes[node.index])
            elif node.operation is None:
                nodes[node.index] = self.op.constant(node.parameters["value"])
            else:
                operands = [nodes[operand] for operand in node.operands]
                value = number_of(operands[0]) if node.operation is _NEG else None
                new = self.op.constant(-value) if value is not None else self._intern(node, operands)
                is_named = (node.name is not None or node.index in shared) and new.operation is not None
                nodes[node.index] = self._define(graph.labels[node.index], new) if is_named else new
        root = nodes[graph.output]
        return self.node(self.definitions.get(root.index, root.index))

    def _input(self, node: Node, shape: Shape | None) -> Node:
        name = node.name or ""
        if name in CONSTANTS and name != self.variable and "default" not in node.parameters:
            constant: Node = self.op.constant(CONSTANTS[name])
            return constant
        symbol = self.op.symbol(name, shape or ())
        if name == self.variable:
            self.variable_index = symbol.index
        return symbol

    def _intern(self, node: Node, operands: Sequence[Node]) -> Node:
        """The operation of a node of any graph, as it is, on operands of this sheet."""
        operation = node.operation
        assert operation is not None
        new = self.op.simplifier.intern(operation, operands, node.parameters)
        if isinstance(operation, Function) and new.index not in self.op.shapes:
            shapes = infer_shapes(operation.graph, [self.op.shape(operand) for operand in operands])
            self.op.shapes[new.index] = shapes[operation.graph.output] or ()
        return new

    def _define(self, name: str, body: Node) -> Node:
        """A symbol for a node."""
        if body.index not in self._named:
            self._named[body.index] = self.op.symbol(name, self.op.shape(body))
            self.definitions[self._named[body.index].index] = body.index
        return self._named[body.index]

    def node(self, index: int) -> Node:
        """The node with an index."""
        return self.op.builder.nodes[index]

    def operands(self, node: Node) -> list[Node]:
        """The operands of a node."""
        return [self.node(operand) for operand in node.operands]

    def is_number(self, node: Node) -> bool:
        """Whether a node is a number, and to be differentiated by a number."""
        return not self.is_differential and self.op.shape(node) == ()

    def depends(self, node: Node) -> bool:
        """Whether a node depends on the variable, so that its derivative is not 0 everywhere."""
        for index in range(len(self._depends), len(self.op.builder.nodes)):
            self._depends.append(self._is_active(self.node(index)))
        return self._depends[node.index]

    def _is_active(self, node: Node) -> bool:
        if node.operation is None:
            body = self.definitions.get(node.index)
            is_variable = node.index not in self.unresolved and node.name == self.variable
            return is_variable if body is None else self._depends[body]
        if node.operation.backward_pattern is BLOCKER:
            return False
        slots = [slot for slot, operand in enumerate(node.operands) if self._depends[operand]]
        return bool(node.operation.differentiable_slots(slots))

    def is_open(self, node: Node) -> bool:
        """Whether a node contains a derivative that is still to be taken."""
        for index in range(len(self._is_open), len(self.op.builder.nodes)):
            operands = self.node(index).operands
            self._is_open.append(index in self.unresolved or any(self._is_open[operand] for operand in operands))
        return self._is_open[node.index]

    def derivative_symbol(self, of: Node, variable: str | None = None) -> Node:
        """The symbol of a derivative that is still to be taken, by the variable of the sheet or another."""
        unresolved = Unresolved(self.variable if variable is None else variable, of.index)
        if unresolved not in self._symbols:
            symbol = self.op.symbol(f"{self.prefix}{len(self.unresolved)}", self.op.shape(of))
            self._symbols[unresolved] = symbol
            self.unresolved[symbol.index] = unresolved
        return self._symbols[unresolved]

    def inner_function(self, node: Node) -> Node:
        """The symbol of an inner function in the chain rule: its own if it has a name, else a letter."""
        if node.index in self.definitions:
            return node
        if node.index not in self._inner:
            letter = self._new_name(chain(LETTERS, (f"u{number}" for number in count(1))))
            self._inner[node.index] = self.op.symbol(letter, self.op.shape(node))
        return self._inner[node.index]

    def _new_name(self, candidates: Iterable[str]) -> str:
        """The first of these names that is not in use."""
        name = next(each for each in candidates if each not in self._names)
        self._names.add(name)
        return name

    def open_symbols(self, node: Node) -> list[int]:
        """The symbols of derivatives in a node, in the order in which a reader meets them."""
        symbols: dict[int, None] = {}
        pending = [node.index]
        while pending:
            index = pending.pop()
            if index in self.unresolved:
                symbols[index] = None
            pending += [each for each in reversed(self.node(index).operands) if self.is_open(self.node(each))]
        return list(symbols)

    def substitute(self, node: Node, values: Mapping[int, Node]) -> Node:
        """A node with values in place of the symbols of derivatives."""
        copies: dict[int, Node] = dict(values)
        needed: set[int] = set()
        pending = [node.index]
        while pending:
            index = pending.pop()
            if index not in needed and self.is_open(self.node(index)):
                needed.add(index)
                pending += self.node(index).operands
        for index in sorted(needed - copies.keys()):
            each = self.node(index)
            operands = [copies.get(operand, self.node(operand)) for operand in each.operands]
            copies[index] = self.apply(each, operands)
        return copies.get(node.index, node)

    def apply(self, node: Node, operands: Sequence[Node]) -> Node:
        """The operation of a node of any graph on operands of this sheet: simplified, and by its name if it has one."""
        assert node.operation is not None
        if isinstance(node.operation, Function) or node.operation is _WHERE:  # where(c, 1, 0) is not written as c
            result = self._intern(node, operands)
        else:
            result = self.op.simplifier.apply(node.operation, operands, node.parameters)
        return self._named.get(result.index, result)

    def insert(self, graph: Graph, operands: Sequence[Node], simplifies: bool = True) -> Node:
        """The output of a graph on operands of this sheet in the place of its inputs."""
        nodes = dict(zip(graph.inputs, operands, strict=True))
        add = self.apply if simplifies else self._intern
        for node in graph.nodes:
            if graph.needed[node.index] and not node.is_input:
                inner = [nodes[operand] for operand in node.operands]
                is_constant = node.operation is None
                nodes[node.index] = self.op.constant(node.parameters["value"]) if is_constant else add(node, inner)
        return nodes[graph.output]


def _prefixes() -> Iterator[str]:
    """Beginnings of names for the symbols of derivatives."""
    return (f"d_{'_' * number}" for number in count())
