"""The order of the axes in which an array is stored: with the longest one last, where the last one is short.

The innermost loop then runs along many entries that follow each other, which a compiler computes with instructions on
vectors. Whether that is better depends on what reads and writes the arrays: so nests are written in both ways, and the
cheaper ones are chosen.
"""

from __future__ import annotations

from graphdiff.operations.shapes import Shape

SHORT = 64
"""The most entries of a short axis."""
TIMES_LONGER = 8
"""How many times as long another axis must be."""


def best_order(shape: Shape) -> tuple[int, ...]:
    """The axes of an array in the order in which it is stored; none for the order that they have."""
    longest = max(range(len(shape)), key=shape.__getitem__, default=0)
    if len(shape) < 2 or shape[-1] > SHORT or shape[longest] < TIMES_LONGER * shape[-1]:
        return ()
    return (*[axis for axis in range(len(shape)) if axis != longest], longest)
