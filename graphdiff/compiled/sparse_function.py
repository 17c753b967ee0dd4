"""A compiled function of a sparse Jacobian or Hessian, whose entries are put into the arrays of SciPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np

from graphdiff.compiled.array_function import ArrayFunction, Code
from graphdiff.compiled.c_function import CFunction
from graphdiff.graph.graph import Graph
from graphdiff.operations.functions import special_function
from graphdiff.operations.shapes import size_of
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.request import Request, check_sparse
from graphdiff.passes.sparse.pattern import Pattern
from graphdiff.targets.results import leaves


class Block(NamedTuple):
    """A sparse matrix of K entries, as SciPy's CSR arrays have it.

    shape       the numbers of its rows and columns
    columns     the column of each entry, (K,)
    row_starts  the place of the first entry of each row, and K, (rows + 1,)
    places      the place of each entry among those of all blocks, (K,)
    """

    shape: tuple[int, int]
    columns: Any
    row_starts: Any
    places: Any


class SparseFunction(ArrayFunction):
    """A function of the inputs of a formula that returns its value and a Jacobian or Hessian in SciPy's CSR arrays.

    Each block is a matrix with a row for each entry of the output, or of the first input, and a column for each entry
    of the input, row by row.
    """

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, sparse>"

    def _load(self) -> None:
        super()._load()
        special_function("erf")  # raises the error if SciPy is missing

    def _compile(self, shapes: Shapes) -> Code:
        code = super()._compile(shapes)
        value, matrix = code.signature.results
        inputs = [size_of(shapes.get(name, ())) for name in self.wrt]
        outputs = inputs if self._request.want == "hessian" else [size_of(leaf.shape) for leaf in leaves(value.tree)]
        assert matrix.pattern is not None
        return code._replace(function=_with_blocks(code.function, blocks_of(matrix.pattern, outputs, inputs)))


class SparseCFunction(SparseFunction, CFunction):
    """The same in C."""


def sparse_function(graph: Graph, request: Request, backend: str, shapes: Shapes | None) -> SparseFunction:
    """A function with sparse results of a backend that has them.

    Raises GraphdiffError("usage") if SciPy or the compiler is not installed, or the result is not a Jacobian or a
    Hessian.
    """
    check_sparse(request.want)
    kind = SparseCFunction if backend == "c" else SparseFunction
    return kind(graph, request._replace(sparse=True), backend, shapes)


def blocks_of(pattern: Pattern, outputs: Sequence[int], inputs: Sequence[int]) -> list[list[Block]]:
    """The blocks of a matrix by outputs, which have so many rows each, and by inputs, which have so many columns."""
    rows, columns = np.asarray(pattern.rows, int), np.asarray(pattern.columns, int)
    blocks: list[list[Block]] = []
    for top, bottom in pairwise(accumulate(outputs, initial=0)):
        blocks.append([])
        for left, right in pairwise(accumulate(inputs, initial=0)):
            places = np.flatnonzero((top <= rows) & (rows < bottom) & (left <= columns) & (columns < right))
            starts = np.searchsorted(rows[places], np.arange(top, bottom + 1))
            blocks[-1].append(Block((bottom - top, right - left), columns[places] - left, starts, places))
    return blocks


def _with_blocks(function: Callable[..., Any], blocks: Sequence[Sequence[Block]]) -> Callable[..., Any]:
    """A function that returns the value and the blocks, from one that returns the value and the entries of all of
    them."""
    from scipy.sparse import csr_array  # lazy: only sparse results need it

    is_one = len(blocks) == 1 == len(blocks[0])

    def sparse(*values: Any) -> Any:
        results = function(*values)
        if results is None:  # code in C does not take these arguments
            return None
        value, entries = results[0], np.asarray(results[1])
        matrices = [
            [
                # SciPy changes the arrays of a matrix where it removes entries.
                csr_array(
                    (entries if is_one else entries[each.places], each.columns.copy(), each.row_starts.copy()),
                    shape=each.shape,
                )
                for each in row
            ]
            for row in blocks
        ]
        by_row = [row[0] if len(row) == 1 else tuple(row) for row in matrices]
        return value, by_row[0] if len(by_row) == 1 else tuple(by_row)

    return sparse
