"""The parameters of a generated function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphdiff.targets.instructions import Code
from graphdiff.targets.names import Names


class Parameters(NamedTuple):
    """The identifiers of a function's parameters.

    inputs     that of each input of the formula, by its name
    parts      those of the parts of the direction, which are inputs of the code
    direction  that of the direction, which is its part if there is only one; "" if the function has none
    """

    inputs: dict[str, str]
    parts: Sequence[str]
    direction: str

    @property
    def all(self) -> list[str]:
        """The identifiers in order, with that of the whole direction."""
        return [*self.inputs.values(), *([self.direction] if self.direction else [])]

    @property
    def unpacked(self) -> Mapping[str, Sequence[str]]:
        """The direction with its parts, if it is a tuple."""
        return {self.direction: self.parts} if self.direction and [self.direction] != self.parts else {}


def parameters_of(code: Code, names: Names) -> Parameters:
    """The parameters for a code; names then has an identifier for each of its values that has a name."""
    identifiers = {each: names(each) for each in code.inputs}
    for each in code.names.values():
        names(each)
    if code.direction is None:
        return Parameters(identifiers, [], "")
    parts = [identifiers.pop(each) for each in code.direction.parts]
    return Parameters(identifiers, parts, parts[0] if len(parts) == 1 else names.new(code.direction.name))
