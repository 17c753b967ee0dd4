"""The rank of what a function of arrays computes."""

from __future__ import annotations

from collections.abc import Sequence

from graphdiff.errors import GraphdiffError
from graphdiff.graph.shapes import infer_shapes, input_shapes
from graphdiff.language.program import Program
from graphdiff.language.tree import Call, Expression, Keyword, Name, Result
from graphdiff.reading.latex.values import Value
from graphdiff.source import Source


def rank_by_shape(
    function: str, arguments: Sequence[Value | Expression], keywords: Sequence[Keyword] = ()
) -> int | None:
    """The rank of a call: that of its value for arrays of one entry. Expressions among the arguments are options.

    It is None if the ranks of the operands are not known, or if the function does not take arrays of one entry.
    """
    ranks = {f"operand_{place}": each.rank for place, each in enumerate(arguments) if isinstance(each, Value)}
    if min(ranks.values(), default=0) < 0 or not any(ranks.values()):
        return None
    shapes = {name: (1,) * rank for name, rank in ranks.items()}
    trees = [
        Name(f"operand_{place}", each.span) if isinstance(each, Value) else each for place, each in enumerate(arguments)
    ]
    call = Call(function, tuple(trees), (0, 0), (0, 0), tuple(keywords))
    try:
        graph = Program(Source(""), [Result(call)], shapes=lambda: shapes).graph()
        shape = infer_shapes(graph, input_shapes(graph, shapes))[graph.output]
    except GraphdiffError:
        return None
    return len(shape or ())
