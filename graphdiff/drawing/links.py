"""Circuit → nodes and links, for formats that do their own layout."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from graphdiff.drawing.circuit import Gate, Label, Wire
from graphdiff.drawing.picture import Picture


class Link(NamedTuple):
    """A line between two nodes, with the labels that are known at the picture's step.

    Nodes are n3, the gate of node 3; c3, the copy gate where its value fans out; e3, the end of an output wire.
    """

    source: str
    target: str
    value: Label | None
    gradient: Label | None
    is_active: bool
    local: Label | None = None

    @property
    def labels(self) -> list[tuple[str, Label]]:
        """The labels with their kinds, from the top."""
        labels = [("value", self.value), ("local", self.local), ("gradient", self.gradient)]
        return [(kind, label) for kind, label in labels if label is not None]


def links(picture: Picture) -> Iterator[Link]:
    """The links of a picture; a gate with several consumers is linked to its copy gate, and that to the consumers."""
    leaving: dict[int, list[Wire]] = defaultdict(list)
    for wire in picture.circuit.wires:
        leaving[wire.source].append(wire)
    for index, gate in picture.circuit.gates.items():
        wires = leaving[index]
        labels = _visible(gate.value, picture), _visible(gate.gradient, picture)
        if len(wires) == 1:
            (wire,) = wires
            local = _visible(wire.local, picture)
            yield Link(f"n{index}", f"n{wire.target}", *labels, picture.is_active(wire.target), local)
            continue
        yield Link(f"n{index}", f"{'c' if wires else 'e'}{index}", *labels, False)
        for wire in wires:
            downstream, local = _visible(wire.downstream, picture), _visible(wire.local, picture)
            yield Link(f"c{index}", f"n{wire.target}", None, downstream, picture.is_active(wire.target), local)


def texts(gate: Gate, picture: Picture) -> list[tuple[str, str]]:
    """The kinds and texts of the lines in a gate, from the top."""
    candidates = [("name", gate.name), ("symbol", gate.symbol), ("pattern", gate.pattern if picture.patterns else "")]
    return [(kind, text) for kind, text in candidates if text]


def keep_blanks(text: str) -> str:
    """Replace blanks that HTML would collapse by no-break spaces, so that the columns of an array stay aligned."""
    return re.sub(r"^ | (?= )", "\u00a0", text)


def _visible(label: Label | None, picture: Picture) -> Label | None:
    return None if label is None or label.since > picture.until else label
