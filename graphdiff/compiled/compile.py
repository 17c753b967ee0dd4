"""A formula → a Python function of its value and its gradient: at a point, of arrays, or of columns of points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.language.build import parse
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.point import check_names, derivatives_by
from graphdiff.source import normalize_text
from graphdiff.targets.definitions import execute
from graphdiff.targets.generate import NAME, code_of, pause_collector
from graphdiff.targets.python import parts
from graphdiff.targets.registry import BACKENDS


class Compiled(Protocol):
    """A function of the inputs of a formula, which returns its value and the tuple of its derivatives."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs, in the order in which a call takes them."""

    @property
    def wrt(self) -> tuple[str, ...]:
        """The names of the inputs to differentiate by, in the order of the derivatives."""

    @property
    def parameters(self) -> Mapping[str, str]:
        """The parameter of the generated code for each input, by the input's name."""

    @property
    def source(self) -> str:
        """The generated code."""

    def __call__(self, *values: Any, **named: Any) -> tuple[Any, tuple[Any, ...]]:
        """The value, and the tuple of the derivatives in the shapes of their inputs."""


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
    """Make a function of a formula's inputs that returns its value and the tuple of its derivatives.

    Inputs are passed by position, in the order of the function's `inputs`, or by name. pi and e are constants, unless
    `wrt` or `inputs` names them.

    Args:
        source: A formula or a program, or its graph.
        wrt: The input or the inputs to differentiate by; all by default.
        backend: What computes: "python" for numbers, with the functions of `math` alone; "numpy", "jax" and "torch" for
            arrays too.
        batch: Whether each input is a number or a column of shape (N,), with an entry for each of N points; so are the
            results. Only for "numpy". The function takes an array `out` of shape (1 + len(wrt), N) to fill.
        shapes: The shapes of inputs that are arrays, by name. "python" needs them; the others are otherwise made anew
            for the ranks of each call.
        inputs: Names among the formula's that are inputs even where they would be constants.

    Returns:
        The function, with the generated code as its `source`.

    Raises:
        GraphdiffError: As by `parse`; "name" if `wrt`, `shapes` or `inputs` names what is not an input; "value" if
            shapes do not fit, or the formula is an array; "usage" if there is no such backend, or it has no batches.
    """
    if backend not in BACKENDS:
        raise GraphdiffError("usage", f"there is no backend '{backend}'", hint=f"there are {', '.join(BACKENDS)}")
    graph = parse(source)
    names = derivatives_by(graph, wrt)
    inputs = [normalize_text(name) for name in inputs]
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


@pause_collector()
def python_function(
    graph: Graph, wrt: Sequence[str], shapes: Shapes | None = None, inputs: Sequence[str] = ()
) -> Compiled:
    """The plain function itself, with what is known of it as its attributes."""
    fast, careful, parameters = parts(code_of(graph, wrt, shapes, inputs, by_entry="Python"), NAME, wrt)
    scope = execute(fast)
    function = scope[NAME]
    if careful:

        def fall_back(*values: Any) -> Any:  # most functions never need it: it is compiled when one does
            return execute(careful, scope)[f"{NAME}_ieee"](*values)

        scope[f"{NAME}_ieee"] = fall_back
    function.source = fast + careful
    function.inputs = tuple(parameters)
    function.wrt = tuple(wrt)
    function.parameters = parameters
    plain: Compiled = function
    return plain
