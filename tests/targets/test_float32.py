"""C and Rust on 32-bit floats."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from graphdiff import value_and_gradient
from graphdiff.targets.generate import source_of
from support.native import library, needs_compiler

FORMULAS = [
    "max(sin(x), 1e-5)*gamma(y) + erf(x)*round(y) + asinh(x)",
    "mod(x, y)*sign(x) + lambertw(x) + normcdf(x*y)",
    "where(x > y, x^3, 2*y) + 1e-50 + atan2(x, y)",
]
POINT = {"x": 0.7, "y": 1.6}


@needs_compiler
def test_numbers_in_c(tmp_path: Path) -> None:
    texts = [source_of(text, "c", name=f"f{place}", float32=True) for place, text in enumerate(FORMULAS)]
    functions = library(tmp_path, "\n".join(texts))
    for place, text in enumerate(FORMULAS):
        function = functions[f"f{place}"]
        function.restype = ctypes.c_float
        gradient = np.zeros(2, np.float32)
        value = function(*map(ctypes.c_float, POINT.values()), gradient.ctypes.data_as(ctypes.c_void_p))
        expected, slopes = value_and_gradient(text, POINT)
        assert value == pytest.approx(expected, rel=1e-5)
        assert list(gradient) == pytest.approx([slopes["x"], slopes["y"]], rel=1e-5)


@needs_compiler
def test_arrays_in_c(tmp_path: Path) -> None:
    text = "sum(max(tanh(W@x), 0.1)^2)"
    chance = np.random.default_rng(0)
    point = {"W": chance.normal(size=(30, 20)).astype(np.float32), "x": chance.normal(size=20).astype(np.float32)}
    shapes = {name: value.shape for name, value in point.items()}
    source = source_of(text, "c", ["W"], shapes, float32=True)
    assert "double" not in source
    function = library(tmp_path, source).f
    function.restype = ctypes.c_float
    outputs = [np.zeros((30, 20), np.float32), np.zeros(1000, np.float32)]
    value = function(*[each.ctypes.data_as(ctypes.c_void_p) for each in [*point.values(), *outputs]])
    expected, gradients = value_and_gradient(text, {name: each.astype(float) for name, each in point.items()})
    assert value == pytest.approx(expected, rel=1e-5)
    assert outputs[0] == pytest.approx(gradients["W"], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("language", ["c", "rust"])
def test_names_of_parameters(language: str) -> None:
    """None is that of a function on floats, and none is changed."""
    source = source_of("max(x, f_maximumf)*a_f64", language, float32=True)
    assert "f_maximumf(x, f_maximumf_)" in source
    assert "a_f64" in source
    assert "a_f32" not in source


@pytest.mark.slow
@pytest.mark.parametrize("text", [*FORMULAS, "sum(max(tanh(W@x), 0.1)^2)"])
def test_rust_accepts_it(text: str, tmp_path: Path) -> None:
    compiler = shutil.which("rustc")
    if compiler is None:
        pytest.skip("Rust is not installed")
    source = source_of(text, "rust", shapes={"W": (30, 20), "x": (20,)} if "W" in text else None, float32=True)
    (tmp_path / "f.rs").write_text(source)
    arguments = ["--crate-type=lib", "--edition=2021", "-D", "warnings", "--emit=metadata", "f.rs"]
    done = subprocess.run([compiler, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "pub fn f(" in source
    assert "f64" not in source[source.index("pub fn") :]
