"""A formula → a function: its value and its gradient, compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from graphdiff.errors import GraphdiffError
from graphdiff.expression.source import normalized
from graphdiff.graph.build import parse
from graphdiff.graph.graph import Graph
from graphdiff.graph.rewrite import expanded
from graphdiff.passes.derivative import Shapes, gradient_graph
from graphdiff.passes.point import check_names, differentiated
from graphdiff.targets.instructions import Code, instructions_of

NAME = "f"
"""What a generated function is called unless it is given a name."""
TARGETS = ("python", "numpy", "c", "jax", "torch")


def code_of(graph: Graph, wrt: Sequence[str], shapes: Shapes | None = None) -> Code:
    """The instructions of the value and the gradient by each input of wrt."""
    gradient, found = gradient_graph(expanded(graph), wrt, shapes)
    return instructions_of(gradient, found)


def source_of(
    source: str | Graph,
    target: str,
    wrt: str | Sequence[str] | None = None,
    shapes: Shapes | None = None,
    name: str = NAME,
) -> str:
    """The source of a function that returns the value and the tuple of derivatives by wrt, in another language.

    Raises GraphdiffError where the source is no program, wrt names no input, or shapes do not fit.
    """
    graph = parse(source)
    wanted = differentiated(graph, {}, wrt)
    module = import_module(f"graphdiff.targets.{target}")
    names = [graph.labels[index] for index in wanted]
    text: str = module.source(code_of(graph, names, shapes), name, names)[0]
    return text


def compile(  # noqa: A001
    source: str | Graph,
    /,
    wrt: str | Sequence[str] | None = None,
    *,
    backend: str = "python",
    batch: bool = False,
    shapes: Shapes | None = None,
) -> Callable[..., Any]:
    graph = parse(source)
    wanted = differentiated(graph, {}, wrt)
    names = [graph.labels[index] for index in wanted]
    module = import_module(f"graphdiff.targets.{backend}")
    text, parameters = module.source(code_of(graph, names, shapes), NAME, names)
    scope: dict[str, Any] = {"__name__": "graphdiff.compiled"}
    exec(builtin_compile(text, "<graphdiff>", "exec"), scope)
    function = scope[NAME]
    function.source = text
    function.inputs = tuple(parameters)
    function.parameters = parameters
    return function


from builtins import compile as builtin_compile
