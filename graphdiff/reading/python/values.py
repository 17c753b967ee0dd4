"""What the names of a Python text stand for while it is read: numbers and arrays to compute, lists, functions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Generator, Sequence
from types import GeneratorType
from typing import Any, Literal, NamedTuple, TypeAlias

from graphdiff.language.tree import Clause, Definition, Expression
from graphdiff.source import Span

Steps: TypeAlias = Generator[Any, Any, Any]
"""A computation that yields the steps that it needs done first, and gets their results; other values it gets back."""
Kind: TypeAlias = Literal["list", "tuple", "array"]


class Value(NamedTuple):
    """A number or an array that the graph computes.

    Attributes:
        tree: The expression that computes it.
        constant: Its value, where the text alone determines it.
        origins: The places of the numbers that the constant depends on and that a point may replace.
        is_condition: Whether it is true or false.
        is_literal: Whether it is a number that stands in the text.
        length: The array and the axis of which it is the number of entries.
    """

    tree: Expression
    constant: int | float | None = None
    origins: frozenset[Span] = frozenset()
    is_condition: bool = False
    is_literal: bool = False
    length: tuple[Expression, int] | None = None


class Items:
    """A list, a tuple, or an array of which the text lists the entries; lists and arrays are changed in place.

    Attributes:
        entries: What it contains.
        kind: What it is in Python.
        tree: A shorter expression of all entries, until it is changed.
        branch: The conditional branch that created it; another branch must not change it.
        names: The names of its entries, if it is a named tuple.
        is_read: Whether its entries are in use: they get names before they are used again.
    """

    def __init__(
        self,
        entries: list[Any],
        kind: Kind,
        branch: object,
        tree: Expression | None = None,
        names: Sequence[str] = (),
    ) -> None:
        self.entries = entries
        self.kind = kind
        self.branch = branch
        self.tree = tree
        self.names = names
        self.is_read = False


class Dictionary:
    """A dictionary with strings as keys, like Items."""

    def __init__(self, entries: dict[str, Any], branch: object) -> None:
        self.entries = entries
        self.branch = branch
        self.is_read = False


class Scope:
    """The variables of a function call or of the module.

    Attributes:
        variables: Their values.
        parent: The scope around it.
        stores: How often the text assigns each name of the scope.
        gate: The gate to which the function belongs.
        used: The names that were looked up since they were assigned.
        pending: The values returned so far on a condition, each with it, the first first.
    """

    def __init__(self, parent: Scope | None, stores: dict[str, int], gate: object = None) -> None:
        self.variables: dict[str, Any] = {}
        self.parent = parent
        self.stores = stores
        self.gate = gate
        self.used: set[str] = set()
        self.pending: list[tuple[Value, Any]] = []


class Routine:
    """A function that the text defines.

    Attributes:
        name: Its name; "" for a lambda.
        node: Its syntax tree.
        scope: The scope of its definition.
        defaults: The values of its parameters with a default; None before they are read.
        gate: The gate that its calls are; None before its first call.
        is_inline: Whether its calls are replaced by its body, which no gate can be.
    """

    def __init__(self, name: str, node: ast.FunctionDef | ast.Lambda, scope: Scope) -> None:
        self.name = name
        self.node = node
        self.scope = scope
        self.defaults: dict[str, Any] | None = None
        self.gate: Definition | None = None
        self.is_inline = False


class Library(NamedTuple):
    """A module or a function of a library, by its full name: numpy.linalg, torch.exp."""

    path: str


class Partial(NamedTuple):
    """A function of a library with some of its keyword arguments: nn.MSELoss(reduction="sum")."""

    function: Library
    keywords: dict[str, Any]


class Method(NamedTuple):
    """A method of a value, not called yet: x.sum"""

    base: Any
    name: str


class Shape(NamedTuple):
    """x.shape, the sizes of an array that the text does not know."""

    array: Value


class Rows(NamedTuple):
    """What a loop goes over whose length the text does not know: the constant that it is, and the entry at a place."""

    length: Expression
    entry: Callable[[Value], Any]


class Terms(NamedTuple):
    """A list with one value for each place of such a loop."""

    body: Value
    clauses: tuple[Clause, ...]


class Places(NamedTuple):
    """range(n) or np.arange(n) for the number of rows of an array that the text does not know."""

    number: Value


class Refused(NamedTuple):
    """What cannot be read, which is an error where it is used."""

    message: str
    hint: str | None = None


class Arguments(NamedTuple):
    """The arguments of a call."""

    positional: list[Any]
    keywords: dict[str, Any]


def run(steps: Steps) -> Any:
    """The result of a computation and of all steps that it yields; without recursion, for texts of any depth."""
    stack = [steps]
    result: Any = None
    error: Exception | None = None
    while stack:
        try:
            step = stack[-1].send(result) if error is None else stack[-1].throw(error)
        except StopIteration as end:
            stack.pop()
            result, error = end.value, None
        except Exception as failure:
            stack.pop()
            result, error = None, failure
        else:
            if isinstance(step, GeneratorType):
                stack.append(step)
                step = None
            result, error = step, None
    if error is not None:
        raise error
    return result
