"""Circuit → layers: the columns of gates and the order within columns, independent of a format's units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, count, pairwise
from typing import Any, NamedTuple

from graphdiff.drawing.circuit import Circuit

GRID = 1024
"""Heights are rounded to this fraction of a unit: a power of two, so that sums of them are exact."""

MOST_DUMMIES = 2_000
"""In a larger circuit wires share dummies, and gates are in the last column that they may be in, not in the first."""

MOST_ITEMS = 600
"""Of a circuit with more items, only one order is tried."""


class Item(NamedTuple):
    """The room that an item takes in its column: its width, and its extent above and below its wire."""

    width: float = 0.0
    above: float = 0.0
    below: float = 0.0


class Layers:
    """The columns and heights of gates and wires.

    Items are the gates, by their nodes, and a dummy for each column that a wire passes; those of a wire are its chain.
    heights order the items of a column, in units of items. entering are the numbers of the wires that enter each gate.
    """

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.fans = circuit.fans
        self.entering: dict[int, list[int]] = defaultdict(list)
        for number, wire in enumerate(circuit.wires):
            self.entering[wire.target].append(number)
        self.columns: dict[int, int] = {}
        self.chains: list[list[int]] = []
        self.assign_columns()
        self.heights = self.order_items()

    # Columns

    def assign_columns(self) -> None:
        """Assign a column to each gate, the first after its operands, and inputs and constants before their first
        consumers; and an item to each column that a wire passes, of which the last one has the labels of the wire."""
        circuit = self.circuit
        depth: dict[int, int] = {}
        for index in circuit.gates:
            before = [circuit.wires[number] for number in self.entering[index]]
            depth[index] = max((depth[wire.source] + 1 + wire.has_label for wire in before), default=0)
        columns = dict(depth)
        latest: dict[int, int] = {}
        for wire in circuit.wires:
            if not self.entering[wire.source]:
                column = depth[wire.target] - 1 - wire.has_label
                latest[wire.source] = min(latest.get(wire.source, column), column)
        columns.update(latest)
        self.is_large = sum(self.lengths(columns)) > MOST_DUMMIES
        if self.is_large:
            columns = self.latest_columns(depth)
        self.columns.update(columns)
        self.add_chains(columns)

    def latest_columns(self, depth: Mapping[int, int]) -> dict[int, int]:
        """The last column that each gate may be in: before all its consumers."""
        columns: dict[int, int] = {}
        for wire in reversed(self.circuit.wires):
            column = columns.get(wire.target, depth[wire.target]) - 1 - wire.has_label
            columns[wire.source] = min(columns.get(wire.source, column), column)
        return {**depth, **columns}

    def lengths(self, depth: Mapping[int, int]) -> list[int]:
        """The number of columns that each wire passes."""
        return [depth[wire.target] - depth[wire.source] - 1 for wire in self.circuit.wires]

    def add_chains(self, depth: Mapping[int, int]) -> None:
        """Add the chain of each wire.

        With chains of their own, the items of a recurrent net would grow with the square of its steps: in a large
        circuit the wires from one gate share their items, each except its last, which may have labels.
        """
        items = count(max(self.circuit.gates, default=0) + 1)
        trunks: dict[int, list[int]] = defaultdict(list)
        for wire, length in zip(self.circuit.wires, self.lengths(depth), strict=True):
            trunk = trunks[wire.source] if self.is_large else []
            own = min(length, 1) if self.is_large else length
            trunk.extend(next(items) for _ in range(length - own - len(trunk)))
            chain = [*trunk[: length - own], *(next(items) for _ in range(own))]
            self.columns.update(zip(chain, range(depth[wire.source] + 1, depth[wire.target]), strict=True))
            self.chains.append(chain)

    # Rows

    def links(self) -> Iterable[tuple[int, int]]:
        """The pairs of connected items in neighbouring columns."""
        for wire, chain in zip(self.circuit.wires, self.chains, strict=True):
            path = [wire.source, *chain, wire.target]
            yield from pairwise(path)

    def order_items(self) -> dict[int, float]:
        """A height for each item in units of items, by Sugiyama's method, which makes crossings few and long wires
        straight (K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system structures",
        1981)."""
        edges = list(dict.fromkeys(self.links()))
        heights: dict[int, float] = {}
        if edges and self.is_large:
            # The columns are those of "down", which takes linear time if the items are numbered from the last column.
            items = sorted(self.columns, key=lambda item: -self.columns[item])
            numbers = {item: number for number, item in enumerate(items)}
            edges = [(numbers[source], numbers[target]) for source, target in edges]
            by_number = {numbers[item]: column for item, column in self.columns.items()}
            numbered = _heights(edges, by_number, ranking_type="down", transpose=False)
            heights = {items[number]: height for number, height in numbered.items()}
        elif edges:
            attempts = [(order, heuristic) for order in (edges, edges[::-1]) for heuristic in ("barycenter", "median")]
            candidates = (
                _heights(order, self.columns, ranking_type="minimize", crossing_minimization=heuristic)
                for order, heuristic in (attempts if len(self.columns) <= MOST_ITEMS else attempts[:1])
            )
            heights = min(candidates, key=self.crossings)
        inputs = [index for index in self.circuit.gates if index in heights and not self.entering[index]]
        pairs = [(heights[one], heights[other]) for one, other in pairwise(inputs)]
        for wires in self.entering.values():
            pairs += pairwise(heights[self.last(number)] for number in wires)
        if sum(one > other for one, other in pairs) > sum(one < other for one, other in pairs):
            heights = {item: -height for item, height in heights.items()}  # the first operand above the second
        self.sort_inputs(heights)
        self.move_inputs(heights)
        lowest = max(heights.values(), default=-1.0)
        for index in self.circuit.gates:  # inputs without wires
            if index not in heights:
                lowest += 1.0
                heights[index] = lowest
        return {item: round(height * GRID) / GRID for item, height in heights.items()}

    def crossings(self, heights: Mapping[int, float]) -> int:
        """How many wires cross between neighbouring columns, and before gates whose wires keep their order."""
        links: dict[int, set[tuple[float, float]]] = defaultdict(set)
        for source, target in self.links():
            links[self.columns[source]].add((heights[source], heights[target]))
        pairs = [pair for column in links.values() for pair in combinations(column, 2)]
        count = sum((one[0] - other[0]) * (one[1] - other[1]) < 0 for one, other in pairs)
        for target, numbers in self.entering.items():
            if self.circuit.gates[target].is_ordered:
                ends = [heights[self.last(number)] for number in numbers]
                count += sum(one > other for one, other in combinations(ends, 2))
        return count

    def sort_inputs(self, heights: dict[int, float]) -> None:
        """Sort the inputs that feed only one gate by the order of its operands."""
        paths: dict[tuple[int, int], list[list[int]]] = defaultdict(list)
        for wire, chain in zip(self.circuit.wires, self.chains, strict=True):
            if not self.entering[wire.source] and wire.source not in self.fans:
                paths[wire.target, len(chain)].append([wire.source, *chain])
        for alike in paths.values():
            for items in zip(*alike, strict=True):
                for item, height in zip(items, sorted(heights[item] for item in items), strict=True):
                    heights[item] = height

    def move_inputs(self, heights: dict[int, float]) -> None:
        """Move inputs that feed only one gate, which keeps the order of its two operands, to their side of the other
        operand's wire."""
        columns: dict[int, list[int]] = defaultdict(list)
        for item in heights:
            columns[self.columns[item]].append(item)
        for target, numbers in self.entering.items():
            if len(numbers) != 2 or not self.circuit.gates[target].is_ordered:
                continue
            lasts = [heights[self.last(number)] for number in numbers]
            for number, other, sign in ((*numbers, -1), (*numbers[::-1], 1)):
                source = self.circuit.wires[number].source
                if lasts[0] > lasts[1] and not self.entering[source] and source not in self.fans:
                    beside = heights[self.last(other)]
                    for item in (source, *self.chains[number]):
                        heights[item] = _next_to(beside, sign, [heights[each] for each in columns[self.columns[item]]])
                    break

    def spread(self, items: Mapping[int, Item], row: float, unit: float) -> dict[int, float]:
        """The y of each item, so that items of a column do not overlap and have row between them.

        Items of equal height get equal y, so that straight wires stay straight. unit is the least y of a unit of
        height.
        """
        heights = self.heights
        columns: dict[int, list[int]] = defaultdict(list)
        for item in items:
            columns[self.columns[item]].append(item)
        rooms: dict[tuple[float, float], float] = {}
        levels = sorted(set(heights.values()))
        for upper, lower in pairwise(levels):
            rooms[upper, lower] = (lower - upper) * unit
        for column in columns.values():
            column.sort(key=lambda item: heights[item])
            for above, below in pairwise(column):
                pair = heights[above], heights[below]
                rooms[pair] = max(rooms.get(pair, 0.0), items[above].below + row + items[below].above)
        down: dict[float, float] = dict.fromkeys(levels, 0.0)
        for (upper, lower), room in sorted(rooms.items()):
            down[lower] = max(down[lower], down[upper] + room)
        up: dict[float, float] = dict.fromkeys(levels, max(down.values(), default=0.0))
        for (upper, lower), room in sorted(rooms.items(), reverse=True):
            up[upper] = min(up[upper], up[lower] - room)
        # Both the topmost and the bottommost arrangement leave room for all items, and so does their mean.
        y = {level: (down[level] + up[level]) / 2 for level in levels}
        top = max((items[item].above - y[heights[item]] for item in items), default=0.0)
        return {item: y[heights[item]] + top for item in items}

    def entrances(self, target: int, rows: Mapping[int, float]) -> list[int]:
        """The wires that enter a gate, from the top: by slot where the order matters, else without crossings."""
        numbers = self.entering[target]
        if self.circuit.gates[target].is_ordered:
            return numbers
        return sorted(numbers, key=lambda number: rows[self.last(number)])

    def last(self, number: int) -> int:
        """The item from which a wire enters its gate."""
        chain = self.chains[number]
        return chain[-1] if chain else self.circuit.wires[number].source


def _next_to(height: float, sign: int, others: Sequence[float]) -> float:
    """A height below another one, or above it where the sign is -1, and before the next of the others."""
    distance = min(((other - height) * sign for other in others if (other - height) * sign > 0), default=2.0)
    return height + sign * distance / 2


def _heights(edges: Sequence[tuple[int, int]], columns: Mapping[int, int], **options: Any) -> dict[int, float]:
    """The heights of items with these edges, in units of items."""
    try:
        from fast_sugiyama import from_edges
    except ImportError:  # there is none for WebAssembly
        from graphdiff.drawing import ordering

        return ordering.heights(edges, columns, options.get("crossing_minimization", "barycenter"))
    layouts = from_edges(edges, vertex_spacing=1.0, **options)
    return {int(item): float(height) for places, *_ in layouts for item, (height, _) in places}
