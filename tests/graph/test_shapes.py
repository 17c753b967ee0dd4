"""Errors for operands that do not fit one another: message, place and hint."""

from __future__ import annotations

from typing import Any

import pytest

from graphdiff import GraphdiffError, parse, trace
from graphdiff.graph.shapes import MOST_ELEMENTS, infer_shapes
from support.errors import assert_reports

MATRIX = [[1, 2, 3], [4, 5, 6]]
POINT: dict[str, Any] = {"W": MATRIX, "x": [1, 2], "y": [1, 2, 3], "S": [[1, 2], [3, 4]], "i": 1, "s": 2}


def test_shapes_of_every_node() -> None:
    graph = parse("f(a, b) = a @ b; q = f(W, y); p = q[:, None] + W; sum(p, axis=0)[0]")
    actual = dict(zip(graph.labels, infer_shapes(graph, [(2, 3), (3,)]), strict=True))
    assert actual == {"W": (2, 3), "y": (3,), "q": (2,), "p": (2, 3), "v1": (2, 1), "v2": (3,), "v3": ()}


@pytest.mark.parametrize(
    ("formula", "marked_text", "message", "hint"),
    [
        (
            "q = W @ x; sum(q)",
            "W @ x",
            "W @ x: (2, 3) @ (2,) does not fit: 3 and 2 must be equal",
            "W.T @ x would fit",
        ),
        ("sum(y @ W)", "y @ W", "3 and 2 must be equal", "y @ W.T would fit"),
        ("sum(W @ W)", "W @ W", "3 and 2 must be equal", "W.T @ W would fit"),
        ("sum(s @ x)", "s @ x", "a number has no rows or columns", "use * to scale an array"),
        ("sum(W*x)", "W*x", "the shapes (2, 3) and (2,) do not fit: 3 and 2", "W is (2, 3), x is (2,)"),
        ("sum(where(W > 0, x, 0))", "where(W > 0, x, 0)", "where: the shapes", "x is (2,)"),
        ("f(a, b) = a + b; sum(f(x, y))", "a + b", "a + b: the shapes (2,) and (3,)", "a is (2,), b is (3,)"),
        (
            "cross_entropy(S, y)",
            "cross_entropy(S, y)",
            "must be (2,), not (3,)",
            "S is (2, 2), y is (3,)",
        ),
        ("sum(conv2d(S, W))", "conv2d(S, W)", "conv2d: axis", "S is (2, 2), W is (2, 3)"),
        ("sum(x, axis=1)", "sum(x, axis=1)", "sum: axis 1 is out of range for (2,)", "its only axis is 0"),
        ("max(W, axis=-3)", "max(W, axis=-3)", "max: axis -3 is out of range", "0 to 1, or -2 to -1"),
        ("sum(W, axis=(0, -2))", "sum(W, axis=(0, -2))", "names an axis twice", ""),
        ("x[2]", "x[2]", "index 2 is out of range: the axis has 2 entries", "0 to 1, or -2 to -1"),
        ("x[-3]", "x[-3]", "index -3 is out of range", "-2 to -1"),
        ("x[s]", "x[s]", "index 2 is out of range", ""),
        ("x[i/3]", "x[i/3]", "an index must be a whole number, not 0.333333", ""),
        ("W[0, 0, 0]", "W[0, 0, 0]", "too many indices: 3, but (2, 3) has 2 axes", ""),
        ("s[0]", "s[0]", "a number has no axes", ""),
        ("x[2:2]", "x[2:2]", "the slice selects nothing from an axis of 2 entries", "at least one entry"),
        ("sum([x, y])", "[x, y]", "must all have the same shape, not (2,) and (3,)", ""),
        ("sum(concat(W, S, axis=0))", "concat(W, S, axis=0)", "cannot join (2, 3) and (2, 2) along axis 0", ""),
        ("sum(reshape(W, 4, 2))", "reshape(W, 4, 2)", "cannot reshape (2, 3) with 6 entries to (4, 2)", ""),
        ("sum(transpose(W, (0, 0)))", "transpose(W, (0, 0))", "names an axis twice", ""),
        ("det(W)", "det(W)", "det: the matrix must be square, not (2, 3)", ""),
        ("sum(solve(S, y))", "solve(S, y)", "a right-hand side of 3 rows does not fit a matrix of 2 rows", ""),
        ("sum(outer(W, x))", "outer(W, x)", "the operands must be two vectors", ""),
        ("sum(cumsum(W))", "cumsum(W)", "an axis is needed", "for example: axis=0"),
        ("sum(windows(x, y))", "windows(x, y)", "a window of (3,) is larger than (2,)", ""),
        (
            "sum(tensordot(W, y, axes=((0,), (0,))))",
            "tensordot(W, y, axes=((0,), (0,)))",
            "do not fit: 2 and 3 differ",
            "",
        ),
        ("sum(roll(W, (1, 1)))", "roll(W, (1, 1))", "2 shifts do not fit 1 axis", ""),
        ("sum(one_hot(s, 2))", "one_hot(s, 2)", "index 2 is out of range", ""),
        ("sum(x[None, None, None]" + "[None]" * 30 + ")", None, "an array can have at most 32 axes", ""),
        ("sum(arange(3, 1))", "arange(3, 1)", "the array is empty", ""),
        ("sum(W @ x) + sum(zeros(10^9, 10^9))", "W @ x", "must be equal", ""),
    ],
)
def test_errors(formula: str, marked_text: str | None, message: str, hint: str) -> None:
    with pytest.raises(GraphdiffError) as error_info:
        trace(formula, {name: value for name, value in POINT.items() if name in parse(formula).input_indices})
    assert error_info.value.kind in ("value", "limit")
    assert_reports(error_info.value, marked_text, message, hint)


@pytest.mark.parametrize(
    "formula",
    [
        "sum(zeros(10^9, 10^9))",
        "sum(ones(100000, 100000))",
        "sum(eye(10^6))",
        "sum(arange(10^12))",
        "sum(x[:, None] + arange(10^8))",
        "sum(one_hot(i, 10^9))",
        "sum(pad(x, 10^9))",
        "sum(outer(arange(10^5), arange(10^5)))",
        "sum(windows(arange(10^6), ones(10^5)))",
        "sum(arange(10^8) + x[0]) + sum(arange(10^8))",
        "f(n) = sum(ones(9000, 9000)*n); f(s) + f(i)",
    ],
)
def test_too_large(formula: str) -> None:
    """Refused before any array of this size is allocated."""
    point = {"x": [1, 2], "i": 1, "s": 2}
    with pytest.raises(GraphdiffError, match=f"limit is {MOST_ELEMENTS:,}") as error_info:
        trace(formula, {name: value for name, value in point.items() if name in parse(formula).input_indices})
    assert error_info.value.kind == "limit"
    assert error_info.value.span is not None
