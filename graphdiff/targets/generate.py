"""A formula → the source of a function of its value and its gradient, in any of the languages."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from graphdiff.algebra.common_subexpressions import share_in_loops
from graphdiff.algebra.expand import expand_gates
from graphdiff.algebra.rewrite import select_outputs
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.passes.derivative_builder import Shapes, shapes_of_inputs
from graphdiff.passes.loop_bodies import open_loop_bodies
from graphdiff.passes.point import derivatives_by
from graphdiff.passes.request import Request
from graphdiff.passes.wanted import Wanted, wanted_graph
from graphdiff.reading.parse import read
from graphdiff.targets.factoring import factor_sums
from graphdiff.targets.instructions import Code, Source
from graphdiff.targets.loop_recorder import prune
from graphdiff.targets.registry import Signature, find_target
from graphdiff.targets.results import Direction, Leaf, results_of
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
    want: str = "gradient",
    outputs: Sequence[str] = (),
    **options: Any,
) -> str:
    """The text of `generated_source`."""
    return generated_source(source, target, wrt, shapes, name, want, outputs, **options).text


def generated_source(
    source: str | Graph,
    target: str,
    wrt: str | Sequence[str] | None = None,
    shapes: Shapes | None = None,
    name: str = NAME,
    want: str = "gradient",
    outputs: Sequence[str] = (),
    sparse: bool = False,
    **options: Any,
) -> Source:
    """The source, in another language, of a function that returns the value and what is wanted by wrt; in LaTeX the
    formulas of both. outputs has the names of several outputs, options are those of the language. With sparse a
    Jacobian or Hessian is only its entries that can differ from 0.

    Raises GraphdiffError if the source is not a valid program, wrt names a value that is not an input, shapes do not
    fit, the language is unknown or has no sparse results, or a function cannot have this name in it.
    """
    graph = select_outputs(read(source, wrt=wrt, shapes=lambda: shapes), outputs)
    request = Request(want, derivatives_by(graph, wrt), outputs if len(outputs) > 1 else (), sparse=sparse)
    language = find_target(target)
    language.check_options(options)
    if sparse:
        language.check_sparse(want)
    if language.writes == "formulas":
        return Source(language.module.formulas(graph, request, shapes), {})
    return generate(graph, target, request, shapes, name, **options).source


class Generated(NamedTuple):
    """A generated function: its source and its signature."""

    source: Source
    signature: Signature


def generate(
    graph: Graph,
    target: str,
    request: Request,
    shapes: Shapes | None,
    name: str,
    unrolled: int = MOST_UNROLLED,
    **options: Any,
) -> Generated:
    """A function in a language, which may have options; unrolled is the most entries that are written out where it also
    has loop nests."""
    language = find_target(target)
    if not language.has_loops:
        graph = expand_gates(graph, keeps_own_derivatives=True)
    by_entry = language.title if language.writes == "entries" else ""
    code = code_of(graph, request, shapes, by_entry, unrolled if language.has_nests else None)
    signature = signature_of(code, name)._replace(float32=options.get("float32", False))
    return Generated(Source(*language.module.source(code, name, **options)), signature)


def signature_of(code: Code, name: str) -> Signature:
    """The signature of a function with this name for a code."""
    inputs = {each: Leaf(code.shapes.get(each, ())) for each in code.inputs}
    direction = tuple([inputs.pop(each) for each in code.parts])
    last = [] if code.direction is None else [direction[0] if len(direction) == 1 else direction]
    return Signature(name, [*inputs.values(), *last], code.results, [*inputs, *code.parts], code.has_nests)


@pause_collector()
def code_of(
    graph: Graph,
    request: Request,
    shapes: Shapes | None = None,
    by_entry: str = "",
    unrolled: int | None = None,
    opens_definitions: bool = False,
) -> Code:
    """The instructions of what is requested of a graph; inputs without a shape are numbers.

    by_entry is the title of a language without arrays, for which arrays are split into their entries; "" for others.
    With more entries than unrolled they are computed in loops, as is what long loops keep in formulas of numbers. With
    opens_definitions, a function that has a definition is recorded as the calls of its definition.
    """
    shapes = shapes_of_inputs(graph, shapes)
    wanted = without_calls(graph, request, shapes)
    arrays = {name: tuple(shape) for name, shape in shapes.items() if shape}
    is_of_arrays = bool(arrays) or not graph.is_elementwise or request.sparse
    has_nests = False
    if unrolled is not None:
        count = _count_entries(wanted.graph, wanted.shapes)
        has_nests = count > (unrolled if is_of_arrays else MOST_STACKED)
    code = None
    if by_entry and is_of_arrays and not has_nests:
        code = _code_by_entry(wanted, request, by_entry, opens_definitions, unrolled is None)
        has_nests = code is None
    if code is None:
        code = instructions_of(wanted.graph, wanted.shapes, opens_definitions)
    code = factor_sums(code)
    name = "upstream" if request.want == "vjp" else "direction"
    has_direction = request.want in ("jvp", "vjp", "hvp")
    return code._replace(
        shapes=arrays | {part: shape for part, shape in wanted.direction.items() if shape},
        defaults=graph.defaults,
        results=results_of(request, wanted.values, wanted.wrt, wanted.pattern),
        direction=Direction(name, [*wanted.direction]) if has_direction else None,
        has_nests=has_nests,
    )


def _code_by_entry(
    wanted: Wanted, request: Request, title: str, opens_definitions: bool, is_only_way: bool
) -> Code | None:
    """The instructions on entries. Where these cannot express it, as an inverse, None, unless it is the only way."""
    from graphdiff.targets.entries import all_entries_of

    try:
        code = all_entries_of(wanted.graph, wanted.shapes, title, opens_definitions=opens_definitions)
    except GraphdiffError:
        if is_only_way:
            raise
        return None
    return with_symmetry(code, wanted) if request.want == "hessian" and not request.sparse else code


def _count_entries(graph: Graph, shapes: Mapping[int, Shape]) -> int:
    """How many entries the values have that a graph needs; 0 if all are numbers."""
    sizes = [size_of(shapes.get(node.index, ())) for node in graph.nodes if graph.needed[node.index]]
    return sum(sizes) if max(sizes) > 1 else 0


def without_calls(graph: Graph, request: Request, shapes: Mapping[str, Shape]) -> Wanted:
    """What is requested of a graph, as a graph whose only calls are loops, whose bodies have no calls."""
    expanded = share_in_loops(expand_gates(graph, keeps_own_derivatives=True, keeps_loops=True))
    wanted = _sparse_graph(expanded, request, shapes) if request.sparse else wanted_graph(expanded, request, shapes)
    return wanted._replace(graph=open_loop_bodies(wanted.graph, wanted.shapes))


def _sparse_graph(graph: Graph, request: Request, shapes: Mapping[str, Shape]) -> Wanted:
    """What is requested of a graph with a sparse Jacobian or Hessian."""
    from graphdiff.passes.sparse.terms import NotSparseError  # lazy: it needs NumPy

    try:
        return wanted_graph(graph, request, shapes)
    except NotSparseError:
        from graphdiff.targets.sparse.compression import compressed

        of = request._replace(want="gradient" if request.want == "hessian" else "value", sparse=False)
        return compressed(graph, request, shapes, code_of(graph, of, shapes, by_entry="sparse"))


def with_symmetry(code: Code, wanted: Wanted) -> Code:
    """The code of a Hessian in which an entry below the diagonal of a block is that above it, computed once."""
    outputs, start, count = list(code.outputs), 1, len(wanted.wrt)
    for row, rows in enumerate(wanted.wrt):
        for column, columns in enumerate(wanted.wrt):
            size = size_of(rows)
            if row == column:
                for i in range(size):
                    for j in range(i):
                        outputs[start + i * size + j] = outputs[start + j * size + i]
            start += size * size_of(columns)
    return prune(code._replace(outputs=tuple(outputs))) if count else code
