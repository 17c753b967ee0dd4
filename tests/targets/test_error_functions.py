"""The functions around the error function, beta and sinc in every language, on numbers of any size, against the numbers
that tests/operations/test_error_functions.py compares with mpmath."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphdiff.operations import ieee
from graphdiff.targets.generate import source_of
from support.engine import Engine
from support.native import library, needs_compiler

pytestmark = pytest.mark.slow
REAL = (0.0, 1e-300, -1e-300, 0.3, -1.7, 2.0, 9.5, -9.5, 26.1, -26.1, 1e5, 1e100)
POINTS: dict[str, tuple[float, ...]] = {
    **dict.fromkeys(("erfcx", "normcdf", "lognormcdf", "inverse_mills_ratio", "sinc"), REAL),
    "norminv": (1e-300, 1e-20, 0.03, 0.3, 0.6, 0.999999),
    "erfinv": (1e-300, -0.3, 0.9, 0.9999999),
}
EACH = pytest.mark.parametrize("name", POINTS)


def assert_same(name: str, found: Sequence[float]) -> None:
    expected = [getattr(ieee, name)(x) for x in POINTS[name]]
    assert found == pytest.approx(expected, rel=1e-13, abs=1e-300)


@EACH
@pytest.mark.parametrize("target", ["python", "numpy", "jax", "torch"])
def test_in_python(target: str, name: str) -> None:
    package: Any = pytest.importorskip(target) if target != "python" else None
    if target == "jax":
        package.config.update("jax_enable_x64", True)
    scope: dict[str, Any] = {}
    exec(source_of(f"{name}(x)", target, wrt=[]), scope)
    if target == "python":
        assert_same(name, [scope["f"](x)[0] for x in POINTS[name]])
    else:
        column = np.array(POINTS[name])
        assert_same(name, np.asarray(scope["f"](package.tensor(column) if target == "torch" else column)[0]).tolist())


@EACH
@needs_compiler
def test_in_c(tmp_path: Path, name: str) -> None:
    function = library(tmp_path, source_of(f"{name}(x)", "c", wrt=["x"])).f
    function.restype = ctypes.c_double
    assert_same(name, [function(ctypes.c_double(x), ctypes.byref(ctypes.c_double())) for x in POINTS[name]])


@EACH
def test_in_javascript(engine: Engine, name: str) -> None:
    found = engine.call(source_of(f"{name}(x)", "javascript", wrt="x"), "f", [[x] for x in POINTS[name]])
    assert_same(name, [value for value, _ in found])
