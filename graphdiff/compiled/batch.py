"""A formula at many points: its value and its gradient at each, in blocks that stay in cache, on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache, cached_property
from typing import Any

import numpy as np

from graphdiff.compiled.arguments import arguments
from graphdiff.compiled.batch_source import Program, program
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.operations.functions import special_function
from graphdiff.operations.shapes import shape_text
from graphdiff.passes.point import bind
from graphdiff.passes.request import Request
from graphdiff.targets import python
from graphdiff.targets.definitions import execute
from graphdiff.targets.generate import without_calls
from graphdiff.targets.results import results_of
from graphdiff.targets.vectorize import instructions_of

BLOCK = 32768
"""Points in a block. With smaller blocks, threads wait for each other at the interpreter lock, which every call takes
twice; with larger ones, the buffers no longer fit the cache."""
MOST_NUMBERS = 2**22
"""The most numbers in the buffers of a thread: blocks are smaller if a formula needs very many buffers."""
MOST_STACKED = 2**25
"""The most numbers that the loops of a thread keep of all their steps: 256 MB."""
NAME = "f"
"""The name of the function that computes a single point."""


class BatchFunction:
    """The value of a formula and its derivatives, at as many points as its inputs have rows.

    inputs      the names of the inputs, in the order in which a call takes them
    wrt         the names of the inputs to differentiate by
    parameters  the parameter of the code for each input
    source      the code that computes a block of points if every input is a column
    """

    def __init__(self, graph: Graph, request: Request) -> None:
        """Raises GraphdiffError("value") if the formula works on arrays."""
        if not graph.is_elementwise:
            raise GraphdiffError(
                "value",
                "a batch needs a formula of numbers, but this one works on arrays",
                hint="use batch=False to pass arrays, one point per call",
            )
        self._formula = graph, request
        self._graph = without_calls(graph, request, None).graph
        self.wrt = wrt = tuple(request.wrt)
        self._code = instructions_of(self._graph, {}, opens_definitions=True)._replace(
            results=results_of(Request("gradient", wrt), [()], [()] * len(wrt))
        )
        self._programs: dict[frozenset[str], _Compiled] = {}
        self._at_point: Any = None
        self.inputs = tuple(self._code.inputs)

    def __reduce__(self) -> tuple[Any, ...]:
        """It is pickled as its formula, without code."""
        return type(self), self._formula

    @property
    def parameters(self) -> Mapping[str, str]:
        return self._compile(frozenset(self.inputs)).program.parameters

    @property
    def source(self) -> str:
        return self._compile(frozenset(self.inputs)).program.text

    def __call__(self, *values: Any, out: Any = None, **keywords: Any) -> tuple[Any, tuple[Any, ...]]:
        """The value at each point and the tuple of derivatives: arrays of shape (N,), which are the rows of an array of
        shape (1 + len(wrt), N), by default a new one, otherwise out. If no input is a column, the results are floats.

        Inputs are numbers or columns of shape (N,), by position or by name. If all columns are float32 the results are
        computed in float32, otherwise in float64. Infinities and NaN follow IEEE 754.
        Raises GraphdiffError: "usage" if there are too many values, "name" if one is missing or unknown, "value" if one
        is neither a number nor a column, columns differ in length, or out does not fit.
        """
        point = self._point(values, keywords)
        columns = {name: value for name, value in point.items() if isinstance(value, np.ndarray)}
        if not columns:
            scalars = [0.0 if value is None else value for value in point.values()]
            if out is not None:
                raise GraphdiffError(
                    "value", "out requires a column, but all inputs are numbers", hint="call the function without out"
                )
            return self._value_at(scalars)
        rows = _rows(columns)
        dtype = np.dtype(np.float32 if all([c.dtype.type is np.float32 for c in columns.values()]) else np.float64)
        shape = (1 + len(self.wrt), rows)
        if out is None:
            out = np.empty(shape, dtype)
        else:
            _check_out(out, shape, dtype)
        unshared = {
            name: column.copy() if np.may_share_memory(column, out) else column for name, column in columns.items()
        }
        self._run({**point, **unshared}, out)
        return out[0], tuple(out[1:])

    def _run(self, point: Mapping[str, Any], out: Any) -> None:
        """Fill out with the results at the columns of a point, which do not share its memory."""
        columns = {name: value for name, value in point.items() if isinstance(value, np.ndarray)}
        scalars = [0.0 if value is None else value for name, value in point.items() if name not in columns]
        self._compile(frozenset(columns)).run(list(columns.values()), scalars, out)

    def _point(self, values: Sequence[Any], keywords: Mapping[str, Any]) -> dict[str, Any]:
        """The float or the column for each input."""
        point = arguments(self._graph, self.inputs, values, keywords)
        columns = {name: array for name, value in point.items() if (array := _column(name, value)) is not None}
        bound = bind(self._graph, {**point, **dict.fromkeys(columns, 0.0)})
        return {**dict(zip(self.inputs, bound, strict=True)), **columns}

    def _value_at(self, point: Sequence[float]) -> tuple[float, tuple[float, ...]]:
        if self._at_point is None:
            self._at_point = execute(python.source(self._code, NAME)[0])[NAME]
        value, gradients = self._at_point(*point)
        return value, gradients

    def _compile(self, columns: frozenset[str]) -> _Compiled:
        compiled = self._programs.get(columns)
        if compiled is None:
            compiled = self._programs[columns] = _Compiled(program(self._code, self.wrt, columns))
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
        size = min(BLOCK, max(MOST_NUMBERS // (self.program.buffers or 1), 1))
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
                pieces = [column[start:stop].astype(dtype, copy=False) for column in columns]
                count = stop - start
                block(out[:, start:stop], buffers[:, :count], masks[:, :count], *pieces, *ahead)


def _column(name: str, value: Any) -> Any:
    """A value as an array of shape (N,), or None if it is a number.

    Raises GraphdiffError("value") if it is neither a number nor a column of numbers.
    """
    if type(value) is float:
        return None
    try:
        array = np.asarray(value)
    except ValueError:
        raise _not_a_column(name, "is ragged") from None
    if array.ndim == 0:
        return None
    if array.dtype.kind not in "biuf":
        raise _not_a_column(name, "is not a column of real numbers")
    if array.ndim > 1:
        raise _not_a_column(name, f"is an array of shape {shape_text(array.shape)}")
    return array


def _not_a_column(name: str, what: str) -> GraphdiffError:
    return GraphdiffError(
        "value",
        f"the value of '{shorten(name)}' {what}",
        hint="an input is a number, or a column of shape (N,) with a number for each point",
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
    hint = f"out must have shape {shape} and dtype {dtype}: its rows are the value and each derivative"
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


def run_blocks(work: Callable[[Iterator[int]], None], rows: int, size: int) -> None:
    """Call work, which computes the blocks that start at these rows until none is left, with the help of other threads
    if there are enough blocks."""
    starts = iter(range(0, rows, size))
    helpers = min(_cores(), rows // size) - 1
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
