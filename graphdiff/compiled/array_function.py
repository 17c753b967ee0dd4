"""A compiled function of arrays: its code is generated for the ranks of a call, and cached for the next calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from inspect import Signature
from typing import Any, NamedTuple

from graphdiff.compiled.arguments import (
    arguments,
    describe_function,
    last_argument,
    parts_of_last,
    signature_of,
    split_last,
)
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import Shape, nested_shape, shape_text
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.point import bind, check_shapes, value_of
from graphdiff.passes.request import Request
from graphdiff.passes.trace import trace
from graphdiff.passes.values import plain
from graphdiff.targets import registry
from graphdiff.targets.definitions import execute
from graphdiff.targets.generate import NAME, generate
from graphdiff.targets.registry import TARGETS
from graphdiff.targets.results import Leaf, leaves

MOST_KEPT = 100
"""The most combinations of ranks for which code is cached, and the most combinations of shapes known to fit."""


class Code(NamedTuple):
    """The compiled function of generated code, its source, its parameter for each input, and its signature."""

    function: Any
    source: str
    parameters: dict[str, str]
    signature: registry.Signature


class ArrayFunction:
    """A function of the inputs of a formula, for arrays of one library, which returns what is requested."""

    for_any_sizes: Collection[str] = ("value", "gradient")
    """What has the same code for all sizes but 1, which is broadcast; other code is for the shapes of a call."""

    def __init__(self, graph: Graph, request: Request, backend: str, shapes: Shapes | None) -> None:
        check_shapes(graph, shapes or {})
        self._backend = backend
        self._load()
        self.wrt = tuple(request.wrt)
        named_inputs = {*request.wrt, *request.inputs, *graph.defaults}
        self.inputs = tuple(name for name in graph.input_names if name in named_inputs or name not in CONSTANTS)
        self._graph = graph
        self._request = request
        self._last = last_argument(request.want, self.inputs)
        self._shapes = shapes
        self._chooses_entries = _chooses_entries(graph)
        self._code_by_kind: dict[object, Code] = {}
        self._code_by_shapes: dict[tuple[Shape, ...], Code] = {}
        self._latest: Code | None = None
        if shapes is not None or graph.is_elementwise:
            self._code_for(tuple(tuple((shapes or {}).get(name, ())) for name in self.inputs))

    def __reduce__(self) -> tuple[Any, ...]:
        """It is pickled as its formula, without code."""
        return type(self), (self._graph, self._request, self._backend, self._shapes)

    def _load(self) -> None:
        """Import the library; raises GraphdiffError if it is not installed."""
        runs = TARGETS[self._backend].runs
        assert isinstance(runs, registry.InProcess)
        runs.load()

    def __repr__(self) -> str:
        return f"<{self._backend} function {describe_function(self._graph, self._request)}>"

    @property
    def __signature__(self) -> Signature:
        return signature_of(self.inputs, self._last)

    @property
    def source(self) -> str:
        """The code for the ranks of the last call, or for those that it was compiled for.

        Raises GraphdiffError("value") if no ranks are known yet.
        """
        return self._latest_code.source

    @property
    def parameters(self) -> Mapping[str, str]:
        """The parameter in source for each input."""
        return self._latest_code.parameters

    @property
    def _latest_code(self) -> Code:
        if self._latest is None:
            raise GraphdiffError(
                "value",
                "there is no code yet, since it depends on the ranks of the inputs",
                hint="call the function first, or compile with shapes=…",
            )
        return self._latest

    def __call__(self, /, *values: Any, **keywords: Any) -> Any:
        """The value and what is wanted of it at a point of numbers, nested lists or arrays.

        Raises GraphdiffError if inputs are missing or do not fit one another, or if an index is out of range.
        """
        last: list[Any] = []
        if self._last is not None:
            values, keywords, direction = split_last(self._last, values, keywords)
            last = [direction]
        arrays: Sequence[Any] = values
        shapes = None if keywords or len(values) != len(self.inputs) else self._shapes_as_they_are(values)
        if shapes is None:
            arrays = self._arrays(values, keywords)
            shapes = tuple(map(nested_shape, arrays))
        code = self._code_for(shapes)
        if last:
            last = [self._direction(code, last[0])]
        return self._run(code, arrays, last)

    def _run(self, code: Code, arrays: Sequence[Any], last: Sequence[Any]) -> Any:
        """The results of a code for arrays that it takes."""
        if self._backend != "numpy":
            return code.function(*arrays, *last)
        try:
            results = code.function(*arrays, *last)
        except IndexError:  # the trace reports its place in the formula
            return self._trace(arrays)
        if self._chooses_entries and self._request.want == "gradient" and not _are_finite([results[0], *results[1]]):
            # The trace follows which entries gates have closed, so that 0 · inf does not enter a gradient.
            return self._trace(arrays)
        return _plain(results)

    def _direction(self, code: Code, value: Any) -> Any:
        """The last argument as arrays of the library, or a tuple of them.

        Raises GraphdiffError("value") if it does not have the shapes of what it is multiplied by, or is not of numbers.
        """
        tree = code.signature.parameters[-1]
        parts = [
            self._part(leaf.shape, part)
            for leaf, part in zip(leaves(tree), parts_of_last(self._request, value), strict=True)
        ]
        return parts[0] if isinstance(tree, Leaf) else tuple(parts)

    def _part(self, shape: Shape, value: Any) -> Any:
        array = self._array(value_of(value, lambda: f"the {self._last}", keeps_arrays=self._backend != "numpy"))
        own = nested_shape(array)
        if own != shape:
            raise GraphdiffError("value", f"the {self._last} is {shape_text(own)}, not {shape_text(shape)}")
        return array

    def _trace(self, arrays: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
        result = trace(self._graph, dict(zip(self.inputs, arrays, strict=True)), wrt=self.wrt)
        return result.value, tuple([result.gradients[name] for name in self.wrt])

    def _shapes_as_they_are(self, values: Sequence[Any]) -> tuple[Shape, ...] | None:
        """The shapes of values that need no conversion for the code; None if they may need one."""
        if self._backend != "numpy":
            return None
        from graphdiff.passes.arrays import shapes_of_floats

        return shapes_of_floats(values)

    def _arrays(self, values: Sequence[Any], keywords: Mapping[str, Any]) -> list[Any]:
        """The arguments of the code: the value of each input."""
        point = arguments(self._graph, self.inputs, values, keywords)
        bound = bind(self._graph, point, keeps_arrays=self._backend != "numpy")
        by_name = dict(zip(self._graph.input_names, bound, strict=True))
        return [self._array(by_name[name]) for name in self.inputs]

    def _array(self, value: Any) -> Any:
        """An input for the code: for NumPy an array of floats. Other libraries may differentiate or transform what was
        passed, so that it is left to the code."""
        if value is None:  # the input is not needed
            return 0.0
        if self._backend == "numpy":
            from graphdiff.passes.arrays import as_floats

            return as_floats(value)[()]  # a number becomes one of NumPy, which can be divided by zero
        return value

    def _code_for(self, shapes: tuple[Shape, ...]) -> Code:
        """The code for inputs of these shapes; raises GraphdiffError if they do not fit."""
        code = self._code_by_shapes.get(shapes)
        if code is not None:
            self._latest = code
            return code
        kind: object = tuple([tuple([size == 1 for size in shape]) for shape in shapes])
        if self._request.want not in self.for_any_sizes:
            kind = shapes
        by_name = dict(zip(self.inputs, shapes, strict=True))
        code = self._code_by_kind.get(kind)
        if code is None:
            if len(self._code_by_kind) >= MOST_KEPT:
                self._code_by_kind.clear()
            code = self._code_by_kind[kind] = self._compile(by_name)
        else:
            infer_shapes(self._graph, [by_name.get(name, ()) for name in self._graph.input_names])
        if len(self._code_by_shapes) >= MOST_KEPT:
            self._code_by_shapes.clear()
        self._code_by_shapes[shapes] = self._latest = code
        return code

    def _compile(self, shapes: Shapes) -> Code:
        """The code for inputs of these shapes."""
        request = self._request._replace(inputs=self.inputs)
        source, signature = generate(self._graph, self._backend, request, shapes, NAME)
        return Code(execute(source.text)[NAME], source.text, source.parameters, signature)


def _chooses_entries(graph: Graph) -> bool:
    """Whether an operation, in functions and loops too, selects some entries of an array, as an index or a maximum
    does."""
    graphs, pending = {graph}, [graph]
    while pending:
        for operation in {node.operation for node in pending.pop().nodes if node.operation is not None}:
            if operation.moves and operation.backward_pattern.selects:
                return True
            pending += [body for body in operation.bodies if body not in graphs]
            graphs.update(operation.bodies)
    return False


def _plain(results: Any) -> Any:
    """Arrays without axes as floats, in nested tuples."""
    return tuple(map(_plain, results)) if isinstance(results, tuple) else plain(results)


def _are_finite(values: Sequence[Any]) -> bool:
    from graphdiff.passes.arrays import is_finite

    return all([is_finite(value) for value in values])
