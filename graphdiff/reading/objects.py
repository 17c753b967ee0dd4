"""Python objects that mean formulas: functions, whose source is read, and SymPy expressions."""

from __future__ import annotations

from collections.abc import Mapping

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.operations.shapes import Shape
from graphdiff.reading.python.function_object import read_function
from graphdiff.reading.reading import Reading
from graphdiff.reading.sympy_expression import is_sympy, read_sympy
from graphdiff.source import Source


def read_object(value: object, shapes: Mapping[str, Shape], point: Mapping[str, float]) -> tuple[Source, Reading]:
    """The text of an object and what it means; shapes and point are those of its inputs. Nothing is called or run.

    Raises GraphdiffError("usage") if it is neither a Python function nor a SymPy expression, or has no source.
    """
    if not is_sympy(value) and not callable(value):
        message = f"expected a formula, not {shorten(type(value).__name__)}"
        raise GraphdiffError("usage", message, hint="pass its text, its graph, a Python function or a SymPy expression")
    if is_sympy(value):
        return read_sympy(value)
    source, reading = read_function(value, shapes, point)
    return source._replace(language="python"), reading
