"""What MATLAB, R and Fortran have in common: the places of arrays count from 1."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.targets.instructions import Entry, Instruction
from graphdiff.targets.scalar import ScalarLanguage
from graphdiff.targets.spelling import LoopText, Template, Text, index_text

WHOLE = re.compile(r"([2-9])\.0(?!\d)\w*")
"""A small whole number, as an exponent."""


class OneBasedLanguage(ScalarLanguage):
    """A language whose arrays start at 1. A loop assigns to its variables, and its counter starts at 0."""

    adds_in_place = False
    brackets = ("(", ")")
    """What stands around the places of an entry."""
    line = ""
    """The template of a line that assigns to a variable."""
    end = ""
    """The line after a loop."""
    indent = "    "
    power: Template
    """A power whose exponent is a small whole number; what languages make of others may be no real number."""

    def write(self, instruction: Instruction, operands: Sequence[Text]) -> Text:
        if instruction.function == "pow" and (exponent := WHOLE.fullmatch(operands[1].text)) is not None:
            return self.power.fill([operands[0], Text(exponent[1], is_number=True)])
        return super().write(instruction, operands)

    def entry_at(self, array: str, places: Sequence[str | int]) -> str:
        """An entry of an array, given its places as they count from 1."""
        left, right = self.brackets
        return f"{array}{left}{', '.join(map(str, places))}{right}"

    def entry(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        """The spelling of one entry of an input."""
        return Text(self.entry_at(operands[0].text, [place + 1 for place in options["places"]]))

    def entry_in_loop(self, array: Text, place: str, entry: Entry) -> Text:
        places = [index_text(place, entry.start + 1, entry.stride), *(str(each + 1) for each in entry.places)]
        return Text(self.entry_at(array.text, places))

    def write_loop(self, loop: LoopText) -> list[str]:
        lines = [self.line.format(name, start.text) for name, start, _ in loop.carried]
        lines += [line for name, _ in loop.stacks for line in self.declare_stack(name, loop.steps)]
        place = index_text(loop.place, 1, 1)
        body = [*loop.lines, *(self.line.format(self.entry_at(name, [place]), row.text) for name, row in loop.stacks)]
        body += self.assign_carried(loop) if loop.carried else []
        return [*lines, self.loop_header(loop), *(self.indent + line for line in body), self.end]

    def assign_carried(self, loop: LoopText) -> list[str]:
        """The lines of a step that assign the next values."""
        return loop.assignments(self.line, self.line)

    def loop_header(self, loop: LoopText) -> str:
        """The line before the steps of a loop."""
        raise NotImplementedError

    def declare_stack(self, name: str, count: int) -> list[str]:
        """The lines that make an array of so many numbers."""
        raise NotImplementedError

    def assignment(self, name: str, text: str, instruction: Instruction) -> str:
        return self.line.format(name, text)
