"""The shapes that a command works with where it has no point: --shape W=2x3,x=3, or those of --at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from graphdiff.cli.option_hints import option_hint
from graphdiff.errors import GraphdiffError, shortened
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import MOST_AXES, Shape, nested_shape, shape_text
from graphdiff.passes.point import check_names
from graphdiff.source import normalized

GIVEN = "shapes are given as --shape W=2x3,x=3"


def read_shapes(graph: Graph, texts: Sequence[str], point: Mapping[str, Any]) -> dict[str, Shape]:
    """The shape of each input that has one, by every --shape and by the values of a point.

    Raises GraphdiffError where a shape is none, is given twice or is of no input, or where it is not that of the value.
    """
    shapes: dict[str, Shape] = {}
    for text in texts:
        for piece in re.split(r",\s*(?=[^\d\s)])", text):  # the commas before a name
            name, shape = _binding(piece)
            if name in shapes:
                raise GraphdiffError("name", f"'{shortened(name)}' has two shapes", hint=GIVEN)
            shapes[name] = shape
    check_names(graph, list(shapes))
    for name, value in point.items():
        shape = nested_shape(value) if isinstance(value, list) else tuple(getattr(value, "shape", ()))
        if shapes.setdefault(name, shape) != shape:
            raise GraphdiffError(
                "value", f"'{shortened(name)}' is {shape_text(shape)} by --at, {shape_text(shapes[name])} by --shape"
            )
    return shapes


@contextmanager
def told_of_shapes(graph: Graph, shapes: Mapping[str, Shape]) -> Iterator[None]:
    """Says of an error with arrays which inputs have no shape: perhaps they should have one."""
    try:
        yield
    except GraphdiffError as error:
        without = [name for name in graph.input_names if name not in shapes]
        if error.kind == "value" and without and not graph.is_elementwise:
            example = ",".join(f"{shortened(name)}=2x3" for name in without[:2])
            told = f"an array needs its shape: --shape {example}"
            hint = option_hint(error.hint)
            error.hint = f"{hint}; {told}" if hint else told
        raise


def _binding(piece: str) -> tuple[str, Shape]:
    name, equals, written = (part.strip() for part in piece.partition("="))
    sizes = re.fullmatch(r"\(?(\d{1,9}(?:\s*[x×,]\s*\d{1,9})*)?,?\)?", written)
    if not equals or not name or sizes is None:
        raise GraphdiffError("value", f"'{shortened(piece.strip())}' is no shape", hint=GIVEN)
    shape = tuple(int(size) for size in re.findall(r"\d+", written))
    if 0 in shape or len(shape) > MOST_AXES:
        problem = "an array has at least one entry" if 0 in shape else f"an array has at most {MOST_AXES} axes"
        raise GraphdiffError("value", f"'{shortened(piece.strip())}' is no shape", hint=problem)
    return normalized(name), shape
