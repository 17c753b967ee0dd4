"""The point that a command reads: the values of --at, from constant expressions and JSON files."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from graphdiff.cli.inputs import called, read_text
from graphdiff.errors import GraphdiffError, shortened
from graphdiff.expression.parser import parse
from graphdiff.expression.source import Source, Span, normalized
from graphdiff.expression.tree import Name, Result
from graphdiff.graph.build import parse_part
from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.forward import forward
from graphdiff.passes.point import bind, check_names

GIVEN = "values are given as x=1,y=2"


def read_point(graph: Graph, texts: Sequence[str]) -> dict[str, float]:
    """The values of every --at, in constants or constant expressions (x=pi/4), or from @point.json.

    A value on the command line wins over a file's. Names in a file that the graph does not use are left out.
    Raises GraphdiffError where a value is no finite number, is given twice, or is of no input.
    """
    written: dict[str, float] = {}
    from_files: dict[str, float] = {}
    places: dict[str, tuple[Source, Span]] = {}
    for text in texts:
        source = Source(normalized(text), "--at")
        for start, end in _pieces(source.text):
            piece = source.text[start:end].strip()
            if piece.startswith("@"):
                from_files.update(_read_point_file(piece[1:], graph))
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


def read_constant(text: str, option: str) -> float:
    """The finite number that an option's constant expression means.

    Raises GraphdiffError where it means none.
    """
    return _constant(Source(text, option), 0, len(text))


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


def _binding(source: Source, start: int, end: int) -> tuple[str, float, Span]:
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
            "values are given as x=1.5,y=2 (a decimal has a point)" if shown else GIVEN,
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
    return target.name, _constant(source, equal + 1, end), target.span


def _constant(source: Source, start: int, end: int) -> float:
    graph = parse_part(source, start, end)
    try:
        value = forward(graph, bind(graph, {}), FLOATS)[graph.output]
    except GraphdiffError as error:
        unknown = [name for name in graph.input_names if graph.needed[graph.input_indices[name]]]
        raise GraphdiffError(
            "name",
            f"'{shortened(unknown[0])}' has no value in {source.name}",
            source,
            error.span,
            "a value is a number or a constant expression such as pi/4",
        ) from None
    if not math.isfinite(value):
        raise GraphdiffError("value", f"this value is {value}", source, (start, end), "a value must be finite")
    number: float = value
    return number


def _read_point_file(path: str, graph: Graph) -> dict[str, float]:
    """The numbers of a JSON object by name, of those names that a graph uses."""
    text = read_text(path)
    try:
        data = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise GraphdiffError("file", f"{called(path)} is not JSON: {error}") from None
    except GraphdiffError as error:
        raise GraphdiffError("file", f"{called(path)}: {error.message}") from None
    if not isinstance(data, dict):
        raise GraphdiffError("file", f"{called(path)} is not a JSON object", hint='as in {"x": 1, "y": 2}')
    named = {normalized(name): value for name, value in data.items()}
    known = {*graph.input_names, *graph.names}
    return {name: _finite(path, name, value) for name, value in named.items() if name in known}


def _finite(path: str, name: str, value: Any) -> float:
    try:
        if isinstance(value, (int, float)) and math.isfinite(value):
            return float(value)
    except OverflowError:
        pass
    raise GraphdiffError(
        "value",
        f"'{shortened(name)}' in {called(path)} is not a finite number: {shortened(json.dumps(value))}",
    )


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in pairs:
        if name in data:
            raise GraphdiffError("value", f"'{shortened(name)}' stands twice")
        data[name] = value
    return data


def _no_constant(name: str) -> float:
    raise GraphdiffError("value", f"{name} is not a finite number")
