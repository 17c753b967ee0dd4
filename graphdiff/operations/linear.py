"""Linear algebra: matmul, outer, tensordot, det, logdet, inv, solve, …

The rules are those of Giles, Collected matrix derivative results for forward and reverse mode algorithmic
differentiation (2008); for vectors and stacks of matrices they follow from the definition of NumPy's matmul.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphdiff.operations import options
from graphdiff.operations.options import REQUIRED, Option
from graphdiff.operations.primitive import (
    BLOCKER,
    LITERAL,
    MATRIX_MULTIPLIER,
    POWER,
    PRODUCT,
    SCALER,
    SIGN,
    Latex,
    Operator,
    Primitive,
    Sample,
)
from graphdiff.operations.shapes import Shape, axes_of, broadcast, shape_error, shape_text

SQUARE = (Sample(((3, 3),)), Sample(((2, 2, 2),)), Sample(((2, 3, 2, 2),)))
SINGULAR = "the matrix is singular: it has no inverse"
Axes = tuple[tuple[int, ...], tuple[int, ...]]


def matrix_transpose(op: Any, x: Any) -> Any:
    """A matrix, or each matrix of a stack, transposed."""
    return op.transpose(x) if op.rank(x) == 2 else op.moveaxis(x, source=-1, destination=-2)


def _matmul_shape(left: Shape, right: Shape) -> Shape:
    if not left or not right:
        raise shape_error("a number has no rows or columns", "use * to scale an array")
    inner = right[-2] if len(right) > 1 else right[0]
    if left[-1] != inner:
        raise shape_error(
            f"{shape_text(left)} @ {shape_text(right)} does not fit: {left[-1]} and {inner} must be equal",
            _transpose_hint(left, right),
        )
    batch = broadcast(left[:-2], right[:-2]) if len(left) > 2 or len(right) > 2 else ()
    return (*batch, *left[-2:-1], *(right[-1:] if len(right) > 1 else ()))


def _transpose_hint(left: Shape, right: Shape) -> str | None:
    """The transpose that would fit, if there is one."""
    if len(left) == 2 and left[0] == (right[-2] if len(right) > 1 else right[0]):
        return "{a}.T @ {b} would fit"
    if len(right) == 2 and left[-1] == right[-1]:
        return "{a} @ {b}.T would fit"
    return None


def _matmul_left(op: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    a_rank, b_rank = op.rank(a), op.rank(b)
    if b_rank == 1:
        if a_rank <= 2:
            return op.mul(g, b) if a_rank == 1 else op.outer(g, b)
        return op.mul(op.expand_dims(g, axis=-1), b)
    if a_rank == 1:
        if b_rank == 2:
            return op.matmul(b, g)
        return op.sum_to(op.sum(op.mul(b, op.expand_dims(g, axis=-2)), axis=-1), a)
    product = op.matmul(g, matrix_transpose(op, b))
    return product if a_rank == b_rank == 2 else op.sum_to(product, a)


def _matmul_right(op: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    a_rank, b_rank = op.rank(a), op.rank(b)
    if a_rank == 1:
        if b_rank <= 2:
            return op.mul(g, a) if b_rank == 1 else op.outer(a, g)
        return op.mul(op.expand_dims(a, axis=-1), op.expand_dims(g, axis=-2))
    if b_rank == 1:
        if a_rank == 2:
            return op.matmul(op.transpose(a), g)
        return op.sum_to(op.mul(a, op.expand_dims(g, axis=-1)), b)
    product = op.matmul(matrix_transpose(op, a), g)
    return product if a_rank == b_rank == 2 else op.sum_to(product, b)


def _outer_shape(left: Shape, right: Shape) -> Shape:
    if len(left) != 1 or len(right) != 1:
        raise shape_error(f"the operands must be two vectors, not {shape_text(left)} and {shape_text(right)}")
    return left + right


def _contracted_axes(axes: Axes, a: int, b: int) -> Axes:
    return tuple(axis % a for axis in axes[0]), tuple(axis % b for axis in axes[1])


def _tensordot_shape(a: Shape, b: Shape, axes: Axes) -> Shape:
    left, right = axes_of(axes[0], a), axes_of(axes[1], b)
    for i, j in zip(left, right, strict=True):
        if a[i] != b[j]:
            raise shape_error(
                f"axis {i} of {shape_text(a)} and axis {j} of {shape_text(b)} do not fit: {a[i]} and {b[j]} differ"
            )
    return (
        *(size for place, size in enumerate(a) if place not in left),
        *(size for place, size in enumerate(b) if place not in right),
    )


def _tensordot_rule(op: Any, g: Any, of: Any, other: Any, axes: Axes, other_is_right: bool) -> Any:
    """Sum the cotangent times the other operand over the other's free axes, and put the remaining axes in order."""
    mine, theirs = _contracted_axes(axes, op.rank(of), op.rank(other))
    mine_free = [place for place in range(op.rank(of)) if place not in mine]
    theirs_free = [place for place in range(op.rank(other)) if place not in theirs]
    first = len(mine_free) if other_is_right else 0
    places = tuple(range(first, first + len(theirs_free)))
    # The product has this operand's free axes, then its contracted ones, in the order of the other operand's axes.
    product = op.tensordot(g, other, axes=(places, tuple(theirs_free)))
    axes_now = mine_free + [mine[k] for k in sorted(range(len(mine)), key=theirs.__getitem__)]
    order = tuple(sorted(range(len(axes_now)), key=axes_now.__getitem__))
    return product if order == tuple(range(len(order))) else op.transpose(product, axes=order)


