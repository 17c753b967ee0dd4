"""A formula → the source of a function of its value and its gradient, in any of the languages."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from graphdiff.algebra.expand import expand_gates
from graphdiff.graph.graph import Graph
from graphdiff.language.build import parse
from graphdiff.passes.derivative import gradient_graph
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.point import derivatives_by
from graphdiff.targets.instructions import Code, instructions_of
from graphdiff.targets.registry import find_target

NAME = "f"
"""What a generated function is called unless it is given a name."""


@contextmanager
def collector_waiting() -> Iterator[None]:
    """While it is entered Python's cyclic garbage collector waits.

    What compiling makes has no cycles and is kept; beside large libraries, looking through all that there is again and
    again took half its time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def source_of(
    source: str | Graph,
    target: str,
    wrt: str | Sequence[str] | None = None,
    shapes: Shapes | None = None,
    name: str = NAME,
) -> str:
    """The source of a function that returns the value and the derivatives by wrt, in another language; in LaTeX the
    formulas of both.

    Raises GraphdiffError where the source is no program, wrt names no input, shapes do not fit, there is no such
    language, or a function cannot have this name in it.
    """
    graph = parse(source)
    wanted = derivatives_by(graph, wrt)
    language = find_target(target)
    if language.writes == "formulas":
        text: str = language.module.formulas(graph, wanted, shapes)
        return text
    return generated(graph, target, wanted, shapes, name)[0]


def generated(
    graph: Graph, target: str, wrt: Sequence[str], shapes: Shapes | None, name: str, inputs: Sequence[str] = ()
) -> tuple[str, dict[str, str]]:
    """Source, and what each input is called in it."""
    language = find_target(target)
    code = code_of(graph, wrt, shapes, inputs, by_entry=language.title if language.writes == "entries" else "")
    text, parameters = language.module.source(code, name, wrt)
    return text, parameters


@collector_waiting()
def code_of(
    graph: Graph,
    wrt: Sequence[str],
    shapes: Shapes | None = None,
    inputs: Sequence[str] = (),
    by_entry: str = "",
) -> Code:
    """The instructions of the value and the gradient by each input of wrt; inputs without a shape are numbers.

    by_entry is what a language without arrays is called, for which they are taken apart.
    """
    opened = expand_gates(graph, keeps_own_derivatives=True)
    gradient = gradient_graph(opened, wrt, shapes, inputs, keeps_gates=False)
    if by_entry and not (opened.is_elementwise and not any((shapes or {}).values())):
        from graphdiff.targets.scalarize import entries_of

        return entries_of(*gradient, by_entry)
    return instructions_of(*gradient)
