"""LaTeX: functions with options, letters that are functions or values, and the places of what dots stand for."""

from __future__ import annotations

import numpy as np
import pytest

from graphdiff import GraphdiffError, trace
from support.latex_reading import ranks_of, read
from support.same_graph import canonical

V, U, M = np.array([1.5, -0.5, 2.0]), np.array([0.5, 1.0, -1.5]), np.arange(9.0).reshape(3, 3) + 2 * np.eye(3)
SOLUTION = np.linalg.solve(M, V)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\operatorname{einsum}(\mathtt{ij,j \to}, A, x) \operatorname{median}(y)", 0.5 * (M @ V).sum()),
        (r"\operatorname{einsum}(\mathtt{i,j,ij}, x, y, A)", V @ M @ U),
        (r"\operatorname{solve}(A, x)^T \operatorname{einsum}(\mathtt{ii \to i}, A)", SOLUTION @ np.diag(M)),
        (r"\operatorname{median}(A, \text{axis} = 0)^T \operatorname{sort}(x)", np.median(M, axis=0) @ np.sort(V)),
        (r"\operatorname{sum}(\operatorname{concat}(x, y, (x + y), \text{axis} = 0))", 2 * (V + U).sum()),
    ],
)
def test_functions_of_arrays(text: str, expected: float) -> None:
    """With strings and options; products with their values are those of their ranks."""
    point = {"A": M, "x": V, "y": U}
    graph, _ = read(text, ranks_of(point))
    result = trace(graph, {name: point[name] for name in graph.input_names}, wrt=())
    assert result.value == pytest.approx(expected, rel=1e-12)


def test_inverses_of_a_stack() -> None:
    stack = np.stack([M, M + 1])
    graph, _ = read(r"\operatorname{sum}(S^{-1})", {"S": 3})
    assert trace(graph, S=stack, wrt=()).value == pytest.approx(np.linalg.inv(stack).sum(), rel=1e-12)


def test_options_inside_a_sum() -> None:
    """The function of each row is not that of the whole array."""
    text = r"\sum_i \operatorname{norm}(A_i, \text{axis} = 0)"
    with pytest.raises(GraphdiffError, match="norm inside a sum over an index"):
        read(text, {"A": 2})


@pytest.mark.parametrize(
    ("text", "ranks", "program"),
    [
        ("I_0(w)^2", {}, r"\operatorname{I}_0(w)^2"),
        ("I_0(w)^2", {"I_0": 0}, r"I_0 \cdot w^2"),
        ("f(I_0, w) = I_0 (w)^2", {}, r"f(I_0, w) = I_0 \cdot w^2"),
        (r"K_0 = 3 \\ K_0(x) J_0(x)", {}, r"K_0 = 3 \\ K_0 \cdot x \cdot \operatorname{J}_0(x)"),
        (r"J_\nu(x)", {"nu": 0}, r"\operatorname{J}_\nu(x)"),
        (r"f(\sigma, x) = \sigma (x)", {}, r"f(\sigma, x) = \sigma \cdot x"),
    ],
)
def test_letters_with_a_value_are_no_functions(text: str, ranks: dict[str, int], program: str) -> None:
    """A value that the point, a parameter or a formula before gives them."""
    assert canonical(read(text, ranks)[0]) == canonical(read(program, ranks)[0])


def test_terms_of_dots_have_their_place() -> None:
    text = r"y + x_1 + \cdots + x_5"
    graph, _ = read(text, {"x": 0})
    spans = [node.span for node in graph.nodes if node.span is not None]
    assert all(start <= stop for start, stop in spans)
    assert (text.rindex("x"), len(text)) in spans
