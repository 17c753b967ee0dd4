"""Circuit → Mermaid, a language for diagrams in Markdown.

Every text is quoted, with each character that has a meaning in Mermaid, Markdown or HTML written as an entity; the
names of nodes are generated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from graphdiff.drawing.circuit import Gate
from graphdiff.drawing.layout import ROUND
from graphdiff.drawing.links import Link, keep_blanks, links, texts
from graphdiff.drawing.picture import Picture
from graphdiff.drawing.theme import Theme

HEAD = """\
---
config:
  flowchart:
    wrappingWidth: 2000
---
flowchart {direction}"""
"""The wrapping width keeps lines whole."""
CLASSES = """\
  classDef text fill:none,stroke:none,color:{ink}
  classDef gate fill:none,stroke:{ink},color:{ink}
  classDef copy fill:{ink},stroke:{ink}
  classDef active stroke:{active},stroke-width:3px"""
SPECIAL = re.compile(r"-(?!\d)|[^\w \-.,=()]|_")
"""The characters that are written as entities; the minus sign of a number is not one of them."""


def mmd(picture: Picture) -> str:
    """A picture as a flowchart in Mermaid, as GitHub renders it."""
    return "\n".join(_document(picture)) + "\n"


def _document(picture: Picture) -> Iterator[str]:
    yield HEAD.format(direction="TD" if picture.leads_down else "LR")
    members: dict[str, list[str]] = {"text": [], "gate": [], "copy": [], "active": []}
    for index, gate in picture.circuit.gates.items():
        members["gate" if gate.kind == "operation" else "text"].append(f"n{index}")
        if picture.is_active(index):
            members["active"].append(f"n{index}")
        yield f"  n{index}{_gate(gate, picture)}"
    all_links = list(links(picture))
    for link in all_links:
        if link.target.startswith("c"):
            members["copy"].append(link.target)
            yield f'  {link.target}@{{shape: f-circ, label: " "}}'
        elif link.target.startswith("e"):
            members["text"].append(link.target)
            yield f'  {link.target}[" "]'
        yield f"  {link.source} {_line(link, picture.theme)} {link.target}"
    if picture.caption:
        members["text"].append("caption")
        yield f'  caption["{"<br/>".join(map(_text, picture.caption))}"]'
    yield CLASSES.format(ink=picture.theme.ink, active=picture.theme.active)
    for name, nodes in members.items():
        if nodes:
            yield f"  class {','.join(nodes)} {name}"
    active = [str(number) for number, link in enumerate(all_links) if link.is_active]
    if active:
        yield f"  linkStyle {','.join(active)} stroke:{picture.theme.active},stroke-width:3px"


def _gate(gate: Gate, picture: Picture) -> str:
    lines = texts(gate, picture)
    label = "<br/>".join(
        _text(text) for _, text in lines
    )  # no tags: older versions read entities beside tags as Markdown
    if gate.kind != "operation":
        return f'["{label}"]'
    return f'(("{label}"))' if len(lines) == 1 and len(gate.symbol) <= ROUND else f'("{label}")'


def _line(link: Link, theme: Theme) -> str:
    parts = [_color(theme.colors[kind], label.lines) for kind, label in link.labels]
    return f'-- "{"<br/>".join(parts)}" -->' if parts else "-->"


def _color(color: str, lines: Sequence[str]) -> str:
    return f"<font color='{color}'>{'<br/>'.join(map(_text, lines))}</font>"


def _text(text: str) -> str:
    """Text of the user, escaped, with control characters replaced by blanks."""
    text = "".join(each if each.isprintable() else " " for each in text)
    return SPECIAL.sub(lambda match: f"#{ord(match[0])};", keep_blanks(text))
