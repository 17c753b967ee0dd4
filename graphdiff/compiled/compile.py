"""A formula → a Python function of its value and derivatives: at a point, of arrays, or of columns of points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from graphdiff.algebra.rewrite import select_outputs
from graphdiff.compiled.arguments import order_inputs
from graphdiff.compiled.options import check_types
from graphdiff.compiled.python_function import PythonFormula, plain_function
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.point import check_names, derivatives_by
from graphdiff.passes.request import WANTS, Request
from graphdiff.reading.parse import read
from graphdiff.source import normalize_text
from graphdiff.targets.registry import BACKENDS


class Compiled(Protocol):
    """A function of the inputs of a formula, which returns its value and what is wanted of it."""

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

    def __call__(self, /, *values: Any, **named: Any) -> Any:
        """The value, and what is wanted of it.

        - "gradient", of a number: the tuple of its derivatives, each in the shape of its input.
        - "jacobian": the shape of the output, then that of the input.
        - "hessian", of a number: the shapes of both inputs.
        - "jvp", the derivative along a direction: the shape of the output. The direction, in the shape of the input, is
          the last argument.
        - "vjp", the derivatives weighted by an upstream: the shape of the input. The upstream, in the shape of the
          output, is the last argument.
        - "hvp", of a number, the Hessian times a direction, which is the last argument: the shape of the input.
        - "value": nothing; the result is the value alone.

        Where there are several outputs, values, Jacobians and upstreams are tuples, and so are Jacobians, directions
        and products where there are several inputs to differentiate by: `jacobian[output][input]`,
        `hessian[input][input]`.
        """


def compile(
    source: str | Graph,
    /,
    wrt: str | Sequence[str] | None = None,
    *,
    want: str = "gradient",
    backend: str = "python",
    batch: bool = False,
    sparse: bool = False,
    shapes: Shapes | None = None,
    inputs: str | Sequence[str] = (),
    outputs: str | Sequence[str] = (),
    fallback: bool = True,
    language: str | None = None,
) -> Compiled:
    """Make a function of a formula's inputs that returns its value and derivatives, as `Compiled` describes them.

    Inputs are passed by position, in the order of the function's `inputs`, or by name. pi and e are constants, unless
    `wrt` or `inputs` names them.

    Args:
        source: A formula or a program, or its graph.
        wrt: The input or the inputs to differentiate by; all by default.
        want: "gradient", "jacobian", "hessian", "jvp", "vjp", "hvp" or "value".
        backend: What to compute with: "python" for numbers, with only the functions of `math`; "numpy", "jax" and
            "torch" for arrays too; "c" for numbers and arrays of NumPy, by C code that the machine's compiler compiles
            for the shapes of `shapes` or of a call.
        batch: Whether the inputs are columns, whose first axis has N points, or the same at all points, and the results
            are columns. Only for "numpy" and "c". Arrays of these points have shapes from `shapes`, and are computed
            entry by entry. The function can take an array `out` to fill, of shape (1 + len(wrt), N) for a gradient by
            numbers.
        sparse: Whether Jacobians and Hessians are CSR arrays of SciPy, with a row for each entry of the output, or of
            the first input, and a column for each entry of the input. Only for "numpy" and "c".
        shapes: The shapes of inputs that are arrays, by name. "python" needs them; the other backends otherwise
            generate code for each call.
        inputs: Names of inputs, which are the first arguments in this order; the others follow in the order of the
            text. Names in the formula that would be constants are inputs too.
        outputs: The names of several values of the program to return; its last statement by default.
        fallback: False for a plain function of "python" that raises exceptions where `math` does, which compilers of
            Python such as numba take. It cannot be pickled.
        language: The language of the text, as `parse` takes it.

    Returns:
        The function, with the generated code as its `source`.

    Raises:
        GraphdiffError: As `parse` raises it; "name" if `wrt`, `shapes`, `inputs` or `outputs` has a name that the
            formula does not have; "value" if shapes do not fit, or the formula is an array and `want` needs a number;
            "usage" if the backend or `want` is unknown, `inputs` has a name twice, or the backend does not support
            batches; also if a library or a C compiler is missing.
    """
    if backend not in BACKENDS:
        raise GraphdiffError("usage", f"unknown backend '{backend}'", hint=f"the backends are {', '.join(BACKENDS)}")
    if want not in WANTS:
        raise GraphdiffError(
            "usage", f"unknown result '{shorten(str(want))}'", hint=f"want is one of {', '.join(WANTS)}"
        )
    check_types(source, wrt, inputs, outputs, shapes, batch=batch, sparse=sparse, fallback=fallback)
    inputs, outputs = _names(inputs), _names(outputs)
    names = [*_names(wrt or ()), *inputs]
    graph = select_outputs(read(source, wrt=names, language=language, shapes=lambda: shapes), outputs)
    inputs = [normalize_text(name) for name in inputs]
    check_names(graph, inputs)
    graph = order_inputs(graph, inputs)
    request = Request(want, derivatives_by(graph, wrt), outputs if len(outputs) > 1 else (), inputs)
    if batch or sparse:
        return _special_function(graph, request, backend, shapes, sparse, batch)
    if backend == "python":
        compiled: Compiled = (
            PythonFormula(graph, request, shapes).f if fallback else plain_function(graph, request, shapes)
        )
        return compiled
    return _array_function(graph, request, backend, shapes)


def _names(names: str | Sequence[str]) -> Sequence[str]:
    return [names] if isinstance(names, str) else names


def _array_function(graph: Graph, request: Request, backend: str, shapes: Shapes | None) -> Compiled:
    """A function of arrays."""
    if backend == "c":
        from graphdiff.compiled.c_function import CFunction

        return CFunction(graph, request, backend, shapes)
    from graphdiff.compiled.array_function import ArrayFunction

    return ArrayFunction(graph, request, backend, shapes)


def _special_function(
    graph: Graph, request: Request, backend: str, shapes: Shapes | None, sparse: bool, batch: bool
) -> Compiled:
    """A function of columns, or one whose results are sparse.

    Raises GraphdiffError("usage") if the backend does not have it, or there is no such result.
    """
    if sparse and batch:
        raise GraphdiffError("usage", "sparse and batch exclude each other", hint="compile one function for each")
    if backend not in ("numpy", "c"):
        what = "sparse" if sparse else "batch"
        raise GraphdiffError("usage", f"{what}=True requires NumPy or C, not {backend}", hint='use backend="numpy"')
    if sparse:
        from graphdiff.compiled.sparse_function import sparse_function

        return sparse_function(graph, request, backend, shapes)
    if backend == "c":
        from graphdiff.compiled.c_batch import CBatchFunction

        return CBatchFunction(graph, request, shapes)
    from graphdiff.compiled.batch import BatchFunction

    return BatchFunction(graph, request, shapes)
