"""Sparse Jacobians and Hessians against dense ones, and their colours."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import graphdiff
from graphdiff import GraphdiffError
from graphdiff.compiled.coloring import color_columns, star_coloring
from graphdiff.compiled.sparse_function import SparseFunction

scipy = pytest.importorskip("scipy.sparse", reason="SciPy holds the results")

ROSENBROCK = "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)"


def dense(value: Any) -> Any:
    parts = value if isinstance(value, tuple) else (value,)
    return np.concatenate([dense(part) if isinstance(part, tuple) else np.ravel(_array(part)) for part in parts])


def _array(value: Any) -> Any:
    return value.toarray() if scipy.issparse(value) else value


@pytest.mark.parametrize(
    ("text", "shapes", "wrt", "want", "directions"),
    [
        (ROSENBROCK, {"x": (10,)}, ["x"], "hessian", 3),
        ("x[0]*sum(x^2) + y*x[3]", {"x": (10,)}, ["x", "y"], "hessian", 3),
        ("sum(M^2) + M[0, 1]*M[2, 2]*v[1] + exp(v[0])", {"M": (3, 4), "v": (4,)}, ["M", "v"], "hessian", 3),
        ("sum(scan(h*v for v in x, h=z))", {"x": (4,)}, ["x", "z"], "hessian", 5),
        ("x*y", {}, ["y", "x"], "hessian", 2),
        ("x^2*y", {"x": (10,)}, ["x", "y"], "jacobian", 2),
        ("[x[0], sum(x)]", {"x": (10,)}, ["x"], "jacobian", 2),
        ("p = x^2*y; q = sum(x)*z; 0", {"x": (4,), "y": (4,)}, ["x", "z"], "jacobian", 2),
        ("scan(h*0.5 + v for v in x, h=z)", {"x": (3,)}, ["x", "z"], "jacobian", 3),
        ("where(x > y, x*y, floor(x))", {"x": (3,)}, ["x"], "jacobian", 1),
        ("M@v", {"M": (3, 2), "v": (2,)}, ["M"], "jacobian", 1),
    ],
)
def test_against_dense(text: str, shapes: dict[str, Any], wrt: list[str], want: str, directions: int) -> None:
    graph = graphdiff.parse(text, shapes=shapes)
    options: Any = {"want": want, "backend": "numpy", "outputs": ("p", "q") if "p =" in text else ()}
    sparse: Any = graphdiff.compile(graph, wrt, sparse=True, **options)
    chance = np.random.default_rng(6)
    point = [chance.uniform(0.2, 1.0, shapes.get(name, ())) for name in sparse.inputs]
    result = sparse(*point)
    assert dense(result) == pytest.approx(dense(graphdiff.compile(graph, wrt, **options)(*point)))
    assert isinstance(sparse, SparseFunction)
    shape = sparse._plan_for(tuple(map(np.shape, point))).directions[0].shape
    assert shape[0] == directions
    assert dense(pickle.loads(pickle.dumps(sparse))(*point)) == pytest.approx(dense(result), rel=0)


def test_only_entries_that_can_differ_from_0_are_kept() -> None:
    f: Any = graphdiff.compile(ROSENBROCK, want="hessian", sparse=True, backend="numpy")
    _, hessian = f(np.linspace(0.5, 1.5, 300))
    assert isinstance(hessian, scipy.csr_array)
    assert (hessian.shape, hessian.nnz) == ((300, 300), 898)
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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"want": "gradient", "backend": "numpy"}, "a gradient is not sparse"),
        ({"want": "hessian"}, "sparse=True requires NumPy"),
        ({"want": "hessian", "backend": "numpy", "batch": True}, "sparse and batch"),
    ],
)
def test_what_has_no_sparse_result(options: dict[str, Any], message: str) -> None:
    with pytest.raises(GraphdiffError, match=message) as caught:
        graphdiff.compile("x^2", sparse=True, **options)
    assert caught.value.kind == "usage"


@pytest.mark.parametrize("want", ["jacobian", "hessian"])
@pytest.mark.parametrize(("text", "wrt"), [("3", None), ("sum(x^2)", [])])
def test_without_inputs_to_differentiate_by(text: str, wrt: list[str] | None, want: str) -> None:
    options: Any = {"want": want, "backend": "numpy"}
    sparse = graphdiff.compile(text, wrt, sparse=True, **options)
    point = [[1.0, 2.0]] * len(sparse.inputs)
    assert sparse(*point) == graphdiff.compile(text, wrt, **options)(*point)
