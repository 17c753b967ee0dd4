"""A formula → a Python function of its value and its gradient: at a point, of arrays, or of columns of points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.language.build import parse
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.point import check_names, derivatives_by
from graphdiff.source import normalized
from graphdiff.targets.definitions import executed
from graphdiff.targets.generate import NAME, code_of, collector_waiting
from graphdiff.targets.python import parts

BACKENDS = ("python", "numpy", "jax", "torch")
"""What runs in this process."""


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
        from graphdiff.compiled.batch import batch_function

        return batch_function(graph, names, inputs)
    if backend == "python":
        return python_function(graph, names, shapes, inputs)
    from graphdiff.compiled.array_function import ArrayFunction

    return ArrayFunction(graph, names, backend, shapes, inputs)


@collector_waiting()
def python_function(
    graph: Graph, wrt: Sequence[str], shapes: Shapes | None = None, inputs: Sequence[str] = ()
) -> Compiled:
    """The plain function itself, with what is known of it as its attributes."""
    fast, careful, parameters = parts(code_of(graph, wrt, shapes, inputs, by_entry="Python"), NAME, wrt)
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
