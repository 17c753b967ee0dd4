"""Functions: gates that are graphs, defined in the prelude or in a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeGuard

from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import NO_PARAMETERS, Node
from graphdiff.operations.options import Option
from graphdiff.operations.primitive import BackwardPattern, Complement, Latex, Operator, Primitive, Sample
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.graph.loop import Loop

COMPOSITE = BackwardPattern("composite")


class Function:
    """A gate that is a graph.

    The inputs of graph are the parameters (inputs), then the values of the program that the body uses (captures, by
    name). partials are the function's own derivatives by its parameters, if it defines any: graphs with the same inputs
    and, as the last one, the function's value.
    """

    backward_pattern = COMPOSITE
    body: Any = None  # of a loop, what it repeats
    # What only primitives have: notations, properties of operands, samples.
    operator: ClassVar[Operator | None] = None
    latex: ClassVar[Latex | None] = None
    alone_as: ClassVar[str] = ""
    is_called: ClassVar[bool] = True
    options: ClassVar[tuple[Option, ...]] = ()
    samples: ClassVar[tuple[Sample, ...]] = ()
    parameters: ClassVar[None] = None
    reflection: ClassVar[None] = None
    complements: ClassVar[Mapping[str, Complement]] = {}
    commutative: ClassVar[bool] = False
    variadic: ClassVar[bool] = False
    n_ary: ClassVar[bool] = False
    moves: ClassVar[bool] = False
    parity: ClassVar[int] = 0
    nonfinite: ClassVar[str] = ""
    title = "definition"

    def __init__(
        self,
        name: str,
        graph: Graph,
        captures: Sequence[str] = (),
        is_prelude: bool = False,
        option_values: Mapping[str, Any] = NO_PARAMETERS,
        partials: Sequence[Graph] = (),
    ) -> None:
        self.name = name
        self.doc = ""
        self.fuse_patterns: tuple[str, ...] = ()  # as of a primitive
        self.graph = graph
        self.partials = tuple(partials)
        self.captures = tuple(captures)
        self.inputs = graph.input_names[: len(graph.inputs) - len(self.captures)]
        self.is_prelude = is_prelude
        # The options that a call gives, and the defaults of all options.
        self.option_values = option_values
        self.option_defaults: Mapping[str, Any] = NO_PARAMETERS
        # How many operations an evaluation runs; how many a backward pass, which evaluates each body again; and how
        # deep calls are nested.
        self.size = 0
        self.work = 0
        self.depth = 1
        # Whether an operation in the body must know which of its operands are constants.
        self.asks_for_constants = False
        self.has_kinks = False
        self.is_total = True  # as of a primitive
        self._with_constants: dict[tuple[bool, ...], Function] = {}
        self.general: Function | None = None  # the function that this is for a call with constants
        for node in self.needed_nodes():
            if node.operation is not None:
                self.size += 1 + node.operation.size
                self.work += node.operation.work
                self.depth = max(self.depth, node.operation.depth + 1)
                self.asks_for_constants |= node.operation.asks_for_constants
                self.has_kinks |= node.operation.has_kinks
                self.is_total &= node.operation.is_total
        self.work += self.size

    @property
    def bodies(self) -> tuple[Graph, ...]:
        """The graphs inside it: its value, and its own derivatives if it defines any."""
        return (self.graph, *self.partials)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_with_constants": {}}

    def with_constants(self, constants: tuple[bool, ...]) -> Function:
        """The function for a call with constants among its operands: they take the ties in its body too."""
        if self.general is not None:
            return self.general.with_constants(constants)
        if not self.asks_for_constants or not any(constants):
            return self
        if constants not in self._with_constants:
            partials = [_with_constants(partial, (*constants, False)) for partial in self.partials]
            function = self.with_graphs(_with_constants(self.graph, constants), partials)
            function.general = self
            self._with_constants[constants] = function
        return self._with_constants[constants]

    def with_graphs(self, graph: Graph, partials: Sequence[Graph]) -> Function:
        """The same function with another graph for its body and others for its own derivatives."""
        return Function(self.name, graph, self.captures, self.is_prelude, self.option_values, partials)

    def span_of_capture(self, name: str) -> Span | None:
        """Where the definition first names a value of the program; None in the prelude, which is another text."""
        if self.is_prelude:
            return None
        spans = [graph.nodes[graph.input_indices[name]].span for graph in self.bodies]
        return next((span for span in spans if span is not None), None)

    def needed_nodes(self) -> Iterator[Node]:
        """Every node that the value or one of the function's own derivatives needs."""
        for graph in self.bodies:
            for node in graph.nodes:
                if graph.needed[node.index]:
                    yield node

    @property
    def is_elementwise(self) -> bool:
        """Whether entry i of the value depends only on entry i of each operand."""
        return self.graph.is_elementwise

    def is_index(self, slot: int) -> bool:
        """Whether the operand in a slot is only used as an index."""
        return self.graph.is_index[self.graph.inputs[slot]]

    def passes_to(self, slot: int) -> bool:
        """Whether a gradient passes to the operand in a slot."""
        return self.graph.active_slots([self.graph.inputs[slot]])[self.graph.output] is not None

    def differentiable_slots(self, slots: list[int]) -> list[int]:
        """The slots, among these, to whose operands a gradient passes."""
        return [slot for slot in slots if self.passes_to(slot)]

    def __repr__(self) -> str:
        return f"<function {self.name}>"


class FormulaGate(Function):
    """A gate for a named node of a program: written as the node's formula, and not as a call.

    It has the node's name, and is made for that node alone: its body already knows which operands are constants.
    """

    is_called: ClassVar[bool] = False

    def __init__(self, name: str, graph: Graph) -> None:
        super().__init__(name, graph)
        self.asks_for_constants = False


Operation: TypeAlias = Primitive | Function
"""What a node computes. Both kinds have the same properties: only code that opens a function asks which it is."""


def is_loop(operation: Operation | None) -> TypeGuard[Loop]:
    """Whether an operation is a loop. Without loops in a formula, their module is not loaded."""
    return operation is not None and operation.body is not None


def _with_constants(graph: Graph, constants: Sequence[bool]) -> Graph:
    """The graph of a function with constants for some of its inputs."""
    builder = GraphBuilder()
    is_constant = dict(zip(graph.inputs, constants, strict=True))
    for node in graph.nodes:
        operands = [builder.nodes[operand] for operand in node.operands]
        if node.is_input:
            assert node.name is not None
            builder.input(node.name, node.span, is_constant[node.index])
        else:
            builder.copy(node, operands, node.span)
    return Graph(builder.nodes, graph.inputs, graph.outputs, source=graph.source)
