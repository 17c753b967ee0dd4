"""What C, JavaScript and Rust have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphdiff.targets.scalar import ScalarLanguage
from graphdiff.targets.spelling import (
    BOTH,
    CHOICE,
    EITHER,
    OPERATORS,
    LoopText,
    Spelling,
    Template,
    Text,
    entry,
    write_list,
)


class CLikeLanguage(ScalarLanguage):
    """A language with C's operators."""

    spellings: Mapping[str, Spelling] = {
        **OPERATORS,
        "entry": entry,
        "list": write_list,
        "logical_and": Template("{0} && {1}", BOTH, (BOTH, BOTH)),
        "where": Template("{0} ? {1} : {2}", CHOICE, (EITHER, CHOICE, CHOICE)),
    }
    counter = ""
    """How the variable that counts the steps of a loop is declared."""
    variable = ""
    """The template of a variable that will change, with its first value."""
    constant_line = ""
    """The template of a value that does not change."""

    def write_loop(self, loop: LoopText) -> list[str]:
        lines = [self.variable.format(name, start.text) for name, start, _ in [*loop.carried, *loop.sums]]
        lines += [line for name, _ in loop.stacks for line in self.declare_stack(name, loop.steps)]
        body = [*loop.lines, *(f"{name}[{loop.place}] = {row.text};" for name, row in loop.stacks)]
        body += [f"{name} += {text.text};" for name, _, text in loop.sums]
        body += loop.assignments(self.constant_line, "{} = {};") if loop.carried else []
        return [*lines, self.loop_header(loop), *(f"    {line}" for line in body), "}"]

    def loop_header(self, loop: LoopText) -> str:
        """The line before the steps of a loop."""
        each = loop.place
        if loop.is_backward:
            return f"for ({self.counter} {each} = {loop.steps - 1}; {each} >= 0; {each}--) {{"
        return f"for ({self.counter} {each} = 0; {each} < {loop.steps}; {each}++) {{"

    def write_counted_loop(
        self, place: str, start: int, stop: int, body: Sequence[str], is_backward: bool = False
    ) -> list[str]:
        """The lines of a loop over the numbers from start up to, but not including, stop."""
        header = self.counter_header(place, start, stop, is_backward)
        return [header, *[f"    {line}" for line in body], "}"]

    def counter_header(self, place: str, start: int, stop: int, is_backward: bool) -> str:
        """The first line of a loop over these numbers."""
        raise NotImplementedError

    def change(self, name: str, operator: str, value: str) -> str:
        """The line that assigns to a variable or an entry, or adds to it."""
        return f"{name} {operator} {value};"

    def number_of_index(self, index: str) -> Text:
        """The number that an index is."""
        raise NotImplementedError

    def as_index(self, position: str) -> str:
        """The index that a number is."""
        raise NotImplementedError

    def guarded(self, entry: str, positions: Sequence[str]) -> Text:
        """An entry at positions; NaN where one of them is."""
        raise NotImplementedError

    def guarded_line(self, line: str, positions: Sequence[str]) -> str:
        """A line that runs where no position is NaN."""
        raise NotImplementedError

    def part(self, name: str, start: str, size: int) -> str:
        """So many entries of an array, from one on."""
        raise NotImplementedError

    def start_lanes(self, name: str, count: int) -> str:
        """The line that declares so many zeros."""
        raise NotImplementedError

    def sum_of_lanes(self, name: str, count: int) -> str:
        """The sum of so many numbers, a power of 2, by pairs."""
        parts = [f"{name}[{place}]" for place in range(count)]
        while len(parts) > 1:
            pairs = [f"{left} + {right}" for left, right in zip(parts[::2], parts[1::2], strict=True)]
            parts = [f"({pair})" for pair in pairs] if len(pairs) > 1 else pairs
        return parts[0]

    def declare_stack(self, name: str, count: int) -> list[str]:
        """The lines that declare an array of so many numbers."""
        raise NotImplementedError
