"""Decompositions of matrices: the Cholesky factor, singular values and singular vectors.

The rules are those of Murray, Differentiation of the Cholesky decomposition (2016), and Townsend, Differentiating the
singular value decomposition (2016).
"""

from __future__ import annotations

from typing import Any

from graphdiff.operations.linear import matrix_transpose, solve_or_nan, solve_or_none, square_shape
from graphdiff.operations.primitive import SCALER, Primitive, Sample
from graphdiff.operations.shapes import Shape, matrix_shape

MATRICES = (Sample(((2, 3),)), Sample(((3, 2),)), Sample(((2, 3, 3),)))


def _count(shape: Shape) -> int:
    """How many singular values a matrix has."""
    return min(matrix_shape(shape)[-2:])


def svd(xp: Any, a: Any) -> tuple[Any, Any, Any]:
    """u, s and vh with a = u @ diag(s) @ vh, for the shorter side of a; NaN where a is not finite.

    The sign of each pair of vectors is that with which Σ cos(k) vh[k] is positive, so that u and vh of separate calls
    belong together. Other conventions, such as a positive sum, leave the sign open for common matrices.
    """
    lead, count = a.shape[:-2], _count(a.shape)
    parts = solve_or_none(lambda: xp.linalg.svd(a, full_matrices=False))
    if parts is None:
        shapes = (*lead, a.shape[-2], count), (*lead, count), (*lead, count, a.shape[-1])
        parts = [xp.zeros(shape) + xp.nan for shape in shapes]
    u, s, vh = parts
    total = xp.sum(vh * xp.cos(xp.arange(a.shape[-1])), axis=-1)
    sign = 1.0 - 2.0 * xp.less(total, 0.0)
    return u * xp.expand_dims(sign, axis=-2), s, vh * xp.expand_dims(sign, axis=-1)


def singular_values(xp: Any, a: Any) -> Any:
    return svd(xp, a)[1]


def _left(xp: Any, a: Any) -> Any:
    return svd(xp, a)[0]


def _right(xp: Any, a: Any) -> Any:
    return xp.moveaxis(svd(xp, a)[2], -1, -2)


def _values_rule(op: Any, g: Any, y: Any, a: Any) -> Any:
    u, v = op.left_singular_vectors(a), op.right_singular_vectors(a)
    return op.matmul(op.mul(u, op.expand_dims(g, axis=-2)), matrix_transpose(op, v))


def _vectors_rule(op: Any, g: Any, vectors: Any, a: Any, others: Any) -> Any:
    """The cotangent of a from that of its left vectors: the parts within the space of the vectors and outside."""
    values = op.singular_values(a)
    row = op.expand_dims(values, axis=-2)
    inside = op.matmul(matrix_transpose(op, vectors), g)
    column = op.expand_dims(values, axis=-1)
    difference = op.mul(op.sub(row, column), op.add(row, column))
    is_same = op.identity_like(difference)
    turn = op.where(is_same, 0.0, op.div(inside, op.add(difference, is_same)))
    within = op.matmul(vectors, op.mul(op.add(turn, matrix_transpose(op, turn)), row))
    outside = op.div(op.sub(g, op.matmul(vectors, inside)), row)
    return op.matmul(op.add(within, outside), matrix_transpose(op, others))


def _left_rule(op: Any, g: Any, y: Any, a: Any) -> Any:
    return _vectors_rule(op, g, y, a, op.right_singular_vectors(a))


def _right_rule(op: Any, g: Any, y: Any, a: Any) -> Any:
    """The right vectors are the left ones of the transpose."""
    return matrix_transpose(op, _vectors_rule(op, g, y, a, op.left_singular_vectors(a)))


def _cholesky(xp: Any, a: Any) -> Any:
    symmetric = (a + xp.moveaxis(a, -1, -2)) / 2.0
    return solve_or_nan(xp, lambda: xp.linalg.cholesky(symmetric), a)


def _cholesky_rule(op: Any, g: Any, y: Any, a: Any) -> Any:
    """The rule for the symmetric part of a, whose cotangent is symmetric too."""
    transposed = matrix_transpose(op, y)
    product = op.matmul(transposed, g)
    lower = op.div(op.add(op.tril(product), op.tril(product, k=-1)), 2.0)  # with half of the diagonal
    half = op.solve(transposed, lower)
    whole = op.solve(transposed, matrix_transpose(op, half))
    return op.div(op.add(whole, matrix_transpose(op, whole)), 2.0)


PRIMITIVES = (
    Primitive(
        name="singular_values",
        inputs=("a",),
        doc="the singular values of a matrix, the largest first",
        title="singular values",
        backward_pattern=SCALER,
        by_elimination=True,
        kernel=singular_values,
        vjps=(_values_rule,),
        shape=lambda shape: (*shape[:-2], _count(shape)),
        samples=MATRICES,
        aliases=("svdvals",),
    ),
    # The rule of singular_values uses the vectors. That of the vectors divides by differences of singular values.
    Primitive(
        name="left_singular_vectors",
        inputs=("a",),
        doc="the matrix u of a = u @ diag(s) @ v.T, where s are the singular values",
        title="singular vectors",
        backward_pattern=SCALER,
        by_elimination=True,
        kernel=_left,
        vjps=(_left_rule,),
        shape=lambda shape: (*shape[:-1], _count(shape)),
        samples=MATRICES,
    ),
    Primitive(
        name="right_singular_vectors",
        inputs=("a",),
        doc="the matrix v of a = u @ diag(s) @ v.T, where s are the singular values",
        title="singular vectors",
        backward_pattern=SCALER,
        by_elimination=True,
        kernel=_right,
        vjps=(_right_rule,),
        shape=lambda shape: (*shape[:-2], matrix_shape(shape)[-1], _count(shape)),
        samples=MATRICES,
    ),
    Primitive(
        name="cholesky",
        inputs=("a",),
        doc="the lower triangular matrix y with y @ y.T = a, of a positive definite matrix; of (a + a.T)/2 otherwise",
        title="Cholesky factor",
        backward_pattern=SCALER,
        by_elimination=True,
        kernel=_cholesky,
        vjps=(_cholesky_rule,),
        shape=square_shape,
        samples=(Sample(((3, 3),)), Sample(((1, 1),)), Sample(((2, 2, 2),))),
        nonfinite="the matrix is not positive definite",
    ),
)
