"""Python objects that mean formulas: functions, whose source is read, and SymPy expressions."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.source import Source

if TYPE_CHECKING:
    from graphdiff.reading.reading import Reading


def read_object(value: object) -> tuple[Source, Reading]:
    """The text of an object and what it means. Nothing is called or run.

    Raises GraphdiffError("usage") if it is neither a Python function nor a SymPy expression, or has no source.
    """
    is_sympy = any((each.__module__ or "").partition(".")[0] == "sympy" for each in type(value).__mro__)
    if not is_sympy and not callable(value):
        message = f"expected a formula, not {shorten(type(value).__name__)}"
        raise GraphdiffError("usage", message, hint="pass its text, its graph, a Python function or a SymPy expression")
    module, function = ("sympy_expression", "read_sympy") if is_sympy else ("python.function_object", "read_function")
    source: Source
    reading: Reading
    source, reading = getattr(import_module(f"graphdiff.reading.{module}"), function)(value)
    return source._replace(language=None if is_sympy else "python"), reading
