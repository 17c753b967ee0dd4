"""What a reader makes of a text in another language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from graphdiff.language.tree import Statement
from graphdiff.operations.shapes import Shape
from graphdiff.source import Span


class Equality(NamedTuple):
    """Two programs that the text says are equal, as in `f = a = b`; whether they are depends on the point.

    Attributes:
        left: The statements of one program.
        right: The statements of the other.
        span: The place of the equation in the text.
    """

    left: Sequence[Statement]
    right: Sequence[Statement]
    span: Span


class Reading(NamedTuple):
    """The program that a text in another language means.

    Attributes:
        statements: Its statements, whose spans are places in that text.
        notes: What was decided where the text is ambiguous, one sentence each.
        values: Values that the text gives to inputs: the defaults of parameters, numbers assigned in course code.
        equalities: What must be equal at the point.
        shapes: The shapes of inputs for which alone the statements are the program.
        constants: Names that have numbers on which the statements depend, and that therefore cannot be inputs.
    """

    statements: Sequence[Statement]
    notes: Sequence[str] = ()
    values: Mapping[str, object] = {}
    equalities: Sequence[Equality] = ()
    shapes: Mapping[str, Shape] = {}
    constants: Collection[str] = ()
