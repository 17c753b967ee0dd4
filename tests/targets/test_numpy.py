"""NumPy code against the trace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax", reason="JAX is a judge of the programs; it is in the test extra")
from graphdiff import compile, trace
from graphdiff.targets import numpy as target
from support.programs import (
    ARRAYS,
    EACH_PRIMITIVE,
    EDGES,
    Case,
    assert_is_the_trace,
    assert_same,
    each,
    function_of,
)


def as_arrays(case: Case, dtype: Any) -> dict[str, Any]:
    return {name: np.asarray(value, dtype) if np.ndim(value) else float(value) for name, value in case.point.items()}


@pytest.mark.sampled(15)
@each(EDGES)
def test_numbers_of_python_and_whole_ones(case: Case) -> None:
    function = function_of(case, target)
    assert_is_the_trace(case, function(**as_arrays(case, None)))


@pytest.mark.sampled(24)
@each(EACH_PRIMITIVE, ARRAYS)
def test_single_precision_stays(case: Case) -> None:
    value, gradients = function_of(case, target)(**as_arrays(case, np.float32))
    if any(map(np.ndim, case.point.values())):
        assert [result.dtype for result in (value, *gradients)] == [np.float32] * (1 + len(case.wrt))


def test_indices_of_another_dtype_leave_single_precision() -> None:
    case = Case("", "sum(x[i]*w)", {"x": np.ones(3), "w": np.ones(2), "i": np.array([0, 2])}, ["x", "w"])
    x, w = np.array([1.0, 2.0, 3.0], np.float32), np.array([0.5, 1.0], np.float32)
    value, gradients = function_of(case, target)(x=x, w=w, i=np.array([0, 2]))
    assert (value, value.dtype) == (3.5, np.float32)
    assert_same(gradients[0], [0.5, 0.0, 1.0])


@pytest.mark.parametrize("index", [3, -4, 0.5, float("nan")])
def test_an_index_that_is_not_there(index: float) -> None:
    case = Case("", "x[i]", {"x": np.ones(3), "i": 0}, ["x"])
    with pytest.raises(IndexError, match="whole number from -3 to 2"):
        function_of(case, target)(x=np.ones(3), i=index)


def test_the_code_stands_alone() -> None:
    case = Case("", "sum(x[1:]*w)", {"x": np.ones(3), "w": 1.0}, ["x", "w"])
    text = function_of(case, target).__doc__
    assert text is not None
    assert "graphdiff" not in text
    assert "special" not in text


MANY_COLUMNS = """c = x[:, None, :] - m
sum(sin(exp(q)*c + (tril(L, k=-1) @ c[..., None])[..., 0]))"""


def test_products_of_many_columns_are_products_of_matrices() -> None:
    """That of a Gaussian mixture's factors with all differences, and its gradients: no array of N*K matrices."""
    random = np.random.default_rng(7)
    point = {
        name: random.normal(size=size) for name, size in {"x": (4, 3), "m": (2, 3), "q": (2, 3), "L": (2, 3, 3)}.items()
    }
    function = compile(MANY_COLUMNS, backend="numpy")
    value, gradients = function(*[point[name] for name in function.inputs])
    expected = trace(MANY_COLUMNS, point)
    assert value == pytest.approx(expected.value, rel=1e-13)
    for name, gradient in zip(function.wrt, gradients, strict=True):
        assert gradient == pytest.approx(expected.gradients[name], rel=1e-12, abs=1e-13)
    assert "place(" not in function.source
    assert function.source.count(" @ ") == 3
    one = function(point["x"][:1], *[point[name] for name in function.inputs[1:]])
    assert one[0] == pytest.approx(trace(MANY_COLUMNS, {**point, "x": point["x"][:1]}).value)
