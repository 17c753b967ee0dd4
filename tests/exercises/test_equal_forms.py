"""No right answer is marked wrong, in whatever form it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import pytest

from graphdiff.exercises.grader import Grader
from graphdiff.reading.parse import parse
from support.equal_forms import Tree, evaluate, random_exercise, rewrite, write


def grader_of(tree: Tree, point: Mapping[str, float]) -> Grader:
    """The grader of a formula, with x and y among its inputs whether it needs them or not."""
    return Grader(parse(write(("+", tree, ("*", 0, ("+", "x", "y"))))), point)


@pytest.mark.parametrize(("count", "forms"), [(4, 10), pytest.param(1000, 100, marks=pytest.mark.slow)])
def test_forms_by_identities(count: int, forms: int) -> None:
    random = Random(2)
    for _ in range(count):
        tree, slope, point = random_exercise(random)
        grader = grader_of(tree, point)
        for _ in range(forms):
            form = rewrite(slope, random, random.randint(1, 6))
            try:
                evaluate(form, point)
            except (ArithmeticError, ValueError):  # the identity holds elsewhere
                continue
            (answer,) = grader.grade({"d_x": write(form)}).answers
            assert answer.verdict == "right", (write(tree), point, write(form))


@pytest.mark.slow
def test_forms_by_sympy() -> None:
    import sympy

    x, y = sympy.symbols("x y", real=True)
    ways: Mapping[str, Callable[[Any], Any]] = {
        "simplify": sympy.simplify,
        "expand": sympy.expand,
        "factor": sympy.factor,
        "trigsimp": sympy.trigsimp,
        "together": sympy.together,
        "powsimp": sympy.powsimp,
        "exponentials": lambda slope: slope.rewrite(sympy.exp),
        "expand_trig": lambda slope: sympy.expand(slope, trig=True),
        "logarithms": lambda slope: sympy.logcombine(sympy.expand_log(slope)),
    }
    random, count = Random(1), 0
    while count < 1000:
        tree, _, point = random_exercise(random, 2)
        grader = grader_of(tree, point)
        slope = sympy.diff(sympy.sympify(write(tree).replace("^", "**"), {"x": x, "y": y}), x)
        for name, way in ways.items():
            form = way(slope)
            if not form.has(sympy.I, sympy.Piecewise):
                count += 1
                (answer,) = grader.grade({"d_x": str(form)}).answers
                assert answer.verdict == "right", (name, write(tree), point, str(form))
