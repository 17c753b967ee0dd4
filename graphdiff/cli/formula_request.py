"""The options that name a formula and a point, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, NamedTuple

from graphdiff.algebra.formula import Formula
from graphdiff.cli import options
from graphdiff.cli.expression import read_expression
from graphdiff.cli.output import STANDARD, print_note
from graphdiff.cli.pieces import bare, equal_sign, names_in
from graphdiff.cli.point import read_values, unused_notes
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import Shape
from graphdiff.reading.parse import Origin, origin_of, read
from graphdiff.source import Source, by_input, normalize_text

if TYPE_CHECKING:
    from graphdiff.algebra.loop_steps import Step


class FormulaRequest(NamedTuple):
    """The values of the options that every command on a formula has."""

    expression: tuple[str, ...]
    file: str | None
    language: str | None
    function: str | None
    aliases: tuple[str, ...]
    at: tuple[str, ...]
    wrt: tuple[str, ...]
    output: str | None
    fuse: bool
    expand: bool
    expand_steps: tuple[Step, ...]

    @property
    def is_typed(self) -> bool:
        """Whether all of it stands on the command line, and no file is read."""
        return self.file is None and STANDARD not in self.expression and not any("@" in text for text in self.at)

    @property
    def names(self) -> dict[str, str]:
        """The names of inputs by those that stand for them."""
        return input_names(self.aliases)

    def has_point(self, graph: Graph) -> bool:
        """Whether --at or the program gives values; constants have some."""
        return bool(self.at) or all(name in {*CONSTANTS, *graph.defaults} for name in graph.input_names)

    def read(
        self,
        is_precise: bool = False,
        shape: Sequence[str] = (),
        columns: Callable[[], Mapping[str, Shape]] = dict,
        direction: Iterable[str] = (),
        correlation: Sequence[str] | None = None,
    ) -> tuple[Formula, Graph, Origin]:
        """Read the formula, build its graph, and print how it was read where that is not as it was typed.

        With is_precise, numbers keep all digits that were typed. shape has the values of --shape; columns returns the
        shapes of the columns of a table, for languages that depend on them; direction are names that are inputs, as
        those of --at and --wrt are. correlation has the values of --correlation; None where the command does not
        propagate uncertainties.
        Raises GraphdiffError if an option is invalid.
        """
        read_texts = _read_again if columns is dict and self.is_typed else _read_texts
        texts = read_texts(self, is_precise, tuple(shape), columns, tuple(direction))
        parsed = texts.parsed
        unused = unused_notes(texts.uncertainty if correlation is None else ())
        origin = texts.origin._replace(notes=(*texts.notes, *unused, *texts.origin.notes))
        if origin.read_as is not None:
            print_note("; ".join(origin.read_as.splitlines()), label="read as")
        for note in origin.notes:
            print_note(note)
        output = self.output and bare(self.output)
        if parsed.equalities:
            from graphdiff.passes.equalities import check_equalities

            check_equalities(parsed, texts.point)
        point, wrt, shapes = dict(texts.point), texts.wrt, dict(texts.shapes)
        formula = Formula(texts.source, point, wrt, self.expand, self.expand_steps, self.fuse, output, shapes)
        if correlation is not None and (texts.uncertainty or correlation):
            from graphdiff.cli.correlation import read_correlations  # lazy: few points have uncertainties

            known = read_correlations(correlation, self.names)
            formula = formula._replace(uncertainty=dict(texts.uncertainty), correlation=known)
        return formula, formula.build_graph(parsed), origin


class _Texts(NamedTuple):
    """What the texts of a request mean."""

    source: Source
    parsed: Graph
    origin: Origin
    notes: Sequence[str]
    point: Mapping[str, Any]
    uncertainty: Mapping[str, Any]
    wrt: list[str] | None
    shapes: dict[str, Shape]


def _read_texts(
    request: FormulaRequest,
    is_precise: bool,
    shape: tuple[str, ...],
    columns: Callable[[], Mapping[str, Shape]],
    direction: tuple[str, ...],
) -> _Texts:
    """Read the formula and its point. The parameters are those of FormulaRequest.read."""
    source = read_expression(request.expression, request.file)._replace(
        is_precise=is_precise, function=request.function
    )
    names = request.names
    source = source._replace(language=request.language or source.language, names=names)
    values = read_values(request.at, is_precise=is_precise).by_input(names)
    values = values.without_columns() if columns is dict else values
    wrt = [names.get(name, name) for word in request.wrt for name in names_in(word)] if request.wrt else None
    if wrt == []:
        raise GraphdiffError("usage", "--wrt names no input", hint="as in --wrt x,y; without it, all inputs")
    shapes = by_input(_read_shapes(shape), names) if shape else {}
    parsed = read(source, values.by_name, [*(wrt or ()), *direction], shapes=lambda: _add(columns(), shapes))
    point, uncertainty = values.at(parsed)
    uncertainty.update(values.of_columns)
    return _Texts(source, parsed, origin_of(parsed), values.notes, point, uncertainty, wrt, shapes)


_read_again = lru_cache(maxsize=8)(_read_texts)
"""In a live session one command after the other reports the same formula."""


def input_names(aliases: Sequence[str]) -> dict[str, str]:
    """The names of inputs by those that stand for them: --as P="Pressure (kPa)".

    Raises GraphdiffError("usage") if one is not written so, or stands for two.
    """
    names: dict[str, str] = {}
    for text in map(normalize_text, aliases):
        place = equal_sign(text)
        short, name = bare(text[:place]), "" if place is None else bare(text[place + 1 :])
        if not short or not name:
            hint = 'write a name of the expression and that of the input: --as P="Pressure (kPa)"'
            raise GraphdiffError("usage", f"--as requires NAME=INPUT, not '{shorten(text)}'", hint=hint)
        if re.search(r",\s*\w+\s*=", name) and text.rstrip()[-1] != "`":
            hint = "write --as once for each input, or a name with a comma in backticks"
            raise GraphdiffError("usage", f"--as takes one name, not '{shorten(text)}'", hint=hint)
        if re.fullmatch(r"[\d.]+", text[(place or 0) + 1 :].strip()):
            hint = f"values are given with --at; an input that is called so stands in backticks: {short}=`{name}`"
            raise GraphdiffError("usage", f"'{shorten(name)}' is a number, not the name of an input", hint=hint)
        if short in names or name in names.values():
            double = short if short in names else name
            hint = "each name stands for one input"
            raise GraphdiffError("usage", f"--as names '{shorten(double)}' twice", hint=hint)
        names[short] = name
    return names


def _read_shapes(texts: Sequence[str]) -> dict[str, Shape]:
    from graphdiff.cli.shapes import read_shapes  # lazy: few command lines have shapes

    return read_shapes(texts)


def _add(columns: Mapping[str, Shape], shapes: dict[str, Shape]) -> dict[str, Shape]:
    """Add the shapes of columns to those of options, for other processes too, which read the text again."""
    for name, shape in columns.items():
        shapes.setdefault(name, shape)
    return shapes


def formula_and_point(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Add these options to a command, which gets them as one argument, `request`."""

    @wraps(command)
    def with_request(**arguments: Any) -> int | None:
        request = FormulaRequest(*[arguments.pop(name) for name in FormulaRequest._fields])
        return command(request=request, **arguments)

    for name in reversed(FormulaRequest._fields):
        with_request = getattr(options, name)(with_request)
    return with_request
