"""Functions that people write: read as programs, they have the values and gradients of the functions run as Python."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from graphdiff import compile as compile_graph
from graphdiff import trace
from graphdiff.language.program import Program
from graphdiff.reading.python.read import read_python
from graphdiff.source import Source
from support.python_functions.points import point_of
from support.random_python import RandomFunction

FOLDER = Path(__file__).parent.parent / "support" / "python_functions"
HELPERS = {("arrays", "softmax"), ("scalars", "power")}
"""Functions that only others call."""


def functions_of(name: str) -> list[str]:
    text = (FOLDER / f"{name}.py").read_text("utf-8")
    names = [line.split("(")[0].removeprefix("def ") for line in text.splitlines() if line.startswith("def ")]
    return [each for each in names if (name, each) not in HELPERS]


def cases() -> Iterator[Any]:
    for name in ("scalars", "arrays", "jax_functions", "torch_functions"):
        marks = [pytest.mark.slow] if "_" in name else []  # the libraries are slow to load
        for function in functions_of(name):
            yield pytest.param(name, function, id=f"{name}-{function}", marks=marks)


@cache
def module_of(name: str) -> ModuleType:
    """A module of functions, run."""
    if name == "torch_functions":
        pytest.importorskip("torch", reason="the extra torch is not installed")
    if name == "jax_functions":
        importlib.import_module("jax").config.update("jax_enable_x64", True)
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def values_of(module: str, function: Callable[..., Any], point: dict[str, Any]) -> float:
    if module == "torch_functions":
        torch = importlib.import_module("torch")
        point = {
            name: torch.tensor(value, dtype=None if _is_index(value) else torch.float64)
            for name, value in point.items()
        }
        return float(function(**point))
    return float(np.asarray(function(**point)))


def _is_index(value: Any) -> bool:
    return bool(np.asarray(value).dtype.kind == "i")


def differences(module: str, function: Callable[..., Any], point: dict[str, Any], name: str) -> Any:
    """The gradient by finite differences of fourth order."""
    value = np.asarray(point[name], float)
    gradient = np.zeros(value.shape)
    for place in np.ndindex(value.shape):
        step = 1e-3 * abs(value[place]) or 1e-3
        results = []
        for shift in (-2, -1, 1, 2):
            moved = value.copy()
            moved[place] += shift * step
            changed = float(moved) if np.ndim(point[name]) == 0 else moved
            results.append(values_of(module, function, {**point, name: changed}))
        gradient[place] = (results[0] - 8 * results[1] + 8 * results[2] - results[3]) / (12 * step)
    return gradient


@pytest.mark.sampled(12)
@pytest.mark.parametrize(("module", "name"), list(cases()))
def test_functions(module: str, name: str) -> None:
    function = getattr(module_of(module), name)
    point = point_of(module, name)
    source = Source((FOLDER / f"{module}.py").read_text("utf-8"))
    reading = read_python(source, name)
    graph = Program(source, reading.statements).graph()
    parameters = inspect.signature(function).parameters.values()
    names = [each.name for each in parameters if each.default is each.empty or each.name in reading.values]
    assert [each for each in graph.input_names if each in names] == names
    result = trace(graph, {**reading.values, **point})
    expected = values_of(module, function, point)
    assert result.value == pytest.approx(expected, rel=1e-12, abs=1e-12)
    for parameter in point:
        if not _is_index(point[parameter]):
            truth = differences(module, function, point, parameter)
            assert np.asarray(result.gradients[parameter]) == pytest.approx(
                truth, rel=1e-6, abs=1e-8 * np.max(abs(truth), initial=1e-3)
            )


@pytest.mark.sampled(200)
@pytest.mark.parametrize("first", range(0, 2000, 10))
def test_random_functions(first: int) -> None:
    """Functions of all statements that can be read, at points on both sides of their conditions."""
    for seed in range(first, first + 10):
        text = RandomFunction(seed).text()
        scope: dict[str, Any] = {}
        exec(text, scope)
        source = Source(text)
        reading = read_python(source)
        graph = Program(source, reading.statements).graph()
        lists = {name: np.shape(value) for name, value in reading.values.items() if isinstance(value, list)}
        function = compile_graph(graph, shapes=lists or None)
        for point in ({"x": 0.3, "y": -1.2}, {"x": -2.1, "y": 0.4, "z": 1.9}, {"x": 1, "y": 0}):
            try:
                expected = scope["f"](**point)
            except OverflowError:  # where graphdiff has infinity
                continue
            values = {"z": 0.7, **reading.values, **point}
            result, _ = function(**{name: values[name] for name in function.inputs})
            assert result == pytest.approx(expected, rel=1e-9, abs=1e-9), text
