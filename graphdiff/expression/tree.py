"""The tree of a program, as it is written: nothing is resolved or judged here.

Trees are as deep as the text is nested, so nothing may walk them by recursion: comparing, hashing or
printing a deep tree as the tuple that it is would.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from graphdiff.expression.source import Span

JUXTAPOSITION = "juxtaposition"
"""The function of a Call whose two factors stand side by side where that is no multiplication: `x y`, `sin x`."""


class Number(NamedTuple):
    value: float
    span: Span


class Name(NamedTuple):
    name: str
    span: Span


class Call(NamedTuple):
    """A function of its arguments: a name for a function, a symbol ("+", "^", "<=") for an operator."""

    function: str
    arguments: tuple[Expression, ...]
    span: Span
    function_span: Span


Expression: TypeAlias = Number | Name | Call


class Result(NamedTuple):
    """A statement that is an expression alone."""

    body: Expression


class Assignment(NamedTuple):
    """`q = x + y`"""

    target: Name
    body: Expression


class Definition(NamedTuple):
    """`sigma(u) = 1/(1 + exp(-u))`"""

    target: Name
    parameters: tuple[Name, ...]
    body: Expression


Statement: TypeAlias = Result | Assignment | Definition
