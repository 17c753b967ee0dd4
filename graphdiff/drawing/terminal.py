"""Layers → terminal: gates as boxes, wires as lines that bend only between columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, dropwhile
from operator import add
from typing import NamedTuple

from graphdiff.display import text_width
from graphdiff.drawing.canvas import Canvas, Span
from graphdiff.drawing.channel import Net, Route, route_nets
from graphdiff.drawing.circuit import Gate, Label, Wire
from graphdiff.drawing.layers import Item, Layers
from graphdiff.drawing.picture import Picture
from graphdiff.report.lines import wrap_line

WIDTH = 80
"""The width in columns that a drawing fits if it can, where there is no terminal."""
LIGHT = ("╭", "─", "╮"), ("│", "┤", "├"), ("╰", "─", "╯")
HEAVY = ("┏", "━", "┓"), ("┃", "┨", "┠"), ("┗", "━", "┛")
"""The borders of a box: top; wall, entrance and exit at the sides; bottom. The gate of the picture's step is heavy."""
PLAIN = str.maketrans("─━╴╶│┃╵╷┤├┨┠●╭╮╰╯┏┓┗┛┬┴┼", "----||||||||o+++++++++++")
"""The replacements of line-drawing characters for encodings that lack them."""

UNIT = 4
"""Rows per unit of height."""


class Spacing(NamedTuple):
    """Free cells inside a box beside its text, before and after a label, and between columns in addition to tracks;
    and the distance between tracks."""

    inside: int
    before: int
    after: int
    free: int
    track: int


SPACINGS = Spacing(1, 1, 1, 1, 2), Spacing(0, 1, 0, 1, 1), Spacing(0, 0, 0, 1, 1), Spacing(0, 0, 0, 0, 1)
"""Tried in order until the drawing fits."""


def txt(picture: Picture) -> str:
    """A picture as plain text, within its width or 80 columns if it fits."""
    width = int(picture.width or WIDTH)
    return "".join(f"{''.join(span.text for span in line)}\n" for line in lines(picture, width))


def lines(picture: Picture, width: int) -> Iterator[list[Span]]:
    """The lines of a picture, within so many columns if it fits; the kinds of spans are those of labels, "wire",
    "active" and "caption"."""
    drawing = _Drawing(picture, width)
    canvas = drawing.draw()
    below = canvas.height + 1
    for line in picture.caption:
        for part in wrap_line(line, max(width, drawing.width)):
            canvas.write(0, below, part, "caption")
            below += 1
    return dropwhile(lambda line: not line, canvas.lines())  # rows above a wire without a label are empty


