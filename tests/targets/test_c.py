"""C, compiled by the installed compiler, against the trace."""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given

from graphdiff import GraphdiffError, parse, trace
from graphdiff.targets import c
from graphdiff.targets.vectorize import instructions_of
from support import judge
from support.formulas import FORMULAS
from support.hostile import CLASHES
from support.native import Point, compile_formulas, gradient_code, library, needs_compiler
from support.random_formulas import POINTS, programs, repeatable_examples
from support.rounding import MARGIN, TINY, results_of, sample_roundings

RELATIVE = 1e-12
"""By how much the functions of <math.h> and those of Python may differ in the end."""


def agree(found: float, expected: float) -> bool:
    if math.isfinite(expected):
        return abs(found - expected) <= RELATIVE * abs(expected)
    return found == expected or (found != found and expected != expected)


def check_formulas(folder: Path, formulas: Iterable[tuple[str, Point]]) -> None:
    """Where terms cancel, the judge at 50 digits says how far off rounding may be."""
    cases = [(text, parse(text), point) for text, point in formulas]
    functions = compile_formulas(folder, [(graph, point) for _, graph, point in cases])
    for (text, graph, point), function in zip(cases, functions, strict=True):
        value, gradients = function(point)
        traced = trace(graph, {name: point[name] for name in graph.input_names if name in point})
        pairs = [(value, traced.value), *((gradients[name], traced.gradients[name]) for name in gradients)]
        if all(agree(float(found), expected) for found, expected in pairs):
            continue
        results = results_of(text, dict(point))
        samples = sample_roundings(text, dict(point), results)
        true_value, truth = judge.value_and_gradient(text, dict(point))
        assert abs(value - true_value) <= MARGIN * max(abs(near - true_value) for near, _ in samples) + TINY, text
        for name, gradient in gradients.items():
            distance = max(abs(near[name] - truth[name]) for _, near in samples)
            assert abs(float(gradient) - truth[name]) <= MARGIN * distance + TINY, (text, name)


@pytest.mark.slow
@needs_compiler
def test_formulas_in_the_wild(tmp_path: Path) -> None:
    check_formulas(tmp_path, [(formula.text, formula.point) for formula in FORMULAS])


@pytest.mark.slow
@needs_compiler
def test_random_programs(tmp_path: Path) -> None:
    points: dict[str, Point] = {}

    @repeatable_examples(60)
    @given(programs(), POINTS)
    def draw(program: str, point: dict[str, float]) -> None:
        graph = parse(program)
        points[program] = {**graph.defaults, **{name: point[name] for name in point if name in graph.input_names}}

    draw()
    finite = [(text, point) for text, point in points.items() if math.isfinite(trace(text, point).value)]
    assert len(finite) > 30
    check_formulas(tmp_path, finite)


@needs_compiler
def test_names_that_mean_something_else(tmp_path: Path) -> None:
    names = parse(CLASHES).input_names
    check_formulas(tmp_path, [(CLASHES, {name: 1 + place / 8 for place, name in enumerate(names)})])
    code, _ = gradient_code(parse(CLASHES), dict.fromkeys(names, 1.0))
    text, parameters, _ = c.source(code, "f0")
    assert text.isascii()
    assert tuple(parameters) == names
    assert len({*parameters.values()}) == len(names)
    assert not any("__" in parameter or parameter.startswith("_") for parameter in parameters.values())
    assert (parameters["σ"], parameters["x₀"], parameters["lambda"]) == ("sigma", "x0", "lambda")


@needs_compiler
def test_it_is_cpp_too(tmp_path: Path) -> None:
    compiler = shutil.which("c++") or shutil.which("g++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    texts = [CLASHES, "max(x, y)*sign(x) + min(x, 2) + where(x < y, x, y)", "2 + 3"]
    codes = [gradient_code(parse(text), dict.fromkeys(parse(text).input_names, 1.0)) for text in texts]
    source = tmp_path / "formulas.cpp"
    source.write_text("\n".join(c.source(code, f"f{place}")[0] for place, (code, _) in enumerate(codes)))
    flags = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"]
    done = subprocess.run([compiler, *flags, str(source)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@needs_compiler
def test_numbers_are_what_they_were(tmp_path: Path) -> None:
    numbers = [0.1, 1e22, 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, 1 / 3, 123456789012345678.0, 0.0]
    functions = compile_formulas(tmp_path, [(parse(f"{number!r}*x"), {"x": 1.0}) for number in numbers])
    assert [function({"x": 1.0}) for function in functions] == [(number, {"x": number}) for number in numbers]


@needs_compiler
def test_without_derivatives_there_is_no_gradient(tmp_path: Path) -> None:
    text, parameters, _ = c.source(instructions_of(parse("x^2 + 0*y"), {}), "square")
    assert "gradient" not in text
    assert parameters == {"x": "x", "y": "y"}
    function = library(tmp_path, text).square
    function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double] * 2
    assert function(3.0, 1.0) == 9.0


@needs_compiler
def test_a_formula_of_a_thousand_operations(tmp_path: Path) -> None:
    text = "v0 = x*y\n" + "\n".join(f"v{k + 1} = sin(v{k})*x + y/(1 + v{k}^2)" for k in range(100))
    check_formulas(tmp_path, [(text, {"x": 0.7, "y": 0.3})])


def test_the_source_says_what_it_is() -> None:
    code, _ = gradient_code(parse("(x + y)*z"), {"x": 1.0, "y": 1.0, "z": 1.0})
    assert c.source(code, "f")[0] == c.source(code, "f")[0]
    lines = c.source(code, "f")[0].splitlines()
    assert lines[:4] == [
        "#include <math.h>",
        "",
        "/* Returns the value; gradient receives its derivatives by x, y, z, in this order.",
        "   double f(double x, double y, double z, double gradient[3]); */",
    ]


def test_what_c_lacks_is_told() -> None:
    code = instructions_of(parse("det(A)"), {0: (2, 2)})
    with pytest.raises(GraphdiffError, match=r"the C target does not support linalg\.det") as caught:
        c.source(code, "f")
    assert caught.value.kind == "value"
