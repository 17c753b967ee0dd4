"""A compiled function of a sparse Jacobian or Hessian: its columns are computed together where their entries differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Signature
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from graphdiff.compiled.arguments import arguments, describe_function
from graphdiff.compiled.array_function import ArrayFunction
from graphdiff.compiled.coloring import color_columns, star_coloring, transpose
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.operations.functions import special_function
from graphdiff.operations.shapes import Shape, nested_shape, size_of
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.point import bind
from graphdiff.passes.request import Request
from graphdiff.targets.generate import code_of
from graphdiff.targets.results import leaves
from graphdiff.targets.sparsity import sparsity

MOST_KEPT = 20
"""The most combinations of shapes for which a plan is cached."""


class Block(NamedTuple):
    """A sparse matrix of K entries, as SciPy's CSR arrays have it.

    shape       the numbers of its rows and columns
    columns     the column of each entry, (K,)
    row_starts  the place of the first entry of each row, and K, (rows + 1,)
    places      the place of each entry among the results of all directions, (K,)
    """

    shape: tuple[int, int]
    columns: Any
    row_starts: Any
    places: Any


class Plan(NamedTuple):
    """How the blocks are computed for inputs of some shapes: products with directions, and the blocks in order."""

    function: ArrayFunction
    directions: Sequence[Any]
    blocks: Sequence[Sequence[Block]]


class SparseFunction:
    """A function of the inputs of a formula that returns its value and a Jacobian or Hessian in SciPy's CSR arrays.

    Each block is a matrix with a row for each entry of the output, or of the first input, and a column for each entry
    of the input, row by row.
    """

    def __init__(self, graph: Graph, request: Request, shapes: Shapes | None) -> None:
        """Raises GraphdiffError("usage") if SciPy is not installed, or the result is not a Jacobian or a Hessian."""
        if request.want not in ("jacobian", "hessian"):
            hint = 'use want="jacobian" or want="hessian"'
            raise GraphdiffError("usage", f"a {request.want} is not sparse", hint=hint)
        special_function("erf")  # raises the error if SciPy is missing
        self._formula = graph, request, shapes
        self._value = ArrayFunction(graph, request._replace(want="value"), "numpy", shapes)
        self.inputs = self._value.inputs
        self.wrt = tuple(request.wrt)
        self._plans: dict[tuple[Shape, ...], Plan] = {}
        self._latest: Plan | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """It is pickled as its formula, without code."""
        return SparseFunction, self._formula

    def __repr__(self) -> str:
        return f"<function {describe_function(*self._formula[:2])}, sparse>"

    @property
    def __signature__(self) -> Signature:
        return self._value.__signature__

    @property
    def source(self) -> str:
        """The code of the products with all directions, for the shapes of the last call.

        Raises GraphdiffError("value") if there was none.
        """
        return (self._latest.function if self._latest else self._value).source

    @property
    def parameters(self) -> Mapping[str, str]:
        return (self._latest.function if self._latest else self._value).parameters

    def __call__(self, *values: Any, **keywords: Any) -> tuple[Any, Any]:
        """The value, and the blocks at a point of numbers, nested lists or arrays.

        Raises GraphdiffError if inputs are missing or do not fit one another.
        """
        from scipy.sparse import csr_array  # lazy: only sparse results need it

        graph = self._formula[0]
        point = arguments(graph, self.inputs, values, keywords)
        bound = dict(zip(graph.input_names, bind(graph, point), strict=True))
        arrays = [0.0 if bound[name] is None else np.asarray(bound[name], float) for name in self.inputs]
        plan = self._plan_for(tuple(map(nested_shape, arrays)))
        directions = plan.directions[0] if len(plan.directions) == 1 else tuple(plan.directions)
        value, products = plan.function(*arrays, directions)
        parts = products if isinstance(products, tuple) else (products,)
        entries = np.concatenate([np.empty(0), *map(np.ravel, parts)])
        rows = [
            [csr_array((entries[each.places], each.columns, each.row_starts), shape=each.shape) for each in row]
            for row in plan.blocks
        ]
        by_row = [row[0] if len(row) == 1 else tuple(row) for row in rows]
        return value, by_row[0] if len(by_row) == 1 else tuple(by_row)

    def _plan_for(self, shapes: tuple[Shape, ...]) -> Plan:
        plan = self._plans.get(shapes)
        if plan is None:
            if len(self._plans) >= MOST_KEPT:
                self._plans.clear()
            plan = self._plans[shapes] = self._make_plan(dict(zip(self.inputs, shapes, strict=True)))
        self._latest = plan
        return plan

    def _make_plan(self, shapes: Mapping[str, Shape]) -> Plan:
        graph, request, _ = self._formula
        is_hessian = request.want == "hessian"
        request = request._replace(inputs=self.inputs)
        code = code_of(graph, request._replace(want="gradient" if is_hessian else "value"), shapes, by_entry="sparse")
        inputs = [shapes.get(name, ()) for name in self.wrt]
        result = code.results[1 if is_hessian else 0]
        outputs = [leaf.shape for leaf in leaves(result.tree)]
        rows = sparsity(code, self.wrt, shapes)[1 if is_hessian else 0 :]
        count = sum(map(size_of, inputs))
        want, of = "hvp", inputs
        if is_hessian:
            colors = star_coloring(rows)
            sources = [[_source(rows, colors, row, column) for column in own] for row, own in enumerate(rows)]
        else:
            colors = color_columns(rows, count)
            row_colors = color_columns(transpose(rows, count), len(rows))
            want = "jvp"
            sources = [[(colors[column], row) for column in own] for row, own in enumerate(rows)]
            if max(row_colors, default=0) < max(colors, default=0):
                want, of, colors = "vjp", outputs, row_colors
                sources = [[(colors[row], column) for column in own] for row, own in enumerate(rows)]
        total = max(colors, default=0) + 1
        products = inputs if want in ("vjp", "hvp") else outputs
        function = ArrayFunction(graph, request._replace(want=want, directions=total), "numpy", shapes)
        places = _places_of(products, total)
        blocks = _blocks(rows, sources, outputs, inputs, places)
        return Plan(function, _seeds(colors, of, total), blocks)


def _source(rows: Sequence[Sequence[int]], colors: Sequence[int], row: int, column: int) -> tuple[int, int]:
    """The direction and the place of the product in which an entry of a symmetric matrix stands alone."""
    is_alone = sum(colors[other] == colors[column] for other in rows[row]) == 1
    return (colors[column], row) if is_alone else (colors[row], column)


def _seeds(colors: Sequence[int], shapes: Sequence[Shape], total: int) -> list[Any]:
    """The directions: each has 1 in the entries of its colour."""
    seeds = np.equal.outer(np.arange(total), np.asarray(colors)).astype(float)
    starts = accumulate(map(size_of, shapes), initial=0)
    return [
        seeds[:, start : start + size_of(shape)].reshape(total, *shape)
        for start, shape in zip(starts, shapes, strict=False)
    ]


def _places_of(shapes: Sequence[Shape], total: int) -> Any:
    """The place of each entry of each product, [direction, entry], among all entries of the results."""
    parts, start = [np.empty((total, 0), int)], 0  # without an input to differentiate by there is no product
    for size in map(size_of, shapes):
        parts.append(start + np.arange(total * size).reshape(total, size))
        start += total * size
    return np.concatenate(parts, axis=1)


def _blocks(
    rows: Sequence[Sequence[int]],
    sources: Sequence[Sequence[tuple[int, int]]],
    outputs: Sequence[Shape],
    inputs: Sequence[Shape],
    places: Any,
) -> list[list[Block]]:
    blocks: list[list[Block]] = []
    first_row = 0
    for height in map(size_of, outputs):
        own: list[Block] = []
        first = 0
        for width in map(size_of, inputs):
            columns: list[int] = []
            own_places: list[int] = []
            row_starts = [0]
            for row in range(first_row, first_row + height):
                for column, (direction, entry) in zip(rows[row], sources[row], strict=True):
                    if first <= column < first + width:
                        columns.append(column - first)
                        own_places.append(int(places[direction, entry]))
                row_starts.append(len(columns))
            own.append(
                Block((height, width), np.asarray(columns, int), np.asarray(row_starts), np.asarray(own_places, int))
            )
            first += width
        blocks.append(own)
        first_row += height
    return blocks
