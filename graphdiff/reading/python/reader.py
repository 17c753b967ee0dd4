"""What a Python text has become so far: statements, inputs, notes; and how the reader refuses what it cannot read."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from graphdiff.errors import ErrorKind, GraphdiffError, Hint, shorten
from graphdiff.language.tree import Assignment, Call, Definition, Expression, Index, Name, Number, Statement
from graphdiff.operations.shapes import Shape
from graphdiff.reading.python.places import Places
from graphdiff.reading.python.sizes import Sizes
from graphdiff.reading.python.survey import mentions
from graphdiff.reading.python.values import Dictionary, Items, Value
from graphdiff.source import Source, Span

MOST_STEPS = 100_000
"""The most expressions and statements that are read, those of loops and of functions each time."""


LARGEST_TERM = 100
"""The operations of an expression that a term of a sum may use several times."""


def with_shapes(hint: str) -> Hint:
    """A hint what to write, or to give the shapes of the arrays."""
    return Hint(f"{hint}, or give the shapes of the arrays: shapes={{'x': (3,)}}", "array_shapes", hint=hint)


class NotAGate(Exception):  # noqa: N818  it is an outcome, not a mistake
    """The body of a function is no single expression: its calls are replaced by its body."""


class Facts:
    """What one pass over the text finds out that an earlier part of it needs, in the next pass.

    Attributes:
        fixed: The places of numbers that the structure of the program depends on, such as the bound of a loop; they are
            constants, which a point cannot replace.
        conditions: Those that only conditions depend on, which are fixed if the text cannot be read otherwise.
        inputs: The names of inputs that a variable has taken.
        shapes: The shapes of inputs for which alone the text is read, as it cannot be read for any.
        point: The whole numbers that the point gives to inputs.
        counts: The names of those of them that the structure of the program depends on; they are constants.
        is_stale: Whether the last pass found out what it needed before.
    """

    def __init__(self, point: Mapping[str, float]) -> None:
        self.point = point
        self.counts: set[str] = set()
        self.fixed: set[Span] = set()
        self.conditions: set[Span] = set()
        self.inputs: set[str] = set()
        self.shapes: Mapping[str, Shape] = {}
        self.is_stale = False


class Reader:
    """Collects the program of one text, and names its variables."""

    def __init__(self, source: Source, places: Places, identifiers: set[str], stored: set[str], facts: Facts) -> None:
        self.source = source
        self.places = places
        self.facts = facts
        self.statements: list[Statement] = []
        self.definitions: list[Definition] = []
        self.inputs: dict[str, Span] = {}
        self.values: dict[str, object] = {}
        self.notes: dict[str, None] = {}
        self.constant_names: set[str] = set()
        self.counts: dict[str, Number] = {}
        # The names of values and of functions, and the number of the last version of each.
        self.names: set[str] = set()
        self.functions: set[str] = set()
        self.versions: dict[str, int] = {}
        # All names of the text, and those of them that it assigns.
        self.identifiers = identifiers
        self.stored_names = stored
        # The parameters of the function that is read, and the libraries that the text uses.
        self.parameters: set[str] = set()
        self.libraries: set[str] = set()
        # Inputs that are dictionaries, and the one that each input is an entry of.
        self.dictionaries: set[str] = set()
        self.keys: dict[str, str] = {}
        # What stands for the gate or the conditional branch that is being read.
        self.gate: object = None
        self.branch: object = None
        # Whether a term of a sum is read, which has no statements of its own, but may use all values before it.
        self.is_term = False
        self.steps = 0
        self.sizes = Sizes(facts.shapes, self.values) if facts.shapes else None

    # Errors and notes

    def error(
        self, message: str, node: ast.AST | Span, hint: str | None = None, kind: ErrorKind = "syntax"
    ) -> GraphdiffError:
        span = node if isinstance(node, tuple) else self.places.span(node)
        return GraphdiffError(kind, message, self.source, span, hint)

    def note(self, text: str) -> None:
        self.notes[text] = None

    def text_of(self, node: ast.AST) -> str:
        """The text of a node, for a message."""
        start, end = self.places.span(node)
        return shorten(" ".join(self.source.text[start:end].split()))

    def count_step(self, node: ast.AST) -> None:
        """Raise GraphdiffError("limit") if loops and calls make the text too long."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise self.error(
                f"the program has more than {MOST_STEPS:,} steps at this point",
                node,
                "loops and calls are written out: use fewer steps, or arrays",
                "limit",
            )

    # Names

    def fresh_name(self, name: str, names: set[str]) -> str:
        """A name that nothing has yet: x, x_2, x_3, …"""
        if name not in names and name not in self.facts.inputs:
            names.add(name)
            return name
        version = self.versions.get(name, 1) + 1
        while (candidate := f"{name}_{version}") in names or candidate in self.identifiers:
            version += 1
        self.versions[name] = version
        names.add(candidate)
        return candidate

    def input(self, name: str, span: Span) -> Name:
        """An input of the program."""
        if self.gate and not self.is_term:
            raise NotAGate
        if name in self.inputs and name not in self.parameters:
            return Name(name, span)
        if name in self.inputs:
            raise self.error(
                f"'{shorten(name)}' is both a parameter and a global of a function",
                span,
                "rename the parameter",
                "name",
            )
        self.inputs[name] = span
        self._claim(name)
        return Name(name, span)

    def _claim(self, name: str) -> None:
        """Keep a name for an input; in the next pass a variable that has it gets another one."""
        if name in self.names:
            self.facts.inputs.add(name)
            self.facts.is_stale = True
        self.names.add(name)

    def count(self, name: str, span: Span) -> Value:
        """The whole number that the point gives to a name on which the structure of the program depends."""
        number = Number(self.facts.point[name], span)
        if name not in self.counts:
            self.note(f"the program is read for {shorten(name)} = {number.value:g}, the value at the point")
            self.counts[name] = number
            self._claim(name)
        return Value(number, int(number.value))

    def claim_key(self, dictionary: str, key: str, node: ast.AST) -> None:
        """Make an entry of a dictionary an input.

        Raises GraphdiffError("name") if another dictionary has such an entry, or another input is called so.
        """
        if self.keys.get(key, dictionary) != dictionary or (key in self.inputs and key not in self.keys):
            raise self.error(f"two inputs would be called '{shorten(key)}'", node, "give one another name", "name")
        self.dictionaries.add(dictionary)
        self.keys[key] = dictionary

    def assign(self, name: str, value: Value, span: Span) -> Value:
        """Give a value a name of the program, unless it has one; in a gate it remains an expression."""
        if isinstance(value.tree, Name) or self.gate:
            return value
        target = Name(self.fresh_name(name, self.names), span)
        self.statements.append(Assignment(target, value.tree))
        if value.constant is not None and not value.origins:
            self.constant_names.add(target.name)
        return value._replace(tree=target)

    def share(self, value: Value, name: str = "part") -> Value:
        """A value that may be used several times without being computed as often."""
        if isinstance(value.tree, (Name, Number)):
            return value
        if self.is_term and is_small(value.tree):
            return value
        if self.gate:
            raise NotAGate
        return self.assign(name, value, value.tree.span)

    def share_entries(self, items: Items | Dictionary) -> None:
        """Give the entries of a list names before they are used a second time."""
        if items.is_read and isinstance(items, Items):
            items.entries[:] = [self._shared(entry) for entry in items.entries]
        elif items.is_read and isinstance(items, Dictionary):
            items.entries.update({key: self._shared(entry) for key, entry in items.entries.items()})
        items.is_read = True

    def _shared(self, entry: Any) -> Any:
        return self.share(entry) if is_computed(entry) else entry

    def shape_of(self, value: Value) -> Shape | None:
        """The shape of an array, if the text is read for the shapes of its inputs and a point cannot change it."""
        if self.sizes is None:
            return None
        return self.sizes.shape_of(value.tree, [*self.definitions, *self.statements], self.source)

    # Constants

    def fix(self, value: Value) -> None:
        """Record that the program depends on a constant otherwise than by a formula."""
        if not value.origins <= self.facts.fixed:
            self.facts.fixed |= value.origins
            self.facts.is_stale = True

    def request_count(self, value: Any) -> None:
        """Make constants, in the next pass, of the inputs of a value for which the point has whole numbers.

        A pass that is stale may have two values of one name.
        """
        if isinstance(value, Value) and not self.facts.is_stale:
            counts = self._inputs_of(value)[0] & self.facts.point.keys()
            self.facts.counts |= counts
            self.facts.is_stale = bool(counts)

    def count_hint(self, value: Value) -> Hint:
        """A hint how to give the number of steps of a loop."""
        inputs, functions = self._inputs_of(value)
        if "count" in functions or not inputs:
            return with_shapes("write it as a number")
        name = shorten(min(inputs))
        return Hint(f"write it as a number, or give '{name}' a whole number in the point", "count", name=name)

    def _inputs_of(self, value: Value) -> tuple[set[str], set[str]]:
        """The inputs and the functions from which a value is computed."""
        names, functions = mentions(value.tree)
        for statement in reversed(self.statements):
            assert isinstance(statement, Assignment)
            if statement.target.name in names:
                more_names, more_functions = mentions(statement.body)
                names |= more_names
                functions |= more_functions
        return names & self.inputs.keys(), functions

    @contextmanager
    def within_branch(self) -> Iterator[None]:
        """A part of the text that is read whether its condition holds or not."""
        outer, self.branch = self.branch, object()
        try:
            yield
        finally:
            self.branch = outer

    @contextmanager
    def within_gate(self, is_term: bool = False) -> Iterator[None]:
        """The body of a function that becomes a single expression, or a term of a sum."""
        outer = self.gate, self.branch, self.is_term
        self.gate = self.branch = object()
        self.is_term = is_term
        try:
            yield
        finally:
            self.gate, self.branch, self.is_term = outer


def is_computed(value: Any) -> bool:
    """Whether a value is an expression, which must have a name where it may be used several times."""
    return isinstance(value, Value) and not isinstance(value.tree, (Name, Number, Index))


def is_small(root: Expression) -> bool:
    """Whether an expression is short enough to be written several times."""
    stack: list[Any] = [root]
    for _ in range(LARGEST_TERM):
        if not stack:
            return True
        tree = stack.pop()
        stack.extend(tree.arguments if isinstance(tree, Call) else tree.items if isinstance(tree, Index) else ())
    return False


def integer(value: Any) -> int | None:
    """The whole number that a value is, if the text determines it."""
    if isinstance(value, Value) and isinstance(value.constant, int):
        return int(value.constant)
    return None
