"""Bytes as choices: how a fuzzer that knows only bytes makes programs, points and command lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Bytes taken from the front; when none are left every choice is the first, so that all that is made ends."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def number(self, most: int) -> int:
        """0 … most."""
        number = 0
        for _ in range((most.bit_length() + 7) // 8):
            number = number << 8 | next(iter(self.take(1)), 0)
        return number % (most + 1)

    def one_of(self, options: Sequence[T]) -> T:
        return options[self.number(len(options) - 1)]

    def once_in(self, times: int) -> bool:
        return self.number(times - 1) == times - 1

    def take(self, count: int) -> bytes:
        """The next bytes, fewer at the end."""
        start, self._place = self._place, self._place + count
        return self._data[start : self._place]

    def rest(self) -> bytes:
        return self.take(len(self._data))

    def text(self, most: int) -> str:
        """A few characters of any kind."""
        return self.take(self.number(most)).decode("utf-8", "replace")


def spoil(choices: Choices, text: str, pieces: Sequence[str]) -> str:
    """The text with a few of its characters left out, or with something else in their place."""
    for _ in range(choices.number(2)):
        place, size = choices.number(len(text)), choices.number(3)
        piece = choices.text(4) if choices.once_in(4) else choices.one_of(pieces)
        text = text[:place] + piece * choices.number(1) + text[place + size :]
    return text
