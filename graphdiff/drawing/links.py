"""Circuit → nodes and links between two of them, for formats that place them by themselves."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from graphdiff.drawing.circuit import Gate, Label, Wire
from graphdiff.drawing.picture import Picture


class Link(NamedTuple):
    """A line from a node to another, with what is known on it by now: its value, its gradient.

    Nodes are n3, the gate of node 3; c3, the copy point where its value fans out; e3, the end of a wire that leads to
    no gate.
    """

    source: str
    target: str
    value: Label | None
    gradient: Label | None
    is_active: bool


def links(picture: Picture) -> Iterator[Link]:
    """The links of a picture: one of a gate with one consumer, or none; else one to its copy point, then others."""
    leaving: dict[int, list[Wire]] = defaultdict(list)
    for wire in picture.circuit.wires:
        leaving[wire.source].append(wire)
    for index, gate in picture.circuit.gates.items():
        wires = leaving[index]
        labels = _visible(gate.value, picture), _visible(gate.gradient, picture)
        if len(wires) == 1:
            target = wires[0].target
            yield Link(f"n{index}", f"n{target}", *labels, is_active(picture, target))
            continue
        yield Link(f"n{index}", f"{'c' if wires else 'e'}{index}", *labels, False)
        for wire in wires:
            downstream = _visible(wire.downstream, picture)
            yield Link(f"c{index}", f"n{wire.target}", None, downstream, is_active(picture, wire.target))


def is_active(picture: Picture, index: int) -> bool:
    """Whether a gate is that of the step which the picture is of."""
    return picture.circuit.gates[index].step == picture.until


def texts(gate: Gate, picture: Picture) -> list[tuple[str, str]]:
    """The kinds and texts of what stands in a gate, from above."""
    candidates = [("name", gate.name), ("symbol", gate.symbol), ("pattern", gate.pattern if picture.patterns else "")]
    return [(kind, text) for kind, text in candidates if text]


def keep_blanks(text: str) -> str:
    """The text with blanks that stay where HTML would take them away: at its beginning, and all but the last of
    several, so that the entries of an array stand below one another."""
    return re.sub(r"^ | (?= )", "\N{NO-BREAK SPACE}", text)


def _visible(label: Label | None, picture: Picture) -> Label | None:
    return None if label is None or label.since > picture.until else label
