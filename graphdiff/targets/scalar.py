"""What languages on numbers have in common, in which arrays are written entry by entry."""

from __future__ import annotations

import re
from collections.abc import Mapping

from graphdiff.operations.functions import ROWS
from graphdiff.targets.writer import OF_SCIPY, ON_ARRAYS, Language

CALL = re.compile(r"(?<![.\w])\w+(?=\()")
"""The name of a function before its operands."""


class ScalarLanguage(Language):
    """A language on numbers. Functions that it lacks are defined next to the generated function, under the generated
    function's name followed by their own."""

    lacks: Mapping[str, str] = {**ON_ARRAYS, **OF_SCIPY}

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def name_of(self, function: str) -> str:
        return f"{self._name}_{function}"

    def has_definition(self, function: str) -> bool:
        return function in self.own_definitions() or super().has_definition(function)

    def names_of_definitions(self) -> set[str]:
        """The names of all functions that generated code may define."""
        return {self.name_of(each) for each in [*self.own_definitions(), *ROWS] if self.has_definition(each)}

    def own_definitions(self) -> Mapping[str, str]:
        """The language's own definitions, by function, where a row has no definition or a slower one. They call each
        other by the functions' plain names."""
        return {}

    def write_definition(self, function: str) -> str:
        own = self.own_definitions()
        if function not in own:
            return super().write_definition(function)
        self.dependencies |= set(CALL.findall(own[function])) & own.keys()
        return CALL.sub(lambda call: self.name_of(call[0]) if call[0] in own else call[0], own[function])
