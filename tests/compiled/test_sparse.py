"""Sparse Jacobians and Hessians against dense ones, and their colours."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import graphdiff
from graphdiff import GraphdiffError
from graphdiff.targets.sparse.coloring import color_columns, star_coloring
from support.native import needs_compiler
from support.random_arrays import programs
from support.random_formulas import repeatable_examples

scipy = pytest.importorskip("scipy.sparse", reason="SciPy holds the results")

ROSENBROCK = "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)"
BACKENDS = ["numpy", pytest.param("c", marks=needs_compiler)]


def dense(value: Any) -> Any:
    parts = value if isinstance(value, tuple) else (value,)
    return np.concatenate([dense(part) if isinstance(part, tuple) else np.ravel(_array(part)) for part in parts])


def _array(value: Any) -> Any:
    return value.toarray() if scipy.issparse(value) else value


def entries(matrices: Any) -> int:
    """How many entries matrices keep."""
    return sum(map(entries, matrices)) if isinstance(matrices, tuple) else matrices.nnz


@pytest.mark.parametrize("backend", ["numpy", pytest.param("c", marks=[needs_compiler, pytest.mark.slow])])
@pytest.mark.parametrize(
    ("text", "shapes", "wrt", "want", "count"),
    [
        (ROSENBROCK, {"x": (10,)}, ["x"], "hessian", 28),
        ("sum(100*(x[i+1] - x[i]^2)^2 + (1 - x[i])^2 for i in range(9))", {"x": (10,)}, ["x"], "hessian", 28),
        ("x[0]*sum(x^2) + y*x[3]", {"x": (10,)}, ["x", "y"], "hessian", 30),
        ("sum(M^2) + M[0, 1]*M[2, 2]*v[1] + exp(v[0])", {"M": (3, 4), "v": (4,)}, ["M", "v"], "hessian", 19),
        ("sum(scan(h*v for v in x, h=z))", {"x": (4,)}, ["x", "z"], "hessian", 25),
        ("x*y", {}, ["y", "x"], "hessian", 2),
        ("sum(A^2*v) + sum(A.T[:, :2]*w)", {"A": (3, 4), "v": (4,)}, ["A", "v"], "hessian", 36),
        ("sum(roll(x, 1)*x) + mean(x^3)", {"x": (5,)}, ["x"], "hessian", 15),
        ("sum(where(x > 0.5, x^2, x*y))", {"x": (4,), "y": (4,)}, ["x", "y"], "hessian", 12),
        ("norm(x) + sum(y^2)", {"x": (3,), "y": (3,)}, ["x", "y"], "hessian", 12),
        ("x^2*y", {"x": (10,)}, ["x", "y"], "jacobian", 20),
        ("[x[0], sum(x)]", {"x": (10,)}, ["x"], "jacobian", 11),
        ("p = x^2*y; q = sum(x)*z; 0", {"x": (4,), "y": (4,)}, ["x", "z"], "jacobian", 9),
        ("scan(h*0.5 + v for v in x, h=z)", {"x": (3,)}, ["x", "z"], "jacobian", 12),
        ("where(x > y, x*y, floor(x))", {"x": (3,)}, ["x"], "jacobian", 3),
        ("M@v", {"M": (3, 2), "v": (2,)}, ["M"], "jacobian", 6),
        ("sum(tanh(M@v)^3)", {"M": (3, 2), "v": (2,)}, ["M", "v"], "hessian", 40),
        ("A@B + A[0, 0]", {"A": (2, 3), "B": (3, 2)}, ["A"], "jacobian", 14),
        ("A@B", {"A": (3, 2, 2), "B": (2, 2)}, ["B", "A"], "jacobian", 48),
        ("einsum('ij,ki->kj', A, B)", {"A": (2, 3), "B": (4, 2)}, ["A", "B"], "jacobian", 48),
        ("einsum('ii->i', A)*sum(A)", {"A": (3, 3)}, ["A"], "jacobian", 27),
        ("diag(x)*y + concat(x, x)[2:5]", {"x": (3,), "y": (3, 3)}, ["x"], "jacobian", 12),
        ("x[[2, 0, 0]] * x[::-1]", {"x": (3,)}, ["x"], "jacobian", 4),
        ("cumsum(x)*x[:, None]", {"x": (3,)}, ["x"], "jacobian", 21),
        ("x + y[:, None]", {"x": (3,), "y": (2,)}, ["x", "y"], "jacobian", 12),
    ],
)
def test_against_dense(text: str, shapes: dict[str, Any], wrt: list[str], want: str, count: int, backend: str) -> None:
    graph = graphdiff.parse(text, shapes=shapes)
    options: Any = {"want": want, "outputs": ("p", "q") if "p =" in text else ()}
    sparse: Any = graphdiff.compile(graph, wrt, sparse=True, backend=backend, **options)
    chance = np.random.default_rng(6)
    point = [chance.uniform(0.2, 1.0, shapes.get(name, ())) for name in sparse.inputs]
    result = sparse(*point)
    assert dense(result) == pytest.approx(dense(graphdiff.compile(graph, wrt, backend="numpy", **options)(*point)))
    assert entries(result[1]) == count
    assert dense(pickle.loads(pickle.dumps(sparse))(*point)) == pytest.approx(dense(result), rel=0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_only_entries_that_can_differ_from_0_are_kept(backend: str) -> None:
    f: Any = graphdiff.compile(ROSENBROCK, want="hessian", sparse=True, backend=backend)
    x = np.linspace(0.5, 1.5, 300)
    _, hessian = f(x)
    assert isinstance(hessian, scipy.csr_array)
    assert (hessian.shape, hessian.nnz) == ((300, 300), 898)
    diagonal = np.full(300, 200.0)
    diagonal[0] = 0
    diagonal[:-1] += 2 + 1200 * x[:-1] ** 2 - 400 * x[1:]
    assert hessian.diagonal() == pytest.approx(diagonal, rel=1e-12)
    assert hessian.diagonal(1) == pytest.approx(-400 * x[:-1], rel=1e-12)
    hessian.data[:] = 0
    hessian.eliminate_zeros()
    assert f(x)[1].nnz == 898
    assert "sparse" in repr(f)


@pytest.mark.parametrize("seed", range(5))
def test_colors(seed: int) -> None:
    """Columns of a colour share no row; by a star colouring each entry stands alone in its row or in its column."""
    chance = np.random.default_rng(seed)
    matrix = chance.random((12, 12)) < 0.15
    rows = [np.flatnonzero(row).tolist() for row in matrix]
    colors = color_columns(rows, 12)
    assert all(len({colors[column] for column in row}) == len(row) for row in rows)
    matrix |= matrix.T
    rows = [np.flatnonzero(row).tolist() for row in matrix]
    colors = star_coloring(rows)

    def is_alone(row: int, column: int) -> bool:
        return [colors[other] for other in rows[row]].count(colors[column]) == 1

    assert all(is_alone(row, column) or is_alone(column, row) for row, own in enumerate(rows) for column in own)


def test_few_colors() -> None:
    band = [[column for column in (row - 1, row, row + 1) if 0 <= column < 9] for row in range(9)]
    arrow = [[*range(9)], *([0, row] for row in range(1, 9))]
    assert max(color_columns(band, 9)) + 1 == max(star_coloring(band)) + 1 == 3
    assert max(star_coloring(arrow)) + 1 == 2 < max(color_columns(arrow, 9)) + 1 == 9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"want": "gradient", "backend": "numpy"}, "gradient is not sparse"),
        ({"want": "hessian"}, "sparse=True requires NumPy or C"),
        ({"want": "hessian", "backend": "numpy", "batch": True}, "sparse and batch"),
    ],
)
def test_what_has_no_sparse_result(options: dict[str, Any], message: str) -> None:
    with pytest.raises(GraphdiffError, match=message) as caught:
        graphdiff.compile("x^2", sparse=True, **options)
    assert caught.value.kind == "usage"


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("want", ["jacobian", "hessian"])
@pytest.mark.parametrize(("text", "wrt"), [("3", None), ("sum(x^2)", [])])
def test_without_inputs_to_differentiate_by(text: str, wrt: list[str] | None, want: str, backend: str) -> None:
    options: Any = {"want": want, "backend": backend}
    sparse = graphdiff.compile(text, wrt, sparse=True, **options)
    point = [[1.0, 2.0]] * len(sparse.inputs)
    assert sparse(*point) == graphdiff.compile(text, wrt, **options)(*point)


@pytest.mark.slow
@repeatable_examples(60)
@given(programs())
def test_random_programs(program: tuple[str, dict[str, Any]]) -> None:
    text, point = program
    shapes = {name: np.shape(value) for name, value in point.items()}
    for want, own in (("hessian", text), ("jacobian", text.replace("\nsum(", "\n("))):
        graph = graphdiff.parse(own, shapes=shapes)
        options: Any = {"want": want, "backend": "numpy", "inputs": list(point), "shapes": shapes}
        sparse = graphdiff.compile(graph, list(point), sparse=True, **options)(**point)
        expected = graphdiff.compile(graph, list(point), **options)(**point)
        assert dense(sparse) == pytest.approx(dense(expected), rel=1e-9, abs=1e-11), own
