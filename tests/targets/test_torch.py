"""PyTorch code against the trace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed; it runs the code")
pytest.importorskip("jax", reason="JAX is a judge of the programs; it is in the test extra")
from graphdiff.targets import torch as target  # noqa: E402
from support.languages import primitives_in  # noqa: E402
from support.programs import (  # noqa: E402
    ARRAYS,
    CANCELLING,
    EDGES,
    NUMBERS,
    Case,
    assert_is_the_trace,
    assert_same,
    each,
    function_of,
)

SUPPORTED = primitives_in("torch")


def as_tensors(case: Case, dtype: Any = None) -> dict[str, Any]:
    """Arrays as tensors; numbers stay numbers."""
    return {
        name: torch.as_tensor(np.asarray(value), dtype=dtype) if np.ndim(value) else value
        for name, value in case.point.items()
    }


@each(SUPPORTED, ARRAYS, [case for case in NUMBERS if case.name not in CANCELLING], EDGES)
def test_numbers_that_are_no_tensors(case: Case) -> None:
    assert_is_the_trace(case, function_of(case, target)(**as_tensors(case)))


@each(SUPPORTED, ARRAYS)
def test_single_precision_stays(case: Case) -> None:
    value, gradients = function_of(case, target)(**as_tensors(case, torch.float32))
    if any(map(np.ndim, case.point.values())):
        assert [result.dtype for result in (value, *gradients)] == [torch.float32] * (1 + len(case.wrt))


@each(ARRAYS[::5])
def test_its_own_gradient_is_the_same(case: Case) -> None:
    """What autograd derives from the value's code is what the code says of the gradients; nothing is overwritten."""
    point = as_tensors(case)
    for name in case.wrt:
        point[name] = torch.as_tensor(case.point[name], dtype=torch.float64).requires_grad_()
    value, gradients = function_of(case, target)(**point)
    if case.name.startswith("tie"):  # where autograd has rules of its own
        return
    derived = torch.autograd.grad(value, [point[name] for name in case.wrt], retain_graph=True, allow_unused=True)
    for name, gradient, other in zip(case.wrt, gradients, derived, strict=True):
        assert_same(gradient.detach(), torch.zeros_like(point[name]) if other is None else other)


@pytest.mark.parametrize(
    ("text", "others"),
    [("sum(exp(x[1:]*x[:-1]))", {}), ("x[i]*logsumexp(x^2)", {"i": 1}), ("log(prod(x))*norm(x)", {})],
)
def test_second_derivatives_by_autograd(text: str, others: dict[str, int]) -> None:
    function = function_of(Case(text, text, {"x": np.ones(3), **others}, ["x"]), target)
    x = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: function(x=x, **others)[1][0], (x,))


@pytest.mark.parametrize("index", [3, -4, 0.5])
def test_an_index_that_is_not_there(index: float) -> None:
    case = Case("", "x[i]", {"x": np.ones(3), "i": 0}, ["x"])
    with pytest.raises(IndexError, match="whole number from -3 to 2"):
        function_of(case, target)(x=torch.ones(3), i=index)


@pytest.mark.parametrize("text", ["sum(min(x, 1e300)*x)", "sum(where(x > 5, 1e300, x)*x)"])
def test_numbers_beyond_single_precision(text: str) -> None:
    """In tensors of single precision they are infinite; PyTorch's functions of numbers refuse them."""
    value, gradients = function_of(Case("", text, {"x": np.ones(2)}, ["x"]), target)(x=torch.tensor([1.0, 2.0]))
    assert (value.item(), gradients[0].tolist()) == (5.0, [2.0, 4.0])


def test_numbers_alone_are_double() -> None:
    value, gradients = function_of(Case("", "x*y", {"x": 1.0, "y": 1.0}, ["x", "y"]), target)(x=0.1, y=3)
    assert (value.item(), value.dtype) == (0.1 * 3, torch.float64)
    assert [gradient.item() for gradient in gradients] == [3.0, 0.1]


def test_new_tensors_are_on_the_device_of_the_inputs() -> None:
    """The device without numbers stands for any other."""
    text = "sum(max(x, 0)*[1, 2, 3] + eye(3) + x[::-1]) + arange(3) @ x + sum(where(x > 0, 1, 2))"
    function = function_of(Case("", text, {"x": np.ones(3)}, ["x"]), target)
    value, gradients = function(x=torch.ones(3, device="meta"))
    assert {result.device.type for result in (value, *gradients)} == {"meta"}
