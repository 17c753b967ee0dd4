"""A Python function as an object → a program: its source is read, and neither its globals nor what it closes over."""

from __future__ import annotations

import ast
import linecache
import os.path
from collections.abc import Mapping
from types import CodeType

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.operations.shapes import Shape
from graphdiff.reading.python.places import Places
from graphdiff.reading.python.read import parse_source, read_tree
from graphdiff.reading.python.survey import Function
from graphdiff.reading.reading import Reading
from graphdiff.source import Source


def read_function(
    function: object, shapes: Mapping[str, Shape] = {}, point: Mapping[str, float] = {}
) -> tuple[Source, Reading]:
    """Read the source of a function or a lambda, which is not called.

    shapes and point are those of its parameters, as for read_python. Its globals and the variables around it are
    inputs. It may call the functions of its file.

    Returns:
        The file that defines the function, and the program.

    Raises:
        GraphdiffError: "usage" if it is no Python function, or its source is not available; else as read_python.
    """
    from inspect import unwrap

    try:
        inner = unwrap(function)  # type: ignore[arg-type]  # of functools.wraps, jax.jit
    except ValueError:
        inner = None
    code = getattr(inner, "__code__", None)
    if not isinstance(code, CodeType) or hasattr(inner, "__self__"):
        raise GraphdiffError(
            "usage",
            f"expected a Python function, not {shorten(type(function).__name__)}",
            hint="define it with def or lambda",
        )
    linecache.checkcache(code.co_filename)
    source = Source("".join(linecache.getlines(code.co_filename)), os.path.basename(code.co_filename))
    node = None
    if source.text:
        tree, places = parse_source(source)
        node = _find(tree, places, code)
    if node is None:
        raise GraphdiffError(
            "usage",
            f"the source of the function '{shorten(code.co_name)}' is not available",
            hint="pass its source as text",
        )
    return source, read_tree(source, tree, places, node, shapes, point)


def _find(tree: ast.Module, places: Places, code: CodeType) -> Function | None:
    """The node that a function was made from; None if the text has changed since."""
    candidates: list[Function] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        elif isinstance(node, ast.Lambda) and code.co_name == "<lambda>":
            first = node.lineno
        else:
            continue
        if first == code.co_firstlineno and _parameters(node) == code.co_varnames[: len(_parameters(node))]:
            candidates.append(node)
    if len(candidates) > 1:
        # Several lambdas in one line: that which has all the instructions, and no more around them than it must.
        used = {place for place in code.co_positions() if None not in place and place[::2] != place[1::2]}
        candidates = [node for node in candidates if used and all(_contains(node, *position) for position in used)]
        candidates.sort(key=lambda node: (node.end_col_offset or 0) - node.col_offset)
    return candidates[0] if candidates else None


def _parameters(node: Function) -> tuple[str, ...]:
    arguments = node.args
    return tuple(each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))


def _contains(
    node: Function, line: int | None, end_line: int | None, column: int | None, end_column: int | None
) -> bool:
    start, end = (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
    return start <= (line or 0, column or 0) and (end_line or 0, end_column or 0) <= end