def square_shape(shape: Shape) -> Shape:
    """The shape of a square matrix, or of a stack of them; raises GraphdiffError for any other."""
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise shape_error(f"the matrix must be square, not {shape_text(shape)}")
    return shape


def _solve_shape(a: Shape, b: Shape) -> Shape:
    square_shape(a)
    is_vector = len(b) == 1 and len(a) == 2
    if not is_vector and (len(b) != len(a) or a[:-2] != b[:-2]):
        raise shape_error(
            f"the right-hand side {shape_text(b)} does not fit the matrix {shape_text(a)}",
            "it must be a vector with an entry for each row of the matrix, or a matrix of such columns",
        )
    rows = b[0] if is_vector else b[-2]
    if rows != a[-1]:
        raise shape_error(f"a right-hand side of {rows} rows does not fit a matrix of {a[-1]} rows")
    return b


def solve_or_none(solve: Callable[[], Any]) -> Any:
    """The result of a library's solver, or None where it fails, as for a singular matrix: NumPy and PyTorch then each
    raise their own LinAlgError; other libraries return values that are not finite."""
    try:
        return solve()
    except (ValueError, RuntimeError) as error:
        if "LinAlgError" not in type(error).__name__:
            raise
    return None


def solve_or_nan(xp: Any, solve: Callable[[], Any], like: Any) -> Any:
    """The result of a library's solver, or NaN in the shape of like where it fails."""
    solution = solve_or_none(solve)
    return xp.zeros(like.shape) + xp.nan if solution is None else solution


def _inverse(op: Any, x: Any) -> Any:
    return matrix_transpose(op, op.inv(x))


def _as_matrices(op: Any, g: Any, x: Any) -> Any:
    """g, one number for each of the matrices x, shaped so that it multiplies them."""
    return g if op.rank(x) == 2 else op.expand_dims(g, axis=(-2, -1))


def _cofactor(xp: Any, x: Any) -> Any:
    """det(x) · inv(x)ᵀ, which also exists where x is singular: with x = U S Vᵀ it is det(U V) U adj(S) Vᵀ."""
    if not xp.all(xp.isfinite(x)):  # the decomposition would not converge
        return xp.zeros(x.shape) + xp.nan
    u, s, vh = xp.linalg.svd(x)
    sign = xp.linalg.det(u) * xp.linalg.det(vh)
    size = x.shape[-1]
    is_other = 1.0 - xp.eye(size)
    others = xp.prod(xp.expand_dims(s, axis=-2) * is_other + xp.eye(size), axis=-1)
    columns = u * xp.expand_dims(others * xp.expand_dims(sign, axis=-1), axis=-2)
    return xp.matmul(columns, vh)


def _cofactor_rule(op: Any, h: Any, y: Any, x: Any) -> Any:
    """The adjoint of d(det(x) inv(x)ᵀ), for x that has an inverse."""
    inverse = _inverse(op, x)
    total = op.sum(op.mul(h, inverse), axis=(-2, -1), keepdims=True)
    return op.sub(op.mul(y, total), op.matmul(op.matmul(y, matrix_transpose(op, h)), inverse))


