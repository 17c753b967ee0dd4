"""A formula → a Python function of numbers, and nested sequences of them, by generated code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MethodType
from typing import Any, NamedTuple

from graphdiff.compiled.arguments import describe_function, parts_of_last
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape, nested_shape, shape_text
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.request import Request
from graphdiff.targets.definitions import execute
from graphdiff.targets.generate import NAME, code_of, pause_collector
from graphdiff.targets.python import source_parts, source_without_fallback
from graphdiff.targets.registry import TARGETS


class PythonFormula(NamedTuple):
    """What a function of numbers is compiled from.

    Python pickles functions by their names alone. So the generated function is bound to its formula as a method, which
    costs a call nothing, and Python pickles it as the attribute f, its name, of the formula.
    """

    graph: Graph
    request: Request
    shapes: Shapes | None

    def __repr__(self) -> str:
        return describe_function(self.graph, self.request)

    @property
    def f(self) -> Any:
        """The generated function, with the attributes of Compiled."""
        return MethodType(_generate(self), self)


def plain_function(graph: Graph, request: Request, shapes: Shapes | None) -> Any:
    """The generated function without the fallback, with the attributes of Compiled."""
    text, parameters = source_without_fallback(code_of(graph, request, shapes, by_entry=TARGETS["python"].title), NAME)
    return _with_attributes(execute(text)[NAME], text, parameters, request)


def _with_attributes(function: Any, text: str, parameters: Mapping[str, str], request: Request) -> Any:
    function.source = text
    function.inputs = tuple(parameters)
    function.wrt = tuple(request.wrt)
    function.parameters = parameters
    return function


@pause_collector()
def _generate(formula: PythonFormula) -> Any:
    """The generated function of a formula and its inputs, with the attributes of Compiled."""
    graph, request, shapes = formula
    code = code_of(graph, request, shapes, by_entry=TARGETS["python"].title)
    fast, careful, checked, parameters = source_parts(code, NAME)
    scope = execute(checked.replace(f"def {NAME}(", f"def {NAME}({NAME}_formula, ", 1))

    def check(*values: Any) -> None:
        _check_arguments(request, {each: code.shapes.get(each, ()) for each in parameters}, values)

    scope[f"{NAME}_check"] = check
    if careful:

        def fall_back(*values: Any) -> Any:  # compiled on first use, since most functions never need it
            check(*values)
            return execute(careful, scope)[f"{NAME}_ieee"](*values)

        scope[f"{NAME}_ieee"] = fall_back
    return _with_attributes(scope[NAME], fast + careful, parameters, request)


def _check_arguments(request: Request, shapes: Mapping[str, Shape], values: Sequence[Any]) -> None:
    """Raise GraphdiffError("value") if an argument is not a number, or not nested sequences of the shape of its
    input."""
    for (name, shape), value in zip(shapes.items(), values, strict=False):
        label = shorten(name)
        if isinstance(value, (str, bytes)) or value is None:
            raise GraphdiffError("value", f"the value of '{label}' is not a number: {shorten(repr(value))}")
        actual = nested_shape(value) if not _is_empty(value) else (0,)
        if actual == shape:
            continue
        what = f"an array of shape {shape_text(actual)}" if actual else "a number"
        if shape:
            message = f"the value of '{label}' is {what}, but the function was compiled for shape {shape_text(shape)}"
            raise GraphdiffError("value", message, hint='compile it for this shape, or with backend="numpy"')
        raise GraphdiffError(
            "value",
            f"the value of '{label}' is {what}, but the function is of numbers",
            hint=f'for columns of points compile with backend="numpy", batch=True; for arrays with backend="numpy", '
            f"or shapes={{'{label}': {actual}}}",
        )
    if len(values) > len(shapes):
        parts_of_last(request, values[-1])


def _is_empty(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and not value
