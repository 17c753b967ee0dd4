"""Circuit → layout: the positions of gates, labels and wires, in layers from the inputs on the left to the output, or
from the inputs at the top down.

Everything with a text is in a box of a column. Boxes do not overlap, and wires bend only between columns, so no label
overlaps another label, a gate or the wire of another gate. A picture that leads down is laid out with the width and the
height of each text exchanged, and then reflected so that columns become rows: what was above a wire is to its left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from graphdiff.display import text_width
from graphdiff.drawing.circuit import Circuit, Gate, Label, Wire
from graphdiff.drawing.layers import Item, Layers

ROUND = 3
"""The most characters and operands of a round gate."""


class Metrics(NamedTuple):
    """The sizes of a drawing in the units of a format, for text in a monospaced font.

    character, line      width of a character, height of a line
    gate                 least width and height of a gate
    port                 least distance between wires that enter a gate
    pad                  space before and after a text
    row                  space between boxes
    bend                 space between columns per unit of height that a wire climbs there
    least_gap, most_gap  bounds of the space between columns
    """

    character: float
    line: float
    gate: float
    port: float
    pad: float
    row: float
    bend: float
    least_gap: float
    most_gap: float


class Box(NamedTuple):
    """A rectangle; x grows to the right, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def reflect(self) -> Box:
        """The box with x and y exchanged."""
        return Box(self.top, self.left, self.bottom, self.right)


Point = tuple[float, float]
Piece = tuple[Point, ...]
"""A part of a wire: a horizontal or vertical line from one point to another, or a Bézier curve with four points."""


class PlacedLabel(NamedTuple):
    """A text and its box; kind is "value", "gradient", "local", "name", "pattern" or "symbol"."""

    kind: str
    lines: tuple[str, ...]
    since: int
    box: Box
    is_blank: bool

    def reflect(self) -> PlacedLabel:
        return self._replace(box=self.box.reflect())


class PlacedGate(NamedTuple):
    """A gate: the bounds of its body, a circle or a box, and its output, a line that begins there."""

    gate: Gate
    body: Box
    is_round: bool
    output: tuple[Point, Point]
    fans: bool
    labels: Sequence[PlacedLabel]

    def reflect(self) -> PlacedGate:
        (x, y), (end_x, end_y) = self.output
        labels = [label.reflect() for label in self.labels]
        return self._replace(body=self.body.reflect(), output=((y, x), (end_y, end_x)), labels=labels)


class PlacedWire(NamedTuple):
    """A wire: its pieces, each of which begins where the one before ends."""

    wire: Wire
    pieces: Sequence[Piece]
    labels: Sequence[PlacedLabel]

    def reflect(self) -> PlacedWire:
        pieces = [tuple((y, x) for x, y in piece) for piece in self.pieces]
        return self._replace(pieces=pieces, labels=[label.reflect() for label in self.labels])


class Layout(NamedTuple):
    """A circuit with positions, from (0, 0) to (width, height)."""

    gates: Sequence[PlacedGate]
    wires: Sequence[PlacedWire]
    width: float
    height: float
    circuit: Circuit

    def reflect(self) -> Layout:
        gates, wires = [gate.reflect() for gate in self.gates], [wire.reflect() for wire in self.wires]
        return Layout(gates, wires, self.height, self.width, self.circuit)


def layout(circuit: Circuit, metrics: Metrics, patterns: bool = False, leads_down: bool = False) -> Layout:
    """The layout of a circuit, with patterns including the names of the gates' backward patterns."""
    arrangement = _Layout(circuit, metrics, patterns, leads_down).place()
    return arrangement.reflect() if leads_down else arrangement


