"""The options that name a formula and a point, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from graphdiff.algebra.formula import Formula
from graphdiff.cli import options
from graphdiff.cli.expression import read_expression
from graphdiff.cli.point import read_point
from graphdiff.graph.graph import Graph
from graphdiff.language.build import parse


class FormulaRequest(NamedTuple):
    """The values of the options that every command on a formula has."""

    expression: tuple[str, ...]
    file: str | None
    at: tuple[str, ...]
    wrt: tuple[str, ...]
    output: str | None
    fuse: bool
    expand: bool

    def read(self, is_precise: bool = False) -> tuple[Formula, Graph]:
        """Read the formula, and build its graph; with is_precise, numbers keep all digits that were typed.

        Raises GraphdiffError if an option is invalid.
        """
        source = read_expression(self.expression, self.file)._replace(is_precise=is_precise)
        parsed = parse(source)
        point = read_point(parsed, self.at, is_precise=is_precise)
        names = [name.strip() for word in self.wrt for name in word.split(",")]
        wrt = [name for name in names if name] if self.wrt else None
        formula = Formula(source, point, wrt, self.expand, self.fuse, self.output)
        return formula, formula.build_graph(parsed)


def formula_and_point(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Add these options to a command, which gets them as one argument, `request`."""

    @wraps(command)
    def with_request(**arguments: Any) -> int | None:
        request = FormulaRequest(*[arguments.pop(name) for name in FormulaRequest._fields])
        return command(request=request, **arguments)

    for name in reversed(FormulaRequest._fields):
        with_request = getattr(options, name)(with_request)
    return with_request
