"""The tree of a program, as it is written: nothing is resolved or judged here.

Trees are as deep as the text is nested, so nothing may walk them by recursion: comparing, hashing or
printing a deep tree as the tuple that it is would.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from graphdiff.source import Span

JUXTAPOSITION = "juxtaposition"
"""The function of a Call whose two factors stand side by side where that is no multiplication: `x y`, `sin x`."""


class Number(NamedTuple):
    value: float
    span: Span


class Name(NamedTuple):
    name: str
    span: Span


class Keyword(NamedTuple):
    """`axis=0` in a call, or in a definition the default of a parameter."""

    name: Name
    value: Expression


class Call(NamedTuple):
    """A function of its arguments: a name for a function, a symbol ("+", "^", "<=") for an operator."""

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
    """`(0, 1)`, as axes and shapes are written."""

    elements: tuple[Expression, ...]
    span: Span


class Slice(NamedTuple):
    """`1:3`, `::2`; what is not written is None."""

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
    """`sum(w[k]*x[k] for k in range(3))`"""

    function: str
    body: Expression
    clauses: tuple[Clause, ...]
    span: Span
    function_span: Span


Expression: TypeAlias = Number | Name | Call | Array | Tuple | Index | Comprehension


class Result(NamedTuple):
    """A statement that is an expression alone."""

    body: Expression


class Assignment(NamedTuple):
    """`q = x + y`"""

    target: Name
    body: Expression


class Definition(NamedTuple):
    """`sigma(u) = 1/(1 + exp(-u)) with y*(1 - y)`; options are parameters with a default: constants, given in the text
    of a call. derivatives are what stands after `with`: of a gate with its own, one for each parameter."""

    target: Name
    parameters: tuple[Name, ...]
    body: Expression
    options: tuple[Keyword, ...] = ()
    derivatives: tuple[Expression, ...] = ()


Statement: TypeAlias = Result | Assignment | Definition
