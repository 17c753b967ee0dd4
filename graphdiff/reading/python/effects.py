"""Statements that only show or check something, and whether leaving them out changes anything."""

from __future__ import annotations

import ast

SILENT = {
    "print",
    "backward",
    "zero_grad",
    "requires_grad_",
    "seed",
    "manual_seed",
    "show",
    "display",
    "set_printoptions",
}
"""Functions and methods whose call computes nothing; print only if its arguments do not either."""
CHANGING = {
    "append",
    "extend",
    "insert",
    "pop",
    "remove",
    "clear",
    "sort",
    "reverse",
    "update",
    "setdefault",
    "popitem",
}
"""Methods that change a list or a dictionary."""


def is_silent(node: ast.expr) -> str | None:
    """The name of the function, for a call that computes nothing."""
    if not isinstance(node, ast.Call):
        return None
    function = node.func
    name = (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )
    return name if name in SILENT else None


def has_effect(statement: ast.stmt) -> bool:
    """Whether a statement may change a value: by an assignment within it, or by a call of a method that changes one."""
    for node in ast.walk(statement):
        if isinstance(node, (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)):
            return True
        if isinstance(node, ast.Attribute) and (node.attr in CHANGING or node.attr.startswith("__")):
            return True
        if isinstance(node, ast.Attribute) and node.attr.endswith("_") and node.attr not in SILENT:
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSED_CALLS:
            return True
    return False


REFUSED_CALLS = {"open", "exec", "eval", "compile", "__import__", "input", "setattr", "delattr", "globals", "locals"}
"""Functions whose call is not left out in silence."""
