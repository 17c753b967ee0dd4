"""A compiled function of arrays: its code is made for the shapes that it is called with, and kept for the next call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.errors import GraphdiffError, shortened
from graphdiff.expression.source import normalized
from graphdiff.graph.graph import Graph
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import Shape
from graphdiff.passes.point import check_names, value_of
from graphdiff.passes.symbols import Shapes
from graphdiff.passes.trace import trace
from graphdiff.passes.values import plain
from graphdiff.targets.compile import NAME, generated, loaded

MOST_KEPT = 100
"""For how many combinations of shapes the code is kept."""


class Specialised:
    """f(*inputs) -> (value, (derivatives by wrt…)) for arrays of one library.

    inputs are the names in their order, wrt those of the derivatives, parameters what each input is called in source.
    """

    def __init__(self, graph: Graph, wrt: Sequence[str], backend: str, shapes: Shapes | None) -> None:
        check_names(graph, list(shapes or {}))
        self.wrt = tuple(wrt)
        self.inputs = tuple(name for name in graph.input_names if name in wrt or name not in CONSTANTS)
        self._graph = graph
        self._backend = backend
        self._made: dict[tuple[Shape, ...], tuple[Any, str, dict[str, str]]] = {}
        self._latest: tuple[Shape, ...] | None = None
        if shapes is not None or graph.is_elementwise:
            self._made_for(tuple(tuple((shapes or {}).get(name, ())) for name in self.inputs))

    @property
    def source(self) -> str:
        """The code for the shapes of the last call, or for those that it was compiled for.

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
                "value", "there is no code yet: it depends on shapes", hint="call the function, or compile with shapes="
            )
        return self._made[self._latest]

    def __call__(self, *values: Any, **named: Any) -> tuple[Any, tuple[Any, ...]]:
        """The value and the derivatives at a point of numbers, nested lists or arrays.

        Raises GraphdiffError where inputs are missing, or do not fit one another.
        """
        point = bound(self.inputs, values, named)
        arrays = [self._array(name, value) for name, value in point.items()]
        function = self._made_for(tuple([tuple(getattr(array, "shape", ())) for array in arrays]))[0]
        value, derivatives = function(*arrays)
        if self._backend != "numpy":
            return value, derivatives
        if not _are_finite([value, *derivatives]):
            # The trace knows which entries gates have closed: their 0 · inf is no part of a gradient.
            traced = trace(self._graph, dict(zip(self.inputs, arrays, strict=True)), wrt=self.wrt)
            return traced.value, tuple(traced.gradients[name] for name in self.wrt)
        return plain(value), tuple([plain(derivative) for derivative in derivatives])

    def _array(self, name: str, value: Any) -> Any:
        """An input as its library has it: of NumPy floats in an array, of others what is given."""
        given = value_of(value, lambda: f"the value of '{shortened(name)}'")
        if self._backend == "numpy":
            from graphdiff.passes.arrays import as_floats

            return as_floats(given)[()]  # a number is one of NumPy's, which divides by zero
        if isinstance(given, list):
            from importlib import import_module

            library = import_module("jax.numpy" if self._backend == "jax" else "torch")
            return library.asarray(given)
        return given

    def _made_for(self, shapes: tuple[Shape, ...]) -> tuple[Any, str, dict[str, str]]:
        made = self._made.get(shapes)
        if made is None:
            if len(self._made) >= MOST_KEPT:
                self._made.clear()
            named = dict(zip(self.inputs, shapes, strict=True))
            text, parameters = generated(self._graph, self._backend, self.wrt, named, NAME)
            made = self._made[shapes] = loaded(text, NAME), text, parameters
        self._latest = shapes
        return made


def bound(inputs: Sequence[str], values: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each input, by position or by name.

    Raises GraphdiffError("usage") where there are too many, or some are missing, given twice or unknown.
    """
    expected = f"its inputs are {', '.join(inputs)}"
    if len(values) > len(inputs):
        raise GraphdiffError("usage", f"there are {len(values)} values for {len(inputs)} inputs", hint=expected)
    point = dict(zip(inputs, values, strict=False))
    for name, value in named.items():
        name = normalized(name)
        if name in point or name not in inputs:
            problem = "is given twice" if name in point else "is no input"
            raise GraphdiffError("usage", f"'{shortened(name)}' {problem}", hint=expected)
        point[name] = value
    missing = [name for name in inputs if name not in point]
    if missing:
        raise GraphdiffError("usage", f"no value for {', '.join(missing)}", hint=expected)
    return {name: point[name] for name in inputs}


def _are_finite(values: Sequence[Any]) -> bool:
    from graphdiff.passes.arrays import is_finite

    return all([is_finite(value) for value in values])
