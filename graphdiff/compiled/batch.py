"""A formula at many points: its value and derivatives at each, in blocks that stay in cache, on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache, cached_property
from inspect import Signature
from itertools import islice
from typing import Any

import numpy as np

from graphdiff.compiled.arguments import (
    arguments,
    describe_function,
    last_argument,
    one_or_all,
    parts_of_last,
    signature_of,
    split_last,
)
from graphdiff.compiled.batch_source import Program, program
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.operations.functions import special_function
from graphdiff.operations.shapes import Shape, shape_text, size_of
from graphdiff.passes.derivative_builder import Shapes
from graphdiff.passes.point import bind, check_shapes, value_by, value_of
from graphdiff.passes.request import Request
from graphdiff.passes.values import to_list
from graphdiff.targets import python
from graphdiff.targets.definitions import execute
from graphdiff.targets.generate import code_of
from graphdiff.targets.results import Leaf, Tree, leaves

BLOCK = 32768
"""The most points in a block: with more, the buffers no longer fit the cache."""
SMALLEST_BLOCK = 8192
"""The fewest points in a block of several: with fewer, threads wait for each other at the interpreter lock, which every
call takes twice."""
MOST_NUMBERS = 2**22
"""The most numbers in the buffers of a thread: blocks are smaller if a formula needs very many buffers."""
MOST_STACKED = 2**25
"""The most numbers that the loops of a thread keep of all their steps: 256 MB."""
NAME = "f"
"""The name of the function that computes a single point."""


class BatchFunction:
    """What is requested of a formula, at as many points as its inputs have rows.

    inputs      the names of the inputs, in the order in which a call takes them
    wrt         the names of the inputs to differentiate by
    parameters  the parameter of the code for each input
    source      the code that computes a block of points if every input is a column
    """

    def __init__(self, graph: Graph, request: Request, shapes: Shapes | None = None) -> None:
        """Inputs without a shape are numbers at each point.

        Raises GraphdiffError: "value" if an operation cannot be computed entry by entry, "limit" if there are too many
        entries.
        """
        check_shapes(graph, shapes or {})
        self._formula = graph, request, shapes
        self.wrt = tuple(request.wrt)
        self._graph = graph
        self._code = code_of(graph, request, shapes, by_entry="batch", opens_definitions=True)
        self._programs: dict[frozenset[str], _Compiled] = {}
        self._at_point: Any = None
        self._parts = self._code.parts
        self.inputs = tuple([name for name in self._code.inputs if name not in self._parts])
        self._last = last_argument(request.want, self.inputs)
        self._leaves = [leaf for result in self._code.results for leaf in leaves(result.tree)]

    def __reduce__(self) -> tuple[Any, ...]:
        """It is pickled as its formula, without code."""
        return type(self), self._formula

    def __repr__(self) -> str:
        return f"<function of columns {describe_function(*self._formula[:2])}>"

    @property
    def __signature__(self) -> Signature:
        return signature_of(self.inputs, self._last)

    @property
    def parameters(self) -> Mapping[str, str]:
        return self._compile(frozenset(self.inputs)).program.parameters

    @property
    def source(self) -> str:
        return self._compile(frozenset(self._code.inputs)).program.text

    def __call__(self, /, *values: Any, out: Any = None, **keywords: Any) -> Any:
        """The results at each point, with the points along the first axis: the rows of an array of shape (R, N) with a
        row for each of their R entries, by default a new one, otherwise out. For a gradient by numbers, these are the
        value and each derivative. If no input is a column, the results are those at one point. Where an input is called
        out, that is what out means.

        Inputs are the same at all points, or columns with another axis before their own, (N,) for numbers; by position
        or by name. If all columns are float32 the results are computed in float32, otherwise in float64. Infinities and
        NaN follow IEEE 754.
        Raises GraphdiffError: "usage" if there are too many values, "name" if one is missing or unknown, "value" if one
        is neither a number nor a column, columns differ in length, or out does not fit.
        """
        if "out" in self.inputs and out is not None:
            keywords, out = {**keywords, "out": out}, None
        point = self._point(values, keywords)
        columns = {name: value for name, value in point.items() if isinstance(value, np.ndarray)}
        if not columns:
            if out is not None:
                raise GraphdiffError(
                    "value", "out requires a column, but all inputs are numbers", hint="call the function without out"
                )
            return self._results_at(point)
        rows = _rows(columns)
        dtype = np.dtype(np.float32 if all([c.dtype.type is np.float32 for c in columns.values()]) else np.float64)
        shape = (sum([size_of(leaf.shape) for leaf in self._leaves]), rows)
        if out is None:
            out = np.empty(shape, dtype)
        else:
            _check_out(out, shape, dtype)
        unshared = {
            name: column.copy() if np.may_share_memory(column, out) else column for name, column in columns.items()
        }
        self._run({**point, **unshared}, out)
        rest = iter(range(len(out)))
        return one_or_all([_nest(result.tree, rest, out) for result in self._code.results])

    def _run(self, point: Mapping[str, Any], out: Any) -> None:
        """Fill out with the results at the columns of a point, which do not share its memory."""
        columns = {name: value for name, value in point.items() if isinstance(value, np.ndarray)}
        others = [0.0 if value is None else value for name, value in point.items() if name not in columns]
        self._compile(frozenset(columns)).run(list(columns.values()), others, out)

    def _point(self, values: Sequence[Any], keywords: Mapping[str, Any]) -> dict[str, Any]:
        """What is the same at all points, as floats and nested lists, or the column, for each input of the code."""
        parts: Sequence[Any] = ()
        if self._last is not None:
            values, keywords, direction = split_last(self._last, values, keywords)
            parts = parts_of_last(self._formula[1], direction)
        point = arguments(self._graph, self.inputs, values, keywords)
        columns = {name: array for name, value in point.items() if (array := self._column(name, value)) is not None}
        stand_ins = {name: np.zeros(self._code.shapes.get(name, ())) for name in columns}
        bound = dict(zip(self._graph.input_names, bind(self._graph, {**point, **stand_ins}), strict=True))
        result = {name: to_list(bound[name]) for name in self.inputs} | columns
        for name, value in zip(self._parts, parts, strict=True):
            column = self._column(name, value)
            result[name] = to_list(value_of(value, value_by(name))) if column is None else column
        return result

    def _column(self, name: str, value: Any) -> Any:
        """A value as an array with the points along a first axis, or None if it is the same at all points.

        Raises GraphdiffError("value") if it is neither.
        """
        if type(value) is float:
            return None
        shape = self._code.shapes.get(name, ())
        try:
            array = np.asarray(value)
        except ValueError:
            raise _not_a_column(name, "is ragged", shape) from None
        if array.shape == shape:
            return None
        if array.dtype.kind not in "biuf":
            raise _not_a_column(name, "is not a column of real numbers", shape)
        if array.shape[1:] != shape or array.ndim == 0:
            raise _not_a_column(name, f"is an array of shape {shape_text(array.shape)}", shape)
        return array

    def _results_at(self, point: Mapping[str, Any]) -> Any:
        """The results at one point."""
        if self._at_point is None:
            self._at_point = execute(python.source(self._code._replace(direction=None), NAME)[0])[NAME]
        results = self._at_point(*[0.0 if value is None else value for value in point.values()])
        trees = [result.tree for result in self._code.results]
        by_tree = results if trees[1:] else (results,)
        return one_or_all([_arrays(tree, each) for tree, each in zip(trees, by_tree, strict=True)])

    def _compile(self, columns: frozenset[str]) -> _Compiled:
        compiled = self._programs.get(columns)
        if compiled is None:
            compiled = self._programs[columns] = _Compiled(program(self._code, columns))
        return compiled


class _Compiled:
    """The code for a set of inputs that are columns, and its execution."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def functions(self) -> dict[str, Any]:
        """The functions that the code defines; raises GraphdiffError if it needs SciPy and that is not installed."""
        for name in self.program.special:
            special_function(name)
        return execute(self.program.text)

    def run(self, columns: Sequence[Any], scalars: Sequence[float], out: Any) -> None:
        """Fill out, with the help of other threads if there is enough work."""
        ahead = self.functions["ahead"](*scalars) if self.program.has_ahead else []
        rows = out.shape[1]
        size = block_size(rows, SMALLEST_BLOCK)
        size = min(size, max(MOST_NUMBERS // (self.program.buffers or 1), 1))
        size = min(size, max(MOST_STACKED // (self.program.stacked or 1), 1))
        run_blocks(lambda starts: self._work(starts, min(size, rows), columns, ahead, out), rows, size)

    def _work(self, starts: Iterator[int], size: int, columns: Sequence[Any], ahead: Sequence[float], out: Any) -> None:
        """Compute blocks of this size until none is left; threads share the iterator."""
        block, rows, dtype = self.functions["block"], out.shape[1], out.dtype
        buffers = np.empty((self.program.buffers, size), dtype)
        masks = np.empty((self.program.masks, size), bool)
        with np.errstate(all="ignore"):  # it applies only to the current thread
            for start in starts:
                stop = min(start + size, rows)
                pieces = [_points_last(column[start:stop], dtype) for column in columns]
                count = stop - start
                block(out[:, start:stop], buffers[:, :count], masks[:, :count], *pieces, *ahead)


def _points_last(column: Any, dtype: Any) -> Any:
    """A part of a column with its points along the last axis."""
    if column.ndim == 1:
        return column.astype(dtype, copy=False)
    return np.ascontiguousarray(np.moveaxis(column, 0, -1), dtype)


def _nest(tree: Tree, rows: Iterator[int], out: Any) -> Any:
    """The next rows of out, as many as a tree has entries, as arrays with the points along the first axis."""
    if not isinstance(tree, Leaf):
        return tuple([_nest(part, rows, out) for part in tree])
    own = [*islice(rows, size_of(tree.shape))]
    return (
        np.moveaxis(out[own[0] : own[-1] + 1].reshape(*tree.shape, out.shape[1]), -1, 0) if tree.shape else out[own[0]]
    )


def _arrays(tree: Tree, value: Any) -> Any:
    """Results with arrays in place of nested tuples of numbers."""
    if isinstance(tree, Leaf):
        return np.asarray(value) if tree.shape else value
    return tuple([_arrays(part, own) for part, own in zip(tree, value, strict=True)])


def _not_a_column(name: str, what: str, shape: Shape) -> GraphdiffError:
    column = f"({', '.join(['N', *map(str, shape)])}{'' if shape else ','})"
    one = f"an array of shape {shape_text(shape)}" if shape else "a number"
    return GraphdiffError(
        "value",
        f"the value of '{shorten(name)}' {what}",
        hint=f"an input is {one}, or a column of shape {column} with {one} for each point",
    )


def _rows(columns: Mapping[str, Any]) -> int:
    """The length of the columns, which must be the same for all."""
    (first, one), *others = columns.items()
    for name, column in others:
        if len(column) != len(one):
            raise GraphdiffError(
                "value",
                f"columns differ in length: '{shorten(first)}' has {len(one)} rows, "
                f"'{shorten(name)}' has {len(column)}",
                hint="give each input a value for each point, or one number for all points",
            )
    return len(one)


def _check_out(out: Any, shape: tuple[int, int], dtype: Any) -> None:
    """Raise GraphdiffError("value") if the results do not fit into out."""
    hint = f"out must have shape {shape} and dtype {dtype}: it has a row for each entry of the results"
    if not isinstance(out, np.ndarray):
        problem = f"out is of type {type(out).__name__}, not a NumPy array"
    elif out.shape != shape:
        problem = f"out has shape {out.shape}, not {shape}"
    elif out.dtype != dtype:
        problem = f"out has dtype {out.dtype}, not {dtype}"
    elif not out.flags.writeable:
        problem = "out is read-only"
    else:
        return
    raise GraphdiffError("value", problem, hint=hint)


def _cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    """The threads that help callers, kept as long as the process runs."""
    return ThreadPoolExecutor(max(_cores() - 1, 1), "graphdiff")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a forked process does not have the threads


def block_size(rows: int, smallest: int) -> int:
    """The number of points in a block: of at most BLOCK points, as many for each core, unless they have fewer than the
    smallest."""
    cores = _cores()
    count = cores * -(-rows // (cores * BLOCK))
    return max(-(-rows // (count or 1)), smallest)


def run_blocks(work: Callable[[Iterator[int]], None], rows: int, size: int) -> None:
    """Call work, which computes the blocks that start at these rows until none is left, with the help of other threads
    if there are enough blocks."""
    starts = iter(range(0, rows, size))
    helpers = min(_cores(), -(-rows // size)) - 1
    futures = _submit(helpers, work, starts) if helpers > 0 else []
    try:
        work(starts)
    finally:
        for _ in starts:
            pass  # blocks are left only if this thread was interrupted: then the others stop after their own
        for future in futures:
            if not future.cancel():
                future.result()


def _submit(count: int, work: Any, *arguments: Any) -> list[Future[None]]:
    """Submit the same work to several threads, or to those that can be started: none at the interpreter's exit."""
    futures: list[Future[None]] = []
    with suppress(RuntimeError):
        for _ in range(count):
            futures.append(_pool().submit(work, *arguments))
    return futures