def _solve_left(op: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    back = op.solve(matrix_transpose(op, a), g)
    return op.neg(op.outer(back, y) if op.rank(b) == 1 else op.matmul(back, matrix_transpose(op, y)))


PRIMITIVES = (
    Primitive(
        name="matmul",
        inputs=("a", "b"),
        doc="the matrix product",
        title="product",
        backward_pattern=MATRIX_MULTIPLIER,
        total=True,
        kernel=lambda xp, a, b: xp.matmul(a, b),
        vjps=(_matmul_left, _matmul_right),
        shape=_matmul_shape,
        samples=(
            Sample(((2, 3), (3, 4))),
            Sample(((2, 3), (3,))),
            Sample(((3,), (3, 2))),
            Sample(((3,), (3,))),
            Sample(((2, 2, 3), (3, 2))),
            Sample(((2, 3), (4, 3, 2))),
            Sample(((2, 2, 3), (3,))),
            Sample(((3,), (2, 3, 2))),
            Sample(((2, 1, 2, 3), (4, 3, 2))),
            Sample(((1, 2, 3), (4, 3, 2))),
            Sample(((4, 2, 3), (1, 3, 2))),
        ),
        operator=Operator("@", PRODUCT, PRODUCT, SIGN),
        aliases=("matmul",),
    ),
    # The rules of matmul use it; formulas show it as a @ bᵀ.
    Primitive(
        name="outer",
        inputs=("a", "b"),
        doc="the outer product of two vectors: every entry of a times every entry of b",
        title="outer product",
        backward_pattern=MATRIX_MULTIPLIER,
        total=True,
        kernel=lambda xp, a, b: xp.expand_dims(a, axis=1) * xp.expand_dims(b, axis=0),
        vjps=(lambda op, g, y, a, b: op.matmul(g, b), lambda op, g, y, a, b: op.matmul(a, g)),
        shape=_outer_shape,
        samples=(Sample(((2,), (3,))),),
        latex=Latex(r"#1 #2^{\mathsf{T}}", PRODUCT, (SIGN, LITERAL)),
    ),
    Primitive(
        name="tensordot",
        inputs=("a", "b"),
        doc="the sum of products over given axes of a and of b",
        title="product",
        backward_pattern=MATRIX_MULTIPLIER,
        total=True,
        kernel=lambda xp, a, b, axes: xp.tensordot(a, b, axes=_contracted_axes(axes, a.ndim, b.ndim)),
        vjps=(
            lambda op, g, y, a, b, axes: _tensordot_rule(op, g, a, b, axes, True),
            lambda op, g, y, a, b, axes: _tensordot_rule(op, g, b, a, axes[::-1], False),
        ),
        shape=_tensordot_shape,
        samples=(
            Sample(((2, 3), (3, 4)), {"axes": ((1,), (0,))}),
            Sample(((2, 3, 4), (4, 2, 5)), {"axes": ((0, 2), (1, 0))}),
            Sample(((2, 3, 4), (3, 4)), {"axes": ((-2, -1), (-2, -1))}),
        ),
        options=(Option("axes", options.two_axes, REQUIRED),),
    ),
    Primitive(
        name="det",
        inputs=("a",),
        doc="the determinant",
        title="determinant",
        backward_pattern=SCALER,
        by_elimination=True,
        kernel=lambda xp, a: xp.linalg.det(a),
        vjps=(lambda op, g, y, a: op.mul(_as_matrices(op, g, a), op.cofactor(a)),),
        shape=lambda shape: square_shape(shape)[:-2],
        samples=SQUARE,
        latex=Latex(r"\det"),
    ),
    Primitive(
        name="cofactor",
        inputs=("a",),
        doc="the matrix of cofactors, det(a)*inv(a).T",
        title="cofactors",
        backward_pattern=SCALER,
        by_elimination=True,
        kernel=_cofactor,
        vjps=(_cofactor_rule,),
        shape=square_shape,
        samples=SQUARE,
    ),
    Primitive(
        name="logdet",
        inputs=("a",),
        doc="the logarithm of the absolute value of the determinant",
        title="determinant",
        backward_pattern=SCALER,
        by_elimination=True,
        kernel=lambda xp, a: xp.linalg.slogdet(a)[1],
        vjps=(lambda op, g, y, a: op.mul(_as_matrices(op, g, a), _inverse(op, a)),),
        shape=lambda shape: square_shape(shape)[:-2],
        samples=SQUARE,
        nonfinite=SINGULAR,
        latex=Latex(r"\ln\left|\det\left(#1\right)\right|"),
    ),
    Primitive(
        name="inv",
        inputs=("a",),
        doc="the inverse of a matrix",
        title="inverse",
        backward_pattern=SCALER,
        by_elimination=True,
        kernel=lambda xp, a: solve_or_nan(xp, lambda: xp.linalg.inv(a), a),
        vjps=(lambda op, g, y, a: op.neg(op.matmul(op.matmul(matrix_transpose(op, y), g), matrix_transpose(op, y))),),
        shape=square_shape,
        samples=SQUARE,
        nonfinite=SINGULAR,
        latex=Latex(r"#1^{-1}", POWER, (LITERAL,)),
    ),
    Primitive(
        name="solve",
        inputs=("a", "b"),
        doc="the solution x of a @ x = b",
        title="linear system",
        backward_pattern=MATRIX_MULTIPLIER,
        by_elimination=True,
        kernel=lambda xp, a, b: solve_or_nan(xp, lambda: xp.linalg.solve(a, b), b),
        vjps=(_solve_left, lambda op, g, y, a, b: op.solve(matrix_transpose(op, a), g)),
        shape=_solve_shape,
        samples=(Sample(((3, 3), (3,))), Sample(((3, 3), (3, 2))), Sample(((2, 2, 2), (2, 2, 3)))),
        nonfinite=SINGULAR,
        latex=Latex(r"#1^{-1} #2", PRODUCT, (LITERAL, SIGN)),
    ),
    Primitive(
        name="identity_like",
        inputs=("a",),
        doc="the identity matrix of the shape of a",
        backward_pattern=BLOCKER,
        kernel=lambda xp, a: xp.zeros(a.shape) + xp.eye(a.shape[-1]),
        shape=square_shape,
        samples=SQUARE,
    ),
)
