"""The point of a command: the values of --at, from constant expressions and files."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.cli.constant import UncertainValue, read_value
from graphdiff.cli.pieces import equal_sign, pieces
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.language.parser import parse
from graphdiff.language.tree import Name, Result
from graphdiff.passes.point import check_names
from graphdiff.reading.languages import reader_of
from graphdiff.source import Source, Span, by_input, normalize_text

POINT = "--at"
MAY_BE_UNCERTAIN = frozenset("±+\\(")
"""Characters of which a value with an uncertainty has one: 2±0.1, 2+/-0.1, 2\\pm0.1, 2.00(10)."""
SYNTAX = "values are written as x=1,y=2"
ARRAY_SYNTAX = "values are written as x=1.5,y=2 (with a decimal point), arrays as x=[1,2]"


class Values(NamedTuple):
    """The values of the --at options of a command line, or of similar options, before it is known of which graph.

    Attributes:
        words: The values on the command line, by name.
        places: Where each of their names stands.
        files: The content of files with several values, each with the name of its file.
        is_precise: Whether numbers are those that were typed.
        uncertainties: The standard uncertainties of values on the command line, by name.
        of_columns: The standard uncertainties of columns of a table, which have no value here, by name.
        notes: How values were read that could be read in another way.
    """

    words: Mapping[str, Any]
    places: Mapping[str, tuple[Source, Span]]
    files: Sequence[tuple[str, Mapping[str, Any]]]
    is_precise: bool
    uncertainties: Mapping[str, Any]
    of_columns: Mapping[str, Any]
    notes: list[str]

    @property
    def by_name(self) -> dict[str, Any]:
        """All values, those in files as they stand there."""
        return {**{name: value for _, values in self.files for name, value in values.items()}, **self.words}

    def by_input(self, names: Mapping[str, str]) -> Values:
        """The values by the names of inputs, of which names has those that others stand for.

        Raises GraphdiffError("name") if an input has two values.
        """
        files = [(path, by_input(values, names)) for path, values in self.files]
        return self._replace(
            words=by_input(self.words, names),
            places=by_input(self.places, names),
            files=files,
            uncertainties=by_input(self.uncertainties, names),
            of_columns=by_input(self.of_columns, names),
        )

    def point(self, graph: Graph) -> dict[str, Any]:
        """The point of a graph, without the uncertainties of its values; as at() has it."""
        return self.at(graph)[0]

    def without_columns(self) -> Values:
        """The values for a formula without a table.

        Raises GraphdiffError("syntax") for the uncertainty of a column.
        """
        for name in self.of_columns:
            hint = "an uncertainty without a value is that of a column, in map; here write x=2±0.1"
            raise GraphdiffError("syntax", f"no value given for '{shorten(name)}'", *self.places[name], hint)
        return self

    def at(self, graph: Graph) -> tuple[dict[str, Any], dict[str, Any]]:
        """The point of a graph, and the standard uncertainties of its values by name. A value on the command line
        overrides one from a file, and names in a file that the graph does not use are ignored.

        Raises GraphdiffError if a value in a file is not a finite number or array, or a name is not an input.
        """
        from_files: dict[str, UncertainValue] = {}
        for path, values in self.files:
            from graphdiff.cli.point_file import check_values

            names = {*graph.input_names, *graph.names}
            used = {name: value for name, value in values.items() if name in names}
            from_files.update(check_values(used, path, self.is_precise, self.notes.append))
        words = {name: UncertainValue(value, self.uncertainties.get(name)) for name, value in self.words.items()}
        named = {_input_named(name, graph): value for name, value in words.items()}
        whole = {**from_files, **(named if len(named) == len(words) else words)}
        point = {name: value for name, (value, _) in whole.items()}
        try:
            check_names(graph, point)
        except GraphdiffError as error:
            unknown = [place for name, place in self.places.items() if name not in graph.input_indices]
            if error.span is None and unknown:
                error.source, error.span = unknown[0]
            raise
        inputs = {name: each for name, each in whole.items() if name in graph.input_indices}
        uncertainties = {name: u for name, (_, u) in inputs.items() if u is not None}
        return {name: value for name, (value, _) in inputs.items()}, uncertainties


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


def read_values(texts: Sequence[str], option: str = POINT, is_precise: bool = False) -> Values:
    """Read the values of all --at options, or of a similar option: constant expressions (x=pi/4, W=[[1, 2], [3, 4]])
    and files (@point.json with several values, W=@weights.npy with one). Those of --at may have uncertainties: x=2±0.1.

    With is_precise, numbers are those that were typed, and constant expressions are left to be computed with as many
    digits as are needed.
    Raises GraphdiffError if a value is not finite, or is given twice.
    """
    words: dict[str, Any] = {}
    places: dict[str, tuple[Source, Span]] = {}
    files: list[tuple[str, Mapping[str, Any]]] = []
    uncertainties: dict[str, Any] = {}
    of_columns: dict[str, Any] = {}
    notes: list[str] = []
    for text in texts:
        source = Source(normalize_text(text), option, is_precise)
        for start, end in pieces(source.text):
            piece = source.text[start:end].strip()
            if piece.startswith("@"):
                from graphdiff.cli.files import read_point_file

                files.append((piece[1:], read_point_file(piece[1:])))
                continue
            name, (value, u), span = _parse_binding(source, start, end, notes.append)
            if u is not None and option != POINT:
                message = f"{option} takes values without uncertainties"
                raise GraphdiffError(
                    "syntax", message, source, (start, end), f"leave out what follows the value of {shorten(name)}"
                )
            if name in places:
                raise GraphdiffError("name", f"duplicate value for '{shorten(name)}'", source, span)
            places[name] = source, span
            if value is None:
                of_columns[name] = u
                continue
            words[name] = value
            if u is not None:
                uncertainties[name] = u
    return Values(words, places, files, is_precise, uncertainties, of_columns, notes)


def unused_notes(names: Collection[str]) -> list[str]:
    """The note about the uncertainties of inputs of these names, for a command that does not propagate them."""
    if not names:
        return []
    return [f"the uncertainty of {shorten(', '.join(names))} is not used; eval, explain and map propagate it"]


def _parse_binding(
    source: Source, start: int, end: int, note: Callable[[str], None]
) -> tuple[str, UncertainValue, Span]:
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
    return target.name, _read_value(source, equal + 1, end, target.name, note), target.span


def _read_value(source: Source, start: int, end: int, name: str, note: Callable[[str], None]) -> UncertainValue:
    """The value in a part of a text, with its uncertainty if it has one."""
    if MAY_BE_UNCERTAIN.isdisjoint(source.text[start:end]):
        return UncertainValue(read_value(source, start, end, name), None)
    from graphdiff.cli.uncertain_value import read_uncertain  # lazy: few values have uncertainties

    return read_uncertain(source, start, end, name, note)


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
    if "±" in text or "+/-" in text:
        from graphdiff.cli.uncertain_value import EXAMPLE  # lazy: few values have uncertainties

        hint = EXAMPLE
    if text.endswith((".json", ".npy")):
        hint = f"to read a file of several inputs: @{text}; of one array: x=@{text}"
    return GraphdiffError("syntax", message, source, (start + len(piece) - len(piece.lstrip()), end), hint)
