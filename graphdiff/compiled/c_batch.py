"""A formula at many points in C: a loop over the points, in blocks on all cores."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from graphdiff.compiled.batch import BLOCK, BatchFunction, run_blocks
from graphdiff.compiled.c_library import load_function
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.passes.request import Request
from graphdiff.targets.c_extension import batch_extension
from graphdiff.targets.generate import NAME, generate


class CBatchFunction(BatchFunction):
    """A function of columns whose source is the C code for one point."""

    def __init__(self, graph: Graph, request: Request) -> None:
        """Raises GraphdiffError: "usage" unless a gradient is wanted, and as load_function does."""
        if request.want != "gradient":
            raise GraphdiffError("usage", f'backend="c" has no batch of want="{request.want}"', hint="use batch=False")
        super().__init__(graph, request)
        request = request._replace(inputs=self.inputs)
        self._text, self._parameters, signature = generate(graph, "c", request, {}, NAME, unrolled=sys.maxsize)
        self._call = load_function(self._text + batch_extension(signature))

    @property
    def parameters(self) -> Mapping[str, str]:
        return self._parameters

    @property
    def source(self) -> str:
        return self._text

    def _point(self, values: Sequence[Any], keywords: Mapping[str, Any]) -> dict[str, Any]:
        """The float, or the column of 64-bit floats, for each input."""
        point = super()._point(values, keywords)
        return {name: _to_doubles(value) if isinstance(value, np.ndarray) else value for name, value in point.items()}

    def _run(self, point: Mapping[str, Any], out: Any) -> None:
        operands = [0.0 if value is None else value for value in point.values()]
        rows = out.shape[1]

        def work(starts: Iterator[int]) -> None:
            for start in starts:
                taken = self._call(start, min(start + BLOCK, rows), out, *operands)
                assert taken is not None, "the library does not take these columns"

        run_blocks(work, rows, BLOCK)


def _to_doubles(column: Any) -> Any:
    """A column as the library reads it: of 64-bit floats, with any step between them."""
    array = np.require(column, np.float64, ["ALIGNED"])
    return array if array.strides[0] % array.itemsize == 0 else array.copy()
