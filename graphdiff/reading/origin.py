"""What a formula was read from, for reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from graphdiff.graph.graph import Graph
from graphdiff.reading.languages import OWN


class Origin(NamedTuple):
    """The text of a formula, and how it was read.

    Attributes:
        source: The text as it was typed.
        language: The language that it is in.
        read_as: The program that it means, in our own language; None for a text that is in it.
        notes: What was decided where the text is ambiguous, one sentence each.
    """

    source: str
    language: str
    read_as: str | None
    notes: Sequence[str]

    @property
    def expression(self) -> str:
        """The text in our own language: as it was typed, or as it was read."""
        return self.source if self.read_as is None else self.read_as

    def document(self) -> dict[str, Any]:
        """Its fields in JSON, which every document has."""
        return {
            "expression": self.expression,
            "language": self.language,
            "source": self.source,
            "read_as": self.read_as,
            "notes": list(self.notes),
        }


def origin_of(graph: Graph) -> Origin:
    """The origin of a graph that was read from a text."""
    source = graph.source
    assert source is not None
    language = source.language or OWN
    return Origin(source.text, language, None if language == OWN else str(graph), graph.notes)
