"""The point that a command reads: the values of --at, from constant expressions and files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from graphdiff.errors import GraphdiffError, shortened
from graphdiff.graph.graph import Graph
from graphdiff.graph.shapes import infer_shapes
from graphdiff.language.build import parse_part
from graphdiff.language.parser import parse
from graphdiff.language.tree import Name, Result
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.forward import forward
from graphdiff.passes.point import bind, check_names
from graphdiff.passes.values import Value, interpreter_of, is_finite, plain
from graphdiff.source import Source, Span, normalized

GIVEN = "values are given as x=1,y=2"


def read_point(graph: Graph, texts: Sequence[str], option: str = "--at") -> dict[str, Any]:
    """The values of every --at, or of another such option, in constants or constant expressions (x=pi/4,
    W=[[1, 2], [3, 4]]), or from files: all of @point.json, or one of W=@weights.npy.

    A value on the command line wins over a file's. Names in a file that the graph does not use are left out.
    Raises GraphdiffError where a value is no finite number, is given twice, or is of no input.
    """
    written: dict[str, Any] = {}
    from_files: dict[str, Any] = {}
    places: dict[str, tuple[Source, Span]] = {}
    for text in texts:
        source = Source(normalized(text), option)
        for start, end in _pieces(source.text):
            piece = source.text[start:end].strip()
            if piece.startswith("@"):
                from graphdiff.cli.files import read_point_file

                from_files.update(read_point_file(piece[1:], {*graph.input_names, *graph.names}))
                continue
            name, value, span = _binding(source, start, end)
            if name in written:
                raise GraphdiffError("name", f"'{shortened(name)}' is given twice", source, span)
            written[name] = value
            places[name] = source, span
    try:
        check_names(graph, [*written, *from_files])
    except GraphdiffError as error:
        unknown = [place for name, place in places.items() if name not in graph.input_indices]
        if error.span is None and unknown:
            error.source, error.span = unknown[0]
        raise
    return {**from_files, **written}


def read_constant(text: str, option: str) -> Any:
    """The finite number or array that an option's constant expression, or @file, means.

    Raises GraphdiffError where it means none.
    """
    return _value(Source(text, option), 0, len(text), option)


def _pieces(text: str) -> Iterator[Span]:
    """What stands between the commas outside brackets."""
    start = depth = 0
    for position, character in enumerate(text):
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "," and depth <= 0:
            yield start, position
            start = position + 1
    yield start, len(text)


def _binding(source: Source, start: int, end: int) -> tuple[str, Any, Span]:
    """A piece `name=expression`, its value and where the name stands."""
    text = source.text[start:end]
    name = text.partition("=")[0].strip()
    if "=" not in text or not name:
        first = start + len(text) - len(text.lstrip())
        shown = shortened(text.strip())
        problem = "a value is missing here"
        if shown:
            problem = f"'{shown}' has no value here" if shown.isidentifier() else f"'{shown}' names no input"
        raise GraphdiffError(
            "syntax",
            problem,
            source,
            (min(first, end), end) if shown else (max(start - 1, 0), end),
            _without_name(shown),
        )
    first = start + text.index(name)
    equal = start + text.index("=")
    statements = parse(source, first, equal)
    target = statements[0].body if isinstance(statements[0], Result) else None
    if not isinstance(target, Name):
        raise GraphdiffError(
            "syntax",
            f"'{shortened(name)}' is not a name",
            source,
            (first, first + len(name)),
            GIVEN,
        )
    if len(re.findall(r"(?<![<>=!])=(?!=)", text)) > 1:
        raise GraphdiffError("syntax", "two values without a comma between them", source, (first, end), "write x=1,y=2")
    if not source.text[equal + 1 : end].strip():
        message = f"'{shortened(name)}' has no value here"
        raise GraphdiffError("syntax", message, source, (first, equal + 1), GIVEN)
    return target.name, _value(source, equal + 1, end, target.name), target.span


def _without_name(shown: str) -> str:
    """What was meant by a piece that is no binding."""
    if shown.endswith((".json", ".npy")):
        return f"a file of values is given as @{shown}, of one array as x=@{shown}"
    return "values are given as x=1.5,y=2 (a decimal has a point), an array as x=[1,2]" if shown else GIVEN


def _value(source: Source, start: int, end: int, name: str) -> Any:
    """What a constant expression means, or the array in a file @path."""
    written = source.text[start:end].strip()
    if written.endswith((".npy", ".json")) and not written.startswith("@"):
        hint = f"{shortened(name)}=@{shortened(written)}"
        raise GraphdiffError("syntax", f"'{shortened(written)}' is a file's name", source, (start, end), hint)
    if not written.startswith("@"):
        return _constant(source, start, end)
    from graphdiff.cli.files import read_array_file

    return read_array_file(written[1:], name)


def _constant(source: Source, start: int, end: int) -> Value:
    graph = parse_part(source, start, end)
    try:
        inputs = bind(graph, {})
    except GraphdiffError as error:
        unknown = [name for name in graph.input_names if graph.needed[graph.input_indices[name]]]
        raise GraphdiffError(
            "name",
            f"'{shortened(unknown[0])}' has no value in {source.name}",
            source,
            error.span,
            "a value is a number, an array [1, 2] or a constant expression such as pi/4",
        ) from None
    op = interpreter_of(graph, inputs)
    if op is not FLOATS:
        infer_shapes(graph, [()] * len(inputs))
    value = plain(forward(graph, [None if each is None else op.constant(each) for each in inputs], op)[graph.output])
    if not is_finite(value):
        message = f"this value is {value}" if isinstance(value, float) else "an entry of this array is not finite"
        raise GraphdiffError("value", message, source, (start, end), "a value must be finite")
    return value
