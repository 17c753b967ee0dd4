"""The syntax tree of a program, in which no name is resolved yet.

A tree is as deep as its text is nested, so nothing may recurse over it, not even comparing, hashing or printing the
tuples that its nodes are.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from graphdiff.source import Span

JUXTAPOSITION = "juxtaposition"
"""The function of a Call of two expressions side by side that are not a product: `x y`, `sin x`."""


class Number(NamedTuple):
    value: float
    span: Span


class String(NamedTuple):
    """`"fro"`, the value of an option."""

    value: str
    span: Span


class Name(NamedTuple):
    name: str
    span: Span


class Keyword(NamedTuple):
    """`axis=0` in a call; in a definition, a parameter with its default."""

    name: Name
    value: Expression


class Call(NamedTuple):
    """A call of a function by its name, or of an operator by its symbol ("+", "^", "<=")."""

    function: str
    arguments: tuple[Expression, ...]
    span: Span
    function_span: Span
    keywords: tuple[Keyword, ...] = ()


class Array(NamedTuple):
    """`[1, x, 2*y]`"""

    elements: tuple[Expression, ...]
    span: Span


class Tuple(NamedTuple):
    """`(0, 1)`, the notation of axes and shapes."""

    elements: tuple[Expression, ...]
    span: Span


class Slice(NamedTuple):
    """`1:3`, `::2`; a bound that is left out is None."""

    start: Expression | None
    stop: Expression | None
    step: Expression | None


class Ellipsis(NamedTuple):
    """`...`"""

    span: Span


class Index(NamedTuple):
    """`a[0, :, i]`"""

    base: Expression
    items: tuple[Expression | Slice | Ellipsis, ...]
    span: Span


class Clause(NamedTuple):
    """`for k in range(3) if k != 1`"""

    variable: Name
    values: Expression
    condition: Expression | None


class Comprehension(NamedTuple):
    """`sum(w[k]*x[k] for k in range(3))`; `fold(h/2 + x/(2*h) for t in range(5), h=1)`, where output is the number of
    the carried value that it stands for, None for the only one."""

    function: str
    body: Expression
    clauses: tuple[Clause, ...]
    span: Span
    function_span: Span
    keywords: tuple[Keyword, ...] = ()
    output: int | None = None

    @property
    def has_several_values(self) -> bool:
        """Whether it is a loop with several values, of which none is selected."""
        return self.output is None and len(self.keywords) > 1


Expression: TypeAlias = Number | String | Name | Call | Array | Tuple | Index | Comprehension


class Result(NamedTuple):
    """A statement that is only an expression."""

    body: Expression


class Assignment(NamedTuple):
    """`q = x + y`"""

    target: Name
    body: Expression


class Unpacking(NamedTuple):
    """`a, b = x + y, x*y`"""

    assignments: tuple[Assignment, ...]


class Definition(NamedTuple):
    """`sigma(u) = 1/(1 + exp(-u)) with y*(1 - y)`

    options are parameters with a default, for which calls give constants. derivatives are the expressions after `with`,
    one for each parameter.
    """

    target: Name
    parameters: tuple[Name, ...]
    body: Expression
    options: tuple[Keyword, ...] = ()
    derivatives: tuple[Expression, ...] = ()


SingleStatement: TypeAlias = Result | Assignment | Definition
Statement: TypeAlias = SingleStatement | Unpacking
