"""What a reader makes of a text in another language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphdiff.language.tree import Statement


class Reading(NamedTuple):
    """The program that a text in another language means.

    Attributes:
        statements: Its statements, whose spans are places in that text.
        notes: What was decided where the text is ambiguous, one sentence each.
        values: Values that the text gives to inputs: the defaults of parameters, numbers assigned in course code.
    """

    statements: Sequence[Statement]
    notes: Sequence[str] = ()
    values: Mapping[str, object] = {}
