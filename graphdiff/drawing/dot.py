"""Circuit → DOT, the language of Graphviz.

Every text is an HTML-like label, quoted as in XML; the names of nodes are generated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphdiff.drawing.circuit import Gate
from graphdiff.drawing.layout import ROUND
from graphdiff.drawing.links import Link, keep_blanks, links, texts
from graphdiff.drawing.picture import Picture
from graphdiff.drawing.svg import FONT_SIZE, xml_text
from graphdiff.drawing.theme import Theme

MARKUP = {"name": "<i>{}</i>", "symbol": "<b>{}</b>", "pattern": '<font point-size="10">{}</font>'}


def dot(picture: Picture) -> str:
    """A picture as a directed graph in DOT."""
    return "\n".join(_document(picture)) + "\n"


def _document(picture: Picture) -> Iterator[str]:
    ink, background = picture.theme.ink, picture.theme.background or "transparent"
    rank = "TB" if picture.leads_down else "LR"
    font = f'fontname="DejaVu Sans Mono" fontsize={FONT_SIZE}'
    yield f"digraph <{_text(picture.title)}> {{"
    yield f'  graph [rankdir={rank} ordering=in bgcolor="{background}" {font} fontcolor="{ink}"]'
    yield f'  node [color="{ink}" {font} fontcolor="{ink}"]'
    yield f'  edge [color="{ink}" {font} arrowhead=none]'
    if picture.caption:
        lines = "".join(f'{_text(line)}<br align="left"/>' for line in picture.caption)
        yield f"  label=<{lines}> labeljust=l"
    for index, gate in picture.circuit.gates.items():
        yield f"  n{index} [{_gate(gate, picture)}]"
    for link in links(picture):
        if link.target.startswith("c"):
            yield f"  {link.target} [shape=point width=0.08]"
        elif link.target.startswith("e"):
            yield f'  {link.target} [shape=none label="" width=0 height=0]'
        yield f"  {link.source} -> {link.target}{_attributes(link, picture.theme)}"
    yield "}"


def _gate(gate: Gate, picture: Picture) -> str:
    lines = texts(gate, picture)
    label = "<br/>".join(MARKUP[kind].format(_text(text)) for kind, text in lines)
    if gate.kind != "operation":
        return f"shape=plaintext label=<{label}>"
    is_round = len(lines) == 1 and len(gate.symbol) <= ROUND
    shape = "shape=circle margin=0.03" if is_round else 'shape=box style=rounded margin="0.1,0.05"'
    active = f' color="{picture.theme.active}" penwidth=2.5' if picture.is_active(gate.node) else ""
    return f"{shape} label=<{label}>{active}"


def _attributes(link: Link, theme: Theme) -> str:
    parts = [_color(theme.colors[kind], label.lines) for kind, label in link.labels]
    attributes = [f"label=<{'<br/>'.join(parts)}>"] if parts else []
    if link.is_active:
        attributes.append(f'color="{theme.active}" penwidth=2.5')
    return f" [{' '.join(attributes)}]" if attributes else ""


def _color(color: str, lines: Sequence[str]) -> str:
    return f'<font color="{color}">{"<br/>".join(map(_text, lines))}</font>'


def _text(text: str) -> str:
    """Text of the user, escaped."""
    return keep_blanks(xml_text(text))
