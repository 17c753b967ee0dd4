"""Compiled functions of PyTorch: autograd, torch.func, vmap, the compiler and dtypes pass through them."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed; it runs the code")
pytest.importorskip("jax", reason="JAX is a judge of the programs; it is in the test extra")
import graphdiff  # noqa: E402
from graphdiff import GraphdiffError  # noqa: E402
from support.languages import primitives_in  # noqa: E402
from support.programs import ARRAYS, NUMBERS, Case, assert_same, each  # noqa: E402

TIES = ("tie_of_two_operands", "angle-whose-squares-overflow")
"""Cases where autograd has conventions of its own, or underflows."""
SUPPORTED = primitives_in("torch")
OWN_WARNINGS = "ignore::DeprecationWarning:torch", "ignore::FutureWarning:torch", "ignore::UserWarning:torch"
"""Of how PyTorch itself is written."""


def pair() -> tuple[Any, Any]:
    return torch.tensor(3.0, requires_grad=True), torch.tensor([1.0, 2.0], requires_grad=True)


@pytest.fixture
def function() -> Any:
    return graphdiff.compile("k*sum(w^2)", backend="torch")


def test_autograd_by_a_number(function: Any) -> None:
    k, w = pair()
    value, (d_k, d_w) = function(k, w)
    (value + d_k + d_w.sum()).backward()
    assert k.grad == 5 + 6  # of the value, and of d_w = 2·k·w
    assert_same(w.grad, [6 + 2 + 6, 12 + 4 + 6])
    assert {each.dtype for each in (value, d_k, d_w)} == {torch.float32}


@pytest.mark.filterwarnings(*OWN_WARNINGS)
def test_torch_func(function: Any) -> None:
    k, w = (tensor.detach() for tensor in pair())
    by_both = {"argnums": (0, 1)}
    assert_same(torch.func.grad(lambda k, w: function(k, w)[0], **by_both)(k, w)[0], 5.0)
    hessian = torch.func.hessian(lambda k, w: function(k, w)[0], **by_both)(k, w)
    assert_same(hessian[0][1], [2.0, 4.0])
    assert_same(hessian[1][1], [[6.0, 0.0], [0.0, 6.0]])
    value, (d_k, d_w) = torch.vmap(function, in_dims=(0, None))(torch.tensor([1.0, 2.0]), w)
    assert_same(value, [5.0, 10.0])
    assert_same(d_k, [5.0, 5.0])
    assert_same(d_w, [[2.0, 4.0], [4.0, 8.0]])


def test_tensors_in_lists() -> None:
    function = graphdiff.compile("sum(A @ x)", backend="torch")
    k, w = pair()
    function([w, w], [k, 1.0])[0].backward()
    assert k.grad == 2 * 1.0
    assert_same(w.grad, [6.0, 2.0])


def test_an_index_that_is_followed() -> None:
    function = graphdiff.compile("x[i]*k", backend="torch")
    x, i, k = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), torch.tensor([2, -3]), torch.tensor([2.0, 3.0])
    value, (d_x, d_k) = torch.vmap(function)(x, i, k)
    assert_same(value, [6.0, 12.0])
    assert_same(d_x, [[0.0, 0.0, 2.0], [3.0, 0.0, 0.0]])
    assert_same(d_k, [3.0, 4.0])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_dtypes(function: Any, dtype: Any) -> None:
    k, w = (tensor.detach().to(dtype) for tensor in pair())
    for point in ((k, w), (3.0, w), (k, [1.0, 2.0])):
        value, gradients = function(*point)
        assert {each.dtype for each in (value, *gradients)} == {dtype}


def test_half_precisions_have_a_common_one(function: Any) -> None:
    k, w = (tensor.detach() for tensor in pair())
    assert function(k.half(), w.bfloat16())[0].dtype == torch.float32


def test_numbers_in_lists_are_double() -> None:
    value, gradients = graphdiff.compile("sum(x^2)", backend="torch")([0.1, 0.2])
    assert (value.item(), value.dtype) == (0.1**2 + 0.2**2, torch.float64)
    assert gradients[0].dtype == torch.float64


@pytest.mark.parametrize("point", [(2j, [1.0, 2.0]), (torch.tensor(2j), [1.0, 2.0]), (1.0, torch.tensor([2j, 1.0]))])
def test_complex_numbers_are_refused(function: Any, point: Any) -> None:
    with pytest.raises(GraphdiffError, match=r"is not (an array of real numbers|a number)"):
        function(*point)


def test_a_mask_is_not_an_index() -> None:
    with pytest.raises(GraphdiffError, match="mask of true and false"):
        graphdiff.compile("sum(x[i])", backend="torch")(torch.ones(2), torch.tensor([True, False]))


def test_tensors_without_a_device(function: Any) -> None:
    value, _ = function(*(tensor.to("meta") for tensor in pair()))
    assert value.device.type == "meta"


@pytest.mark.slow
@pytest.mark.filterwarnings(*OWN_WARNINGS)
def test_the_compiler(function: Any) -> None:
    k, w = pair()
    torch.compile(lambda k, w: function(k, w)[0], backend="eager")(k, w).backward()
    assert k.grad == 5.0


@each([case for case in [*SUPPORTED, *ARRAYS[::3], *NUMBERS[::5]] if case.wrt])
def test_transformations(case: Case) -> None:
    """Each row of vmap, and what torch.func derives from the value, are what the function says."""
    function = graphdiff.compile(case.program, wrt=case.wrt, backend="torch")
    point = {name: torch.as_tensor(np.asarray(value, float)) for name, value in case.point.items()}
    _, gradients = function(**point)
    rows = torch.vmap(lambda point: function(**point))({name: torch.stack([x, x]) for name, x in point.items()})
    for gradient, row in zip(gradients, rows[1], strict=True):
        assert_same(row[1], gradient)
    by = {name: point.pop(name) for name in case.wrt}
    if case.name not in TIES:
        derived = torch.func.grad(lambda by: function(**by, **point)[0])(by)
        for name, gradient in zip(case.wrt, gradients, strict=True):
            assert_same(derived[name], gradient)


@pytest.mark.filterwarnings(*OWN_WARNINGS)
def test_jacobians_and_products_can_be_transformed() -> None:
    """torch.func.vmap over directions, and autograd of a Jacobian."""
    options: Any = {"backend": "torch", "inputs": ["x", "W", "y"]}
    x, matrix = torch.tensor([0.1, 0.2], dtype=torch.float64), torch.tensor([[0.3, -1.0], [0.5, 0.2]]).double()
    y = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    jacobian = graphdiff.compile("tanh(W@x)*y", "x", want="jacobian", **options)
    expected = torch.func.jacfwd(lambda x: torch.tanh(matrix @ x) * 2.0)(x)
    block = jacobian(x, matrix, y)[1]
    assert_same(block.detach(), expected)
    block.sum().backward()
    assert_same(y.grad, expected.sum() / 2)
    product = graphdiff.compile("sum(tanh(W@x)*y)", "x", want="hvp", **options)
    rows = torch.func.vmap(lambda direction: product(x, matrix, 2.0, direction)[1])(torch.eye(2, dtype=torch.float64))
    assert_same(rows, torch.func.hessian(lambda x: (torch.tanh(matrix @ x) * 2.0).sum())(x))


class Gradients:
    """The value of a function and its gradient at each of some points, computed where an item is loaded: a dataset."""

    def __init__(self, function: Any, points: Any) -> None:
        self.function, self.points = function, points

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, place: int) -> Any:
        value, (gradient,) = self.function(self.points[place])
        return torch.as_tensor(value, dtype=torch.float64), torch.as_tensor(gradient)


def load(function: Any, points: Any, start: str) -> tuple[Any, Any]:
    """The values and the gradients, as workers that are started so compute them."""
    loader = torch.utils.data.DataLoader(
        Gradients(function, points), batch_size=3, num_workers=2, multiprocessing_context=start, timeout=300
    )
    values, gradients = zip(*loader, strict=True)
    return torch.cat(values).tolist(), torch.cat(gradients).tolist()


@pytest.mark.slow
@pytest.mark.filterwarnings(*OWN_WARNINGS)
@pytest.mark.parametrize("backend", ["torch", "numpy", "c"])
@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_workers_of_a_data_loader(backend: str, start: str) -> None:
    """A function that was called before goes to them pickled, or in a copy of the process."""
    function = graphdiff.compile("sum(tanh(x)^2)", backend=backend)
    points = torch.linspace(-2, 2, 24, dtype=torch.float64).reshape(8, 3)
    points = points if backend == "torch" else points.numpy()
    expected = [function(point) for point in points]
    # Other tests may have used JAX in this process, which then must not be forked.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as another:
        values, gradients = another.submit(load, function, points, start).result()
    assert_same(values, [value for value, _ in expected])
    assert_same(gradients, np.stack([np.asarray(each) for _, (each,) in expected]))
