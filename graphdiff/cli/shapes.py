"""The shapes of the inputs: those of --shape W=2x3,x=3, and those of the values of --at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from graphdiff.cli.option_hints import option_hint
from graphdiff.cli.pieces import bare, equal_sign
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import MOST_AXES, Shape, nested_shape, shape_text
from graphdiff.passes.point import check_names
from graphdiff.source import normalize_text

SYNTAX = "shapes are written as --shape W=2x3,x=3"


def read_shapes(texts: Sequence[str]) -> dict[str, Shape]:
    """Read the shapes of all --shape options.

    Raises GraphdiffError if a shape is invalid, or is given twice.
    """
    shapes: dict[str, Shape] = {}
    for text in texts:
        for piece in re.split(r",\s*(?=[^\d\s)])(?=[^`]*(?:`[^`]*`[^`]*)*$)", text):  # the commas before a name
            name, shape = _parse_binding(piece)
            if name in shapes:
                raise GraphdiffError("name", f"duplicate shape of '{shorten(name)}'", hint=SYNTAX)
            shapes[name] = shape
    return shapes


def complete_shapes(graph: Graph, shapes: Mapping[str, Shape], point: Mapping[str, Any]) -> dict[str, Shape]:
    """Add the shapes of the values of a point, and of values that the program gives to its inputs.

    Raises GraphdiffError if a shape names no input, or is not that of the value.
    """
    shapes = dict(shapes)
    check_names(graph, list(shapes))
    for name, value in {**graph.defaults, **point}.items():
        shape = nested_shape(value) if isinstance(value, (list, tuple)) else tuple(getattr(value, "shape", ()))
        if shapes.setdefault(name, shape) != shape:
            raise GraphdiffError(
                "value",
                f"'{shorten(name)}' has the shape {shape_text(shape)} in --at, {shape_text(shapes[name])} in --shape",
            )
    return shapes


@contextmanager
def explain_missing_shapes(graph: Graph, shapes: Mapping[str, Shape]) -> Iterator[None]:
    """Add a hint to errors about arrays that names the inputs without a shape."""
    try:
        yield
    except GraphdiffError as error:
        without = [name for name in graph.input_names if name not in shapes]
        if error.kind == "value" and without and not graph.is_elementwise:
            example = ",".join(f"{shorten(name)}={size}" for name, size in zip(without, ("2x3", "3"), strict=False))
            shape_hint = f"an array needs its shape: --shape {example}"
            hint = option_hint(error.hint)
            error.hint = f"{hint}; {shape_hint}" if hint else shape_hint
        raise


def _parse_binding(piece: str) -> tuple[str, Shape]:
    """The name and the shape of a piece `name=2x3`."""
    place = equal_sign(piece)
    name, text = bare(piece[:place]), "" if place is None else piece[place + 1 :].strip()
    sizes = re.fullmatch(r"\(?(\d{1,9}(?:\s*[x×,]\s*\d{1,9})*)?,?\)?", text)
    message = f"'{shorten(piece.strip())}' is not a valid shape"
    if place is None or not name or sizes is None:
        raise GraphdiffError("value", message, hint=SYNTAX)
    shape = tuple(int(size) for size in re.findall(r"\d+", text))
    if 0 in shape:
        raise GraphdiffError("value", message, hint="an array needs at least one entry")
    if len(shape) > MOST_AXES:
        raise GraphdiffError("value", message, hint=f"an array has at most {MOST_AXES} axes")
    return normalize_text(name), shape
