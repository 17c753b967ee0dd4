"""The entries of sparse matrices in C and Rust, with their rows and columns: run, and compared with known matrices."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphdiff
from graphdiff.checking.runner import Function, run
from graphdiff.passes.request import Request
from graphdiff.targets.generate import NAME, generate
from graphdiff.targets.registry import RUNNABLE
from support.languages import skip_without
from support.native import needs_compiler

Command = Callable[..., Any]
ROSENBROCK = "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)"
MAIN = """#include <cstdio>
#include "f.h"
int main()
{
    double x[4] = {1, 2, 3, 4}, value = 0, hessian[f_NONZEROS];
    value = f(x, hessian);
    for (int k = 0; k < f_NONZEROS; k++)
        std::printf("%d %d %g\\n", f_rows[k], f_columns[k], hessian[k]);
    return value > 0 ? 0 : 1;
}
"""


def rosenbrock_hessian(x: list[float]) -> dict[tuple[int, int], float]:
    """Its entries, by hand."""
    entries = {(i, i): 0.0 for i in range(len(x))}
    for i in range(len(x) - 1):
        entries[i, i] += 1200 * x[i] ** 2 - 400 * x[i + 1] + 2
        entries[i + 1, i + 1] += 200
        entries[i, i + 1] = entries[i + 1, i] = -400 * x[i]
    return dict(sorted(entries.items()))


@needs_compiler
@pytest.mark.slow
def test_a_header_has_the_pattern(command: Command, tmp_path: Path) -> None:
    compiler = shutil.which("c++") or shutil.which("g++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    words = ["--shape", "x=4", "--want", "hessian", "--sparse", "--header", "-o", str(tmp_path / "f.c")]
    assert command("compile", ROSENBROCK, *words).status == 0
    (tmp_path / "main.cpp").write_text(MAIN)
    subprocess.run([shutil.which("cc") or "gcc", "-Wall", "-Werror", "-c", "f.c"], cwd=tmp_path, check=True)
    subprocess.run([compiler, "-Wall", "-Werror", "-c", "-o", "other.o", "f.c"], cwd=tmp_path, check=True)
    subprocess.run([compiler, "main.cpp", "f.o", "-o", "main"], cwd=tmp_path, check=True)
    lines = subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True).stdout.splitlines()
    entries = {(int(row), int(column)): float(entry) for row, column, entry in map(str.split, lines)}
    assert entries == rosenbrock_hessian([1.0, 2.0, 3.0, 4.0])
    assert [*entries] == sorted(entries)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["c", "rust"])
@pytest.mark.parametrize("count", [5, 700])
def test_in_numbers_and_in_loops(target: str, count: int) -> None:
    x = [0.5 + (place % 7) / 8 for place in range(count)]
    request = Request("hessian", ["x"], sparse=True)
    source, signature = generate(graphdiff.parse(ROSENBROCK), target, request, {"x": (count,)}, NAME)
    skip_without(RUNNABLE[target])
    ((_, entries),) = run(RUNNABLE[target], [Function(source.text, signature)], [(0, [np.asarray(x)])])
    pattern = signature.results[1].pattern
    assert pattern is not None
    assert pattern.shape == (count, count)
    known = rosenbrock_hessian(x)
    assert [*zip(pattern.rows, pattern.columns, strict=True)] == [*known]
    assert entries == pytest.approx([*known.values()], rel=1e-12)


def test_the_text(command: Command) -> None:
    done = command("compile", "[x[0]*y, sum(x)]", "--shape", "x=2", "--want", "jacobian", "--sparse", "--to", "c")
    assert "#define f_NONZEROS 4" in done.out.splitlines()
    assert "rows count, from 0, the entries of the value, columns those of x[2], y." in done.out.replace("\n  ", "")
    assert "const int f_rows[f_NONZEROS] = {\n    0, 0, 1, 1\n};" in done.out
    assert "const int f_columns[f_NONZEROS] = {\n    0, 2, 0, 1\n};" in done.out
    assert "0.f" not in command("compile", "x^2", "--want", "hessian", "--sparse", "--to", "c", "--float32").out
    done = command("compile", "x + y", "--want", "hessian", "--sparse", "--to", "c")
    assert "#define f_NONZEROS 0" in done.out
    assert "double f(double x, double y)\n" in done.out


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize(
    ("formula", "at", "want"),
    [
        ("x^2*y + sin(y)*z", "x=1,y=2,z=3", "hessian"),
        ("sum(scan(h*v for v in x, h=z))", "x=[1,2],z=3", "hessian"),
        ("x*f_rows + f_NONZEROS*hessian", "x=[1,2],f_rows=3,f_NONZEROS=4,hessian=2", "jacobian"),
    ],
)
def test_check(command: Command, formula: str, at: str, want: str) -> None:
    words = ["--target", "c", "--want", want, "--sparse"]
    done = command("check", formula, "--at", at, *words)
    assert (done.status, done.err) == (0, "")
    assert "differ" not in done.out.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["compile", "x*y", "--want", "hessian"], "Python code has no sparse results"),
        (["compile", "x*y", "--to", "c"], "gradient is not sparse"),
        (["compile", "x*y", "--to", "rust", "--want", "hvp"], "hvp is not sparse"),
        (["check", "x*y", "--at", "x=1,y=2"], "needs a target"),
        (["check", "x*y", "--at", "x=1,y=2", "--target", "c"], "gradient is not sparse"),
        (["check", "x*y", "--at", "x=1,y=2", "--target", "numpy", "--want", "hessian"], "has no sparse results"),
    ],
)
def test_what_has_no_sparse_result(command: Command, words: list[str], message: str) -> None:
    done = command(*words, "--sparse")
    assert done.status == 2
    assert message in done.err
