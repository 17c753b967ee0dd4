"""A picture: a circuit at a step of the backward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graphdiff.drawing.circuit import BEFORE, Circuit
from graphdiff.drawing.theme import AUTO, Theme

FORWARD = BEFORE
"""The picture before the backward pass."""
WHOLE = 10**9
"""The picture after the whole backward pass."""


class Picture(NamedTuple):
    """What all formats draw: a circuit with the labels that are known after so many backward steps.

    title is the formula, patterns whether the names of backward patterns are drawn. All slides of a sequence have one
    size. width is that of the picture where it is not its own: in pixels, or columns of text. leads_down is whether it
    leads from the inputs down to the output, and not to the right; pictures as text do not.
    """

    circuit: Circuit
    title: str
    patterns: bool = False
    until: int = WHOLE
    is_slide: bool = False
    theme: Theme = AUTO
    width: float | None = None
    leads_down: bool = False

    def is_active(self, node: int) -> bool:
        """Whether a gate is that of the picture's step."""
        return self.circuit.gates[node].step == self.until

    @property
    def active_sources(self) -> set[int]:
        """The gates whose output leads to the active gate and nowhere else."""
        return {wire.source for wire in self.circuit.wires if self.is_active(wire.target)} - self.circuit.fans

    @property
    def caption(self) -> Sequence[str]:
        """The multiplications of the picture's step, padded to the same number of lines in all pictures of a
        sequence."""
        captions = self.circuit.captions
        if self.until == FORWARD and self.is_slide:
            lines: Sequence[str] = ["the forward pass"]
        elif 0 <= self.until <= len(captions):
            lines = captions[self.until - 1] if self.until else ["step 0: the gradient of the output by itself"]
        else:
            return ()
        return [*lines, *[""] * (max(map(len, captions), default=1) - len(lines))]

    @property
    def captions(self) -> Sequence[str]:
        """All caption lines of the sequence, whose pictures have one width; empty for a picture without a caption."""
        return [*self.caption, *(line for lines in self.circuit.captions for line in lines)] if self.caption else ()


def render(picture: Picture, form: str) -> bytes:
    """Render a picture in one of FORMATS.

    Raises GraphdiffError: "usage" where the format needs a library that is not installed, "limit" where the picture is
    too large for it.
    """
    from importlib import import_module

    data: str | bytes = getattr(import_module(f"graphdiff.drawing.{FORMATS[form]}"), form)(picture)
    return data.encode() if isinstance(data, str) else data


FORMATS = {
    "txt": "terminal",
    "svg": "svg",
    "png": "raster",
    "pdf": "raster",
    "dot": "dot",
    "mmd": "mermaid",
    "tex": "tikz",
}
"""The picture formats by file suffix; each is the name of a function in a module of this package."""
