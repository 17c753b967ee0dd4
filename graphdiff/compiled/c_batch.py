"""A formula at many points in C: a loop over the points, in blocks on all cores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from graphdiff.compiled.batch import BatchFunction, block_size, run_blocks
from graphdiff.compiled.c_library import load_function
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.request import Request
from graphdiff.targets.c.batch_extension import MOST_RESULTS, batch_extension
from graphdiff.targets.c.extension import count_entries, workspace_size
from graphdiff.targets.c.vector import with_vector_functions
from graphdiff.targets.generate import NAME, generate

SMALLEST_BLOCK = 2048
"""The fewest points in a block of several: with fewer, starting a thread takes longer than it saves."""


class CBatchFunction(BatchFunction):
    """A function of columns whose source is the C code for one point."""

    def __init__(self, graph: Graph, request: Request, shapes: Shapes | None = None) -> None:
        """Raises GraphdiffError as load_function does, too, and "limit" if there are too many results."""
        super().__init__(graph, request, shapes)
        request = request._replace(inputs=self.inputs)
        (self._text, self._parameters, _), signature = generate(graph, "c", request, shapes, NAME)
        results = count_entries(signature)
        if results > MOST_RESULTS:
            message = f"a batch in C has at most {MOST_RESULTS:,} results for each point, not {results:,}"
            raise GraphdiffError("limit", message, hint='use backend="numpy"')
        self._workspace = workspace_size(self._text, signature)
        self._call = load_function(with_vector_functions(self._text) + batch_extension(signature))

    @property
    def parameters(self) -> Mapping[str, str]:
        return self._parameters

    @property
    def source(self) -> str:
        return self._text

    def _point(self, values: Sequence[Any], keywords: Mapping[str, Any]) -> dict[str, Any]:
        """The float, the nested lists, or the column of 64-bit floats, for each input of the code."""
        point = super()._point(values, keywords)
        return {name: _to_doubles(value) if isinstance(value, np.ndarray) else value for name, value in point.items()}

    def _run(self, point: Mapping[str, Any], out: Any) -> None:
        values = [0.0 if value is None else value for value in point.values()]
        operands = [_to_doubles(value) if isinstance(value, list) else value for value in values]
        rows = out.shape[1]
        size = block_size(rows, SMALLEST_BLOCK)

        def work(starts: Iterator[int]) -> None:
            memory = [np.empty(self._workspace)] if self._workspace else []
            for start in starts:
                taken = self._call(start, min(start + size, rows), out, *operands, *memory)
                assert taken is not None, "the library does not take these columns"

        run_blocks(work, rows, size)


def _to_doubles(values: Any) -> Any:
    """Values as the library reads them: 64-bit floats, with any step between numbers at points, and none in arrays."""
    array = np.require(values, np.float64, ["ALIGNED"] if np.ndim(values) == 1 else ["ALIGNED", "C"])
    return array if array.strides[0] % array.itemsize == 0 else array.copy()
