"""A compiled function of arrays: its code is made for the ranks that it is called with, and kept for the next call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from graphdiff.algebra.expand import expand_gates
from graphdiff.compiled.arguments import arguments
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import Shape
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.point import bind, check_shapes
from graphdiff.passes.trace import trace
from graphdiff.passes.values import plain
from graphdiff.targets.definitions import execute
from graphdiff.targets.generate import NAME, generate
from graphdiff.targets.registry import BACKENDS

MOST_KEPT = 100
"""For how many combinations of ranks the code is kept, and how many of shapes are known to fit."""

Kind: TypeAlias = tuple[tuple[bool, ...], ...]
"""For each axis of each input whether its size is 1, and so repeated: on no other size does the code depend."""


class ArrayFunction:
    """f(*inputs) -> (value, (derivatives by wrt…)) for arrays of one library.

    inputs are the names in their order, wrt those of the derivatives, parameters what each input is called in source.
    """

    def __init__(
        self, graph: Graph, wrt: Sequence[str], backend: str, shapes: Shapes | None, inputs: Sequence[str]
    ) -> None:
        check_shapes(graph, shapes or {})
        self.wrt = tuple(wrt)
        kept = [*wrt, *inputs]
        self.inputs = tuple(name for name in graph.input_names if name in kept or name not in CONSTANTS)
        self._graph = graph
        self._chooses_entries = any(_chooses_entries(node) for node in expand_gates(graph).nodes)
        self._backend = backend
        self._made: dict[Kind, tuple[Any, str, dict[str, str]]] = {}
        self._fitting: dict[tuple[Shape, ...], tuple[Any, str, dict[str, str]]] = {}
        self._latest: tuple[Any, str, dict[str, str]] | None = None
        if shapes is not None or graph.is_elementwise:
            self._made_for(tuple(tuple((shapes or {}).get(name, ())) for name in self.inputs))

    @property
    def source(self) -> str:
        """The code for the ranks of the last call, or for those that it was compiled for.

        Raises GraphdiffError("value") where none are known yet.
        """
        return self._known[1]

    @property
    def parameters(self) -> Mapping[str, str]:
        """What each input is called in source."""
        return self._known[2]

    @property
    def _known(self) -> tuple[Any, str, dict[str, str]]:
        if self._latest is None:
            raise GraphdiffError(
                "value", "there is no code yet: it depends on ranks", hint="call the function, or compile with shapes="
            )
        return self._latest

    def __call__(self, *values: Any, **named: Any) -> tuple[Any, tuple[Any, ...]]:
        """The value and the derivatives at a point of numbers, nested lists or arrays.

        Raises GraphdiffError where inputs are missing or do not fit one another, or where an index is not there.
        """
        arrays: Sequence[Any] = values
        shapes = None if named or len(values) != len(self.inputs) else self._shapes_as_they_are(values)
        if shapes is None:
            arrays = self._arrays(values, named)
            shapes = tuple([tuple(getattr(array, "shape", ())) for array in arrays])
        function = self._made_for(shapes)[0]
        if self._backend != "numpy":
            value, derivatives = function(*arrays)
            return value, derivatives
        try:
            value, derivatives = function(*arrays)
        except IndexError:  # the trace tells where it stands
            return self._traced(arrays)
        if self._chooses_entries and not _are_finite([value, *derivatives]):
            # The trace knows which entries gates have closed: their 0 · inf is no part of a gradient.
            return self._traced(arrays)
        return plain(value), tuple([plain(derivative) for derivative in derivatives])

    def _traced(self, arrays: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
        traced = trace(self._graph, dict(zip(self.inputs, arrays, strict=True)), wrt=self.wrt)
        return traced.value, tuple([traced.gradients[name] for name in self.wrt])

    def _shapes_as_they_are(self, values: Sequence[Any]) -> tuple[Shape, ...] | None:
        """The shapes of values that the code can be called with as they are; None where that is not known."""
        if self._backend != "numpy":
            return None
        from graphdiff.passes.arrays import shapes_of_floats

        return shapes_of_floats(values)

    def _arrays(self, values: Sequence[Any], named: Mapping[str, Any]) -> list[Any]:
        """What the code is called with: the value of each input."""
        point = arguments(self._graph, self.inputs, values, named)
        given = dict(zip(self._graph.input_names, bind(self._graph, point), strict=True))
        return [self._array(given[name]) for name in self.inputs]

    def _array(self, value: Any) -> Any:
        """An input as its library has it: of NumPy floats in an array, of others what is given."""
        if value is None:  # nothing needs it
            return 0.0
        if self._backend == "numpy":
            from graphdiff.passes.arrays import as_floats

            return as_floats(value)[()]  # a number is one of NumPy's, which divides by zero
        if isinstance(value, list):
            return BACKENDS[self._backend].load().asarray(value)
        return value

    def _made_for(self, shapes: tuple[Shape, ...]) -> tuple[Any, str, dict[str, str]]:
        made = self._fitting.get(shapes)
        if made is not None:
            self._latest = made
            return made
        kind: Kind = tuple([tuple([size == 1 for size in shape]) for shape in shapes])
        named = dict(zip(self.inputs, shapes, strict=True))
        made = self._made.get(kind)
        if made is None:
            if len(self._made) >= MOST_KEPT:
                self._made.clear()
            text, parameters = generate(self._graph, self._backend, self.wrt, named, NAME, self.inputs)
            made = self._made[kind] = execute(text)[NAME], text, parameters
        else:
            infer_shapes(self._graph, [named.get(name, ()) for name in self._graph.input_names])
        if len(self._fitting) >= MOST_KEPT:
            self._fitting.clear()
        self._fitting[shapes] = self._latest = made
        return made


def _chooses_entries(node: Node) -> bool:
    """Whether an operation takes some entries of an array and leaves others, as an index and a maximum do."""
    operation = node.operation
    return operation is not None and operation.moves and operation.backward_pattern.selects


def _are_finite(values: Sequence[Any]) -> bool:
    from graphdiff.passes.arrays import is_finite

    return all([is_finite(value) for value in values])
