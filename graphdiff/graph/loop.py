"""Loops: gates that run a graph several times, each time on the values of the previous run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import NO_PARAMETERS, Node
from graphdiff.operations.indexing import Item
from graphdiff.operations.primitive import LOOP
from graphdiff.operations.registry import PRIMITIVES


class Entries(NamedTuple):
    """What a loop reads of an array: in step p, the entry first + p*step of the first axis, and of it the part that
    rest selects.

    rest has the items of an index, as in operations/indexing.py.
    """

    first: int = 0
    step: int = 1
    rest: tuple[Item, ...] = ()

    def at(self, place: int) -> tuple[Item, ...]:
        """The items of the index in a step."""
        return ("index", self.first + place * self.step), *self.rest

    def of_all(self, count: int) -> tuple[Item, ...]:
        """The items of the index that selects the entries of all steps."""
        stop = self.first + count * self.step
        reaches_end = stop == 0 or (stop < 0) != (self.first < 0)
        is_plain = self.first == 0 and self.step == 1
        bounds = None if is_plain else self.first, None if reaches_end else stop
        return ("slice", *bounds, None if self.step == 1 else self.step), *self.rest


WHOLE = Entries()
"""All entries of an array, from the first."""


class LoopBody(NamedTuple):
    """What a loop repeats.

    The inputs of graph are the counter, the carried values, an entry of each sequence, which is an array that the loop
    runs along, and the captures: values from outside, the same in each step. Its outputs are the next carried values,
    then the carried values themselves, so that a scan can stack those before each step.

    Step p, from 0, has the counter start + p*stride. is_backward runs the last step first.
    """

    graph: Graph
    count: int  # type: ignore[assignment]  # tuple.count is not used on bodies
    carried: tuple[str, ...]
    sequences: tuple[Entries, ...] = ()
    start: int = 0
    stride: int = 1
    is_backward: bool = False
    counter: str = ""

    @property
    def places(self) -> range:
        """The numbers of the steps, in the order in which they run."""
        return range(self.count - 1, -1, -1) if self.is_backward else range(self.count)

    def counter_at(self, place: int) -> float:
        """The counter's value in a step."""
        return float(self.start + place * self.stride)

    @property
    def sequence_slots(self) -> range:
        """The slots of the sequences among the operands of a loop; the carried values come before them, the captures
        after them."""
        return range(len(self.carried), len(self.carried) + len(self.sequences))

    def split(self, operands: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
        """The operands of a loop: the first carried values, the sequences and the captures."""
        slots = self.sequence_slots
        return operands[: slots.start], operands[slots.start : slots.stop], operands[slots.stop :]


class Loop(Function):
    """A loop. Its value is the last of a value that it carries (fold), or the values of all steps along a first axis
    (scan).

    As a function, its graph is its body written out once for each step.
    """

    backward_pattern = LOOP
    is_called: ClassVar[bool] = False

    def __init__(self, body: LoopBody, output: int = 0, stacks: bool = False) -> None:
        """output is the number of an output of the body's graph; a fold can only return the next carried values."""
        graph = body.graph
        self.body: LoopBody = body
        self.output = output
        self.stacks = stacks
        self.name = "scan" if stacks else "fold"
        self.title = f"{self.name} ×{body.count}"
        self.doc = ""
        self.fuse_patterns = ()
        self.partials = ()
        self.captures = ()
        self.inputs = graph.input_names[1:]
        self.is_prelude = False
        self.option_values = self.option_defaults = NO_PARAMETERS
        self.asks_for_constants = False
        self.general = None
        operations = [node.operation for node in graph.nodes if node.operation is not None and graph.needed[node.index]]
        self.size = body.count * sum([1 + operation.size for operation in operations])
        self.work = 2 * body.count * sum([1 + operation.work for operation in operations])
        self.depth = 1 + max([operation.depth for operation in operations], default=0)
        self.has_kinks = any([operation.has_kinks for operation in operations])
        self.is_total = all([operation.is_total for operation in operations])

    @cached_property
    def graph(self) -> Graph:  # type: ignore[override]
        """The body written out once for each step; its inputs are the operands of the loop."""
        body, steps = self.body, self.body.graph
        builder = GraphBuilder(steps.source)
        operands = [builder.input(name) for name in self.inputs]
        carried, sequences, captures = body.split(operands)
        values: dict[int, Node] = {}
        for place in body.places:
            counter = builder.constant(body.counter_at(place))
            entries_of_step = [
                builder.apply(PRIMITIVES["index"], [each], None, {"items": entries.at(place)})
                for each, entries in zip(sequences, body.sequences, strict=True)
            ]
            nodes: dict[int, Node] = dict(
                zip(steps.inputs, [counter, *carried, *entries_of_step, *captures], strict=True)
            )
            for node in steps.nodes:
                if node.index not in nodes and steps.needed[node.index]:
                    nodes[node.index] = builder.copy(node, [nodes[each] for each in node.operands], node.span)
            carried = [nodes[steps.outputs[slot]] for slot in range(len(body.carried))]
            values[place] = nodes[steps.outputs[self.output]]
        if self.stacks:
            result = builder.apply(PRIMITIVES["stack"], [values[place] for place in range(body.count)])
        else:
            result = carried[self.output]
        return Graph(builder.nodes, [node.index for node in operands], [result.index], source=steps.source)

    def with_graphs(self, graph: Graph, partials: Sequence[Graph]) -> Loop:
        return Loop(self.body._replace(graph=graph), self.output, self.stacks)

    @property
    def is_reversed(self) -> bool:
        """Whether the value of the last step is the first entry of the stack."""
        return self.stacks and self.body.is_backward

    @property
    def bodies(self) -> tuple[Graph, ...]:
        return (self.body.graph,)

    def needed_nodes(self) -> Iterator[Node]:
        graph = self.body.graph
        return (node for node in graph.nodes if graph.needed[node.index])

    @property
    def is_elementwise(self) -> bool:
        return not self.stacks and not self.body.sequences and self.body.graph.is_elementwise

    def is_index(self, slot: int) -> bool:
        return self.body.graph.is_index[self.body.graph.inputs[slot + 1]]

    def passes_to(self, slot: int) -> bool:
        return bool(self.differentiable_slots([slot]))

    def differentiable_slots(self, slots: list[int]) -> list[int]:
        return [slot for slot in slots if self.output in self.active_outputs((slot,))]

    def active_outputs(self, slots: Sequence[int]) -> frozenset[int]:
        """The numbers of the body's outputs that depend, after all steps, on these operands."""
        return frozenset(self.active_inputs(slots)[1])

    def active_inputs(self, slots: Sequence[int]) -> tuple[list[int], list[int]]:
        """The inputs of the body's graph, by index, that depend on these operands of the loop in some step, as far as
        they can be differentiated; and the numbers of the outputs that do."""
        graph, carried = self.body.graph, len(self.body.carried)
        active = {graph.inputs[slot + 1] for slot in slots}
        while True:
            is_active = graph.active_slots(active)
            outputs = [number for number, index in enumerate(graph.outputs) if is_active[index] is not None]
            reached = active | {graph.inputs[number + 1] for number in outputs if number < carried}
            if reached == active:
                return sorted(active), outputs
            active = reached

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Loop) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[LoopBody, int, bool]:
        return self.body, self.output, self.stacks

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "graph"}

    def __repr__(self) -> str:
        return f"<{self.name} of {self.body.count} steps>"
