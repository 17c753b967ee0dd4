"""A SymPy expression → a program: by its structure, of which each class has a rule here."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from graphdiff.errors import shorten
from graphdiff.language.parser import parse
from graphdiff.language.program import Program
from graphdiff.language.tree import Assignment, Expression, Name, Number, Result, Statement
from graphdiff.reading.reading import Reading
from graphdiff.reading.sympy_rules import PLACE, arguments_of, kind_of, tree_of, value_error
from graphdiff.source import Source, normalize_text

LARGEST_UNNAMED = 20
"""How many operations a part may have that is written out where it stands several times."""
SYMBOLS = frozenset(["Symbol", "Dummy", "MatrixSymbol", "IndexedBase"])
RESERVED = frozenset(["for", "in", "if", "None", "none", "newaxis"])
"""Words of graphdiff's language that are no names in it."""
_NAME = re.compile(r"[^\W\d]\w*")


def is_sympy(value: object) -> bool:
    """Whether an object is of SymPy; it is not imported for that."""
    return any((each.__module__ or "").partition(".")[0] == "sympy" for each in type(value).__mro__)


def read_sympy(expression: object) -> tuple[Source, Reading]:
    """Read a SymPy expression, a matrix of them or a Lambda as a program.

    Returns:
        The program as text in graphdiff's language, and its statements.

    Raises:
        GraphdiffError: "value" for what has no counterpart, "name" for a symbol that cannot be a name.
    """
    reader = _Reader()
    statements = reader.read(expression)
    results = [statement.body for statement in statements[:-1] if isinstance(statement, Result)]
    parameters = [body.name for body in results if isinstance(body, Name)]
    graph = Program(Source(""), statements).graph()
    source = Source("\n".join([*parameters, str(graph)]))
    return source, Reading(parse(source), list(reader.notes))


class _Reader:
    """Builds the trees of one expression."""

    def __init__(self) -> None:
        self.notes: dict[str, None] = {}
        self.symbols: dict[str, Any] = {}
        self.statements: list[Statement] = []
        # The parts of each part, by its identity; SymPy may make new objects of the entries of a matrix each time.
        self.parts: dict[int, tuple[Any, ...]] = {}

    def read(self, root: Any) -> list[Statement]:
        """The statements of an expression; parts that are long and used several times have names."""
        parameters: Sequence[Any] = ()
        if kind_of(root) == "Lambda":
            parameters, root = tuple(root.args[0].args), root.args[1]
        order, uses = self._in_order(root)
        self._collect_symbols([*parameters, *order])
        inputs = [Result(self.name_of(symbol)) for symbol in parameters]
        trees: dict[int, Expression] = {}
        sizes: dict[int, int] = {}
        for node in order:
            parts = self.parts[id(node)]
            tree = self.tree(node, [trees[id(part)] for part in parts])
            size = 1 + sum(sizes[id(part)] for part in parts)
            if uses[id(node)] > 1 and size > LARGEST_UNNAMED:
                target = Name(self._new_name(), PLACE)
                self.statements.append(Assignment(target, tree))
                tree, size = target, 1
            trees[id(node)], sizes[id(node)] = tree, size
        return [*inputs, *self.statements, Result(trees[id(root)])]

    def _in_order(self, root: Any) -> tuple[list[Any], dict[int, int]]:
        """All parts, each once and after its own parts; and how often each is used."""
        order: list[Any] = []
        uses: dict[int, int] = {id(root): 1}
        stack: list[tuple[Any, bool]] = [(root, False)]
        while stack:
            node, is_done = stack.pop()
            if is_done:
                order.append(node)
            elif id(node) not in self.parts:
                parts = self.parts[id(node)] = arguments_of(node)
                stack.append((node, True))
                for part in parts:
                    uses[id(part)] = uses.get(id(part), 0) + 1
                    stack.append((part, False))
        return order, uses

    def _collect_symbols(self, nodes: Sequence[Any]) -> None:
        for node in nodes:
            if kind_of(node) in SYMBOLS:
                name = _label(node)
                if self.symbols.setdefault(name, node) != node:
                    raise value_error(
                        f"two different symbols are called '{shorten(name)}'", "name", "rename one of them"
                    )

    def _new_name(self) -> str:
        number = 1
        while f"part_{number}" in self.symbols:
            number += 1
        self.symbols[f"part_{number}"] = None
        return f"part_{number}"

    def name_of(self, symbol: Any) -> Name:
        """The name of a symbol."""
        name = normalize_text(_label(symbol))
        if not _NAME.fullmatch(name) or name in RESERVED:
            raise value_error(f"the symbol '{shorten(name)}' is not a valid name", "name", "rename it, for example x_1")
        return Name(name, PLACE)

    def tree(self, node: Any, operands: list[Expression]) -> Expression:
        """The tree of a part whose own parts are read."""
        kind = kind_of(node)
        if kind in SYMBOLS:
            return self.name_of(node)
        if kind in ("Pi", "Exp1"):
            name, value = ("pi", math.pi) if kind == "Pi" else ("e", math.e)
            return Number(value, PLACE) if name in self.symbols else Name(name, PLACE)
        if kind == "Piecewise" and kind_of(node.args[-1].args[1]) != "BooleanTrue":
            self.notes["the last value of a Piecewise is read as its value wherever no condition holds"] = None
        return tree_of(node, operands)


def _label(symbol: Any) -> str:
    """What a symbol is called."""
    return str(getattr(symbol, "name", "") or getattr(symbol, "label", ""))