class _Layout:
    """Makes the layout of a circuit that leads to the right; with is_turned, each text takes its height along the wires
    and its width across them."""

    def __init__(self, circuit: Circuit, metrics: Metrics, patterns: bool, is_turned: bool) -> None:
        self.is_turned = is_turned
        self.circuit = circuit
        self.metrics = metrics
        self.patterns = patterns
        self.layers = Layers(circuit)
        self.longest: dict[int, float] = defaultdict(float)
        """The widest label of the inputs in each column, whose wires begin at the same x."""
        for gate in circuit.gates.values():
            if not self.layers.entering[gate.node]:
                column = self.layers.columns[gate.node]
                self.longest[column] = max(self.longest[column], self.widest(gate))
        self.items = {index: self.gate_item(gate) for index, gate in circuit.gates.items()}
        for wire, chain in zip(circuit.wires, self.layers.chains, strict=True):
            for item in chain:
                self.items[item] = self.wire_item(wire if item == chain[-1] else None)

    def place(self) -> Layout:
        columns = self.layers.columns
        rows = self.layers.spread(self.items, self.metrics.row, self.metrics.gate / 2)
        lefts, widths, width = self.across(rows)
        gates = {
            index: self.place_gate(gate, lefts[columns[index]], widths[columns[index]], rows[index])
            for index, gate in self.circuit.gates.items()
        }
        ports = self.ports(rows, gates)
        wires = [
            self.place_wire(number, wire, gates, ports[number], lefts, widths, rows)
            for number, wire in enumerate(self.circuit.wires)
        ]
        height = max(rows[index] + item.below for index, item in self.items.items())
        return Layout(list(gates.values()), wires, width, height, self.circuit)

    # Sizes

    def size(self, lines: Sequence[str]) -> tuple[float, float]:
        """The extent of a text along the wires and across them."""
        return self.extent(max(map(text_width, lines), default=0), len(lines))

    def extent(self, characters: int, lines: int) -> tuple[float, float]:
        width, height = characters * self.metrics.character, lines * self.metrics.line
        return (height, width) if self.is_turned else (width, height)

    def label_size(self, label: Label) -> tuple[float, float]:
        """The extent of a label, at least its room."""
        return self.extent(max(label.room, *map(text_width, label.lines)), len(label.lines))

    def body_size(self, gate: Gate) -> tuple[float, float]:
        """The width and the height of a gate without its labels; for an input or a constant, of its text."""
        metrics = self.metrics
        width, height = self.size([gate.symbol])
        if gate.kind != "operation":
            return width + metrics.pad, height
        ports = max(metrics.gate, (len(self.layers.entering[gate.node]) + 1) * metrics.port)
        if self.is_round(gate):
            return ports, ports
        return max(metrics.gate, width + 2 * metrics.pad), max(ports, height + 2 * metrics.pad)

    def is_round(self, gate: Gate) -> bool:
        return gate.kind == "operation" and len(gate.symbol) <= ROUND and len(self.layers.entering[gate.node]) <= ROUND

    def beside(self, gate: Gate) -> tuple[float, float]:
        """The width of a gate including its name and pattern, and the length of its output wire."""
        width, _ = self.body_size(gate)
        names = [gate.name, gate.pattern if self.patterns else ""]
        width = max([width, *(self.size([name])[0] for name in names if name)])
        is_input = not self.layers.entering[gate.node]
        longest = self.longest[self.layers.columns[gate.node]] if is_input else self.widest(gate)
        return width, longest + 2 * self.metrics.pad

    def widest(self, gate: Gate) -> float:
        """The width of the wider of a gate's labels."""
        return max((self.label_size(label)[0] for label in (gate.value, gate.gradient) if label), default=0.0)

    def gate_item(self, gate: Gate) -> Item:
        width, stub = self.beside(gate)
        half = self.body_size(gate)[1] / 2
        above = half + self.name_height(gate.name)
        below = half + self.name_height(gate.pattern if self.patterns else "")
        return Item(
            width + stub,
            max(above, self.label_height(gate.value)),
            max(below, self.label_height(gate.gradient)),
        )

    def name_height(self, name: str) -> float:
        """The extent across the wires of a name beside a gate, which needs a space before it if it is turned."""
        return self.size([name])[1] + (self.metrics.pad if self.is_turned else 0.0) if name else 0.0

    def label_height(self, label: Label | None) -> float:
        return 0.0 if label is None else self.label_size(label)[1] + self.metrics.pad / 2

    def wire_item(self, wire: Wire | None) -> Item:
        """The item of a wire with its labels; None for one without."""
        free = self.metrics.port / 2
        if wire is None or not wire.has_label:
            return Item(0.0, free, free)
        width = max(self.label_size(label)[0] for label in (wire.local, wire.downstream) if label)
        above, below = (max(free, self.label_height(label)) for label in (wire.local, wire.downstream))
        return Item(width + 2 * self.metrics.pad, above, below)

    def across(self, rows: Mapping[int, float]) -> tuple[list[float], list[float], float]:
        """The left side and the width of each column, and the total width."""
        metrics = self.metrics
        count = max(self.layers.columns.values(), default=0) + 1
        widths = [0.0] * count
        for item, column in self.layers.columns.items():
            widths[column] = max(widths[column], self.items[item].width)
        climbs = [0.0] * count
        for source, target in self.layers.links():
            column = self.layers.columns[source]
            climbs[column] = max(climbs[column], abs(rows[source] - rows[target]))
        lefts = []
        x = 0.0
        for width, climb in zip(widths, climbs, strict=True):
            lefts.append(x)
            x += width + min(metrics.most_gap, max(metrics.least_gap, climb * metrics.bend))
        return lefts, widths, lefts[-1] + widths[-1]

    # Places

    def place_gate(self, gate: Gate, left: float, room: float, y: float) -> PlacedGate:
        metrics = self.metrics
        width, stub = self.beside(gate)
        body, height = self.body_size(gate)
        if not self.layers.entering[gate.node]:  # inputs are aligned to the right of their column
            left += room - width - stub
        middle = left + width / 2
        box = Box(middle - body / 2, y - height / 2, middle + body / 2, y + height / 2)
        if gate.kind != "operation":
            box = Box(left + width - body, box.top, left + width, box.bottom)
        centre = (box.left + box.right) / 2 if gate.kind == "operation" else (box.left + box.right - metrics.pad) / 2
        labels = [self.label("symbol", Label((gate.symbol,)), centre, y - self.size([gate.symbol])[1] / 2)]
        if gate.name:
            labels.append(self.label("name", Label((gate.name,)), middle, box.top - self.name_height(gate.name)))
        if self.patterns and gate.pattern:
            space = self.name_height(gate.pattern) - self.size([gate.pattern])[1]
            labels.append(self.label("pattern", Label((gate.pattern,)), middle, box.bottom + space))
        centre = left + width + stub / 2
        if gate.value is not None:
            labels.append(self.label("value", gate.value, centre, y - self.label_height(gate.value)))
        if gate.gradient is not None:
            labels.append(self.label("gradient", gate.gradient, centre, y + metrics.pad / 2))
        output = (box.right, y), (left + width + stub, y)
        return PlacedGate(gate, box, self.is_round(gate), output, gate.node in self.layers.fans, labels)

    def label(self, kind: str, label: Label, centre: float, top: float) -> PlacedLabel:
        width, height = self.label_size(label)
        box = Box(centre - width / 2, top, centre + width / 2, top + height)
        return PlacedLabel(kind, label.lines, label.since, box, label.is_blank)

    def ports(self, rows: Mapping[int, float], gates: Mapping[int, PlacedGate]) -> dict[int, float]:
        """The y at which each wire enters its gate."""
        ports: dict[int, float] = {}
        for target in self.layers.entering:
            body = gates[target].body
            numbers = self.layers.entrances(target, rows)
            room = (body.bottom - body.top) / (len(numbers) + 1)
            for place, number in enumerate(numbers, 1):
                ports[number] = body.top + place * room
        return ports

    def place_wire(
        self,
        number: int,
        wire: Wire,
        gates: Mapping[int, PlacedGate],
        port: float,
        lefts: Sequence[float],
        widths: Sequence[float],
        rows: Mapping[int, float],
    ) -> PlacedWire:
        source, target = gates[wire.source], gates[wire.target]
        column = self.layers.columns[wire.source]
        end, y = source.output[1]
        stations = [(end, lefts[column] + widths[column], y)]
        labels = []
        for item in self.layers.chains[number]:
            column = self.layers.columns[item]
            stations.append((lefts[column], lefts[column] + widths[column], rows[item]))
            centre, y = lefts[column] + widths[column] / 2, rows[item]
            if item == self.layers.chains[number][-1]:
                if wire.local is not None:
                    labels.append(self.label("local", wire.local, centre, y - self.label_height(wire.local)))
                if wire.downstream is not None:
                    labels.append(self.label("gradient", wire.downstream, centre, y + self.metrics.pad / 2))
        left = lefts[self.layers.columns[wire.target]]
        body = target.body
        x = body.left
        if target.is_round:
            radius = (body.bottom - body.top) / 2
            x = (body.left + body.right) / 2 - (max(0.0, radius**2 - (port - target.output[1][1]) ** 2)) ** 0.5
        stations.append((left, x, port))
        return PlacedWire(wire, list(_pieces(stations)), labels)


def _pieces(stations: Sequence[tuple[float, float, float]]) -> Iterator[Piece]:
    """The pieces of a wire that is straight at each station (left, right, y), and curved between two of unlike y."""
    start = stations[0][0]
    for (_, right, y), (left, _, other_y) in pairwise(stations):
        if y != other_y:
            middle = (right + left) / 2
            yield (start, y), (right, y)
            yield (right, y), (middle, y), (middle, other_y), (left, other_y)
            start = left
    _, right, y = stations[-1]
    yield (start, y), (right, y)
