"""Jacobians, Hessians and products with them in every language that can be run, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphdiff import compile, parse
from graphdiff.algebra.rewrite import select_outputs
from graphdiff.checking.runner import Function, run
from graphdiff.errors import GraphdiffError
from graphdiff.passes.request import WANTS, Request
from graphdiff.targets.generate import generate, source_of
from graphdiff.targets.registry import Target
from support.languages import EACH_LANGUAGE, skip_without

POINT: dict[str, Any] = {"x": np.array([0.3, -0.7]), "y": 1.7, "W": np.array([[1.0, 2.0], [3.0, 4.0], [-1.0, 0.5]])}
DIRECTIONS: dict[str, Any] = {"x": np.array([2.0, 1.0]), "y": -0.5, "W": np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])}
SEVERAL = "p = x*y^2 + sin(x)/y; q = tanh(W@x); p"
ONE = "sum(tanh(W@x)^2)*y + exp(y)*x[1]^2"
LOOP = "sum(fold(h*y + x[0]*h^2 for t in range(3), h=x))"
CASES = [
    ("p", "jacobian", ["y"]),
    ("p,q", "jacobian", ["x", "y"]),
    ("p,q", "value", []),
    ("p,q", "jvp", ["x"]),
    ("p,q", "vjp", ["x", "y"]),
    ("p", "vjp", ["x"]),
    (ONE, "hessian", ["x", "y"]),
    (ONE, "hessian", ["W"]),
    (ONE, "hvp", ["x", "y", "W"]),
    (ONE, "gradient", ["y", "x"]),
    (LOOP, "jacobian", ["x", "y"]),
    (LOOP, "hessian", ["y"]),
    (LOOP, "hvp", ["x", "y"]),
]


def flat(value: Any) -> list[Any]:
    return [leaf for part in value for leaf in flat(part)] if isinstance(value, tuple) else [np.ravel(value)]


@EACH_LANGUAGE
def test_every_result(target: Target) -> None:
    skip_without(target)
    shapes = {name: np.shape(value) for name, value in POINT.items()}
    functions, calls, expected = [], [], []
    for place, (text, want, wrt) in enumerate(CASES):
        outputs = text.split(",") if text in ("p", "p,q") else []
        graph = parse(SEVERAL if outputs else text, shapes=shapes)
        own = {name: shapes[name] for name in graph.input_names}
        request = Request(want, wrt, outputs if outputs[1:] else ())
        (source, parameters, _), signature = generate(
            select_outputs(graph, outputs), target.name, request, own, f"f{place}"
        )
        functions.append(Function(source, signature))
        parts: list[Any] = [DIRECTIONS[name] for name in wrt]
        if want == "vjp":
            parts = [np.array([1.0, 2.0]), np.array([3.0, 0.5, -1.0])][: len(outputs)]
        last = [] if want not in ("jvp", "vjp", "hvp") else [parts[0] if len(parts) == 1 else tuple(parts)]
        calls.append((place, [*(POINT[name] for name in parameters), *last]))
        f = compile(graph, wrt, want=want, backend="numpy", outputs=outputs, inputs=list(parameters))
        expected.append(flat(f(*calls[-1][1])))
    for (text, want, wrt), actual, wanted in zip(CASES, run(target, functions, calls), expected, strict=True):
        assert len(actual) == len(wanted), (text, want, wrt)
        for one, other in zip(actual, wanted, strict=True):
            assert one == pytest.approx(other, rel=1e-12, abs=1e-14), (text, want, wrt)


def test_a_result_in_c_is_an_array_of_its_shape() -> None:
    """A gradient has one axis, and so have parts that differ in shape."""
    for want, declaration in [
        ("gradient", "double gradient[2]"),
        ("hessian", "double hessian[2][2]"),
        ("jvp", "double direction_x, double direction_y, double tangent[1]"),
    ]:
        assert f"double f(double x, double y, {declaration})" in source_of("x*y", "c", want=want)
    shapes: dict[str, Any] = {"x": (3,), "y": (2, 3)}
    text = source_of("y@x", "c", shapes=shapes, want="jacobian", wrt="x")
    assert "double value[2], double jacobian[2][3]" in text
    assert "double jacobian[18]" in source_of("y@x", "c", shapes=shapes, want="jacobian")


def test_latex_has_no_formulas_of_products() -> None:
    assert r"\frac{\partial^{2} f}{\partial x \partial y} &= 2 x" in source_of("x^2*y", "latex", want="hessian")
    for want in WANTS[-3:]:
        with pytest.raises(GraphdiffError, match=f"the LaTeX target does not support {want}"):
            source_of("x^2*y", "latex", want=want)
