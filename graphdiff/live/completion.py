"""What a field suggests to complete what is typed: names of functions, and of inputs without a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from textual.suggester import Suggester

NAME_AT_END = re.compile(r"[^\W\d]\w*\Z")


class Names(Suggester):
    """Completes the name at the end of a field with the first that begins like it."""

    def __init__(self, names: Callable[[], Iterable[str]], suffix: str, shortest: int) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._names, self._suffix, self._shortest = names, suffix, shortest

    async def get_suggestion(self, value: str) -> str | None:
        """The completed text; None where nothing begins like what is typed."""
        match = NAME_AT_END.search(value)
        typed = match[0] if match else ""
        if len(typed) < self._shortest or (not match and value.rstrip()[-1:] not in ("", ",")):
            return None
        name = next((each for each in self._names() if each.startswith(typed) and each != typed), None)
        return None if name is None else f"{value}{name[len(typed) :]}{self._suffix}"
