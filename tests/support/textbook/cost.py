"""The cost of a text in graphdiff's language: what a reader has to read."""

from __future__ import annotations

from graphdiff.reading.parse import parse


def cost(text: str) -> int:
    """The operations that are written in a text, and one for each name that it gives to a part.

    An operation is an operator, a call, an index or a transpose; a number with its sign is none. A part that is written
    twice counts twice, as the reader reads it twice; one that has a name counts once, and one for its name.
    """
    nodes = parse(text).nodes
    return sum((node.operation is not None) + (node.operation is not None and node.name is not None) for node in nodes)
