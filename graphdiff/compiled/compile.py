"""A formula → a Python function of its value and its gradient: at a point, of arrays, or of columns of points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MethodType
from typing import Any, NamedTuple, Protocol

from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.point import check_names, derivatives_by
from graphdiff.reading.parse import read
from graphdiff.source import normalize_text
from graphdiff.targets.definitions import execute
from graphdiff.targets.generate import NAME, code_of, pause_collector
from graphdiff.targets.python import source_parts
from graphdiff.targets.registry import BACKENDS, TARGETS


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
    language: str | None = None,
) -> Compiled:
    """Make a function of a formula's inputs that returns its value and the tuple of its derivatives.

    Inputs are passed by position, in the order of the function's `inputs`, or by name. pi and e are constants, unless
    `wrt` or `inputs` names them.

    Args:
        source: A formula or a program, or its graph.
        wrt: The input or the inputs to differentiate by; all by default.
        backend: The library to compute with: "python" for numbers, with only the functions of `math`; "numpy", "jax"
            and "torch" for arrays too.
        batch: Whether the inputs are columns of shape (N,), with an entry for each of N points, or numbers, and the
            results are columns. Only for "numpy". The function can take an array `out` of shape (1 + len(wrt), N) to
            fill.
        shapes: The shapes of inputs that are arrays, by name. "python" needs them; the other backends otherwise
            generate code for the ranks of each call.
        inputs: Names in the formula that are inputs, even if they would be constants.
        language: The language of the text, as `parse` takes it.

    Returns:
        The function, with the generated code as its `source`.

    Raises:
        GraphdiffError: As `parse` raises it; "name" if `wrt`, `shapes` or `inputs` has a name that is not an input;
            "value" if shapes do not fit, or the formula is an array; "usage" if the backend is unknown, or it does not
            support batches.
    """
    if backend not in BACKENDS:
        raise GraphdiffError("usage", f"unknown backend '{backend}'", hint=f"the backends are {', '.join(BACKENDS)}")
    names = [*([wrt] if isinstance(wrt, str) else wrt or ()), *inputs]
    graph = read(source, wrt=names, language=language, shapes=lambda: shapes)
    names = derivatives_by(graph, wrt)
    inputs = [normalize_text(name) for name in inputs]
    check_names(graph, inputs)
    if batch:
        if backend != "numpy":
            raise GraphdiffError("usage", f"batch=True requires NumPy, not {backend}", hint='use backend="numpy"')
        from graphdiff.compiled.batch import batch_function

        return batch_function(graph, names, inputs)
    if backend == "python":
        return PythonFormula(graph, names, shapes, inputs).f
    from graphdiff.compiled.array_function import ArrayFunction

    return ArrayFunction(graph, names, backend, shapes, inputs)


class PythonFormula(NamedTuple):
    """What a function of numbers is compiled from.

    Python pickles functions by their names alone. So the generated function is bound to its formula as a method, which
    costs a call nothing, and Python pickles it as the attribute f, its name, of the formula.
    """

    graph: Graph
    wrt: Sequence[str]
    shapes: Shapes | None
    inputs: Sequence[str]

    @property
    def f(self) -> Compiled:
        """The generated function, with the attributes of Compiled."""
        function: Any = MethodType(_generate(self), self)
        compiled: Compiled = function
        return compiled


@pause_collector()
def _generate(formula: PythonFormula) -> Any:
    """The generated function of a formula and its inputs, with the attributes of Compiled."""
    graph, wrt, shapes, inputs = formula
    code = code_of(graph, wrt, shapes, inputs, by_entry=TARGETS["python"].title)
    fast, careful, parameters = source_parts(code, NAME)
    scope = execute(fast.replace(f"def {NAME}(", f"def {NAME}({NAME}_formula, ", 1))
    function = scope[NAME]
    if careful:

        def fall_back(*values: Any) -> Any:  # compiled on first use, since most functions never need it
            return execute(careful, scope)[f"{NAME}_ieee"](*values)

        scope[f"{NAME}_ieee"] = fall_back
    function.source = fast + careful
    function.inputs = tuple(parameters)
    function.wrt = tuple(wrt)
    function.parameters = parameters
    return function
