"""Mutants of the rules and kernels: each is one function of `graphdiff/operations/` with one change.

A mutant replaces the code of the existing function, so that every holder of the function, above all a record, uses it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from graphdiff.operations import ieee
from graphdiff.operations.functions import ROWS
from graphdiff.operations.primitive import NoDerivative, Primitive
from graphdiff.operations.registry import PRIMITIVES
from support.changes import INTERPRETERS, Definition, variants

DERIVATIVES, VALUES, KINKS = "derivatives", "values", "kinks"

EQUIVALENTS = Path(__file__).parent.parent / "equivalent_mutants.txt"


@dataclass(frozen=True, eq=False)
class Target:
    """A function under test: its name, what it is for, and the operations whose records come to it."""

    name: str
    purpose: str
    function: FunctionType
    users: frozenset[str]


@dataclass(frozen=True, eq=False)
class Mutant:
    """A target with one change; is_basic where that is one of those which every run of the tests tries."""

    target: Target
    change: str
    code: CodeType
    is_basic: bool

    @property
    def name(self) -> str:
        return f"{self.target.name}: {self.change}"

    @contextmanager
    def alive(self) -> Iterator[None]:
        """While it is entered, the function is the mutant."""
        original = self.target.function.__code__
        self.target.function.__code__ = self.code
        try:
            yield
        finally:
            self.target.function.__code__ = original


def targets() -> Iterator[Target]:
    """The functions of the records, each helper that they call, and the arithmetic of floats."""
    users: dict[FunctionType, set[str]] = {}
    functions: dict[FunctionType, tuple[str, str]] = {}
    for primitive in PRIMITIVES.values():
        for name, purpose, function in _fields(primitive):
            reachable = [function, *_callees(function)]
            for each in reachable:
                is_own = each.__name__ == "<lambda>"
                if is_own or purpose == DERIVATIVES or _interpreter(each):
                    functions.setdefault(each, (name if is_own else each.__name__, purpose))
                    users.setdefault(each, set()).add(primitive.name)
            for each in (getattr(ieee, name, None) for function in reachable for name in _names(function.__code__)):
                if isinstance(each, FunctionType) and each.__module__ == ieee.__name__ and each.__closure__ is None:
                    functions.setdefault(each, (f"ieee.{each.__name__}", VALUES))
                    users.setdefault(each, set()).add(primitive.name)
    for function, (name, purpose) in functions.items():
        yield Target(name, purpose, function, frozenset(users[function]))


def every_mutant() -> list[Mutant]:
    """All that do not mean the same as what they are of."""
    same = equivalents()
    return [mutant for target in targets() for mutant in mutants(target) if mutant.name not in same]


def equivalents() -> dict[str, str]:
    """By the name of each mutant that means the same as what it is of: the reason."""
    reasons: dict[str, str] = {}
    reason = ""
    for line in EQUIVALENTS.read_text("utf-8").splitlines():
        if line.startswith("# "):
            reason = line[2:]
        elif line:
            reasons[line] = reason
    return reasons


def _fields(primitive: Primitive) -> Iterator[tuple[str, str, Any]]:
    """Every function of a record that has to do with numbers: its name, what it is for, and it."""
    yield f"{primitive.name} value", VALUES, primitive.kernel
    rules = primitive.partials or primitive.vjps
    for slot, rule in enumerate((rules,) if callable(rules) else rules):
        operand = "each operand" if callable(rules) else primitive.inputs[slot]
        if not isinstance(rule, NoDerivative):
            yield f"{primitive.name} by {operand}", DERIVATIVES, rule
    for name in ("kink", "reflection"):
        if (function := getattr(primitive, name)) is not None:
            yield f"{primitive.name} {name}", KINKS, function
    for formula, complement in primitive.complements.items():
        yield f"{primitive.name} {formula}", VALUES, complement


def _names(code: CodeType) -> Iterator[str]:
    """The globals and attributes that a function names, functions inside it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _callees(function: FunctionType) -> Iterator[FunctionType]:
    """The functions of `operations/` that it calls, directly or not, and the definitions of elementary functions; those
    of shapes alone have tests of their own."""
    seen: set[str] = set()
    ahead = [function]
    while ahead:
        each = ahead.pop()
        for name in dict.fromkeys(_names(each.__code__)):
            row = ROWS.get(name) if _interpreter(each) == "xp" else None
            called = row.definition if row and row.definition else each.__globals__.get(name)
            if name not in seen and isinstance(called, FunctionType) and ".operations." in called.__module__:
                seen.add(name)
                if not called.__module__.endswith((".shapes", ".ieee")):
                    ahead.append(called)
                    yield called


def mutants(target: Target) -> Iterator[Mutant]:
    """A target with each of its changes in turn."""
    function = target.function
    for definition, change, is_basic in variants(_definition(function), function.__globals__):
        yield Mutant(target, change, _compile(definition, function.__code__), is_basic)


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text("utf-8"))


def _definition(function: FunctionType) -> Definition:
    """What the function was compiled from: the innermost such definition that holds all that its code is of."""
    code = function.__code__
    places = [place for place in code.co_positions() if None not in place and place[3]]
    definitions: list[Definition] = []
    for node in ast.walk(_tree(code.co_filename)):
        if isinstance(node, ast.FunctionDef) and (node.name, node.lineno) == (code.co_name, code.co_firstlineno):
            return node
        if isinstance(node, ast.Lambda) and code.co_name == "<lambda>":
            body = node.body
            start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
            if all(start <= (line, column) and (last, after) <= end for line, last, column, after in places):
                definitions.append(node)
    return definitions[-1]


def _interpreter(function: FunctionType) -> str:
    """`op` or `xp`, where the function works through one."""
    first = function.__code__.co_varnames[:1]
    return first[0] if first and first[0] in INTERPRETERS else ""


def _compile(definition: Definition, original: CodeType) -> CodeType:
    """The code of the function alone, as the module's would be."""
    tree: ast.Module | ast.Expression
    if isinstance(definition, ast.Lambda):
        tree, mode = ast.Expression(definition), "eval"
    else:
        tree, mode = ast.Module([definition], []), "exec"
    code = compile(ast.fix_missing_locations(tree), original.co_filename, mode, dont_inherit=True)
    (inner,) = (each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == original.co_name)
    return inner
