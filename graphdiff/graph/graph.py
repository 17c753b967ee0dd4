"""The computational graph: operations on named inputs, in topological order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING, Any

from graphdiff.graph.complements import ComplementNode, complements_of
from graphdiff.graph.node import NO_PARAMETERS, Edge, Node
from graphdiff.source import Source, Span

if TYPE_CHECKING:
    from graphdiff.graph.function import Operation

FEW_ENTRIES = 8
"""The most operations on one array's entries whose cotangents become arrays, each of the whole shape."""
MOST_KEPT = 100
"""For how many sets of inputs a graph caches the edges that they are active in."""


class Graph:
    """A computational graph. Converted to text it is a program; in a notebook it shows its circuit.

    A graph may hold nodes that its outputs do not need: no pass visits them.

    Attributes:
        nodes: The nodes in topological order: operands come before what is made of them.
        inputs: The indices of the inputs among the nodes.
        outputs: The indices of the outputs.
        names: The index of each node that the program names, by name; several names may mean one node.
        source: The program that the graph was read from, or None.
        assigned: The values that the program assigns to names and that a point may replace: plain numbers and arrays.
        notes: What was decided where the program is ambiguous, one sentence each.
        equalities: Graphs that the program says have the same value, in pairs, with the place where it does.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        inputs: Sequence[int],
        outputs: Sequence[int],
        names: Mapping[str, int] = NO_PARAMETERS,
        source: Source | None = None,
        labels: tuple[str, ...] | None = None,
        assigned: Mapping[str, Any] = NO_PARAMETERS,
        notes: Sequence[str] = (),
        equalities: Sequence[tuple[Graph, Graph, Span]] = (),
    ) -> None:
        self.nodes = tuple(nodes)
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self.names = names
        self.source = source
        self.assigned = assigned
        self.notes = tuple(notes)
        self.equalities = tuple(equalities)
        self._active: dict[frozenset[int], list[tuple[int, ...] | None]] = {}
        if labels is not None:
            self.labels = labels

    @property
    def output(self) -> int:
        """The index of the one output of a formula or a program."""
        (output,) = self.outputs
        return output

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of the inputs, in order."""
        return tuple([self.nodes[index].name or "" for index in self.inputs])

    @cached_property
    def input_indices(self) -> Mapping[str, int]:
        """The index of each input by its name."""
        return dict(zip(self.input_names, self.inputs, strict=True))

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """The values that the program gives to inputs, by name."""
        nodes = [self.nodes[index] for index in self.inputs]
        return {node.name or "": node.parameters["default"] for node in nodes if "default" in node.parameters}

    def edges(self) -> Iterator[Edge]:
        """Every edge to a node that an output needs, ordered by target."""
        for node in self.nodes:
            if not self.needed[node.index]:
                continue
            for slot, source in enumerate(node.operands):
                yield Edge(source, node.index, slot)

    def consumers(self, node: Node) -> list[Edge]:
        """The edges that start at a node."""
        return self._consumers[node.index]

    @cached_property
    def _consumers(self) -> list[list[Edge]]:
        consumers: list[list[Edge]] = [[] for _ in self.nodes]
        for edge in self.edges():
            consumers[edge.source].append(edge)
        return consumers

    def reached_from(self, indices: Iterable[int]) -> list[Node]:
        """The operations that an output needs and that depend on one of these nodes, in topological order; takes time
        in proportion to their number."""
        reached: set[int] = set()
        pending = list(indices)
        while pending:
            for edge in self._consumers[pending.pop()]:
                if edge.target not in reached:
                    reached.add(edge.target)
                    pending.append(edge.target)
        return [self.nodes[index] for index in sorted(reached)]

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
        """Whether all operations are elementwise and all constants are numbers, so that it applies to each entry."""
        return self.first_on_arrays is None

    @cached_property
    def first_on_arrays(self) -> Node | None:
        """The first needed node that is an array constant, or an operation on whole arrays."""
        for node in self.nodes:
            if not self.needed[node.index]:
                continue
            is_array = node.is_constant and isinstance(node.parameters["value"], tuple)
            if is_array or (node.operation is not None and not node.operation.is_elementwise):
                return node
        return None

    @cached_property
    def _operations(self) -> frozenset[Operation]:
        """The operations of the nodes: far fewer than nodes, so that questions about them cost little."""
        return frozenset([node.operation for node in self.nodes if node.operation is not None])

    @cached_property
    def complements(self) -> Mapping[int, ComplementNode]:
        """The nodes whose value the forward pass computes by a complement rule, by index."""
        return complements_of(self.nodes) if any(operation.complements for operation in self._operations) else {}

    @cached_property
    def nodes_with_kinks(self) -> Sequence[Node]:
        """The nodes that an output needs and whose operations have kinks."""
        operations = {operation for operation in self._operations if operation.has_kinks}
        if not operations:
            return ()
        return tuple([node for node in self.nodes if node.operation in operations and self.needed[node.index]])

    @cached_property
    def runs(self) -> Mapping[int, int]:
        """The nodes that are values of loops, each with the first node that is a value of the same run of the loop."""
        loops = frozenset([operation for operation in self._operations if operation.body is not None])
        if not loops:
            return {}
        firsts: dict[object, int] = {}
        return {
            node.index: firsts.setdefault((node.operation.body, node.operands), node.index)
            for node in self.nodes
            if node.operation is not None and node.operation in loops and self.needed[node.index]
        }

    @cached_property
    def scattered(self) -> frozenset[int]:
        """The arrays from which more than FEW_ENTRIES nodes take entries at constant places: the backward pass adds
        up these nodes' cotangents entry by entry."""
        if not any(operation.name == "index" for operation in self._operations):
            return frozenset()
        counts = Counter([node.operands[0] for node in self.nodes if node.has_constant_places])
        return frozenset([index for index, count in counts.items() if count > FEW_ENTRIES])

    def active_slots(self, inputs: Iterable[int]) -> Sequence[tuple[int, ...] | None]:
        """For each node, the slots of the edges along which it depends on one of these inputs, as far as it can be
        differentiated; () for such an input, None for a node that depends on none."""
        key = frozenset(inputs)
        slots = self._active.get(key)
        if slots is None:
            if len(self._active) > MOST_KEPT:
                self._active.clear()
            slots = self._active[key] = self._find_active_slots(key)
        return slots

    def _find_active_slots(self, inputs: frozenset[int]) -> list[tuple[int, ...] | None]:
        active: list[tuple[int, ...] | None] = [None] * len(self.nodes)
        for index in inputs:
            active[index] = ()
        for node in self.nodes:
            operation = node.operation
            if operation is None:
                continue
            slots = [slot for slot, operand in enumerate(node.operands) if active[operand] is not None]
            if slots:
                slots = operation.differentiable_slots(slots)
            if slots:
                active[node.index] = _tuple_of(slots)
        return active

    @cached_property
    def is_index(self) -> list[bool]:
        """For each node, whether it is only used as an index: then it has no derivative."""
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
        """The names of inputs and nodes, which no automatic name may be."""
        return frozenset([*self.names, *(node.name for node in self.nodes if node.name is not None)])

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What reports call each node: its name, the number of a constant, or the next unused one of v1, v2, …

        Nodes that an output needs are numbered first.
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

    def __copy__(self) -> Graph:
        return self  # it never changes

    def __deepcopy__(self, memo: object) -> Graph:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """The nodes, after the functions that they call, each after those that it calls itself: so the depth of calls
        is not the depth of recursion in pickle."""
        fields = self.nodes, self.inputs, self.outputs, dict(self.names), self.source, self.__dict__.get("labels")
        return _restore, (self._functions(), *fields, dict(self.assigned), self.notes, self.equalities)

    def _functions(self) -> list[Operation]:
        """The functions that its nodes call, and those that these call, the innermost first."""
        functions: dict[Operation, None] = {}
        pending = [(operation, False) for operation in self._operations if operation.bodies]
        while pending:
            function, is_complete = pending.pop()
            if is_complete:
                functions[function] = None
            elif function not in functions:
                pending.append((function, True))
                inner = [each for body in function.bodies for each in body._operations if each.bodies]
                inner += [function.general] if function.general is not None else []
                pending += [(each, False) for each in inner]
        return list(functions)

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


def _restore(functions: Sequence[Operation], *fields: Any) -> Graph:
    """The graph of a pickle, which has the functions first so that the nodes only refer to them."""
    return Graph(*fields)


_TUPLES: dict[tuple[int, ...], tuple[int, ...]] = {}


def _tuple_of(slots: Sequence[int]) -> tuple[int, ...]:
    """The tuple of some slots, the same object for all nodes that have them."""
    return _TUPLES.setdefault(tuple(slots), tuple(slots))


def needed_part(graph: Graph, output: int, inputs: Iterable[int]) -> Graph:
    """The graph of one output: the nodes that it needs, and these inputs."""
    needed = {output, *inputs}
    pending = [output]
    while pending:
        for operand in graph.nodes[pending.pop()].operands:
            if operand not in needed:
                needed.add(operand)
                pending.append(operand)
    places = {index: place for place, index in enumerate(sorted(needed))}
    nodes: list[Node] = []
    for index, place in places.items():
        node = graph.nodes[index]
        nodes.append(node._replace(index=place, operands=tuple([places[operand] for operand in node.operands])))
    own_inputs = [node.index for node in nodes if node.is_input]
    return Graph(nodes, own_inputs, [places[output]], {node.name: node.index for node in nodes if node.name})
