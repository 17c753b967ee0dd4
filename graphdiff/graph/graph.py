"""The computational graph: operations on named inputs, in topological order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from itertools import count

from graphdiff.graph.node import NO_PARAMETERS, Edge, Node
from graphdiff.operations.primitive import Primitive
from graphdiff.source import Source

MOST_KEPT = 100
"""For how many choices of inputs a graph keeps what they are active in."""


class Graph:
    """Nodes in topological order; inputs and outputs are indices into them.

    names are those the program gives to nodes; several may mean one node. A graph may hold nodes that its
    outputs do not need: no pass visits them.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        inputs: Sequence[int],
        outputs: Sequence[int],
        names: Mapping[str, int] = NO_PARAMETERS,
        source: Source | None = None,
        labels: tuple[str, ...] | None = None,
    ) -> None:
        self.nodes = tuple(nodes)
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self.names = names
        self.source = source
        self._active: dict[frozenset[int], list[tuple[int, ...] | None]] = {}
        if labels is not None:
            self.labels = labels

    @property
    def output(self) -> int:
        """The one output of a formula or a program."""
        (output,) = self.outputs
        return output

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of the inputs, in their order."""
        return tuple([self.nodes[index].name or "" for index in self.inputs])

    @cached_property
    def input_indices(self) -> Mapping[str, int]:
        """The index of each input by its name."""
        return dict(zip(self.input_names, self.inputs, strict=True))

    def edges(self) -> Iterator[Edge]:
        """Every edge to a node that the outputs need, in the order of those nodes."""
        for node in self.nodes:
            if not self.needed[node.index]:
                continue
            for slot, source in enumerate(node.operands):
                yield Edge(source, node.index, slot)

    def consumers(self, node: Node) -> list[Edge]:
        """The edges that lead from a node."""
        return self._consumers[node.index]

    @cached_property
    def _consumers(self) -> list[list[Edge]]:
        consumers: list[list[Edge]] = [[] for _ in self.nodes]
        for edge in self.edges():
            consumers[edge.source].append(edge)
        return consumers

    @cached_property
    def needed(self) -> list[bool]:
        """For each node, whether an output depends on it."""
        needed = [False] * len(self.nodes)
        for index in self.outputs:
            needed[index] = True
        for node in reversed(self.nodes):
            if needed[node.index]:
                for operand in node.operands:
                    needed[operand] = True
        return needed

    @cached_property
    def is_elementwise(self) -> bool:
        """Whether every operation is, and no constant is an array: then it works on numbers as on arrays."""
        return self.first_on_arrays is None

    @cached_property
    def first_on_arrays(self) -> Node | None:
        """The first node that an output needs which is an array, or works on whole ones."""
        for node in self.nodes:
            if not self.needed[node.index]:
                continue
            is_array = node.is_constant and isinstance(node.parameters["value"], tuple)
            if is_array or (node.operation is not None and not node.operation.is_elementwise):
                return node
        return None

    def active(self, inputs: Iterable[int]) -> Sequence[tuple[int, ...] | None]:
        """For each node, the slots of its edges by which it can be differentiated by one of these inputs; none for
        an input, and None for a node that no such input feeds."""
        key = frozenset(inputs)
        found = self._active.get(key)
        if found is None:
            if len(self._active) > MOST_KEPT:
                self._active.clear()
            found = self._active[key] = self._active_slots(key)
        return found

    def _active_slots(self, inputs: frozenset[int]) -> list[tuple[int, ...] | None]:
        found: list[tuple[int, ...] | None] = [None] * len(self.nodes)
        for index in inputs:
            found[index] = ()
        for node in self.nodes:
            operation = node.operation
            if operation is None:
                continue
            slots = [slot for slot, operand in enumerate(node.operands) if found[operand] is not None]
            if slots and not (isinstance(operation, Primitive) and operation.passes_to_all):
                slots = [slot for slot in slots if operation.passes_to(slot)]
            if slots:
                found[node.index] = _tuple_of(slots)
        return found

    @cached_property
    def is_index(self) -> list[bool]:
        """For each node, whether it is used as an index alone: then nothing is differentiated by it."""
        is_index = [False] * len(self.nodes)
        uses: list[bool | None] = [None] * len(self.nodes)
        for node in reversed(self.nodes):
            if not self.needed[node.index]:
                continue
            is_index[node.index] = bool(uses[node.index]) and node.index not in self.outputs
            if node.operation is not None:
                for slot, operand in enumerate(node.operands):
                    use = is_index[node.index] or node.operation.is_index(slot)
                    uses[operand] = use if uses[operand] is None else uses[operand] and use
        return is_index

    @cached_property
    def names_in_use(self) -> frozenset[str]:
        """The names of inputs and of nodes: what no automatic name may be."""
        return frozenset([*self.names, *(node.name for node in self.nodes if node.name is not None)])

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What reports call each node: its name, a constant's number, or the next free of v1, v2, …

        Nodes that the outputs need are numbered first.
        """
        from graphdiff.writing.spelling import number_text

        labels = []
        unnamed = []
        for node in self.nodes:
            if node.name is None and node.operation is not None:
                unnamed.append(node.index)
            labels.append(
                node.name or (number_text(node.parameters["value"], self.names_in_use) if node.is_constant else "")
            )
        unnamed.sort(key=lambda index: not self.needed[index])
        free = (f"v{number}" for number in count(1) if f"v{number}" not in self.names_in_use)
        for index, label in zip(unnamed, free, strict=False):
            labels[index] = label
        return tuple(labels)

    def __str__(self) -> str:
        from graphdiff.writing.text import graph_text

        return graph_text(self, [""] * len(self.outputs))

    def __repr__(self) -> str:
        operations = sum(node.operation is not None for node in self.nodes)
        return f"<Graph of {operations} operations on {len(self.inputs)} inputs>"

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        bundle: dict[str, str] = import_module("graphdiff.notebook").graph_bundle(self, include, exclude)
        return bundle

    def _repr_svg_(self) -> str | None:
        return self._repr_mimebundle_(["image/svg+xml"]).get("image/svg+xml")

    def _repr_latex_(self) -> str | None:
        return self._repr_mimebundle_(["text/latex"]).get("text/latex")

    def _repr_html_(self) -> str | None:
        return self._repr_mimebundle_(["text/html"]).get("text/html")


_TUPLES: dict[tuple[int, ...], tuple[int, ...]] = {}


def _tuple_of(slots: Sequence[int]) -> tuple[int, ...]:
    """A tuple of slots, one for all nodes that have the same."""
    return _TUPLES.setdefault(tuple(slots), tuple(slots))
