"""Layers → cells of a terminal: gates as boxes, wires as lines that bend only between columns."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from graphdiff.drawing.canvas import Canvas, Span
from graphdiff.drawing.channel import Net, Route, routed
from graphdiff.drawing.circuit import Gate, Label, Wire
from graphdiff.drawing.layers import Item, Layers
from graphdiff.drawing.layout import text_width
from graphdiff.drawing.picture import Picture

WIDTH = 80
"""Columns that a drawing fits where it can, unless a terminal has more or less."""
LIGHT = ("╭", "─", "╮"), ("│", "┤", "├"), ("╰", "─", "╯")
HEAVY = ("┏", "━", "┓"), ("┃", "┨", "┠"), ("┗", "━", "┛")
"""The border of a box, above, beside and below it; beside it the wall, an entrance and the exit. Heavy is the gate
of the step that a picture is of."""


class Spacing(NamedTuple):
    """Cells that are free inside a box beside its text, before and after a label, and between columns besides the
    tracks of wires; the distance of tracks, and the rows for a unit of height."""

    inside: int
    before: int
    after: int
    free: int
    track: int
    unit: int


SPACINGS = tuple(Spacing(*cells, 4) for cells in ((1, 1, 1, 1, 2), (0, 1, 0, 1, 1), (0, 0, 0, 1, 1), (0, 0, 0, 0, 1)))
"""Tried one after another until the drawing fits."""


def text(picture: Picture) -> str:
    """A drawing without colours, within 80 columns where it can be."""
    return "".join(f"{''.join(span.text for span in line)}\n" for line in lines(picture, WIDTH))


def lines(picture: Picture, width: int) -> Iterator[list[Span]]:
    """A drawing, within so many columns where it can be; the kinds of spans are those of labels, "wire", "active" and
    "caption"."""
    layers = Layers(picture.circuit)
    for spacing in SPACINGS:
        drawing = _Drawing(picture, layers, spacing)
        if drawing.width <= width:
            break
    canvas = drawing.drawn()
    below = canvas.height + 1
    for line in picture.caption:
        for part in textwrap.wrap(line, max(width, drawing.width), subsequent_indent="  "):
            canvas.write(0, below, part, "caption")
            below += 1
    return canvas.lines()


class _Drawing:
    def __init__(self, picture: Picture, layers: Layers, spacing: Spacing) -> None:
        self.picture = picture
        self.circuit = picture.circuit
        self.layers = layers
        self.spacing = spacing
        self.items = {index: self.gate_item(gate) for index, gate in self.circuit.gates.items()}
        for wire, chain in zip(self.circuit.wires, layers.chains, strict=True):
            self.items.update(dict.fromkeys(chain, Item(above=1)))
            if chain and wire.downstream is not None:
                self.items[chain[-1]] = Item(self.stub([wire.downstream]), 1, len(wire.downstream.lines))
        heights = layers.spread(self.items, 1, spacing.unit)
        self.rows = {item: int(height + 0.5) for item, height in heights.items()}
        self.ports = self.entrances()
        self.nets: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        """For each column, the rows to which each of its items leads in the next."""
        for _, item, row in self.links():
            self.nets[layers.columns[item]][item].append(row)
        self.routes: dict[int, Route] = {}
        self.lefts: list[int] = []
        self.widths: list[int] = []
        self.width = self.across()

    def links(self) -> Iterator[tuple[Wire, int, int]]:
        """For each wire the items from which it leads to a row of the next column."""
        for number, (wire, chain) in enumerate(zip(self.circuit.wires, self.layers.chains, strict=True)):
            rows = [*(self.rows[item] for item in chain), self.ports[number]]
            for item, row in zip([wire.source, *chain], rows, strict=True):
                yield wire, item, row

    # Sizes

    def body(self, gate: Gate) -> tuple[int, int]:
        """The width of a gate without its labels, and the rows that it reaches above and below its middle."""
        width = text_width(gate.symbol)
        if gate.kind != "operation":
            return width + 1, 0
        count = len(self.layers.entering[gate.node])
        return width + 2 * self.spacing.inside + 2, (max(1, count | 1) + 1) // 2

    def stub(self, labels: Sequence[Label | None]) -> int:
        """The length of a wire above and below which there are labels."""
        widest = max((text_width(line) for label in labels if label for line in label.lines), default=1)
        return self.spacing.before + widest + self.spacing.after

    def gate_item(self, gate: Gate) -> Item:
        body, half = self.body(gate)
        above, below = max(1, half), max(1, half)
        if gate.value:
            above = max(above, len(gate.value.lines))
        if gate.gradient:
            below = max(below, len(gate.gradient.lines))
        pattern = self.pattern(gate)
        names = max(map(text_width, [gate.name, *pattern])) + self.spacing.after
        width = max(body + self.stub([gate.value, gate.gradient]), names)
        return Item(width, above + bool(gate.name), below + len(pattern))

    def pattern(self, gate: Gate) -> Sequence[str]:
        """The words of a gate's pattern, where it is wanted."""
        return gate.pattern.split() if self.picture.patterns else ()

    def entrances(self) -> dict[int, int]:
        """The row in which each wire enters its gate: around the middle, which is left free where they are even."""
        ports = {}
        for target in self.circuit.gates:
            numbers = self.layers.entrances(target, self.rows)
            for place, number in enumerate(numbers):
                row = place - len(numbers) // 2
                ports[number] = self.rows[target] + row + (len(numbers) % 2 == 0 and row >= 0)
        return ports

    def across(self) -> int:
        """Finds the routes of the wires and the places of the columns; the width of all."""
        count = max(self.layers.columns.values(), default=0) + 1
        self.widths = [0] * count
        for item, column in self.layers.columns.items():
            self.widths[column] = max(self.widths[column], int(self.items[item].width))
        x = 0
        for column, width in enumerate(self.widths):
            self.lefts.append(x)
            nets = self.nets[column]
            routes, tracks = routed([Net(self.rows[item], tuple(rows)) for item, rows in nets.items()])
            self.routes.update(zip(nets, routes, strict=True))
            x += width + max(1, self.spacing.free + tracks * self.spacing.track)
        return self.lefts[-1] + self.widths[-1]

    # Places

    def drawn(self) -> Canvas:
        canvas = Canvas()
        ends = {gate.node: self.draw_gate(canvas, gate) for gate in self.circuit.gates.values()}
        for wire, item, row in self.links():
            is_active = self.circuit.gates[wire.target].step == self.picture.until
            points = self.points(item, row, ends)
            canvas.line(points, item, "active" if is_active else "wire", is_active)
        for gate in self.layers.fans:
            route = self.routes[gate]
            assert route.track is not None
            canvas.dot(self.track(gate, route.track), route.detour[1] if route.detour else self.rows[gate])
        for wire, chain in zip(self.circuit.wires, self.layers.chains, strict=True):
            if chain and wire.downstream is not None:
                column = self.layers.columns[chain[-1]]
                right = self.lefts[column] + self.widths[column]
                self.draw_label(canvas, wire.downstream, "gradient", right, self.rows[chain[-1]] + 1)
        return canvas

    def track(self, item: int, track: int) -> int:
        column = self.layers.columns[item]
        return self.lefts[column] + self.widths[column] + track * self.spacing.track

    def points(self, item: int, row: int, ends: Mapping[int, int]) -> list[tuple[int, int]]:
        """Where a line bends from an item to a row of the next column."""
        column = self.layers.columns[item]
        route, start = self.routes[item], self.rows[item]
        points = [(ends.get(item, self.lefts[column]), start)]
        if route.detour is not None:
            x = self.track(item, route.detour[0])
            points += [(x, start), (x, start := route.detour[1])]
        if route.track is not None:
            x = self.track(item, route.track)
            points += [(x, start), (x, row)]
        return [*points, (self.lefts[column + 1] - 1, row)]

    def draw_gate(self, canvas: Canvas, gate: Gate) -> int:
        """Draws all but the wires; the cell where that to the right begins."""
        y, item = self.rows[gate.node], self.items[gate.node]
        column = self.layers.columns[gate.node]
        x = self.lefts[column]
        if not self.layers.entering[gate.node]:  # inputs end where their wires begin
            x += self.widths[column] - int(item.width)
        body, half = self.body(gate)
        if gate.kind == "operation":
            self.draw_box(canvas, gate, x, y, body, half)
        else:
            canvas.write(x, y, gate.symbol, "symbol")
        pattern = self.pattern(gate)
        if gate.name:
            top = y - half if text_width(gate.name) <= body else y - int(item.above) + 1
            canvas.write(x + max(0, (body - text_width(gate.name)) // 2), top - 1, gate.name, "name")
        for place, word in enumerate(pattern):
            canvas.write(x, y + int(item.below) - len(pattern) + 1 + place, word, "pattern")
        end = x + body
        right = end + self.stub([gate.value, gate.gradient])
        if gate.value is not None:
            self.draw_label(canvas, gate.value, "value", right, y - len(gate.value.lines))
        if gate.gradient is not None:
            self.draw_label(canvas, gate.gradient, "gradient", right, y + 1)
        if gate.node not in self.routes:
            canvas.line([(end, y), (right - 1, y)], gate.node, "wire", False)
        return end

    def draw_box(self, canvas: Canvas, gate: Gate, x: int, y: int, width: int, half: int) -> None:
        is_active = gate.step is not None and gate.step == self.picture.until
        above, (wall, entrance, leave), below = HEAVY if is_active else LIGHT
        kind = "active" if is_active else "wire"
        entered = {self.ports[number] for number in self.layers.entering[gate.node]}
        for row in range(y - half + 1, y + half):
            canvas.write(x, row, entrance if row in entered else wall, kind)
            canvas.write(x + width - 1, row, leave if row == y else wall, kind)
        for row, (left, edge, right) in ((y - half, above), (y + half, below)):
            canvas.write(x, row, left + edge * (width - 2) + right, kind)
        canvas.write(x + 1 + self.spacing.inside, y, gate.symbol, "symbol")

    def draw_label(self, canvas: Canvas, label: Label, kind: str, right: int, top: int) -> None:
        """A label that ends before a column, where its step is reached."""
        if label.since > self.picture.until:
            return
        width = max(map(text_width, label.lines))
        for place, line in enumerate(label.lines):
            canvas.write(right - self.spacing.after - width, top + place, line, kind)
