"""Text → graph: the entry points of this package."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.language.parser import by_tables
from graphdiff.language.parser import parse as parse_tree
from graphdiff.language.program import Program
from graphdiff.language.tree import Result, Statement
from graphdiff.operations.shapes import Shape
from graphdiff.source import Source

AMBIGUOUS = re.compile(r"[·⋅∙•×%]|<-|\d[A-Za-z]{2}(?![\w(])|\de(?![\w(^]|\*\*)")
"""What sign_notes looks at."""


def build(
    source: Source,
    statements: Sequence[Statement] | None = None,
    notes: Sequence[str] = (),
    shapes: Callable[[], Mapping[str, Shape]] = dict,
    constants: Iterable[str] = (),
) -> Graph:
    """Build the graph of a program: of its text, or of statements that were read from it, with notes about them. shapes
    returns the shapes of inputs that are known, for a program that depends on a size; constants are assigned names that
    cannot be inputs.

    Raises GraphdiffError: "syntax", "name" or "value" if the text is not a program; "limit" if it is too long, too deep
    or has too many operations.
    """
    if statements is not None:
        program = Program(source, statements, notes=notes, shapes=shapes)
        program.static_names.update(constants)
        return program.graph()
    return by_tables(lambda: _build_text(source, shapes))


def _build_text(source: Source, shapes: Callable[[], Mapping[str, Shape]]) -> Graph:
    """The graph of a text in our own language."""
    program = Program(source, shapes=shapes)
    graph = program.graph()
    unused = [each.body.span for each in program.statements[:-1] if isinstance(each, Result)]
    if unused:
        others = f" and {len(unused) - 1:,} more" if len(unused) > 1 else ""
        first = shorten(source.text[slice(*unused[0])])
        graph.notes = (*graph.notes, f"only the last formula is the output, not '{first}'{others}")
    if AMBIGUOUS.search(source.text):
        from graphdiff.language.sign_notes import sign_notes  # lazy: few programs have these signs

        graph.notes = (*graph.notes, *sign_notes(graph, program.shapes))
    return graph


def parse_part(source: Source, start: int, end: int) -> Graph:
    """Parse the part [start, end) of a source, a single expression, to its graph.

    Raises GraphdiffError if it is not a valid expression.
    """
    statements = parse_tree(source, start, end)
    if len(statements) != 1 or not isinstance(statements[0], Result):
        raise GraphdiffError("syntax", "expected a single expression", source, (start, end), "leave out ';' and '='")
    return Program(source, statements).graph()
