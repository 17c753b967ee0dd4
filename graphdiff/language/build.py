"""Text → graph: the entry points of this package."""

from __future__ import annotations

from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.language.parser import parse as parse_tree
from graphdiff.language.program import Program
from graphdiff.language.tree import Result
from graphdiff.source import Source, normalize_text


def parse(source: str | Source | Graph) -> Graph:
    """Read a formula or a program as a graph.

    Args:
        source: The text, alone or with a name that errors show; a graph is returned as it is.

    Returns:
        The computational graph. Converted to text it is a program again.

    Raises:
        GraphdiffError: "syntax", "name" or "value" if the text is not a program; "limit" if it is too long, too deep or
            has too many operations.
    """
    if isinstance(source, Graph):
        return source
    source = source if isinstance(source, Source) else Source(source)
    return Program(source._replace(text=normalize_text(source.text))).graph()


def parse_part(source: Source, start: int, end: int) -> Graph:
    """Parse the part [start, end) of a source, a single expression, to its graph.

    Raises GraphdiffError if it is not a valid expression.
    """
    statements = parse_tree(source, start, end)
    if len(statements) != 1 or not isinstance(statements[0], Result):
        raise GraphdiffError("syntax", "expected a single expression", source, (start, end), "leave out ';' and '='")
    return Program(source, statements).graph()
