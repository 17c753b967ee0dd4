"""What a command line asks about: a formula and a point."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from graphdiff.algebra.rewrite import rewrite
from graphdiff.cli import options
from graphdiff.cli.inputs import read_expression
from graphdiff.cli.point import read_point
from graphdiff.graph.graph import Graph
from graphdiff.language.build import parse
from graphdiff.source import Source


class FormulaRequest(NamedTuple):
    """The words of the options that every command on a formula takes."""

    expression: tuple[str, ...]
    file: str | None
    at: tuple[str, ...]
    wrt: tuple[str, ...]
    output: str | None
    fuse: bool
    expand: bool

    @property
    def names(self) -> list[str] | None:
        """The inputs to differentiate by, where --wrt names them."""
        names = [name.strip() for word in self.wrt for name in word.split(",")]
        return [name for name in names if name] if self.wrt else None

    def read(self) -> tuple[Source, Graph, dict[str, Any]]:
        """The text, its graph with the gates and the output that are asked for, and the values of --at.

        Raises GraphdiffError where one of them is wrong.
        """
        source = read_expression(self.expression, self.file)
        graph = parse(source)
        point = read_point(graph, self.at)
        return source, rewrite(graph, point, self.expand, self.fuse, self.output), point


def formula_and_point(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Gives a command these options; it gets them as one argument, `request`."""

    @wraps(command)
    def gathered(**given: Any) -> int | None:
        return command(request=FormulaRequest(*[given.pop(name) for name in FormulaRequest._fields]), **given)

    for name in reversed(FormulaRequest._fields):
        gathered = getattr(options, name)(gathered)
    return gathered
