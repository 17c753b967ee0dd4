"""Array functions at special points: zeros, ties, infinities, large numbers; and operands that do not fit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from graphdiff import GraphdiffError, derivative, trace, value_and_gradient
from graphdiff.accuracy.nonfinite import nonfinite_error

INF = math.inf


@pytest.mark.parametrize(
    ("text", "x", "value"),
    [
        ("median(x)", [3, 1, 2, 10], 2.5),
        ("median(x)", [INF, 1, 2], 2),
        ("median(x)", [1e308, 1.5e308], 1.25e308),
        ("median(x)", 3, 3),
        ("quantile(x, 0.4)", [3, 1, 2, 10], 2.2),
        ("quantile(x, 1)", [3, 1, INF], INF),
        ("percentile(x, 25)", [3, 1, 2, 10, 4], 2),
        ("sum(cummin(x)*[1, 10, 100])", [2, 3, 1], 122),
        ("sum(sort(x)*[1, 10, 100])", [2, 3, 1], 321),
        ("norm(x, ord=3)", [3e200, -4e200, 5e200], 6e200),
        ("norm(x, ord=1)", [[1, 2], [3, -4]], 6),
        ("norm(x, ord=inf)", [[1, 2], [3, -4]], 7),
        ('norm(x, ord="nuc")', [[3, 0], [0, -4]], 7),
        ("norm(x, ord=2)", [[3, 0], [0, -4]], 4),
        ("norm(x, ord=2)", [3, -4], 5),
        ("sum(cross(x, [0, 0, 2])*[1, 10, 100])", [3, 4, 5], 8 - 60),
        ("sum(x[[[0, 1], [1, -1]]]*[[1, 10], [100, 1000]])", [1, 2, 3], 3221),
    ],
)
def test_value(text: str, x: Any, value: float) -> None:
    assert value_and_gradient(text, x=x)[0] == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("x", [[2, 0, 3, 5], [0, 4, 0, 5], [0, 0, 0, 0], [2, 3, 4, 0]])
def test_gradient_of_cumprod_with_zeros(x: list[float]) -> None:
    """Entry by entry the sum of the products that contain it, without it."""
    weights = [1, 10, 100, 1000]
    expected = [
        sum(weights[k] * math.prod(x[j] for j in range(k + 1) if j != i) for k in range(i, 4)) for i in range(4)
    ]
    assert value_and_gradient("sum(cumprod(x)*[1, 10, 100, 1000])", x=x)[1]["x"].tolist() == expected


def test_second_derivative_of_cumprod_with_zeros() -> None:
    """x*y*z*w has the mixed derivatives of a product, also where two factors are 0."""
    slope = derivative("cumprod(x)[3]", wrt="x", shapes={"x": (4,)})
    _, gradients = value_and_gradient(f"({slope})[0]", x=[0, 0, 3, 5])
    assert gradients["x"].tolist() == [0, 15, 0, 0]


def test_gradient_at_ties_exists_where_all_entries_count() -> None:
    tied = trace("sum(sort(x)^2)", {"x": [2.0, 1.0, 2.0]})
    assert tied.differentiable
    assert np.array_equal(tied.gradients["x"], [4, 2, 4])


def test_cholesky_of_the_symmetric_part() -> None:
    """The gradient is symmetric; of log det(a) by the factor it is the inverse."""
    a = np.array([[4.0, 1.0], [3.0, 5.0]])
    _, gradients = value_and_gradient("2*sum(log(diag(cholesky(a))))", a=a)
    assert gradients["a"] == pytest.approx(np.linalg.inv((a + a.T) / 2), rel=1e-14)


@pytest.mark.parametrize("text", ["cholesky(x)[0, 0]", "cholesky(-x @ x.T)[1, 1]"])
def test_cholesky_needs_a_positive_definite_matrix(text: str) -> None:
    error = nonfinite_error(trace(text, {"x": [[1.0, 2.0], [2.0, 1.0]]}))
    assert "the matrix is not positive definite" in f"{error.message} {error.hint}"


@pytest.mark.parametrize(
    ("text", "shape", "message"),
    [
        ("cumprod(x)", (2, 3), "cumprod: an axis is needed"),
        ("sort(x)", (), "sort: axis -1 is out of range for a number"),
        ("sort(x, axis=2)", (2,), "sort: axis 2 is out of range for (2,)"),
        ("sort_by(x, [1, 2])", (3,), "sort_by: values and keys must have the same shape, not (3,) and (2,)"),
        ("right_singular_vectors(x)", (), "right_singular_vectors: the operand must be a matrix, not a number"),
        ("tril(x)", (3,), "tril: the operand must be a matrix, not (3,)"),
        ("cross(x, x)", (2,), "cross: the operands must be vectors of 3 entries, not (2,) and (2,)"),
        (
            "kron(x, [1, 2])",
            (2, 3),
            "kron: the operands must be arrays with the same number of axes, not (2, 3) and (2,)",
        ),
        ("matrix_power(x, 2)", (2, 3), "matrix_power: the matrix must be square, not (2, 3)"),
        ("cholesky(x)", (2, 3), "cholesky: the matrix must be square, not (2, 3)"),
        ('einsum("ij,jk->ik", x)', (2, 3), 'einsum: "ij,jk->ik" is for 2 operands, not for 1'),
        ('einsum("i->i", x)', (2, 3), 'einsum: "i" does not fit (2, 3)'),
        ('einsum("ij,ij->", x, x.T)', (2, 3), "einsum: the sizes of the axes 'i' differ: 2 and 3"),
        ('norm(x, ord="nuc")', (3,), 'norm: "nuc" is a norm of matrices'),
        ("norm(x, ord=3)", (2, 3), "norm: matrices have no norm with ord=3"),
        ("norm(x, ord=1)", (2, 3, 4), "norm: ord is for vectors and matrices, not for (2, 3, 4)"),
        ("x[[0, 1], [0, 1]]", (2, 2), "only one index can be an array, the others must be numbers"),
    ],
)
def test_shape_errors(text: str, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(GraphdiffError) as caught:
        value_and_gradient(text, x=np.ones(shape))
    assert caught.value.message == message
    assert caught.value.span == (0, len(text))


def test_kinks_of_arrays_with_many_digits() -> None:
    tied = trace("sum(sort(x)*[1, 2, 3])", x=[2, 2, 1], precision=25)
    assert [step.kink for step in tied.backward if step.kink] == ["equal entries keep their order (in 1 entries)"]
