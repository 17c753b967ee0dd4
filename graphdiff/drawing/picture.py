"""A picture: a circuit, and how much of it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graphdiff.drawing.circuit import BEFORE, Circuit

FORWARD = BEFORE
"""The picture before the backward pass."""
WHOLE = 10**9
"""The picture after all of it."""


class Picture(NamedTuple):
    """What all formats draw: the circuit as it is known after so many backward steps, with the names of the gates'
    patterns where these are wanted. The title is the formula; slides are of one size."""

    circuit: Circuit
    title: str
    patterns: bool = False
    until: int = WHOLE
    is_slide: bool = False

    @property
    def caption(self) -> Sequence[str]:
        """What the last of the steps multiplied; with as many lines in each picture of a sequence."""
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
        """Where this picture has a caption, the lines of all in its sequence, which is as wide as the widest."""
        return [*self.caption, *(line for lines in self.circuit.captions for line in lines)] if self.caption else ()


def render(picture: Picture, form: str) -> bytes:
    """A picture in one of FORMATS.

    Raises GraphdiffError("usage") where a library is not there that the format needs.
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
"""The formats of files by how their names end, each the name of a function in a module of this folder."""