class _Drawing:
    def __init__(self, picture: Picture, width: int) -> None:
        self.picture = picture
        self.circuit = picture.circuit
        self.layers = Layers(picture.circuit)
        self.longest: dict[int, int] = defaultdict(int)
        """The widest label of the inputs in each column, whose wires begin at the same x."""
        for gate in self.circuit.gates.values():
            if not self.layers.entering[gate.node]:
                column = self.layers.columns[gate.node]
                self.longest[column] = max(self.longest[column], widest([gate.value, gate.gradient]))
        self.items = {index: self.gate_item(gate) for index, gate in self.circuit.gates.items()}
        for wire, chain in zip(self.circuit.wires, self.layers.chains, strict=True):
            self.items.update(dict.fromkeys(chain, Item(above=1)))
            if wire.has_label:
                above, below = (len(label.lines) if label else 0 for label in (wire.local, wire.downstream))
                self.items[chain[-1]] = Item(above=max(1, above), below=below)
        heights = self.layers.spread(self.items, 1, UNIT)
        self.rows = {item: int(height + 0.5) for item, height in heights.items()}  # keeps whole distances
        self.ports = self.entrances()
        self.routes: dict[int, Route] = {}
        self.tracks = self.route_wires()
        for self.spacing in SPACINGS:
            self.lefts, self.widths = self.across()
            self.width = self.lefts[-1] + self.widths[-1]
            if self.width <= width:
                break

    def links(self) -> Iterator[tuple[Wire, int, int]]:
        """The segments of each wire: the item that it comes from, and the row that it leads to in the next column."""
        for number, (wire, chain) in enumerate(zip(self.circuit.wires, self.layers.chains, strict=True)):
            rows = [*(self.rows[item] for item in chain), self.ports[number]]
            for item, row in zip([wire.source, *chain], rows, strict=True):
                yield wire, item, row

    # Sizes

    def body(self, gate: Gate) -> int:
        """The width of a gate without its labels."""
        width = text_width(gate.symbol)
        if gate.kind == "operation":
            return width + 2 * self.spacing.inside + 2
        return self.margin(gate) + width + 1

    def margin(self, gate: Gate) -> int:
        """The free cells before an input, which stands beside a wire where columns have none between them."""
        return 0 if self.spacing.free else min(1, self.layers.columns[gate.node])

    def stub(self, width: int) -> int:
        """The length of a wire with labels of this width above and below."""
        return self.spacing.before + width + self.spacing.after

    def output(self, gate: Gate) -> int:
        """The length of a gate's output wire within its column."""
        is_input = not self.layers.entering[gate.node]
        return self.stub(
            self.longest[self.layers.columns[gate.node]] if is_input else widest([gate.value, gate.gradient])
        )

    def gate_width(self, gate: Gate) -> int:
        names = max(map(text_width, [gate.name, *self.pattern(gate)])) + self.spacing.after
        return max(self.body(gate) + self.output(gate), names)

    def half(self, gate: Gate) -> int:
        """The rows from the middle of a gate to the border of its box."""
        return (len(self.layers.entering[gate.node]) | 1) // 2 + 1 if gate.kind == "operation" else 0

    def gate_item(self, gate: Gate) -> Item:
        above = below = max(1, self.half(gate))
        if gate.value:
            above = max(above, len(gate.value.lines))
        if gate.gradient:
            below = max(below, len(gate.gradient.lines))
        return Item(above=above + bool(gate.name), below=below + len(self.pattern(gate)))

    def pattern(self, gate: Gate) -> Sequence[str]:
        """The words of a gate's backward pattern, if patterns are drawn."""
        return gate.pattern.split() if self.picture.patterns else ()

    def entrances(self) -> dict[int, int]:
        """The row where each wire enters its gate: around the middle, which stays free for an even number of wires."""
        ports = {}
        for target in self.circuit.gates:
            numbers = self.layers.entrances(target, self.rows)
            for place, number in enumerate(numbers):
                row = place - len(numbers) // 2
                ports[number] = self.rows[target] + row + (len(numbers) % 2 == 0 and row >= 0)
        return ports

    def route_wires(self) -> list[int]:
        """Find the routes of all wires, and return the number of tracks after each column."""
        nets: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for _, item, row in self.links():
            nets[self.layers.columns[item]][item].append(row)
        tracks = []
        for column in range(max(self.layers.columns.values(), default=0) + 1):
            rows_by_item = nets[column]
            routes, count = route_nets([Net(self.rows[item], tuple(rows)) for item, rows in rows_by_item.items()])
            self.routes.update(zip(rows_by_item, routes, strict=True))
            tracks.append(count)
        return tracks

    def across(self) -> tuple[list[int], list[int]]:
        """The left cell and the width of each column."""
        columns, spacing = self.layers.columns, self.spacing
        widths = [0] * len(self.tracks)
        for gate in self.circuit.gates.values():
            widths[columns[gate.node]] = max(widths[columns[gate.node]], self.gate_width(gate))
        for wire, chain in zip(self.circuit.wires, self.layers.chains, strict=True):
            if wire.has_label:
                width = self.stub(widest([wire.local, wire.downstream]))
                widths[columns[chain[-1]]] = max(widths[columns[chain[-1]]], width)
        gaps = [max(1, spacing.free + count * spacing.track) for count in self.tracks]
        return list(accumulate(map(add, widths[:-1], gaps), initial=0)), widths

    # Places

    def draw(self) -> Canvas:
        canvas = Canvas()
        ends = {gate.node: self.draw_gate(canvas, gate) for gate in self.circuit.gates.values()}
        for wire, item, row in self.links():
            is_active = self.picture.is_active(wire.target)
            points = self.points(item, row, ends)
            canvas.line(points, item, "active" if is_active else "wire", is_active)
        for gate in self.layers.fans:
            route = self.routes[gate]
            assert route.track is not None
            canvas.dot(self.track(gate, route.track), route.detour[1] if route.detour else self.rows[gate])
        for wire, chain in zip(self.circuit.wires, self.layers.chains, strict=True):
            if wire.has_label:
                column, row = self.layers.columns[chain[-1]], self.rows[chain[-1]]
                right = self.lefts[column] + self.widths[column]
                if wire.local is not None:
                    self.draw_label(canvas, wire.local, "local", right, row - len(wire.local.lines))
                if wire.downstream is not None:
                    self.draw_label(canvas, wire.downstream, "gradient", right, row + 1)
        return canvas

    def track(self, item: int, track: int) -> int:
        column = self.layers.columns[item]
        return self.lefts[column] + self.widths[column] + track * self.spacing.track

    def points(self, item: int, row: int, ends: Mapping[int, int]) -> list[tuple[int, int]]:
        """The corners of a line from an item to a row of the next column."""
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
        """Draw a gate with its labels, and return the cell where its output wire begins."""
        y, half, item = self.rows[gate.node], self.half(gate), self.items[gate.node]
        column = self.layers.columns[gate.node]
        x = self.lefts[column]
        if not self.layers.entering[gate.node]:  # inputs are aligned to the right of their column
            x += self.widths[column] - self.gate_width(gate)
        body = self.body(gate)
        if gate.kind == "operation":
            self.draw_box(canvas, gate, x, y, body, half)
        else:
            canvas.write(x + self.margin(gate), y, gate.symbol, "symbol")
        pattern = self.pattern(gate)
        if gate.name:
            top = y - half if text_width(gate.name) <= body else y - int(item.above) + 1
            canvas.write(x + max(0, (body - text_width(gate.name)) // 2), top - 1, gate.name, "name")
        for place, word in enumerate(pattern):
            canvas.write(x, y + int(item.below) - len(pattern) + 1 + place, word, "pattern")
        end = x + body
        right = end + self.output(gate)
        if gate.value is not None:
            self.draw_label(canvas, gate.value, "value", right, y - len(gate.value.lines))
        if gate.gradient is not None:
            self.draw_label(canvas, gate.gradient, "gradient", right, y + 1)
        if gate.node not in self.routes:
            canvas.line([(end, y), (right - 1, y)], gate.node, "wire", False)
        return end

    def draw_box(self, canvas: Canvas, gate: Gate, x: int, y: int, width: int, half: int) -> None:
        is_active = self.picture.is_active(gate.node)
        above, (wall, entrance, leave), below = HEAVY if is_active else LIGHT
        kind = "active" if is_active else "wire"
        entrance_rows = {self.ports[number] for number in self.layers.entering[gate.node]}
        for row in range(y - half + 1, y + half):
            canvas.write(x, row, entrance if row in entrance_rows else wall, kind)
            canvas.write(x + width - 1, row, leave if row == y else wall, kind)
        for row, (left, edge, right) in ((y - half, above), (y + half, below)):
            canvas.write(x, row, left + edge * (width - 2) + right, kind)
        canvas.write(x + 1 + self.spacing.inside, y, gate.symbol, "symbol")

    def draw_label(self, canvas: Canvas, label: Label, kind: str, right: int, top: int) -> None:
        """Draw a label that ends at a column, if the picture's step has reached it."""
        if label.since > self.picture.until:
            return
        width = max(map(text_width, label.lines))
        for place, line in enumerate(label.lines):
            canvas.write(right - self.spacing.after - width, top + place, line, kind)


def widest(labels: Sequence[Label | None]) -> int:
    """The width of the widest line in labels, at least 1."""
    return max((text_width(line) for label in labels if label for line in label.lines), default=1)
