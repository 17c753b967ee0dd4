"""Graphs as functions of this process, in C by the installed compiler."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from graphdiff.algebra.expand import expand_gates
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.passes.point import differentiation_indices
from graphdiff.passes.request import Request
from graphdiff.passes.wanted import wanted_graph
from graphdiff.targets import c
from graphdiff.targets.entries import entries_of
from graphdiff.targets.instructions import Code
from graphdiff.targets.results import results_of
from graphdiff.targets.vectorize import instructions_of

Point = Mapping[str, Any]
Results = tuple[float, dict[str, Any]]
"""The value, and the gradient by each name."""

COMPILER = shutil.which("cc") or shutil.which("gcc")
FLAGS = ["-std=c99", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-pedantic", "-O2"]
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")


class GradientCode(NamedTuple):
    """A formula's value and gradient as instructions, at the shapes of a point."""

    code: Code
    wrt: list[str]

    def results(self, value: float, gradients: Sequence[Any]) -> Results:
        return value, dict(zip(self.wrt, gradients, strict=True))


def gradient_code(graph: Graph, point: Point) -> GradientCode:
    """By entries where the formula has arrays."""
    wrt = [graph.labels[index] for index in differentiation_indices(graph, point)]
    shapes: dict[str, Shape] = {name: np.shape(value) for name, value in point.items()}
    opened = expand_gates(graph)
    gradient = wanted_graph(opened, Request("gradient", wrt), shapes)[:2]
    is_of_numbers = opened.is_elementwise and not any(shapes.values())
    code = instructions_of(*gradient) if is_of_numbers else entries_of(*gradient, "C")
    of_wrt = [shapes.get(name, ()) for name in wrt]
    return GradientCode(code._replace(results=results_of(Request("gradient", wrt), [()], of_wrt)), wrt)


def library(folder: Path, source: str, flags: Sequence[str] = FLAGS) -> ctypes.CDLL:
    assert COMPILER is not None
    text, built = folder / "formulas.c", folder / "formulas.so"
    text.write_text(source, "utf-8")
    done = subprocess.run(
        [COMPILER, *flags, "-shared", "-fPIC", "-o", str(built), str(text), "-lm"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return ctypes.CDLL(str(built))


def compile_formulas(folder: Path, formulas: Sequence[tuple[Graph, Point]]) -> list[Callable[[Point], Results]]:
    """All of the formulas in one library, each at the shapes of its point."""
    codes = [gradient_code(graph, point) for graph, point in formulas]
    loaded = library(folder, "\n".join(c.source(code, f"f{place}")[0] for place, (code, _) in enumerate(codes)))
    return [_callable(loaded[f"f{place}"], each) for place, each in enumerate(codes)]


def _callable(function: Any, formula: GradientCode) -> Callable[[Point], Results]:
    function.restype = ctypes.c_double
    shapes = [formula.code.shapes.get(name, ()) for name in formula.wrt]
    sizes = [int(np.prod(shape)) for shape in shapes]

    def call(point: Point) -> Results:
        operands = [_operand(point[name]) for name in formula.code.inputs]
        gradient = np.full(sum(sizes), 12345.0)
        value = function(*operands, *[_operand(gradient)] * bool(formula.wrt))
        parts = np.split(gradient, np.cumsum(sizes)[:-1])
        return formula.results(value, [part.reshape(shape) for part, shape in zip(parts, shapes, strict=False)])

    return call


def _operand(value: Any) -> Any:
    if np.ndim(value) == 0:
        return ctypes.c_double(value)
    # The pointer keeps its array.
    return np.ascontiguousarray(value, float).ctypes.data_as(ctypes.POINTER(ctypes.c_double))
