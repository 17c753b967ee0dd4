"""A compiled function in C: its code is compiled for the shapes of a call, and kept for the next calls."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from graphdiff.compiled.array_function import ArrayFunction, Code
from graphdiff.compiled.c_library import find_compiler, load_function
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.targets.c.extension import count_entries, extension, returns_numbers, workspace_size
from graphdiff.targets.c.vector import with_vector_functions
from graphdiff.targets.generate import NAME, generate
from graphdiff.targets.registry import Signature
from graphdiff.targets.results import Leaf, Tree

LOOPS = ("for (", "while (")
"""What code that may take long has."""


class CFunction(ArrayFunction):
    """A function of the inputs of a formula, for numbers and arrays of NumPy, which returns what is requested.

    Threads can call it at the same time.
    """

    for_any_sizes: Collection[str] = ()

    def __call__(self, /, *values: Any, **keywords: Any) -> Any:
        """The value and what is wanted of it at a point of numbers, nested lists or arrays. Floats, and contiguous
        arrays of 64-bit floats, are not copied.

        Raises GraphdiffError if inputs are missing or do not fit one another. An index that is out of range makes the
        results NaN.
        """
        code = self._latest
        if code is not None and not keywords:
            results = code.function(*values)
            if results is not None:
                return results
        return super().__call__(*values, **keywords)

    def _load(self) -> None:
        """Find the compiler; raises GraphdiffError if there is none."""
        find_compiler()

    def _shapes_as_they_are(self, values: Sequence[Any]) -> tuple[Shape, ...] | None:
        return None

    def _array(self, value: Any) -> Any:
        if value is None:  # the input is not needed
            return 0.0
        array = np.require(value, np.float64, ["C", "ALIGNED", "ENSUREARRAY"])
        return array if array.ndim else float(array)

    def _run(self, code: Code, arrays: Sequence[Any], last: Sequence[Any]) -> Any:
        parts = [part for each in last for part in (each if isinstance(each, tuple) else [each])]
        results = code.function(*arrays, *parts)
        assert results is not None, "the library does not take arguments of its shapes"
        return results

    def _compile(self, shapes: Shapes) -> Code:
        request = self._request._replace(inputs=self.inputs)
        (text, parameters, _), signature = generate(self._graph, self._backend, request, shapes, NAME)
        has_loops = any([each in text for each in LOOPS])
        own = with_vector_functions(text) if has_loops else text
        call = load_function(own + extension(signature, releases_lock=has_loops))
        return Code(_with_memory(call, text, signature), text, parameters, signature)


def _with_memory(call: Callable[..., Any], text: str, signature: Signature) -> Callable[..., Any]:
    """A function of a library with memory for what it needs: for its arrays, and for its workspace in each thread."""
    size, is_of_numbers = count_entries(signature), returns_numbers(signature)
    trees = [result.tree for result in signature.results]
    own = threading.local()
    workspace = workspace_size(text, signature)

    def memory() -> list[Any]:
        if not workspace:
            return []
        if not hasattr(own, "workspace"):
            own.workspace = np.empty(workspace)
        return [own.workspace]

    def function(*values: Any) -> Any:
        if is_of_numbers:
            return call(*values, *memory())
        entries = np.empty(size)
        if call(*values, entries, *memory()) is None:
            return None
        pieces = _pieces(trees, entries)
        return pieces[0] if len(pieces) == 1 else tuple(pieces)

    return call if is_of_numbers and not workspace else function


def _pieces(trees: Sequence[Tree], entries: Any) -> list[Any]:
    """The numbers and arrays of trees, of whose entries there is an array."""
    start = 0

    def piece(tree: Tree) -> Any:
        nonlocal start
        if not isinstance(tree, Leaf):
            return tuple(map(piece, tree))
        start += size_of(tree.shape)
        if not tree.shape:
            return entries.item(start - 1)
        return entries[start - size_of(tree.shape) : start].reshape(tree.shape)

    return list(map(piece, trees))
