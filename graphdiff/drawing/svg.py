"""Layout → SVG, styled by attributes only, so that it works in a page, in a notebook, or alone.

Every label is one text element whose class is its kind; data-since is the
backward step after which it is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from graphdiff.display import text_width
from graphdiff.drawing.circuit import BEFORE
from graphdiff.drawing.layout import Layout, Metrics, Piece, PlacedGate, PlacedLabel, PlacedWire, Point, layout
from graphdiff.drawing.picture import Picture
from graphdiff.drawing.theme import Theme

METRICS = Metrics(
    character=8.1, line=16.0, gate=34.0, port=12.0, pad=6.0, row=10.0, bend=0.4, least_gap=22.0, most_gap=70.0
)
FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
FONT_SIZE = 13
MARGIN = 12.0
STYLES = {"symbol": ' font-weight="bold"', "name": ' font-style="italic"'}


def svg(picture: Picture) -> str:
    """A picture as an SVG document."""
    return "\n".join(_document(picture)) + "\n"


def _document(picture: Picture) -> Iterator[str]:
    arrangement = layout(picture.circuit, METRICS, picture.patterns, picture.leads_down)
    caption = picture.caption
    width, height = page_size(arrangement, picture, METRICS, MARGIN)
    scale = picture.width / width if picture.width else 1.0
    theme = picture.theme
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}"'
        f' width="{number(width * scale)}" height="{number(height * scale)}"'
        f' role="img" font-family="{FONT}" font-size="{FONT_SIZE}">'
    )
    yield f"<title>{xml_text(picture.title)}</title>"
    if theme.background is not None:
        yield f'<rect class="background" width="100%" height="100%" fill="{theme.background}"/>'
    yield f'<g transform="translate({number(MARGIN)} {number(MARGIN)})">'
    for wire in arrangement.wires:
        yield from _wire(wire, picture)
    active_sources = picture.active_sources
    for gate in arrangement.gates:
        yield from _gate(gate, picture, gate.gate.node in active_sources)
    for place, line in enumerate(caption):
        y = arrangement.height + MARGIN + (place + 0.7) * METRICS.line
        style = f'fill="{theme.ink}" xml:space="preserve"'
        yield f'<text class="caption" x="0" y="{number(y)}" {style}>{xml_text(line)}</text>'
    yield "</g>"
    yield "</svg>"


def page_size(arrangement: Layout, picture: Picture, metrics: Metrics, margin: float) -> tuple[float, float]:
    """The width and the height of a picture with its caption and a margin around it."""
    width = max([arrangement.width, *(text_width(line) * metrics.character for line in picture.captions)])
    return width + 2 * margin, arrangement.height + 2 * margin + len(picture.caption) * metrics.line


def _stroke(theme: Theme, is_active: bool) -> str:
    color, width = (theme.active, 2.5) if is_active else (theme.ink, 1.5)
    return f'fill="none" stroke="{color}" stroke-width="{width}"'


def _wire(wire: PlacedWire, picture: Picture) -> Iterator[str]:
    source, target, slot = wire.wire.source, wire.wire.target, wire.wire.slot
    yield f'<g class="wire" data-source="{source}" data-target="{target}" data-slot="{slot}">'
    yield f'<path d="{_path(wire)}" {_stroke(picture.theme, picture.is_active(target))}/>'
    yield from _labels(wire.labels, picture)
    yield "</g>"


def _path(wire: PlacedWire) -> str:
    return f"M{_points(wire.pieces[0][:1])}{''.join(map(_piece, wire.pieces))}"


def _piece(piece: Piece) -> str:
    """What a path command draws from the point where the piece begins."""
    _, y = piece[0]
    end_x, end_y = piece[-1]
    if len(piece) > 2:
        return f"C{_points(piece[1:])}"
    return f"H{number(end_x)}" if y == end_y else f"V{number(end_y)}"


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{number(x)} {number(y)}" for x, y in points)


def _gate(gate: PlacedGate, picture: Picture, is_output_active: bool) -> Iterator[str]:
    """A gate and its output wire."""
    node, step, body = gate.gate.node, gate.gate.step, gate.body
    step_data = "" if step is None else f' data-step="{step}"'
    yield f'<g class="{gate.gate.kind}" data-node="{node}"{step_data}>'
    if gate.gate.kind == "operation":
        radius, middle = (body.bottom - body.top) / 2, (body.left + body.right) / 2
        style = f'class="gate" {_stroke(picture.theme, picture.is_active(node))}'
        if gate.is_round:
            yield f'<circle cx="{number(middle)}" cy="{number(body.top + radius)}" r="{number(radius)}" {style}/>'
        else:
            yield (
                f'<rect x="{number(body.left)}" y="{number(body.top)}" width="{number(body.right - body.left)}"'
                f' height="{number(body.bottom - body.top)}" rx="{number(min(radius, METRICS.gate / 2))}" {style}/>'
            )
    start, (end_x, end_y) = gate.output
    yield f'<path d="M{_points([start])}{_piece(gate.output)}" {_stroke(picture.theme, is_output_active)}/>'
    if gate.fans:
        yield f'<circle class="copy" cx="{number(end_x)}" cy="{number(end_y)}" r="3.5" fill="{picture.theme.ink}"/>'
    yield from _labels(gate.labels, picture)
    yield "</g>"


def _labels(labels: Sequence[PlacedLabel], picture: Picture) -> Iterator[str]:
    for label in labels:
        if label.since > picture.until:
            continue
        box = label.box
        style = STYLES.get(label.kind, "")
        since = "" if label.since == BEFORE else f' data-since="{label.since}"'
        if label.is_blank:
            yield (
                f'<rect class="blank {label.kind}"{since} x="{number(box.left)}" y="{number(box.top + 1)}"'
                f' width="{number(box.right - box.left)}" height="{number(box.bottom - box.top - 2)}" rx="2"'
                f' fill="none" stroke="{picture.theme.colors[label.kind]}"/>'
            )
            continue
        middle = number((box.left + box.right) / 2)
        lines = "".join(
            f'<tspan x="{middle}" y="{number(box.top + (place + 0.76) * METRICS.line)}">{xml_text(line)}</tspan>'
            for place, line in enumerate(label.lines)
        )
        yield (
            f'<text class="{label.kind}"{since} fill="{picture.theme.colors[label.kind]}" text-anchor="middle"'
            f' xml:space="preserve"{style}>{"".join(lines)}</text>'
        )


def number(value: float) -> str:
    """A length with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def xml_text(text: str) -> str:
    """Text of the user, escaped; XML does not allow control characters, which become blanks."""
    return escape("".join(each if each.isprintable() else " " for each in text), quote=False)
