"""Notes on signs that mean something else elsewhere: `w·x` as an inner product, `%` before a comment, `x<-3` as an
assignment of R, `3xy` as a product of three factors, `3e` as an unfinished number.

They are read by the rules of the language all the same, and the notes say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.registry import CONSTANTS, PRIMITIVES
from graphdiff.operations.shapes import Shape

DOTS = "·⋅∙•"
_COMMENT = re.compile(r"(?<=\s)%\s+([^\W\d]\w{2,})[^\S\n]*(?=[\n;#]|$)")
_PRODUCT = re.compile(r"(?<![\w.])([\d.]*\d)([A-Za-z])([A-Za-z])(?![\w(])")
_EULER = re.compile(r"(?<![\w.])([\d.]*\d)e(?![\w(^]|\*\*)")
_ARROW = re.compile(r"(?:^|[\n;])\s*([^\W\d]\w*<-[^\s;#]+)")


def sign_notes(graph: Graph, shapes: Mapping[str, Shape]) -> list[str]:
    """The notes on the signs of a program, one sentence each; shapes are those of inputs that are known."""
    assert graph.source is not None
    text = graph.source.text
    notes = [*_products(graph, text, shapes)]
    for match in _COMMENT.finditer(text):
        if match[1] in graph.input_indices and match[1] not in shapes and text.count(match[1]) == 1:
            notes.append(f"'% {shorten(match[1])}' is read as the remainder by an input; comments begin with #")
    for match in _PRODUCT.finditer(text):
        name = match[2] + match[3]
        has_note = any(f"'{name}'" in note for note in graph.notes)
        if name in graph.input_indices and name not in {*CONSTANTS, *shapes} and not has_note:
            notes.append(f"'{match[0]}' is read as {match[1]}*{name}, not as {'*'.join(match.groups())}")
    if "e" in graph.input_indices and "e" not in shapes:
        notes += [f"'{match[0]}' is read as {match[1]}*e, a multiple of e" for match in _EULER.finditer(text)]
    for match in _ARROW.finditer(text):
        left, _, right = match[1].partition("<-")
        meaning = f"{left} < -{shorten(right)}"
        notes.append(f"'{shorten(match[1])}' is read as the comparison {meaning}; to assign a value, write {left} = …")
    return notes


def _products(graph: Graph, text: str, shapes: Mapping[str, Shape]) -> Iterator[str]:
    """Notes on products of arrays that are written with a dot or a cross."""
    places: set[int] = set()
    all_shapes = _shapes_of_nodes(graph, shapes)
    for node in graph.nodes:
        if node.operation is not PRIMITIVES["mul"] or node.span is None or not all_shapes:
            continue
        start, end = node.span
        while (place := _last_sign(text, start, end)) is None and text[start] == "(" and text[end - 1] == ")":
            start, end = start + 1, end - 1
        operands = [all_shapes[operand] for operand in node.operands]
        if place is None or place in places or not all(operands) or text[place] not in f"{DOTS}×":
            continue
        places.add(place)
        note = f"'{shorten(text[start:end])}' is read as the product of arrays entry by entry"
        if text[place] in DOTS:
            left, right = shorten(text[start:place].strip()), shorten(text[place + 1 : end].strip())
            kind = "inner" if all(len(shape or ()) == 1 for shape in operands) else "matrix"
            note = f"{note}; {left} @ {right} is the {kind} product"
        yield note


def _shapes_of_nodes(graph: Graph, shapes: Mapping[str, Shape]) -> list[Shape | None]:
    """The shape of each node; empty if no input is an array, or if the shapes do not fit."""
    if not any(shapes.values()):
        return []
    try:
        return infer_shapes(graph, [shapes.get(name, ()) for name in graph.input_names])
    except GraphdiffError:
        return []  # reported where the graph is evaluated


def _last_sign(text: str, start: int, end: int) -> int | None:
    """The place of the last sign of a product between two places that is not in brackets."""
    depth = 0
    for place in range(end - 1, start - 1, -1):
        depth += (text[place] in ")]") - (text[place] in "([")
        is_power = "**" in (text[place : place + 2], text[place - 1 : place + 1])
        if depth == 0 and text[place] in f"{DOTS}×*/@%⊙∗" and not is_power:
            return place
    return None
