"""A formula → a function of its value and its gradient, and that function's source in other languages."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

from graphdiff.errors import GraphdiffError
from graphdiff.expression.source import normalized
from graphdiff.graph.build import parse
from graphdiff.graph.graph import Graph
from graphdiff.graph.rewrite import differentiable
from graphdiff.passes.derivative import gradient_graph
from graphdiff.passes.point import check_names, derivatives_by
from graphdiff.passes.symbols import Shapes
from graphdiff.targets.definitions import executed
from graphdiff.targets.instructions import Code, instructions_of
from graphdiff.targets.python import parts

NAME = "f"
"""What a generated function is called unless it is given a name."""
BACKENDS = ("python", "numpy", "jax", "torch")
"""What runs in this process."""
TARGETS = ("python", "numpy", "c", "javascript", "jax", "torch", "latex")
"""What source can be written in."""
WITHOUT_ARRAYS = ("python", "c", "javascript")


class Compiled(Protocol):
    """A function of a formula's inputs: inputs are their names in order, wrt those that it is differentiated by,
    parameters what the generated code, source, calls each input."""

    @property
    def inputs(self) -> tuple[str, ...]: ...
    @property
    def wrt(self) -> tuple[str, ...]: ...
    @property
    def parameters(self) -> Mapping[str, str]: ...
    @property
    def source(self) -> str: ...
    def __call__(self, *values: Any, **named: Any) -> Any: ...


def compile(
    source: str | Graph,
    /,
    wrt: str | Sequence[str] | None = None,
    *,
    backend: str = "python",
    batch: bool = False,
    shapes: Shapes | None = None,
    inputs: Sequence[str] = (),
) -> Compiled:
    """A function f of the formula's inputs, by position in the order of f.inputs or by name, that returns its value
    and the tuple of its derivatives by wrt, f.wrt: all inputs unless given.

    backend "python" is for numbers: plain math, as fast as by hand. "numpy", "jax" and "torch" take arrays as well, and
    are specialised on the ranks of the shapes given, or else of each call. With batch=True, for "numpy", every input
    is a number or a column of shape (N,), and so are the results, one for each point; out= takes an array of shape
    (1 + len(wrt), N) to be filled.
    f.source is the generated code, f.parameters what each input is called there. pi and e are constants unless wrt
    or inputs names them.
    Raises GraphdiffError where the source is no program, wrt names no input, or shapes do not fit.
    """
    if backend not in BACKENDS:
        raise GraphdiffError("usage", f"there is no backend '{backend}'", hint=f"there are {', '.join(BACKENDS)}")
    graph = parse(source)
    names = derivatives_by(graph, wrt)
    inputs = [normalized(name) for name in inputs]
    check_names(graph, inputs)
    if batch:
        if backend != "numpy":
            raise GraphdiffError("usage", f"batch=True is for NumPy, not for {backend}", hint='backend="numpy"')
        from graphdiff.targets.batch import batch_function

        return batch_function(graph, names, inputs)
    if backend == "python":
        return python_function(graph, names, shapes, inputs)
    from graphdiff.targets.specialised import Specialised

    return Specialised(graph, names, backend, shapes, inputs)


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


@collector_waiting()
def python_function(
    graph: Graph, wrt: Sequence[str], shapes: Shapes | None = None, inputs: Sequence[str] = ()
) -> Compiled:
    """The plain function itself, with what is known of it as its attributes."""
    fast, careful, parameters = parts(code_of(graph, wrt, shapes, inputs, by_entry=True), NAME, wrt)
    scope = executed(fast)
    function = scope[NAME]
    if careful:

        def fall_back(*values: Any) -> Any:  # most functions never need it: it is compiled when one does
            return executed(careful, scope)[f"{NAME}_ieee"](*values)

        scope[f"{NAME}_ieee"] = fall_back
    function.source = fast + careful
    function.inputs = tuple(parameters)
    function.wrt = tuple(wrt)
    function.parameters = parameters
    plain: Compiled = function
    return plain


def source_of(
    source: str | Graph,
    target: str,
    wrt: str | Sequence[str] | None = None,
    shapes: Shapes | None = None,
    name: str = NAME,
) -> str:
    """The source of a function that returns the value and the derivatives by wrt, in another language; in LaTeX the
    formulas of both.

    Raises GraphdiffError where the source is no program, wrt names no input, shapes do not fit, or a function cannot
    have this name in that language.
    """
    graph = parse(source)
    wanted = derivatives_by(graph, wrt)
    if target == "latex":
        from graphdiff.graph.latex import derivative_latex
        from graphdiff.graph.readable import readable

        gradient = readable(gradient_graph(graph, wanted, shapes)[0])
        return derivative_latex(
            gradient, [(), *((each,) for each in wanted)], graph.nodes[graph.output].name, shapes=shapes or {}
        )
    return generated(graph, target, wanted, shapes, name)[0]


def generated(
    graph: Graph, target: str, wrt: Sequence[str], shapes: Shapes | None, name: str, inputs: Sequence[str] = ()
) -> tuple[str, dict[str, str]]:
    """Source, and what each input is called in it."""
    code = code_of(graph, wrt, shapes, inputs, target in WITHOUT_ARRAYS)
    text, parameters = import_module(f"graphdiff.targets.{target}").source(code, name, wrt)
    return text, parameters


@collector_waiting()
def code_of(
    graph: Graph,
    wrt: Sequence[str],
    shapes: Shapes | None = None,
    inputs: Sequence[str] = (),
    by_entry: bool = False,
) -> Code:
    """The instructions of the value and the gradient by each input of wrt; inputs without a shape are numbers.

    For languages without arrays they are taken apart, by_entry.
    """
    opened = differentiable(graph)
    gradient = gradient_graph(opened, wrt, shapes, inputs, keeps_gates=False)
    if by_entry and not (opened.is_elementwise and not any((shapes or {}).values())):
        from graphdiff.targets.entries import entries_of

        return entries_of(*gradient)
    return instructions_of(*gradient)
