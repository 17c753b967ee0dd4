"""`a, b = x + y, x*y`: an assignment for each name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.language.tree import Comprehension, SingleStatement, Statement, Unpacking
from graphdiff.source import Source


def single_statements(statements: Sequence[Statement], source: Source) -> list[SingleStatement]:
    """Statements, with an assignment for each name of those that have several.

    Raises GraphdiffError if such a statement is the last, or one of its values uses one of its names.
    """
    singles: list[SingleStatement] = []
    for statement in statements:
        if not isinstance(statement, Unpacking):
            singles.append(statement)
            continue
        names = {each.target.name for each in statement.assignments}
        for each in statement.assignments:
            if isinstance(each.body, Comprehension):  # a loop has names of its own
                continue
            used = re.findall(r"\w+", source.text[each.body.span[0] : each.body.span[1]])
            both = [name for name in used if name in names]
            if both:
                message = f"'{shorten(both[0])}' is on both sides"
                hint = "write the assignments one after the other"
                raise GraphdiffError("name", message, source, each.body.span, hint)
        if statement is statements[-1]:
            place = (statement.assignments[0].target.span[0], statement.assignments[-1].target.span[1])
            name = shorten(statement.assignments[-1].target.name)
            hint = Hint(f"end the program with the one that is the output: {name}", "output", name=name)
            raise GraphdiffError("syntax", "the last statement must have one value", source, place, hint)
        singles += statement.assignments
    return singles
