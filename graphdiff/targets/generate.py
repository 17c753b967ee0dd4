"""A formula → the source of a function of its value and its gradient, in any of the languages."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from graphdiff.algebra.common_subexpressions import share_in_loops
from graphdiff.algebra.expand import expand_gates
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.passes.derivative import gradient_graph
from graphdiff.passes.derivative_builder import Shapes, shapes_of_inputs
from graphdiff.passes.loop_bodies import open_loop_bodies
from graphdiff.passes.point import derivatives_by
from graphdiff.reading.parse import read
from graphdiff.targets.instructions import Code
from graphdiff.targets.registry import Signature, find_target
from graphdiff.targets.results import Leaf, gradient_results
from graphdiff.targets.vectorize import instructions_of

NAME = "f"
"""The default name of a generated function."""
MOST_UNROLLED = 500
"""The most entries of inputs and operations that languages with loop nests write out one by one."""
MOST_STACKED = 8192
"""The most that a formula of numbers computes and keeps in local arrays of its loops: 64 KB."""


@contextmanager
def pause_collector() -> Iterator[None]:
    """Pause Python's cyclic garbage collector.

    The objects that compiling makes have no cycles and are kept. With large libraries loaded, scanning all objects
    again and again took half of the time.
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
    """The source, in another language, of a function that returns the value and the derivatives by wrt; in LaTeX the
    formulas of both.

    Raises GraphdiffError if the source is not a valid program, wrt names a value that is not an input, shapes do not
    fit, the language is unknown, or a function cannot have this name in it.
    """
    graph = read(source, wrt=wrt, shapes=lambda: shapes)
    names = derivatives_by(graph, wrt)
    language = find_target(target)
    if language.writes == "formulas":
        text: str = language.module.formulas(graph, names, shapes)
        return text
    return generate(graph, target, names, shapes, name).text


class Generated(NamedTuple):
    """A generated function: its source, its parameter for each input of the formula, and its signature."""

    text: str
    parameters: dict[str, str]
    signature: Signature


def generate(
    graph: Graph,
    target: str,
    wrt: Sequence[str],
    shapes: Shapes | None,
    name: str,
    inputs: Sequence[str] = (),
    unrolled: int = MOST_UNROLLED,
) -> Generated:
    """A function in a language; unrolled is the most entries that are written out where it also has loop nests."""
    language = find_target(target)
    by_entry = language.title if language.writes == "entries" else ""
    code = code_of(graph, wrt, shapes, inputs, by_entry, unrolled if language.has_nests else None)
    text, parameters = language.module.source(code, name)
    return Generated(text, parameters, signature_of(code, name))


def signature_of(code: Code, name: str) -> Signature:
    """The signature of a function with this name for a code."""
    parts = code.direction.parts if code.direction is not None else ()
    inputs = {each: Leaf(code.shapes.get(each, ())) for each in code.inputs}
    direction = tuple([inputs.pop(each) for each in parts])
    last = [] if code.direction is None else [direction[0] if len(direction) == 1 else direction]
    return Signature(name, [*inputs.values(), *last], code.results, code.has_nests)


@pause_collector()
def code_of(
    graph: Graph,
    wrt: Sequence[str],
    shapes: Shapes | None = None,
    inputs: Sequence[str] = (),
    by_entry: str = "",
    unrolled: int | None = None,
) -> Code:
    """The instructions of the value and the gradient by each input of wrt; inputs without a shape are numbers.

    by_entry is the title of a language without arrays, for which arrays are split into their entries; "" for others.
    With more entries than unrolled they are computed in loops, as is what long loops keep in formulas of numbers.
    """
    shapes = shapes_of_inputs(graph, shapes)
    gradient, node_shapes = gradient_without_calls(graph, wrt, shapes, inputs)
    arrays = {name: tuple(shape) for name, shape in shapes.items() if shape}
    is_of_arrays = bool(arrays) or not graph.is_elementwise
    has_nests = False
    if unrolled is not None:
        has_nests = _count_entries(gradient, node_shapes) > (unrolled if is_of_arrays else MOST_STACKED)
    if by_entry and is_of_arrays and not has_nests:
        from graphdiff.targets.entries import entries_of

        code = entries_of(gradient, node_shapes, by_entry)
    else:
        code = instructions_of(gradient, node_shapes)
    results = gradient_results(wrt, arrays)
    return code._replace(shapes=arrays, defaults=graph.defaults, results=results, has_nests=has_nests)


def _count_entries(graph: Graph, shapes: Mapping[int, Shape]) -> int:
    """How many entries the values have that a graph needs; 0 if all are numbers."""
    sizes = [size_of(shapes.get(node.index, ())) for node in graph.nodes if graph.needed[node.index]]
    return sum(sizes) if max(sizes) > 1 else 0


def gradient_without_calls(
    graph: Graph, wrt: Sequence[str], shapes: Shapes | None, inputs: Sequence[str]
) -> tuple[Graph, Mapping[int, Shape]]:
    """The graph of the value and the gradient, and the shapes of its nodes. Its only calls are loops, whose bodies have
    no calls."""
    expanded = share_in_loops(expand_gates(graph, keeps_own_derivatives=True, keeps_loops=True))
    gradient, node_shapes = gradient_graph(expanded, wrt, shapes, inputs, keeps_gates=False)
    return open_loop_bodies(gradient, node_shapes), node_shapes
