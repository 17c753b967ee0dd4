"""graphdiff compile: output, options and mistakes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphdiff import trace
from graphdiff.targets.registry import TARGETS
from support.native import needs_compiler

Command = Callable[..., Any]
LIBRARY_OF_C = ["lgamma", "index", "printf", "qsort", "powf64", "cexpl", "strtod", "ffsll", "llrintf", "isnanf"]
"""Among them functions that GCC has built in, and warns of, without a header."""
NEURON = "1/(1+exp(-(w*x+b)))"


def loaded(text: str, name: str = "f") -> Any:
    scope: dict[str, Any] = {}
    exec(text, scope)
    return scope[name]


def test_python_to_standard_output(command: Command) -> None:
    result = command("compile", NEURON)
    assert (result.status, result.err) == (0, "")
    value, gradients = loaded(result.out)(2.0, 0.5, -1.0)
    assert (value, gradients) == (0.5, (0.125, 0.5, 0.25))
    assert command("compile", NEURON, "--to", "python").out == result.out
    assert command("compile", "-", stdin=NEURON.encode()).out == result.out


def test_numpy_of_arrays(command: Command) -> None:
    for words in (["--shape", "W=2x3,x=3"], ["--shape", "W=(2,3),x=(3,)"], ["--at", "W=[[1,2,3],[4,5,6]],x=[1,2,3]"]):
        result = command("compile", "sum((W@x)^2)", "--to", "numpy", *words)
        assert (result.status, result.err) == (0, "")
        matrix, x = np.arange(6.0).reshape(2, 3), np.asarray([1.0, -1, 2])
        value, (by_matrix, by_x) = loaded(result.out)(matrix, x)
        traced = trace("sum((W@x)^2)", W=matrix, x=x)
        assert value == pytest.approx(traced.value)
        assert by_matrix == pytest.approx(traced.gradients["W"])
        assert by_x == pytest.approx(traced.gradients["x"])


def test_other_derivatives(command: Command) -> None:
    assert loaded(command("compile", "x^2*y", "--want", "hessian").out)(3.0, 2.0) == (18.0, ((4.0, 6.0), (6.0, 0.0)))
    assert loaded(command("compile", "x^2*y", "--want", "value").out)(3.0, 2.0) == 18.0
    assert loaded(command("compile", "x^2*y", "--want", "hvp", "--wrt", "x").out)(3.0, 2.0, 0.5) == (18.0, 2.0)
    words = ["q = x^2; r = x*y", "--output", "q,r", "--want", "jacobian"]
    assert loaded(command("compile", *words).out)(3.0, 2.0) == ((9.0, 6.0), ((6.0, 0.0), (2.0, 3.0)))
    assert "try" not in command("compile", NEURON, "--no-fallback").out
    for words, message in [
        (["--want", "jvp", "--to", "latex"], "does not support jvp"),
        (["--no-fallback", "--to", "c"], "C code has no option --no-fallback"),
        (["--output", "q,r"], "no node is named 'q'"),
    ]:
        result = command("compile", NEURON, *words)
        assert result.status == 2
        assert message in result.err


def test_latex(command: Command) -> None:
    result = command("compile", "x^2*y", "--to", "latex")
    assert (result.status, result.err) == (0, "")
    assert r"\frac{\partial" in result.out


def test_options(command: Command) -> None:
    assert command("compile", "x*y", "--name", "loss").out.startswith("def loss(x, y):")
    assert loaded(command("compile", "x*y", "--wrt", "y").out)(2.0, 3.0) == (6.0, (2.0,))
    assert command("compile", "x*y", "--to", "C").out == command("compile", "x*y", "--to", "c").out
    assert loaded(command("compile", "pi*x", "--wrt", "pi").out)(3.0, 2.0) == (6.0, (2.0,))
    assert loaded(command("compile", "pi*x", "--at", "pi=1,x=1").out)(3.0, 2.0)[0] == 6.0
    assert loaded(command("compile", "q=x^2; sin(q)", "--output", "q").out)(3.0) == (9.0, (6.0,))
    assert loaded(command("compile", "-x^2").out)(3.0) == (-9.0, (-6.0,))
    assert loaded(command("compile", "2").out)() == (2.0, ())


def test_to_a_file(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "neuron.py"
    result = command("compile", NEURON, "-o", str(path))
    assert (result.status, result.out, result.err) == (0, "", "")
    assert loaded(path.read_text("utf-8"))(2.0, 0.5, -1.0)[0] == 0.5
    assert path.read_text("utf-8") == command("compile", NEURON).out
    for target in (tmp_path, tmp_path / "none" / "x.py"):
        result = command("compile", NEURON, "-o", str(target))
        assert (result.status, result.out) == (2, "")
        assert "cannot write" in result.err
    before = path.read_bytes()
    assert command("compile", NEURON, "-o", "-").out == command("compile", NEURON).out
    assert command("compile", "x*", "-o", str(path)).status == 2
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["x", "--to", "cobol"], ["cobol", "numpy"]),
        (["x", "--name", "my loss"], ["'my loss'", "--name loss"]),
        (["x", "--name", ""], ["''"]),
        (["x", "--name", "lambda"], ["'lambda'"]),
        (["x", "--name", "match"], ["'match'"]),
        (["exp(x)", "--name", "exp"], ["'exp'"]),
        (["exp(x)", "--name", "math"], ["'math'"]),
        (["abs(x)", "--name", "abs"], ["'abs'"]),
        (["floor(x)", "--name", "float"], ["'float'"]),
        (["x", "--name", "np", "--to", "numpy"], ["'np'"]),
        (["x", "--name", "double", "--to", "c"], ["'double'"]),
        (["x", "--name", "main", "--to", "c"], ["'main'"]),
        *((["x", "--name", name, "--to", "c"], [f"'{name}'"]) for name in LIBRARY_OF_C),
        (["x", "--name", "arrays", "--to", "numpy"], ["'arrays'"]),
        (["x", "--name", "whole", "--to", "jax"], ["'whole'"]),
        (["x", "--name", "arrays", "--to", "torch"], ["'arrays'"]),
        (["x", "--name", "torch", "--to", "torch"], ["'torch'"]),
        (["x", "--name", "match", "--to", "rust"], ["'match'"]),
        (["x", "--name", "main", "--to", "rust"], ["'main'"]),
        (["x", "--name", "f():\n import os\ndef g"], ["is not a valid function name"]),
        (["x", "--name", "été"], ["'été'"]),
        (["x", "--wrt", "q"], ["no input 'q'"]),
        (["x*"], ["expected an operand after '*'", "^"]),
        ([], ["no expression"]),
        (["x", "y"], ["more than one expression"]),
        (["x", "--shape", "nonsense"], ["not a valid shape"]),
        (["[x, y]"], ["only a number has a gradient", "sum("]),
        (["3*x", "--shape", "x=3", "--to", "numpy"], ["only a number has a gradient", "sum("]),
        (["-f", "/nonexistent.gd"], ["cannot read"]),
    ],
)
def test_mistakes(command: Command, words: list[str], parts: list[str]) -> None:
    result = command("compile", *words)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert [part for part in parts if part not in result.err] == []


@pytest.mark.parametrize("name", ["__import__", "os", "eval", "σ", "class", "f", "x_1", "é"])
def test_hostile_names(command: Command, name: str) -> None:
    result = command("compile", f"{name}^2 + x")
    assert result.status == 0
    assert loaded(result.out)(3.0, 1.0) == (10.0, (6.0, 1.0))


@pytest.mark.slow
def test_long_and_deep_formulas(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "long.gd"
    terms = 50000
    path.write_text("x" + "+x" * (terms - 1))
    result = command("compile", "-f", str(path))
    assert result.status == 0
    assert loaded(result.out)(0.5) == (terms / 2, (float(terms),))
    path.write_text("(" * 10000 + "x" + " + 1)" * 10000)
    result = command("compile", "-f", str(path))
    assert loaded(result.out)(0.5) == (10000.5, (1.0,))


def test_constants_that_overflow(command: Command) -> None:
    """Such constants are inf or NaN, without a warning."""
    for target in [target.name for target in TARGETS.values() if target.writes == "entries"]:
        for text in ("log(sum(exp(710))) + sum(acosh(x*0))", "sum(√(arange(2)*y))"):
            result = command("compile", text, "--to", target)
            assert (result.status, result.err) == (0, "")


def test_a_missing_shape_is_told(command: Command) -> None:
    for words in (["compile", "sum(W@x)", "--to", "numpy"], ["diff", "sum(W@x)"]):
        result = command(*words)
        assert (result.status, result.out) == (2, "")
        assert "an array needs its shape: --shape W=2x3,x=3" in result.err
    assert "--shape" not in command("diff", "sum(W@x)", "--shape", "W=2x3,x=4").err


@needs_compiler
def test_headers_of_c(command: Command, tmp_path: Path) -> None:
    compiler = shutil.which("c++") or shutil.which("g++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    program = "#include <cstdio>\n"
    for name, words in {"small": ["x^2"], "large": ["sum(x^2)", "--shape", "x=1000", "--float32"]}.items():
        done = command("compile", *words, "--name", name, "--header", "-o", str(tmp_path / f"{name}.c"))
        assert (done.status, done.out, done.err) == (0, "", "")
        subprocess.run([shutil.which("cc") or "gcc", "-c", f"{name}.c"], cwd=tmp_path, check=True)
        program += f'#include "{name}.h"\n'
    program += "int main() { double g[1]; static float x[1000], h[1000], w[large_WORKSPACE]; x[3] = 2;\n"
    program += 'std::printf("%g %g", small(3.0, g) + g[0], large(x, h, w) + h[3]); }\n'
    (tmp_path / "main.cpp").write_text(program)
    subprocess.run([compiler, "main.cpp", "small.o", "large.o", "-o", "main"], cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True).stdout == "15 8"


def test_a_header_needs_a_file_of_c(command: Command) -> None:
    for words in (["--to", "c"], ["--to", "c", "-o", "f.h"], ["--to", "rust", "-o", "f.rs"], []):
        done = command("compile", "x^2", "--header", *words)
        assert done.status == 2
        assert "--header needs a file of C" in done.err
