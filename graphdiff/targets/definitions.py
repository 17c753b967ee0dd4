"""Generated source that needs no graphdiff: the text of functions that it takes from here, and its execution."""

from __future__ import annotations

import ast
from collections.abc import Collection
from functools import lru_cache
from importlib.resources import files
from typing import Any


def definitions(package: str, module: str, names: Collection[str]) -> list[str]:
    """The lines of a module of graphdiff that define these names and everything that they use, without type hints."""
    needs = set(names)
    statements: list[ast.stmt] = []
    for statement in reversed(_statements(package, module)):
        if _names_of(statement) & needs:
            statements.append(statement)
            needs |= {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    lines: list[str] = []
    for statement in reversed(statements):
        is_function = isinstance(statement, ast.FunctionDef)
        if is_function or not lines or lines[-1].startswith(" "):
            lines += ["", ""]
        lines += ast.unparse(statement).splitlines()
    return lines


def names_in(package: str, module: str) -> set[str]:
    """The names that a module defines."""
    return set().union(*map(_names_of, _statements(package, module)))


def execute(text: str, scope: dict[str, Any] | None = None) -> dict[str, Any]:
    """Run generated source and return its scope: what it defines, added to a scope that earlier source has made."""
    scope = {} if scope is None else scope  # without a __name__, by which PyTorch's compiler would import a module
    exec(compile(text, "<graphdiff>", "exec", dont_inherit=True), scope)
    return scope


@lru_cache(maxsize=8)
def _statements(package: str, module: str) -> list[ast.stmt]:
    tree = ast.parse(files(package).joinpath(f"{module}.py").read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
    return tree.body


def _names_of(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef):
        return {statement.name}
    if isinstance(statement, ast.Assign):
        return {target.id for target in statement.targets if isinstance(target, ast.Name)}
    return set()
