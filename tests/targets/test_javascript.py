"""JavaScript, run by V8, against the trace and mpmath."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np
import pytest

from graphdiff import GraphdiffError, compile, parse
from graphdiff.targets import javascript
from graphdiff.targets.generate import source_of
from support.comparison import assert_as_traced
from support.engine import Engine
from support.hostile import CLASHES
from support.native import GradientCode, Point, gradient_code


def in_javascript(engine: Engine, formula: GradientCode, points: Sequence[Point]) -> list[Any]:
    source, parameters = javascript.source(formula.code, "f")
    given = [[np.asarray(point[name], float).tolist() for name in parameters] for point in points]
    return engine.call(source, "f", given)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", ["erf", "erfc", "expm1", "log1p", "tanh", "sinh", "cbrt"])
def test_functions_are_mpmaths(name: str, engine: Engine) -> None:
    low = -0.999 if name == "log1p" else -6.0
    draws = random.Random(name)
    places = [draws.uniform(low, 6.0) for _ in range(400)] + [draws.uniform(-1e-8, 1e-8) for _ in range(20)]
    places += [draws.uniform(6.0, 26.0) for _ in range(100)] + [0.84375, 1.25, 1 / 0.35, 0.25]
    code = gradient_code(parse(f"{name}(x)"), {"x": 1.0})
    for place, (value, _) in zip(places, in_javascript(engine, code, [{"x": place} for place in places]), strict=True):
        with mpmath.workdps(60):
            x = mpmath.mpf(place)
            exact = mpmath.sign(x) * mpmath.cbrt(abs(x)) if name == "cbrt" else getattr(mpmath, name)(x)
            assert abs(value - exact) <= 1e-14 * abs(exact), (name, place)


def test_a_tie_is_rounded_to_even(engine: Engine) -> None:
    places = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 2.0**52 + 1, 1e300, 3.7]
    found = in_javascript(engine, gradient_code(parse("round(x)"), {"x": 1.0}), [{"x": place} for place in places])
    assert [value for value, _ in found] == [float(round(place)) for place in places]


NAMES = """
constructor __proto__ prototype toString hasOwnProperty eval arguments NaN Infinity undefined await async let static
yield enum class function return this typeof var const null Math JSON Number Array f f_erf f_round f_maximum v1 v2
window top self document location of get set name length default export import package interface σ x₀ x0 sigma
"""


def test_names_that_mean_something_else(engine: Engine) -> None:
    names = parse(" + ".join(NAMES.split())).input_names
    text = "q = " + " + ".join(f"{place}*{name}*erf({name})" for place, name in enumerate(names, 1))
    text += "\nq*max(q, round(v1))"
    for program in (text, CLASHES):
        point = {name: 0.1 + place / 16 for place, name in enumerate(parse(program).input_names)}
        formula = gradient_code(parse(program), point)
        (found,) = in_javascript(engine, formula, [point])
        assert_as_traced(found, program, point, formula.wrt)
    source, parameters = javascript.source(gradient_code(parse(text), dict.fromkeys(names, 1.0)).code, "f")
    assert source.isascii()
    assert "<" not in source.replace("<=", "").replace(" < ", "")
    assert len({*parameters.values()}) == len(names)
    assert parameters["constructor"] == "constructor"
    assert not {*parameters.values()} & {"eval", "arguments", "await", "let", "Math", "NaN", "f", "f_erf", "window"}


@pytest.mark.parametrize("name", ["let", "Math", "eval", "window", "a-b", "σ", ""])
def test_names_that_no_function_can_have(name: str) -> None:
    with pytest.raises(GraphdiffError) as caught:
        source_of("x", "javascript", name=name)
    assert caught.value.kind == "usage"


def test_the_source_reads_as_by_hand(engine: Engine) -> None:
    assert source_of("(x + y)*z", "javascript", name="loss").splitlines() == [
        "// Returns [the value, the array of its derivatives by x, y, z].",
        "function loss(x, y, z) {",
        "    const v1 = x + y;",
        "    return [v1*z, [z, z, v1]];",
        "}",
    ]
    assert engine.call(source_of("2 + 3", "javascript"), "f", [[]]) == [[5.0, []]]
    shapes = {"W": (2, 3), "x": (3,)}
    source = source_of("sum((W @ x)^2) + erf(k)", "javascript", shapes=shapes)
    lines = [line for line in source.splitlines() if len(line) > 120]
    assert not lines
    ((value, (d_w, d_x, d_k)),) = engine.call(source, "f", [[[[1, 2, 3], [4, 5, 6]], [1, 0, -1], 0.0]])
    assert (value, d_k) == (8.0, pytest.approx(2 / math.sqrt(math.pi), rel=1e-15))
    assert (d_w, d_x) == ([[-4.0, 0.0, 4.0], [-4.0, 0.0, 4.0]], [-20.0, -28.0, -36.0])


def test_every_definition_is_used_and_stands_alone(engine: Engine) -> None:
    text = "erf(a) + erfc(b) + round(c) + max(a, b) + min(b, c) + a^b + mod(a, b)"
    found = set(re.findall(r"^function f_(\w+)", source_of(text, "javascript"), re.M))
    assert found == {*javascript.JavaScript("f").own_definitions()}


def test_it_runs_in_no_python_process() -> None:
    with pytest.raises(GraphdiffError, match="unknown backend 'javascript'"):
        compile("x", backend="javascript")
