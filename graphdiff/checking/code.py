"""Run generated code at a point, for the value and the gradients that it returns."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import accumulate, pairwise
from pathlib import Path
from subprocess import PIPE
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from graphdiff.checking.directions import entries
from graphdiff.errors import GraphdiffError, shortened
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import shape_of, strict, to_list
from graphdiff.targets.definitions import executed
from graphdiff.targets.generate import NAME, generated

COMPILERS = ("cc", "gcc", "clang")
FLAGS = ("-std=c99", "-O2", "-shared", "-fPIC")
LONGEST_RUN = 60
"""Seconds that a compiler or another process may take."""


class Results(NamedTuple):
    """What generated code returned: the value, and the gradient by each input, its entries in row-major order."""

    value: float
    gradients: Mapping[str, Sequence[float]]


def code_results(trace: Trace, target: str, point: Mapping[str, Any]) -> Results:
    """Run generated code in a language at a trace's point.

    Raises GraphdiffError: "usage" if it cannot be run, or its compiler, interpreter or library is missing; "value" if
    the language does not support the formula.
    """
    if target not in RUNNERS:
        raise GraphdiffError("usage", f"cannot run {target} code", hint=f"choose one of {', '.join(RUNNERS)}")
    graph = trace.graph
    wrt = [name for name, gradient in trace.gradients.items() if gradient is not None]
    values = {
        name: 0.0 if trace.values[index] is None else trace.values[index] for name, index in graph.input_indices.items()
    }
    shapes = {name: shape_of(value) for name, value in values.items()}
    text, parameters = generated(graph, target, wrt, shapes, NAME, list(point))
    value, gradients = RUNNERS[target](text, [values[name] for name in parameters], [shapes[name] for name in wrt])
    return Results(value, dict(zip(wrt, gradients, strict=True)))


Output = tuple[float, list[list[float]]]


def _in_python(text: str, values: Sequence[Any], shapes: Sequence[Shape]) -> Output:
    return _plain(executed(text)[NAME](*map(to_list, values)))


def _in_numpy(text: str, values: Sequence[Any], shapes: Sequence[Shape]) -> Output:
    from graphdiff.passes.arrays import arrays_of, as_floats

    with arrays_of([]).quiet():
        return _plain(executed(text)[NAME](*[as_floats(value)[()] for value in values]))


def _in_jax(text: str, values: Sequence[Any], shapes: Sequence[Shape]) -> Output:
    jax = _library("jax")
    before_0_8 = not hasattr(jax, "enable_x64")
    with (import_module("jax.experimental") if before_0_8 else jax).enable_x64(True):
        return _plain(executed(text)[NAME](*[jax.numpy.asarray(to_list(value)) for value in values]))


def _in_torch(text: str, values: Sequence[Any], shapes: Sequence[Shape]) -> Output:
    torch = _library("torch")
    tensors = [torch.asarray(to_list(value), dtype=torch.float64) for value in values]
    return _plain(executed(text)[NAME](*tensors))


def _library(name: str) -> Any:
    if find_spec(name) is None:
        raise GraphdiffError("usage", f"running {name} code requires {name}", hint=f"pip install {name}")
    return import_module(name)


def _plain(results: tuple[Any, Sequence[Any]]) -> Output:
    """A value and gradients as floats."""
    value, gradients = results
    return float(value), [_floats(gradient) for gradient in gradients]


def _floats(gradient: Any) -> list[float]:
    if isinstance(gradient, (tuple, list)):
        return [entry for part in gradient for entry in _floats(part)]
    return entries(to_list(gradient)) if len(getattr(gradient, "shape", ())) else [float(gradient)]


def _in_c(text: str, values: Sequence[Any], shapes: Sequence[Shape]) -> Output:
    compiler = next((path for name in COMPILERS if (path := shutil.which(name))), None)
    if compiler is None:
        raise GraphdiffError("usage", "no C compiler found", hint=f"install one of {', '.join(COMPILERS)}")
    count = sum(map(size_of, shapes))
    with TemporaryDirectory() as folder:
        source, library = Path(folder, "formula.c"), Path(folder, "formula.so")
        source.write_text(text, "utf-8")
        _run([compiler, *FLAGS, "-o", str(library), str(source), "-lm"], "")
        function = ctypes.CDLL(str(library))[NAME]
        function.restype = ctypes.c_double
        gradient = (ctypes.c_double * count)()
        value = function(*map(_c_operand, values), *[gradient] * bool(count))
    ends = [*accumulate(map(size_of, shapes), initial=0)]
    return value, [list(gradient[start:end]) for start, end in pairwise(ends)]


def _c_operand(value: Any) -> Any:
    flat = entries(value)
    return (ctypes.c_double * len(flat))(*flat) if shape_of(value) else ctypes.c_double(flat[0])


def _in_javascript(text: str, values: Sequence[Any], shapes: Sequence[Shape]) -> Output:
    program = shutil.which("node")
    if program is None:
        raise GraphdiffError("usage", "running javascript code requires node", hint="install Node.js")
    arguments = json.dumps([strict(value) for value in values])
    replacer = "(key, value) => typeof value === 'number' && !Number.isFinite(value) ? String(value) : value"
    script = f"{text}\nprocess.stdout.write(JSON.stringify({NAME}(...{arguments}), {replacer}));\n"
    value, gradients = json.loads(_run([program, "-"], script))
    return float(value), [_floats(gradient) for gradient in gradients]


def _run(command: Sequence[str], text: str) -> str:
    """Run a program on this input and return its output. A timeout or Ctrl-C kills it and its child processes."""
    try:
        with subprocess.Popen(
            command, stdin=PIPE, stdout=PIPE, stderr=PIPE, encoding="utf-8", process_group=0
        ) as process:
            try:
                output, errors = process.communicate(text, LONGEST_RUN)
            except BaseException:
                if os.name == "posix":
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
                raise
    except subprocess.TimeoutExpired:
        raise GraphdiffError("limit", f"{Path(command[0]).name} took more than {LONGEST_RUN} seconds") from None
    except OSError as error:
        raise GraphdiffError("usage", f"cannot run {shortened(command[0])}: {error.strerror or error}") from None
    if process.returncode:
        lines = errors.strip().splitlines() or ["no message"]
        raise GraphdiffError("value", f"{Path(command[0]).name} failed: {shortened(lines[0], 200)}")
    return output


RUNNERS: Mapping[str, Callable[[str, Sequence[Any], Sequence[Shape]], Output]] = {
    "python": _in_python,
    "numpy": _in_numpy,
    "c": _in_c,
    "javascript": _in_javascript,
    "jax": _in_jax,
    "torch": _in_torch,
}
"""By language, the function that runs code on the values of its parameters, for gradients of these shapes."""
