"""The point of a command: the values of --at, from constant expressions and files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.graph.shapes import infer_shapes
from graphdiff.language.build import parse_part
from graphdiff.language.parser import parse
from graphdiff.language.tree import Name, Result
from graphdiff.passes.point import ConstantExpression, bind, check_names
from graphdiff.passes.values import Value, interpreter_of, is_finite, plain
from graphdiff.reading.languages import reader_of
from graphdiff.source import Source, Span, by_input, normalize_text

SYNTAX = "values are written as x=1,y=2"
UNFINISHED = re.compile(r"(?<![\w.])(?:[\d_]+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[eE](?![+-]?\d|\w|\s*(?:\^|\*\*))")
"""A number with an exponent that has no digits; 2e^3 and 2e**3 are products."""
FINITE_DIGITS = 20
"""Digits with which a constant expression is computed to see that it is finite."""
ARRAY_SYNTAX = "values are written as x=1.5,y=2 (with a decimal point), arrays as x=[1,2]"


class Values(NamedTuple):
    """The values of the --at options of a command line, or of similar options, before it is known of which graph.

    Attributes:
        words: The values on the command line, by name.
        places: Where each of their names stands.
        files: The content of files with several values, each with the name of its file.
        is_precise: Whether numbers are those that were typed.
    """

    words: Mapping[str, Any]
    places: Mapping[str, tuple[Source, Span]]
    files: Sequence[tuple[str, Mapping[str, Any]]]
    is_precise: bool

    @property
    def by_name(self) -> dict[str, Any]:
        """All values, those in files as they stand there."""
        return {**{name: value for _, values in self.files for name, value in values.items()}, **self.words}

    def by_input(self, names: Mapping[str, str]) -> Values:
        """The values by the names of inputs, of which names has those that others stand for.

        Raises GraphdiffError("name") if an input has two values.
        """
        files = [(path, by_input(values, names)) for path, values in self.files]
        return Values(by_input(self.words, names), by_input(self.places, names), files, self.is_precise)

    def point(self, graph: Graph) -> dict[str, Any]:
        """The point of a graph. A value on the command line overrides one from a file, and names in a file that the
        graph does not use are ignored.

        Raises GraphdiffError if a value in a file is not a finite number or array, or a name is not an input.
        """
        from_files: dict[str, Any] = {}
        for path, values in self.files:
            from graphdiff.cli.files import check_values

            names = {*graph.input_names, *graph.names}
            used = {name: value for name, value in values.items() if name in names}
            from_files.update(check_values(used, path, self.is_precise))
        words = {_input_named(name, graph): value for name, value in self.words.items()}
        if len(words) < len(self.words):
            words = dict(self.words)
        point = {**from_files, **words}
        try:
            check_names(graph, point)
        except GraphdiffError as error:
            unknown = [place for name, place in self.places.items() if name not in graph.input_indices]
            if error.span is None and unknown:
                error.source, error.span = unknown[0]
            raise
        return {name: value for name, value in point.items() if name in graph.input_indices}


def _input_named(name: str, graph: Graph) -> str:
    """The input that a name means: theta may stand for θ, x0 and x_0 for x₀, where there is no such input itself."""
    if name in graph.input_indices or name in graph.names:
        return name
    from graphdiff.targets.names import identifier  # lazy: few names are spelled in another way

    def is_alike(one: str, other: str) -> bool:
        keys = [re.sub(r"_(?=\d+$)", "", identifier(each)) for each in (one, other)]
        return identifier(one) == identifier(other) or (keys[0] == keys[1] and not (one.isascii() and other.isascii()))

    alike = [each for each in graph.input_names if is_alike(each, name)]
    return alike[0] if len(alike) == 1 else name


def read_values(texts: Sequence[str], option: str = "--at", is_precise: bool = False) -> Values:
    """Read the values of all --at options, or of a similar option: constant expressions (x=pi/4, W=[[1, 2], [3, 4]])
    and files (@point.json with several values, W=@weights.npy with one).

    With is_precise, numbers are those that were typed, and constant expressions are left to be computed with as many
    digits as are needed.
    Raises GraphdiffError if a value is not finite, or is given twice.
    """
    words: dict[str, Any] = {}
    places: dict[str, tuple[Source, Span]] = {}
    files: list[tuple[str, Mapping[str, Any]]] = []
    for text in texts:
        source = Source(normalize_text(text), option, is_precise)
        for start, end in pieces(source.text):
            piece = source.text[start:end].strip()
            if piece.startswith("@"):
                from graphdiff.cli.files import read_point_file

                files.append((piece[1:], read_point_file(piece[1:])))
                continue
            name, value, span = _parse_binding(source, start, end)
            if name in words:
                raise GraphdiffError("name", f"duplicate value for '{shorten(name)}'", source, span)
            words[name] = value
            places[name] = source, span
    return Values(words, places, files, is_precise)


def read_constant(text: str, option: str, is_precise: bool = False) -> Any:
    """Read the finite number or array of an option: a constant expression, or @file.

    Raises GraphdiffError if it is neither.
    """
    return _read_value(Source(text, option, is_precise), 0, len(text), option)


def _parse_binding(source: Source, start: int, end: int) -> tuple[str, Any, Span]:
    """The name and the value of a piece `name=expression`, and the span of the name."""
    text = source.text[start:end]
    place = equal_sign(text)
    name = text[:place].strip()
    if place is None or not name:
        raise _missing_name(source, start, end)
    first = start + text.index(name)
    equal = start + place
    target = _name_at(source, first, equal)
    if target is None:
        raise GraphdiffError(
            "syntax",
            f"'{shorten(name)}' is not a name",
            source,
            (first, first + len(name)),
            SYNTAX,
        )
    if text[place + 1 : place + 2] == "=":
        raise GraphdiffError("syntax", "unexpected '='", source, (equal + 1, equal + 2), SYNTAX)
    if (opening := text.find("[")) >= 0 and text.count("[") > text.count("]"):
        bracket = (start + opening, start + opening + 1)
        raise GraphdiffError("syntax", "'[' was never closed", source, bracket, "the matching ']' is missing")
    if re.search(r"(?<![<>=!])=(?!=)", text[place + 1 :]):
        raise GraphdiffError("syntax", "expected a comma between two values", source, (first, end), "write x=1,y=2")
    if not source.text[equal + 1 : end].strip():
        message = f"no value given for '{shorten(name)}'"
        raise GraphdiffError("syntax", message, source, (first, equal + 1), SYNTAX)
    return target.name, _read_value(source, equal + 1, end, target.name), target.span


def _name_at(source: Source, start: int, end: int) -> Name | None:
    """The name in a part of a text, in our own spelling or in that of LaTeX; None if it is no name."""
    if source.text[start] != "`" and any(mark in source.text[start:end] for mark in "\\${"):
        read_latex = reader_of("latex")
        statements = read_latex(Source(source.text[start:end].rstrip(), source.name), {}).statements
        body = statements[0].body if len(statements) == 1 and isinstance(statements[0], Result) else None
        return body._replace(span=(start, end)) if isinstance(body, Name) else None
    statements = parse(source, start, end)
    body = statements[0].body if isinstance(statements[0], Result) else None
    return body if isinstance(body, Name) else None


def _missing_name(source: Source, start: int, end: int) -> GraphdiffError:
    """The error of a piece without a name or without "="."""
    piece = source.text[start:end]
    text = shorten(piece.strip())
    if not text:
        return GraphdiffError("syntax", "expected NAME=VALUE", source, (max(start - 1, 0), end), SYNTAX)
    message = f"no value given for '{text}'" if text.isidentifier() else f"expected NAME=VALUE, not '{text}'"
    hint = ARRAY_SYNTAX
    if text[0] == "{":
        hint = "values are written as x=1,y=2, or read from a JSON file: @point.json"
    if text.endswith((".json", ".npy")):
        hint = f"to read a file of several inputs: @{text}; of one array: x=@{text}"
    return GraphdiffError("syntax", message, source, (start + len(piece) - len(piece.lstrip()), end), hint)


def _read_value(source: Source, start: int, end: int, name: str) -> Any:
    """The value of a constant expression, or the array in a file @path."""
    text = source.text[start:end].strip()
    if text.endswith((".npy", ".json")) and not text.startswith("@"):
        hint = f"to read a file: {shorten(name)}=@{shorten(text)}"
        raise GraphdiffError("syntax", f"'{shorten(text)}' is a file name, not a value", source, (start, end), hint)
    if not text.startswith("@"):
        if (unfinished := UNFINISHED.search(source.text, start, end)) is not None:
            message = f"the exponent of '{shorten(unfinished.group())}' has no digits"
            raise GraphdiffError("syntax", message, source, unfinished.span(), "write 1e-3, or 2*e for a multiple of e")
        return _evaluate(source, start, end)
    from graphdiff.cli.files import read_array_file

    return read_array_file(text[1:], name, source.is_precise)


def _evaluate(source: Source, start: int, end: int) -> Value:
    """The value of a constant expression."""
    graph = parse_part(source, start, end)
    try:
        inputs = bind(graph, {})
    except GraphdiffError as error:
        unknown = [name for name in graph.input_names if graph.needed[graph.input_indices[name]]]
        raise GraphdiffError(
            "name",
            f"'{shorten(unknown[0])}' is not a constant",
            source,
            error.span,
            "a value is a number, an array [1, 2] or a constant expression such as pi/4",
        ) from None
    op = interpreter_of(graph, inputs)
    shape = infer_shapes(graph, [()] * len(inputs))[graph.output] or ()
    node = graph.nodes[graph.output]
    if source.is_precise and node.is_constant:
        return _to_lists(node.parameters["value"])
    if source.is_precise:
        from graphdiff.precise.interpreter import typed_interpreter

        op = typed_interpreter(op, FINITE_DIGITS, "n", FINITE_DIGITS)
    expression = ConstantExpression(graph, shape)
    value = plain(expression.compute(op))
    if not is_finite(value):
        message = "an entry of the array is not finite" if shape else f"the value is {float(value)}"
        raise GraphdiffError("value", message, source, (start, end), "values must be finite")
    return expression if source.is_precise else value


def _to_lists(value: Any) -> Any:
    """Nested tuples, the form of a graph's constants, as nested lists."""
    return [_to_lists(each) for each in value] if isinstance(value, tuple) else value


def pieces(text: str) -> Iterator[Span]:
    """The spans between the commas outside brackets and backticks."""
    start = depth = 0
    is_quoted = False
    for position, character in enumerate(text):
        if character == "`":
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth <= 0:
            yield start, position
            start = position + 1
    yield start, len(text)


def equal_sign(text: str) -> int | None:
    """The place of the first "=" outside backticks; None if there is none."""
    place = text.find("=")
    while text.count("`", 0, max(place, 0)) % 2:
        place = text.find("=", place + 1)
    return None if place < 0 else place


def bare(name: str) -> str:
    """A name without spaces around it and without its backticks."""
    name = name.strip()
    return name[1:-1].strip() if len(name) > 2 and name[0] == name[-1] == "`" else name


def names_in(text: str) -> list[str]:
    """The names of a list x,y."""
    return [name for start, end in pieces(text) if (name := bare(text[start:end]))]
