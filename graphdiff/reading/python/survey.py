"""What a Python text contains: its functions, its names, the libraries that it uses; and what a tree mentions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, TypeAlias

from graphdiff.language.tree import Array, Call, Comprehension, Expression, Index, Name, Slice, Tuple
from graphdiff.reading.python.library import MODULES

Function: TypeAlias = ast.FunctionDef | ast.Lambda


def targets(statement: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]


def functions_of(tree: ast.Module) -> dict[str, Function]:
    """The functions of a module by their names, in the order of their last definitions; a lambda alone is called ""."""
    functions: dict[str, Function] = {}
    for statement in tree.body:
        names: list[str] = []
        node: Function
        if isinstance(statement, ast.FunctionDef):
            names, node = [statement.name], statement
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and isinstance(statement.value, ast.Lambda):
            node = statement.value
            names = [target.id for target in targets(statement) if isinstance(target, ast.Name)]
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Lambda):
            names, node = [""], statement.value
        for name in names:
            functions.pop(name, None)
            functions[name] = node
    return functions


def names_of(tree: ast.Module) -> tuple[set[str], set[str], set[str]]:
    """The names of a text; those of them that it assigns; and the names of its attributes and imports."""
    identifiers: set[str] = set()
    stored: set[str] = set()
    attributes: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            identifiers.add(node.id)
            if isinstance(node.ctx, ast.Store):
                stored.add(node.id)
        elif isinstance(node, ast.arg):
            identifiers.add(node.arg)
            stored.add(node.arg)
        elif isinstance(node, ast.Attribute):
            attributes.add(node.attr)
        elif isinstance(node, ast.alias):
            attributes.add(node.name.rpartition(".")[2])
    return identifiers, stored, attributes


def libraries(identifiers: set[str], tree: ast.Module) -> set[str]:
    """Which of NumPy (or JAX, which has the same functions) and PyTorch a text uses."""
    modules: set[str] = set()
    imported: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            imported |= {alias.asname or alias.name for alias in node.names}
            modules |= {alias.name for alias in node.names} if isinstance(node, ast.Import) else {node.module or ""}
    modules |= {MODULES[name] for name in identifiers - imported if name in MODULES}
    families = {"numpy": "numpy", "jax": "numpy", "autograd": "numpy", "torch": "torch"}
    return {families[root] for module in modules if (root := module.partition(".")[0]) in families}


def mentions(tree: Expression) -> tuple[set[str], set[str]]:
    """The names of values and of functions in an expression."""
    return set(_walk(tree, False)), set(_walk(tree, True))


def _walk(root: Expression, of_functions: bool) -> Iterator[str]:
    stack: list[Any] = [root]
    while stack:
        tree = stack.pop()
        if isinstance(tree, Name):
            if not of_functions:
                yield tree.name
        elif isinstance(tree, Call):
            if of_functions:
                yield tree.function
            stack.extend(tree.arguments)
        elif isinstance(tree, (Array, Tuple)):
            stack.extend(tree.elements)
        elif isinstance(tree, Comprehension):
            if of_functions:
                yield tree.function
            stack += [tree.body, *(clause.values for clause in tree.clauses)]
        elif isinstance(tree, Index):
            stack.append(tree.base)
            stack.extend(item for item in tree.items if not isinstance(item, Slice))


def stores_of(node: ast.AST) -> dict[str, int]:
    """How often a function or a module assigns each of its variables or entries of it; in a loop it counts as often."""
    counts: dict[str, int] = {}
    changed: list[str] = []
    body = [] if isinstance(node, ast.Lambda) else list(getattr(node, "body", []))
    stack: list[tuple[ast.AST, int]] = [(statement, 1) for statement in body]
    while stack:
        current, weight = stack.pop()
        if isinstance(current, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            counts[current.name] = counts.get(current.name, 0) + weight
            continue
        if isinstance(current, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        if isinstance(current, ast.Name) and isinstance(current.ctx, ast.Store):
            counts[current.id] = counts.get(current.id, 0) + weight
        if isinstance(current, ast.Subscript) and isinstance(current.ctx, ast.Store):
            base = current.value
            while isinstance(base, ast.Subscript):
                base = base.value
            changed += [base.id] if isinstance(base, ast.Name) else []
        if isinstance(current, ast.alias):
            name = (current.asname or current.name).partition(".")[0]
            counts[name] = counts.get(name, 0) + weight
        if isinstance(current, (ast.For, ast.While)):
            weight = 2
        stack.extend((child, weight) for child in ast.iter_child_nodes(current))
    for name in changed:
        if name in counts:
            counts[name] += 1
    return counts
