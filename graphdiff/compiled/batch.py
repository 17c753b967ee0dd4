"""A formula at many points: its value and its gradient at each, in blocks that stay in cache, on all cores."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, cached_property
from typing import Any

import numpy as np

from graphdiff.algebra.expand import expand_gates
from graphdiff.compiled.arguments import arguments
from graphdiff.compiled.batch_source import Program, program
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import shape_text
from graphdiff.passes.arrays import special_function
from graphdiff.passes.derivative import gradient_graph
from graphdiff.passes.point import bind
from graphdiff.targets import python
from graphdiff.targets.definitions import execute
from graphdiff.targets.instructions import instructions_of

BLOCK = 32768
"""Points in a block. Where blocks are smaller, threads wait for one another at the lock of the interpreter, which
every call takes twice; where they are larger, buffers leave the cache."""
MOST_NUMBERS = 2**22
"""What the buffers of a thread hold at most: blocks are smaller where a formula needs very many."""
NAME = "f"
"""What the code at a point is called."""


def batch_function(graph: Graph, wrt: Sequence[str], inputs: Sequence[str] = ()) -> BatchFunction:
    """A function of columns of points: the value of a graph, and its derivatives by wrt, at each. pi and e are
    constants unless wrt or inputs has them.

    Raises GraphdiffError("value") where the formula is one of arrays.
    """
    if not graph.is_elementwise:
        raise GraphdiffError(
            "value",
            "a batch is of formulas of numbers, and this one works on arrays",
            hint="with batch=False it takes arrays, one point at a call",
        )
    return BatchFunction(
        gradient_graph(expand_gates(graph, keeps_own_derivatives=True), wrt, None, inputs, keeps_gates=False)[0], wrt
    )


class BatchFunction:
    """The value of a formula and its derivatives, at as many points as its inputs have rows.

    inputs      the names of the inputs, in the order in which a call takes them
    wrt         those that it is differentiated by
    parameters  what the code calls each of them
    source      the code that computes a block of points, where every input is a column
    """

    def __init__(self, gradient: Graph, wrt: Sequence[str]) -> None:
        """gradient has the value and the derivatives by wrt as its outputs."""
        self._graph = gradient
        self.wrt = tuple(wrt)
        self._code = instructions_of(gradient, {}, opens_definitions=True)
        self._programs: dict[frozenset[str], _Compiled] = {}
        self._at_point: Any = None
        self.inputs = tuple(self._code.inputs)

    @property
    def parameters(self) -> Mapping[str, str]:
        return self._compiled(frozenset(self.inputs)).program.parameters

    @property
    def source(self) -> str:
        return self._compiled(frozenset(self.inputs)).program.text

    def __call__(self, *values: Any, out: Any = None, **named: Any) -> tuple[Any, tuple[Any, ...]]:
        """The value at each point, and the tuple of derivatives: arrays of shape (N,), rows of one of shape
        (1 + len(wrt), N), which is out where that is given. Where no input is a column, floats.

        Inputs are numbers or columns of shape (N,), by position or by name. Columns of float32 alone are computed in
        float32, all others in float64. A number that is not finite comes out as IEEE 754 has it.
        Raises GraphdiffError: "usage" for too many values, "name" for one that is missing or unknown, "value" where
        one is no number and no column, columns differ in length, or out does not fit.
        """
        point = self._point(values, named)
        columns = {name: value for name, value in point.items() if isinstance(value, np.ndarray)}
        scalars = [0.0 if value is None else value for name, value in point.items() if name not in columns]
        if not columns:
            if out is not None:
                raise GraphdiffError("value", "out is for columns, and all inputs are numbers", hint="leave it out")
            return self._value_at(scalars)
        rows = _rows(columns)
        dtype = np.dtype(np.float32 if all([c.dtype.type is np.float32 for c in columns.values()]) else np.float64)
        shape = (1 + len(self.wrt), rows)
        if out is None:
            out = np.empty(shape, dtype)
        else:
            _check_out(out, shape, dtype)
        given = [column.copy() if np.may_share_memory(column, out) else column for column in columns.values()]
        self._compiled(frozenset(columns)).run(given, scalars, out)
        return out[0], tuple(out[1:])

    def _point(self, values: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
        """The float or the column that each input is."""
        point = arguments(self._graph, self.inputs, values, named)
        columns = {name: array for name, value in point.items() if (array := _column(name, value)) is not None}
        bound = bind(self._graph, {**point, **dict.fromkeys(columns, 0.0)})
        return {**dict(zip(self.inputs, bound, strict=True)), **columns}

    def _value_at(self, point: Sequence[float]) -> tuple[float, tuple[float, ...]]:
        if self._at_point is None:
            self._at_point = execute(python.source(self._code, NAME, self.wrt)[0])[NAME]
        value, gradients = self._at_point(*point)
        return value, gradients

    def _compiled(self, columns: frozenset[str]) -> _Compiled:
        found = self._programs.get(columns)
        if found is None:
            found = self._programs[columns] = _Compiled(program(self._code, self.wrt, columns))
        return found


class _Compiled:
    """The code for some inputs being columns, and what runs it."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def functions(self) -> dict[str, Any]:
        """What the code defines; raises GraphdiffError where it needs SciPy, and that is missing."""
        for name in self.program.special:
            special_function(name)
        return execute(self.program.text)

    def run(self, columns: Sequence[Any], scalars: Sequence[float], out: Any) -> None:
        """Fills out, with the help of other threads where there is enough to do."""
        ahead = self.functions["ahead"](*scalars) if self.program.has_ahead else []
        rows = out.shape[1]
        size = min(BLOCK, max(MOST_NUMBERS // (self.program.buffers or 1), 1))
        starts = iter(range(0, rows, size))
        helpers = min(_cores(), rows // size) - 1
        task = starts, min(size, rows), columns, ahead, out
        futures = _submitted(helpers, self._work, *task) if helpers > 0 else []
        try:
            self._work(*task)
        finally:
            for _ in starts:
                pass  # nothing is left but where this thread was interrupted: then the others stop after their block
            for future in futures:
                if not future.cancel():
                    future.result()

    def _work(self, starts: Iterator[int], size: int, columns: Sequence[Any], ahead: Sequence[float], out: Any) -> None:
        """Computes blocks of a size until none is left; threads share the iterator."""
        block, rows, dtype = self.functions["block"], out.shape[1], out.dtype
        buffers = np.empty((self.program.buffers, size), dtype)
        masks = np.empty((self.program.masks, size), bool)
        with np.errstate(all="ignore"):  # which holds in one thread alone
            for start in starts:
                stop = min(start + size, rows)
                parts = [column[start:stop].astype(dtype, copy=False) for column in columns]
                count = stop - start
                block(out[:, start:stop], buffers[:, :count], masks[:, :count], *parts, *ahead)


def _column(name: str, value: Any) -> Any:
    """An array of shape (N,), or None where the value is no array.

    Raises GraphdiffError("value") for what is neither a number nor a column of numbers.
    """
    if type(value) is float:
        return None
    try:
        array = np.asarray(value)
    except ValueError:
        raise _no_column(name, "is ragged") from None
    if array.ndim == 0:
        return None
    if array.dtype.kind not in "biuf":
        raise _no_column(name, "is no column of real numbers")
    if array.ndim > 1:
        raise _no_column(name, f"is an array of shape {shape_text(array.shape)}")
    return array


def _no_column(name: str, what: str) -> GraphdiffError:
    return GraphdiffError(
        "value",
        f"the value of '{shorten(name)}' {what}",
        hint="an input is a number, or a column of shape (N,) that has one for each point",
    )


def _rows(columns: Mapping[str, Any]) -> int:
    """The one length of all columns."""
    (first, one), *others = columns.items()
    for name, column in others:
        if len(column) != len(one):
            raise GraphdiffError(
                "value",
                f"columns differ in length: '{shorten(first)}' has {len(one)} rows, "
                f"'{shorten(name)}' has {len(column)}",
                hint="give each input one value for each point, or one number for all",
            )
    return len(one)


def _check_out(out: Any, shape: tuple[int, int], dtype: Any) -> None:
    """Raises GraphdiffError("value") where the results do not fit into out."""
    wanted = f"out is an array of shape {shape} and dtype {dtype}: the value, then each derivative, in its rows"
    if not isinstance(out, np.ndarray):
        problem = f"out is no NumPy array but of type {type(out).__name__}"
    elif out.shape != shape:
        problem = f"out has shape {out.shape}, not {shape}"
    elif out.dtype != dtype:
        problem = f"out has dtype {out.dtype}, not {dtype}"
    elif not out.flags.writeable:
        problem = "out is read-only"
    else:
        return
    raise GraphdiffError("value", problem, hint=wanted)


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    """The threads that help callers, kept for the process."""
    return ThreadPoolExecutor(max(_cores() - 1, 1), "graphdiff")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not live on in a forked process


def _submitted(count: int, work: Any, *arguments: Any) -> list[Future[None]]:
    """The same work given to several threads; to none where no thread can be had, as while the interpreter ends."""
    try:
        return [_pool().submit(work, *arguments) for _ in range(count)]
    except RuntimeError:
        return []
