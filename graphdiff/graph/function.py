"""Functions of the prelude and of programs: gates that are graphs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import NO_PARAMETERS, Node
from graphdiff.operations.primitive import BackwardPattern, Primitive
from graphdiff.source import Span

COMPOSITE = BackwardPattern("composite")


class Function:
    """A gate that is a graph: a call of a function of the prelude or of the program.

    Its graph's inputs are its parameters, then the program's values that it uses (captured, by name). partials are the
    derivatives by its parameters where it has its own: graphs of the same inputs and, last, of its value.
    """

    backward_pattern = COMPOSITE

    def __init__(
        self,
        name: str,
        graph: Graph,
        captured: Sequence[str] = (),
        is_prelude: bool = False,
        options: Mapping[str, Any] = NO_PARAMETERS,
        partials: Sequence[Graph] = (),
    ) -> None:
        self.name = name
        self.doc = ""
        self.patterns: tuple[str, ...] = ()  # as a primitive's
        self.graph = graph
        self.partials = tuple(partials)
        self.captured = tuple(captured)
        self.inputs = graph.input_names[: len(graph.inputs) - len(self.captured)]
        self.is_prelude = is_prelude
        # The constants that a call of it gives, and what all of them are by default.
        self.options = options
        self.defaults: Mapping[str, Any] = NO_PARAMETERS
        # How many operations an evaluation runs, how many a backward pass, which evaluates each body anew, and how
        # deep calls nest.
        self.size = 0
        self.work = 0
        self.depth = 1
        # Whether an operation in it must know which of its operands are constants.
        self.asks_for_constants = False
        self._with_constants: dict[tuple[bool, ...], Function] = {}
        for node in self.needed_nodes():
            if isinstance(node.operation, Function):
                self.size += 1 + node.operation.size
                self.work += node.operation.work
                self.depth = max(self.depth, node.operation.depth + 1)
                self.asks_for_constants |= node.operation.asks_for_constants
            elif node.operation is not None:
                self.size += 1
                self.asks_for_constants |= node.operation.parameters is not None
        self.work += self.size

    def with_constants(self, constants: tuple[bool, ...]) -> Function:
        """The function as it is for a call with constants among its operands: they take the ties in its body too."""
        if not self.asks_for_constants or not any(constants):
            return self
        if constants not in self._with_constants:
            partials = [_with_constants(partial, (*constants, False)) for partial in self.partials]
            self._with_constants[constants] = self.of(_with_constants(self.graph, constants), partials)
        return self._with_constants[constants]

    def of(self, graph: Graph, partials: Sequence[Graph]) -> Function:
        """The same function with its body and its own derivatives written otherwise."""
        return Function(self.name, graph, self.captured, self.is_prelude, self.options, partials)

    def place_of(self, captured: str) -> Span | None:
        """Where its definition first names a value of the program; None in the prelude, which is another text."""
        if self.is_prelude:
            return None
        spans = [graph.nodes[graph.input_indices[captured]].span for graph in (self.graph, *self.partials)]
        return next((span for span in spans if span is not None), None)

    def needed_nodes(self) -> Iterator[Node]:
        """Every node that its value or one of its own derivatives needs."""
        for graph in (self.graph, *self.partials):
            for node in graph.nodes:
                if graph.needed[node.index]:
                    yield node

    @property
    def is_elementwise(self) -> bool:
        """Whether entry i of its value depends on entries i of its operands alone."""
        return self.graph.is_elementwise

    def is_index(self, slot: int) -> bool:
        """Whether the operand in a slot is used as an index alone."""
        return self.graph.is_index[self.graph.inputs[slot]]

    def passes_to(self, slot: int) -> bool:
        """Whether anything is differentiated by the operand in a slot."""
        return self.graph.active([self.graph.inputs[slot]])[self.graph.output] is not None

    def __repr__(self) -> str:
        return f"<function {self.name}>"


Operation: TypeAlias = Primitive | Function


def _with_constants(graph: Graph, constants: Sequence[bool]) -> Graph:
    """The graph of a function, where some of its inputs stand for constants."""
    builder = GraphBuilder()
    is_constant = dict(zip(graph.inputs, constants, strict=True))
    for node in graph.nodes:
        operands = [builder.nodes[operand] for operand in node.operands]
        if node.is_input:
            assert node.name is not None
            builder.input(node.name, node.span, is_constant[node.index])
        else:
            builder.copied(node, operands, node.span)
    return Graph(builder.nodes, graph.inputs, graph.outputs, source=graph.source)
