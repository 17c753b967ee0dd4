"""The errors of derivatives, Jacobians, Hessians and tangents."""

from __future__ import annotations

from typing import Any

import pytest

from graphdiff import GraphdiffError, parse
from graphdiff.passes.derivative import derivative
from graphdiff.passes.jacobian import hessian, jacobian
from graphdiff.passes.request import Request
from graphdiff.passes.tangent import tangent
from graphdiff.passes.wanted import wanted_graph


@pytest.mark.parametrize(
    ("call", "kind", "part"),
    [
        (lambda: derivative("x*y", "z"), "name", "no input 'z'"),
        (lambda: derivative("x*y"), "usage", "the input to differentiate by is missing"),
        (lambda: derivative("2"), "usage", "the input to differentiate by is missing"),
        (lambda: derivative("3*x", "x", shapes={"x": (2,)}), "value", "Jacobian"),
        (lambda: derivative("x + y", "x", shapes={"x": (2,), "y": (3,)}), "value", "shape"),
        (lambda: derivative("sum(x[0])", "x"), "value", "indices"),
        (lambda: derivative("x*y", "x", shapes={"z": (2,)}), "name", "'z'"),
        *[
            (lambda shape=shape: derivative("sum(x)", shapes={"x": shape}), "value", "shapes={'x': (2, 3)}")
            for shape in (3, "3", (0,), (-1,), (2.0,), None)
        ],
        (lambda: derivative("sum(x^3)", order=2, shapes={"x": (2,)}), "value", "its derivative is an array"),
        (lambda: derivative("sum(x^3)", order=2, shapes={"x": (2,)}), "value", "a Hessian"),
        (lambda: derivative("x*", "x"), "syntax", ""),
        (lambda: derivative("x", "x", order=0), "usage", "order"),
        (lambda: derivative("x", "x", order=-1), "usage", "order"),
        (lambda: tangent("x*y", {"z": 1.0}), "name", "'z'"),
        (lambda: tangent("sum(x)", {"x": (1.0, 2.0, 3.0)}, {"x": (2,)}), "value", "the input is (2,)"),
        (lambda: tangent("x*y", {}), "usage", "direction"),
        (lambda: jacobian("x*y"), "usage", "the input to differentiate by is missing"),
        (lambda: jacobian("x^2", "x", shapes={"x": (101,)}), "limit", "100"),
        (lambda: hessian("x*y", "x", "z"), "name", "'z'"),
        (lambda: hessian("3*x", "x", "x", shapes={"x": (2,)}), "value", "Jacobian"),
        (lambda: wanted_graph(parse("3*x"), Request("gradient", ["x"]), {"x": (2,)}), "value", "sum"),
    ],
)
def test_errors(call: Any, kind: str, part: str) -> None:
    with pytest.raises(GraphdiffError) as caught:
        call()
    assert (caught.value.kind, part in caught.value.message + (caught.value.hint or "")) == (kind, True)
