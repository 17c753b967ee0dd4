"""What is special to MATLAB, R and Fortran: numbers as in IEEE 754, names, and how the source reads."""

from __future__ import annotations

import itertools
import math
import re
from functools import cache
from typing import Any

import pytest

from graphdiff import GraphdiffError, parse, value_and_gradient
from graphdiff.checking.runner import Function, run
from graphdiff.passes.request import Request
from graphdiff.targets import fortran, matlab, r
from graphdiff.targets.generate import generate, source_of
from graphdiff.targets.registry import TARGETS
from support.languages import skip_without

LANGUAGES = ("matlab", "r", "fortran")
FORMULAS = (
    "sqrt(x) + log(y)",
    "x^y",
    "y^3 + acos(x)",
    "round(x) + floor(y)",
    "mod(x, y)",
    "max(x, y)",
    "min(x, y)*sign(x)",
    "where(x > y, x, y) + (x < 1)",
    "erf(x) + hypot(x, y) + cbrt(y)",
    "fold(h*x + y for t in range(3), h=y)",
)
NUMBERS = (-8.0, -2.5, 0.0, 1 / 3, 1e200, math.inf, -math.inf, math.nan)


@cache
def cases() -> list[tuple[int, dict[str, float], float]]:
    """Which formula, a point, and the value there."""
    points = [{"x": x, "y": y} for x, y in itertools.product(NUMBERS, repeat=2)]
    return [
        (place, point, value_and_gradient(formula, point)[0])
        for place, formula in enumerate(FORMULAS)
        for point in points
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_those_of_ieee_754(language: str) -> None:
    """Where languages have complex numbers, NA, or errors of a compiler too."""
    target = TARGETS[language]
    skip_without(target)
    request = Request("value", ())
    generated = [generate(parse(text), language, request, {}, f"f{place}") for place, text in enumerate(FORMULAS)]
    functions = [Function(source.text, signature) for source, signature in generated]
    calls = [(place, [point[name] for name in generated[place].source.parameters]) for place, point, _ in cases()]
    for (place, point, expected), (value,) in zip(cases(), run(target, functions, calls), strict=True):
        assert value == [pytest.approx(expected, rel=1e-13, abs=1e-300, nan_ok=True)], (FORMULAS[place], point)


READS: dict[str, list[str]] = {
    "matlab": [
        "function [value, gradient] = loss(x, y, z)",
        "% Returns the value and the vector of its derivatives by x, y, z.",
        "    v1 = x + y;",
        "    value = v1*z;",
        "    gradient = [z; z; v1];",
        "end",
    ],
    "r": [
        "# Returns the list of the value and the vector of its derivatives by x, y, z.",
        "loss <- function(x, y, z) {",
        "  v1 <- x + y",
        "  list(value = v1*z, gradient = c(x = z, y = z, z = v1))",
        "}",
    ],
    "fortran": [
        "module loss_module",
        "    use, intrinsic :: iso_fortran_env, only: real64",
        "    implicit none",
        "    private",
        "    public :: loss",
        "contains",
        "    ! Computes the value and the vector of its derivatives by x, y, z.",
        "    pure subroutine loss(x, y, z, value, gradient)",
        "        real(real64), intent(in) :: x, y, z",
        "        real(real64), intent(out) :: value, gradient(3)",
        "        real(real64) :: v1",
        "        v1 = x + y",
        "        value = v1*z",
        "        gradient(1) = z",
        "        gradient(2) = z",
        "        gradient(3) = v1",
        "    end subroutine",
        "end module",
    ],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_source_reads_as_by_hand(language: str) -> None:
    assert source_of("(x + y)*z", language, name="loss").splitlines() == READS[language]


@pytest.mark.parametrize(
    ("language", "formula", "options", "line"),
    [
        ("matlab", "x*y^2", {"want": "hessian"}, "    hessian = [0.0, v1; v1, 2.0*x];"),
        ("matlab", "sum(W@x)", {"shapes": {"W": (2, 2), "x": (2,)}}, "function [value, d_W, d_x] = f(W, x)"),
        ("matlab", "x*y^2", {"want": "hvp"}, "function [value, product] = f(x, y, direction_x, direction_y)"),
        ("matlab", "2*x", {"want": "value"}, "function value = f(x)"),
        (
            "r",
            "x@x",
            {"shapes": {"x": (2,)}},
            "  list(value = x[1]*x[1] + x[2]*x[2], gradient = c(2.0*x[1], 2.0*x[2]))",
        ),
        ("r", "x*y^2", {"want": "hvp"}, "  direction_x <- direction[[1]]"),
        ("r", "2*x", {"want": "value"}, "  2.0*x"),
        ("fortran", "x*X", {}, "    pure subroutine f(x, X_, value, gradient)"),
        ("fortran", "x*value", {}, "    pure subroutine f(x, value, value_2, gradient)"),
        ("fortran", "x^(-y)", {"want": "value"}, "        value = f_pow(x, -y)"),
        ("fortran", "x*(-1.5) - y", {"want": "value"}, "        value = -1.5_real64*x - y"),
        ("fortran", "1/0 + x", {"want": "value"}, "        value = ieee_value(0.0_real64, ieee_positive_inf) + x"),
    ],
)
def test_lines(language: str, formula: str, options: dict[str, Any], line: str) -> None:
    assert line in source_of(formula, language, **options).splitlines()


@pytest.mark.parametrize(
    ("language", "name"),
    [("matlab", "end"), ("matlab", "exp"), ("r", "TRUE"), ("fortran", "Real64"), ("fortran", "ieee_arithmetic")],
)
def test_names_that_mean_something_else(language: str, name: str) -> None:
    with pytest.raises(GraphdiffError) as caught:
        source_of("x", language, name=name)
    assert caught.value.kind == "usage"
    assert f"{name}_" in source_of(name, language)


def test_a_function_in_r_has_not_the_name_of_one_that_is_called() -> None:
    """It would call itself. A variable may have it."""
    text = (
        "max(x^y, 2)*mod(x, y) + ceil(x)/atan2(x, y) + sum(scan(h*x for t in range(3), h=y)) + where(x > y, exp(x), 1)"
    )
    source = source_of(text, "r", want="hessian") + source_of("sum(W)", "r", shapes={"W": (2, 3)})
    names = {name for name in re.findall(r"(?<![.\w])[a-zA-Z]\w*(?=\()", source) if not name.startswith("f_")}
    assert {"c", "exp", "isTRUE", "list", "matrix", "numeric", "return", "rev"} < names
    for name in names:
        with pytest.raises(GraphdiffError, match="is not a valid function name"):
            source_of("x", "r", name=name)
    assert "  c*exp" in source_of("c*exp", "r", want="value").splitlines()


def test_names_are_short_enough() -> None:
    first, second = ("a_name_of_" + "many_" * 20 + letter for letter in "xy")
    for language in ("matlab", "fortran"):
        lines = source_of(f"{first}*{second}*exp({first}*{second} - {first}/{second})", language).splitlines()
        names = {word for line in lines for word in line.replace("(", " ").replace(",", " ").split()}
        assert max(len(name) for name in names if name.isidentifier()) <= 63
        if language == "fortran":
            assert max(map(len, lines)) <= 132
        with pytest.raises(GraphdiffError, match="is too long for a function name"):
            source_of("x", language, name="f" * 41)


@pytest.mark.parametrize(("language", "definitions"), [("matlab", matlab), ("r", r), ("fortran", fortran)])
def test_every_definition_is_used(language: str, definitions: Any) -> None:
    text = "round(a) + max(a, b) + min(b, c) + a^b + mod(a, b) + sign(c) + floor(a) + ceil(b) + sqrt(a)"
    source = source_of(f"{text} + where(a > b, a, c)", language)
    assert [name for name in definitions.DEFINITIONS if f"f_{name}" not in source] == []
