"""Notes on what was decided where a text is ambiguous."""

from __future__ import annotations

MOST_NOTES = 20


class Notes:
    """Sentences, each once, in the order in which they were added."""

    def __init__(self) -> None:
        self._notes: dict[str, None] = {}

    def add(self, note: str) -> None:
        self._notes.setdefault(note)

    @property
    def sentences(self) -> list[str]:
        """The first notes, and how many there are beyond them."""
        notes = list(self._notes)
        more = len(notes) - MOST_NOTES
        return notes if more <= 0 else [*notes[:MOST_NOTES], f"there are {more} more notes of this kind"]
